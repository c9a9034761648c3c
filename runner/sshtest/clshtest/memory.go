package clshtest

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// WatchMemory returns the highest resident size that was seen, when clsh has
// ended. VmHWM belongs to the program alone, where ru_maxrss begins with
// that of the process that started it.
func WatchMemory(t *testing.T, c *Command) <-chan int64 {
	t.Helper()
	result := make(chan int64, 1)
	go func() {
		var peak int64
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-c.Done:
				result <- peak
				return
			case <-tick.C:
				status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.Cmd.Process.Pid))
				if err != nil {
					continue
				}
				if _, rest, ok := strings.Cut(string(status), "VmHWM:"); ok {
					if kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64); err == nil {
						peak = max(peak, kb<<10)
					}
				}
			}
		}
	}()
	return result
}

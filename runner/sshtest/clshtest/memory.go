package clshtest

import (
	"fmt"
	"os"
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
				status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.Cmd.Process.Pid)) // none: it has just ended
				_, rest, _ := strings.Cut(string(status), "VmHWM:")
				var kb int64
				if _, err := fmt.Sscan(rest, &kb); err == nil {
					peak = max(peak, kb<<10)
				}
			}
		}
	}()
	return result
}

package checker

import (
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A process that one look at the table misses, or two, is ended all the same.
func TestEndOfWhatALookMisses(t *testing.T) {
	t.Parallel()
	for missed := range looks {
		cmd := exec.Command("sleep", "1000")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		seen, _ := readProcess(cmd.Process.Pid, make([]byte, 4096))
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = cmd.Wait()
		}()
		n := 0
		look := func() ([]process, error) {
			n++
			select {
			case <-done:
				return nil, nil
			default:
			}
			if n <= missed {
				return nil, nil
			}
			return []process{seen}, nil
		}
		watch := func(fds []unix.PollFd, deadline time.Time) bool { poll(fds, deadline); return false }
		if left := endAll(time.Minute, false, look, watch); left != 0 {
			t.Errorf("%d left", left)
		}
		select {
		case <-done:
		default:
			t.Errorf("missed by %d looks, it still runs", missed)
			_ = cmd.Process.Kill()
			<-done
		}
	}
}

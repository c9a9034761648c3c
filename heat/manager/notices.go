// Package manager speaks to the service manager (sd_notify(3)).
package manager

import (
	"os"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"clsh/heat/output"
)

// StatusGood is the status of a check that does not fail.
const StatusGood = "the check is good"

// NewNotices returns the outlet to the service manager. Each line is a message
// (sd_notify(3)); a manager that hangs stops nothing.
func NewNotices() *output.Outlet {
	return &output.Outlet{Bound: 4 << 10, To: func(lines []byte) (int, error) {
		for line := range strings.Lines(string(lines)) {
			// Nobody is there to hear of an error.
			_, _ = daemon.SdNotify(false, strings.TrimSuffix(line, "\n"))
		}
		return len(lines), nil
	}}
}

// Notifier returns what reports to the service manager, if there is one. A
// status that was reported is not reported again.
func Notifier(out *output.Outlet) func(string) {
	if os.Getenv("NOTIFY_SOCKET") == "" {
		return func(string) {}
	}
	last := ""
	return func(text string) {
		if strings.HasPrefix(text, "STATUS=") {
			if text == last {
				return
			}
			last = text
		}
		_, _ = out.Write([]byte(text + "\n"))
	}
}

// Watchdog returns the time within which the service manager wants to hear of this process; 0: it
// does not.
func Watchdog() time.Duration {
	every, _ := daemon.SdWatchdogEnabled(false) // 0 with an error
	return every
}

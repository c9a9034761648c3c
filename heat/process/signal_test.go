package process

import (
	"strconv"
	"syscall"
	"testing"
)

func TestParseSignal(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		want syscall.Signal
	}{
		{"USR1", syscall.SIGUSR1}, {"SIGUSR1", syscall.SIGUSR1}, {strconv.Itoa(int(syscall.SIGUSR1)), syscall.SIGUSR1},
		{"hup", syscall.SIGHUP}, {"sigTerm", syscall.SIGTERM}, {"9", syscall.SIGKILL}, {"64", 64},
		{"BOGUS", 0}, {"", 0}, {"SIG", 0}, {"0", 0}, {"65", 0}, {"-1", 0}, {"SIGSIGHUP", 0},
	} {
		got, err := ParseSignal(tt.name)
		if got != tt.want || (err == nil) != (tt.want != 0) {
			t.Errorf("%q: %v, %v, want %v", tt.name, got, err, tt.want)
		}
	}
}

package conn

import (
	"strings"
	"syscall"
	"testing"

	"clsh/runner/event"
	"clsh/runner/proc"
	"clsh/runner/remote"
)

// heard returns the progress of a session that has sent these marks on both streams.
func heard(marks ...remote.Mark) Progress {
	p := newProgress(false)
	for _, m := range marks {
		p.hear(Mark{m, event.Stdout})
		p.hear(Mark{m, event.Stderr})
	}
	return p
}

// half returns p after a mark on standard output only.
func half(p Progress, m remote.Mark) Progress {
	p.hear(Mark{m, event.Stdout})
	return p
}

func TestOutcome(t *testing.T) {
	t.Parallel()
	ready, begin := remote.Mark{Kind: remote.Ready}, remote.Mark{Kind: remote.Begin}
	end := func(status int) remote.Mark { return remote.Mark{Kind: remote.End, Status: status} }
	left := remote.Mark{Kind: remote.End, Left: true}
	gone := remote.Mark{Kind: remote.Gone, Status: 3}
	ssh := func(code int, reason string) Exit {
		return Exit{Status: proc.Status{Code: code}, Log: remote.Log{Reason: reason}}
	}
	killed := Exit{Status: proc.Status{Code: 137, Signal: syscall.SIGKILL}}
	timedOut := Exit{Status: proc.Status{Code: 255}, Log: remote.Log{Reason: "Connection timed out", TimedOut: true}}
	printed := ssh(255, "broken pipe")
	printed.Output = true
	began := heard(ready, begin)
	docker := func(code int, reason string) Exit {
		return Exit{Client: "docker", Status: proc.Status{Code: code}, Log: remote.Log{Reason: reason}}
	}
	for _, test := range []struct {
		name   string
		ending Ending
		want   event.Result
	}{
		{"exit 0", Ending{Sent: true, Progress: heard(ready, begin, end(0))}, event.Result{Outcome: event.Exited}},
		{"exit 3, whatever ssh says", Ending{Sent: true, Progress: heard(ready, begin, end(3)), Exit: ssh(255, "Timeout, server not responding")}, event.Result{Outcome: event.Exited, Code: 3}},
		{"exit 255 of the command", Ending{Sent: true, Progress: heard(ready, begin, end(255)), Exit: ssh(255, "")}, event.Result{Outcome: event.Exited, Code: 255}},
		{"signal", Ending{Sent: true, Progress: heard(ready, begin, end(143))}, event.Result{Outcome: event.Signaled, Code: 143, Signal: syscall.SIGTERM}},
		{"never begun: the profile exits", Ending{Sent: true, Progress: heard(ready, end(0))}, event.Result{Outcome: event.Unreachable, Code: 255, Refused: true, Reason: "its login shell ended with status 0 before it began the command"}},
		{"never begun: the profile ends ssh", Ending{Sent: true, Progress: heard(ready)}, event.Result{Outcome: event.Unreachable, Code: 255, Refused: true, Reason: "its login shell ended with status 0"}},
		{"begun on one stream only", Ending{Sent: true, Progress: half(heard(ready), begin), Exit: ssh(255, "Connection reset")}, event.Result{Outcome: event.Lost, Code: 255, Reason: "Connection reset"}},
		{"refused", Ending{Exit: ssh(255, "Connection refused"), Progress: heard()}, event.Result{Outcome: event.Unreachable, Code: 255, Refused: true, Reason: "Connection refused"}},
		{"silent", Ending{Exit: timedOut, Progress: heard()}, event.Result{Outcome: event.Unreachable, Code: 255, Reason: "Connection timed out"}},
		{"no answer in time", Ending{Decided: event.Unreachable, Why: "no answer", Late: true, Exit: killed, Progress: heard()}, event.Result{Outcome: event.Unreachable, Code: 255, Reason: "no answer"}},
		{"no answer, but a question", Ending{Decided: event.Unreachable, Why: "no answer", Late: true, Exit: Exit{Noise: [2]string{"Welcome", "New password:"}}, Progress: heard()}, event.Result{Outcome: event.Unreachable, Code: 255, Reason: "no answer; it printed last: New password:"}},
		{"no shell", Ending{Exit: ssh(1, ""), Progress: heard()}, event.Result{Outcome: event.Unreachable, Code: 255, Refused: true, Reason: "the login ended with status 1"}},
		{"no container", Ending{Exit: docker(1, "No such container: a"), Progress: heard()}, event.Result{Outcome: event.Unreachable, Code: 255, Refused: true, Reason: "No such container: a"}},
		{"a client without words", Ending{Exit: docker(127, ""), Progress: heard()}, event.Result{Outcome: event.Unreachable, Code: 255, Refused: true, Reason: "docker exited with status 127 before a shell answered"}},
		{"a client ends", Ending{Sent: true, Exit: docker(1, ""), Progress: began}, event.Result{Outcome: event.Lost, Code: 255, Reason: "docker exited with status 1 while the command ran"}},
		{"a client's 255 says nothing", Ending{Sent: true, Exit: docker(255, ""), Progress: began}, event.Result{Outcome: event.Lost, Code: 255, Reason: "docker exited with status 255 while the command ran"}},
		{"a container is killed", Ending{Sent: true, Exit: docker(137, ""), Progress: began}, event.Result{Outcome: event.Signaled, Code: 137, Signal: syscall.SIGKILL}},
		{"a client ends with 0", Ending{Sent: true, Exit: docker(0, ""), Progress: began}, event.Result{Outcome: event.Lost, Code: 255, Reason: "its shell ended before"}},
		{"ssh itself killed before", Ending{Exit: killed, Progress: heard()}, event.Result{Outcome: event.Unreachable, Code: 255, Reason: "ssh was ended by signal 9"}},
		{"ssh itself killed after", Ending{Sent: true, Exit: killed, Progress: began}, event.Result{Outcome: event.Lost, Code: 255, Reason: "ssh was ended by signal 9"}},
		{"broken", Ending{Sent: true, Exit: ssh(255, "broken pipe"), Progress: began}, event.Result{Outcome: event.Lost, Code: 255, Reason: "broken pipe"}},
		{"half an end is none", Ending{Sent: true, Exit: ssh(255, "broken pipe"), Progress: half(began, end(0))}, event.Result{Outcome: event.Lost, Code: 255, Reason: "broken pipe"}},
		{"the remote shell killed", Ending{Sent: true, Exit: ssh(255, ""), Progress: began}, event.Result{Outcome: event.Signaled, Code: 137, Signal: syscall.SIGKILL}},
		{"the agent killed with status 0", Ending{Sent: true, Exit: ssh(0, ""), Progress: began}, event.Result{Outcome: event.Lost, Code: 255, Reason: "its shell ended before it reported"}},
		{"stopped, confirmed", Ending{Decided: event.Stopped, Sent: true, Progress: heard(ready, begin, end(130))}, event.Result{Outcome: event.Stopped, Confirmed: true}},
		{"stopped before it was sent", Ending{Decided: event.Stopped, Exit: killed, Progress: heard()}, event.Result{Outcome: event.Stopped, Confirmed: true}},
		{"stopped when it had just become ready", Ending{Decided: event.Stopped, Progress: heard(ready), Exit: ssh(255, "")}, event.Result{Outcome: event.Stopped, Confirmed: true}},
		{"gone when it had just become ready", Ending{Progress: heard(ready), Exit: ssh(255, "gone")}, event.Result{Outcome: event.Unreachable, Code: 255, Refused: true, Reason: "gone"}},
		{"stopped, something left", Ending{Decided: event.Stopped, Sent: true, Progress: heard(ready, begin, left)}, event.Result{Outcome: event.Stopped}},
		{"stopped, not confirmed", Ending{Decided: event.Stopped, Sent: true, Progress: began, Exit: ssh(255, "")}, event.Result{Outcome: event.Stopped}},
		{"limit", Ending{Decided: event.Timeout, Sent: true, Progress: heard(ready, begin, end(143))}, event.Result{Outcome: event.Timeout, Code: 124, Confirmed: true}},
		{"raw exit", Ending{Raw: true, Sent: true, Exit: ssh(4, ""), Progress: heard()}, event.Result{Outcome: event.Exited, Code: 4}},
		{"raw refused", Ending{Raw: true, Sent: true, Exit: ssh(255, "Connection refused"), Progress: heard()}, event.Result{Outcome: event.Unreachable, Code: 255, Refused: true, Reason: "Connection refused"}},
		{"raw broken", Ending{Raw: true, Sent: true, Exit: printed, Progress: heard()}, event.Result{Outcome: event.Lost, Code: 255, Reason: "broken pipe"}},
		{"kept: exit", Ending{Kept: true, Sent: true, Progress: heard(ready, begin, end(1))}, event.Result{Outcome: event.Exited, Code: 1}},
		{"kept: the shell exits", Ending{Kept: true, Sent: true, Progress: heard(ready, begin, gone)}, event.Result{Outcome: event.Exited, Code: 3}},
		{"kept: lost", Ending{Kept: true, Sent: true, Exit: ssh(255, ""), Progress: began}, event.Result{Outcome: event.Lost, Code: 255, Reason: "the session ended with status 255"}},
		{"kept: stopped, then looked", Ending{Kept: true, Decided: event.Stopped, Sent: true, Progress: heard(ready, begin, remote.Mark{Kind: remote.Cleared}, end(130))}, event.Result{Outcome: event.Stopped, Confirmed: true}},
		{"kept: stopped, left", Ending{Kept: true, Decided: event.Stopped, Sent: true, Progress: heard(ready, begin, remote.Mark{Kind: remote.Cleared, Left: true}, end(130))}, event.Result{Outcome: event.Stopped}},
	} {
		got := test.ending.Outcome()
		reason := got.Reason
		if got.Reason = test.want.Reason; test.want.Reason == "" && reason != "" || !strings.HasPrefix(reason, test.want.Reason) {
			t.Errorf("%s: reason %q, want %q", test.name, reason, test.want.Reason)
		}
		if got.Outcome != test.want.Outcome || got.Code != test.want.Code || got.Signal != test.want.Signal ||
			got.Confirmed != test.want.Confirmed || got.Refused != test.want.Refused {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
	}
}

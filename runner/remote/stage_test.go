package remote

import (
	"strings"
	"testing"

	"clsh/runner/sshtest"
)

// A stage is followed by a command, unless it fails, or a stop or the end of the input comes, which end
// it, too. On each change all of it with dash, and some with each shell that may be the agent's. With
// --full: all of it with each.
func TestStage(t *testing.T) {
	t.Parallel()
	for _, sh := range agentShells() {
		for name, c := range map[string]struct {
			kind               Stage
			commandInput       Input
			stage, input, want string
		}{
			"then a command":       {ThenStage, Data, "echo one", "p cat\ndata 2 1\nab" + DataEnd, "ready begin one again begin abend 0 "},
			"reads, then":          {ThenStage, Data, `heard; echo "$verb $size"`, "data 7 1\np cat\n" + DataEnd, "ready begin data 7 again begin end 0 "},
			"fails":                {ThenStage, Data, "exit 3", "p cat\n" + DataEnd, "ready begin end 3 "},
			"alone":                {OnlyStage, Null, "echo one", "", "ready begin one end 0 "},
			"a stop for a request": {ThenStage, Null, "echo one", "stop INT\n", "ready begin one end 0 "},
			"no request":           {ThenStage, Null, "echo one", "", "ready begin one "},
			"a stop":               {ThenStage, Null, "heard; echo no", "stop INT\n", "ready begin end 130 "},
			"the end":              {ThenStage, Null, "heard; echo no", "", "ready begin end 143 "},
			"a stop while busy":    {ThenStage, Null, "listen; sleep 300; echo no", "stop TERM\n", "ready begin end 143 "},
			"the end while busy":   {OnlyStage, Null, "listen; sleep 300; echo no", "", "ready begin end 143 "},
		} {
			if !sshtest.Full() && sh[0] != "dash" && name != "then a command" && name != "a stop while busy" {
				continue
			}
			t.Run(sh[0]+"/"+name, func(t *testing.T) {
				t.Parallel()
				mark := sshtest.Mark()
				traps := `trap "exit 130" INT; trap "exit 143" TERM; `
				out, nonce := runAgentOf(t, Agent{Stage: c.kind, Input: c.commandInput}, sh, "/usr/bin:/bin", traps+c.stage, []byte(c.input), "MARK="+mark)
				got := strings.NewReplacer("\x1e"+nonce+" ", "", "\n", " ").Replace(out)
				if got != c.want {
					t.Errorf("%q, want %q", got, c.want)
				}
				sshtest.WaitGone(t, mark)
			})
		}
	}
}

package remote

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"clsh/runner/sshtest"
)

// TestAgentIsOneWord guards the rules that let every login shell read the
// script: fish takes a backslash before another or before a quote, tcsh a
// newline and an exclamation mark with something behind it.
func TestAgentIsOneWord(t *testing.T) {
	command := Agent{Nonce: "n", Stage: ThenStage, Input: Null, Grace: time.Second}.Start().Line
	_, script, ok := strings.Cut(command, "\nexec sh -c '")
	words := strings.Split(script, "'")
	if !ok || len(words) != 6 || words[1] != " clsh n login stage-null 10 " || words[3] != " " || words[5] != " free" {
		t.Fatalf("the script is not three quoted words: %q", words[1:])
	}
	for _, word := range []string{words[0], words[2], words[4]} {
		for _, bad := range []string{"\n", "!", `\\`} {
			if strings.Contains(strings.ReplaceAll(word, "! ", " "), bad) {
				t.Errorf("the script holds %q", bad)
			}
		}
	}
}

func TestAgentCommand(t *testing.T) {
	for _, c := range []struct {
		agent Agent
		want  string
	}{
		{Agent{Nonce: "abc", Input: Null, Grace: 2 * time.Second}, " clsh abc login null 20"},
		{Agent{Nonce: "abc", Input: Data, NoLogin: true, Grace: 110 * time.Millisecond}, " clsh abc plain data 2"},
		{Agent{Nonce: "abc", Input: TTY}, " clsh abc login tty 0"},
	} {
		if got := c.agent.Start().Line; !strings.Contains(got, "'"+c.want+" '") {
			t.Errorf("%+v: has no %q in %q", c.agent, c.want, got)
		}
	}
}

// TestEntry: every login shell comes to run the script, with its arguments and
// without a word of its own; the small ones run it themselves.
func TestEntry(t *testing.T) {
	for shell, own := range map[string]bool{
		"dash": true, "busybox sh": true,
		"bash": false, "bash --posix": false, "zsh": false, "ksh": false, "mksh": false, "yash": false, "fish": false, "tcsh": false,
	} {
		t.Run(shell, func(t *testing.T) {
			words := strings.Fields(shell)
			sshtest.Need(t, words[0])
			const script = `case $0 in clsh) echo "another $#: $1, $2";; *) echo "itself $#: $1, $2";; esac; exec 3>&1; echo done >&3`
			cmd := exec.Command(sshtest.Program(words[0]), append(words[1:], "-c", Line(entrySource)+"\nexec sh -c '"+script+"' clsh a 'b c'")...)
			cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + t.TempDir()} // fish writes there
			cmd.Dir = t.TempDir()
			got, err := cmd.CombinedOutput()
			want := "another 2: a, b c\ndone\n"
			if own {
				want = "itself 2: a, b c\ndone\n"
			}
			if err != nil || string(got) != want {
				t.Errorf("%v\n got %q\nwant %q", err, got, want)
			}
			if left, _ := os.ReadDir(cmd.Dir); len(left) > 0 {
				t.Errorf("made a file %s", left[0].Name())
			}
		})
	}
}

func TestRequest(t *testing.T) {
	for _, c := range []struct{ command, want string }{
		{"uname -a", "p node1 3 9 uname -a\n"},
		{" x", `b node1 3 9 \0040x` + "\n"},
		{"x ", `b node1 3 9 x\0040` + "\n"},
		{"a\nb", `b node1 3 9 a\0012b` + "\n"},
		{`a\b`, `b node1 3 9 a\0134b` + "\n"},
		{"é", `b node1 3 9 \0303\0251` + "\n"},
	} {
		if got := string(Request("node1", 3, 9, c.command)); got != c.want {
			t.Errorf("Request(%q) = %q, want %q", c.command, got, c.want)
		}
	}
}

// decode is what the agent's `read -r` and printf %b make of a coded command.
func decode(coding, text string) string {
	if coding == "p" {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if strings.HasPrefix(text[i:], `\0`) && len(text) >= i+5 {
			var c byte
			if _, err := fmt.Sscanf(text[i+2:i+5], "%o", &c); err == nil {
				b.WriteByte(c)
				i += 4
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

func FuzzEncode(f *testing.F) {
	for _, s := range []string{"uname", " a ", "a\nb", `\0101`, "é\xff", "'\"$(x)`y`"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, command string) {
		coding, text := encode(command)
		if strings.ContainsAny(text, "\n\r\x00") || strings.Trim(text, " ") != text {
			t.Fatalf("encode(%q) = %q: would not survive read", command, text)
		}
		if got := decode(coding, text); got != command {
			t.Fatalf("decode(encode(%q)) = %q", command, got)
		}
	})
}

// TestShellsDecode has the shells that may be the agent's sh read what encode
// wrote: every byte but NUL.
func TestShellsDecode(t *testing.T) {
	var all []byte
	for c := 255; c > 0; c-- {
		all = append(all, byte(c))
	}
	_, text := encode(" " + string(all) + "\n\n")
	script := `IFS=" " read -r a c; c=$(printf "%b." "$c"); c=${c%.}; printf %s "$c"`
	for _, shell := range [][]string{{"sh"}, {"dash"}, {"bash"}, {"zsh"}, {"ksh"}, {"busybox", "sh"}} {
		t.Run(shell[0], func(t *testing.T) {
			sshtest.Need(t, shell[0])
			cmd := exec.Command(sshtest.Program(shell[0]), append(shell[1:], "-c", script)...)
			cmd.Stdin = strings.NewReader("a " + text + "\n")
			got, err := cmd.Output()
			if want := " " + string(all) + "\n\n"; err != nil || string(got) != want {
				t.Errorf("%v\n got %q\nwant %q", err, got, want)
			}
		})
	}
}

func TestPlain(t *testing.T) {
	for _, login := range []string{"sh", "bash", "zsh", "fish", "tcsh", "ksh"} {
		t.Run(login, func(t *testing.T) {
			sshtest.Need(t, login)
			for _, command := range []string{"echo hi", "echo 'it'\\''s'", "printf '%s\\n' \"a b\" | cat", "echo a\necho b!", "echo é '!' \\\\"} {
				plainIn(t, sshtest.Program(login), command)
			}
		})
	}
}

// plainIn does what ssh does: the line's words arrive, the login shell reads them.
func plainIn(t *testing.T, shell, command string) {
	t.Helper()
	line := Quote([]string{WithoutAgent("n1", 2, 3, true, Become{}, command+`; echo "$CLSH_HOST $CLSH_RANK $CLSH_COUNT"`)})
	cmd := exec.Command("sh", "-c", `"$0" -c `+line, shell)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "SHELL=/bin/sh", "HOME=/nonexistent", "LC_ALL=C.UTF-8"}
	var said bytes.Buffer
	cmd.Stderr = &said
	got, err := cmd.Output()
	want, wantErr := exec.Command("sh", "-c", command+"\necho n1 2 3").Output()
	if err != nil || wantErr != nil || string(got) != string(want) {
		t.Errorf("%q: %q, %v %s; want %q, %v", command, got, err, said.Bytes(), want, wantErr)
	}
}

// TestFinishOnABusyHost: what ignores TERM is killed, also where one look at the
// processes takes longer than all the time there is.
func TestFinishOnABusyHost(t *testing.T) {
	cmd := exec.Command("sh", "-c", "blank=$IFS newline='\n'; "+Line(stopSource)+`
trap "" TERM
sleep 300 >/dev/null 2>&1 &
sleeper=$!
clock() { now=$((now+1000)); }
now=0 grace=10 own=" $$ $PPID " aides=" " spared=" " seed=" $$ " token=none ends= outs= sole= kin= last=0 born=0
exec 2>/dev/null
(place; halt TERM) || { kill -KILL $sleeper; exit 1; }`)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("it was not killed: %v\n%s", err, out)
	}
}

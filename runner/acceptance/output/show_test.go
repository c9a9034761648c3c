package output

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
)

// difficult returns size bytes of the kinds that other tools lose: NUL,
// carriage returns, no UTF-8, runes that reads cut in two, empty lines, and
// in the middle a line of a quarter of the whole.
func difficult(r *rand.Rand, size int) []byte {
	bits := []string{"\n", "\n\n", "\x00", "\r", "\r\n", "\xff\xfe", "é", "漢字", "a: ", "text ", "\x1b[2J", "\x1e 1\n", strings.Repeat("x", 300)}
	var b bytes.Buffer
	for b.Len() < size {
		if b.Len() > size/2 && b.Len() < size/2+400 {
			b.WriteString(strings.Repeat("long漢", size/4/len("long漢")))
		}
		b.WriteString(bits[r.IntN(len(bits))])
	}
	return b.Bytes()
}

// Every byte of eight hosts' two streams comes back by --out DIR/, in JSON,
// and from a record.
func TestEveryByte(t *testing.T) {
	clshtest.ParallelUnlessFull(t)
	s := sshtest.New(t)
	hosts := strings.Split("a,b,c,d,e,f,g,h", ",")
	longest, others := 600_000, 20_000
	if sshtest.Full() {
		longest, others = 256<<20, 50_000 // a line of 64 MB
	}
	said := t.TempDir()
	r := rand.New(rand.NewPCG(1, 4))
	want := map[string][]byte{}
	for i, host := range hosts {
		size := others
		if i == 0 {
			size = longest
		}
		want[host+".out"] = difficult(r, size)
		want[host+".err"] = append(difficult(r, others), "no newline"...)
		for _, stream := range []string{".out", ".err"} {
			if err := os.WriteFile(filepath.Join(said, host+stream), want[host+stream], 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.Chmod(said, 0o755); err != nil {
		t.Fatal(err)
	}
	// The first bytes one by one, both streams at once.
	command := fmt.Sprintf(`cd %s
		say() { dd bs=1 count=300 <$1 2>/dev/null; tail -c +301 $1; }
		say $CLSH_HOST.err >&2 & say $CLSH_HOST.out; wait; exit 3`, said)
	list := strings.Join(hosts, ",")

	files := t.TempDir()
	record := filepath.Join(files, "record")
	c := clshtest.Start(t, s, "-h", list, "--out", files+"/direct/", "--err", files+"/direct", "--json", record, command)
	c.Want(3)
	sameFiles(t, "--out", files+"/direct", want)

	cmd := clshtest.Cmd(t, s, "-h", list, "--format", "json", command)
	file, err := os.Create(filepath.Join(files, "json"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cmd.Stdout = file
	clshtest.StartCmd(t, cmd).Want(3)
	for name, got := range bytesOfRecord(t, file.Name()) {
		if !bytes.Equal(got, want[name]) {
			t.Errorf("--format json: %s has %d bytes, want %d, or differs", name, len(got), len(want[name]))
		}
	}

	c = clshtest.Start(t, s, "--replay", record, "--out", files+"/again/", "--err", files+"/again/")
	c.Want(3)
	sameFiles(t, "--replay", files+"/again", want)

	cmd = clshtest.Cmd(t, s, "--replay", record)
	lines, err := os.Create(filepath.Join(files, "lines"))
	if err != nil {
		t.Fatal(err)
	}
	defer lines.Close()
	cmd.Stdout = lines
	clshtest.StartCmd(t, cmd).Want(3)
	text, err := os.ReadFile(lines.Name())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]byte{}
	for line := range bytes.Lines(text) {
		host, rest, labelled := bytes.Cut(line, []byte(": "))
		if !labelled || len(host) != 1 {
			t.Fatalf("a line without a label: %.100q", line)
		}
		got[string(host)] = append(got[string(host)], rest...)
	}
	for _, host := range hosts {
		if whole := want[host+".out"]; !bytes.Equal(bytes.TrimSuffix(got[host], []byte("\n")), bytes.TrimSuffix(whole, []byte("\n"))) {
			t.Errorf("lines of %s: %d bytes, want %d, or they differ", host, len(got[host]), len(whole))
		}
	}
}

func sameFiles(t *testing.T, what, dir string, want map[string][]byte) {
	t.Helper()
	for name, bytesWanted := range want {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
		}
		if !bytes.Equal(got, bytesWanted) {
			t.Errorf("%s: %s has %d bytes, want %d, or differs", what, name, len(got), len(bytesWanted))
		}
	}
}

// bytesOfRecord puts a record's lines together again, as any reader would.
func bytesOfRecord(t *testing.T, path string) map[string][]byte {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	all := map[string][]byte{}
	for d := json.NewDecoder(file); d.More(); {
		var o struct {
			Type, Host, Stream string
			Data               *string
			Base64             []byte `json:"data_base64"`
			EOL                *bool
		}
		if err := d.Decode(&o); err != nil {
			t.Fatal(err)
		}
		if o.Type != "line" {
			continue
		}
		name := o.Host + map[string]string{"stdout": ".out", "stderr": ".err"}[o.Stream]
		if o.Data != nil {
			o.Base64 = []byte(*o.Data)
		}
		all[name] = append(all[name], o.Base64...)
		if o.EOL == nil || *o.EOL {
			all[name] = append(all[name], '\n')
		}
	}
	return all
}

// Interrupted, a record still has every host's end, and its counts add up.
func TestRecordOfInterruptedRun(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	c := clshtest.Start(t, s, "-f", "3", "--format", "json", "-h", "a,b,c,d", `echo up; [ $CLSH_HOST = b ] || sleep 300; exit 3`)
	c.WaitFor(c.Out, `"data":"up"`, 4)
	c.WaitFor(c.Out, `"exit"`, 1)
	c.Signal(syscall.SIGINT)
	c.Want(130)
	ends := map[string]string{}
	counts := map[string]int{}
	var summary map[string]any
	for line := range strings.Lines(c.Out.String()) {
		var o map[string]any
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatal(err)
		}
		switch o["type"] {
		case "exit":
			ends[o["host"].(string)] = o["outcome"].(string)
			counts[o["outcome"].(string)]++
		case "summary":
			summary = o
		}
	}
	if fmt.Sprint(ends) != "map[a:stopped b:exited c:stopped d:stopped]" {
		t.Errorf("ends %v", ends)
	}
	total := 0.
	for _, outcome := range []string{"exited", "signaled", "timeout", "lost", "unreachable", "stopped", "not_started"} {
		n, _ := summary[outcome].(float64)
		if int(n) != counts[outcome] {
			t.Errorf("the summary counts %v %s, there are %d", summary[outcome], outcome, counts[outcome])
		}
		total += n
	}
	if total != 4 || summary["hosts"] != 4. || summary["code"] != 130. || summary["interrupt"] != "SIGINT" {
		t.Errorf("summary %v", summary)
	}
	s.WaitGone()
}

// A reader that stops reading stops the hosts, and costs no memory.
func TestReaderStops(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	cmd := clshtest.Cmd(t, s, "-h", "a,b", "yes")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd.Stdout = w
	c := clshtest.StartCmd(t, cmd)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(make([]byte, 4096)); err != nil {
		t.Fatal(err)
	}
	still, before := 0, ""
	sshtest.WaitFor(t, "clsh waits for its reader", func() bool {
		now := cpuTime(t, c.Cmd.Process.Pid)
		if still++; now != before {
			still = 0
		}
		before = now
		return still == 20
	})
	peak := peakMemory(t, c.Cmd.Process.Pid)
	t.Logf("peak %d MiB", peak>>20)
	if peak > 200<<20 { // built with the race detector; scripts/bench has the real bound
		t.Errorf("%d MiB in memory for a reader that does not read", peak>>20)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if code := c.Wait(); code != 141 {
		t.Errorf("exit status %d, want 141", code)
	}
	s.WaitGone()
}

// cpuTime returns the ticks that a process has used (proc(5), stat).
func cpuTime(t *testing.T, pid int) string {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	return fields[11] + " " + fields[12]
}

// peakMemory returns the most that was resident of a process (proc(5), VmHWM).
func peakMemory(t *testing.T, pid int) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	var kb int64
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	if _, err := fmt.Sscan(rest, &kb); err != nil {
		t.Fatal(err)
	}
	return kb << 10
}

// What is gathered of much output is in a file without a name: not in memory,
// and gone however clsh ends.
func TestGatheredIsOnDisk(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	temp := t.TempDir()
	each, most := 24_000_000, int64(64<<20)
	if sshtest.Full() { // with the race detector
		each, most = 64_000_000, 200<<20
	}
	cmd := clshtest.Cmd(t, s, "-b", "-h", "a,b,c,d", fmt.Sprintf(`yes "$CLSH_HOST and more of it" | head -c %d; echo >&2; sleep 300`, each))
	cmd.Env = append(cmd.Env, "TMPDIR="+temp)
	c := clshtest.StartCmd(t, cmd)
	c.WaitFor(c.Errs, `^[abcd]: $`, 4)
	peak := peakMemory(t, c.Cmd.Process.Pid)
	t.Logf("peak %d MiB", peak>>20)
	if peak > most {
		t.Errorf("%d MiB in memory for %d bytes of output", peak>>20, 4*each)
	}
	c.Signal(syscall.SIGKILL)
	c.Wait()
	s.WaitGone()
	left, err := filepath.Glob(filepath.Join(temp, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range left {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			t.Errorf("%s is left, %d bytes", path, info.Size())
		}
	}
}

// While the gathered output is shown, all hosts have ended, and a signal still
// ends clsh; the same for a replay.
func TestInterruptedShowing(t *testing.T) {
	t.Parallel()
	s := sshtest.New(t)
	record := filepath.Join(t.TempDir(), "record")
	for _, args := range [][]string{
		{"-b", "--json", record, "-h", "a,b", "yes | head -c 300000"}, // more than a pipe holds,
		{"--replay", record},
	} {
		cmd := clshtest.Cmd(t, s, args...)
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		cmd.Stdout = w
		c := clshtest.StartCmd(t, cmd)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Read(make([]byte, 10)); err != nil { // it shows, and then waits for us
			t.Fatal(err)
		}
		c.Signal(syscall.SIGUSR1)
		c.Signal(syscall.SIGINT)
		if code := c.Wait(); code != 130 {
			t.Errorf("%q: exit status %d, want 130", args, code)
		}
	}
	s.WaitGone()
}

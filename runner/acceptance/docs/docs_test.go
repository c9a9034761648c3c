package docs

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"clsh/runner/sshtest"
)

// pages returns the Markdown pages for users, which the tests below read.
func pages(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob("docs/*.md")
	if err != nil || len(found) == 0 {
		t.Fatalf("no pages in docs: %v", err)
	}
	return append(found, "README.md", "README.ko.md", "SECURITY.md", "CONTRIBUTING.md", "hosts/README.md")
}

// TestDocsCommands runs the commands in the pages. A "console" block holds lines
// "$ COMMAND", each followed by what it prints; a "sh" block is a script that
// exits with 0. The blocks of a page share a directory. A comment
// "<!-- not run: REASON -->" before a block exempts it. A page whose blocks are those of another one but
// for comments, as a translation's, runs with --full only.
//
// Every host name works and is one sshd. The programs of testdata/docs/bin are on
// its PATH and on ours: they stand in for services, and answer by $CLSH_HOST. Each
// host has a home of its own.
func TestDocsCommands(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, page := range pages(t) {
		blocks := readBlocks(t, page)
		var text strings.Builder
		for _, b := range blocks {
			text.WriteString(b.info + "\n" + docComment.ReplaceAllString(b.text, ""))
		}
		if len(blocks) == 0 || seen[text.String()] && !sshtest.Full() {
			continue
		}
		seen[text.String()] = true
		t.Run(filepath.Base(page), func(t *testing.T) {
			t.Parallel()
			f := newDocFleet(t)
			for _, b := range blocks {
				f.run(t, b)
			}
		})
	}
}

// A docBlock is a fenced block of a page.
type docBlock struct {
	line int    // where it begins, from 1
	info string // "console" or "sh"
	text string
}

// A docCommand is a command of a console block and what it prints.
type docCommand struct{ command, want string }

// readBlocks returns the blocks of a page that are to be run.
func readBlocks(t *testing.T, page string) []docBlock {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []docBlock
	var open *docBlock
	before := ""
	for i, line := range strings.Split(string(text), "\n") {
		switch fence, isFence := strings.CutPrefix(line, "```"); {
		case isFence && open == nil:
			open = &docBlock{line: i + 1, info: fence}
			if strings.HasPrefix(before, "<!-- not run: ") {
				open.info = ""
			}
		case isFence:
			if open.info == "console" || open.info == "sh" {
				blocks = append(blocks, *open)
			}
			open = nil
		case open != nil:
			open.text += line + "\n"
		}
		if strings.TrimSpace(line) != "" {
			before = line
		}
	}
	return blocks
}

// commands splits a console block.
func (b docBlock) commands() []docCommand {
	var all []docCommand
	for line := range strings.Lines(b.text) {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			all = append(all, docCommand{command: strings.TrimSuffix(command, "\n")})
		} else if len(all) > 0 {
			last := &all[len(all)-1]
			if strings.HasSuffix(last.command, `\`) {
				last.command += "\n" + strings.TrimSuffix(line, "\n")
			} else {
				last.want += line
			}
		}
	}
	return all
}

// A docFleet is the hosts that a page's commands reach.
type docFleet struct {
	site *sshtest.Site
	dir  string
	env  []string
}

func newDocFleet(t *testing.T) *docFleet {
	t.Helper()
	bin, err := filepath.Abs("testdata/docs/bin")
	if err != nil {
		t.Fatal(err)
	}
	site := sshtest.New(t, sshtest.Shell("bash"), sshtest.RC("PATH="+bin+":$PATH"), sshtest.SSHDConfig("AcceptEnv SSHTEST_HOST"))
	// Each host has a home directory of its own, which bash enters as soon as sshd has started it.
	rc := "HOME=$HOME/$SSHTEST_HOST\nmkdir -p ~ && cd && ln -sf ../.profile .profile\nunset SSHTEST_HOST\n"
	if err := os.WriteFile(filepath.Join(site.Home, ".bashrc"), []byte(rc), 0o644); err != nil {
		t.Fatal(err)
	}
	for i := range 9 {
		for _, kind := range []string{"web", "db"} {
			name := fmt.Sprint(kind, i+1)
			site.Host(name, "SetEnv SSHTEST_HOST="+name)
		}
	}
	site.Refused("web9")
	dir := t.TempDir()
	env := append(site.Env(), "CLSH_SSH_CONFIG="+site.Config(), "PATH="+bin+":"+os.Getenv("PATH"), "TMPDIR="+t.TempDir())
	return &docFleet{site, dir, env}
}

// run runs a block and compares what it prints.
func (f *docFleet) run(t *testing.T, b docBlock) {
	t.Helper()
	if b.info == "sh" {
		if out, err := f.shell(t, "set -e\n"+b.text, false); err != nil {
			t.Errorf("line %d: %v\n%s", b.line, err, out)
		}
		return
	}
	for _, c := range b.commands() {
		out, _ := f.shell(t, c.command, strings.HasPrefix(c.want, "^C\n"))
		want := strings.TrimPrefix(c.want, "^C\n")
		if !sameOutput(string(out), want) {
			t.Errorf("line %d: %s\nprints:\n%s\nthe page says:\n%s", b.line, c.command, out, want)
		}
	}
}

// shell runs a command line and returns what it printed. With interrupt it gets
// SIGINT as soon as every host runs something.
func (f *docFleet) shell(t *testing.T, line string, interrupt bool) ([]byte, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-c", line)
	cmd.Dir, cmd.Env = f.dir, f.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	if interrupt {
		sshtest.WaitFor(t, "a sleep on 6 hosts", func() bool {
			all := sshtest.Marked(t, f.site.Mark)
			return len(slices.DeleteFunc(all, func(p sshtest.Process) bool { return p.Name != "sleep" })) == 6
		})
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGINT)
		defer f.site.WaitGone()
	}
	err := cmd.Wait()
	return out.Bytes(), err
}

var (
	docSeconds = regexp.MustCompile(`\b[0-9]+(\.[0-9]+)? ?(ms|s)\b|\b1[0-9]{9}\b|\bport [0-9]+`)
	docRun     = regexp.MustCompile(`\brest@[a-z]{4}\b`)
	docComment = regexp.MustCompile(`(?m) +#.*$`)
	docSlowest = regexp.MustCompile(`(slowest \S+) \([^)]*\)`)
)

// sameOutput reports whether got is what a page says: the same lines, in any
// order for those that come as they are ready, with any times and any run's ID. A line "…" in
// want matches any others.
func sameOutput(got, want string) bool {
	lines := func(s string) []string {
		s = docRun.ReplaceAllString(docSlowest.ReplaceAllString(docSeconds.ReplaceAllString(s, "TIME"), "$1"), "rest@RUN")
		all := strings.Split(strings.TrimRight(s, "\n"), "\n")
		slices.Sort(all)
		return all
	}
	g, w := lines(got), lines(want)
	if i := slices.Index(w, "…"); i >= 0 {
		w = slices.Delete(w, i, i+1)
		g = slices.DeleteFunc(g, func(line string) bool { return !slices.Contains(w, line) })
	}
	return slices.Equal(g, w)
}

var docLink = regexp.MustCompile(`\]\(([^)#\s]*)(#[^)\s]*)?\)`)

// TestDocsLinks follows every link of the pages that stays in the repository, to
// a file and to a heading in it.
func TestDocsLinks(t *testing.T) {
	t.Parallel()
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range docLink.FindAllStringSubmatch(string(text), -1) {
			path, heading := link[1], strings.TrimPrefix(link[2], "#")
			if strings.Contains(path, "://") {
				continue
			}
			target := page
			if path != "" {
				target = filepath.Join(filepath.Dir(page), path)
			}
			if err := checkLink(target, heading); err != nil {
				t.Errorf("%s: link to %s: %v", page, link[0], err)
			}
		}
	}
}

func checkLink(target, heading string) error {
	if heading == "" {
		_, err := os.Stat(target)
		return err
	}
	text, err := os.ReadFile(target)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		if title := strings.TrimLeft(line, "#"); title != line && anchor(title) == heading {
			return nil
		}
	}
	return fmt.Errorf("no heading #%s", heading)
}

// anchor returns the fragment that a heading has on GitHub.
func anchor(title string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(strings.TrimSpace(title)) {
		switch {
		case r == ' ':
			b.WriteByte('-')
		case r == '-' || r == '_' || 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r > 0x7f:
			b.WriteRune(r)
		}
	}
	return b.String()
}

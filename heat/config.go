package heat

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"time"
	"unicode"

	"clsh/heat/checker"
	"clsh/heat/output"
	"clsh/heat/policy"
)

// Exit statuses of heat itself.
const (
	exitOriginal = 1 // the errors that heat has always had, and what cannot be started
	exitUsage    = 2
	exitGaveUp   = 3
	exitSignal   = 128 // + n
)

// config is a checked command line.
type config struct {
	rules       policy.Rules
	path        string // the check's file
	args        []string
	limit       time.Duration // of a check; 0: none
	hookTimeout time.Duration // 0: none
	killAfter   time.Duration // between SIGTERM and SIGKILL
	delay       time.Duration
	jitter      float64 // of the interval
	pid         int     // 0: none
	pidfile     string
	signals     map[policy.Do]syscall.Signal
	hooks       map[policy.Do]hook
	label       output.Label
	log         output.LogSpec
	json, quiet bool
	compat      bool // the letter of the Python heat
	once, watch bool
	state       string
	metrics     string
	lock        string
	pauseFile   string
	simulate    []step
}

// exitError is an error with the exit status that it means. Bare ones are
// shown as they are, without the program's name.
type exitError struct {
	code int
	bare bool
	text string
	// cause, not empty, follows a bare text on a line of its own.
	cause string
}

func (e *exitError) Error() string {
	if e.cause != "" {
		return e.text + "\n" + e.cause
	}
	return e.text
}

func wrong(format string, args ...any) error {
	return &exitError{code: exitUsage, text: fmt.Sprintf(format, args...)}
}

// original returns an error with one of the Python heat's lines, and the cause in English.
func original(text, format string, args ...any) error {
	return &exitError{code: exitOriginal, bare: true, text: text, cause: fmt.Sprintf(format, args...)}
}

// The original's own words.
const (
	msgBoth  = "Error: use either script or command"
	msgNoPid = "올바른 PID를 입력해주세요"
)

// refuse tells why heat does not start, or does not go on.
func (sys *System) refuse(err error) int {
	var e *exitError
	if !errors.As(err, &e) {
		e = &exitError{code: exitOriginal, text: err.Error()}
	}
	text := e.text
	switch {
	case !e.bare:
		text = sys.Name + ": " + sys.spelled(text)
	case e.cause != "" && !sys.compat:
		text += "\n" + sys.Name + ": " + sys.spelled(e.cause)
	}
	var to io.Writer = sys.Stderr
	if sys.compat && e.code == exitOriginal {
		text, _, _ = strings.Cut(text, "\n") // what follows is ours
		to = sys.Stdout
	}
	out := output.NewOutlet(to, output.StreamBound)
	_, _ = io.WriteString(out, text+"\n")
	<-out.Settled(output.SettleLimit)
	return e.code
}

// spelled returns a message with its options as they were typed.
func (sys *System) spelled(text string) string {
	if sys.asTyped == nil {
		return text
	}
	return sys.asTyped(text)
}

// config checks the command line as a whole. Nothing has been started or
// opened when it returns.
func (c *Command) config() (*config, error) {
	cfg := &config{
		hookTimeout: time.Duration(c.HookTimeout), killAfter: time.Duration(c.KillAfter), delay: time.Duration(c.Delay),
		json: c.Format == "json", quiet: c.Quiet, compat: c.Compat, once: c.Once, watch: c.Watch,
		state: c.State, metrics: c.Metrics, lock: c.Lock, pauseFile: c.PauseFile,
	}
	for _, part := range []func(*config) error{
		c.checkWhat, c.checkLabel, c.checkTimes, c.checkCodes, c.checkSignals, c.checkRecovery, c.checkLog, c.checkSimulate,
		c.checkFiles,
	} {
		if err := part(cfg); err != nil {
			return nil, err
		}
	}
	return cfg, nil
}

func (c *Command) checkWhat(*config) error {
	if len(c.Command) > 0 && c.Command[0] == "--" {
		c.Command = c.Command[1:] // kong keeps it
	}
	switch {
	case c.Typed["once"] && c.Typed["recovery"]:
		return wrong("--once: cannot be combined with --recovery\nhint: --once runs one check and repairs nothing")
	case c.Script != "" && len(c.Command) > 0:
		return original(msgBoth, "--script %s and the command %q are both given", c.Script, c.Command[0])
	case c.Script == "" && len(c.Command) == 0 && c.Simulate == "":
		return wrong("no check given\nhint: heat [options] COMMAND, or heat [options] -s FILE; see heat --help")
	case len(c.Command) > 0 && c.Command[0] == "":
		return wrong("the command is empty\nhint: it may be a variable that is not set")
	}
	return nil
}

// checkLabel checks what begins heat's lines. A name with a line break would
// make two lines of one.
func (c *Command) checkLabel(cfg *config) error {
	if strings.ContainsFunc(c.Name, unicode.IsControl) {
		return wrong("--name %q: control characters are not allowed", c.Name)
	}
	cfg.label = output.Label{ISO: c.Time == "iso", Name: c.Name}
	return nil
}

// shortest bounds intervals from below: one of a nanosecond is a typing error.
const shortest = time.Millisecond

func (c *Command) checkTimes(cfg *config) error {
	interval := time.Duration(c.Interval)
	if interval < shortest {
		return wrong("--interval: must be at least %v", shortest)
	}
	cfg.rules.Interval = interval
	if c.FailingInterval != nil {
		cfg.rules.Failing = time.Duration(*c.FailingInterval)
		if cfg.rules.Failing < shortest {
			return wrong("--failing-interval: must be at least %v", shortest)
		}
	}
	least := max(interval, 30*time.Second)
	if c.Compat {
		least = 0
	}
	cfg.limit = c.Timeout.duration(least)
	var err error
	cfg.jitter, err = parsePercent(c.Jitter)
	return err
}

func (c *Command) checkCodes(cfg *config) error {
	var err error
	cfg.rules.Unknown, err = parseCodes(c.Unknown)
	return err
}

func (c *Command) checkSignals(cfg *config) error {
	switch {
	case c.Pid != nil && c.Pidfile != "":
		return wrong("--pid: cannot be combined with --pidfile")
	case c.Pid != nil && *c.Pid <= 0 && c.Simulate == "":
		return original(msgNoPid, "--pid %d: not a process ID", *c.Pid)
	}
	hasPid := c.Pid != nil || c.Pidfile != ""
	if c.Pid != nil {
		cfg.pid = *c.Pid
	}
	cfg.pidfile = c.Pidfile
	cfg.signals = map[policy.Do]syscall.Signal{}
	if hasPid {
		cfg.signals[policy.SendSignal] = syscall.SIGHUP
	}
	for _, o := range []struct {
		option, name string
		do           policy.Do
	}{
		{"--signal", c.Signal, policy.SendSignal},
		{"--fault-signal", c.FaultSignal, policy.SendFault},
		{"--success-signal", c.SuccessSignal, policy.SendSuccess},
	} {
		if o.name == "" {
			continue
		}
		if !hasPid {
			return wrong("%s: needs --pid or --pidfile", o.option)
		}
		s, err := parseSignal(o.name)
		if err != nil {
			return wrong("%s: %v", o.option, err)
		}
		cfg.signals[o.do] = s
	}
	return nil
}

func (c *Command) checkSimulate(cfg *config) error {
	if c.Simulate == "" {
		return nil
	}
	var err error
	cfg.simulate, err = parseSteps(c.Simulate)
	return err
}

// checkFiles looks for what is to be run, and wires the actions. It comes
// last: with --simulate nothing has to be there.
func (c *Command) checkFiles(cfg *config) error {
	cfg.hooks = map[policy.Do]hook{}
	for _, h := range []struct {
		do           policy.Do
		option, text string
	}{
		{policy.RunFail, "--fail", c.Fail}, {policy.RunRecovery, "--recovery", c.Recovery},
		{policy.RunRecovered, "--recovered", c.Recovered}, {policy.RunGiveUp, "--give-up", c.GiveUp},
	} {
		if h.text == "" {
			continue
		}
		parsed, err := parseHook(h.text, cfg.simulate == nil)
		var e *exitError
		switch {
		case errors.As(err, &e):
			return err
		case err != nil:
			return wrong("%s: %v", h.option, err)
		}
		cfg.hooks[h.do] = parsed
	}
	cfg.rules.Wired = map[policy.Do]bool{}
	for do := range cfg.signals {
		cfg.rules.Wired[do] = true
	}
	for do := range cfg.hooks {
		cfg.rules.Wired[do] = true
	}
	if cfg.once {
		cfg.rules.Threshold = 0
	}
	if cfg.simulate != nil {
		return nil
	}
	var err error
	cfg.path, cfg.args, err = c.resolve()
	return err
}

// shellCharacters make a single word that is no executable a line for the
// shell: what POSIX 2.2 lists as to be quoted, and the braces and the
// exclamation mark of its reserved words.
const shellCharacters = " \t\n|&;<>()$`\\\"'*?[]#~=%{}!"

// resolve finds out what the check runs.
func (c *Command) resolve() (path string, args []string, err error) {
	if c.Script != "" {
		return asPath(c.Script), []string{c.Script}, checkExecutable(c.Script)
	}
	if c.Compat {
		return shell, []string{shell, "-c", strings.Join(c.Command, " ")}, nil
	}
	word := c.Command[0]
	path, err = exec.LookPath(word)
	if err == nil || errors.Is(err, exec.ErrDot) {
		if err := checker.Inspect(path); err != nil {
			return "", nil, &exitError{code: exitOriginal, text: fmt.Sprintf("the check cannot be started: %v", err)}
		}
		return path, c.Command, nil
	}
	if len(c.Command) == 1 && strings.ContainsAny(word, shellCharacters) {
		return shell, []string{"sh", "-c", word}, nil
	}
	if path, ok := errors.AsType[*exec.Error](err); ok {
		err = path.Err
	}
	return "", nil, &exitError{code: exitOriginal, text: fmt.Sprintf("the check cannot be started: %s: %v", word, err)}
}

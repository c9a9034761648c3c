package options

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"

	"clsh/heat/exit"
	"clsh/heat/output"
	"clsh/heat/policy"
	"clsh/runner/duration"
)

func TestSeconds(t *testing.T) {
	tests := []struct {
		text string
		want time.Duration // -1: an error
		show string
	}{
		{"30", 30 * time.Second, "30"},
		{"0", 0, "0"},
		{"1.5", 1500 * time.Millisecond, "1.5"},
		{".25", 250 * time.Millisecond, "0.25"},
		{"1.5s", 1500 * time.Millisecond, "1.5"},
		{"2m", 2 * time.Minute, "120"},
		{"1h30m", 90 * time.Minute, "5400"},
		{"200ms", 200 * time.Millisecond, "0.2"},
		{"", -1, ""}, {"x", -1, ""}, {"-1", -1, ""}, {"-1s", -1, ""}, {"1e9", -1, ""}, {"NaN", -1, ""}, {"Inf", -1, ""},
		{"0x10", -1, ""}, {" 1", -1, ""}, {"1 s", -1, ""}, {"99999999999", -1, ""}, {"1000000h", -1, ""},
	}
	for _, tt := range tests {
		var s Seconds
		err := s.UnmarshalText([]byte(tt.text))
		if tt.want < 0 {
			if err == nil {
				t.Errorf("%q was read as %v", tt.text, s)
			}
			continue
		}
		if err != nil || time.Duration(s) != tt.want || s.String() != tt.show {
			t.Errorf("%q: %v (%q), %v, want %v (%q)", tt.text, time.Duration(s), s, err, tt.want, tt.show)
		}
	}
}

func FuzzSeconds(f *testing.F) {
	for _, s := range []string{"30", "1.5s", ".", "1h2m", "9223372036", "-0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var s, again Seconds
		if s.UnmarshalText([]byte(text)) != nil {
			return
		}
		if s < 0 || s > Seconds(duration.Max) {
			t.Fatalf("%q is %d", text, s)
		}
		if err := again.UnmarshalText([]byte(s.String())); err != nil || (again-s).abs() > Seconds(time.Microsecond) {
			t.Fatalf("%q shows as %q, which is %d, not %d (%v)", text, s, again, s, err)
		}
	})
}

func (s Seconds) abs() Seconds { return max(s, -s) }

func TestWrongCalls(t *testing.T) {
	t.Chdir(t.TempDir())
	script(t, ".", "yes", "")
	if err := os.WriteFile("no", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		args string
		code int
		want string // how the message begins
	}{
		{"", 2, "no check given"},
		{"-s ./yes true", 1, "Error: use either script or command"},
		{"-s ./no", 1, "Failed: ./no not executable\n./no: its mode is -rw-r--r--"},
		{"-s ./none", 1, "Failed: ./none not executable\n./none: no such file"},
		{"-s .", 1, "Failed: . not executable\n.: is a directory"},
		{"--fail ./no true", 1, "Failed: ./no not executable"},
		{"--threshold 1 --recovery ./no true", 1, "Failed: ./no not executable"},
		{"--threshold 1 --recovery ./yes --recovered ./no true", 1, "Failed: ./no not executable"},
		{"no-such-program-here", 1, "the check cannot be started"},
		{"./no", 1, "the check cannot be started"},
		{"no-such-program-here a b", 1, "the check cannot be started"},
		{"-i 0 true", 2, "--interval: must be"},
		{"--failing-interval 0 true", 2, "--failing-interval: must be"},
		{"--jitter 101 true", 2, "--jitter"},
		{"--jitter x true", 2, "--jitter"},
		{"--jitter=-1 true", 2, "--jitter"},
		{"--ignore-codes 0 true", 2, "--ignore-codes"},
		{"--ignore-codes 256 true", 2, "--ignore-codes"},
		{"--ignore-codes 5-3 true", 2, "--ignore-codes"},
		{"--ignore-codes 3, true", 2, "--ignore-codes"},
		{"--pid 0 true", 1, "올바른 PID를 입력해주세요"},
		{"--pid=-1 true", 1, "올바른 PID를 입력해주세요"},
		{"--pid 1 --pidfile x true", 2, "--pid: cannot be combined"},
		{"--pid 1 --signal BOGUS true", 2, "--signal: no such signal"},
		{"--signal USR1 true", 2, "--signal: needs --pid"},
		{"--threshold 1 --fault-signal USR1 true", 2, "--fault-signal: needs --pid"},
		{"--success-signal USR1 true", 2, "--success-signal: needs"},
		{"--threshold 0 --recovery ./yes true", 2, "--threshold 0: must be"},
		{"--threshold 3 true", 2, "--threshold: needs --recovery or --fault-signal"},
		{"--recovery ./yes true", 2, "--recovery: needs --threshold"},
		{"--pid 1 --fault-signal USR1 true", 2, "--fault-signal: needs --threshold"},
		{"--recovered ./yes true", 2, "--recovered: needs --threshold"},
		{"--rise 0 --threshold 1 --recovery ./yes true", 2, "--rise 0: must be"},
		{"--max-recoveries 0 --threshold 1 --recovery ./yes true", 2, "--max-recoveries 0: must be"},
		{"--give-up ./yes --threshold 1 --recovery ./yes true", 2, "--give-up: needs --max-recoveries"},
		{"--recovery-timeout 0 --threshold 1 --recovery ./yes true", 2, "--recovery-timeout 0: must be"},
		{"--backoff 0 --threshold 1 --recovery ./yes true", 2, "--backoff 0"},
		{"--backoff 5,2 --threshold 1 --recovery ./yes true", 2, "--backoff 5,2"},
		{"--backoff 5,x --threshold 1 --recovery ./yes true", 2, "--backoff"},
		{"--log-size 0 true", 2, "--log-size 0: must be"},
		{"--log-keep 2 true", 2, "--log-keep: needs --log-size"},
		{"--log-size 10 --log-keep=-1 true", 2, "--log-keep -1: must not be"},
		{"--simulate maybe true", 2, "--simulate"},
		{"--simulate ok*0 true", 2, "--simulate"},
		{"--simulate fail:0 true", 2, "--simulate"},
		{"--simulate signal:BOGUS true", 2, "--simulate"},
		{"--simulate ok*100001 true", 2, "--simulate"},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			_, err := configure(t, strings.Fields(tt.args)...)
			var e *exit.Error
			if !errors.As(err, &e) || e.Code != tt.code || !strings.HasPrefix(e.Error(), tt.want) {
				t.Errorf("got %v, want %q with status %d", err, tt.want, tt.code)
			}
		})
	}
	for _, args := range []string{"-i x true", "-i -1 true", "--pid x true", "--format xml true", "--no-such-option true"} {
		if _, err := parse(strings.Fields(args)...); err == nil {
			t.Errorf("%s was taken", args)
		}
	}
	if _, err := configure(t, "", "x"); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("an empty command: %v", err)
	}
}

func TestWhatIsRun(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	script(t, dir, "yes", "")
	script(t, dir, "a b", "")
	tests := []struct {
		args []string
		path string
		argv []string
	}{
		{[]string{"-s", "./yes"}, "./yes", []string{"./yes"}},
		{[]string{"-s", "yes"}, "./yes", []string{"yes"}},
		{[]string{"./yes"}, "./yes", []string{"./yes"}},
		{[]string{"./a b"}, "./a b", []string{"./a b"}},
		{[]string{"/bin/sh", "-c", "exit 7"}, "/bin/sh", []string{"/bin/sh", "-c", "exit 7"}},
		{[]string{"/bin/sh", "-i", "3", "--help"}, "/bin/sh", []string{"/bin/sh", "-i", "3", "--help"}},
		{[]string{"--", "/bin/sh", "--", "-x"}, "/bin/sh", []string{"/bin/sh", "--", "-x"}},
		{[]string{"exit 7"}, "/bin/sh", []string{"sh", "-c", "exit 7"}},
		{[]string{"true||false"}, "/bin/sh", []string{"sh", "-c", "true||false"}},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			cfg, err := configure(t, tt.args...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(append([]string{tt.path}, tt.argv...), append([]string{cfg.Check.Path}, cfg.Check.Args...)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestDefaults(t *testing.T) {
	cfg, err := configure(t, "true")
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Rules.Interval != 30*time.Second || cfg.Check.Limit != 30*time.Second || cfg.Log.Path != "heat.log" || cfg.Rules.Threshold != 0 {
		t.Errorf("got %+v", cfg)
	}
	for args, want := range map[string]time.Duration{"-i 5": 30 * time.Second, "-i 90": 90 * time.Second, "--timeout 0": 0, "-i 1 --timeout 2": 2 * time.Second} {
		cfg, err := configure(t, append(strings.Fields(args), "true")...)
		if err != nil || cfg.Check.Limit != want {
			t.Errorf("%s: limit %v, %v, want %v", args, cfg.Check.Limit, err, want)
		}
	}
}

func TestOptionsReachTheRules(t *testing.T) {
	t.Chdir(t.TempDir())
	script(t, ".", "x", "")
	cfg, err := configure(t, "-i", "2", "--failing-interval", "1", "--threshold", "3", "--recovery", "./x", "--recovered", "./x",
		"--fail", "./x", "--recovery-timeout", "10", "--rise", "2", "--backoff", "5,1m", "--max-recoveries", "4", "--give-up", "./x",
		"--ignore-codes", "3,10-12", "--pid", "1", "--signal", "USR1", "--fault-signal", "SIGUSR2", "--success-signal", "15",
		"--jitter", "25%", "--log-size", "100", "true")
	if err != nil {
		t.Fatal(err)
	}
	want := policy.Rules{
		Interval: 2 * time.Second, Failing: time.Second, Threshold: 3, RecoveryTimeout: 10 * time.Second, Rise: 2,
		Backoff: 5 * time.Second, BackoffMax: time.Minute, MaxRecoveries: 4,
		Unknown: map[int]bool{3: true, 10: true, 11: true, 12: true},
		Wired: map[policy.Do]bool{
			policy.SendSignal: true, policy.SendFault: true, policy.SendSuccess: true, policy.RunFail: true,
			policy.RunRecovery: true, policy.RunRecovered: true, policy.RunGiveUp: true,
		},
	}
	if diff := cmp.Diff(want, cfg.Rules); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if cfg.Jitter != 0.25 || cfg.Log != (output.LogSpec{Path: "heat.log", Size: 100, Keep: 5}) {
		t.Errorf("jitter %v, log %+v", cfg.Jitter, cfg.Log)
	}
	signals := map[policy.Do]syscall.Signal{
		policy.SendSignal: syscall.SIGUSR1, policy.SendFault: syscall.SIGUSR2, policy.SendSuccess: syscall.SIGTERM,
	}
	if diff := cmp.Diff(signals, cfg.Signals); diff != "" {
		t.Errorf("signals: -want +got:\n%s", diff)
	}
}

func TestEnvironmentOfOptions(t *testing.T) {
	t.Setenv("HEAT_INTERVAL", "7")
	t.Setenv("HEAT_LOG", "other.log")
	cfg, err := configure(t, "--log", "mine.log", "true")
	if err != nil || cfg.Rules.Interval != 7*time.Second || cfg.Log.Path != "mine.log" {
		t.Errorf("got %+v, %v", cfg, err)
	}
}

func parse(args ...string) (*Command, error) {
	cmd := &Command{}
	k, err := kong.New(cmd, kong.Name("heat"))
	if err != nil {
		return nil, err
	}
	_, err = k.Parse(args)
	return cmd, err
}

// configure checks a command line.
func configure(t *testing.T, args ...string) (*Settings, error) {
	t.Helper()
	cmd, err := parse(args...)
	if err != nil {
		return nil, err
	}
	return cmd.Settings()
}

// script writes an executable into dir and returns its name, which begins with ./.
func script(t *testing.T, dir, name, text string) string {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return "./" + name
}

package cli

import (
	"time"

	"clsh/runner/flags"
	"clsh/runner/sink"
)

// HelpTable follows the options in the help.
const HelpTable = sink.Combinations

// Command is clsh's command line, with the tags that kong reads. The program
// turns single-dash long options into double-dash ones, -w into -h, and refuses
// -h without a value, before parsing.
type Command struct {
	Hosts        []string      `short:"h" sep:"none" env:"-" group:"Hosts" placeholder:"LIST" predictor:"hosts" help:"Which hosts: node[1-3],db; also -w. Repeatable."`
	Hostfile     []string      `sep:"none" env:"-" group:"Hosts" placeholder:"FILE" predictor:"file" help:"A LIST a line. Repeatable; - is standard input."`
	Group        []string      `env:"-" short:"g" sep:"none" group:"Hosts" placeholder:"NAME" predictor:"groups" help:"The hosts of a group: @NAME."`
	All          bool          `env:"-" short:"a" group:"Hosts" help:"All hosts: @all."`
	GroupTimeout time.Duration `default:"30s" group:"Hosts" placeholder:"D" help:"Limit for a group source's command; 0: none (default: 30s)."`
	Exclude      []string      `env:"-" short:"x" sep:"none" group:"Hosts" placeholder:"LIST" predictor:"hosts" help:"Take these out."`
	Pick         *int          `env:"-" group:"Hosts" placeholder:"N" help:"Only N of them, at random."`
	List         bool          `env:"-" group:"Hosts" help:"Print the hosts, one a line, and run nothing."`
	Fold         bool          `env:"-" group:"Hosts" help:"Print them as one folded LIST."`
	Count        bool          `env:"-" group:"Hosts" help:"Print their number."`

	User           string        `type:"name" short:"l" aliases:"username" group:"Connection" placeholder:"NAME" help:"Log in as NAME (default: what ssh_config says, else ubuntu)."`
	Identity       string        `group:"Connection" placeholder:"FILE" predictor:"file" help:"The private key (default: ssh-key.pem here or beside the program, if there)."`
	Option         []string      `short:"o" sep:"none" group:"Connection" placeholder:"OPTION" help:"An option for ssh -o; ssh must know it. Repeatable."`
	SSHConfig      string        `name:"ssh-config" env:"CLSH_SSH_CONFIG" group:"Connection" placeholder:"FILE" predictor:"file" help:"Instead of ~/.ssh/config."`
	SSH            string        `name:"ssh" env:"CLSH_SSH" default:"ssh" group:"Connection" placeholder:"COMMAND" help:"Run this instead of ssh."`
	ConnectTimeout time.Duration `short:"t" group:"Connection" placeholder:"D" help:"Limit for connecting (default: 5s)."`
	ReadyTimeout   time.Duration `default:"30s" group:"Connection" placeholder:"D" help:"Limit until the host's shell has begun the command (default: 30s)."`
	LostAfter      time.Duration `default:"5s" group:"Connection" placeholder:"D" help:"A connection silent for so long is lost; 0: never (default: 5s)."`
	TTY            bool          `name:"tty" env:"CLSH_TTY" group:"Connection" help:"A terminal on the remote side; one stream, no input."`
	Raw            bool          `group:"Connection" help:"Plain ssh HOST COMMAND, for what has no POSIX shell. Nothing is promised of the remote process then."`
	NoLogin        bool          `group:"Connection" help:"The command's shell is no login shell."`

	Interactive bool          `env:"-" short:"i" group:"Running" help:"Interactive mode: a prompt, and one shell on each host that stays."`
	Fanout      int           `short:"f" default:"64" group:"Running" placeholder:"N" help:"At most N hosts at a time (default: 64)."`
	Timeout     time.Duration `short:"u" group:"Running" placeholder:"D" help:"How long the command may run."`
	KillAfter   time.Duration `default:"2s" group:"Running" placeholder:"D" help:"Between TERM and KILL for a command that is stopped (default: 2s)."`
	KeepGoing   bool          `group:"Running" help:"Carry on with the other hosts when one is lost."`
	Retry       int           `default:"5" group:"Running" placeholder:"N" help:"Try a host again that turned us away before login, with fewer logins at a time (default: 5 times)."`
	SpawnRate   int           `group:"Running" placeholder:"N" help:"At most N new connections a second."`
	Persist     time.Duration `group:"Running" placeholder:"D" help:"Keep connections so long after the end, for the next call with it."`
	Stdin       bool          `group:"Running" help:"Send standard input to every host's command; if it is cut short, stop the command."`
	DryRun      bool          `env:"-" group:"Running" help:"Print a line for each host that does the same."`
	Verbose     bool          `short:"v" group:"Running" help:"Show what ssh and the logins say besides."`

	Out        string `group:"Output" placeholder:"PATH" predictor:"file" help:"Standard output into a file; into a directory, a file each: PATH/."`
	Err        string `group:"Output" placeholder:"PATH" predictor:"file" help:"Standard error likewise."`
	Gather     bool   `short:"b" group:"Output" help:"At the end: each distinct output once, under its hosts."`
	GatherBoth bool   `short:"B" group:"Output" help:"The same with standard error."`
	Live       bool   `group:"Output" help:"Show lines as they come as well."`
	Diff       bool   `group:"Output" help:"At the end: the commonest output, and how others differ."`
	Normalize  bool   `group:"Output" help:"Comparing, a host's own name counts as %h."`
	Format     string `enum:"lines,block,json,none," default:"" group:"Output" placeholder:"FORMAT" help:"lines, block, json or none (default: lines)."`
	JSON       string `name:"json" env:"CLSH_JSON" group:"Output" placeholder:"FILE" predictor:"file" help:"The run's events into FILE besides."`
	Replay     string `env:"-" group:"Output" placeholder:"FILE" predictor:"file" help:"Show a run again from such a file; run nothing."`
	Ordered    bool   `group:"Output" help:"Hosts in the order given, not of arrival."`
	NoLabel    bool   `short:"N" group:"Output" help:"No HOST: before the lines."`
	RawOutput  bool   `group:"Output" help:"Pass control sequences on to the terminal."`
	Color      string `bare:"always" enum:"auto,always,never" default:"auto" group:"Output" placeholder:"WHEN" help:"auto, always or never."`
	Progress   string `bare:"always" enum:"auto,always,never" default:"auto" group:"Output" placeholder:"WHEN" help:"A status line: auto, always or never."`
	Summary    bool   `group:"Output" help:"Outcomes at the end (default: if a host failed)."`
	Quiet      bool   `short:"q" group:"Output" help:"No notes, summary or progress."`
	Status     bool   `short:"S" hidden:"" help:"Taken and without effect: the highest exit status is always returned."`

	origins flags.Origins // of the options' values

	unsentNoted bool // standard input holds something, and that was reported

	Words []string `arg:"" optional:"" name:"command" passthrough:"partial" predictor:"file" help:"The command; its words are joined with blanks, as ssh does."`
}

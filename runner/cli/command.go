package cli

import (
	"time"

	"clsh/hosts"
	"clsh/runner/cli/copies"
	"clsh/runner/cli/privilege"
	"clsh/runner/cli/records"
	"clsh/runner/cli/relays"
	"clsh/runner/cli/rollouts"
	"clsh/runner/cli/via"
	"clsh/runner/copying"
	"clsh/runner/flags"
)

// Command is clsh's command line, with the tags that kong reads, and those of package flags.
type Command struct {
	Hosts        []string      `short:"h" also:"w" brief:"" sep:"none" env:"-" group:"Hosts" placeholder:"LIST" predictor:"hosts" help:"Select hosts: node[1-3],db or @group. Repeatable."`
	Hostfile     []string      `sep:"none" env:"-" group:"Hosts" placeholder:"FILE" predictor:"file" help:"Read hosts from FILE, one LIST per line; - is stdin. Repeatable."`
	Inventory    []string      `sep:"none" env:"-" group:"Hosts" placeholder:"SOURCE" predictor:"file" help:"Read groups and settings from an ansible inventory. Repeatable."`
	Group        []string      `env:"-" short:"g" sep:"none" group:"Hosts" placeholder:"NAME" predictor:"groups" help:"Select the hosts of group NAME, as @NAME does. Repeatable."`
	All          bool          `brief:"" env:"-" short:"a" group:"Hosts" help:"Select all known hosts, as @all does."`
	GroupTimeout time.Duration `default:"30s" group:"Hosts" placeholder:"D" help:"Limit each group source's command; 0 is no limit (default: 30s)."`
	Exclude      []string      `env:"-" short:"x" sep:"none" group:"Hosts" placeholder:"LIST" predictor:"hosts" help:"Exclude these hosts. Repeatable."`
	Pick         *int          `env:"-" group:"Hosts" placeholder:"N" help:"Pick N of the hosts at random."`
	List         bool          `brief:"" env:"-" group:"Hosts" help:"Print the hosts, one per line; run nothing."`
	Fold         bool          `env:"-" group:"Hosts" help:"Print the hosts as one folded LIST; run nothing."`
	Count        bool          `env:"-" group:"Hosts" help:"Print the number of hosts; run nothing."`

	User           string        `type:"name" short:"l" aliases:"username" group:"Connection" placeholder:"NAME" help:"Log in as NAME (default: what ssh_config says, else ubuntu)."`
	Identity       string        `group:"Connection" placeholder:"FILE" predictor:"file" help:"Use this private key (default: ssh-key.pem, if there is one)."`
	Option         []string      `short:"o" sep:"none" group:"Connection" placeholder:"OPTION" help:"Set an ssh option, as ssh -o does. Repeatable."`
	SSHConfig      string        `name:"ssh-config" env:"CLSH_SSH_CONFIG" group:"Connection" placeholder:"FILE" predictor:"file" help:"Read FILE instead of ~/.ssh/config."`
	SSH            string        `name:"ssh" env:"CLSH_SSH" default:"ssh" group:"Connection" placeholder:"COMMAND" help:"Run COMMAND instead of ssh (default: ssh)."`
	ConnectTimeout time.Duration `short:"t" group:"Connection" placeholder:"D" help:"Limit connecting, up to the key exchange (default: 5s)."`
	ReadyTimeout   time.Duration `default:"30s" group:"Connection" placeholder:"D" help:"Limit the time until the command has begun (default: 30s)."`
	LostAfter      time.Duration `default:"5s" group:"Connection" placeholder:"D" help:"Give up a connection that is silent for D; 0 is never (default: 5s)."`
	TTY            bool          `name:"tty" env:"CLSH_TTY" group:"Connection" help:"Allocate a terminal on each host; no input, one output stream."`
	NoAgent        bool          `was:"raw" group:"Connection" help:"Run plain ssh HOST COMMAND, for hosts without a POSIX shell."`
	NoLogin        bool          `group:"Connection" help:"Do not use a login shell."`

	via.Flags `embed:""`

	Relays relays.Options `embed:""`

	Interactive bool          `env:"-" short:"i" group:"Running" help:"Start an interactive session with one shell per host."`
	Fanout      int           `short:"f" default:"64" group:"Running" placeholder:"N" help:"Run on at most N hosts at a time (default: 64)."`
	Timeout     time.Duration `brief:"" short:"u" group:"Running" placeholder:"D" help:"Stop a command after D (default: no limit)."`
	KillAfter   time.Duration `default:"2s" group:"Running" placeholder:"D" help:"Wait D between SIGTERM and SIGKILL (default: 2s)."`
	KeepGoing   bool          `brief:"" group:"Running" help:"Continue with the other hosts when one is lost."`
	Retry       int           `default:"5" group:"Running" placeholder:"N" help:"Retry N times if a busy server refuses the login (default: 5)."`
	ConnectRate int           `was:"spawn-rate" group:"Running" placeholder:"N" help:"Open at most N connections per second (default: no limit)."`
	Persist     time.Duration `group:"Running" placeholder:"D" help:"Keep connections open for D after exit, for later runs (default: 0)."`
	Stdin       bool          `group:"Running" help:"Send standard input to the command on every host."`
	DryRun      bool          `env:"-" group:"Running" help:"Print the ssh command for each host; run nothing."`
	Verbose     bool          `short:"v" group:"Running" help:"Print what ssh and the logins say, and what clsh does."`

	Privilege privilege.Options `embed:""`

	rollouts.Options `embed:""`

	Copying copies.Options `embed:""`

	Out        string `group:"Output" placeholder:"PATH" predictor:"file" help:"Write standard output to PATH; PATH/ gets one file per host."`
	Err        string `group:"Output" placeholder:"PATH" predictor:"file" help:"Write standard error to PATH; PATH/ gets one file per host."`
	Gather     bool   `short:"b" group:"Output" help:"Print each distinct output once, under its hosts."`
	GatherBoth bool   `short:"B" group:"Output" help:"Gather standard error, too."`
	Live       bool   `group:"Output" help:"Print lines as they arrive, too, with -b, -B or --diff."`
	Diff       bool   `group:"Output" help:"Print the most common output, and how other hosts differ from it."`
	Normalize  bool   `group:"Output" help:"Ignore each host's own name in comparisons."`
	Format     string `enum:"lines,block,json,none," default:"" group:"Output" placeholder:"FORMAT" help:"Print lines, block, json or none (default: lines)."`
	JSON       string `name:"json" env:"CLSH_JSON" group:"Output" placeholder:"FILE" predictor:"file" help:"Write the run's record to FILE as JSON lines."`
	Ordered    bool   `group:"Output" help:"Print hosts in the order given, not of arrival."`
	NoLabel    bool   `short:"N" group:"Output" help:"Omit the host name before each line."`
	RawOutput  bool   `group:"Output" help:"Pass control sequences from hosts to the terminal."`
	Color      string `bare:"always" enum:"auto,always,never" default:"auto" group:"Output" placeholder:"WHEN" help:"Colour the labels: auto, always or never (default: auto)."`
	Progress   string `bare:"always" enum:"auto,always,never" default:"auto" group:"Output" placeholder:"WHEN" help:"Show a status line: auto, always or never (default: auto)."`
	Summary    bool   `group:"Output" help:"Print outcomes at the end (default: if a host failed)."`
	Quiet      bool   `short:"q" group:"Output" help:"Suppress notes, summary and status line."`
	Status     bool   `short:"S" hidden:"" help:"Accepted for compatibility; has no effect."`

	Records records.Options `embed:""`

	Port *int `short:"p" hidden:"" group:"Connection" placeholder:"PORT" help:"Connect to PORT, where a host names none."`

	noInput bool           // the caller knows that standard input is not sent
	origins flags.Origins  // of the options' values
	carried flags.Carried  // those that a rerun takes over
	again   *records.Again // the run that is repeated; nil: none is

	answers hosts.Answers // of group sources and inventories

	copies  *copying.Options      // nil: nothing is copied to the hosts
	fetches *copying.FetchOptions // nil: nothing is copied from them

	unsentNoted bool // standard input holds something, and that was reported

	Words []string `arg:"" optional:"" name:"command" passthrough:"partial" predictor:"file" help:"The command; its words are joined with blanks, as ssh does."`
}

// listing reports whether the hosts are printed, and nothing is run or shown.
func (c *Command) listing() bool { return c.List || c.Fold || c.Count }

// namesHosts reports whether the command line says which hosts there are.
func (c *Command) namesHosts() bool {
	return len(c.Hosts)+len(c.Hostfile)+len(c.Group) > 0 || c.All || c.Records.Rerun != ""
}

// bare reports whether the call names nothing to do.
func (c *Command) bare() bool {
	return len(c.Words) == 0 && !c.listing() && !c.Interactive && !c.namesHosts()
}

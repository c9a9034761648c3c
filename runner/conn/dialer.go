package conn

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"

	"clsh/hosts"
	"clsh/runner/admission"
	"clsh/runner/conn/passwords"
	"clsh/runner/event"
	"clsh/runner/proc"
	"clsh/runner/remote"
	"clsh/runner/spool"
	"clsh/runner/stall"
)

// A Dialer opens sessions: it starts clients, such as ssh, and holds what they share.
type Dialer struct {
	options Options

	dir      string // private, for files
	nonce    string
	spawner  *proc.Spawner
	sweeper  *proc.Sweeper
	buffers  bufferPool
	activity activity
	defaults defaultsFiles

	environ   []string // ssh's
	questions *passwords.Server

	stalls *stall.Monitor
	done   chan struct{} // closed by Close
	wg     sync.WaitGroup
}

// spawners is how many threads start processes; package admission lets as many through.
const spawners = 2

// NewDialer returns a Dialer. Open must be called before it dials.
func NewDialer(options Options) *Dialer {
	options.SSH.TTY = options.TTY
	return &Dialer{
		options: options, nonce: newNonce(), buffers: newBufferPool(), activity: activity{onBusy: options.OnBusy},
		defaults: defaultsFiles{defaults: options.Defaults, list: options.Hosts},
		stalls:   stall.NewMonitor(), done: make(chan struct{}),
	}
}

// Nonce returns what begins each line of this Dialer's agents: 128 random bits, in hex.
func (d *Dialer) Nonce() string { return d.nonce }

// Open makes room for so many sessions at a time. The caller must call Close.
func (d *Dialer) Open(sessions int) error {
	dir, err := os.MkdirTemp(d.options.TempDir, "clsh-")
	if err != nil {
		return fmt.Errorf("make a private directory: %w"+spool.TempHint, err)
	}
	d.dir, d.defaults.dir = dir, dir
	if _, err = d.defaults.path(0); err == nil { // here a full disk stops it all
		d.sweeper, err = proc.NewSweeper(sessions, dir)
	}
	if err == nil {
		d.questions, d.environ, err = passwords.Serve(d.options.LoginPassword, d.options.SSH.Version, dir, d.options.Executable, d.options.Environ)
	}
	if err != nil {
		if d.sweeper != nil {
			err = errors.Join(err, d.sweeper.Close())
		}
		return errors.Join(err, os.RemoveAll(dir))
	}
	d.spawner = proc.NewSpawner(spawners)
	d.wg.Go(func() { d.stalls.Run(d.done) })
	return nil
}

// Close gives back what Open took. All sessions must have ended.
func (d *Dialer) Close() error {
	close(d.done)
	d.wg.Wait()
	d.spawner.Close()
	return errors.Join(d.questions.Close(), d.sweeper.Close(), os.RemoveAll(d.dir))
}

// Dir returns the private directory between Open and Close, which goes even if this process is
// killed.
func (d *Dialer) Dir() string { return d.dir }

// SetHosts makes list, which begins with the hosts so far, the hosts.
func (d *Dialer) SetHosts(list hosts.List) { d.defaults.grow(list) }

// A Session is what Dial opens.
type Session struct {
	Rank   int
	Slot   *admission.Slot // for the login
	Start  remote.Start    // of what the host is asked to run
	Framer func() *remote.Framer
	Emit   func(event.Event) // for output and notes
	NoMux  bool              // by an ssh, also where a kept connection would do
	// Gather, not nil, is called when a stream that was empty has something to read, unless much was
	// read before that. It may wait, so that more is read at once.
	Gather func()
}

// Dial starts the client of a session.
func (d *Dialer) Dial(s Session) (*Conn, error) {
	c, streams, err := d.connect(s)
	if err != nil {
		return nil, err
	}
	if c.notKept && !d.options.Quiet {
		s.Emit(event.Event{Kind: event.Note, Host: s.Rank, Data: []byte("clsh: the kept connection does not answer; connecting without it\n")})
	}
	c.options, c.sweeper, c.rank, c.slot, c.Progress = &d.options, d.sweeper, s.Rank, s.Slot, newProgress(d.options.TTY)
	c.limit, c.Marks = stall.NewTimer(d.stalls), make(chan Mark, maxMarks)
	c.Stdin = newStdin(streams.stdin, d.options.source(s.Rank), c.pulse != nil)
	c.Stdin.tty, c.Stdin.raw = d.options.TTY, d.options.Raw
	if d.options.Stage != remote.NoStage {
		c.Stdin.again = make(chan struct{})
	}
	for i, file := range []*os.File{streams.stdout, streams.stderr} {
		c.readers[i] = &reader{
			host: s.Rank, stream: event.Stdout + event.Stream(i), file: file, emit: s.Emit, gather: s.Gather,
			buffers: d.buffers, activity: &d.activity, verbose: d.options.Verbose, pulse: c.pulse,
		}
		c.readers[i].connect(s.Framer(), c.Marks)
	}
	return c, nil
}

// connect starts the client: ssh, or that of another transport.
func (d *Dialer) connect(s Session) (*Conn, *pipes, error) {
	defer s.Slot.Started()
	d.activity.add(startActivity)
	p, err := d.options.newPipes()
	if err != nil {
		return nil, nil, err
	}
	c := &Conn{passwords: passwords.NewSession(), host: d.defaults.host(s.Rank)}
	var args []string
	start := func() int {
		c.process, c.guard, err = d.start(p.command(args, d.environ))
		if err != nil {
			return 0
		}
		return c.process.Pid()
	}
	if via := d.options.via(c.host); via != nil {
		c.name, c.pulse = via.Name(), newPulse(d.stalls, via.LostAfter, d.options.SendsData())
		args = via.Args(c.host, s.Rank, s.Start.Words)
		start()
	} else if args, err = d.sshArgs(c, s, p); err != nil || c.client != nil {
		return c, p, err
	} else {
		d.questions.Start(c.passwords, start)
	}
	p.closeChildEnds()
	if err != nil {
		p.closeOwnEnds()
		return nil, nil, fmt.Errorf("start %s: %w", args[0], err)
	}
	c.client = c.process
	return c, p, nil
}

// sshArgs returns the argument vector of an ssh for c, or makes a session on a kept connection
// c's client.
func (d *Dialer) sshArgs(c *Conn, s Session, p *pipes) ([]string, error) {
	config, err := d.defaults.path(s.Rank)
	if err != nil {
		p.closeChildEnds()
		p.closeOwnEnds()
		return nil, err
	}
	ssh := d.options.SSH
	d.options.share(&ssh, c.host)
	if ssh.ControlPath != "" && !s.NoMux {
		usable := false
		s.Slot.Yield(func() { c.client, usable = d.options.openMux(&ssh, c.host, s.Start.Line, p) }) // others need not wait for a master
		if c.client != nil {
			c.socket = ssh.ControlPath
			p.closeChildEnds()
			s.Slot.Done(admission.Failed) // there is no login
			return nil, nil
		}
		if !usable {
			ssh.ControlPath, c.notKept = "", true
		}
	}
	c.socket = ssh.ControlPath
	ssh.ConfigFile, ssh.LogFile = config, fmt.Sprintf("%s/log%d", d.dir, s.Rank)
	c.log = ssh.LogFile
	return ssh.Args(c.host, s.Start.Line), nil
}

// start starts a process that the sweeper kills, should this one die before it.
func (d *Dialer) start(cmd *exec.Cmd) (*proc.Process, proc.Slot, error) {
	slot, err := d.sweeper.Reserve()
	if err != nil {
		return nil, slot, err
	}
	process, err := d.spawner.Start(cmd)
	if err != nil {
		d.sweeper.Remove(slot)
		return nil, slot, err
	}
	slot.Set(process)
	return process, slot, nil
}

package conn

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"

	"clsh/hosts"
	"clsh/runner/admission"
	"clsh/runner/event"
	"clsh/runner/proc"
	"clsh/runner/remote"
	"clsh/runner/stall"
)

// A Dialer opens sessions: it starts ssh processes and holds what they share.
type Dialer struct {
	options Options

	dir      string // private, for files
	nonce    string
	spawner  *proc.Spawner
	sweeper  *proc.Sweeper
	buffers  bufferPool
	activity activity
	defaults defaultsFiles

	stalls *stall.Monitor
	done   chan struct{} // closed by Close
	wg     sync.WaitGroup
}

// spawners is how many threads start processes; package admission lets as many through.
const spawners = 2

// NewDialer returns a Dialer. Open must be called before it dials.
func NewDialer(options Options) (*Dialer, error) {
	nonce, err := newNonce()
	if err != nil {
		return nil, err
	}
	options.SSH.TTY = options.TTY
	return &Dialer{
		options: options, nonce: nonce, buffers: newBufferPool(), activity: activity{onBusy: options.OnBusy},
		defaults: defaultsFiles{defaults: options.Defaults, list: options.Hosts},
		stalls:   stall.NewMonitor(), done: make(chan struct{}),
	}, nil
}

// Nonce returns what begins each line of this Dialer's agents: 128 random bits, in hex.
func (d *Dialer) Nonce() string { return d.nonce }

// Open makes room for so many sessions at a time. The caller must call Close.
func (d *Dialer) Open(sessions int) error {
	dir, err := os.MkdirTemp(d.options.TempDir, "clsh-")
	if err != nil {
		return fmt.Errorf("make a private directory: %w (TMPDIR names another place)", err)
	}
	d.dir, d.defaults.dir = dir, dir
	if _, _, err = d.defaults.path(0); err == nil { // here a full disk stops it all
		d.sweeper, err = proc.NewSweeper(sessions, dir)
	}
	if err != nil {
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
	return errors.Join(d.sweeper.Close(), os.RemoveAll(d.dir))
}

// SetHosts makes list, which begins with the hosts so far, the hosts.
func (d *Dialer) SetHosts(list hosts.List) { d.defaults.grow(list) }

// A Session is what Dial opens.
type Session struct {
	Rank    int
	Slot    *admission.Slot // for the login
	Command string          // what ssh is asked to run
	Framer  func() *remote.Framer
	Emit    func(event.Event) // for output and notes
	NoMux   bool              // by an ssh, also where a kept connection would do
}

// Dial starts the ssh of a session.
func (d *Dialer) Dial(s Session) (*Conn, error) {
	c, streams, err := d.connect(s)
	if err != nil {
		return nil, err
	}
	if c.notKept && !d.options.Quiet {
		s.Emit(notKept(s.Rank))
	}
	c.dialer, c.rank, c.slot, c.Progress = d, s.Rank, s.Slot, newProgress(d.options.TTY)
	c.limit, c.Marks = stall.NewTimer(d.stalls), make(chan Mark, maxMarks)
	c.Stdin = &Stdin{file: streams.stdin, tty: d.options.TTY, raw: d.options.Raw, data: d.options.Input}
	for i, file := range []*os.File{streams.stdout, streams.stderr} {
		c.readers[i] = newReader(s.Rank, event.Stdout+event.Stream(i), file, s.Framer(), d, s.Emit, c.Marks)
	}
	return c, nil
}

// connect starts ssh, or opens a session on a kept connection.
func (d *Dialer) connect(s Session) (*Conn, *pipes, error) {
	pid := 0
	defer func() { s.Slot.Started(pid) }()
	d.activity.add(startActivity)
	config, host, err := d.defaults.path(s.Rank)
	if err != nil {
		return nil, nil, err
	}
	p, err := d.options.newPipes()
	if err != nil {
		return nil, nil, err
	}
	ssh := d.options.SSH
	d.options.share(&ssh, host)
	c := &Conn{}
	if ssh.ControlPath != "" && !s.NoMux {
		usable := false
		s.Slot.Yield(func() { c.client, usable = d.openMux(&ssh, host, s.Command, p) }) // others need not wait for a master
		if c.client != nil {
			c.socket = ssh.ControlPath
			p.closeChildEnds()
			s.Slot.Done(admission.Failed) // there is no login
			return c, p, nil
		}
		if !usable {
			ssh.ControlPath, c.notKept = "", true
		}
	}
	c.socket = ssh.ControlPath
	ssh.ConfigFile, ssh.LogFile = config, fmt.Sprintf("%s/log%d", d.dir, s.Rank)
	c.process, c.guard, err = d.start(p.command(ssh.Args(host, s.Command), d.options.Environ))
	p.closeChildEnds()
	if err != nil {
		p.closeOwnEnds()
		return nil, nil, fmt.Errorf("start %s: %w", ssh.Program[0], err)
	}
	pid = c.process.Pid()
	c.client, c.log = c.process, ssh.LogFile
	return c, p, nil
}

// notKept is for a host whose kept connection is of no use.
func notKept(rank int) event.Event {
	return event.Event{Kind: event.Note, Host: rank, Data: []byte("clsh: the kept connection does not answer; connecting without it\n")}
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

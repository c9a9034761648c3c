package runner

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"clsh/hosts"
	"clsh/runner/admission"
	"clsh/runner/event"
	"clsh/runner/proc"
	"clsh/runner/remote"
	"clsh/runner/stall"
)

// A ground is what sessions stand on, those of a run and those that are kept:
// how an ssh is started, and what they share.
type ground struct {
	ssh     remote.SSH
	environ []string
	tempDir string
	notes   bool // -v
	persist bool

	dir       string // private, for files
	nonce     string
	spawner   *proc.Spawner
	sweeper   *proc.Sweeper
	buffers   bufferPool
	stalls    *stall.Monitor
	volume    volume
	wishes    wishFiles
	admission *admission.Controller
}

// spawners is how many threads start processes; admission lets as many through.
const spawners = 2

func newGround(cfg *Config) (*ground, error) {
	nonce, err := newNonce()
	if err != nil {
		return nil, err
	}
	ssh := cfg.SSH
	ssh.TTY = cfg.TTY
	return &ground{
		ssh: ssh, environ: cfg.Environ, tempDir: cfg.TempDir, notes: cfg.Notes, persist: cfg.Persist > 0, nonce: nonce, buffers: newBufferPool(),
		admission: admission.New(cfg.SpawnRate, cfg.Processors), volume: volume{busy: cfg.Busy}, wishes: wishFiles{wishes: cfg.Wishes, list: cfg.Hosts},
	}, nil
}

// open takes what has to be given back by close: for so many sessions at a
// time.
func (g *ground) open(sessions int) error {
	dir, err := os.MkdirTemp(g.tempDir, "clsh-")
	if err != nil {
		return fmt.Errorf("make a private directory: %w (TMPDIR names another place)", err)
	}
	g.dir, g.wishes.dir = dir, dir
	if _, _, err = g.wishes.path(0); err == nil { // here a full disk stops it all
		g.sweeper, err = proc.NewSweeper(sessions, dir)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	g.spawner = proc.NewSpawner(spawners)
	g.stalls = stall.NewMonitor()
	return nil
}

func (g *ground) close() error {
	g.spawner.Close()
	return errors.Join(g.sweeper.Close(), os.RemoveAll(g.dir))
}

// A launched is an ssh that was started, or a passenger, with our ends of its
// pipes.
type launched struct {
	client
	*pipes
	process *proc.Process // of ssh
	slot    proc.Slot     // the sweeper's, of process
	log     string        // the path of ssh's own
	socket  string        // of a connection that is kept, or empty
	unkept  bool          // the master of that did not answer: ssh connects without it
}

// launch starts the ssh that runs command on the host of rank, for its slot;
// alone, no passenger.
func (g *ground) launch(cfg *Config, slot *admission.Slot, rank int, command string, alone bool) (*launched, error) {
	pid := 0
	defer func() { slot.Started(pid) }()
	g.volume.add(startVolume)
	config, host, err := g.wishes.path(rank)
	if err != nil {
		return nil, err
	}
	p, err := cfg.newPipes()
	if err != nil {
		return nil, err
	}
	ssh := g.ssh
	cfg.share(&ssh, host)
	l := &launched{pipes: p}
	if ssh.ControlPath != "" && !alone {
		var c client
		var usable bool
		slot.Yield(func() { c, usable = g.board(cfg, &ssh, host, command, p) }) // others need not wait for a master
		if c != nil {
			l.client, l.socket = c, ssh.ControlPath
			p.closeChildEnds()
			slot.Done(admission.Failed) // there is no login
			return l, nil
		}
		if l.unkept = !usable; l.unkept {
			ssh.ControlPath = ""
		}
	}
	l.socket = ssh.ControlPath
	ssh.ConfigFile, ssh.LogFile = config, fmt.Sprintf("%s/log%d", g.dir, rank)
	l.process, l.slot, err = g.start(p.command(ssh.Args(host, command), g.environ))
	p.closeChildEnds()
	if err != nil {
		p.closeOwnEnds()
		return nil, fmt.Errorf("start %s: %w", ssh.Program[0], err)
	}
	pid = l.process.Pid()
	l.client, l.log = l.process, ssh.LogFile
	return l, nil
}

// unkeptNote is for a host whose connection was kept in vain.
func unkeptNote(rank int) event.Event {
	return event.Event{Kind: event.Note, Host: rank, Data: []byte("clsh: the kept connection does not answer; connecting without it\n")}
}

// start starts a process that the sweeper kills, should this one die before it.
func (g *ground) start(cmd *exec.Cmd) (*proc.Process, proc.Slot, error) {
	slot, err := g.sweeper.Reserve()
	if err != nil {
		return nil, slot, err
	}
	process, err := g.spawner.Start(cmd)
	if err != nil {
		g.sweeper.Remove(slot)
		return nil, slot, err
	}
	slot.Set(process)
	return process, slot, nil
}

// wait waits for the end of what was launched.
func (g *ground) wait(l *launched) proc.Status {
	if l.process != nil {
		g.sweeper.Remove(l.slot)
	}
	return l.Wait()
}

// said reads what ssh said, and removes its log. Where the command never began, all
// on standard error was said by ssh or the login.
func (g *ground) said(log string, stderr *reader, emit func(event.Event)) remote.Log {
	text, err := readEnds(log)
	if err == nil {
		_ = os.Remove(log) // the directory goes anyway
	}
	rest := stderr.own
	if !stderr.framer.Begun() {
		rest = append(stderr.noise, rest...)
	}
	if g.notes {
		for _, b := range [][]byte{remote.Untag(text), remote.Untag(stderr.own)} {
			if len(b) > 0 {
				emit(event.Event{Kind: event.Note, Host: stderr.host, Data: b})
			}
		}
	}
	return remote.ParseLog(text, rest)
}

// grow makes list, which begins with the hosts so far, the hosts.
func (w *wishFiles) grow(list hosts.List) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.made, len(w.list)/wishChunk) // it was not full
	w.list = list
}

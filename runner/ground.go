package runner

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"clsh/hosts"
	"clsh/runner/proc"
	"clsh/runner/remote"
)

// A ground is what sessions stand on, those of a run and those that are kept:
// how an ssh is started, and what they share.
type ground struct {
	ssh     remote.SSH
	environ []string
	tempDir string
	notes   bool // -v
	persist bool

	dir     string // private, for files
	nonce   string
	spawner *proc.Spawner
	sweeper *proc.Sweeper
	buffers bufferPool
	pulse   *pulse
	volume  volume
	wishes  wishFiles
	ramp    *ramp
	pace    *pace
	turns   chan struct{} // to start an ssh
}

// spawners is how many processes are started at the same time; more only cost
// memory (27 MB instead of 13 at a fan-out of 1,000).
const spawners = 2

func newGround(cfg *Config) (*ground, error) {
	nonce, err := newNonce()
	if err != nil {
		return nil, err
	}
	ssh := cfg.SSH
	ssh.TTY = cfg.TTY
	ramp := newRamp()
	if cfg.Processors > 0 {
		ramp.crowd.processors = cfg.Processors
	}
	return &ground{
		ssh: ssh, environ: cfg.Environ, tempDir: cfg.TempDir, notes: cfg.Notes, persist: cfg.Persist > 0, nonce: nonce, buffers: newBufferPool(),
		turns: make(chan struct{}, spawners), ramp: ramp, volume: volume{busy: cfg.Busy}, pace: newPace(cfg.SpawnRate), wishes: wishFiles{wishes: cfg.Wishes, list: cfg.Hosts},
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
	g.pulse = newPulse()
	return nil
}

func (g *ground) close() error {
	g.spawner.Close()
	return errors.Join(g.sweeper.Close(), os.RemoveAll(g.dir))
}

// takeoff waits until one more ssh may be started, for the attempt of that
// number of its host: for the ramp, the pace, and a turn, which launch gives back.
// It returns nil when stop is closed. The caller must land the handshake.
func (g *ground) takeoff(attempt int, stop <-chan struct{}) *handshake {
	h := g.ramp.enter(attempt, stop)
	if h == nil {
		return nil
	}
	if g.pace.wait(stop) {
		select {
		case g.turns <- struct{}{}:
			return h
		case <-stop:
		}
	}
	h.land(failed)
	return nil
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
}

// launch starts the ssh that runs command on the host of rank, for h, which has
// a turn; alone, no passenger.
func (g *ground) launch(cfg *Config, h *handshake, rank int, command string, alone bool) (*launched, error) {
	defer func() { <-g.turns }()
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
	l := &launched{pipes: p, socket: ssh.ControlPath}
	if !alone {
		if l.client = g.board(cfg, &ssh, host, command, p); l.client != nil {
			p.closeChildEnds()
			h.land(failed) // there is none
			return l, nil
		}
	}
	ssh.ConfigFile, ssh.LogFile = config, fmt.Sprintf("%s/log%d", g.dir, rank)
	l.process, l.slot, err = g.start(p.command(ssh.Args(host, command), g.environ))
	p.closeChildEnds()
	if err != nil {
		p.closeOwnEnds()
		return nil, fmt.Errorf("start %s: %w", ssh.Program[0], err)
	}
	h.pid.Store(int32(l.process.Pid()))
	l.client, l.log = l.process, ssh.LogFile
	return l, nil
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
func (g *ground) said(log string, stderr *reader, emit func(Event)) remote.Log {
	text, err := readEnds(log)
	if err == nil {
		_ = os.Remove(log) // the directory goes anyway
	}
	rest := stderr.own
	if !stderr.framer.Begun() {
		rest = append(stderr.noise, rest...)
	}
	if g.notes {
		for _, b := range [][]byte{text, stderr.own} {
			if len(b) > 0 {
				emit(Event{Kind: Note, Host: stderr.host, Data: b})
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

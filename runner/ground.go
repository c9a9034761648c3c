package runner

import (
	"errors"
	"fmt"
	"os"

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

	dir     string // private, for files
	nonce   string
	spawner *proc.Spawner
	sweeper *proc.Sweeper
	buffers bufferPool
	pulse   *pulse
	wishes  wishFiles
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
	return &ground{
		ssh: ssh, environ: cfg.Environ, tempDir: cfg.TempDir, notes: cfg.Notes, nonce: nonce, buffers: newBufferPool(),
		turns: make(chan struct{}, spawners), wishes: wishFiles{wishes: cfg.Wishes, list: cfg.Hosts},
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
	if g.sweeper, err = proc.NewSweeper(sessions, dir); err != nil {
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

// launch starts the ssh that runs command on the host of rank, with our ends of
// the pipes left open, and returns the path of its log. Where it fails, all of
// them are closed.
func (g *ground) launch(rank int, command string, p *pipes) (process *proc.Process, log string, err error) {
	config, host, err := g.wishes.path(rank)
	if err != nil {
		p.closeChildEnds()
		p.closeOwnEnds()
		return nil, "", err
	}
	log = fmt.Sprintf("%s/log%d", g.dir, rank)
	ssh := g.ssh
	ssh.ConfigFile, ssh.LogFile = config, log
	process, err = g.spawner.Start(p.command(ssh.Args(host, command), g.environ))
	p.closeChildEnds()
	if err != nil {
		p.closeOwnEnds()
		return nil, "", fmt.Errorf("start %s: %w", ssh.Program[0], err)
	}
	return process, log, nil
}

// said reads what ssh said, and removes its log. early: nothing of ours has
// answered, so all on standard error was said by ssh or the login.
func (g *ground) said(log string, stderr *reader, early bool, emit func(Event)) remote.Log {
	text, err := readEnds(log)
	if err == nil {
		_ = os.Remove(log) // the directory goes anyway
	}
	rest := stderr.own
	if early {
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

package conn

import (
	"clsh/runner/event"
	"clsh/runner/remote"
)

// A Mark is a line of the agent, and the stream that it came on.
type Mark struct {
	remote.Mark
	Stream event.Stream
}

// A streamSet is a set of a session's two streams.
type streamSet uint8

func (s *streamSet) add(stream event.Stream) { *s |= 1 << stream }

// Progress is how far a session has come, as its marks say. Each kind of mark comes on each
// stream of the session; a terminal has one stream.
type Progress struct {
	streams                            streamSet // those of the session
	ready, begun, ended, gone, stopped streamSet

	// EndMark is the first mark that ended the command, or the last that ended its shell
	// (Gone), or nil.
	EndMark *remote.Mark
	// StopMark is the last mark that ended a stop in a shell session (Cleared), or nil.
	StopMark *remote.Mark
}

func newProgress(tty bool) Progress {
	var p Progress
	p.streams.add(event.Stdout)
	if !tty {
		p.streams.add(event.Stderr)
	}
	return p
}

func (p *Progress) hear(m Mark) {
	switch m.Kind {
	case remote.Ready:
		p.ready.add(m.Stream)
	case remote.Begin:
		p.begun.add(m.Stream)
	case remote.Again:
		p.begun &^= 1 << m.Stream
	case remote.End:
		p.ended.add(m.Stream)
	case remote.Gone:
		p.gone.add(m.Stream)
	case remote.Cleared:
		p.stopped.add(m.Stream)
		stop := m.Mark
		stop.Left = stop.Left || p.StopMark != nil && p.StopMark.Left
		p.StopMark = &stop
	}
	if m.Kind == remote.Gone || m.Kind == remote.End && p.EndMark == nil {
		p.EndMark = &m.Mark
	}
}

func (p *Progress) all(s streamSet) bool { return s != 0 && s == p.streams }

// IsReady reports whether the agent has answered on some stream, AllReady on all.
func (p *Progress) IsReady() bool { return p.ready != 0 }

// AllReady reports whether the agent has answered on all streams.
func (p *Progress) AllReady() bool { return p.all(p.ready) }

// AllBegun reports whether the command's shell has begun on all streams.
func (p *Progress) AllBegun() bool { return p.all(p.begun) }

// AllEnded reports whether the command has ended on all streams.
func (p *Progress) AllEnded() bool { return p.all(p.ended) }

// AllGone reports whether the shell of a shell session has ended.
func (p *Progress) AllGone() bool { return p.all(p.gone) }

// AllStopped reports whether a stop in a shell session has ended.
func (p *Progress) AllStopped() bool { return p.all(p.stopped) }

// NextCommand forgets the end of a command, before the next one in the same session.
func (p *Progress) NextCommand() {
	p.ended, p.gone, p.stopped, p.EndMark, p.StopMark = 0, 0, 0, nil, nil
}

// NextShell forgets the beginning of a shell, before the next one in the same session.
func (p *Progress) NextShell() { p.begun = 0 }

// looked returns the mark with what the last look for the command's processes has found, or
// nil.
func (p *Progress) looked() *remote.Mark {
	if p.StopMark != nil {
		return p.StopMark
	}
	return p.EndMark
}

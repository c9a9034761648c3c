package record

import (
	"io"

	"clsh/runner/event"
	"clsh/runner/spool"
)

// MaxOutput is how many bytes a Keeper keeps of a host's stream.
const MaxOutput = 1 << 20

// A Keeper writes a record from which the run can be taken up again, also if clsh is killed in the
// middle of it. It begins with the Run. The start of a host's command is written before the engine
// sends the command's first byte, because the engine waits for its sink. Over relays it comes later, so
// that a host is noted before any of them may get it.
//
// Each object is written at once, but for a start over relays. Nothing is synced to the disk.
type Keeper struct {
	*Writer
	run  *Run
	left [][3]int // by rank and stream: how much output is still kept, or allCut; nil: none is
}

// allCut is the rest of a stream of which something was left out.
const allCut = -1

// NewKeeper returns a Keeper for a run. Lines that have not ended wait in pool. Begin must be
// called before the first event.
func NewKeeper(run *Run, out io.Writer, pool *spool.Pool) *Keeper {
	k := &Keeper{Writer: NewWriter(run.Hosts, out, pool), run: run}
	if run.Output {
		k.left = make([][3]int, len(run.Hosts))
		for rank := range k.left {
			k.left[rank] = [3]int{event.Stdout: MaxOutput, event.Stderr: MaxOutput}
		}
	}
	return k
}

// Begin writes the Run.
func (k *Keeper) Begin() error { return k.object(newRun(k.run)) }

// Event writes starts, ends, and as much output as is kept.
func (k *Keeper) Event(e event.Event) error {
	switch e.Kind {
	case event.Connecting:
		if k.run.Relays {
			k.buf = append(append(append(k.buf, grantHead...), k.quoted[e.Host]...), lineTail...)
		}
		return k.flush()
	case event.Started:
		k.buf = appendStart(k.buf, k.quoted[e.Host], e.Time.Sub(k.run.Time).Milliseconds())
		if k.run.Relays {
			return nil // with the next object: the host's grant was written
		}
		return k.flush()
	case event.Output:
		if k.left == nil {
			return nil
		}
		return k.keep(e)
	}
	return k.Writer.Event(e)
}

// keep writes output up to MaxOutput, and then where it was cut.
func (k *Keeper) keep(e event.Event) error {
	left := &k.left[e.Host][e.Stream]
	if *left == allCut {
		return nil
	}
	cut := len(e.Data) > *left
	e.Data = e.Data[:min(*left, len(e.Data))]
	*left -= len(e.Data)
	if err := k.Writer.Event(e); err != nil || !cut {
		return err
	}
	*left = allCut
	return k.object(cutObject{Type: "cut", Host: k.names[e.Host], Stream: streamName(e.Stream), Kept: MaxOutput})
}

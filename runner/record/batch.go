package record

import (
	"fmt"
	"time"

	"clsh/runner/event"
)

type batchObject struct {
	Type       string `json:"type"`
	Number     int    `json:"number"`
	Of         int    `json:"of"`
	First      int    `json:"first"`
	Hosts      int    `json:"hosts"`
	OK         int    `json:"ok"`
	Failed     int    `json:"failed"`
	Stopped    int    `json:"stopped"`
	NotStarted int    `json:"not_started"`
	AllFailed  int    `json:"all_failed"`
	MaxFail    *int   `json:"max_fail,omitempty"` // absent: no limit
	DurationMS int64  `json:"duration_ms"`
}

// newBatch makes the object of the end of a group.
func newBatch(b *event.Batch) batchObject {
	x := batchObject{
		Type: "batch", Number: b.Number, Of: b.Of, First: b.First, Hosts: b.Hosts,
		OK: b.OK, Failed: b.Failed, Stopped: b.Stopped, NotStarted: b.NotStarted, AllFailed: b.AllFailed,
		DurationMS: b.Duration.Milliseconds(),
	}
	if b.MaxFail != event.NoLimit {
		x.MaxFail = &b.MaxFail
	}
	return x
}

// batch is what the object tells. hosts is how many the run had.
func (x *batchObject) batch(hosts int) (*event.Batch, error) {
	switch {
	case x.Number < 1 || x.Number > x.Of:
		return nil, fmt.Errorf("batch %d of %d", x.Number, x.Of)
	case x.First < 0 || x.Hosts < 1 || x.First > hosts-x.Hosts:
		return nil, fmt.Errorf("a batch of %d hosts from rank %d on, of %d hosts", x.Hosts, x.First, hosts)
	}
	b := &event.Batch{
		Number: x.Number, Of: x.Of, First: x.First, Hosts: x.Hosts,
		OK: x.OK, Failed: x.Failed, Stopped: x.Stopped, NotStarted: x.NotStarted, AllFailed: x.AllFailed,
		MaxFail: event.NoLimit, Duration: time.Duration(x.DurationMS) * time.Millisecond,
	}
	if x.MaxFail != nil {
		b.MaxFail = *x.MaxFail
	}
	return b, nil
}

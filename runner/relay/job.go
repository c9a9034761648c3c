package relay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"clsh/runner/record"
	"clsh/runner/remote"
)

// protocol is the number of the dialogue between a root and a relay. It changes when a line does.
const protocol = 2

// A Job says what a relay runs. The hosts come as grants.
type Job struct {
	Protocol int         `json:"protocol"`
	Command  record.Text `json:"command"`
	Count    int         `json:"count"` // of the hosts of the whole run
	// Most is how many hosts the relay has at a time: those that run, and those that wait there.
	Most int `json:"most"`
	// Room is how much output each end remembers that has gone over the link, in bytes.
	Room int `json:"room"`
	// Options are those of the run, each as one word: --user=deploy.
	Options []record.Text `json:"options"`
	// Patience is for how long the relay may hear nothing of the root; 0: for ever.
	Patience time.Duration `json:"patience"`
}

// Bounds of a Job: what comes over a connection decides about memory here.
const (
	maxCount = 1 << 22
	maxMost  = 1 << 16
	maxRoom  = 1 << 30
)

// parseJob reads a Job, and nothing else.
func parseJob(text []byte) (*Job, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	job := &Job{}
	if err := d.Decode(job); err != nil {
		return nil, fmt.Errorf("job: %w", err)
	}
	switch {
	case d.More():
		return nil, errors.New("job: something follows it")
	case job.Protocol != protocol:
		return nil, fmt.Errorf("job: protocol %d, and this clsh has protocol %d\nhint: install the same clsh everywhere", job.Protocol, protocol)
	case len(job.Command) == 0 || len(job.Command) > remote.MaxCommand:
		return nil, fmt.Errorf("job: a command of %d bytes", len(job.Command))
	case job.Count < 1 || job.Count > maxCount:
		return nil, fmt.Errorf("job: %d hosts", job.Count)
	case job.Most < 1 || job.Most > maxMost:
		return nil, fmt.Errorf("job: %d hosts at a time", job.Most)
	case job.Room < 0 || job.Room > maxRoom:
		return nil, fmt.Errorf("job: room for %d bytes", job.Room)
	case job.Patience < 0:
		return nil, fmt.Errorf("job: a patience of %s", job.Patience)
	}
	return job, nil
}

// Words returns the options.
func (j *Job) Words() []string {
	words := make([]string, len(j.Options))
	for i, w := range j.Options {
		words[i] = string(w)
	}
	return words
}

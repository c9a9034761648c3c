package relay

import "fmt"

// A share is what a relay was granted: a table of its hosts, without anything that runs.
type share struct {
	count, most int
	had         map[int]bool // by rank: every host that it was ever granted
	open        int          // of these, how many have not ended
}

func newShare(job *Job) *share { return &share{count: job.Count, most: job.Most, had: map[int]bool{}} }

// grant takes a host. A host that it had before, or more hosts than the job allows, are an error: the
// root has lost count, and a command could run twice.
func (s *share) grant(rank int) error {
	switch {
	case rank >= s.count:
		return fmt.Errorf("grant: rank %d of %d hosts", rank, s.count)
	case s.had[rank]:
		return fmt.Errorf("grant: host of rank %d was granted before", rank)
	case s.open == s.most:
		return fmt.Errorf("grant: more than %d hosts at a time", s.most)
	}
	s.had[rank] = true
	s.open++
	return nil
}

// end counts the end of a host.
func (s *share) end() { s.open-- }

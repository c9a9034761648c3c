package admission

// starters is how many processes start at the same time; more only cost memory (27 MB
// instead of 13 at a fanout of 1,000).
const starters = 2

// A Controller admits the logins of one run.
type Controller struct {
	limiter *limiter
	rate    *rate
	starts  chan struct{}
}

// New returns a Controller that admits at most perSecond logins a second; 0 means no
// limit.
func New(perSecond int) *Controller {
	return &Controller{limiter: newLimiter(), rate: newRate(perSecond), starts: make(chan struct{}, starters)}
}

// Acquire waits until a login may begin: attempt number attempt, from 0, of its host. It
// returns nil if stop is closed first. The caller must call Done on the slot.
func (c *Controller) Acquire(attempt int, stop <-chan struct{}) *Slot {
	s := c.limiter.acquire(attempt, stop)
	if s == nil {
		return nil
	}
	if c.rate.wait(stop) {
		select {
		case c.starts <- struct{}{}:
			s.starts = c.starts
			return s
		case <-stop:
		}
	}
	s.Done(Failed)
	return nil
}

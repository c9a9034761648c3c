package ping

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Config is what a Pinger needs.
type Config struct {
	URL   *url.URL
	Every time.Duration // the checks' interval
	// Random returns a number from 0 to 1.
	Random func() float64
	// Failed gets the first of a series of errors, in the Pinger's goroutine.
	Failed func(error)
	// Send, if it is set, sends a request instead of the network.
	Send http.RoundTripper
}

// Parse reads the value of --ping.
func Parse(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, errors.New("not a URL")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("not an http:// or https:// URL")
	case u.Hostname() == "":
		return nil, errors.New("the host of the URL is missing")
	case u.Fragment != "":
		return nil, errors.New("the URL has a fragment, which is never sent")
	}
	return u, nil
}

// A Pinger sends pings. Its methods are for one goroutine.
type Pinger struct {
	config Config
	notes  chan note // the newest
	stop   context.CancelFunc
	wg     sync.WaitGroup
	lines  []string
}

// note is what the loop leaves.
type note struct {
	bad   bool
	lines string
}

// Start starts the goroutine that sends, until ctx ends. The caller must call Close.
func Start(ctx context.Context, config Config) *Pinger {
	if config.Send == nil {
		config.Send = &http.Transport{
			Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{}).DialContext, DisableKeepAlives: true, DisableCompression: true,
			MaxResponseHeaderBytes: 64 << 10,
		}
	}
	ctx, stop := context.WithCancel(ctx)
	p := &Pinger{config: config, notes: make(chan note, 1), stop: stop}
	p.wg.Go(func() { p.send(ctx) })
	return p
}

// mostLines is how many lines a failure has.
const mostLines = 10

// Line keeps a line for the next failure.
func (p *Pinger) Line(line string) {
	if len(p.lines) == mostLines {
		p.lines = slices.Delete(p.lines, 0, 1)
	}
	p.lines = append(p.lines, line)
}

// Beat says that the loop has made a check, and whether the service is bad.
func (p *Pinger) Beat(bad bool) {
	n := note{bad: bad}
	if bad {
		n.lines = strings.Join(p.lines, "")
	}
	select {
	case <-p.notes: // it has not been sent
	default:
	}
	p.notes <- n
}

// Close ends the goroutine, and a request that is under way.
func (p *Pinger) Close() {
	p.stop()
	p.wg.Wait()
}

// The pauses before a ping is tried again, and the limit of each try.
const (
	firstPause = time.Second
	mostPause  = time.Minute
	tryLimit   = 10 * time.Second
)

// send sends notes until ctx ends.
func (p *Pinger) send(ctx context.Context) {
	var s sender
	for {
		select {
		case n := <-p.notes:
			if now := time.Now(); s.pending == nil && n.bad == s.sent.bad && now.Before(s.next) {
				continue
			}
			first := s.pending == nil
			s.pending = &n
			if first && !sleep(ctx, time.Duration(p.config.Random()*float64(p.config.Every)/10)) {
				return
			}
		case <-s.retry:
		case <-ctx.Done():
			return
		}
		n := *s.pending
		s.done(p.try(ctx, n), n, p.config)
	}
}

// sender is the state of send.
type sender struct {
	pending *note // is to be sent; nil: nothing
	sent    note
	next    time.Time // before it, nothing of the kind of sent is sent
	retry   <-chan time.Time
	pause   time.Duration
}

// done says how a try has ended.
func (s *sender) done(err error, n note, c Config) {
	if err == nil {
		// A little early, since the next note is from a check that took its time.
		*s = sender{sent: n, next: time.Now().Add(c.Every - c.Every/8)}
		return
	}
	if s.pause == 0 && !errors.Is(err, context.Canceled) {
		c.Failed(fmt.Errorf("ping %s: %w", c.URL.Host, err))
	}
	s.pause = min(max(2*s.pause, firstPause), mostPause)
	s.retry = time.After(s.pause)
}

// try sends a note once.
func (p *Pinger) try(ctx context.Context, n note) error {
	ctx, cancel := context.WithTimeout(ctx, tryLimit)
	defer cancel()
	target, method, body := *p.config.URL, http.MethodGet, ""
	if n.bad {
		target, method, body = *target.JoinPath("fail"), http.MethodPost, n.lines
	}
	request, err := http.NewRequestWithContext(ctx, method, target.String(), strings.NewReader(body))
	if err != nil {
		return errors.New("the request cannot be made")
	}
	request.Header.Set("User-Agent", "heat")
	response, err := p.config.Send.RoundTrip(request)
	if err != nil {
		return err
	}
	_, _ = io.CopyN(io.Discard, response.Body, 4096)
	_ = response.Body.Close()
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return errors.New(response.Status)
	}
	return nil
}

// sleep waits for d, and reports whether ctx goes on.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

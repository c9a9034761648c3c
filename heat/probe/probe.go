package probe

import (
	"context"
	"fmt"
	"net/url"
)

// A Probe is one native check.
type Probe struct {
	shown string
	check func(context.Context) error
}

// String returns the URL without its password.
func (p *Probe) String() string { return p.shown }

// Check makes one attempt. An error says why the service is not good; if ctx ended it, it wraps
// ctx's.
func (p *Probe) Check(ctx context.Context) error {
	err := p.check(ctx)
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return err
}

// Parse reads a URL.
func Parse(text string) (*Probe, error) {
	u, err := url.Parse(text)
	if err != nil {
		if e, ok := err.(*url.Error); ok { //nolint:errorlint // url.Parse returns nothing else, and its text has the URL again
			err = e.Err
		}
		return nil, fmt.Errorf("not a URL: %w", err)
	}
	makers := map[string]func(*url.URL) (func(context.Context) error, error){
		"http": newHTTP, "https": newHTTP, "tcp": newTCP, "tls": newTLS, "dns": newDNS, "unix": newUnix,
	}
	newCheck, ok := makers[u.Scheme]
	if !ok {
		return nil, fmt.Errorf("%q: unknown kind of probe\nhint: http://, https://, tcp://HOST:PORT, tls://HOST, dns://SERVER/NAME or unix:PATH", u.Redacted())
	}
	check, err := newCheck(u)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", u.Redacted(), err)
	}
	return &Probe{u.Redacted(), check}, nil
}

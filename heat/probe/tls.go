package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"time"
)

// mostDays bounds days=; a certificate that is publicly trusted lives for 398 at most.
const mostDays = 10_000

func newTLS(u *url.URL) (func(context.Context) error, error) {
	values, err := parameters(u.RawQuery, "days", "name", "ca")
	if err != nil {
		return nil, err
	}
	to, err := address(u, "443")
	if err != nil {
		return nil, err
	}
	days := 0
	if text := values.Get("days"); text != "" {
		if days, err = strconv.Atoi(text); err != nil || days < 1 || days > mostDays {
			return nil, fmt.Errorf("days=%s: not a number of days from 1 to %d", text, mostDays)
		}
	}
	config := &tls.Config{ServerName: u.Hostname()}
	if name := values.Get("name"); name != "" {
		config.ServerName = name
	}
	if config.RootCAs, err = roots(values.Get("ca")); err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		d := tls.Dialer{NetDialer: &net.Dialer{KeepAlive: -1}, Config: config}
		c, err := d.DialContext(ctx, "tcp", to)
		if err != nil {
			return err
		}
		state := c.(*tls.Conn).ConnectionState()
		_ = c.Close()
		return expiry(state.PeerCertificates, time.Now(), days)
	}, nil
}

// expiry returns an error if one of the certificates is valid for less than days. That they are
// valid at all has been checked.
func expiry(chain []*x509.Certificate, now time.Time, days int) error {
	for _, cert := range chain {
		if left := cert.NotAfter.Sub(now); left < time.Duration(days)*24*time.Hour {
			return fmt.Errorf("the certificate of %s expires in %d days, on %s; days=%d", cert.Subject.CommonName, int(left.Hours()/24),
				cert.NotAfter.UTC().Format(time.DateOnly), days)
		}
	}
	return nil
}

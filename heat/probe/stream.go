package probe

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
)

// dial connects, and closes the connection again.
func dial(ctx context.Context, network, address string) error {
	d := net.Dialer{KeepAlive: -1} // for a connection that is closed at once
	c, err := d.DialContext(ctx, network, address)
	if err != nil {
		return err
	}
	_ = c.Close() // it was accepted: that is all that was asked
	return nil
}

func newTCP(u *url.URL) (func(context.Context) error, error) {
	if _, err := parameters(u.RawQuery); err != nil {
		return nil, err
	}
	to, err := address(u, "")
	if err != nil {
		return nil, err
	}
	// An IPv6 address with a zone needs the name of an interface looked up.
	if literal, err := netip.ParseAddrPort(to); err == nil && literal.Addr().Zone() == "" {
		literal = netip.AddrPortFrom(literal.Addr().Unmap(), literal.Port())
		return func(ctx context.Context) error { return connect(ctx, literal) }, nil
	}
	return func(ctx context.Context) error { return dial(ctx, "tcp", to) }, nil
}

func newUnix(u *url.URL) (func(context.Context) error, error) {
	path := u.Path
	if u.Opaque != "" { // unix:run/socket
		path = u.Opaque
	}
	switch {
	case u.Host != "":
		return nil, errors.New("unix: takes no host\nhint: unix:/run/NAME.sock")
	case path == "":
		return nil, errors.New("the path is missing\nhint: unix:/run/NAME.sock")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("unix: takes no parameters")
	}
	return func(ctx context.Context) error { return dial(ctx, "unix", path) }, nil
}

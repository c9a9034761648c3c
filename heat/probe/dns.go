package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

func newDNS(u *url.URL) (func(context.Context) error, error) {
	values, err := parameters(u.RawQuery, "type", "expect")
	if err != nil {
		return nil, err
	}
	name := strings.TrimPrefix(u.Path, "/")
	switch {
	case u.User != nil || u.Fragment != "":
		return nil, errors.New("dns:// takes no user and no fragment")
	case name == "" || strings.Contains(name, "/"):
		return nil, errors.New("the name to look up is missing\nhint: dns://SERVER/NAME, or dns:///NAME for the system's server")
	}
	kind := strings.ToUpper(values.Get("type"))
	if kind == "" {
		kind = "A"
	}
	look, ok := lookups()[kind]
	if !ok {
		return nil, fmt.Errorf("type=%s: unknown\nhint: A, AAAA, CNAME, MX, NS, PTR or TXT", values.Get("type"))
	}
	resolver := &net.Resolver{PreferGo: true}
	server := ""
	if u.Host != "" {
		if server, err = address(&url.URL{Scheme: u.Scheme, Host: u.Host}, "53"); err != nil {
			return nil, err
		}
		resolver.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, network, server)
		}
	}
	if kind != "PTR" && !strings.HasSuffix(name, ".") {
		name += "." // or resolv.conf's search list makes other names of it
	}
	expected := values.Get("expect")
	return func(ctx context.Context) error {
		found, err := look(ctx, resolver, name)
		if e, ok := errors.AsType[*net.DNSError](err); ok && server != "" {
			e.Server = server // it is resolv.conf's, which was not asked
		}
		if err != nil {
			return err
		}
		if expected != "" && !slices.ContainsFunc(found, func(v string) bool { return sameAnswer(v, expected) }) {
			return fmt.Errorf("%s %s is %s, not %s", kind, name, strings.Join(found, ", "), expected)
		}
		return nil
	}, nil
}

// sameAnswer compares an answer with what was expected: addresses as addresses, names without their
// last dot.
func sameAnswer(got, want string) bool {
	if a, b := net.ParseIP(got), net.ParseIP(want); a != nil && b != nil {
		return a.Equal(b)
	}
	return strings.EqualFold(strings.TrimSuffix(got, "."), strings.TrimSuffix(want, "."))
}

// A lookup asks for the records of one type, of which it returns at least one.
type lookup func(ctx context.Context, r *net.Resolver, name string) ([]string, error)

func lookups() map[string]lookup {
	addresses := func(network string) lookup {
		return func(ctx context.Context, r *net.Resolver, name string) ([]string, error) {
			all, err := r.LookupIP(ctx, network, name)
			return texts(all, net.IP.String), err
		}
	}
	return map[string]lookup{
		"A": addresses("ip4"), "AAAA": addresses("ip6"),
		"CNAME": func(ctx context.Context, r *net.Resolver, name string) ([]string, error) {
			found, err := r.LookupCNAME(ctx, name)
			return []string{found}, err
		},
		"MX": func(ctx context.Context, r *net.Resolver, name string) ([]string, error) {
			all, err := r.LookupMX(ctx, name)
			return texts(all, func(mx *net.MX) string { return mx.Host }), err
		},
		"NS": func(ctx context.Context, r *net.Resolver, name string) ([]string, error) {
			all, err := r.LookupNS(ctx, name)
			return texts(all, func(ns *net.NS) string { return ns.Host }), err
		},
		"PTR": func(ctx context.Context, r *net.Resolver, name string) ([]string, error) {
			return r.LookupAddr(ctx, name)
		},
		"TXT": func(ctx context.Context, r *net.Resolver, name string) ([]string, error) {
			return r.LookupTXT(ctx, name)
		},
	}
}

func texts[T any](all []T, text func(T) string) (list []string) {
	for _, v := range all {
		list = append(list, text(v))
	}
	return list
}

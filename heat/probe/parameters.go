package probe

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
)

// parameters reads a query or a fragment; names are those that there are.
func parameters(text string, names ...string) (url.Values, error) {
	values, err := url.ParseQuery(text)
	if err != nil {
		return nil, fmt.Errorf("parameters %q: %w", text, err)
	}
	for name, all := range values {
		switch {
		case !slices.Contains(names, name):
			return nil, fmt.Errorf("unknown parameter %q\nhint: %s", name, hint(names))
		case len(all) > 1:
			return nil, fmt.Errorf("%s= is given twice", name)
		case all[0] == "":
			return nil, fmt.Errorf("%s= is empty", name)
		}
	}
	return values, nil
}

func hint(names []string) string {
	if len(names) == 0 {
		return "this kind has none"
	}
	return "there are " + strings.Join(names, "=, ") + "="
}

// address returns HOST:PORT of a URL that has nothing else but parameters; port "" must be given.
func address(u *url.URL, port string) (string, error) {
	switch {
	case u.User != nil:
		return "", fmt.Errorf("%s:// takes no user", u.Scheme)
	case u.Fragment != "":
		return "", fmt.Errorf("%s:// takes no fragment\nhint: parameters follow a ?", u.Scheme)
	case u.Path != "" && u.Path != "/":
		return "", fmt.Errorf("%s:// takes no path", u.Scheme)
	case u.Hostname() == "":
		return "", fmt.Errorf("the host is missing")
	case u.Port() == "" && port == "":
		return "", fmt.Errorf("the port is missing\nhint: %s://HOST:PORT", u.Scheme)
	case u.Port() != "":
		port = u.Port()
	}
	return net.JoinHostPort(u.Hostname(), port), nil
}

// roots reads the certificates to trust; nil are the system's.
func roots(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("ca=: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, errors.New("ca=" + file + ": it has no certificate in PEM")
	}
	return pool, nil
}

package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// mostHeader bounds the headers that are read.
const mostHeader = 64 << 10

func newHTTP(u *url.URL) (func(context.Context) error, error) {
	names := []string{"expect"}
	if u.Scheme == "https" {
		names = append(names, "ca")
	}
	values, err := parameters(u.EscapedFragment(), names...)
	if err != nil {
		return nil, err
	}
	if u.Hostname() == "" {
		return nil, errors.New("the host is missing")
	}
	expected, err := parseExpect(values.Get("expect"))
	if err != nil {
		return nil, err
	}
	pool, err := roots(values.Get("ca"))
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{
		DialContext: (&net.Dialer{KeepAlive: -1}).DialContext, DisableKeepAlives: true, DisableCompression: true,
		MaxResponseHeaderBytes: mostHeader, TLSClientConfig: &tls.Config{RootCAs: pool},
	}
	target := *u
	target.Fragment, target.RawFragment, target.User = "", "", nil
	return func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), http.NoBody)
		if err != nil {
			return err
		}
		request.Header.Set("User-Agent", "heat")
		if u.User != nil {
			password, _ := u.User.Password()
			request.SetBasicAuth(u.User.Username(), password)
		}
		response, err := transport.RoundTrip(request) // a client would follow redirects
		if err != nil {
			return fmt.Errorf("GET %s: %w", &target, err)
		}
		_ = response.Body.Close()
		if !expected(response.StatusCode) {
			return fmt.Errorf("GET %s: %s", &target, response.Status)
		}
		return nil
	}, nil
}

// parseExpect reads a list of status codes, such as 200,300-399.
func parseExpect(text string) (func(code int) bool, error) {
	if text == "" {
		text = "200-399"
	}
	good := map[int]bool{}
	for part := range strings.SplitSeq(text, ",") {
		low, high, isRange := strings.Cut(part, "-")
		if !isRange {
			high = low
		}
		from, err1 := strconv.Atoi(low)
		to, err2 := strconv.Atoi(high)
		if err1 != nil || err2 != nil || from < 100 || to > 599 || from > to {
			return nil, fmt.Errorf("expect=%s: not a list of status codes\nhint: for example expect=200,300-399", text)
		}
		for code := from; code <= to; code++ {
			good[code] = true
		}
	}
	return func(code int) bool { return good[code] }, nil
}

package ping

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A service answers requests on the clock of a bubble.
type service struct {
	begin time.Time
	got   []string
	// answer returns the status of the nth request, and how long it takes; 0 is a refused connection.
	answer func(n int) (status int, takes time.Duration)
}

func (s *service) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	s.got = append(s.got, fmt.Sprintf("%v %s %s %q", time.Since(s.begin), r.Method, r.URL, body))
	status, takes := s.answer(len(s.got))
	select {
	case <-time.After(takes):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	if status == 0 {
		return nil, errors.New("connection refused")
	}
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Body: http.NoBody}, nil
}

// TestPings has a check every ten seconds, good (.) or bad (x), and what the service gets.
func TestPings(t *testing.T) {
	for _, tt := range []struct {
		name, checks string
		answer       func(n int) (int, time.Duration)
		want, errs   []string
	}{
		{"one an interval", "...", nil, []string{`500ms GET http://h/u ""`, `10.5s GET http://h/u ""`, `20.5s GET http://h/u ""`}, nil},
		{"a failure with its lines, then good again", ".xx.", nil, []string{
			`500ms GET http://h/u ""`, `10.5s POST http://h/u/fail "0 .\n1 x\n"`, `20.5s POST http://h/u/fail "0 .\n1 x\n2 x\n"`, `30.5s GET http://h/u ""`,
		}, nil},
		{"what fails is tried again, after pauses that double", ".", func(n int) (int, time.Duration) { return map[bool]int{true: 500, false: 200}[n < 3], 0 },
			[]string{`500ms GET http://h/u ""`, `1.5s GET http://h/u ""`, `3.5s GET http://h/u ""`}, []string{"ping h: Internal Server Error"}},
		{"a newer note takes the place of one that fails", ".x.", func(n int) (int, time.Duration) { return map[bool]int{true: 0, false: 204}[n < 6], 0 },
			[]string{
				`500ms GET http://h/u ""`, `1.5s GET http://h/u ""`, `3.5s GET http://h/u ""`, `7.5s GET http://h/u ""`, `10s POST http://h/u/fail "0 .\n1 x\n"`,
				`20s GET http://h/u ""`,
			}, []string{"ping h: connection refused"}},
		{"a service that hangs is given up after ten seconds", "...", func(int) (int, time.Duration) { return 200, time.Hour },
			[]string{`500ms GET http://h/u ""`, `10.5s GET http://h/u ""`, `20.5s GET http://h/u ""`}, []string{"ping h: context deadline exceeded"}},
		{"the service asks for patience", "..", func(int) (int, time.Duration) { return 302, 0 }, []string{
			`500ms GET http://h/u ""`, `1.5s GET http://h/u ""`, `3.5s GET http://h/u ""`, `7.5s GET http://h/u ""`, `10s GET http://h/u ""`,
		}, []string{"ping h: Found"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &service{begin: time.Now(), answer: tt.answer}
				if s.answer == nil {
					s.answer = func(int) (int, time.Duration) { return 200, 0 }
				}
				var errs []string
				p := Start(t.Context(), Config{
					URL: &url.URL{Scheme: "http", Host: "h", Path: "/u"}, Every: 10 * time.Second, Random: func() float64 { return 0.5 }, Send: s,
					Failed: func(err error) { errs = append(errs, err.Error()) },
				})
				for i, c := range tt.checks {
					p.Line(fmt.Sprintf("%d %c\n", i, c))
					before := time.Now()
					p.Beat(c == 'x')
					if late := time.Since(before); late != 0 {
						t.Errorf("Beat took %v", late)
					}
					<-time.After(10 * time.Second)
				}
				p.Close()
				if diff := cmp.Diff(tt.want, s.got); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
				if diff := cmp.Diff(tt.errs, errs); diff != "" {
					t.Errorf("errors: -want +got:\n%s", diff)
				}
			})
		})
	}
}

// Re-checks and short failing intervals make no more pings.
func TestOnePingAnInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &service{begin: time.Now(), answer: func(int) (int, time.Duration) { return 200, 0 }}
		p := Start(t.Context(), Config{URL: &url.URL{Scheme: "http", Host: "h", Path: "/u"}, Every: 10 * time.Second, Random: func() float64 { return 0 }, Send: s})
		for range 100 {
			p.Beat(true)
			<-time.After(time.Second)
		}
		p.Close()
		if len(s.got) < 10 || len(s.got) > 12 {
			t.Errorf("%d pings in 100 s: %q", len(s.got), s.got)
		}
	})
}

// A real server, with a body and without an end.
func TestARealServer(t *testing.T) {
	t.Parallel()
	got := make(chan string, 9)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- r.Method + " " + r.URL.Path + " " + string(body)
		for _, err := w.Write(make([]byte, 4096)); err == nil; {
			_, err = w.Write(make([]byte, 4096))
		}
	}))
	t.Cleanup(s.Close)
	u, err := Parse(s.URL + "/uuid")
	if err != nil {
		t.Fatal(err)
	}
	p := Start(t.Context(), Config{URL: u, Every: time.Millisecond, Random: func() float64 { return 0 }, Failed: func(err error) { t.Error(err) }})
	defer p.Close()
	p.Line("line\n")
	p.Beat(false)
	if text := <-got; text != "GET /uuid " {
		t.Errorf("%q", text)
	}
	p.Beat(true)
	if text := <-got; text != "POST /uuid/fail line\n" {
		t.Errorf("%q", text)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://hc-ping.com/5b1c": "", "http://h:1/x?y=z": "", "h/x": "not an http:// or", "ftp://h": "not an http:// or", "http://": "host of the URL is missing",
		"http://h/#x": "fragment", "http://\x01secret": "not a URL",
	} {
		_, err := Parse(text)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) || err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

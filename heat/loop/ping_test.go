package loop

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"clsh/heat/checker"
	"clsh/heat/ping"
)

// hanging is a service of pings that never answers.
type hanging struct{ requests int }

func (h *hanging) RoundTrip(r *http.Request) (*http.Response, error) {
	h.requests++
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// A service of pings that hangs delays no check.
func TestPingsDelayNothing(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		t.Helper()
		w := newWorld(t, 6, "-i", "10", "true")
		w.check = func(n int) (checker.Report, time.Duration) {
			if n > 3 {
				return bad(1), second
			}
			return good(), second
		}
		service := &hanging{}
		w.loop.ping = ping.Start(t.Context(), ping.Config{
			URL: &url.URL{Scheme: "http", Host: "h"}, Every: 10 * second, Random: func() float64 { return 1 }, Send: service,
			Failed: func(err error) { w.loop.Logf("%v", err) },
		})
		w.loop.Run()
		w.loop.ping.Close()
		wantBegins(t, w, 0, 10*second, 20*second, 30*second, 40*second, 50*second)
		if service.requests < 4 || !strings.Contains(w.err.String(), "ping h: context deadline exceeded") {
			t.Errorf("%d requests, %s", service.requests, w.err.String())
		}
	})
}

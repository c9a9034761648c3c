package history

import (
	"bytes"
	"fmt"
	"html"
	"slices"
	"strings"
	"time"
)

// style has colours with a contrast of at least 4.5 to 1 (WCAG 2.1, 1.4.3).
const style = `:root{color-scheme:light dark;--bg:#fff;--fg:#1b1b1b;--dim:#595959;--o:#2e7d32;--p:#8f5600;--x:#c62828;--u:#666}
@media(prefers-color-scheme:dark){:root{--bg:#121212;--fg:#e8e8e8;--dim:#a8a8a8;--o:#66bb6a;--p:#ffb74d;--x:#ef5350;--u:#9e9e9e}}
body{background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin:1.5rem 0 0;overflow-wrap:anywhere}p{margin:0}.dim,time{color:var(--dim)}
svg{display:block;width:100%;height:1.5rem;margin:.3rem 0}path{fill:none}
.o{color:var(--o);stroke:var(--o)}.p{color:var(--p);stroke:var(--p)}.x{color:var(--x);stroke:var(--x)}.u{color:var(--u);stroke:var(--u)}
b{font-weight:600}summary{cursor:pointer}`

// mostBadDays is how many days with failures the page names for each check.
const mostBadDays = 5

// HTML returns the page of checks, in their order.
func HTML(now time.Time, checks []Check) []byte {
	var b bytes.Buffer
	bad := slices.ContainsFunc(checks, func(c Check) bool { return c.State != "ok" })
	title := "All checks are ok"
	if bad {
		title = "Not all checks are ok"
	}
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\n<title>%s</title>\n<style>%s</style>\n"+
		"<h1>%[1]s</h1>\n<p class=dim>%[3]s. Each bar has the last %[4]d days, today at the right.</p>\n", title, style, now.Format("2006-01-02 15:04 MST"), Days)
	for _, c := range checks {
		c.html(&b, now)
	}
	return b.Bytes()
}

func (c Check) html(b *bytes.Buffer, now time.Time) {
	days := c.bar(now)
	fmt.Fprintf(b, "<h2>%s</h2>\n<p><b class=%s>%s</b><span class=dim>%s</span>, %s</p>\n", html.EscapeString(c.Name), class(c.State), html.EscapeString(c.State),
		c.since(), share(days))
	fmt.Fprintf(b, "<svg viewBox=\"0 0 %d 10\" preserveAspectRatio=none role=img aria-label=\"%s\">\n", Days, share(days))
	// Failures are taller: the bar can be read without colours.
	for _, kind := range []struct {
		level  level
		class  string
		height int
	}{{good, "o", 4}, {unknown, "u", 2}, {partly, "p", 7}, {failed, "x", 10}} {
		if path := strokes(days, kind.level, 10-kind.height/2); path != "" {
			fmt.Fprintf(b, "<path class=%s stroke-width=%d d=\"%s\"/>\n", kind.class, kind.height, path)
		}
	}
	b.WriteString("</svg>\n")
	var list []string
	for _, d := range slices.Backward(days) {
		if d.Failed > 0 && len(list) < mostBadDays {
			list = append(list, fmt.Sprintf("%s: %d of %d", d.Date, d.Failed, d.Failed+d.Good))
		}
	}
	if len(list) > 0 {
		fmt.Fprintf(b, "<details><summary>Failed checks</summary>%s</details>\n", strings.Join(list, "<br>"))
	}
}

// class is that of a state.
func class(state string) string {
	switch state {
	case "ok":
		return "o"
	case "failed", "gave-up":
		return "x"
	case "flapping":
		return "p"
	}
	return "u"
}

// strokes draws the days of a level as horizontal lines, equal days in a row as one.
func strokes(days []Day, l level, y int) string {
	var b strings.Builder
	for i := 0; i < len(days); i++ {
		begin := i
		for i < len(days) && days[i].level() == l {
			i++
		}
		if i > begin {
			fmt.Fprintf(&b, "M%d %dh%d", begin, y, i-begin)
		}
	}
	return b.String()
}

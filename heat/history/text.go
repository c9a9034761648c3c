package history

import (
	"fmt"
	"strings"
	"time"
)

// Text returns what HTML has, for a terminal of 96 columns, and explains the bars.
func Text(now time.Time, checks []Check) string {
	var b strings.Builder
	for _, c := range checks {
		days := c.bar(now)
		fmt.Fprintf(&b, "%s: %s%s, %s\n  ", c.Name, c.State, c.since(), share(days))
		for _, d := range days {
			b.WriteByte(byte(d.level()))
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "%d days, today at the right: %c good, %c some failed, %c half or more failed, %c unknown, %c no checks\n",
		Days, good, partly, failed, unknown, none)
	return b.String()
}

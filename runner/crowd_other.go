//go:build !linux

package runner

import "time"

// waited is not known here.
func waited(int) (time.Duration, bool) { return 0, false }

//go:build !linux

package admission

import "time"

// waited is unknown here.
func waited(int) (time.Duration, bool) { return 0, false }

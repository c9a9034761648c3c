package runner

import (
	"fmt"
	"time"

	"clsh/runner/admission"
)

// retryNote describes the next attempt (-v). limit is of logins in flight; 0: none.
func retryNote(retry *admission.Retry, pause time.Duration, limit int) []byte {
	text := fmt.Sprintf("clsh: refused; attempt %d of %d in %s", retry.Attempt()+1, retry.Attempts(), pause.Round(time.Millisecond))
	if limit > 0 {
		text += fmt.Sprintf(", from now on at most %d logins at a time", limit)
	}
	return []byte(text + "\n")
}

package console

import (
	"fmt"

	"clsh/heat/policy"
	"clsh/heat/words"
)

// ChangeText says in words what happened to the state.
func ChangeText(u *policy.Rules, c policy.Change) string {
	switch c.Event {
	case policy.EventFailed:
		return "the check has failed"
	case policy.EventOK:
		return "the check is good again"
	case policy.EventRecovered:
		return "the repair is proven"
	case policy.EventGaveUp:
		return "no recovery has helped"
	case policy.EventFlapping:
		return "more than " + words.Count(u.Flaps, "change", "changes") + " in " + words.Duration(u.FlapIn) + "; no recovery until it is quiet for so long"
	case policy.EventSteady:
		return "the check flaps no longer"
	default:
		return "nothing has changed for " + words.Duration(u.Remind)
	}
}

// Missed says how far the good checks had come when --within was over.
func Missed(u *policy.Rules, s policy.State) string {
	return fmt.Sprintf("--within %s is over: %d of %d good checks in a row", words.Duration(u.Within), s.Good, u.UntilOK)
}

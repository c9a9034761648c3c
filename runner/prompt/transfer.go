package prompt

import (
	"clsh/runner"
	"clsh/runner/conn"
	"clsh/runner/event"
	"clsh/runner/remote"
)

// A transfer is what a run brings to the hosts or from them. Its hosts have their ranks in the
// session.
type transfer struct {
	sink  event.Sink
	feed  func(rank int) *conn.Feed
	judge func(rank int, result *event.Result)
	stage remote.Stage
	begin func(stop func(rank int)) // with what stops a host; may be nil
}

// into makes cfg, whose hosts have these ranks, do the transfer.
func (t *transfer) into(cfg *runner.Config, ranks []int) {
	cfg.Stage = t.stage
	cfg.Feed = func(rank int) *conn.Feed { return t.feed(ranks[rank]) }
	cfg.Judge = func(rank int, result *event.Result) { t.judge(ranks[rank], result) }
}

package runner

import "context"

// stages are the ways in which a run ends early. Each includes those before it, and its
// channel is closed then.
type stages struct {
	drain, stop, kill    context.CancelFunc
	drainc, stopc, killc <-chan struct{}
}

// newStages returns stages within ctx, whose end kills.
func newStages(ctx context.Context) stages {
	var s stages
	ctx, s.kill = context.WithCancel(ctx)
	s.killc = ctx.Done()
	ctx, s.stop = context.WithCancel(ctx)
	s.stopc = ctx.Done()
	ctx, s.drain = context.WithCancel(ctx)
	s.drainc = ctx.Done()
	return s
}

//go:build !linux

package checker

// A Pool makes Checkers that run beside each other.
type Pool struct{ spec Spec }

// NewPool returns a Pool.
func NewPool(spec Spec, _ int) (*Pool, error) { return &Pool{spec}, nil }

// New returns a Checker. Env and Stderr are the pool's.
func (p *Pool) New(spec Spec) (*Checker, error) {
	spec.Env, spec.Stderr = p.spec.Env, p.spec.Stderr
	return New(spec)
}

// Close does nothing.
func (p *Pool) Close() {}

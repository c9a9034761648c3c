// Package rollouts has the tests of rollouts that want signals, a terminal, or a real service.
package rollouts

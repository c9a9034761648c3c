// Package rollout has the arithmetic of rollouts: how many hosts a group has, and how many may
// fail. It is pure.
//
// A share of the hosts is rounded to the safe side. The size of a group is rounded up, so that no
// group is empty; the number of failures is rounded down, so that it never becomes more than was
// meant.
package rollout

// Package stops has the tests of what ends a run: signals, limits, keys, and a terminal that goes.
// Nothing is left behind on either side, with every login shell; what a command leaves running on
// purpose stays, and is named.
package stops

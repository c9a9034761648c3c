// Package output has the tests of what clsh shows and records: every byte of it, from hosts that
// flood or lie, into files, pipes and screens, and again from a record.
package output

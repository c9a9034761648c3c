// Package flags reads the command lines of both tools with kong: options with one dash or two,
// which end at the command's first word; environment variables; and what a typed word is, for
// completion.
package flags

// Package hosts turns text into hosts: the LIST language, host files,
// groups, and the options that choose among them.
package hosts

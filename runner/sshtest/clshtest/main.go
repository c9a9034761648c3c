package clshtest

import (
	"fmt"
	"os"

	"github.com/rogpeppe/go-internal/testscript"

	"clsh/runner/sshtest"
)

// Main runs the tests of a package in the directory top, that of the module, with both tools at
// the head of PATH, and exits. The test binary itself plays the ProxyCommand of hosts behind a
// link.
func Main(m testscript.TestingM, top string) {
	testscript.Main(sshtest.Built{Tests: m, Top: top, Errors: os.Stderr}, map[string]func(){sshtest.RelayName: relay})
}

// relay is the ProxyCommand of the hosts behind a link.
func relay() {
	if err := sshtest.Relay(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

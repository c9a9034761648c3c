package shells

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"clsh/runner/proc"
)

func TestMain(m *testing.M) {
	if os.Args[0] == proc.SweeperName {
		if err := proc.Sweep(os.Args, os.Stdin, os.NewFile(3, "groups")); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

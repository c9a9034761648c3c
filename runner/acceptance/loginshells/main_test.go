package loginshells

import (
	"testing"

	"clsh/runner/sshtest/clshtest"
)

func TestMain(m *testing.M) { clshtest.Main(m, "../../..") }

package connections

import (
	"testing"

	"clsh/runner/sshtest"
	"clsh/runner/sshtest/clshtest"
	"clsh/runner/sshtest/slurm"
)

// TestViaSlurm ends commands in every way while Slurm's daemon runs them: they are not descendants of
// the client.
func TestViaSlurm(t *testing.T) {
	conf, ok := slurm.Start(t, 1)
	if !ok {
		return // the tests with a fake kubectl run everywhere
	}
	environ := []string{"SLURM_CONF=" + conf}
	for _, kind := range viaKinds() {
		for _, end := range append(clshtest.Endings(), clshtest.Ending{Name: "limit", Sig: 0, Code: 124}) {
			t.Run(kind.name+"/"+end.Name, func(t *testing.T) {
				p := place{via: "srun", hosts: []string{"clshnode1"}, environ: environ}
				leaveNothingVia(t, sshtest.New(t), &p, end, kind)
			})
		}
	}
	t.Run("interactive", func(t *testing.T) {
		p := place{via: "srun", hosts: []string{"clshnode1"}, environ: environ}
		interactiveVia(t, sshtest.New(t), &p)
	})
}

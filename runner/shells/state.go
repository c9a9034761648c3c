package shells

// State is the state of a shell.
type State int32

// The states of a shell.
const (
	Connecting State = iota
	Ready
	Running
	Lost // or never reached
	Left
)

// String names the state as :hosts shows it.
func (s State) String() string {
	return [...]string{"connecting", "ready", "running", "lost", "left"}[s]
}

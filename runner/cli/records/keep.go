package records

import (
	"errors"
	"os"
	"os/user"
	"strings"
	"time"

	"clsh/runner/cli/system"
	"clsh/runner/gate"
	"clsh/runner/record"
	"clsh/runner/runs"
)

// Begin returns the record of a run that begins; nil if none is kept. It notes why there is none that
// was asked for: that is no reason not to run. run says what the options do; the rest is filled in.
func (o *Options) Begin(sys *system.System, run record.Run, again *Again, tempDir string, quiet bool) *runs.Entry {
	if o.Record == recordNone || sys.Profile().Python {
		return nil
	}
	entry, err := o.newEntry(sys, run, again, tempDir)
	if err != nil && !quiet {
		sys.Tell("Note: no record of this run: %s", err)
	}
	return entry
}

func (o *Options) newEntry(sys *system.System, run record.Run, again *Again, tempDir string) (*runs.Entry, error) {
	run.Time, run.Version = time.Now(), sys.Version
	if me, err := user.Current(); err == nil {
		run.User = me.Username // the login name
	}
	run.Output, run.Terminal, run.Gate = o.Record == recordAll, runs.Terminal(), gate.Within(sys.Environ)
	run.Cwd, _ = os.Getwd() // empty where it was removed
	if again != nil {
		run.RerunOf = again.id
	}
	dir := o.storeDir(sys)
	if strings.Contains(o.Record, "/") && dir != o.Record {
		return runs.BeginFile(o.Record, run, tempDir), nil
	}
	if dir == "" {
		return nil, errors.New("neither HOME nor XDG_STATE_HOME is set\nhint: --record none")
	}
	store, err := runs.Open(dir, sys.UID)
	if err != nil {
		return nil, err
	}
	entry, err := store.Begin(run, tempDir)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return entry, nil
}

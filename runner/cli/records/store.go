package records

import (
	"errors"
	"os"
	"strings"

	"clsh/runner/cli/system"
	"clsh/runner/runs"
)

// storeDir returns the directory of the records, or empty where there is no place: the one that
// --record names, else that of the user.
func (o *Options) storeDir(sys *system.System) string {
	if strings.Contains(o.Record, "/") {
		if info, err := os.Stat(o.Record); strings.HasSuffix(o.Record, "/") || err == nil && info.IsDir() {
			return o.Record
		}
	}
	return sys.State("runs")
}

// openStore opens the store to read it.
func (o *Options) openStore(sys *system.System) (*runs.Store, error) {
	dir := o.storeDir(sys)
	if dir == "" {
		return nil, errors.New("neither HOME nor XDG_STATE_HOME is set")
	}
	return runs.OpenToRead(dir, sys.UID)
}

// OpenRun opens the record of a run that an option names, by its ID or its path, or that of the last
// run.
func (o *Options) OpenRun(sys *system.System, run string, last bool) (*runs.Saved, error) {
	if !last && runs.IsPath(run) {
		return runs.OpenFile(run, sys.UID)
	}
	store, err := o.openStore(sys)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	if last {
		cwd, _ := os.Getwd()
		return store.OpenLast(runs.Place{Terminal: runs.Terminal(), Cwd: cwd})
	}
	return store.Open(run)
}

// IDs returns the runs that can be named, for completion.
func IDs(sys *system.System) []string {
	store, err := (&Options{}).openStore(sys)
	if err != nil {
		return nil
	}
	defer store.Close()
	return store.IDs()
}

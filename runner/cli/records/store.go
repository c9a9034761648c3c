package records

import (
	"errors"
	"os"
	"path/filepath"
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
	if dir := sys.StateDir(); dir != "" {
		return filepath.Join(dir, "runs")
	}
	return ""
}

// openStore opens the store to read it.
func (o *Options) openStore(sys *system.System) (*runs.Store, error) {
	dir := o.storeDir(sys)
	if dir == "" {
		return nil, errors.New("neither HOME nor XDG_STATE_HOME is set")
	}
	return runs.OpenToRead(dir, sys.UID)
}

// place is where this clsh was started from.
func place() runs.Place {
	cwd, _ := os.Getwd()
	return runs.Place{Terminal: runs.Terminal(), Cwd: cwd}
}

// OpenRun opens the record of a run that an option names: by its ID or its path.
func (o *Options) OpenRun(sys *system.System, run string) (*runs.Saved, error) {
	if runs.IsPath(run) {
		return runs.OpenFile(run, sys.UID)
	}
	store, err := o.openStore(sys)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	return store.Open(run)
}

// openLast opens the record of the last run.
func (o *Options) openLast(sys *system.System) (*runs.Saved, error) {
	store, err := o.openStore(sys)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	return store.OpenLast(place())
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

package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"clsh/runner/runs"
)

// storeDir returns the directory of the records, or empty where there is no place: the one that
// --record names, else that of the user.
func (c *Command) storeDir(sys *System) string {
	if strings.Contains(c.Record, "/") {
		if info, err := os.Stat(c.Record); strings.HasSuffix(c.Record, "/") || err == nil && info.IsDir() {
			return c.Record
		}
	}
	if dir := sys.stateDir(); dir != "" {
		return filepath.Join(dir, "runs")
	}
	return ""
}

// openStore opens the store to read it.
func (c *Command) openStore(sys *System) (*runs.Store, error) {
	dir := c.storeDir(sys)
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

// openRun opens the record of a run that an option names: by its ID or its path.
func (c *Command) openRun(sys *System, run string) (*runs.Saved, error) {
	if runs.IsPath(run) {
		return runs.OpenFile(run, sys.UID)
	}
	store, err := c.openStore(sys)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	return store.Open(run)
}

// openLast opens the record of the last run.
func (c *Command) openLast(sys *System) (*runs.Saved, error) {
	store, err := c.openStore(sys)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	return store.OpenLast(place())
}

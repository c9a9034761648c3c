package heat

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"

	"clsh/heat/checker"

	"golang.org/x/sys/unix"
)

// notExecutable is the original's line for a script or hook that cannot be run, and the reason.
func notExecutable(file string, reason error) error {
	if path, ok := errors.AsType[*fs.PathError](reason); ok {
		reason = path.Err
	}
	if path, ok := errors.AsType[*exec.Error](reason); ok {
		reason = path.Err
	}
	cause := strings.TrimPrefix(reason.Error(), file+": ") // Inspect names it
	return original(fmt.Sprintf("Failed: %s not executable", file), "%s: %s", file, cause)
}

// checkExecutable is the original's test of a script, with its words, and the
// system's on the next line where they say more.
func checkExecutable(file string) error {
	info, err := os.Stat(file)
	if err == nil && info.IsDir() {
		err = errors.New("is a directory")
	} else if err == nil {
		if info.Mode().Perm()&0o111 == 0 {
			err = notMode(info, file)
		} else if err = checker.Inspect(asPath(file)); err == nil && unix.Access(file, unix.X_OK) != nil {
			err = notMode(info, file)
		}
		if err == nil {
			return nil
		}
	}
	return notExecutable(file, err)
}

// notMode is the reason for a file that lacks the mode to be executed.
func notMode(info fs.FileInfo, file string) error {
	return fmt.Errorf("its mode is %v\nhint: chmod +x %s", info.Mode().Perm(), file)
}

// asPath makes a script's name a path, so that it is not looked for in $PATH.
func asPath(file string) string {
	if strings.ContainsRune(file, '/') {
		return file
	}
	return "./" + file
}

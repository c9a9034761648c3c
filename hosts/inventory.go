package hosts

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"clsh/hosts/inventory"
)

// ansibleInventory prints every inventory that is no program as JSON. By default it exits with 0
// although it could not read a source.
const ansibleInventory = "ansible-inventory"

// errSelectsNone is the error of a selection that names an inventory and no hosts.
var errSelectsNone = errors.New("no hosts given: an inventory names hosts, and selects none\nhint: select them with -h LIST, -g GROUP or -a")

// useInventories reads the inventories at paths, if there are any.
func (r *resolver) useInventories(paths []string) error {
	if len(paths) == 0 {
		return nil
	}
	inv := inventory.New(inventoryVars()...)
	for _, path := range paths {
		if err := r.sys.readInventory(r.ctx, inv, path); err != nil {
			return fmt.Errorf("inventory %q: %w", path, err)
		}
	}
	if err := inv.Check(); err != nil {
		return fmt.Errorf("inventory %q: %w", strings.Join(paths, ", "), err)
	}
	r.inventory = inv
	return nil
}

// readInventory adds the inventory at path to inv.
func (sys System) readInventory(ctx context.Context, inv *inventory.Inventory, path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) && strings.Contains(path, ",") {
		return fmt.Errorf("%w\nhint: -h LIST names hosts; it needs no inventory", bareError(err))
	}
	if err != nil {
		return bareError(err)
	}
	if err := sys.checkInventory(path, info.Mode()); err != nil {
		return err
	}
	absolute, err := filepath.Abs(path) // a bare name would be looked for in PATH
	if err != nil {
		return err
	}
	answer, err := sys.listInventory(ctx, absolute, info.Mode())
	if err != nil {
		return err
	}
	return inv.Add(absolute, answer)
}

// listInventory returns an inventory as JSON: what the program at path prints or, for any other
// file or directory, what ansible-inventory does.
func (sys System) listInventory(ctx context.Context, path string, mode fs.FileMode) ([]byte, error) {
	if isProgram(mode) {
		answer, err := sys.ask(ctx, []string{path, "--list"}, keepAnswers)
		if err != nil {
			return nil, fmt.Errorf("run it with --list: %w\nhint: an inventory that is no program must not be executable", err)
		}
		return answer, nil
	}
	answer, err := sys.ask(ctx, []string{"env", "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED=true", ansibleInventory, "-i", path, "--list"}, keepAnswers)
	const notFound = 127 // env(1)
	var ended interface{ ExitCode() int }
	switch {
	case errors.As(err, &ended) && ended.ExitCode() == notFound:
		return nil, fmt.Errorf("%s is not installed\nhint: install ansible-core, or name a program that prints the inventory when run with --list", ansibleInventory)
	case err != nil:
		return nil, fmt.Errorf("run %s: %w\nhint: %[1]s -i %[3]s --list says more", ansibleInventory, err, path)
	}
	return answer, nil
}

// checkInventory returns nil if the inventory at path may be used, with the variables beside it that
// ansible-inventory reads, too.
func (sys System) checkInventory(path string, mode fs.FileMode) error {
	if err := trustedInventory(path, sys.UID); err != nil || isProgram(mode) {
		return err
	}
	for _, name := range []string{"group_vars", "host_vars"} {
		beside := filepath.Join(filepath.Dir(path), name)
		if err := trustedInventory(beside, sys.UID); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s: %w", beside, err)
		}
	}
	return nil
}

// isProgram reports whether an inventory is run, and not read.
func isProgram(mode fs.FileMode) bool { return mode.IsRegular() && mode&0o111 != 0 }

// trustedInventory returns nil if the file or directory at path may be used: it follows the rule of
// Trusted, in a directory for everything that Ansible may read there.
func trustedInventory(path string, uid int) error {
	info, err := trustedInfo(path, uid)
	if err != nil || !info.IsDir() {
		if err == nil {
			err = checkTrustedInfo(info, path, uid)
		}
		return err
	}
	if err := checkWriters(info, path, uid); err != nil {
		return err
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return bareError(err)
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".") { // as Ansible does
			continue
		}
		if err := trustedInventory(filepath.Join(path, entry.Name()), uid); err != nil {
			return fmt.Errorf("%s: %w", entry.Name(), err)
		}
	}
	return nil
}

// inInventory returns the hosts of a group of the inventories.
func (r *resolver) inInventory(group string) ([]Host, bool, error) {
	if group == "*" {
		group = "all"
	}
	listed, known := r.inventory.Hosts(group)
	found := make([]Host, len(listed))
	for i, name := range listed {
		h, err := parseInventoryName(name)
		if err != nil {
			return nil, known, err
		}
		found[i] = h
	}
	return found, known, nil
}

// parseInventoryName returns the host of that name in an inventory. A user or a port there would
// not be the name that its variables are kept under.
func parseInventoryName(name string) (Host, error) {
	h, bad := parseHost(name)
	switch {
	case bad != nil:
		return h, fmt.Errorf("inventory: host %q: %s\nhint: give the host a valid name, and its address as ansible_host", escape(name), bad.problem)
	case h.Addr != name:
		return h, fmt.Errorf("inventory: host %q: name with a user, a port or brackets\nhint: give them as ansible_user and ansible_port", escape(name))
	}
	return h, nil
}

// inventoryHosts returns the hosts of the inventories whose names are valid.
func (r *resolver) inventoryHosts() []Host {
	listed, _ := r.inventory.Hosts("all")
	var found []Host
	for _, name := range listed {
		if h, err := parseInventoryName(name); err == nil {
			found = append(found, h)
		}
	}
	return found
}

// checkInventoryNames refuses a name of an inventory that matches pattern and is no valid host: it
// would be missing without a word.
func (r *resolver) checkInventoryNames(pattern string) error {
	listed, _ := r.inventory.Hosts("all")
	for _, name := range listed {
		if !matches(pattern, name) {
			continue
		}
		if _, err := parseInventoryName(name); err != nil {
			return err
		}
	}
	return nil
}

package copying

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// archive returns an archive of these entries.
func archive(t testing.TB, headers ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		data := ""
		if h.Typeflag == tar.TypeReg {
			data = "data"
		}
		h.Size, h.Mode, h.Format = int64(len(data)), 0o4755, tar.FormatGNU
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func reg(name string) tar.Header { return tar.Header{Typeflag: tar.TypeReg, Name: name} }
func sym(name, target string) tar.Header {
	return tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target}
}

// unpackIn unpacks data in a directory, and returns the names there.
func unpackIn(t testing.TB, data []byte, room int64) (dir string, names []string, u *unpacker, err error) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "in")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	u = &unpacker{root: root, names: map[string]bool{"n": true, "m": true}, room: room, preserve: true}
	err = u.unpack(bytes.NewReader(data))
	walkErr := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if rel := strings.TrimPrefix(path, dir+"/"); rel != path {
			names = append(names, rel)
		}
		return err
	})
	if walkErr != nil {
		t.Fatal(walkErr)
	}
	return dir, names, u, err
}

// What a hostile host may send, and what becomes of it.
func TestUnpack(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		data    []byte
		want    string // the names
		note    string
		problem string
	}{
		{"a file", archive(t, reg("n")), "n", "", ""},
		{"./", archive(t, reg("./n/a/b")), "n n/a n/a/b", "", ""},
		{"two archives", append(archive(t, reg("n")), archive(t, reg("m"))...), "m n", "", ""},
		{"not asked for", archive(t, reg("x")), "", "", `it sends "x", which was not asked for`},
		{"upwards", archive(t, reg("../n")), "", "", "not asked for"},
		{"upwards, within", archive(t, reg("n/../../n")), "", "", "not asked for"},
		{"absolute", archive(t, reg("/n")), "", "", "not asked for"},
		{"the directory itself", archive(t, tar.Header{Typeflag: tar.TypeDir, Name: "./"}), "", "", "not asked for"},
		{"a link out", archive(t, sym("n", "/etc/passwd")), "", `left out: "n" (a link that leads out)`, ""},
		{"a link up", archive(t, sym("n/l", "../../x")), "n", "a link that leads out", ""},
		{"a link to another name", archive(t, sym("n/l", "../m")), "n", "a link that leads out", ""},
		{"a link to the top", archive(t, sym("n/a/l", "..")), "n n/a n/a/l", "", ""},
		{"links that lead out together", archive(t, sym("n/a/up", ".."), sym("n/l", "a/up/../../x")), "n n/a n/a/up", "a link that leads out", ""},
		{"through a link", archive(t, sym("n/l", "."), reg("n/l/f")), "n n/l", "", "n/l"},
		{"a hard link", archive(t, reg("n/a"), tar.Header{Typeflag: tar.TypeLink, Name: "n/b", Linkname: "n/a"}), "n n/a n/b", "", ""},
		{"a hard link out", archive(t, tar.Header{Typeflag: tar.TypeLink, Name: "n", Linkname: "/etc/passwd"}), "", "a hard link to what has not come", ""},
		{"a hard link to a link", archive(t, sym("n/l", "x"), tar.Header{Typeflag: tar.TypeLink, Name: "n/b", Linkname: "n/l"}), "n n/l", "a hard link", ""},
		{"a device", archive(t, tar.Header{Typeflag: tar.TypeChar, Name: "n"}), "", `left out: "n" (a device)`, ""},
		{"a pipe", archive(t, tar.Header{Typeflag: tar.TypeFifo, Name: "n"}), "", "a named pipe", ""},
		{"twice", archive(t, reg("n"), reg("n")), "n", "", "file exists"},
		{"cut", archive(t, reg("n"))[:514], "n", "", "unexpected EOF"},
		{"not an archive", bytes.Repeat([]byte("x"), 1024), "", "", "archive/tar: invalid tar header"},
		{"nothing", nil, "", "", ""},
	} {
		dir, names, u, err := unpackIn(t, test.data, 1<<20)
		if got := strings.Join(names, " "); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
		if (err == nil) != (test.problem == "") || err != nil && !strings.Contains(err.Error(), test.problem) {
			t.Errorf("%s: %v, want %q", test.name, err, test.problem)
		}
		if notes := strings.Join(u.notes, "\n"); (notes == "") != (test.note == "") || !strings.Contains(notes, test.note) {
			t.Errorf("%s: notes %q, want %q", test.name, notes, test.note)
		}
		within(t, dir)
	}
}

// Room is bounded: by bytes, by what a header claims, and by entries.
func TestUnpackRoom(t *testing.T) {
	t.Parallel()
	var many []tar.Header
	for i := range 300 {
		many = append(many, reg(fmt.Sprintf("n/%d", i)))
	}
	claim := archive(t, reg("n"))
	copy(claim[124:136], "77777777777\x00") // 8 GiB (ustar, size)
	for i := range 8 {
		claim[148+i] = ' '
	}
	sum := 0
	for _, b := range claim[:512] {
		sum += int(b)
	}
	copy(claim[148:156], fmt.Sprintf("%06o\x00 ", sum))
	for name, data := range map[string][]byte{"entries": archive(t, many...), "a claim": claim} {
		dir, names, _, err := unpackIn(t, data, 1<<20)
		if !errors.Is(err, errRoom) || len(names) > 256 {
			t.Errorf("%s: %v, %d names", name, err, len(names))
		}
		within(t, dir)
	}
}

// within fails the test if something is beside dir, or a link in it leads out.
func within(t testing.TB, dir string) {
	t.Helper()
	beside, err := os.ReadDir(filepath.Dir(dir))
	if err != nil || len(beside) != 1 {
		t.Errorf("beside the directory is %v, %v", beside, err)
	}
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Type()&fs.ModeSymlink == 0 {
			return err
		}
		end, err := filepath.EvalSymlinks(path)
		if err == nil && end != dir && !strings.HasPrefix(end, dir+"/") {
			t.Errorf("%s leads to %s", path, end)
		}
		return nil // to nothing, or in a circle
	})
	if err != nil {
		t.Error(err)
	}
}

// Whatever comes, nothing is written elsewhere, and not more than there is room for.
func FuzzUnpack(f *testing.F) {
	f.Add(archive(f, reg("n/a"), sym("n/l", "a"), tar.Header{Typeflag: tar.TypeDir, Name: "m/"}))
	f.Add(archive(f, sym("n/a/up", ".."), sym("n/l", "a/up/../../x"), reg("n/l/f")))
	f.Add(append(archive(f, reg("../n")), archive(f, tar.Header{Typeflag: tar.TypeLink, Name: "n", Linkname: "../x"})...))
	f.Fuzz(checkUnpack)
}

func checkUnpack(t *testing.T, data []byte) {
	t.Helper()
	dir, names, u, _ := unpackIn(t, data, 1<<16)
	if len(names) > 1<<16/entryCost {
		t.Errorf("%d names", len(names))
	}
	if len(u.notes) > maxNotes+1 {
		t.Errorf("%d notes", len(u.notes))
	}
	within(t, dir)
}

// What has come whole is put into place, or nothing of it is.
func TestPlace(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, there, comes string // files, "DIR/" for directories
		changed            bool
		problem            string
	}{
		{"new", "", "a d/b", true, ""},
		{"the same", "a d/b", "a d/b", false, ""},
		{"merged", "d/x=old d/b=old", "d/b", true, ""},
		{"a file for a directory", "z/ a=old", "a z", false, "z: is a directory here"},
		{"a directory for a file", "a=old z=old", "a z/b", false, "z: is not a directory here"},
	} {
		dir := t.TempDir()
		fill(t, dir, test.there)
		fill(t, filepath.Join(dir, ".new"), test.comes)
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		changed, err := place(root, ".new")
		_ = root.Close()
		if changed != test.changed || (err == nil) != (test.problem == "") || err != nil && !strings.Contains(err.Error(), test.problem) {
			t.Errorf("%s: %v, %v; want %v, %q", test.name, changed, err, test.changed, test.problem)
		}
		for name := range strings.FieldsSeq(test.comes) {
			got, err := os.ReadFile(filepath.Join(dir, name))
			if test.problem == "" && (err != nil || string(got) != "new") {
				t.Errorf("%s: %s holds %q, %v", test.name, name, got, err)
			}
			if test.problem != "" && string(got) == "new" {
				t.Errorf("%s: %s was changed", test.name, name)
			}
		}
	}
}

func fill(t *testing.T, dir, list string) {
	t.Helper()
	for item := range strings.FieldsSeq(list) {
		name, text, has := strings.Cut(item, "=")
		if !has {
			text = "new"
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "/") {
			if err := os.MkdirAll(path, 0o755); err != nil {
				t.Fatal(err)
			}
			continue
		}
		write(t, path, text)
	}
}

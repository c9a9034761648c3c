package copying

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"clsh/runner/files"
	"clsh/runner/remote"
	"clsh/runner/spool"
)

// A Plan is what is copied: the request that each host gets, and the archive with the files. The
// caller must call Close.
type Plan struct {
	// Notes say what was left out, a line each.
	Notes []string
	// Digest is the SHA-256 of the file, or, where there are several, of their list as sha256sum
	// prints it.
	Digest string

	request []byte
	next    []byte // the request of the command that follows; empty: none does
	file    *os.File
	files   []*entry         // by ID
	made    []int            // places that are directories named by --dest
	chunks  map[int][]*entry // by the ID of the first
}

// Stage returns what the copy is to the agent, whose first request is StageCommand.
func (p *Plan) Stage() remote.Stage {
	if len(p.next) > 0 {
		return remote.ThenStage
	}
	return remote.OnlyStage
}

// Close gives the archive back.
func (p *Plan) Close() error { return p.file.Close() }

// New reads the files that o names and packs them. The archive is a file without a name in tempDir.
func New(o Options, tempDir string) (*Plan, error) {
	list, err := targets(o.Paths, o.Dest)
	if err != nil {
		return nil, err
	}
	if len(o.Command) > remote.MaxCommand {
		return nil, fmt.Errorf("a command of %d bytes: more than %d cannot be passed to a shell", len(o.Command), remote.MaxCommand)
	}
	w := &walker{}
	var b strings.Builder
	o.settings(&b)
	places, made := map[string]int{}, []int(nil)
	for _, t := range list {
		place, known := places[t.dir]
		if !known {
			place = w.place(&b, t)
			if t.inside {
				made = append(made, place)
			}
			places[t.dir] = place
		}
		if err := w.named(t, place); err != nil {
			return nil, err
		}
	}
	archive, err := spool.File(tempDir)
	if err != nil {
		return nil, fmt.Errorf("make a temporary file in %s for what is copied: %w"+spool.TempHint, tempDir, files.Bare(err))
	}
	p := &Plan{Notes: w.notes, file: archive, made: made, chunks: map[int][]*entry{}}
	if err := p.pack(o, w.entries); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	p.write(&b, &o, w.entries)
	p.request = request(placeSource+copySource, b.String())
	if o.Command != "" {
		p.next = remote.NextRequest(o.Command)
	}
	return p, nil
}

// place writes the line of a directory on the hosts, and returns its number.
func (w *walker) place(b *strings.Builder, t target) int {
	n := w.places
	w.places++
	if !t.inside || t.dir == "/" || t.dir == "." || t.dir == ".." {
		fmt.Fprintf(b, "p %d %s ''\n", n, remote.Quote([]string{t.dir}))
		return n
	}
	w.places++
	fmt.Fprintf(b, "p %d %s parent\nd %d %d follow %s\n", n, remote.Quote([]string{path.Dir(t.dir)}), n+1, n, remote.Quote([]string{"./" + path.Base(t.dir)}))
	return n + 1
}

// pack packs the files and computes their sums.
func (p *Plan) pack(o Options, entries []*entry) error {
	to := &packer{Options: &o, file: p.file, buf: make([]byte, 256<<10), alone: len(entries) == 1}
	archive := tar.NewWriter(to)
	list := sha256.New()
	for _, e := range entries {
		if !e.isFile() {
			continue
		}
		if err := to.pack(archive, e); err != nil {
			return err
		}
		p.files = append(p.files, e)
		fmt.Fprintf(list, "%s  %s\n", e.sha, e.source)
	}
	p.Digest = hex.EncodeToString(list.Sum(nil))
	if len(p.files) == 1 && len(entries) == 1 {
		p.Digest = p.files[0].sha
	}
	return nil
}

// Limits of a chunk: hosts compare its files in one go.
const (
	chunkFiles = 200
	chunkBytes = 16 << 10
)

// write writes the lines of the entries: copy.sh has their meaning. The files of one directory are
// put together in chunks.
func (p *Plan) write(b *strings.Builder, o *Options, entries []*entry) {
	id, links := 0, 0
	for i := 0; i < len(entries); {
		e := entries[i]
		switch {
		case e.info.IsDir():
			fmt.Fprintf(b, "d %d %d no %s\n", e.number, e.place, e.quoted())
			i++
		case !e.isFile():
			fmt.Fprintf(b, "l %d %d %s %s\n", links, e.place, e.quoted(), remote.Quote([]string{e.target}))
			links++
			i++
		default:
			chunk := chunkOf(entries[i:])
			p.chunks[id] = chunk
			o.writeChunk(b, id, chunk)
			id += len(chunk)
			i += len(chunk)
		}
	}
	for i := len(entries) - 1; i >= 0; i-- {
		if e := entries[i]; e.info.IsDir() {
			fmt.Fprintf(b, "m %d %o\n", e.number, o.mode(e.info))
		}
	}
	for _, place := range p.made {
		fmt.Fprintf(b, "m %d 755\n", place)
	}
}

// chunkOf returns the first chunk of entries, which begin with a file.
func chunkOf(entries []*entry) []*entry {
	bytes := 0
	for n, e := range entries {
		bytes += len(e.name)
		alone := e.placed || strings.ContainsAny(e.name, "\n\\")
		if n > 0 && (alone || !e.isFile() || e.place != entries[0].place || n == chunkFiles || bytes > chunkBytes) {
			return entries[:n]
		}
		if alone {
			return entries[:1]
		}
	}
	return entries
}

func (o *Options) writeChunk(b *strings.Builder, first int, chunk []*entry) {
	size := int64(-1)
	if len(chunk) == 1 {
		size = chunk[0].info.Size()
	}
	var shas, crcs, names strings.Builder
	for _, e := range chunk {
		fmt.Fprintf(&shas, "%s ", e.sha)
		fmt.Fprintf(&crcs, "%d ", e.crc)
		names.WriteByte(' ')
		names.WriteString(e.quoted())
	}
	if e := chunk[0]; e.placed {
		stamp := ""
		if o.Preserve {
			stamp = e.info.ModTime().UTC().Format("200601021504.05")
		}
		fmt.Fprintf(b, "h %o '%s' ", o.mode(e.info), stamp)
	} else {
		b.WriteString("f ")
	}
	fmt.Fprintf(b, "%d %d %d '%s' '%s'%s\n", first, chunk[0].place, size, shas.String(), crcs.String(), names.String())
}

func (e *entry) isFile() bool { return e.info.Mode().IsRegular() }

// quoted returns the name as a word that no program takes for an option.
func (e *entry) quoted() string { return remote.Quote([]string{"./" + e.name}) }

package gate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file walks a tree. Thousands of files are opened and few are read with
// care: a search for words that no file of interest lacks comes first. Links
// are not followed, so that a tree has an end and stays in its folder.

// maxFile bounds one file, in bytes.
const maxFile = 16 << 20

// Options say what to read and what the owner says of the app.
type Options struct {
	// Root is the folder that the globs are relative to.
	Root string
	// Manifests, Calls and Grants are globs; nil: found by content.
	Manifests, Calls, Grants []string
	Policy                   evidence.Policy
	When                     evidence.Moment
}

// skipped are folders that hold what others wrote or what a build made.
var skipped = map[string]bool{
	"node_modules": true, "vendor": true, "bower_components": true, "dist": true, "build": true, "out": true, "bin": true, "obj": true, "target": true,
	"__pycache__": true, "site-packages": true, "venv": true, "packages": true, "coverage": true,
	"test": true, "tests": true, "__tests__": true, "spec": true, "testdata": true, "fixtures": true, "mocks": true, "__mocks__": true, "e2e": true,
}

// skipDir tells whether a folder is passed over. What is hidden is a tool's own.
func skipDir(name string) bool {
	return len(name) > 1 && name[0] == '.' || skipped[strings.ToLower(name)]
}

// tree is one walk.
type tree struct {
	opt Options

	mu       sync.Mutex
	pieces   []*Piece
	problems []error
	files    int
	read     int
}

// job is a file to read.
type job struct {
	name  string // as it is told
	roles roles
}

// Read reads paths, files and folders, and yields what they say of apps. It
// fails only where a named path cannot be opened at all.
func Read(ctx context.Context, paths []string, opt Options) *Result {
	t := &tree{opt: opt}
	var jobs []job
	var dirs []string
	for _, name := range paths {
		info, err := os.Stat(name)
		switch {
		case err != nil:
			t.fail(name, 0, cause(err))
		case info.IsDir():
			dirs = append(dirs, filepath.Clean(name))
		default:
			jobs = append(jobs, job{filepath.ToSlash(name), roles{true, true, true, true}})
		}
	}
	jobs = append(jobs, t.named()...)
	t.walk(ctx, dirs, jobs)
	slices.SortFunc(t.pieces, func(a, b *Piece) int { return strings.Compare(a.File, b.File) })
	t.pieces = slices.CompactFunc(t.pieces, func(a, b *Piece) bool { return a.File == b.File })
	slices.SortStableFunc(t.problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return t.assemble()
}

func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

func (t *tree) fail(name string, line int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.problems = append(t.problems, problem(evidence.Printable(filepath.ToSlash(name)), line, err))
}

// named are the files that the configuration names without a wildcard: they are
// read wherever they lie below the root.
func (t *tree) named() []job {
	var out []job
	add := func(globs []string, r roles) {
		for _, g := range globs {
			if strings.ContainsAny(g, "*?[") {
				continue
			}
			name := path.Join(filepath.ToSlash(t.opt.Root), g)
			if outside(g) {
				t.fail(name, 0, errors.New("it leads out of the folder of the configuration"))
				continue
			}
			info, err := os.Lstat(name)
			switch {
			case err != nil:
				t.fail(name, 0, cause(err))
			case info.IsDir():
				t.fail(name, 0, errors.New("it is a folder; name the files in it, or write "+g+"/**"))
			case !info.Mode().IsRegular():
				t.fail(name, 0, errors.New("it is a link or a device, which is not followed"))
			default:
				out = append(out, job{name, r})
			}
		}
	}
	add(t.opt.Manifests, roles{manifests: true, named: true})
	add(t.opt.Calls, roles{calls: true, named: true})
	add(t.opt.Grants, roles{grants: true, named: true})
	return merge(out)
}

// merge joins the roles of files that are named twice.
func merge(jobs []job) []job {
	var out []job
	for _, j := range jobs {
		i := slices.IndexFunc(out, func(o job) bool { return o.name == j.name })
		if i < 0 {
			out = append(out, j)
			continue
		}
		r := &out[i].roles
		r.manifests, r.calls, r.grants = r.manifests || j.roles.manifests, r.calls || j.roles.calls, r.grants || j.roles.grants
	}
	return out
}

func outside(name string) bool {
	return path.IsAbs(name) || filepath.IsAbs(name) || strings.HasPrefix(path.Clean(filepath.ToSlash(name))+"/", "../")
}

// walk goes through folders and reads files with several hands.
func (t *tree) walk(ctx context.Context, dirs []string, jobs []job) {
	hands := max(2, min(2*runtime.GOMAXPROCS(0), 16))
	work := make(chan []job, 4*hands)
	var readers sync.WaitGroup
	for range hands {
		readers.Go(func() {
			buf := make([]byte, 0, 64<<10)
			for batch := range work {
				for _, j := range batch {
					if ctx.Err() == nil {
						buf = t.file(j, buf)
					}
				}
			}
		})
	}
	work <- jobs
	for _, d := range dirs {
		t.dir(ctx, d, work, 0)
	}
	close(work)
	readers.Wait()
}

// maxDepth bounds folders in folders.
const maxDepth = 64

func (t *tree) dir(ctx context.Context, dir string, work chan<- []job, depth int) {
	if ctx.Err() != nil {
		return
	}
	if depth > maxDepth {
		t.fail(dir, 0, fmt.Errorf("folders are nested more than %d deep; the rest is not read", maxDepth))
		return
	}
	d, err := os.Open(dir)
	if err != nil {
		t.fail(dir, 0, cause(err))
		return
	}
	entries, err := d.ReadDir(-1)
	d.Close()
	if err != nil {
		t.fail(dir, 0, cause(err))
	}
	batch := make([]job, 0, len(entries))
	for _, e := range entries {
		name := path.Join(filepath.ToSlash(dir), e.Name())
		switch {
		case e.IsDir():
			if !skipDir(e.Name()) {
				t.dir(ctx, name, work, depth+1)
			}
		case e.Type().IsRegular():
			if r := t.rolesOf(name); r != (roles{}) && interesting(e.Name()) {
				batch = append(batch, job{name, r})
			}
		}
	}
	if len(batch) > 0 {
		work <- batch
	}
}

// rolesOf tells what a file below a folder is read for.
func (t *tree) rolesOf(name string) roles {
	rel := strings.TrimPrefix(name, filepath.ToSlash(t.opt.Root)+"/")
	in := func(globs []string, found bool) bool {
		if globs == nil {
			return found
		}
		return slices.ContainsFunc(globs, func(g string) bool { return strings.ContainsAny(g, "*?[") && Match(g, rel) })
	}
	return roles{manifests: in(t.opt.Manifests, true), calls: in(t.opt.Calls, !testFile(name)), grants: in(t.opt.Grants, true)}
}

// testFile tells a test by its name: what it calls is not what the app calls.
func testFile(name string) bool {
	base := strings.ToLower(path.Base(name))
	for _, mark := range [...]string{".test.", ".spec.", "_test.", ".tests.", ".stories."} {
		if strings.Contains(base, mark) {
			return true
		}
	}
	return strings.HasPrefix(base, "test_")
}

// Match tells whether a path matches a glob, in which ** stands for any number
// of folders.
func Match(glob, name string) bool {
	return matchParts(strings.Split(strings.TrimPrefix(glob, "./"), "/"), strings.Split(strings.TrimPrefix(name, "./"), "/"))
}

func matchParts(glob, name []string) bool {
	for len(glob) > 0 {
		if glob[0] == "**" {
			for i := range len(name) + 1 {
				if matchParts(glob[1:], name[i:]) {
					return true
				}
			}
			return false
		}
		if len(name) == 0 {
			return false
		}
		if ok, err := path.Match(glob[0], name[0]); err != nil || !ok {
			return false
		}
		glob, name = glob[1:], name[1:]
	}
	return len(name) == 0
}

// file reads one file; buf is used again for the next.
func (t *tree) file(j job, buf []byte) []byte {
	buf, err := readFile(j.name, buf[:0])
	if err != nil && !errors.Is(err, errCut) {
		t.fail(j.name, 0, cause(err))
		return buf
	}
	t.mu.Lock()
	t.files++
	t.mu.Unlock()
	if !j.roles.named && (len(buf) == 0 || !worth(j.name, buf)) {
		return buf
	}
	if bytes.IndexByte(buf[:min(len(buf), 8000)], 0) >= 0 && !j.roles.named {
		return buf // binary
	}
	if err != nil {
		t.fail(j.name, 0, err)
	}
	p, problems := t.safely(evidence.Printable(j.name), bytes.Clone(buf), j.roles)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.problems = append(t.problems, problems...)
	if p != nil && !p.empty() {
		t.pieces = append(t.pieces, p)
		t.read++
	}
	return buf
}

// safely reads a file; a reader that panics loses that file alone.
func (t *tree) safely(name string, raw []byte, r roles) (p *Piece, problems []error) {
	defer func() {
		if e := recover(); e != nil {
			p, problems = nil, []error{problem(name, 0, fmt.Errorf("its reader failed: %v", e))}
		}
	}()
	return readPiece(name, raw, r)
}

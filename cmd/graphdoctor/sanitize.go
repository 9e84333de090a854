package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// sanitizing is what sanitize was asked for.
type sanitizing struct {
	out, mapping string
	force        bool
}

func (e *env) sanitizeCmd() *cobra.Command {
	var s sanitizing
	cmd := &cobra.Command{
		Use:   "sanitize [FILE|-]",
		Short: "Copy an input with credentials and persons replaced, so that it can be shared",
		Long: `Copies anything that diagnose reads, with tokens, secrets, codes, cookies, keys and passwords replaced by stand-ins of the
same shape, and mail addresses, names, ids, IP addresses and tenants' domains by pseudonyms that stay the same throughout.
Diagnosing the copy finds what diagnosing the original finds. Public constants, such as Microsoft Graph's app id, stay. The copy
is plain UTF-8; colours of a terminal are dropped. Names of persons in free text can remain: look the copy over before you share it.

--map FILE keeps a list of what the pseudonyms stand for, for yourself only; it holds no token and no secret. Given again with
another file of the same failure, the same originals get the same pseudonyms.`,
		Example: `  graphdoctor sanitize failed.har -o failed-shared.har
  graphdoctor sanitize --map for-my-eyes.json gateway.log.gz | gzip > gateway-shared.log.gz`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return e.sanitize(&s, args) },
	}
	f := cmd.Flags()
	f.StringVarP(&s.out, "output", "o", "", "write the copy to this file")
	f.StringVar(&s.mapping, "map", "", "keep the list of pseudonyms in this file, readable by you only")
	f.BoolVar(&s.force, "force", false, "overwrite files that are there")
	return cmd
}

func (e *env) sanitize(s *sanitizing, args []string) error {
	name := "-"
	if len(args) > 0 {
		name = args[0]
	}
	if err := s.check(name); err != nil {
		return err
	}
	in, name, err := e.input(name)
	if err != nil {
		return err
	}
	defer in.Close()
	debug.SetGCPercent(100) // the input may be long: small rather than fast
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	opt := evidence.SanitizeOptions{Known: catalog.Public, Keep: s.mapping != ""}
	old, err := readMap(s.mapping, s.force)
	if err != nil {
		return err
	}
	opt.Key = old.Key
	var m *evidence.Mapping
	err = e.copyTo(s, func(w io.Writer) error {
		var err error
		m, err = evidence.Sanitize(interruptible{ctx, in}, w, opt)
		return err
	})
	if m != nil && s.mapping != "" && !errors.Is(err, evidence.ErrEmpty) {
		err = errors.Join(err, writeMap(s.mapping, old, m))
	}
	if err != nil {
		e.code = exitFailed
		return fmt.Errorf("%s: %w", name, err)
	}
	fmt.Fprintln(e.err, "graphdoctor:", summary(m))
	return nil
}

// interruptible ends a stream when the user asks for it: what was read by then
// is copied.
type interruptible struct {
	ctx context.Context
	r   io.Reader
}

func (i interruptible) Read(p []byte) (int, error) {
	if i.ctx.Err() != nil {
		return 0, errors.New("interrupted")
	}
	return i.r.Read(p)
}

// check refuses what would lose a file or mix two streams.
func (s *sanitizing) check(input string) error {
	if s.mapping == "-" {
		return usage("--map needs a file: the list must not go where the copy goes")
	}
	if s.out == "-" {
		s.out = ""
	}
	for _, pair := range [...][2]string{{s.out, input}, {s.mapping, input}, {s.out, s.mapping}} {
		if pair[0] != "" && pair[1] != "" && sameFile(pair[0], pair[1]) {
			return usage("%s is named twice: the input, the copy and the list of pseudonyms need a file each", evidence.Printable(pair[0]))
		}
	}
	if _, err := os.Lstat(s.out); s.out != "" && err == nil && !s.force {
		return usage("%s is there already; name another file, or overwrite it with --force", evidence.Printable(s.out))
	}
	return nil
}

func sameFile(a, b string) bool {
	if filepath.Clean(a) == filepath.Clean(b) {
		return true
	}
	x, err1 := os.Stat(a)
	y, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}

// input opens a file or standard input; the name is what problems are told by.
func (e *env) input(name string) (io.ReadCloser, string, error) {
	if name == "-" {
		if f, ok := e.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
			return nil, "", usage("nothing to read: name a file, or pipe something in (graphdoctor sanitize --help shows how)")
		}
		return io.NopCloser(e.in), "stdin", nil
	}
	f, err := os.Open(name)
	if err == nil {
		if info, serr := f.Stat(); serr == nil && info.IsDir() {
			_ = f.Close()
			err = errors.New("it is a folder; name a file in it")
		}
	}
	if err != nil {
		e.code = exitFailed
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		return nil, "", fmt.Errorf("%s: %w", evidence.Printable(name), err)
	}
	return f, evidence.Printable(name), nil
}

// copyTo writes the copy to its file, which appears when it is whole, or to
// standard output. What could be read of a broken input is kept.
func (e *env) copyTo(s *sanitizing, write func(io.Writer) error) error {
	if s.out == "" {
		if f, ok := e.out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
			w := &shown{w: e.out}
			return errors.Join(write(w), w.flush())
		}
		w := bufio.NewWriterSize(e.out, 64<<10)
		err := write(w) // what was copied before is kept
		if ferr := w.Flush(); !errors.Is(err, ferr) {
			err = errors.Join(err, ferr)
		}
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(s.out), ".graphdoctor-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // nothing to remove once it has its name
	w := bufio.NewWriterSize(f, 64<<10)
	err = write(w)
	if errors.Is(err, evidence.ErrEmpty) {
		_ = f.Close()
		return err
	}
	if werr := errors.Join(w.Flush(), f.Chmod(0o644), f.Close()); werr != nil {
		return errors.Join(err, werr)
	}
	return errors.Join(err, os.Rename(f.Name(), s.out))
}

// shown writes to a terminal: what would act there is shown instead.
type shown struct {
	w    io.Writer
	line []byte
}

func (s *shown) Write(p []byte) (int, error) {
	s.line = append(s.line, p...)
	for {
		i := slices.Index(s.line, '\n')
		if i < 0 {
			return len(p), nil
		}
		if _, err := io.WriteString(s.w, evidence.Printable(strings.TrimSuffix(string(s.line[:i]), "\r"))+"\n"); err != nil {
			return 0, err
		}
		s.line = s.line[i+1:]
	}
}

func (s *shown) flush() error {
	_, err := io.WriteString(s.w, evidence.Printable(string(s.line)))
	return err
}

// mapFile is the list of pseudonyms as it is kept.
type mapFile struct {
	Version int             `json:"version"`
	About   string          `json:"about"`
	Key     []byte          `json:"key"` // makes the same pseudonyms again
	Dropped int             `json:"dropped"`
	Pairs   []evidence.Pair `json:"pairs"`
}

const aboutMap = "what the pseudonyms of graphdoctor sanitize stand for; keep it to yourself"

// readMap reads the list that is there, so that the same originals get the same
// pseudonyms. Another file is not overwritten unless that is asked for.
func readMap(file string, force bool) (mapFile, error) {
	var m mapFile
	if file == "" {
		return m, nil
	}
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return m, usage("--map: %v", err)
	}
	if err := json.Unmarshal(b, &m); err != nil || m.About != aboutMap || len(m.Key) < 16 {
		if force {
			return mapFile{}, nil
		}
		return m, usage("%s is there and is no list of pseudonyms; name another file, or overwrite it with --force", evidence.Printable(file))
	}
	if m.Version != 1 {
		return m, usage("%s is a list of version %d, made by a newer graphdoctor", evidence.Printable(file), m.Version)
	}
	return m, nil
}

// writeMap writes the old pairs and the new ones, readable by its owner only.
func writeMap(file string, old mapFile, m *evidence.Mapping) error {
	seen := map[string]bool{}
	for _, p := range old.Pairs {
		seen[p.StandIn] = true
	}
	for _, p := range m.Pairs {
		if !seen[p.StandIn] {
			old.Pairs = append(old.Pairs, p)
		}
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".graphdoctor-*") // made with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	w := bufio.NewWriter(f)
	key, err := json.Marshal(m.Key)
	fmt.Fprintf(w, "{\n  \"version\": 1,\n  \"about\": %q,\n  \"key\": %s,\n  \"dropped\": %d,\n  \"pairs\": [", aboutMap, key, old.Dropped+m.Dropped)
	sep := "\n    "
	for _, p := range old.Pairs { // one a line: the list can be long
		b, merr := json.Marshal(p)
		err = errors.Join(err, merr)
		fmt.Fprintf(w, "%s%s", sep, b)
		sep = ",\n    "
	}
	fmt.Fprint(w, "\n  ]\n}\n")
	if err = errors.Join(err, w.Flush(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}

// summary tells what was replaced, most of it first, and what remains to do.
func summary(m *evidence.Mapping) string {
	words := map[string][2]string{"token": {"token", "tokens"}, "secret": {"secret", "secrets"}, "guid": {"id", "ids"}, "mail": {"mail address", "mail addresses"}, "host": {"host", "hosts"}, "address": {"IP address", "IP addresses"},
		"account": {"account", "accounts"}, "name": {"name", "names"}, "phone": {"telephone number", "telephone numbers"}, "site": {"site", "sites"}}
	var kinds []string
	for k := range m.Replaced {
		kinds = append(kinds, k)
	}
	slices.SortFunc(kinds, func(a, b string) int {
		if m.Replaced[a] != m.Replaced[b] {
			return m.Replaced[b] - m.Replaced[a]
		}
		return strings.Compare(a, b)
	})
	if len(kinds) == 0 {
		return "nothing had to be replaced; names of persons in free text can remain, so look the copy over before you share it"
	}
	var parts []string
	for _, k := range kinds {
		w := words[k][1]
		if m.Replaced[k] == 1 {
			w = words[k][0]
		}
		parts = append(parts, fmt.Sprintf("%d %s", m.Replaced[k], w))
	}
	s := "replaced " + strings.Join(parts, ", ") + "; names of persons in free text can remain, so look the copy over before you share it"
	if m.Dropped > 0 {
		s += fmt.Sprintf("; the list is full, so %d replacements are not in it", m.Dropped)
	}
	return s
}

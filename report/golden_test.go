package report

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// This file holds every format's output still: fixtures in, testdata/golden
// out. After a change that is meant, run `go test ./report -update` and read
// the diff.

var update = flag.Bool("update", false, "write testdata/golden anew")

const goldenDir = "../testdata/golden"

func TestGolden(t *testing.T) {
	want := map[string]bool{}
	check := func(file string, got []byte) {
		t.Helper()
		want[file] = true
		path := filepath.Join(goldenDir, file)
		if *update {
			if err := errors.Join(os.MkdirAll(goldenDir, 0o777), os.WriteFile(path, got, 0o666)); err != nil {
				t.Fatal(err)
			}
			return
		}
		old, err := os.ReadFile(path)
		if err != nil {
			t.Errorf("%v; go test ./report -update writes it", err)
			return
		}
		if diff := cmp.Diff(string(bytes.ReplaceAll(old, []byte("\r\n"), []byte("\n"))), string(got)); diff != "" {
			t.Errorf("%s (-golden +now; -update accepts it):\n%s", file, diff)
		}
	}
	for name, d := range fixtures(t) {
		o := fixtureOptions(name)
		for _, f := range Formats {
			check(name+"."+f.Name, unstyled(written(t, f.Name, d, o)))
		}
		var b bytes.Buffer
		if err := WriteSummary(&b, d, o); err != nil {
			t.Fatal(err)
		}
		check(name+".summary", b.Bytes())
		o.Color = true
		check(name+".text-color", written(t, "text", d, o))
	}
	files, err := os.ReadDir(goldenDir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !want[f.Name()] && !strings.HasPrefix(f.Name(), "decoded-") { // those are TestDecodedGolden's
			t.Errorf("%s/%s is nobody's; delete it", goldenDir, f.Name())
		}
	}
}

// unstyled leaves a page's style and script out, which have files of their own.
func unstyled(b []byte) []byte {
	b = bytes.Replace(b, []byte(pageStyle), []byte("\n(page.css)\n"), 1)
	return bytes.Replace(b, []byte(pageScript), []byte("\n(page.js)\n"), 1)
}

// A renderer depends on nothing but its input: twice the same, byte for byte,
// and the diagnosis is left as it was.
func TestRenderersArePure(t *testing.T) {
	for name, d := range fixtures(t) {
		before := fixtures(t)[name]
		for _, f := range Formats {
			o := fixtureOptions(name)
			if !bytes.Equal(written(t, f.Name, d, o), written(t, f.Name, d, o)) {
				t.Errorf("%s of %s differs from run to run", f.Name, name)
			}
		}
		if diff := cmp.Diff(before, d, comparable...); diff != "" {
			t.Errorf("rendering %s changed it:\n%s", name, diff)
		}
	}
}

// errFull is what a full disk says.
var errFull = errors.New("no space left")

// A fullWriter takes so many bytes and no more.
type fullWriter struct{ room int }

func (w *fullWriter) Write(p []byte) (int, error) {
	if len(p) > w.room {
		n := w.room
		w.room = 0
		return n, errFull
	}
	w.room -= len(p)
	return len(p), nil
}

func TestFailedWrites(t *testing.T) {
	for name, d := range fixtures(t) {
		o := fixtureOptions(name)
		for _, f := range Formats {
			whole := len(written(t, f.Name, d, o))
			for _, room := range []int{0, 1, whole / 2, whole - 1} {
				if room >= whole || room < 0 {
					continue
				}
				if err := f.Write(&fullWriter{room}, d, o); !errors.Is(err, errFull) {
					t.Errorf("%s of %s into %d of %d bytes: error %v", f.Name, name, room, whole, err)
				}
			}
		}
		if err := WriteSummary(&fullWriter{10}, d, o); !errors.Is(err, errFull) {
			t.Errorf("the summary of %s: error %v", name, err)
		}
		if err := WriteFindings(&fullWriter{10}, d.Findings, o); len(d.Findings) > 0 && !errors.Is(err, errFull) {
			t.Errorf("the findings of %s: error %v", name, err)
		}
		if err := WriteProblems(&fullWriter{10}, d); d.Problem > 0 && !errors.Is(err, errFull) {
			t.Errorf("the problems of %s: error %v", name, err)
		}
	}
}

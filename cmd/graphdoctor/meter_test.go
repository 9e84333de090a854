package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFileChanges: a file is read to the size that it had when it was opened;
// that it grew or shrank meanwhile is said.
func TestFileChanges(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(name string) error
		read   string
		want   string
	}{
		{"stays", func(string) error { return nil }, "one\ntwo\n", ""},
		{"grows", func(name string) error {
			f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			defer f.Close()
			_, err = f.WriteString("three")
			return err
		}, "one\ntwo\n", "it grew by 5 bytes while it was read, which are left out"},
		{"shrinks", func(name string) error { return os.Truncate(name, 5) }, "one\nt", "it became 3 bytes shorter while it was read"},
	} {
		name := filepath.Join(t.TempDir(), "log")
		if err := os.WriteFile(name, []byte("one\ntwo\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		r := (&meter{}).file(t.Context(), f)
		if err := c.change(name); err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		_, err = io.Copy(&b, r)
		said := ""
		if err != nil {
			said = err.Error()
		}
		if b.String() != c.read || said != c.want {
			t.Errorf("%s: read %q with %q, want %q with %q", c.name, b.String(), said, c.read, c.want)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

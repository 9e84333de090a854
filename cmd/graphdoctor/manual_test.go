package main

import (
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"
)

// The manual pages are written by a test, so that what writes them weighs on no
// binary: `make manual`.

var manual = flag.String("manual", "", "write manual pages and completions into this folder")

// TestManual writes a page for every command, and completions for four shells,
// and looks whether what the command offers stands in them.
func TestManual(t *testing.T) {
	dir := *manual
	if dir == "" {
		dir = t.TempDir()
	}
	pages, shells := filepath.Join(dir, "man"), filepath.Join(dir, "completions")
	for _, d := range []string{pages, shells} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	e := &env{in: strings.NewReader(""), out: io.Discard, err: io.Discard}
	root := e.root()
	root.DisableAutoGenTag = true
	date := sourceDate(t)
	if err := doc.GenManTree(root, &doc.GenManHeader{Title: "GRAPHDOCTOR", Section: "1", Source: "graphdoctor " + version, Manual: "graphdoctor", Date: &date}, pages); err != nil {
		t.Fatal(err)
	}
	for _, c := range append(root.Commands(), root) {
		if c.IsAdditionalHelpTopicCommand() || !c.IsAvailableCommand() && c != root {
			continue
		}
		holdsManual(t, pages, c)
	}
	writeCompletions(t, root, shells)
}

// holdsManual looks for a command's page and for every flag in it.
func holdsManual(t *testing.T, dir string, c *cobra.Command) {
	t.Helper()
	name := strings.ReplaceAll(c.CommandPath(), " ", "-") + ".1"
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Error(err)
		return
	}
	page := strings.ReplaceAll(string(text), `\-`, "-")
	for _, part := range []string{".SH NAME", ".SH SYNOPSIS"} {
		if !strings.Contains(page, part) {
			t.Errorf("%s has no %s", name, part)
		}
	}
	c.NonInheritedFlags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden && !strings.Contains(page, "--"+f.Name) {
			t.Errorf("%s does not tell of --%s", name, f.Name)
		}
	})
}

// writeCompletions writes the completions; a shell that is here checks its own.
func writeCompletions(t *testing.T, root *cobra.Command, dir string) {
	t.Helper()
	for _, s := range []struct {
		name, file string
		write      func(string) error
	}{
		{"bash", "graphdoctor.bash", func(f string) error { return root.GenBashCompletionFileV2(f, true) }},
		{"zsh", "_graphdoctor", root.GenZshCompletionFile},
		{"fish", "graphdoctor.fish", func(f string) error { return root.GenFishCompletionFile(f, true) }},
		{"pwsh", "graphdoctor.ps1", root.GenPowerShellCompletionFileWithDesc},
	} {
		file := filepath.Join(dir, s.file)
		if err := s.write(file); err != nil {
			t.Error(err)
			continue
		}
		if path, err := exec.LookPath(s.name); err == nil && slices.Contains([]string{"bash", "zsh", "fish"}, s.name) {
			if out, err := exec.Command(path, "-n", file).CombinedOutput(); err != nil {
				t.Errorf("%s does not take its completion: %s", s.name, out)
			}
		}
	}
}

// sourceDate is the date in the pages: that of the source, where the build tells
// it, so that two builds are equal.
func sourceDate(t *testing.T) time.Time {
	t.Helper()
	s := os.Getenv("SOURCE_DATE_EPOCH")
	if s == "" {
		return time.Now()
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		t.Fatalf("SOURCE_DATE_EPOCH: %v", err)
	}
	return time.Unix(n, 0).UTC()
}

package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/graphdoctor/graphdoctor/checks"
	"golang.org/x/tools/txtar"
)

// TestSampleApps lints apps modelled on public samples. What lint calls an error
// must be right: each sample lists those, with the reason, and there may be no
// other.
func TestSampleApps(t *testing.T) {
	samples, err := filepath.Glob("../../testdata/lint/samples/*.txtar")
	if err != nil || len(samples) < 20 {
		t.Fatalf("%d samples (%v)", len(samples), err)
	}
	var count [checks.Error + 1]int
	for _, name := range samples {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files := map[string]string{}
		var want, got []string
		for _, f := range a.Files {
			if f.Name != "expect" {
				files[f.Name] = string(f.Data)
				continue
			}
			for line := range strings.Lines(string(f.Data)) {
				if p := strings.Split(strings.TrimSpace(line), " | "); len(p) == 3 {
					want = append(want, p[0]+" | "+p[1])
				} else if strings.TrimSpace(line) != "" {
					t.Errorf("%s: an expected error is rule | subject | why: %q", name, line)
				}
			}
		}
		d := lintFiles(t, files)
		for _, f := range d.Findings {
			count[f.Level()]++
			if f.Level() == checks.Error {
				got = append(got, f.Rule.ID+" | "+f.Subject)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) || d.Problem > 0 {
			t.Errorf("%s: errors %q, want %q; lint says:\n%s", filepath.Base(name), got, want, told(d))
		}
		t.Logf("%s (unresolved calls %d, permissions %d):\n%s", filepath.Base(name), d.Unresolved.Calls, d.Unresolved.Permissions, told(d))
	}
	t.Logf("%d samples: %d errors, all of them expected; %d warnings, %d notes", len(samples), count[checks.Error], count[checks.Warning], count[checks.Note])
}

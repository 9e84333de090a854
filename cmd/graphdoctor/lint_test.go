package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	gosarif "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"golang.org/x/tools/txtar"
)

// unpack writes a seeded registration with a few faults into a folder.
func unpack(t *testing.T, name string) string {
	t.Helper()
	a, err := txtar.ParseFile("../../testdata/lint/seeded/" + name + ".txtar")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range a.Files {
		files[f.Name] = string(f.Data)
	}
	for _, f := range append(loadFaults(t, "common"), loadFaults(t, "graph")...) {
		switch f.label {
		case "no-permission", "plain-http-web", "takeover", "id-of-nothing", "secret":
			if f.when == "any" {
				plant(files, f)
			}
		}
	}
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		text = markEnd.ReplaceAllString(markLine.ReplaceAllString(text, ""), "\n")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// outputsOf runs lint in a folder and returns what it writes in every format.
func outputsOf(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	t.Chdir(dir)
	out := map[string][]byte{}
	for _, format := range []string{"text", "json", "jsonl", "sarif", "junit", "github", "gitlab", "markdown"} {
		var b, errs bytes.Buffer
		if code := run([]string{"lint", "--now", "2026-11-21T00:00:00Z", "--format", format, "."}, strings.NewReader(""), &b, &errs); code != exitFound {
			t.Fatalf("%s: exit code %d: %s", format, code, errs.String())
		}
		out[format] = b.Bytes()
	}
	return out
}

// TestLintSame: two runs on one tree write the same bytes.
func TestLintSame(t *testing.T) {
	dir := unpack(t, "graph-web-team-calendar")
	first, second := outputsOf(t, dir), outputsOf(t, dir)
	for format := range first {
		if diff := cmp.Diff(string(first[format]), string(second[format])); diff != "" {
			t.Errorf("%s differs between two runs:\n%s", format, diff)
		}
	}
}

// TestLintSARIF: what lint writes is read back by another's reader; its
// fingerprints outlive lines that move. The schema is held by the tests of report.
func TestLintSARIF(t *testing.T) {
	dir := unpack(t, "graph-web-team-calendar")
	log := outputsOf(t, dir)["sarif"]
	read, err := gosarif.FromBytes(log)
	if err != nil {
		t.Fatal(err)
	}
	run := read.Runs[0]
	if len(run.Results) < 4 || len(run.Tool.Driver.Rules) < 20 {
		t.Fatalf("%d results, %d rules", len(run.Results), len(run.Tool.Driver.Rules))
	}
	for _, r := range run.Results {
		if len(r.Locations) == 0 || r.Locations[0].PhysicalLocation == nil || r.Locations[0].PhysicalLocation.Region == nil {
			t.Errorf("%s has no region", *r.RuleID)
		}
	}
	app := filepath.Join(dir, "infra/app.json")
	text, err := os.ReadFile(app)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(app, append([]byte("\n\n\n"), bytes.Replace(text, []byte(`"notes": null,`), []byte("\"notes\":\n\n null,"), 1)...), 0o644); err != nil {
		t.Fatal(err)
	}
	moved := outputsOf(t, dir)["sarif"]
	if bytes.Equal(log, moved) {
		t.Fatal("no line has moved")
	}
	if diff := cmp.Diff(fingerprints(t, log), fingerprints(t, moved)); diff != "" {
		t.Errorf("moved lines change fingerprints:\n%s", diff)
	}
}

func fingerprints(t *testing.T, log []byte) []string {
	t.Helper()
	var doc struct {
		Runs []struct {
			Results []struct {
				RuleID              string
				PartialFingerprints map[string]string
			}
		}
	}
	if err := json.Unmarshal(log, &doc); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range doc.Runs[0].Results {
		if len(r.PartialFingerprints) == 0 {
			t.Errorf("%s has no fingerprint", r.RuleID)
		}
		for name, f := range r.PartialFingerprints {
			out = append(out, r.RuleID+" "+name+" "+f)
		}
	}
	slices.Sort(out)
	if len(slices.Compact(slices.Clone(out))) != len(out) {
		t.Error("two results have one fingerprint")
	}
	return out
}

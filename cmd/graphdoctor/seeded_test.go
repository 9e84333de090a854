package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/checks/evidence/gate"
	"github.com/graphdoctor/graphdoctor/rules"
	"golang.org/x/tools/txtar"
)

// seededNow is the day on which the seeded registrations are looked at.
var seededNow = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)

// A fault is a section of testdata/lint/faults.
type fault struct {
	rule, label, when string
	ops               []string
}

func loadFaults(t *testing.T, form string) []fault {
	t.Helper()
	a, err := txtar.ParseFile("../../testdata/lint/faults/" + form + ".txtar")
	if err != nil {
		t.Fatal(err)
	}
	var out []fault
	for _, f := range a.Files {
		w := strings.Fields(f.Name)
		if len(w) != 3 {
			t.Fatalf("%s: a fault is rule, label and when: %q", form, f.Name)
		}
		out = append(out, fault{w[0], w[1], w[2], strings.Split(strings.TrimRight(string(f.Data), "\n"), "\n")})
	}
	return out
}

var (
	markLine = regexp.MustCompile(`(?m)^[ \t]*@[a-z-]+@\n`)
	markEnd  = regexp.MustCompile(`[ \t]+@[a-z-]+@\n`)
	holder   = regexp.MustCompile(`"(?:principalId|clientId)": "([^"]+)"`)
	holders  = regexp.MustCompile(`"principalDisplayName": "([^"]+)"`)
)

// plant puts a fault into the files of a registration; ok is false where the
// registration has no place for it.
func plant(files map[string]string, f fault) (ok bool) {
	everywhere := func(change func(string) (string, bool)) bool {
		done := false
		for name, text := range files {
			if out, changed := change(text); changed {
				files[name], done = out, true
			}
		}
		return done
	}
	id, name := "", ""
	for file, text := range files {
		if strings.Contains(file, "grants") {
			if m := holder.FindStringSubmatch(text); m != nil {
				id = m[1]
			}
			if m := holders.FindStringSubmatch(text); m != nil {
				name = m[1]
			}
		}
	}
	replaced := false
	for _, op := range f.ops {
		verb, rest, _ := strings.Cut(op, ": ")
		rest = strings.NewReplacer("PRINCIPALID", id, "PRINCIPAL", name).Replace(rest)
		switch verb {
		case "if":
			if !everywhere(func(s string) (string, bool) { return s, strings.Contains(s, rest) }) {
				return false
			}
			ok = true
		case "replace":
			from, to, _ := strings.Cut(strings.ReplaceAll(rest, `\n`, "\n"), " => ")
			if !replaced {
				replaced = everywhere(func(s string) (string, bool) { return strings.Replace(s, from, to, 1), strings.Contains(s, from) })
				ok = ok || replaced
			}
		case "drop":
			ok = everywhere(func(s string) (string, bool) {
				re := regexp.MustCompile(`(?m)^.*` + regexp.QuoteMeta(rest) + `\n`)
				return re.ReplaceAllString(s, ""), re.MatchString(s)
			}) || ok
		case "delete":
			if _, there := files[rest]; there {
				delete(files, rest)
				ok = true
			}
		case "file":
			file, text, _ := strings.Cut(rest, ": ")
			files[file] += text + "\n"
			ok = true
		default:
			mark := verb
			if !everywhere(func(s string) (string, bool) {
				i := strings.Index(s, mark+"\n")
				if i < 0 {
					return s, false
				}
				line := strings.LastIndexByte(s[:i], '\n') + 1
				return s[:line] + rest + "\n" + s[line:], true
			}) {
				return false
			}
			ok = true
		}
	}
	return ok
}

// lintFiles lints files as the command does.
func lintFiles(t *testing.T, files map[string]string) *checks.Diagnosis {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		text = markEnd.ReplaceAllString(markLine.ReplaceAllString(text, ""), "\n")
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return lintDir(t, dir)
}

func lintDir(t *testing.T, dir string) *checks.Diagnosis {
	t.Helper()
	s := &settings{root: dir}
	if name := filepath.Join(dir, configName); exists(name) {
		var err error
		if s, err = loadConfig(name); err != nil {
			t.Fatal(err)
		}
		s.root = filepath.ToSlash(dir)
		if err := s.loadBaseline(); err != nil {
			t.Fatal(err)
		}
	}
	when := evidence.Moment{Time: seededNow, Ref: evidence.Ref{Origin: evidence.FromClock}}
	paths, opt := s.reading([]string{dir}, when)
	res := gate.Read(context.Background(), paths, opt)
	return examine(res, checks.Regrade(rules.Gate(), s.severity), s.allow, when)
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func told(d *checks.Diagnosis) string {
	var b strings.Builder
	for _, f := range d.Findings {
		fmt.Fprintf(&b, "  %s %s: %s\n", f.Level(), f.Rule.ID, f.Message)
	}
	for _, p := range d.ProblemList() {
		fmt.Fprintf(&b, "  problem: %v\n", p)
	}
	return b.String()
}

// TestSeeded plants every fault in every registration that has a place for it:
// each must be found by its rule, and the registrations as they are must be
// silent.
func TestSeeded(t *testing.T) {
	bases, err := filepath.Glob("../../testdata/lint/seeded/*.txtar")
	if err != nil || len(bases) < 12 {
		t.Fatalf("%d registrations (%v)", len(bases), err)
	}
	common := loadFaults(t, "common")
	planted, found := 0, 0
	byRule, byForm := map[string]int{}, map[string]bool{}
	for _, base := range bases {
		name := strings.TrimSuffix(filepath.Base(base), ".txtar")
		form, _, _ := strings.Cut(name, "-")
		byForm[form] = true
		a, err := txtar.ParseFile(base)
		if err != nil {
			t.Fatal(err)
		}
		read := func() map[string]string {
			files := map[string]string{}
			for _, f := range a.Files {
				files[f.Name] = string(f.Data)
			}
			return files
		}
		if d := lintFiles(t, read()); len(d.Findings) > 0 || d.Problem > 0 || d.Unresolved.Calls+d.Unresolved.Permissions > 0 {
			t.Errorf("%s is right, but lint says (unresolved %+v):\n%s", name, d.Unresolved, told(d))
		}
		kind := "user"
		if strings.Contains(read()[configName], "flow: daemon") {
			kind = "daemon"
		}
		for _, f := range slices.Concat(loadFaults(t, form), common) {
			files := read()
			if f.when != "any" && f.when != kind || !plant(files, f) {
				continue
			}
			planted++
			byRule[f.rule]++
			d := lintFiles(t, files)
			if slices.ContainsFunc(d.Findings, func(x checks.Finding) bool { return x.Rule.ID == f.rule }) {
				found++
				continue
			}
			t.Errorf("%s with %s %s: not found; lint says:\n%s", name, f.rule, f.label, told(d))
		}
	}
	for _, r := range rules.Gate() {
		if r.Layer == checks.App && byRule[r.ID] == 0 {
			t.Errorf("no fault is planted for %s", r.ID)
		}
	}
	t.Logf("%d registrations in %d forms, silent; %d faults of %d rules planted, %d found", len(bases), len(byForm), planted, len(byRule), found)
}

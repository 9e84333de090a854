package catalog

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestFacts holds the form of every facts table: a head with names and a source,
// the number of rows that it tells, cells as named, and the order that the
// binary search relies on.
func TestFacts(t *testing.T) {
	files, err := filepath.Glob("facts/*.tsv")
	if err != nil || len(files) < 15 {
		t.Fatalf("%d tables, %v", len(files), err)
	}
	inOrder := map[string]bool{"facts/aliases.tsv": true, "facts/clouds.tsv": true} // of the tables' own making
	for _, f := range files {
		all := readAll(t, f)
		names := strings.Split(strings.TrimPrefix(all[0], "# "), "\t")
		rows, told, source := 0, -1, false
		last := ""
		for _, l := range all {
			if l[0] == '#' {
				_, _ = fmt.Sscanf(l, "# rows: %d", &told)
				source = source || strings.Contains(l, "source")
				continue
			}
			rows++
			cells := strings.Split(l, "\t")
			if len(cells) != len(names) {
				t.Errorf("%s: %d cells, %d names: %.80s", f, len(cells), len(names), l)
			}
			for _, c := range cells {
				if c == "" || strings.TrimSpace(c) != c {
					t.Errorf("%s: an empty or padded cell, want -: %.80s", f, l)
				}
			}
			if !inOrder[f] && compareFold(last, cells[0]) > 0 {
				t.Errorf("%s: %q stands behind %q", f, cells[0], last)
			}
			last = cells[0]
		}
		if told >= 0 && told != rows {
			t.Errorf("%s: told %d rows, has %d", f, told, rows)
		}
		if !source && f != "facts/cmdlet-roots.tsv" { // which is ours
			t.Errorf("%s names no source", f)
		}
	}
}

func readAll(t *testing.T, name string) []string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text, ok := strings.CutSuffix(string(b), "\n")
	if !ok || strings.Contains(text, "\n\n") || strings.Contains(text, "\r") {
		t.Errorf("%s: wants one line break behind each line", name)
	}
	return strings.Split(text, "\n")
}

// TestFactsMeet: what one table names, the others know.
func TestFactsMeet(t *testing.T) {
	for _, l := range readText(t, "facts/properties.tsv") {
		c := strings.Split(l, "\t")
		for m := range strings.SplitSeq(c[1], ",") {
			if f := Find(m, c[0]); f.How == None || f.How == Parent || f.MethodMissing {
				t.Errorf("properties.tsv: %s %s is not in the map", m, c[0])
			}
		}
		for k := range strings.SplitSeq(c[5], ",") {
			kind := Kind(slices.Index(kindNames[:], k))
			known := 0
			for p := range strings.FieldsSeq(c[4]) {
				if _, ok := Permission(p, kind); ok {
					known++
				}
			}
			if known == 0 {
				t.Errorf("properties.tsv: none of %s is a permission of %s", c[4], k)
			}
		}
	}
	for _, l := range readText(t, "facts/role-requirements.tsv") {
		c := strings.Split(l, "\t")
		for r := range strings.SplitSeq(c[8], ";") {
			name, _, _ := strings.Cut(r, " (")
			if _, ok := RoleByName(name); !ok && r != "-" && !strings.Contains(r, "user") && !strings.Contains(r, "role") && !strings.Contains(r, "owner") {
				t.Errorf("role-requirements.tsv: %q is no role", r)
			}
		}
	}
	for _, l := range readText(t, "facts/beta-only.tsv") {
		path, _, _ := strings.Cut(l, "\t")
		if got, source, ok := BetaOnly(path + "/x"); !ok || got != path || source == "" {
			t.Errorf("BetaOnly(%s/x) = %q, %q, %t", path, got, source, ok)
		}
	}
	if _, _, ok := BetaOnly("/me/profiles"); ok {
		t.Error("a segment that begins alike is taken for beta")
	}
}

// TestAliases: every line of aliases.tsv is well formed and leads somewhere for
// some request.
func TestAliases(t *testing.T) {
	used := map[string]bool{}
	plain := plainOnce()
	for _, l := range readText(t, "facts/aliases.tsv") {
		c := strings.Split(l, "\t")
		if !strings.HasPrefix(c[0], "/") || !strings.HasPrefix(c[1], "/") || c[0] != strings.ToLower(c[0]) || c[1] != strings.ToLower(c[1]) {
			t.Errorf("%q is not folded, or no path", l)
		}
		for bit := byte(1); bit < 1<<5; bit <<= 1 {
			if methodAs(c[2], bit) != 0 {
				used[l] = true
			}
		}
		if !used[l] {
			t.Errorf("%q holds for no method", l)
		}
		if strings.Contains(c[1], "*") || strings.Contains(c[1], "{path}") {
			continue
		}
		known := slices.ContainsFunc(plain.rows, func(r plainRow) bool { return plainNormal(r.path) == c[1] })
		if !known {
			t.Errorf("%q leads to nothing in the map", l)
		}
	}
}

// TestErrataTold: what errata.txt changes is told with its reason and source.
func TestErrataTold(t *testing.T) {
	for _, l := range readText(t, "errata.txt") {
		c := strings.Split(l, "\t")
		if c[0] != "add" && c[0] != "strike" {
			continue
		}
		for m := range strings.SplitSeq(c[1], ",") {
			f := Find(m, c[2])
			if said := f.Mended(); !f.Errata || !strings.Contains(said, c[5]) && !strings.Contains(said, "(") {
				t.Errorf("%s %s: errata %t, told %q", m, c[2], f.Errata, said)
			}
		}
	}
	if m := Find("GET", "/me/messages"); m.Mended() != "" {
		t.Errorf("an untouched row is told as mended: %s", m.Mended())
	}
}

package rules

import (
	"slices"
	"strings"
	"testing"

	"github.com/graphdoctor/graphdoctor/checks"
)

// TestRules holds what every rule owes: a page, a case that it wins and one on
// which it is silent, and its place in the order of causes.
func TestRules(t *testing.T) {
	wins, silent := map[string]bool{}, map[string]bool{}
	for _, s := range loadSamples(t, "") {
		ids := every(diagnose(t, s.Input).Findings)
		if len(ids) > 0 {
			wins[ids[0]] = true
		}
		for _, r := range All() {
			if !slices.Contains(ids, r.ID) {
				silent[r.ID] = true
			}
		}
	}
	seen := map[string]bool{}
	for _, r := range All() {
		if seen[r.ID] {
			t.Errorf("%s is declared twice", r.ID)
		}
		seen[r.ID] = true
		if r.Title == "" || strings.HasSuffix(r.Title, ".") {
			t.Errorf("%s: the title %q must be one line without a full stop", r.ID, r.Title)
		}
		if r.Check == nil || r.Severity == 0 {
			t.Errorf("%s has no check or no severity", r.ID)
		}
		page(t, r.ID)
		if r.Layer == checks.App {
			continue // the gate's own tests plant these faults
		}
		if !wins[r.ID] {
			t.Errorf("%s wins no case: put an input that it explains into testdata/cases/own", r.ID)
		}
		if !silent[r.ID] {
			t.Errorf("%s is never silent", r.ID)
		}
	}
}

// page demands the manual page with its four headings, in their order.
func page(t *testing.T, id string) {
	doc := Doc(id)
	if doc == "" {
		t.Errorf("%s has no page: write rules/doc/%s.md", id, id)
		return
	}
	at := 0
	for _, h := range []string{"# " + id, "## What it means", "## How graphdoctor knows", "## How to mend it", "## Links"} {
		i := strings.Index(doc[at:], h+"\n")
		if i < 0 {
			t.Errorf("rules/doc/%s.md lacks the heading %q, or has it in the wrong place", id, h)
			return
		}
		at += i
	}
}

// maxDepth bounds how far consequences hang beneath consequences.
const maxDepth = 3

// TestExplains: the relation names rules that exist and has no cycle.
func TestExplains(t *testing.T) {
	byID := map[string]checks.Rule{}
	for _, r := range All() {
		byID[r.ID] = r
	}
	var depth func(id string, path []string) int
	depth = func(id string, path []string) int {
		if slices.Contains(path, id) {
			t.Fatalf("%s explains itself: %s", id, strings.Join(append(path, id), " > "))
		}
		deepest := 0
		for _, next := range byID[id].Explains {
			if _, ok := byID[next]; !ok {
				t.Errorf("%s explains %q, which is no rule", id, next)
				continue
			}
			deepest = max(deepest, 1+depth(next, append(slices.Clone(path), id)))
		}
		return deepest
	}
	for id := range byID {
		if d := depth(id, nil); d > maxDepth {
			t.Errorf("consequences hang %d deep beneath %s, at most %d can be followed", d, id, maxDepth)
		}
	}
}

package rules

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	headings = regexp.MustCompile(`(?m)^## `)
	listItem = regexp.MustCompile(`(?m)^- \*\*(Says|Fits)`)
	number   = regexp.MustCompile(`\b(?:AADSTS)?(\d{5,7})\b`)
	address  = regexp.MustCompile(`^- https://(learn\.microsoft\.com|registry\.terraform\.io)/[A-Za-z0-9/_.#-]+$`)
)

// TestPages holds what the manual pages claim against the tables: a sign-in
// code that a page lists as speaking for its rule must be one that the rule is
// found by. A page is short, and points to official pages only.
func TestPages(t *testing.T) {
	err := fs.WalkDir(docs, "doc", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := docs.ReadFile(path)
		if err != nil {
			return err
		}
		checkPage(t, path, strings.TrimSuffix(d.Name(), ".md"), string(b))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func checkPage(t *testing.T, path, id, text string) {
	parts := headings.Split(text, -1)
	if len(parts) != 5 {
		t.Errorf("%s has %d headings of the second level, want four", path, len(parts)-1)
		return
	}
	if n := strings.Count(text, "\n"); n > 65 {
		t.Errorf("%s has %d lines: a page is read in a hurry, at most 65", path, n)
	}
	for _, item := range listItem.Split(parts[2], -1)[1:] {
		item, _, _ = strings.Cut(item, "\n\n")
		item, _, _ = strings.Cut(item, "\n- ")
		for _, m := range number.FindAllStringSubmatch(item, -1) {
			p, ok := explainSignIn(m[1])
			if !ok || !slices.Contains(p.Rules, id) {
				t.Errorf("%s lists %s, which the tables give to %v", path, m[1], p.Rules)
			}
		}
	}
	links := strings.TrimSpace(strings.TrimPrefix(parts[4], "Links"))
	if links == "" {
		t.Errorf("%s has no links", path)
	}
	for line := range strings.Lines(links) {
		if line = strings.TrimSpace(line); !address.MatchString(line) {
			t.Errorf("%s: %q is no link to an official page", path, line)
		}
	}
}

package rules

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// TestKnownIDs: an id that code or a table names must not be taken for a mere
// name, or records would be called alike that are not.
func TestKnownIDs(t *testing.T) {
	n := 0
	for _, pattern := range []string{"*.go", "*.tsv", "catalog/*.go", "catalog/facts/*.tsv", "../checks/evidence/*.go", "../checks/evidence/*.tsv"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no files (%v)", pattern, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for id := range catalog.FindIDs(string(text)) {
				n++
				if !KnownID([]byte(id)) || !KnownID([]byte(strings.ToUpper(id))) {
					t.Errorf("%s: %s is compared by value, but KnownID does not know it; add it to ownIDs or its table to catalog.IDs", file, id)
				}
			}
		}
	}
	if n < 100 {
		t.Errorf("only %d ids were found: does the search work?", n)
	}
	for _, id := range []string{"6f0a1c1e-aaaa-4bbb-8ccc-123456789fff", "59b604fc-5154-487b-9740-ab663912a2df"} {
		if KnownID([]byte(id)) {
			t.Errorf("%s is nobody's, but KnownID knows it", id)
		}
	}
}

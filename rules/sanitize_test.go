package rules

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

func sanitized(t testing.TB, input string) string {
	t.Helper()
	var out bytes.Buffer
	opt := evidence.SanitizeOptions{Key: []byte("the key of the tests"), Known: catalog.Public}
	if _, err := evidence.Sanitize(strings.NewReader(input), &out, opt); err != nil && !errors.Is(err, evidence.ErrEmpty) {
		t.Fatal(err)
	}
	return out.String()
}

// outline is what a diagnosis says, without the values it quotes.
func outline(fs []checks.Finding, indent string) (lines []string) {
	for _, f := range fs {
		lines = append(lines, fmt.Sprintf("%s%s %s x%d", indent, f.Rule.ID, f.Strength, f.Count))
		lines = append(lines, outline(f.Explained, indent+"  ")...)
	}
	return lines
}

// TestSanitizedDiagnosis: the sanitised copy of every case has the diagnosis of
// the original: the same rules in the same order with the same strength and
// the same consequences; and a copy of the copy is equal to it.
func TestSanitizedDiagnosis(t *testing.T) {
	samples, wrong := loadSamples(t, ""), 0
	for _, s := range samples {
		once := sanitized(t, s.Input)
		want, got := outline(diagnose(t, s.Input).Findings, ""), outline(diagnose(t, once).Findings, "")
		if d := cmp.Diff(want, got); d != "" {
			wrong++
			t.Errorf("%s: the copy is diagnosed otherwise (-original +copy):\n%s", s.Path, d)
		}
		if d := cmp.Diff(strings.Split(once, "\n"), strings.Split(sanitized(t, once), "\n")); d != "" {
			t.Errorf("%s: a copy of the copy differs from it (-once +twice):\n%s", s.Path, d)
		}
	}
	t.Logf("%d of %d cases keep their diagnosis", len(samples)-wrong, len(samples))
}

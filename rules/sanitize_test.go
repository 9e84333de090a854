package rules

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/url"
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

// TestSanitizedCarriers: the diagnosis is kept in whatever carries the case,
// also where tokens are broken over lines with a prefix.
func TestSanitizedCarriers(t *testing.T) {
	wrap := func(prefix string) func(string) string {
		return func(s string) string {
			var out []string
			for l := range strings.SplitSeq(s, "\n") {
				r := []rune(l)
				for len(r) > 100 {
					out, r = append(out, prefix+string(r[:100])), r[100:]
				}
				out = append(out, prefix+string(r))
			}
			return strings.Join(out, "\n")
		}
	}
	quoted := func(s string) string {
		b, _ := json.Marshal(map[string]string{"message": s})
		return string(b)
	}
	for name, carry := range map[string]func(string) string{
		"line ends of Windows": func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }, "console": wrap(""), "box": wrap("  | "), "stamps": wrap("2026-11-21T08:00:00.123Z  "),
		"JSON": quoted, "JSON in JSON": func(s string) string { return quoted(quoted(s)) }, "form": func(s string) string { return "GET /x?error=a&error_description=" + url.QueryEscape(s) },
		"page": func(s string) string { return "<html><body>" + html.EscapeString(s) + "</body></html>" },
	} {
		t.Run(name, func(t *testing.T) {
			for i, s := range loadSamples(t, "") {
				if i%5 != len(name)%5 { // a fifth of the cases each
					continue
				}
				if strings.Contains(s.Input, `claims="eyJ`) && (name == "box" || name == "console" || name == "stamps") {
					continue // broken over lines, a challenge cannot be told from a secret, and is hidden
				}
				in := carry(s.Input)
				once := sanitized(t, in)
				if d := cmp.Diff(outline(diagnose(t, in).Findings, ""), outline(diagnose(t, once).Findings, "")); d != "" {
					t.Errorf("%s: the copy is diagnosed otherwise (-original +copy):\n%s", s.Path, d)
				}
				if sanitized(t, once) != once {
					t.Errorf("%s: a copy of the copy differs", s.Path)
				}
			}
		})
	}
}

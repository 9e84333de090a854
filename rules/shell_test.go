package rules

import (
	"regexp"
	"strings"
	"testing"

	"github.com/graphdoctor/graphdoctor/checks"
)

// TestShell: a command that people copy does nothing that the evidence wrote
// into it. Every address, id and user agent of the samples is replaced by one
// that a shell would run.
func TestShell(t *testing.T) {
	const hostile = "x$(id)`id`;id"
	inputs := map[string]*regexp.Regexp{
		"mail addresses": regexp.MustCompile(`[A-Za-z0-9._-]+(@(?:contoso|fabrikam)\.)`),
		"names in paths": regexp.MustCompile(`(?:users|groups|teams)/[^/?\s"'\\{}()<>]+(/)`),
		"redirect URIs":  regexp.MustCompile(`https?://(?:localhost|app\.contoso\.com)[^\s"'\\<>&]*()`),
	}
	n := 0
	for _, s := range loadSamples(t, "") {
		for what, re := range inputs {
			input := re.ReplaceAllStringFunc(s.Input, func(m string) string {
				tail := re.FindStringSubmatch(m)[1]
				if i := strings.Index(m, "://"); i > 0 {
					return m + "/" + hostile
				}
				if i := strings.IndexByte(m, '/'); i > 0 {
					return m[:i+1] + hostile + tail
				}
				return hostile + tail
			})
			if input == s.Input {
				continue
			}
			for _, f := range diagnose(t, input).Findings {
				for _, c := range commandsOf(f) {
					n++
					if runs(c) {
						t.Errorf("%s, %s: %s would run what the evidence says:\n%s", s.Path, what, f.Rule.ID, c)
					}
				}
			}
		}
	}
	t.Logf("%d commands", n)
	if n < 500 {
		t.Error("too few commands")
	}
}

// runs tells whether the hostile value stands outside single quotes.
func runs(command string) bool {
	quoted := false
	for i := 0; i < len(command); i++ {
		if command[i] == '\'' {
			quoted = !quoted
		}
		if !quoted && (strings.HasPrefix(command[i:], "$(id)") || strings.HasPrefix(command[i:], "`id`") || strings.HasPrefix(command[i:], ";id")) {
			return true
		}
	}
	return false
}

func commandsOf(f checks.Finding) []string {
	out := []string{f.Probe}
	for _, x := range f.Fixes {
		out = append(out, x.Command)
	}
	return out
}

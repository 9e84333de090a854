package report

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/graphdoctor/graphdoctor/checks"
)

var (
	pagePolicy = regexp.MustCompile(`<meta http-equiv="Content-Security-Policy" content="([^"]*)">`)
	styleOf    = regexp.MustCompile(`(?s)<style>(.*?)</style>`)
	scriptOf   = regexp.MustCompile(`(?s)<script>(.*?)</script>`)
	pageLoads  = regexp.MustCompile(`(?i)<(link|iframe|img|object|embed|base|audio|video)\b|\s(src|srcset|background|poster)=|@import|url\(|\bfetch\(|XMLHttpRequest|WebSocket|\son[a-z]+=`)
)

// A page needs nothing beside it, and its own policy lets run what it holds,
// byte for byte, and nothing else.
func TestPageStandsAlone(t *testing.T) {
	for name, d := range fixtures(t) {
		page := string(written(t, "html", d, fixtureOptions(name)))
		m := pagePolicy.FindStringSubmatch(page)
		if m == nil {
			t.Fatalf("%s: no content security policy", name)
		}
		policy := strings.NewReplacer("&#39;", "'", "&#43;", "+", "&amp;", "&").Replace(m[1])
		styles, scripts := styleOf.FindAllStringSubmatch(page, -1), scriptOf.FindAllStringSubmatch(page, -1)
		if len(styles) != 1 || len(scripts) != 1 {
			t.Fatalf("%s: %d styles, %d scripts", name, len(styles), len(scripts))
		}
		want := []string{"default-src 'none'", "style-src '" + digest(styles[0][1]) + "'", "script-src '" + digest(scripts[0][1]) + "'", "base-uri 'none'", "form-action 'none'"}
		if got := strings.Split(policy, "; "); !slices.Equal(got, want) {
			t.Errorf("%s: the policy is %q, want %q", name, got, want)
		}
		if found := pageLoads.FindString(page); found != "" {
			t.Errorf("%s: the page asks for something: %s", name, found)
		}
	}
}

// A page can be read aloud: every field has a label, every section a heading
// that exists, and every link within the page leads somewhere.
func TestPageHangsTogether(t *testing.T) {
	for name, d := range fixtures(t) {
		page := string(written(t, "html", d, fixtureOptions(name)))
		ids := map[string]int{}
		for _, m := range regexp.MustCompile(`\sid="([^"]*)"`).FindAllStringSubmatch(page, -1) {
			ids[m[1]]++
		}
		for id, n := range ids {
			if n > 1 {
				t.Errorf("%s: %d elements with the id %s", name, n, id)
			}
		}
		for _, m := range regexp.MustCompile(`(?:href="#|aria-labelledby="|data-for=")([^"]*)"`).FindAllStringSubmatch(page, -1) {
			if ids[m[1]] == 0 {
				t.Errorf("%s: nothing has the id %s", name, m[1])
			}
		}
		if n := strings.Count(page, "<h1>"); n != 1 {
			t.Errorf("%s: %d headings of the first order", name, n)
		}
	}
}

// Only addresses of the web become links.
func TestPageLinks(t *testing.T) {
	for url, link := range map[string]bool{
		"https://learn.microsoft.com/graph": true, "http://localhost/x?a=b&c=d": true,
		"javascript:alert(1)": false, " https://x": false, "https://": false, "https://x y": false, "HTTPS://x": false, "data:text/html,x": false, "//x": false, "https://x\"": false, "https://é": false,
	} {
		f := found("unknown", "m", checks.Shown)
		f.Fixes = []checks.Fix{{Title: "t", URL: url}}
		d := &checks.Diagnosis{Findings: []checks.Finding{f}}
		if got := strings.Contains(string(written(t, "html", d, testOptions)), `rel="noreferrer"`); got != link {
			t.Errorf("%q is a link in the page: %v", url, got)
		}
		if got := strings.Contains(string(written(t, "markdown", d, testOptions)), "<http"); got != link {
			t.Errorf("%q is a link in Markdown: %v", url, got)
		}
	}
}

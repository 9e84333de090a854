package catalog

import _ "embed"

//go:embed facts/beta-only.tsv
var betaOnly string

// BetaOnly tells whether the reference documents a template for beta alone, by
// facts/beta-only.tsv: the path that the row is about, and the page. The table
// is not complete: a template that it lacks may be of beta too.
func BetaOnly(template string) (path, source string, ok bool) {
	for r := range rows(betaOnly) {
		p := r.first()
		if len(template) >= len(p) && compareFold(template[:len(p)], p) == 0 && (len(template) == len(p) || template[len(p)] == '/') {
			return p, r.cell(1), true
		}
	}
	return "", "", false
}

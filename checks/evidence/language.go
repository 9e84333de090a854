package evidence

import (
	_ "embed"
	"slices"
	"strings"
)

// This file tells in which language or shell the program is written that
// failed, by how it prints its errors.

//go:embed languages.tsv
var languageTable string

// mostSpoken bounds, in bytes, what is searched for the language.
const mostSpoken = 64 << 10

// languageOf is the language whose mark stands in a text, or "". Rows above
// count before those below, so that a shell goes before the libraries that it
// runs.
func languageOf(text string) string {
	text = text[:min(len(text), mostSpoken)]
	for row := range strings.Lines(languageTable) {
		mark, name, ok := strings.Cut(strings.TrimSuffix(row, "\n"), "\t")
		if ok && row[0] != '#' && strings.Contains(text, mark) {
			return name
		}
	}
	return ""
}

// spoken tells the language of the text in its cases that are answered in one:
// those with a claims challenge. Others are not searched for it.
func spoken(cases []*Case, text string) []*Case {
	for _, c := range cases {
		if slices.ContainsFunc(c.Said, func(s Statement) bool { return s.Claims != "" }) {
			c.Language = languageOf(text)
		}
	}
	return cases
}

package evidence

import (
	_ "embed"
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

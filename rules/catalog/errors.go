package catalog

import (
	_ "embed"
	"slices"
	"strings"
)

//go:embed facts/graph-errors.tsv
var graphErrors string

//go:embed facts/defender-errors.tsv
var defenderErrors string

//go:embed facts/code-needs.tsv
var codeNeeds string

// GraphError is what is known of an error code of Graph or a service behind it.
type GraphError struct {
	Code    string
	Where   string   // top (error.code), inner, message (a stable part of it), oauth, www-authenticate, status
	HTTP    []string // statuses seen or natural for it
	Service string
	Slugs   []string // causes, the most frequent first; token and call decide between them
	Note    string
	Basis   string // where it was seen, by letter; the table's head explains them
}

// GraphErrors returns the rows of an error code: those of the exact case first,
// since accessDenied and AccessDenied are different services, then the others.
// The source is facts/graph-errors.tsv.
func GraphErrors(code string) []GraphError {
	var out []GraphError
	for r := range each(graphErrors, code) {
		out = append(out, GraphError{Code: r.cell(0), Where: r.cell(1), HTTP: r.fields(2), Service: r.cell(3), Slugs: r.fields(4), Note: r.cell(5), Basis: r.cell(6)})
	}
	slices.SortStableFunc(out, func(a, b GraphError) int {
		switch exact := a.Code == code; {
		case exact == (b.Code == code):
			return 0
		case exact:
			return -1
		}
		return 1
	})
	return out
}

// Phrase is a stable part of an error message.
type Phrase struct {
	Folded string   // letters and digits only, lower case: search for it in text folded alike
	Text   string   // as the service writes it
	Slugs  []string // as in GraphError
	HTTP   []string
	Note   string
}

// Phrases returns the message rows of facts/graph-errors.tsv, in its order.
func Phrases() []Phrase {
	var out []Phrase
	for r := range rows(graphErrors) {
		if r.cell(1) == "message" {
			out = append(out, Phrase{Folded: FoldText(r.cell(0)), Text: r.cell(0), Slugs: r.fields(4), HTTP: r.fields(2), Note: r.cell(5)})
		}
	}
	return out
}

// FoldText keeps letters and digits only, in lower case; what is not ASCII is
// kept as it is.
func FoldText(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'A' && c <= 'Z':
			return c + 'a' - 'A'
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c > 127:
			return c
		}
		return -1
	}, s)
}

// DefenderError is an error code of the Defender APIs, whose error object has
// a target beside code and message.
type DefenderError struct {
	Code  string
	HTTP  string
	Slugs []string
}

// Defender returns an error of the Defender APIs by its code, whatever its
// case. The source is facts/defender-errors.tsv.
func Defender(code string) (DefenderError, bool) {
	r, ok := find(defenderErrors, code)
	if !ok {
		return DefenderError{}, false
	}
	return DefenderError{Code: r.cell(0), HTTP: r.cell(1), Slugs: r.fields(2)}, true
}

// CodeNeeds returns the permissions that an error code stands for by itself,
// without naming them in a list that could be read; any one suffices. A row of
// facts/code-needs.tsv may ask for a phrase in the message too.
func CodeNeeds(code, message string) ([]string, bool) {
	folded := ""
	for r := range each(codeNeeds, code) {
		phrase := r.cell(1)
		if phrase != "" {
			if folded == "" {
				folded = FoldText(message)
			}
			if !strings.Contains(folded, FoldText(phrase)) {
				continue
			}
		}
		return r.fields(2), true
	}
	return nil, false
}

// Package report renders a diagnosis: for people (text, markdown, html) and for
// machines (json, jsonl, sarif, junit, github, gitlab).
//
// Three laws hold in this package. A renderer formats: it judges nothing, and
// what it leaves out for room it counts and says. Whatever comes from a finding
// is data: it is made safe to show once, before any renderer sees it, and each
// renderer escapes the syntax of its own target. A failed write is an error.
package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/graphdoctor/graphdoctor/checks"
)

// A Format is one way to write a diagnosis down.
type Format struct {
	Name, About string
	render      func(io.Writer, *checks.Diagnosis, Options) error
}

// Write writes a diagnosis in this format. The renderer sees the cleaned
// diagnosis alone.
func (f Format) Write(w io.Writer, d *checks.Diagnosis, o Options) error {
	return f.render(w, clean(d), o)
}

// Formats is every format there is, the one for people first. The table is a
// constant one, so that a program that never looks into it does without the
// renderers that it names.
var Formats = []Format{
	{"text", "for people at a terminal", text},
	{"json", "for scripts, the newest version", jsonV1},
	{"json-v1", "for scripts that pin version 1", jsonV1},
	{"jsonl", "one finding a line, for pipelines", jsonLines},
	{"markdown", "for tickets and chats", markdown},
	{"html", "one page that needs no network", htmlReport},
	{"sarif", "SARIF 2.1.0, for code scanning", sarif},
	{"junit", "JUnit XML, for test dashboards", junit},
	{"github", "annotations of a GitHub Actions run", github},
	{"gitlab", "GitLab code quality", gitlab},
}

// Options steer the renderers. The zero value is usable.
type Options struct {
	Color   bool // text: colours and weights
	Width   int  // text: columns; 0 leaves lines as long as they are
	Verbose bool // text, markdown: leave nothing out
	// Gate says that the findings are an app's faults side by side, as lint
	// finds them, and not rival causes of one failure.
	Gate bool

	Version string
	Catalog Catalog
	// Rules is the table of rules that were asked; code scanners list them all.
	Rules []checks.Rule
	// Doc gives a rule's page in Markdown where Rule.Doc is empty; may be nil.
	Doc func(id string) string
	// Base is the folder that file names are made relative to in the formats
	// that code hosts read; "" leaves them as they are.
	Base string
	// FailOn is the severity from which a finding fails a JUnit test. Zero is
	// Error; anything above Error fails none.
	FailOn checks.Severity
	// Now is when the report is written; the zero time leaves it out.
	Now time.Time
}

// Catalog names the edition of the permission catalog that was used.
type Catalog struct{ Source, Date string }

// Lookup finds a format by name.
func Lookup(name string) (Format, error) {
	names := make([]string, len(Formats))
	for i, f := range Formats {
		if f.Name == name {
			return f, nil
		}
		names[i] = f.Name
	}
	meant := ""
	if near := nearest(name, names); near != "" {
		meant = fmt.Sprintf(" (did you mean %q?)", near)
	}
	return Format{}, fmt.Errorf("unknown format %q%s: one of %s", name, meant, strings.Join(names, ", "))
}

// nearest returns the name that was most likely meant, or "".
func nearest(word string, names []string) string {
	word = strings.ToLower(word)
	best, distance := "", len(word)/3+2
	for _, n := range names {
		if len(word) > 1 && strings.HasPrefix(n, word) {
			return n
		}
		if d := edits(word, n); d < distance {
			best, distance = n, d
		}
	}
	return best
}

// edits is the Levenshtein distance of two short words.
func edits(a, b string) int {
	const longest = 32 // a format's name is shorter; what is longer is none
	if len(a) > longest {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// page is a rule's manual page in Markdown.
func (o Options) page(r *checks.Rule) string {
	if r.Doc != "" || o.Doc == nil {
		return r.Doc
	}
	return o.Doc(r.ID)
}

// fails tells whether a finding of this severity fails the run.
func (o Options) fails(s checks.Severity) bool {
	if o.FailOn == 0 {
		return s >= checks.Error
	}
	return s >= o.FailOn
}

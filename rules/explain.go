package rules

import (
	_ "embed"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file answers `explain`: a page about a rule, a code or a permission,
// from the tables alone.

// A Page is what is known of one name. Facts are name and value, in order;
// Body is Markdown.
type Page struct {
	Name  string   `json:"name"`
	Kind  string   `json:"kind"` // "rule", "sign-in code", "error code", "permission", "list"
	Facts []Fact   `json:"facts,omitempty"`
	Body  string   `json:"body,omitempty"`
	Rules []string `json:"rules,omitempty"` // the rules that judge it
}

// A Fact is one line of a page.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Markdown writes the page for a terminal or a ticket.
func (p Page) Markdown() string {
	if p.Kind == "rule" || p.Kind == "list" {
		return p.Body
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n", p.Name)
	for _, f := range p.Facts {
		fmt.Fprintf(&b, "- %s: %s\n", f.Name, f.Value)
	}
	if p.Body != "" {
		b.WriteString("\n" + p.Body)
	}
	return b.String()
}

func (p *Page) add(name, value string) {
	if value != "" {
		p.Facts = append(p.Facts, Fact{name, value})
	}
}

// A Listed rule is one line of `rules`.
type Listed struct {
	ID       string   `json:"id"`
	Layer    string   `json:"layer"`
	Severity string   `json:"severity"`
	Title    string   `json:"title"`
	Explains []string `json:"explains,omitempty"`
}

// List names every rule, the gate's too, by layer and then by name.
func List() []Listed {
	var out []Listed
	all := slices.Clone(Every())
	slices.SortFunc(all, func(a, b checks.Rule) int {
		if a.Layer != b.Layer {
			return int(a.Layer) - int(b.Layer)
		}
		return strings.Compare(a.ID, b.ID)
	})
	for _, r := range all {
		out = append(out, Listed{r.ID, r.Layer.String(), r.Severity.String(), r.Title, r.Explains})
	}
	return out
}

// Manual is the list of all rules as a page: docs/rules.md.
func Manual() Page {
	var b strings.Builder
	b.WriteString("# Rules\n\nEvery cause that graphdoctor knows. `graphdoctor explain ID` prints a rule's page offline.\n")
	layer := ""
	for _, r := range List() {
		if r.Layer != layer {
			layer = r.Layer
			fmt.Fprintf(&b, "\n## %s\n\n| rule | severity | what it says |\n| --- | --- | --- |\n", layerTitle(layer))
		}
		fmt.Fprintf(&b, "| [%s](../rules/doc/%s.md) | %s | %s |\n", r.ID, r.ID, r.Severity, r.Title)
	}
	return Page{Name: "rules", Kind: "list", Body: b.String()}
}

func layerTitle(layer string) string {
	switch layer {
	case "acquire":
		return "Before there is a token"
	case "token":
		return "The token itself"
	case "call":
		return "The answer of the API"
	}
	return "The app registration"
}

// Explain finds the page of a rule's ID, an AADSTS code (with or without the
// prefix), an OAuth or Graph error code, or a permission's name or id.
func Explain(word string) (Page, error) {
	word = strings.Trim(strings.TrimSpace(word), "\"'`,:;")
	if p, ok := explainRule(word); ok {
		return p, nil
	}
	if p, ok := explainSignIn(word); ok {
		return p, nil
	}
	if p, ok := explainPermission(word); ok {
		return p, nil
	}
	if p, ok := explainError(word); ok {
		return p, nil
	}
	if n := len(word); n == 0 {
		return Page{}, fmt.Errorf("explain needs a rule, a code or a permission")
	}
	meant := ""
	if near := near(word); near != "" {
		meant = fmt.Sprintf(" (did you mean %s?)", near)
	}
	return Page{}, fmt.Errorf("%q is no rule, no sign-in code, no permission and no error code that the tables know%s", evidence.Printable(word), meant)
}

func near(word string) string {
	for _, r := range Every() {
		if len(word) > 3 && strings.Contains(r.ID, strings.ToLower(word)) {
			return r.ID
		}
	}
	return strings.Join(catalog.Suggest(word), ", ")
}

func explainRule(word string) (Page, bool) {
	id := strings.ToLower(word)
	for _, r := range Every() {
		if r.ID != id {
			continue
		}
		p := Page{Name: r.ID, Kind: "rule", Body: Doc(r.ID), Rules: []string{r.ID}}
		p.add("title", r.Title)
		p.add("layer", r.Layer.String())
		p.add("severity", r.Severity.String())
		p.add("explains", strings.Join(r.Explains, ", "))
		if p.Body == "" {
			p.Body = "# " + r.ID + "\n\n" + r.Title + ".\n"
		}
		return p, true
	}
	return Page{}, false
}

// moves tells whose move a cause is, as its first fix says it.
func moves(slug string) string {
	for _, r := range All() {
		if r.ID == slug {
			return fmt.Sprintf("%s: %s", slug, r.Title)
		}
	}
	return slug
}

//go:embed moves.tsv
var movesTable string

// whose tells who can mend a cause, "" where no row says it.
func whose(slug string) string {
	for f := range tableRows(movesTable) {
		if f[0] == slug && len(f) > 1 {
			return f[1]
		}
	}
	return ""
}

// tableRows yields the fields of each line of a table that is no comment.
func tableRows(table string) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		for line := range strings.Lines(table) {
			if line[0] != '#' && !yield(strings.Split(strings.TrimRight(line, "\n"), "\t")) {
				return
			}
		}
	}
}

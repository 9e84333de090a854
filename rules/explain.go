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

func explainSignIn(word string) (Page, bool) {
	c, ok := catalog.Code(word)
	if !ok {
		c.Code = strings.TrimPrefix(strings.ToUpper(word), "AADSTS")
	}
	byText := wordingOf(c.Code)
	if !ok && len(byText) == 0 {
		return Page{}, false
	}
	p := Page{Name: "AADSTS" + c.Code, Kind: "sign-in code"}
	name := "Microsoft gives this code a sentence only"
	if !ok {
		name = "in none of the lists that were read; met in public threads"
	}
	p.add("name", or(c.Name, name))
	switch {
	case len(byText) > 0:
		for _, w := range byText {
			p.Rules = append(p.Rules, w.slug)
			if w.phrase == "" || w.phrase == "-" {
				p.add("cause", moves(w.slug)+" ("+w.why+")")
				continue
			}
			p.add(fmt.Sprintf("cause, where the text has %q", w.phrase), moves(w.slug))
		}
		if last := byText[len(byText)-1]; last.phrase != "" && last.phrase != "-" && c.Slug != "" {
			p.add("cause otherwise", causeOf(c.Slug))
			p.Rules = append(p.Rules, c.Slug)
		}
	default:
		p.add("cause", causeOf(c.Slug))
		p.Rules = []string{c.Slug}
	}
	if who := whose(p.Rules[0]); who != "" {
		p.add("whose move", who)
	}
	p.add("OAuth error", oauthOf(c))
	switch c.Transient {
	case "yes":
		p.add("transient", "yes: the same request may succeed later")
	case "no":
		p.add("transient", "no: asking again changes nothing")
	case "poll":
		p.add("transient", "not an error as such: ask again while the user signs in elsewhere")
	}
	p.add("note", c.Note)
	p.add("rests on", basis(c))
	if p.Rules[0] != "unknown" {
		p.Body = "More: graphdoctor explain " + p.Rules[0] + "\n"
	}
	return p, true
}

func causeOf(slug string) string {
	if slug == "unknown" || slug == "" {
		return "none that the code alone decides: the message or the sign-in log entry of this request does"
	}
	return moves(slug)
}

func oauthOf(c catalog.AADSTS) string {
	if c.OAuth == "" {
		return ""
	}
	if c.OAuthBasis == "protocol" {
		return c.OAuth + " (inferred from the class of the code, not seen)"
	}
	return c.OAuth
}

func basis(c catalog.AADSTS) string {
	var parts []string
	for s := range strings.SplitSeq(c.Source, "+") {
		switch s {
		case "official":
			parts = append(parts, "Microsoft's reference of error codes")
		case "f-bader":
			parts = append(parts, "a public collection of codes (weaker: not Microsoft's own page)")
		case "thread":
			parts = append(parts, "public threads")
		default:
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, "; ")
}

func explainPermission(word string) (Page, bool) {
	kinds := catalog.PermissionKinds(word)
	if len(kinds) == 0 {
		kinds = catalog.PermissionByID(word)
	}
	if len(kinds) == 0 {
		return Page{}, false
	}
	p := Page{Name: kinds[0].Name, Kind: "permission"}
	for _, k := range kinds {
		var facts []string
		if k.ID != "" {
			facts = append(facts, "id "+k.ID)
		}
		if k.AdminConsent {
			facts = append(facts, "an administrator must consent")
		} else {
			facts = append(facts, "the user can consent, unless the tenant forbids it")
		}
		if k.Level > 0 {
			facts = append(facts, fmt.Sprintf("privilege level %d of 5", k.Level))
		}
		if k.RSC {
			facts = append(facts, "resource-specific: granted in one team, chat or meeting, not in the tenant")
		}
		if k.Hidden {
			facts = append(facts, "not offered in the portal")
		}
		if !k.Enabled {
			facts = append(facts, "disabled")
		}
		if !k.HasPaths {
			facts = append(facts, "no request of the map needs it")
		}
		p.add(k.Kind.String(), strings.Join(facts, "; "))
	}
	name, commit, date := catalog.Source()
	p.add("source", fmt.Sprintf("%s, commit %.12s of %s", name, commit, date))
	return p, true
}

func explainError(word string) (Page, bool) {
	rows := catalog.GraphErrors(word)
	o := oauthRow(word)
	d, isDefender := catalog.Defender(word)
	if len(rows) == 0 && o.slugs == "" && !isDefender {
		return Page{}, false
	}
	p := Page{Name: word, Kind: "error code"}
	if len(rows) > 0 {
		p.Name = rows[0].Code
	}
	for _, r := range rows {
		head := r.Service
		if len(r.HTTP) > 0 {
			head += " with " + strings.Join(r.HTTP, " or ")
		}
		p.add(strings.TrimSpace(head), strings.Join(r.Slugs, " or ")+noteOf(r.Note))
		p.Rules = append(p.Rules, r.Slugs...)
		if r.Basis == "F" {
			p.add("how sure", "field knowledge only: no source that was read names it")
		}
	}
	if o.slugs != "" {
		value := strings.ReplaceAll(o.slugs, " ", " or ")
		if o.slugs == "-" {
			value = "says nothing by itself; the AADSTS code or the description beside it decides"
		}
		p.add("OAuth error", value+noteOf(o.why))
		if o.slugs != "-" {
			p.Rules = append(p.Rules, strings.Fields(o.slugs)...)
		}
	}
	if isDefender {
		p.add("Microsoft Defender API with "+d.HTTP, strings.Join(d.Slugs, " or "))
		p.Rules = append(p.Rules, d.Slugs...)
	}
	slices.Sort(p.Rules)
	p.Rules = slices.Compact(p.Rules)
	return p, true
}

func noteOf(note string) string {
	if note == "" {
		return ""
	}
	return ": " + note
}

// WhyNot tells of rules that found nothing in a case what kept them silent.
func WhyNot(c *evidence.Case, found []checks.Finding, ids []string) []string {
	var out []string
	for _, id := range ids {
		i := slices.IndexFunc(All(), func(r checks.Rule) bool { return r.ID == id })
		at := c.Place.File
		if c.Place.Line > 0 {
			at = fmt.Sprintf("%s:%d", at, c.Place.Line)
		}
		switch {
		case i < 0:
			out = append(out, fmt.Sprintf("%s: there is no rule %q; `graphdoctor rules` lists them", at, id))
			continue
		case holds(found, id):
			out = append(out, fmt.Sprintf("%s: %s was found", at, id))
			continue
		}
		r := All()[i]
		if r.RuledOut != nil {
			if _, why := r.RuledOut(c); why != "" {
				out = append(out, fmt.Sprintf("%s: %s is ruled out: %s", at, id, why))
				continue
			}
		}
		out = append(out, fmt.Sprintf("%s: %s found nothing that speaks for it: %s", at, id, lacks(c)))
	}
	return out
}

func holds(fs []checks.Finding, id string) bool {
	return slices.ContainsFunc(fs, func(f checks.Finding) bool { return f.Rule.ID == id || holds(f.Explained, id) })
}

// lacks tells what was there to be looked at.
func lacks(c *evidence.Case) string {
	var had, not []string
	put := func(ok bool, name string) {
		if ok {
			had = append(had, name)
		} else {
			not = append(not, name)
		}
	}
	put(c.Token.Readable(), "a readable token")
	put(c.Call != nil && (c.Call.URL != "" || c.Call.Cmdlet != ""), "the request")
	put(c.Call != nil && c.Call.Status != 0, "a status")
	put(len(c.Said) > 0, "what the service said")
	line := "the case has " + or(strings.Join(had, ", "), "nothing")
	if len(not) > 0 {
		line += "; it lacks " + strings.Join(not, ", ")
	}
	return line
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

// A wording is a row of wording.tsv: what a code means where its text says it.
type wording struct{ phrase, slug, why string }

func wordingOf(number string) []wording {
	var out []wording
	for f := range tableRows(wordingTable) {
		if len(f) > 3 && f[0] == number {
			out = append(out, wording{f[1], f[2], f[3]})
		}
	}
	return out
}

// oauthRow is what oauth.tsv says of a word; the zero value where it has none.
func oauthRow(word string) (row struct{ slugs, why string }) {
	for f := range tableRows(oauthTable) {
		if len(f) > 2 && f[0] == strings.ToLower(word) {
			row.slugs, row.why = f[1], f[2]
		}
	}
	return row
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

package catalog

import (
	_ "embed"
	"slices"
	"strings"
)

//go:embed facts/properties.tsv
var properties string

// ExtraNeed is a permission that a property needs on top of what the request
// itself needs.
type ExtraNeed struct {
	Where       string   // select, expand, body
	Property    string   // as the documentation spells it
	Permissions []string // any one of them
	Instead     bool     // they suffice without what the request itself needs
	Kinds       []Kind   // the kinds it is known for
	Note        string
	Source      string
}

// Extra tells what the selected or expanded properties and the fields of the
// body need beside the request's own permissions, by facts/properties.tsv. sel
// holds names from $select, $expand, $filter and $orderby alike: a property
// that is filtered by must be readable too.
func Extra(m Match, sel, body []string) []ExtraNeed {
	if len(sel) == 0 && len(body) == 0 {
		return nil
	}
	var out []ExtraNeed
	for _, e := range Extras(m) {
		if e.Asked(sel, body) {
			out = append(out, e)
		}
	}
	return out
}

// Asked tells whether a request with these selected properties and body fields
// is one that the need is about.
func (e ExtraNeed) Asked(sel, body []string) bool {
	have := sel
	if e.Where == "body" {
		have = body
	}
	return slices.ContainsFunc(have, func(h string) bool { return propertyIs(h, e.Property) })
}

// Extras tells what each property of a request would need beside the request's
// own permissions, whether it is asked for or not.
func Extras(m Match) []ExtraNeed {
	if m.Template == "" {
		return nil
	}
	template := byKey(m.Template)
	if me := "/me"; m.Method == "GET" && (template == me || strings.HasPrefix(template, me+"/")) {
		template = "/users/{id}" + template[len(me):]
	}
	var out []ExtraNeed
	for r := range each(properties, template) {
		if !slices.Contains(strings.Split(r.cell(1), ","), m.Method) {
			continue
		}
		e := ExtraNeed{Where: r.cell(2), Property: r.cell(3), Permissions: r.fields(4), Instead: r.cell(6) == "instead", Note: r.cell(7), Source: r.cell(8)}
		for k := range strings.SplitSeq(r.cell(5), ",") {
			e.Kinds = append(e.Kinds, Kind(slices.Index(kindNames[:], k)))
		}
		out = append(out, e)
	}
	return out
}

// propertyIs compares a name with a property; paths into it count: both
// signInActivity/lastSignInDateTime and signInActivity($select=...).
func propertyIs(name, property string) bool {
	if len(name) < len(property) || compareFold(name[:len(property)], property) != 0 {
		return false
	}
	return len(name) == len(property) || strings.IndexByte("/(.@;", name[len(property)]) >= 0
}

// Met tells whether the held permissions cover the extra need for a kind. For
// a kind that the need is not known for, it is.
func (e ExtraNeed) Met(k Kind, held []string) bool {
	if !slices.Contains(e.Kinds, k) {
		return true
	}
	return slices.ContainsFunc(e.Permissions, func(p string) bool { return holds(held, p) })
}

package catalog

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

//go:embed facts/role-requirements.tsv
var requirements string

// Requirement is what an operation wants on top of permissions: directory
// roles of the signed-in user, or of the app's service principal.
type Requirement struct {
	Template       string // or what stands below it
	Operation      string // in words
	Where          string // select, body; empty if it holds for every such request
	Properties     []string
	Target         string   // the row holds for such a target or caller only; "(no role)" or a role for password resets
	AppOnlyNeeds   string   // what an app-only caller needs beside the permission; empty if the source is silent
	DelegatedRoles []string // any one of them suffices for the signed-in user
	Permissions    string   // a reminder; the map is the source
	Slugs          []string
	Note           string
	Source         string
}

// requirementRow is a row with what is asked of every request cut out.
type requirementRow struct {
	template string
	methods  byte // bits
	below    bool
	row      row
}

// requirementRows is the table, cut once it is asked for: every request is held
// against every row.
var requirementRows = sync.OnceValue(func() []requirementRow {
	var out []requirementRow
	for r := range rows(requirements) {
		q := requirementRow{template: r.first(), below: r.cell(2) == "below", row: r}
		for m := range strings.SplitSeq(r.cell(1), ",") {
			bit, _ := methodBit(m)
			q.methods |= bit
		}
		out = append(out, q)
	}
	return out
})

// RoleRequirements returns the rows of facts/role-requirements.tsv for a
// request; those about particular properties or targets come first, see Fits.
// Roles come on top of permissions: neither replaces the other.
func RoleRequirements(method, template string) []Requirement {
	bit, _ := methodBit(method)
	template = byKey(template)
	var out []Requirement
	for _, x := range requirementRows() {
		t := x.template
		if x.methods&bit == 0 || len(template) < len(t) || compareFold(template[:len(t)], t) != 0 || len(template) > len(t) && (!x.below || template[len(t)] != '/') {
			continue
		}
		r := x.row
		q := Requirement{Template: t, Operation: r.cell(5), Where: r.cell(3), Target: r.cell(6), AppOnlyNeeds: r.cell(7), Permissions: r.cell(9), Slugs: r.fields(10), Note: r.cell(11), Source: r.cell(12)}
		if p := r.cell(4); p != "" {
			q.Properties = strings.Split(p, ",")
		}
		if roles := r.cell(8); roles != "" {
			q.DelegatedRoles = strings.Split(roles, ";")
		}
		out = append(out, q)
	}
	return out
}

// Fits tells whether a request with these body fields and selected properties
// is one that the row is about; a row with a Target is not told apart here.
func (q Requirement) Fits(body, sel []string) bool {
	switch q.Where {
	case "body":
		return names(body, q.Properties)
	case "select":
		return names(sel, q.Properties)
	}
	return true
}

func names(have, want []string) bool {
	return slices.ContainsFunc(have, func(h string) bool {
		return slices.ContainsFunc(want, func(w string) bool { return strings.EqualFold(h, w) })
	})
}

// byKey writes alternate keys as plain ones: /applications(appId={id}) is
// /applications/{id}. Functions with arguments stay.
func byKey(template string) string {
	i := strings.IndexByte(template, '(')
	if i < 0 || strings.IndexByte(template[1:i], '/') >= 0 {
		return template // a function, further down
	}
	j := strings.IndexByte(template[i:], ')')
	if j < 0 {
		return template
	}
	return template[:i] + "/{id}" + template[i+j+1:]
}

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

// Roles are the directory roles that one caller needs for a request.
type Roles struct {
	Names     []string // any one of them, least first; empty if the table is silent
	Sensitive []string // properties of the body for which the target's own roles decide
	AppOnly   string   // what the table says of app-only callers; empty if nothing
}

// RolesFor returns the roles that serve for everything that a request's body
// sends, and that reach a target with these roles of its own (nil: not known).
// Requests that the table does not tell apart by their body have those of the
// first row that fits.
func RolesFor(method, template string, body, sel, target []string) Roles {
	all := RoleRequirements(method, template)
	if !slices.ContainsFunc(all, func(q Requirement) bool { return slices.Equal(q.Properties, []string{"*"}) }) {
		for _, q := range all {
			if q.Fits(body, sel) && len(q.DelegatedRoles) > 0 {
				return Roles{Names: slices.DeleteFunc(slices.Clone(q.DelegatedRoles), func(n string) bool { return strings.HasPrefix(n, "not ") }), AppOnly: q.AppOnlyNeeds}
			}
		}
		return Roles{}
	}
	var out Roles
	narrow := func(roles []string) {
		if out.Names == nil {
			out.Names = slices.Clone(roles)
			return
		}
		kept := slices.Clone(roles)
		kept = slices.DeleteFunc(kept, func(n string) bool { return !slices.Contains(out.Names, n) })
		out.Names = kept
	}
	seen := map[string]bool{}
	for _, name := range body {
		name, _, _ = strings.Cut(name, ".")
		if seen[name] {
			continue
		}
		seen[name] = true
		own := slices.IndexFunc(all, func(q Requirement) bool { return q.Target == "" && names([]string{name}, q.Properties) })
		if own < 0 {
			rest := slices.IndexFunc(all, func(q Requirement) bool { return slices.Equal(q.Properties, []string{"*"}) })
			narrow(all[rest].DelegatedRoles)
			continue
		}
		narrow(all[own].DelegatedRoles)
		out.Sensitive = append(out.Sensitive, name)
		out.AppOnly = or(all[own].AppOnlyNeeds, out.AppOnly)
	}
	if len(out.Sensitive) > 0 {
		for _, role := range target {
			reach := []string{"Privileged Authentication Administrator", "Global Administrator"} // for every role that the matrix does not name
			for _, q := range all {
				if strings.EqualFold(q.Target, role) {
					reach = q.DelegatedRoles
				}
			}
			narrow(reach)
		}
	}
	return out
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// RoleNames yields the names of the roles that prove an admin right, longest
// first, so that no name is taken for a part of itself.
var RoleNames = sync.OnceValue(func() []string {
	var out []string
	for r := range rows(directoryRoles) {
		if role := roleOf(r); !role.Implicit {
			out = append(out, role.Name)
		}
	}
	slices.SortStableFunc(out, func(a, b string) int { return len(b) - len(a) })
	return out
})

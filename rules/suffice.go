package rules

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file tells whether what is held is enough, and orders what would be.

// suffices tells whether what is held is enough by the map, and by which.
func (a access) suffices() (string, bool) {
	if !a.mapped || !a.known || !a.needs.Supported {
		return "", false
	}
	by, ok := a.needs.Suffices(a.held)
	if !ok {
		if by = a.wider(); by == "" {
			return "", false
		}
	}
	for _, e := range a.extra {
		if !e.Met(mapKind(a.kind), a.held) {
			return "", false
		}
	}
	return by, true
}

// writes tells whether a held permission is the wider form of one that would
// suffice. Where the map lists only the narrow form, that is a gap of the map
// more often than a refusal, so nothing is claimed on it.
func (a access) writes() bool { return a.wider() != "" }

// wider is a held permission that is the wider form of one that would suffice:
// ReadWrite, Manage or FullControl of Read, or for a user's token .All of the
// plain one. Personal accounts have no .All.
func (a access) wider() string {
	if a.actsAsUser() {
		return actAsUser
	}
	for _, need := range a.needs.Any {
		if len(a.needs.Also[need]) > 0 {
			continue // half of a pair: a wider half does not make it whole
		}
		if h := a.widerOf(need); h != "" {
			return h
		}
	}
	return ""
}

// actAsUser lets an app do in the directory whatever its user may do. The map
// lists it for few operations, yet Microsoft's own tools (Azure CLI) live on it.
const actAsUser = "Directory.AccessAsUser.All"

// actsAsUser: it is held, and the request is one on the directory.
func (a access) actsAsUser() bool {
	return a.kind == evidence.Delegated && slices.Contains(a.held, actAsUser) && slices.ContainsFunc(a.needs.Any, func(need string) bool {
		noun, _, _ := strings.Cut(need, ".")
		return slices.Contains([]string{"Directory", "Application", "AppRegistration", "AppRoleAssignment", "DelegatedPermissionGrant"}, noun)
	})
}

// widerOf is a held permission that is the wider form of another.
func (a access) widerOf(need string) string {
	return widerHeld(need, a.held, a.kind == evidence.Delegated && !a.personal)
}

// widerHeld is one of the held permissions that is the wider form of another. A
// user's may be the .All of the plain one, where there is such a form.
func widerHeld(need string, held []string, all bool) string {
	forms := []string{strings.Replace(need, ".Read", ".ReadWrite", 1)}
	for _, verb := range []string{".Read.", ".ReadWrite.", ".Manage."} {
		if strings.Contains(need, verb) {
			forms = append(forms, strings.Replace(need, verb, ".FullControl.", 1), strings.Replace(need, verb, ".Manage.", 1))
		}
	}
	if all && !strings.HasSuffix(need, ".All") {
		forms = append(forms, need+".All", forms[0]+".All")
	}
	for _, h := range held {
		if slices.ContainsFunc(forms, func(w string) bool { return w != need && strings.EqualFold(h, w) }) {
			return h
		}
	}
	return ""
}

// pair tells the two permissions that the request needs together, where the
// first needs another beside it, and which of the two the caller lacks.
func (a access) pair(first string) (both, lacks []string) {
	if !a.mapped || first == "" || len(a.needs.Also[first]) == 0 {
		return nil, nil
	}
	also := a.needs.Also[first]
	second := also[0]
	if held := a.heldOf(also); len(held) > 0 {
		second = held[0]
	}
	both = []string{first, second}
	for _, p := range both {
		if len(a.heldOf([]string{p})) == 0 && a.widerOf(p) == "" {
			lacks = append(lacks, p)
		}
	}
	if len(lacks) == 0 {
		lacks = both
	}
	return both, lacks
}

// missingExtra is the first property whose own permission is not held.
func (a access) missingExtra() (catalog.ExtraNeed, bool) {
	for _, e := range a.extra {
		if !e.Met(mapKind(a.kind), a.held) {
			return e, true
		}
	}
	return catalog.ExtraNeed{}, false
}

// heldOf returns the held permissions among names.
func (a access) heldOf(names []string) []string {
	var out []string
	for _, h := range a.held {
		if slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, h) }) {
			out = append(out, h)
		}
	}
	return out
}

// least is what the request needs at least: as the service says, else as the map has it.
func (a access) least() []string {
	if len(a.saidReq) > 0 {
		return tenantFirst(orderLeast(a.saidReq, a.needs))
	}
	if a.mapped {
		return tenantFirst(a.byLevel())
	}
	return nil
}

// tenantFirst puts what a registration can be granted before what only a Teams
// app gets, by its installation in one team or chat.
func tenantFirst(names []string) []string {
	rsc := rscOf(names)
	if len(rsc) == 0 || len(rsc) == len(names) {
		return names
	}
	return append(slices.DeleteFunc(slices.Clone(names), func(n string) bool { return slices.Contains(rsc, n) }), rsc...)
}

// changes: the permission lets its holder write, by its name.
func changes(permission string) bool {
	for _, w := range [...]string{"ReadWrite", "Create", "Manage", "FullControl", "Write"} {
		if strings.Contains(permission, w) {
			return true
		}
	}
	return false
}

// byLevel lists what suffices by the map: the least privileged first, then the
// others by their privilege level, so that the reader knows what else would do.
func (a access) byLevel() []string {
	out := slices.Clone(a.needs.Any)
	kind := mapKind(a.kind)
	collection, _, _ := strings.Cut(strings.TrimPrefix(a.match.Template, "/"), "/")
	rank := func(name string) int {
		r := 10
		if p, ok := catalog.Permission(name, kind); ok && p.Level > 0 {
			r = p.Level * 2
		}
		if strings.Contains(name, "ReadWrite") || strings.Contains(name, "FullControl") || strings.Contains(name, "Manage") {
			r++
		}
		noun, _, _ := strings.Cut(name, ".")
		switch {
		case a.match.Method == "GET" && changes(name) && slices.ContainsFunc(a.needs.Any, func(n string) bool { return !changes(n) && len(a.needs.Also[n]) == 0 }):
			return r + 20 // a read asks for no more than reading
		case len(a.needs.Also[name]) > 0 && slices.ContainsFunc(a.needs.Any, func(n string) bool { return len(a.needs.Also[n]) == 0 && !changes(n) }):
			return r + 15 // one permission that suffices comes before two
		case slices.Index(a.needs.Least, name) == 0:
			return -100
		case strings.EqualFold(noun, collection) || strings.EqualFold(noun+"s", collection):
			r -= 4 // of the resource itself: what people know and grant
		case strings.Contains(noun, "-") || strings.HasPrefix(noun, "Agent"):
			r += 10
		}
		return r
	}
	ranks := make(map[string]int, len(out))
	for _, name := range out {
		ranks[name] = rank(name)
	}
	slices.SortStableFunc(out, func(x, y string) int { return ranks[x] - ranks[y] })
	return out
}

// orderLeast puts the service's list in the map's order of privilege.
func orderLeast(said []string, n catalog.Needs) []string {
	out := slices.Clone(said)
	slices.SortStableFunc(out, func(x, y string) int {
		return rankIn(n, x) - rankIn(n, y)
	})
	return out
}

func rankIn(n catalog.Needs, name string) int {
	for i, p := range n.Any {
		if strings.EqualFold(p, name) {
			return i
		}
	}
	if strings.Contains(name, "ReadBasic") {
		return 1000
	}
	if strings.Contains(name, "ReadWrite") || strings.Contains(name, "FullControl") {
		return 1002
	}
	return 1001
}

// leastFor names the least permission for the call, for rules that only advise.
func leastFor(c *evidence.Case, k evidence.Kind) string {
	m := matchOf(c)
	if m.Template == "" {
		return ""
	}
	n := m.Needs(mapKind(k))
	if len(n.Least) > 0 {
		return n.Least[0]
	}
	if len(n.Any) > 0 {
		return n.Any[0]
	}
	return ""
}

// bestGuess chooses the one permission to name in the fix.
func (a access) first() string {
	l := a.least()
	if len(l) == 0 {
		return ""
	}
	return l[0]
}

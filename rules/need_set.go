package rules

import (
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file finds the smallest set for many requests, and holds the permissions
// that somebody has against it.

// asked are the requests of a report that a kind can make, with what their
// properties demand.
type asked struct {
	index   []int // into the report's requests
	matches []catalog.Match
	demands []catalog.Demand
}

// askedOf sorts the requests for a kind.
func (n *needer) askedOf(k catalog.Kind) (a asked, unsupported, unknown []string) {
	at := slices.Index(n.kinds, k)
	a.index, a.matches = make([]int, 0, len(n.matches)), make([]catalog.Match, 0, len(n.matches))
	for i := range n.report.Requests {
		r := &n.report.Requests[i]
		need := &r.Kinds[at]
		switch {
		case !need.Known:
			unknown = append(unknown, n.names[i])
			continue
		case !need.Supported:
			unsupported = append(unsupported, n.names[i])
			continue
		}
		for _, e := range r.Extra {
			if slices.Contains(e.Kinds, k.String()) {
				a.demands = append(a.demands, catalog.Demand{Request: len(a.matches), AnyOf: e.Permissions})
			}
		}
		a.index = append(a.index, i)
		a.matches = append(a.matches, n.matches[i])
	}
	return a, unsupported, unknown
}

// set finds the smallest set for a kind.
func (n *needer) set(k catalog.Kind) checks.NeedSet {
	a, unsupported, unknown := n.askedOf(k)
	least := catalog.LeastSetWith(a.matches, a.demands, nil, k)
	out := checks.NeedSet{Kind: k.String(), Unsupported: unsupported, Unknown: unknown, Exact: least.Exact}
	for _, i := range a.index {
		if n.report.Requests[i].Match == string(catalog.Parent) {
			out.Guessed = append(out.Guessed, n.names[i])
		}
	}
	out.Permissions = n.told(least, a, k)
	return out
}

// told describes the permissions of a set.
func (n *needer) told(s catalog.Set, a asked, k catalog.Kind) []checks.NeedPermission {
	var out []checks.NeedPermission
	for _, p := range s.Permissions {
		np := checks.NeedPermission{Name: p.Name, Level: p.Level}
		if info, ok := n.permission(p.Name, k); ok {
			np.ID, np.AdminConsent, np.Resource = info.ID, info.AdminConsent, info.RSC
		}
		told := make(map[string]bool, len(p.Serves))
		for _, i := range p.Serves {
			if name := n.names[a.index[i]]; !told[name] {
				told[name] = true
				np.Serves = append(np.Serves, name)
			}
		}
		out = append(out, np)
	}
	return out
}

// signInScopes ask for tokens and who signed in, not for an API.
var signInScopes = []string{"openid", "profile", "email", "offline_access"}

// have compares the held permissions with what the requests need. Without a
// choice of kinds both of a tenant's are looked at.
func (n *needer) have(opt NeedOptions) {
	held := n.readHeld(opt.Have)
	for _, k := range n.kinds {
		if k == catalog.Personal && len(opt.Kinds) == 0 {
			continue
		}
		n.report.Have = append(n.report.Have, n.compare(held, k))
	}
}

// readHeld spells the held permissions as Microsoft does, and tells of those
// that are none.
func (n *needer) readHeld(names []string) []string {
	var out []string
	for _, name := range names {
		if i := strings.LastIndexByte(name, '/'); i >= 0 {
			name = name[i+1:] // https://graph.microsoft.com/Mail.Read
		}
		kinds := catalog.PermissionKinds(name)
		switch {
		case name == "":
		case len(kinds) > 0:
			if !slices.Contains(out, kinds[0].Name) {
				out = append(out, kinds[0].Name)
			}
			n.wrongKind(kinds)
		case slices.Contains(signInScopes, strings.ToLower(name)):
			out = append(out, strings.ToLower(name))
		case name == ".default":
			n.problem(evidence.Place{File: "--have"}, ".default stands for whatever was granted: name the permissions themselves")
		default:
			meant := strings.Join(catalog.Suggest(name), " or ")
			if meant != "" {
				meant = ": did you mean " + meant + "?"
			}
			n.problem(evidence.Place{File: "--have"}, "%q is no permission of Microsoft Graph%s", short(name), meant)
		}
	}
	return out
}

// wrongKind tells of a permission that exists for none of the kinds asked for.
func (n *needer) wrongKind(kinds []catalog.PermissionInfo) {
	var has []string
	for _, p := range kinds {
		if p.ID == "" && !p.RSC {
			continue
		}
		if slices.Contains(n.kinds, p.Kind) {
			return
		}
		has = append(has, p.Kind.String())
	}
	asked := strings.Join(n.report.Kinds, " or ")
	if len(has) == 0 {
		n.problem(evidence.Place{File: "--have"}, "%s cannot be granted in any kind: no tenant knows it", kinds[0].Name)
		return
	}
	n.problem(evidence.Place{File: "--have"}, "%s exists as %s permission alone, not as %s", kinds[0].Name, strings.Join(has, " and "), asked)
}

// compare holds held permissions against the requests for a kind.
func (n *needer) compare(held []string, k catalog.Kind) checks.NeedHave {
	a, _, unknown := n.askedOf(k)
	out := checks.NeedHave{Kind: k.String(), Unsure: unknown}
	for _, h := range held {
		if _, ok := catalog.Permission(h, k); ok || slices.Contains(signInScopes, h) && k != catalog.Application {
			out.Held = append(out.Held, h)
		}
	}
	for i, m := range a.matches {
		if one := a.only(i); !one.met(out.Held, k) {
			out.Missing = append(out.Missing, missing(n.names[a.index[i]], m, one, out.Held, k))
		}
	}
	add := catalog.LeastSetWith(a.matches, a.demands, out.Held, k)
	out.Add = n.told(add, a, k)
	out.Excess = a.excess(out.Held, add.Names(), k)
	return out
}

// only is one request alone.
func (a asked) only(i int) asked {
	one := asked{index: a.index[i : i+1], matches: a.matches[i : i+1]}
	for _, d := range a.demands {
		if d.Request == i {
			one.demands = append(one.demands, catalog.Demand{AnyOf: d.AnyOf})
		}
	}
	return one
}

// met tells whether held permissions suffice for all of them.
func (a asked) met(held []string, k catalog.Kind) bool {
	for _, m := range a.matches {
		if _, ok := m.Needs(k).Suffices(held); !ok {
			return false
		}
	}
	for _, d := range a.demands {
		if !slices.ContainsFunc(d.AnyOf, func(p string) bool { return slices.Contains(held, p) }) {
			return false
		}
	}
	return true
}

// missing tells what a request lacks.
func missing(name string, m catalog.Match, one asked, held []string, k catalog.Kind) checks.NeedMissing {
	out := checks.NeedMissing{Request: name}
	n := m.Needs(k)
	if _, ok := n.Suffices(held); ok {
		for _, d := range one.demands {
			if !slices.ContainsFunc(d.AnyOf, func(p string) bool { return slices.Contains(held, p) }) {
				out.Least = d.AnyOf[:1]
			}
		}
		return out
	}
	for _, h := range held {
		if also := n.Also[h]; len(also) > 0 {
			out.Held, out.Beside = h, also
		}
	}
	if out.Least = n.Narrowest; len(out.Least) == 0 {
		out.Least = first(n)
	}
	for _, h := range held {
		if slices.ContainsFunc(n.Any, func(p string) bool { return h != p && h == strings.Replace(p, ".Read", ".ReadWrite", 1) }) {
			out.Perhaps = append(out.Perhaps, h)
		}
	}
	return out
}

// An item is one thing that must be met: a request by itself, or what one of its
// properties demands.
type item struct {
	request int
	demand  int // -1 for the request itself
}

// metBy lists the items that permissions suffice for.
func (a asked) metBy(held []string, k catalog.Kind) []item {
	var out []item
	for i := range a.matches {
		if it := (item{i, -1}); a.meets(it, held, k) {
			out = append(out, it)
		}
	}
	for i, d := range a.demands {
		if it := (item{d.Request, i}); a.meets(it, held, k) {
			out = append(out, it)
		}
	}
	return out
}

func (a asked) meets(it item, held []string, k catalog.Kind) bool {
	if it.demand >= 0 {
		return slices.ContainsFunc(a.demands[it.demand].AnyOf, func(p string) bool { return slices.Contains(held, p) })
	}
	_, ok := a.matches[it.request].Needs(k).Suffices(held)
	return ok
}

func (a asked) meetsAll(items []item, held []string, k catalog.Kind) bool {
	return !slices.ContainsFunc(items, func(it item) bool { return !a.meets(it, held, k) })
}

// excess finds the held permissions that can go, now and once what is missing
// was added, and those that a narrower one would do for.
func (a asked) excess(held, add []string, k catalog.Kind) []checks.NeedExcess {
	now, then := a.metBy(held, k), a.metBy(slices.Concat(held, add), k)
	order := slices.Clone(held)
	slices.SortStableFunc(order, func(x, y string) int { return catalog.Level(y, k) - catalog.Level(x, k) })
	var out []checks.NeedExcess
	left := held
	for _, p := range order {
		rest := without(left, p)
		if !slices.Contains(signInScopes, p) && a.meetsAll(now, rest, k) && a.meetsAll(then, slices.Concat(rest, add), k) {
			left = rest
			out = append(out, checks.NeedExcess{Name: p})
		}
	}
	for _, p := range left {
		if q := a.narrower(p, then, slices.Concat(without(left, p), add), k); q != "" {
			out = append(out, checks.NeedExcess{Name: p, Instead: q})
		}
	}
	slices.SortFunc(out, func(x, y checks.NeedExcess) int { return strings.Compare(x.Name, y.Name) })
	return out
}

func without(list []string, p string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(x string) bool { return x == p })
}

// narrower is a permission that, beside the rest, would do for everything that p
// is held for.
func (a asked) narrower(p string, all []item, rest []string, k catalog.Kind) string {
	var lone asked
	for i := range a.matches {
		needed := func(it item) bool { return it.request == i && !a.meets(it, rest, k) }
		if !slices.ContainsFunc(all, needed) {
			continue
		}
		for _, d := range a.only(i).demands {
			lone.demands = append(lone.demands, catalog.Demand{Request: len(lone.matches), AnyOf: d.AnyOf})
		}
		lone.matches = append(lone.matches, a.matches[i])
	}
	least := catalog.LeastSetWith(lone.matches, lone.demands, rest, k).Names()
	if len(least) == 1 && least[0] != p && (catalog.Narrower(least[0], p, k) || catalog.Milder(least[0], p, k)) {
		return least[0]
	}
	return ""
}

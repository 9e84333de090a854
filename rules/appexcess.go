package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file finds permissions that an app could do without. The test is what
// would break: a permission is in excess when every call stays covered without
// it, or with a narrower one in its place.

// signIn are permissions of signing in, which no request of Graph needs.
var signIn = []string{"openid", "profile", "email", "offline_access"}

func permissionExcess(p *posture) []checks.Finding {
	if len(p.needs) == 0 || !p.callable() {
		return nil // without calls nothing is in excess
	}
	var out []checks.Finding
	for _, k := range []catalog.Kind{catalog.Application, catalog.Delegated} {
		out = append(out, p.excess(k)...)
	}
	return out
}

// excess judges the permissions of one kind, the mightiest first, so that of
// two that cover the same calls the milder one stays.
func (p *posture) excess(k catalog.Kind) []checks.Finding {
	var mine []held
	for _, h := range p.held {
		if h.kind == k && !h.RSC && !slices.Contains(signIn, strings.ToLower(h.name)) {
			mine = append(mine, h)
		}
	}
	slices.SortStableFunc(mine, func(a, b held) int {
		return cmp.Or(cmp.Compare(b.info.Level, a.info.Level), cmp.Compare(reach(b.name), reach(a.name)), strings.Compare(a.name, b.name))
	})
	column := k
	if slices.Contains(p.kinds, catalog.Personal) && k == catalog.Delegated {
		column = catalog.Personal
	}
	calls := p.reliant(column)
	names := p.names(k, false)
	var out []checks.Finding
	for _, h := range mine {
		rest := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == h.name })
		served := breaking(calls, column, rest)
		switch {
		case len(served) == 0 && p.explained(h):
		case len(served) == 0:
			names = rest
			out = append(out, p.superfluous(h, column, calls, rest))
		default:
			if f, ok := p.tooWide(h, column, served, rest); ok {
				out = append(out, f)
			}
		}
	}
	return out
}

// reach orders permissions of one level: what writes before what reads.
func reach(name string) int {
	g := grammarOf(name)
	return g.verb*4 + g.extent
}

// reliant are the requests that permissions of a kind cover now.
func (p *posture) reliant(k catalog.Kind) []need {
	if !p.uses(k) {
		return nil
	}
	names := p.names(k, false)
	return slices.DeleteFunc(slices.Clone(p.needs), func(n need) bool {
		_, ok := n.covers(k, names)
		return !ok
	})
}

// breaking are the requests that would not be covered any more.
func breaking(calls []need, k catalog.Kind, names []string) []need {
	return slices.DeleteFunc(slices.Clone(calls), func(n need) bool {
		_, ok := n.covers(k, names)
		return ok
	})
}

// explained: declared-wrong-kind says of this permission what is wrong.
func (p *posture) explained(h held) bool {
	if p.uses(h.kind) {
		return false
	}
	return slices.ContainsFunc(p.judged, func(j judgement) bool { return j.verdict == isWrongKind && j.other.name == h.name })
}

// superfluous is the finding about a permission that nothing needs.
func (p *posture) superfluous(h held, k catalog.Kind, calls []need, rest []string) checks.Finding {
	message := fmt.Sprintf("no call of the app needs the %s permission %s", h.kind, h.name)
	var with []need
	for _, n := range calls {
		if listed(n.needs[k].Any, h.name) {
			with = append(with, n)
		}
	}
	switch {
	case !p.uses(h.kind):
		message = fmt.Sprintf("the %s permission %s is of no use to the app's flow (%s)", h.kind, h.name, p.flow)
	case len(with) > 0:
		by, _ := with[0].covers(k, rest)
		message = fmt.Sprintf("%s is declared besides %s, and %s covered without it", h.name, by, requests(with))
	}
	f := p.aboutCalls(h.name, message, nil)
	f.Seen = append([]checks.Witness{checks.Shows(h.Ref)}, f.Seen...)
	for _, n := range with[:min(len(with), 2)] {
		f.Seen = append(f.Seen, checks.Fits(n.ref()))
	}
	f.Fixes = []checks.Fix{p.remove(h)}
	p.spare(&f, h, k, rest)
	return f
}

// spare makes it a note where a call that is not known could need the permission.
func (p *posture) spare(f *checks.Finding, h held, k catalog.Kind, rest []string) {
	why := p.mayNeed(h.name, k, rest)
	if why == "" && len(p.app.Kin) > 0 {
		why = "but the folder has other apps, and which of them makes a call is not known"
	}
	if why != "" {
		f.Severity, f.CapReason = checks.Note, onMap
		f.Message += "; " + why
	}
}

// mayNeed tells which call that is not resolved or not in the map could need a
// permission, in words; "" where none could. What the rest of the permissions
// covers needs no other.
func (p *posture) mayNeed(name string, k catalog.Kind, rest []string) string {
	for _, o := range p.app.Open {
		if o.Permission {
			continue
		}
		if below := catalog.Below(o.Prefix, k); len(below) == 0 || listed(below, name) {
			return fmt.Sprintf("but a call that could not be resolved (%s:%d) may", o.Place.File, o.Place.Line)
		}
	}
	for i, n := range p.needs {
		if n.me() && p.judged[i].verdict == isUnsupported {
			named := catalog.Find(n.match.Method, strings.Replace(n.match.Template, "/me", "/users/{id}", 1))
			if listed(named.Needs(catalog.Application).Any, name) {
				return "but " + named.Method + " " + named.Template + ", which the app would have to call in place of " + n.match.Template + ", does"
			}
		}
		if n.mapped() && n.call.Guess == "" {
			continue
		}
		if _, ok := n.covers(k, rest); ok {
			continue
		}
		at := n.match.Template
		if n.match.How == catalog.None {
			at = n.call.Path
			if len(catalog.Below(at, k)) == 0 {
				at = "" // nothing is known of it
			}
		}
		if listed(catalog.Below(at, k), name) {
			return "but " + n.subject() + ", of which not enough is known, may"
		}
	}
	return ""
}

// tooWide finds a narrower permission that serves the same calls.
func (p *posture) tooWide(h held, k catalog.Kind, served []need, rest []string) (checks.Finding, bool) {
	best, set := p.narrower(h, k, served, rest)
	var message string
	note := false
	switch {
	case best.name != "":
		message = fmt.Sprintf("%s is wider than needed: %s suffices for %s", h.name, best.name, forCalls(served))
		if best.only != "" {
			message += ", " + best.only
			note = true
		}
	case len(set) > 0:
		message = fmt.Sprintf("%s is wider than needed: %s together suffice for %s", h.name, list(set, "and"), forCalls(served))
		note = true
	default:
		return checks.Finding{}, false
	}
	f := p.aboutCalls(h.name, message, nil)
	f.Seen = append([]checks.Witness{checks.Shows(h.Ref)}, f.Seen...)
	for _, n := range served[:min(len(served), 3)] {
		f.Seen = append(f.Seen, checks.Fits(n.ref()))
	}
	f.Why = append(f.Why, "if "+h.name+" simply went, "+requests(served)+" refused")
	add := set
	if best.name != "" {
		add = []string{best.name}
	}
	in := p.declare(h.kind, add)
	in.Title = fmt.Sprintf("declare %s in its place and have it consented", strings.Join(add, " and "))
	in.Widens = false // it narrows, once the wide one has gone
	f.Fixes = []checks.Fix{in, p.remove(h)}
	if note {
		f.Severity = checks.Note
	}
	p.spare(&f, h, k, append(slices.Clone(rest), add...))
	return f, true
}

func forCalls(served []need) string {
	var names []string
	for _, n := range served {
		names = append(names, n.subject())
	}
	return list(few(names, 3), "and")
}

// choice is a narrower permission, and the condition on which it would do.
type choice struct{ name, only string }

// narrower looks for one permission that is narrower and serves all the calls,
// and where there is none for several.
func (p *posture) narrower(h held, k catalog.Kind, served []need, rest []string) (choice, []string) {
	var certain, conditional []string
	for _, q := range served[0].needs[k].Any {
		info, ok := catalog.Permission(q, h.kind)
		if !ok || info.ID == "" || info.Hidden || info.RSC || q == h.name || !isNarrower(q, h.name, k, served) {
			continue
		}
		if left := breaking(served, k, append(slices.Clone(rest), q)); len(left) > 0 {
			continue
		}
		if condition(q) == "" {
			certain = append(certain, q)
		} else {
			conditional = append(conditional, q)
		}
	}
	if len(certain) > 0 {
		return choice{name: narrowest(certain, k, served)}, nil
	}
	if len(conditional) > 0 {
		q := narrowest(conditional, k, served)
		return choice{q, condition(q)}, nil
	}
	return choice{}, p.several(h, k, served)
}

// narrowest is the one of several that does least, by verb, by Microsoft's marks,
// by level and by how many requests it serves.
func narrowest(names []string, k catalog.Kind, served []need) string {
	return slices.MinFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(grammarOf(a).verb, grammarOf(b).verb), -compareBool(leastOf(a, k, served), leastOf(b, k, served)),
			cmp.Compare(catalog.Level(a, k), catalog.Level(b, k)), cmp.Compare(catalog.Reach(a, k), catalog.Reach(b, k)), strings.Compare(a, b))
	})
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// leastOf: Microsoft marks a permission as least privileged for all the calls.
func leastOf(name string, k catalog.Kind, served []need) bool {
	return !slices.ContainsFunc(served, func(n need) bool { return !listed(n.needs[k].Narrowest, name) })
}

// several is the least set for the calls where each of it is milder.
func (p *posture) several(h held, k catalog.Kind, served []need) []string {
	var ms []catalog.Match
	for _, n := range served {
		if len(n.extra) > 0 {
			return nil
		}
		ms = append(ms, n.match)
	}
	set := catalog.LeastSet(ms, k).Names()
	if len(set) < 2 || len(set) > 3 || slices.Contains(set, h.name) {
		return nil
	}
	for _, q := range set {
		l := catalog.Level(q, k)
		if l == 0 || h.info.Level == 0 || l > h.info.Level || condition(q) != "" || grammarOf(q).verb > grammarOf(h.name).verb {
			return nil
		}
	}
	return set
}

// isNarrower: q does no more, at a lower level, or at the same and for less than
// half as many requests; or Microsoft marks q as least privileged for every one
// of the calls, at no higher level; or q is the same permission with less of a
// verb or of an extent. What Microsoft marks so itself is not too wide.
func isNarrower(q, p string, k catalog.Kind, served []need) bool {
	lq, lp := catalog.Level(q, k), catalog.Level(p, k)
	a, b := grammarOf(q), grammarOf(p)
	switch {
	case leastOf(p, k, served):
		return false
	case a.noun == b.noun && a.verb <= b.verb && a.extent <= b.extent && (a.verb < b.verb || a.extent < b.extent):
		return true
	case leastOf(q, k, served):
		return (lq <= lp || lp == 0) && a.verb <= b.verb
	case lq > lp && lp > 0 || a.verb > b.verb || !related(a, b, served):
		return false
	case lq > 0 && lq < lp && a.extent <= b.extent:
		return true
	case lq > 0 && lq == lp && a.extent <= b.extent && 2*catalog.Reach(q, k) < catalog.Reach(p, k):
		return true
	}
	return false
}

// related: q is of the same family as p, or of what the calls are about. The map
// lets some permissions serve a request by the way, which is no reason to ask
// for them.
func related(a, b grammar, served []need) bool {
	family := firstWord(a.noun)
	if family == firstWord(b.noun) {
		return true
	}
	return !slices.ContainsFunc(served, func(n need) bool {
		for seg := range strings.SplitSeq(n.match.Template, "/") {
			if seg != "" && strings.HasPrefix(strings.ToLower(seg), strings.ToLower(family)) {
				return false
			}
		}
		return true
	})
}

// firstWord of GroupMember is Group.
func firstWord(noun string) string {
	for i := 1; i < len(noun); i++ {
		if c := noun[i]; c >= 'A' && c <= 'Z' || c == '-' || c == '.' {
			return noun[:i]
		}
	}
	return noun
}

// grammar is a permission's name taken apart: Mail.ReadWrite.All is noun Mail,
// verb ReadWrite, extent All.
type grammar struct {
	noun         string
	verb, extent int
}

// verbs and extents, the narrowest first.
var (
	verbRanks   = []string{"ReadBasic", "Read", "ReadWrite", "Manage", "FullControl"}
	extentRanks = []string{"Selected", "OwnedBy", "", "Shared", "All"}
)

func grammarOf(name string) grammar {
	g := grammar{verb: -1, extent: slices.Index(extentRanks, "")}
	var noun []string
	for i, part := range strings.Split(name, ".") {
		switch v := slices.Index(verbRanks, part); {
		case i > 0 && g.verb < 0 && v >= 0:
			g.verb = v
		case i > 0 && part != "" && slices.Contains(extentRanks, part):
			g.extent = slices.Index(extentRanks, part)
		default:
			noun = append(noun, part)
		}
	}
	if g.verb < 0 {
		g.verb = slices.Index(verbRanks, "ReadWrite") // Send, Create, Invite: they act
	}
	g.noun = strings.Join(noun, ".")
	return g
}

// condition tells what must hold for a permission to do, beyond the request.
func condition(name string) string {
	g := grammarOf(name)
	switch {
	case verbRanks[g.verb] == "ReadBasic":
		return "if the app needs basic properties only"
	case extentRanks[g.extent] == "Selected":
		return "if the app is given access to each item"
	case extentRanks[g.extent] == "OwnedBy":
		return "if the app touches only what it owns"
	}
	return ""
}

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
		for i := range f.Fixes {
			f.Fixes[i].Command = "" // nothing is taken away on a doubt
		}
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

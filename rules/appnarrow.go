package rules

import (
	"cmp"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file finds a narrower permission for the same calls.

// reach orders permissions of one level: what writes before what reads.
func reach(name string) int {
	g := grammarOf(name)
	return g.verb*4 + g.extent
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

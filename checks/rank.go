package checks

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file weighs findings. Strength comes from witnesses, consequences hang
// beneath their causes, and the order is a comparison of a few fields that can
// be read aloud. No weights, no sums.

// weigh computes a finding's strength from its witnesses.
func weigh(f Finding) Strength {
	strongest, origins := HowFits, map[evidence.Origin]bool{}
	for _, w := range f.Seen {
		if w.Origin == evidence.FromPerson || w.Origin == evidence.FromClock {
			continue // they are heard, but make nothing surer
		}
		origins[w.Origin] = true
		strongest = max(strongest, w.How)
	}
	s := Possible
	switch {
	case strongest == HowFits:
	case len(origins) > 1:
		s = Proven
	case strongest == HowShows:
		s = Shown
	default:
		s = Stated
	}
	if f.Cap != 0 && s > f.Cap {
		s = f.Cap
	}
	return s
}

// grounds says in one line why a finding has its strength.
func grounds(f Finding) string {
	verbs := [...]string{HowFits: "fits", HowShows: "shows it", HowSays: "says it"}
	var parts []string
	for how := HowSays; ; how-- {
		var names []string
		for _, w := range f.Seen {
			if name := called(w); w.How == how && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		if len(names) > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", strings.Join(names[:min(len(names), 3)], ", "), verbs[how]))
		}
		if how == HowFits {
			break
		}
	}
	line := f.Strength.String() + ": " + strings.Join(parts, "; ")
	if f.Cap != 0 && f.Strength == f.Cap && f.CapReason != "" {
		line += "; no surer, since " + f.CapReason
	}
	return line
}

// called is how a witness is called: who speaks, and of what.
func called(w Witness) string {
	if o := w.Origin.String(); o != w.Field {
		return strings.TrimSpace(o + " " + w.Field)
	}
	return w.Field
}

// Rank puts findings in order. Consequences are hung beneath their causes
// first; each finding stands exactly once in the result. The order does not
// depend on the order of the input.
func Rank(findings []Finding) []Finding { return nest(inOrder(findings, false), false) }

// rankAll ranks findings of several cases.
func rankAll(findings []Finding, many bool) []Finding { return nest(inOrder(findings, many), true) }

func inOrder(findings []Finding, many bool) []Finding {
	all := slices.Clone(findings)
	slices.SortStableFunc(all, func(a, b Finding) int { return order(a, b, many) })
	return all
}

// nest hangs each finding beneath the first-ranked one that explains it. Where
// they were found apart, in different cases, the cause must lie deeper: a wrong
// token explains what other calls were told, but one mailbox that is missing
// does not explain another.
func nest(sorted []Finding, apart bool) []Finding {
	var causes []int // most rules explain nothing
	for j, f := range sorted {
		if f.Rule != nil && len(f.Rule.Explains) > 0 {
			causes = append(causes, j)
		}
	}
	if len(causes) == 0 {
		return sorted
	}
	parent := make([]int, len(sorted))
	for i := range sorted {
		parent[i] = -1
		for _, j := range causes {
			if i != j && explains(sorted[j], sorted[i]) && (!apart || layer(sorted[j]) < layer(sorted[i])) {
				parent[i] = j
				break
			}
		}
	}
	var build func(int) Finding
	build = func(i int) Finding {
		f := sorted[i]
		f.Explained = slices.Clone(f.Explained)
		for k, p := range parent {
			if p == i {
				hung := build(k)
				hung.Apart = apart
				f.Explained = addFinding(f.Explained, hung)
			}
		}
		return f
	}
	var roots []Finding
	for i, p := range parent {
		if p < 0 {
			roots = append(roots, build(i))
		}
	}
	return roots
}

// explains tells whether b is a mere consequence of a. A possibility may not
// hide what the service said, so a must be at least shown.
func explains(a, b Finding) bool {
	return a.Rule != nil && b.Rule != nil && a.Strength >= Shown && slices.Contains(a.Rule.Explains, b.Rule.ID)
}

// order compares two findings: negative when a stands first.
//
// For one failed case strength decides. Where many failed, what is at least
// shown comes first, then authorization faults, then what would clear most.
func order(a, b Finding, many bool) int {
	if many {
		if c := cmp.Or(
			desc(a.Strength >= Shown, b.Strength >= Shown),
			desc(!a.Mended, !b.Mended),
			desc(!notAuth(a), !notAuth(b)),
			cmp.Compare(b.Count, a.Count),
			desc(leads(a), leads(b)),
			cmp.Compare(layer(a), layer(b)),
			b.Last.Compare(a.Last),
		); c != 0 {
			return c
		}
	}
	return cmp.Or(
		desc(leads(a), leads(b)),
		cmp.Compare(b.Strength, a.Strength),
		desc(!notAuth(a), !notAuth(b)),
		cmp.Compare(b.Count, a.Count),
		cmp.Compare(layer(a), layer(b)),
		cmp.Compare(b.severity(), a.severity()),
		cmp.Compare(id(a), id(b)),
		cmp.Compare(a.Subject, b.Subject),
		desc(!a.Apart, !b.Apart),
	)
}

func desc(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

func id(f Finding) string {
	if f.Rule == nil {
		return ""
	}
	return f.Rule.ID
}

func layer(f Finding) Layer {
	if f.Rule == nil {
		return App
	}
	return f.Rule.Layer
}

func notAuth(f Finding) bool { return f.Rule != nil && f.Rule.NotAuth }

// leads tells whether f is the honest doubt that stands before three or more
// mere possibilities.
func leads(f Finding) bool { return f.Rule != nil && f.Rule.Otherwise }

func (f Finding) severity() Severity {
	if f.Severity != 0 {
		return f.Severity
	}
	if f.Rule != nil {
		return f.Rule.Severity
	}
	return Error
}

// Level is the finding's severity: its own, or else its rule's.
func (f Finding) Level() Severity { return f.severity() }

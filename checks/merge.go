package checks

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file puts equal findings together. Merging is associative and
// commutative, so that parts of a log can be examined apart and in any order:
// counts add up, times widen, lists keep their smallest, and the words are
// those of the one that comes first in a total order.

// How much is kept of what merges.
const (
	keptPlaces    = 3
	keptApps      = 100
	keptExplained = 100
)

// addFinding puts f into the list, into its equal if there is one.
func addFinding(list []Finding, f Finding) []Finding {
	for i := range list {
		if id(list[i]) == id(f) && list[i].Subject == f.Subject && list[i].Apart == f.Apart {
			list[i] = mergeFinding(list[i], f)
			return list
		}
	}
	return append(list, f)
}

// mergeFinding joins two findings of one rule and subject. The words are those
// of the surer one, and of the earlier place where both are equally sure.
func mergeFinding(a, b Finding) Finding {
	out := a
	if compareWords(a, b) > 0 {
		out = b
	}
	out.Count = a.Count + b.Count
	out.Mended = a.Mended && b.Mended
	out.Places = mergePlaces(a.Places, b.Places, keptPlaces)
	out.First, out.Last = earliest(a.First, b.First), latest(a.Last, b.Last)
	out.Apps = mergeSorted(a.Apps, b.Apps)
	out.Explained = mergeExplained(a.Explained, b.Explained)
	return out
}

func mergeExplained(a, b []Finding) []Finding {
	if len(a)+len(b) == 0 {
		return nil
	}
	var out []Finding
	for _, f := range slices.Concat(a, b) {
		out = addFinding(out, f)
	}
	if len(out) > keptExplained { // those that stay must not depend on what came first
		slices.SortFunc(out, func(x, y Finding) int {
			return cmp.Or(cmp.Compare(id(x), id(y)), cmp.Compare(x.Subject, y.Subject), desc(!x.Apart, !y.Apart))
		})
		out = out[:keptExplained]
	}
	slices.SortFunc(out, func(x, y Finding) int { return order(x, y, false) })
	return out
}

// compareWords tells whose words speak for both: negative when a's do.
func compareWords(a, b Finding) int {
	if c := cmp.Or(cmp.Compare(b.Strength, a.Strength), comparePlace(home(a), home(b)), cmp.Compare(a.Message, b.Message)); c != 0 {
		return c
	}
	return cmp.Compare(words(a), words(b))
}

// words is all that a finding says, for the rare case that two of them are
// equally sure, stand at one place and have one message.
func words(f Finding) string {
	return fmt.Sprintf("%q %v %q %v %v %v %v %v %q %v", f.Probe, f.Fixes, f.Why, f.Seen, f.Severity, f.Level(), f.Cap, f.CapReason, f.Support, f.RuledOut)
}

func comparePlace(a, b evidence.Place) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
}

// home is where a finding's own words come from; unlike Places it does not
// change when others join it.
func home(f Finding) evidence.Place {
	for _, w := range f.Seen {
		if w.Line > 0 {
			return w.Place
		}
	}
	return evidence.Place{}
}

func mergePlaces(a, b []evidence.Place, most int) []evidence.Place {
	all := slices.Concat(a, b)
	slices.SortFunc(all, comparePlace)
	all = slices.Compact(all)
	return all[:min(len(all), most)]
}

func mergeSorted(a, b []string) []string {
	if len(a)+len(b) == 0 {
		return nil
	}
	all := slices.Concat(a, b)
	slices.Sort(all)
	all = slices.Compact(all)
	return all[:min(len(all), keptApps)]
}

func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

package checks

import (
	"cmp"
	"slices"
	"time"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file puts equal findings together. Merging is associative and
// commutative, so that parts of a log can be examined apart and in any order.

const keptPlaces = 3

// addFinding puts f into the list, into its equal if there is one.
func addFinding(list []Finding, f Finding) []Finding {
	for i := range list {
		if id(list[i]) == id(f) && list[i].Subject == f.Subject {
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
	if c := cmp.Or(cmp.Compare(b.Strength, a.Strength), comparePlace(home(a), home(b)), cmp.Compare(a.Message, b.Message)); c > 0 {
		out = b
	}
	out.Count = a.Count + b.Count
	out.Mended = a.Mended && b.Mended
	out.Places = mergePlaces(a.Places, b.Places)
	out.First, out.Last = earliest(a.First, b.First), latest(a.Last, b.Last)
	out.Apps = mergeSorted(a.Apps, b.Apps)
	var explained []Finding
	for _, f := range slices.Concat(a.Explained, b.Explained) {
		explained = addFinding(explained, f)
	}
	slices.SortFunc(explained, func(x, y Finding) int { return order(x, y, false) })
	out.Explained = explained
	return out
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

func mergePlaces(a, b []evidence.Place) []evidence.Place {
	all := slices.Concat(a, b)
	slices.SortFunc(all, comparePlace)
	all = slices.Compact(all)
	return all[:min(len(all), keptPlaces)]
}

func mergeSorted(a, b []string) []string {
	if len(a) == 0 {
		return b
	}
	if len(b) == 0 {
		return a
	}
	all := slices.Concat(a, b)
	slices.Sort(all)
	all = slices.Compact(all)
	return all[:min(len(all), 100)]
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

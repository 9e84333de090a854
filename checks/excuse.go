package checks

import (
	"slices"
	"strings"
	"time"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file applies what the owner of an app has decided about findings: what
// he allows, and how bad he finds it.

// Excuse takes findings out of a diagnosis that an entry covers, and counts
// them. It returns the entries that covered nothing, or whose day has passed.
func (d *Diagnosis) Excuse(entries []evidence.Allow, now time.Time) (stale []evidence.Allow) {
	used := make([]bool, len(entries))
	d.Findings = slices.DeleteFunc(d.Findings, func(f Finding) bool {
		for i, a := range entries {
			if covers(a, f) {
				used[i] = true
				if !ended(a, now) {
					d.Excused++
					return true
				}
			}
		}
		return false
	})
	for i, a := range entries {
		if a.Ended = ended(a, now); a.Ended || !used[i] {
			stale = append(stale, a)
		}
	}
	return stale
}

func covers(a evidence.Allow, f Finding) bool {
	return a.Rule == id(f) && strings.EqualFold(a.Subject, f.Subject)
}

// ended: an entry holds until its last day is over.
func ended(a evidence.Allow, now time.Time) bool {
	return !a.Until.IsZero() && !now.Before(a.Until.AddDate(0, 0, 1))
}

// Regrade gives rules the severities that the owner wants. A finding that its
// rule itself holds to be less stays so, or goes lower with it.
func Regrade(rules []Rule, to map[string]Severity) []Rule {
	out := slices.Clone(rules)
	for i, r := range out {
		s, ok := to[r.ID]
		if !ok {
			continue
		}
		check := r.Check
		out[i].Severity = s
		out[i].Check = func(c *evidence.Case) []Finding {
			found := check(c)
			for k := range found {
				if found[k].Severity > s {
					found[k].Severity = s
				}
			}
			return found
		}
	}
	return out
}

// WorstFirst orders findings of faults that stand side by side: by severity,
// then as they were ranked.
func (d *Diagnosis) WorstFirst() {
	slices.SortStableFunc(d.Findings, func(a, b Finding) int { return int(b.Level()) - int(a.Level()) })
}

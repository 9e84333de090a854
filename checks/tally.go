package checks

import (
	"cmp"
	"hash/fnv"
	"slices"
	"sync/atomic"
	"time"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// DefaultMaxKinds is how many kinds of finding are kept.
const DefaultMaxKinds = 10_000

// Options steer an examination.
type Options struct {
	MaxKinds int       // how many kinds of finding are kept; 0 is DefaultMaxKinds
	Now      time.Time // taken for the moment of a case that names none; zero leaves it unknown
	Jobs     int       // how many parts are examined at once; 0 is one for each processor
	// Each is called for every case with its findings, in the order of the input.
	Each func(*evidence.Case, []Finding)
	// Failures counts the failed cases as they are met, for a display.
	Failures *atomic.Int64
	// Known tells ids that rules know by value (Microsoft's own apps, roles)
	// from ids that are only names; see evidence.Reading.
	Known func(id []byte) bool
}

// A Tally gathers findings case by case. Its memory is bounded by the kinds of
// finding, not by the number of cases.
type Tally struct {
	rules []Rule
	opt   Options
	kinds map[kind]*Finding
	most  uint64 // kinds whose hash is above are not kept
	like  alikes
	d     Diagnosis
}

// A kind is what findings are merged by.
type kind struct{ rule, subject string }

func kindOf(f Finding) kind { return kind{id(f), f.Subject} }

// hash puts the kinds into an order that depends on nothing else. Where there
// are too many, those that come first in it are kept: whichever part of a log
// is examined by whom, the same ones are, and their counts are exact.
func (k kind) hash() uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(k.rule + "\x00" + k.subject))
	return h.Sum64()
}

// NewTally starts an examination.
func NewTally(rules []Rule, opt Options) *Tally {
	if opt.MaxKinds <= 0 {
		opt.MaxKinds = DefaultMaxKinds
	}
	return &Tally{rules: rules, opt: opt, kinds: map[kind]*Finding{}, most: ^uint64(0)}
}

// Add examines one case, or takes down one problem.
func (t *Tally) Add(c *evidence.Case, err error) []Finding {
	if err != nil {
		t.d.AddProblem(err)
	}
	if c == nil {
		return nil
	}
	if c.Like != nil {
		t.addAlike(c.Like)
		return nil
	}
	found, _ := t.examine(c)
	return found
}

// examine examines one case in full; sound is false where a rule failed.
func (t *Tally) examine(c *evidence.Case) (found []Finding, sound bool) {
	if c.When.IsZero() && !t.opt.Now.IsZero() {
		c.When = evidence.Moment{Time: t.opt.Now, Ref: evidence.Ref{Origin: evidence.FromClock, Field: "now", Value: t.opt.Now.UTC().Format(time.RFC3339)}}
	}
	t.count(c)
	found, problems := examine(c, t.rules)
	found = Rank(found)
	for _, p := range problems {
		t.d.AddProblem(&evidence.Problem{Place: c.Place, Err: p})
	}
	var ruled []RuledOut
	asked := false
	for i := range found {
		f := &found[i]
		if e := t.kinds[kindOf(*f)]; e == nil || compareWords(*e, *f) > 0 {
			if !asked {
				ruled, asked = ruledOut(c, t.rules), true
			}
			f.RuledOut, f.Support = ruled, c.IDs
		}
		t.take(*f)
	}
	return found, len(problems) == 0
}

func (t *Tally) count(c *evidence.Case) {
	t.d.Examined++
	if c.Failed {
		t.d.Cases++
		t.met(1)
	}
}

func (t *Tally) met(failures int64) {
	if t.opt.Failures != nil {
		t.opt.Failures.Add(failures)
	}
}

// take merges a finding into its kind.
func (t *Tally) take(f Finding) {
	k := kindOf(f)
	if e := t.kinds[k]; e != nil {
		*e = mergeFinding(*e, f)
		return
	}
	if t.most < ^uint64(0) && k.hash() > t.most {
		t.d.Dropped += f.Count
		return
	}
	t.kinds[k] = &f
	if len(t.kinds) > 2*t.opt.MaxKinds {
		t.trim()
	}
}

// trim keeps the kinds that there is room for.
func (t *Tally) trim() {
	if len(t.kinds) <= t.opt.MaxKinds {
		return
	}
	hashes := make([]uint64, 0, len(t.kinds))
	for k := range t.kinds {
		hashes = append(hashes, k.hash())
	}
	slices.Sort(hashes)
	t.most = hashes[t.opt.MaxKinds-1]
	for k, f := range t.kinds {
		if k.hash() > t.most {
			t.d.Dropped += f.Count
			delete(t.kinds, k)
		}
	}
}

// Merge adds what another tally gathered. The result does not depend on which
// tally took which case.
func (t *Tally) Merge(o *Tally) {
	o.settle()
	t.most = min(t.most, o.most)
	for _, f := range o.kinds {
		t.take(*f)
	}
	t.d.add(&o.d)
	for k, f := range t.kinds {
		if t.most < ^uint64(0) && k.hash() > t.most {
			t.d.Dropped += f.Count
			delete(t.kinds, k)
		}
	}
}

// add adds the counts and problems of another diagnosis.
func (d *Diagnosis) add(o *Diagnosis) {
	d.Cases += o.Cases
	d.Examined += o.Examined
	d.Dropped += o.Dropped
	d.Inputs += o.Inputs
	d.Unresolved.Calls += o.Unresolved.Calls
	d.Unresolved.Permissions += o.Unresolved.Permissions
	d.Unresolved.Places = mergePlaces(d.Unresolved.Places, o.Unresolved.Places, keptProblems)
	d.mergeProblems(o)
}

// Diagnosis ranks what was gathered.
func (t *Tally) Diagnosis() *Diagnosis {
	t.settle()
	t.trim()
	d := t.d
	d.sortProblems()
	all := make([]Finding, 0, len(t.kinds))
	for _, f := range t.kinds {
		all = append(all, *f)
	}
	// a map has no order, and what is equal in every respect may come in any
	slices.SortFunc(all, func(a, b Finding) int { return cmp.Or(cmp.Compare(id(a), id(b)), cmp.Compare(a.Subject, b.Subject)) })
	d.rank(all)
	return &d
}

// rank orders the kinds of finding and fills in what the report says of the
// first one's case.
func (d *Diagnosis) rank(kinds []Finding) {
	d.Findings = rankAll(kinds, d.Cases > 1)
	d.RuledOut, d.Probe, d.Support = nil, "", evidence.IDs{}
	if len(d.Findings) == 0 {
		return
	}
	top := d.Findings[0]
	d.Probe, d.Support, d.RuledOut = probe(d.Findings), top.Support, d.Excluded(top)
}

// Excluded returns the causes that a finding's case rules out, without those
// that were found elsewhere.
func (d *Diagnosis) Excluded(f Finding) (out []RuledOut) {
	for _, r := range f.RuledOut {
		if !d.has(r.Rule) {
			out = append(out, r)
		}
	}
	return out
}

// ruledOut asks the rules what a case excludes.
func ruledOut(c *evidence.Case, rules []Rule) (out []RuledOut) {
	for i := range rules {
		if rules[i].RuledOut == nil {
			continue
		}
		if ref, why := rules[i].RuledOut(c); why != "" {
			out = append(out, RuledOut{Rule: rules[i].ID, Because: why, Ref: ref})
		}
	}
	return out
}

func (d *Diagnosis) has(rule string) bool {
	var in func([]Finding) bool
	in = func(fs []Finding) bool {
		return slices.ContainsFunc(fs, func(f Finding) bool { return id(f) == rule || in(f.Explained) })
	}
	return in(d.Findings)
}

// probe is the one next thing to do: asked for only where nothing is certain.
func probe(ranked []Finding) string {
	if ranked[0].Strength > Shown {
		return ""
	}
	return ranked[0].Probe
}

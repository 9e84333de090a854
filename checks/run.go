package checks

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/hashicorp/go-multierror"
)

// Limits of an examination.
const (
	DefaultMaxKinds = 10_000
	keptProblems    = 100
)

// Options steer an examination.
type Options struct {
	MaxKinds int // how many kinds of finding are kept; 0 is DefaultMaxKinds
}

// Examine looks at one case with every rule and returns its findings, ranked.
// It is pure. A rule that panics is reported as a problem by Run, and the
// others go on.
func Examine(c *evidence.Case, rules []Rule) []Finding {
	found, _ := examine(c, rules)
	return Rank(found)
}

func examine(c *evidence.Case, rules []Rule) (found []Finding, problems []error) {
	run := func(otherwise bool) {
		for i := range rules {
			if rules[i].Check == nil || rules[i].Otherwise != otherwise {
				continue
			}
			fs, err := try(c, &rules[i])
			if err != nil {
				problems = append(problems, err)
			}
			for _, f := range fs {
				found = addFinding(found, settle(f, &rules[i], c))
			}
		}
	}
	run(false)
	found = withoutGuesses(found)
	if c.Failed && undecided(found) {
		run(true)
	}
	return found, problems
}

// withoutGuesses drops what merely fits where another cause is shown, stated or
// proven in the same case: an ambiguous code allows many causes, and naming
// them beside the one that the data shows would only accuse.
func withoutGuesses(found []Finding) []Finding {
	if !slices.ContainsFunc(found, func(f Finding) bool { return f.Strength > Possible && !notAuth(f) }) {
		return found
	}
	return slices.DeleteFunc(found, func(f Finding) bool {
		return f.Strength == Possible && !slices.ContainsFunc(f.Seen, func(w Witness) bool { return w.How != HowFits })
	})
}

// undecided: nothing was found, or three causes and more are merely possible.
func undecided(found []Finding) bool {
	return len(found) == 0 ||
		len(found) > 2 && !slices.ContainsFunc(found, func(f Finding) bool { return f.Strength > Possible })
}

// try runs one rule. A panic is that rule's fault alone.
func try(c *evidence.Case, r *Rule) (fs []Finding, err error) {
	defer func() {
		if p := recover(); p != nil {
			fs, err = nil, fmt.Errorf("rule %s failed on this case: %v", r.ID, p)
		}
	}()
	return r.Check(c), nil
}

// settle fills in what the engine derives.
func settle(f Finding, r *Rule, c *evidence.Case) Finding {
	f.Rule = r
	f.Strength = weigh(f)
	f.Why = append([]string{grounds(f)}, f.Why...)
	f.Places = []evidence.Place{c.Place}
	if at := home(f); at.Line > 0 {
		f.Places = []evidence.Place{at}
	}
	f.Count = 1
	if c.Mended.Field != "" {
		f.Mended = true
		f.Why = append(f.Why, "a later call went through, so this was mended: other findings come first")
	}
	if c.When.Ref.Origin != evidence.FromClock {
		f.First, f.Last = c.When.Time, c.When.Time
	}
	if id := c.AppID(); id != "" {
		f.Apps = []string{id}
	}
	return f
}

// Run examines every case and merges what it finds. It fails only when the
// context ends; whatever could not be read stands in Diagnosis.Problems.
func Run(ctx context.Context, cases iter.Seq2[*evidence.Case, error], rules []Rule, opt Options) (*Diagnosis, error) {
	t := NewTally(rules, opt)
	for c, err := range cases {
		if ctx.Err() != nil {
			break
		}
		t.Add(c, err)
	}
	return t.Diagnosis(), ctx.Err()
}

// A Tally gathers findings case by case. Its memory is bounded by the kinds of
// finding, not by the number of cases.
type Tally struct {
	rules []Rule
	opt   Options
	kinds map[kind]*entry
	d     Diagnosis
}

type kind struct{ rule, subject string }

type entry struct {
	Finding
	first *evidence.Case // the case that speaks for this kind
}

// NewTally starts an examination.
func NewTally(rules []Rule, opt Options) *Tally {
	if opt.MaxKinds <= 0 {
		opt.MaxKinds = DefaultMaxKinds
	}
	return &Tally{rules: rules, opt: opt, kinds: map[kind]*entry{}}
}

// Add examines one case, or takes down one problem.
func (t *Tally) Add(c *evidence.Case, err error) []Finding {
	if err != nil {
		t.d.AddProblem(err)
	}
	if c == nil {
		return nil
	}
	t.d.Examined++
	if c.Failed {
		t.d.Cases++
	}
	found, problems := examine(c, t.rules)
	found = Rank(found)
	for _, p := range problems {
		t.d.AddProblem(&evidence.Problem{Place: c.Place, Err: p})
	}
	for _, f := range found {
		t.take(f, c)
	}
	return found
}

func (t *Tally) take(f Finding, c *evidence.Case) {
	k := kind{id(f), f.Subject}
	e := t.kinds[k]
	switch {
	case e == nil && len(t.kinds) >= t.opt.MaxKinds:
		t.d.Dropped++
	case e == nil:
		t.kinds[k] = &entry{Finding: f, first: c}
	default:
		if f.Strength > e.Strength {
			e.first = c
		}
		e.Finding = mergeFinding(e.Finding, f)
	}
}

// Diagnosis ranks what was gathered.
func (t *Tally) Diagnosis() *Diagnosis {
	d := t.d
	all := make([]Finding, 0, len(t.kinds))
	for _, e := range t.kinds {
		all = append(all, e.Finding)
	}
	d.Findings = rank(all, d.Cases > 1)
	if len(d.Findings) > 0 {
		top := d.Findings[0]
		d.describe(t.kinds[kind{id(top), top.Subject}].first, t.rules)
		d.Probe = probe(d.Findings)
	}
	return &d
}

// describe fills in what the report says of the first finding's case.
func (d *Diagnosis) describe(c *evidence.Case, rules []Rule) {
	d.Support = c.IDs
	for i := range rules {
		if rules[i].RuledOut == nil || d.has(rules[i].ID) {
			continue
		}
		if ref, why := rules[i].RuledOut(c); why != "" {
			d.RuledOut = append(d.RuledOut, RuledOut{Rule: rules[i].ID, Because: why, Ref: ref})
		}
	}
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

// AddProblem takes down something that could not be read; past the hundredth
// problems are only counted.
func (d *Diagnosis) AddProblem(err error) {
	d.Problem++
	if d.Problem > keptProblems {
		return
	}
	d.Problems = multierror.Append(d.Problems, err)
	d.Problems.ErrorFormat = func(errs []error) string {
		var out string
		for _, e := range errs {
			out += e.Error() + "\n"
		}
		return out
	}
}

// ProblemList returns the problems with their places, oldest first.
func (d *Diagnosis) ProblemList() []*evidence.Problem {
	if d.Problems == nil {
		return nil
	}
	var out []*evidence.Problem
	for _, err := range d.Problems.Errors {
		var p *evidence.Problem
		if !errors.As(err, &p) {
			p = &evidence.Problem{Err: err}
		}
		out = append(out, p)
	}
	return out
}

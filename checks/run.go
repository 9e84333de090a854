package checks

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// Examine looks at one case with every rule and returns its findings, ranked.
// It is pure. A rule that panics is reported as a problem by Run, and the
// others go on.
func Examine(c *evidence.Case, rules []Rule) []Finding {
	found, _ := examine(c, rules)
	return Rank(found)
}

func examine(c *evidence.Case, rules []Rule) (found []Finding, problems []error) {
	at := map[kind]int{}
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
				f = settle(f, &rules[i], c)
				k := kind{rules[i].ID, f.Subject}
				if n, ok := at[k]; ok {
					found[n] = mergeFinding(found[n], f)
					continue
				}
				at[k] = len(found)
				found = append(found, f)
			}
		}
	}
	run(false)
	found = withoutGuesses(found)
	if c.Failed && undecided(found) {
		clear(at)
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
	f.Seen = distinct(f.Seen)
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

// distinct keeps one witness of each fact, the one that bears most: a rule may
// meet the same words on two ways.
func distinct(seen []Witness) []Witness {
	var out []Witness
	for _, w := range seen {
		i := slices.IndexFunc(out, func(x Witness) bool { return x.Ref == w.Ref })
		if i < 0 {
			out = append(out, w)
			continue
		}
		out[i].How = max(out[i].How, w.How)
	}
	return out
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

package checks

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"pgregory.net/rapid"
)

// scripted rules read their findings off the case: each fact names a rule, and
// its value holds subject, strength and message.
func scripted() []Rule {
	var rules []Rule
	for _, r := range world {
		r := *r
		r.Otherwise = false
		r.Check = func(c *evidence.Case) (out []Finding) {
			for _, f := range c.Facts {
				if f.Field != r.ID {
					continue
				}
				how, subject := f.Value[:1], f.Value[1:]
				w := map[string]Witness{"f": Fits(f), "s": Shows(f), "S": Says(f)}[how]
				out = append(out, Finding{Message: r.ID + how, Subject: subject, Seen: []Witness{w}, Probe: "p" + r.ID})
			}
			return out
		}
		r.RuledOut = func(c *evidence.Case) (evidence.Ref, string) {
			if len(c.Facts)%2 == 0 {
				return evidence.Ref{Field: r.ID}, "an even number"
			}
			return evidence.Ref{}, ""
		}
		rules = append(rules, r)
	}
	return rules
}

func drawCase(t *rapid.T) *evidence.Case {
	line := rapid.IntRange(1, 50).Draw(t, "line")
	c := &evidence.Case{
		Place:  evidence.Place{File: rapid.SampledFrom([]string{"a.log", "b.log"}).Draw(t, "file"), Line: line},
		Failed: rapid.Bool().Draw(t, "failed"),
		IDs:    evidence.IDs{Request: "r" + strconv.Itoa(line)},
	}
	if rapid.Bool().Draw(t, "timed") {
		c.When.Time = time.Unix(int64(rapid.IntRange(1_700_000_000, 1_700_000_009).Draw(t, "when")), 0).UTC()
	}
	for range rapid.IntRange(0, 3).Draw(t, "facts") {
		c.Facts = append(c.Facts, evidence.Ref{
			Place: c.Place, Origin: evidence.FromService,
			Field: rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f"}).Draw(t, "rule"),
			Value: rapid.SampledFrom([]string{"f", "s", "S"}).Draw(t, "how") + rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "subject"),
		})
	}
	return c
}

func diagnosisOf(cases []*evidence.Case, opt Options) *Diagnosis {
	t := NewTally(scripted(), opt)
	for _, c := range cases {
		if len(c.Facts) == 3 {
			t.Add(nil, &evidence.Problem{Place: c.Place, Err: errors.New("cannot be read")})
			continue
		}
		t.Add(c, nil)
	}
	return t.Diagnosis()
}

// same compares diagnoses in all that reports show.
func same(t *rapid.T, what string, want, got *Diagnosis) {
	t.Helper()
	byID := cmp.Comparer(func(a, b *Rule) bool { return a.ID == b.ID })
	errs := cmp.Comparer(func(a, b *evidence.Problem) bool { return a.Error() == b.Error() })
	if d := cmp.Diff(want, got, byID, cmpopts.IgnoreFields(Diagnosis{}, "Problems"), cmpopts.EquateEmpty()); d != "" {
		t.Fatalf("%s (-want +got):\n%s", what, d)
	}
	if d := cmp.Diff(want.ProblemList(), got.ProblemList(), errs); d != "" {
		t.Fatalf("%s, problems:\n%s", what, d)
	}
}

// TestMergeEqualsTogether: the diagnoses of the parts of an input merge to the
// diagnosis of the input, however it was divided and in whatever order.
func TestMergeEqualsTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cases := rapid.SliceOfN(rapid.Custom(drawCase), 0, 12).Draw(t, "cases")
		parts := [3][]*evidence.Case{}
		for i, c := range cases {
			k := rapid.IntRange(0, 2).Draw(t, fmt.Sprint("part of ", i))
			parts[k] = append(parts[k], c)
		}
		together := diagnosisOf(cases, Options{})
		var ds [3]*Diagnosis
		for i, p := range parts {
			ds[i] = diagnosisOf(p, Options{})
		}
		same(t, "(a+b)+c", together, Merge(Merge(ds[0], ds[1]), ds[2]))
		same(t, "a+(b+c)", together, Merge(ds[0], Merge(ds[1], ds[2])))
		same(t, "c+b+a", together, Merge(ds[2], Merge(ds[1], ds[0])))
		same(t, "alone", ds[0], Merge(ds[0], nil))
		slices.Reverse(cases)
		same(t, "backwards", together, diagnosisOf(cases, Options{}))
	})
}

// TestTooManyKinds: what is kept where there are too many kinds does not depend
// on who examined what, and what was not kept is counted.
func TestTooManyKinds(t *testing.T) {
	rule := Rule{ID: "r", Check: func(c *evidence.Case) []Finding {
		return []Finding{{Message: "m", Subject: c.Facts[0].Value, Seen: []Witness{Says(c.Facts[0])}}}
	}}
	const kinds, most = 1000, 40
	tallies := make([]*Tally, 4)
	for i := range tallies {
		tallies[i] = NewTally([]Rule{rule}, Options{MaxKinds: most})
	}
	alone := NewTally([]Rule{rule}, Options{MaxKinds: most})
	for i := range 5 * kinds {
		c := &evidence.Case{Failed: true, Facts: []evidence.Ref{{Origin: evidence.FromService, Field: "f", Value: strconv.Itoa(i * 7 % kinds)}}}
		alone.Add(c, nil)
		tallies[i*i%len(tallies)].Add(c, nil)
	}
	for _, o := range tallies[1:] {
		tallies[0].Merge(o)
	}
	want, got := alone.Diagnosis(), tallies[0].Diagnosis()
	if len(want.Findings) != most || want.Dropped != 5*(kinds-most) {
		t.Errorf("%d kinds kept and %d findings dropped, want %d and %d", len(want.Findings), want.Dropped, most, 5*(kinds-most))
	}
	ignore := cmp.Comparer(func(a, b *Rule) bool { return a.ID == b.ID })
	if d := cmp.Diff(want, got, ignore); d != "" {
		t.Errorf("the division changed the result:\n%s", d)
	}
}

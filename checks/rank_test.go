package checks

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"pgregory.net/rapid"
)

// world is a handful of rules with consequences among them.
var world = []*Rule{
	{ID: "a", Layer: Acquire, Severity: Error, Explains: []string{"b", "c"}},
	{ID: "b", Layer: Token, Severity: Error, Explains: []string{"d"}},
	{ID: "c", Layer: Token, Severity: Warning},
	{ID: "d", Layer: Call, Severity: Error},
	{ID: "e", Layer: Call, Severity: Note, NotAuth: true},
	{ID: "f", Layer: Call, Severity: Error, Explains: []string{"e", "c"}},
	{ID: "unknown", Layer: Call, Severity: Error, Otherwise: true},
}

func drawWitness(t *rapid.T) Witness {
	return Witness{Ref: evidence.Ref{
		Origin: evidence.Origin(rapid.IntRange(0, 5).Draw(t, "origin")),
		Field:  rapid.SampledFrom([]string{"aud", "code", "status"}).Draw(t, "field"),
	}, How: How(rapid.IntRange(0, 2).Draw(t, "how"))}
}

func drawFinding(t *rapid.T) Finding {
	f := Finding{
		Rule:    rapid.SampledFrom(world).Draw(t, "rule"),
		Subject: rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "subject"),
		Seen:    rapid.SliceOfN(rapid.Custom(drawWitness), 1, 4).Draw(t, "seen"),
		Count:   rapid.IntRange(1, 3).Draw(t, "count"),
		Places:  []evidence.Place{{File: "f", Line: rapid.IntRange(1, 9).Draw(t, "line")}},
		Last:    time.Unix(int64(rapid.IntRange(1, 5).Draw(t, "last")), 0).UTC(),
	}
	f.Message = fmt.Sprint("m", f.Places[0].Line)
	f.Seen[0].Place = f.Places[0]
	f.Strength = weigh(f)
	return f
}

func drawFindings(t *rapid.T) []Finding {
	list := rapid.SliceOfN(rapid.Custom(drawFinding), 0, 7).Draw(t, "findings")
	var out []Finding
	for _, f := range list {
		out = addFinding(out, f)
	}
	return out
}

// flat lists a tree's findings as "rule/subject".
func flat(fs []Finding) (out []string) {
	for _, f := range fs {
		out = append(out, f.Rule.ID+"/"+f.Subject)
		out = append(out, flat(f.Explained)...)
	}
	return out
}

func TestRankDoesNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fs := drawFindings(t)
		shuffled := rapid.Permutation(fs).Draw(t, "shuffled")
		if d := cmp.Diff(flat(Rank(fs)), flat(Rank(shuffled))); d != "" {
			t.Fatalf("order of rules changed the ranking:\n%s", d)
		}
	})
}

func TestRankLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fs := drawFindings(t)
		in, out := flat(fs), flat(Rank(fs))
		slices.Sort(in)
		slices.Sort(out)
		if d := cmp.Diff(in, out); d != "" {
			t.Fatalf("each finding must stand exactly once in the tree:\n%s", d)
		}
	})
}

func TestMoreEvidenceNeverWeakens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFinding(t)
		more := f
		more.Seen = append(slices.Clone(f.Seen), drawWitness(t))
		if weigh(more) < weigh(f) {
			t.Fatalf("a further witness weakened %v to %v", weigh(f), weigh(more))
		}
	})
}

func TestPersonAndClockNeverRaise(t *testing.T) {
	for _, o := range []evidence.Origin{evidence.FromPerson, evidence.FromClock} {
		f := Finding{Seen: []Witness{Says(evidence.Ref{Origin: o}), Shows(evidence.Ref{Origin: o})}}
		if got := weigh(f); got != Possible {
			t.Errorf("witnesses of origin %v alone give %v, want possible", o, got)
		}
		f.Seen = append(f.Seen, Shows(evidence.Ref{Origin: evidence.FromToken}))
		if got := weigh(f); got != Shown {
			t.Errorf("a token's contradiction beside origin %v gives %v, want shown", o, got)
		}
	}
}

func TestPossibilityHidesNothing(t *testing.T) {
	cause := Finding{Rule: world[0], Strength: Possible, Seen: []Witness{Fits(evidence.Ref{})}}
	said := Finding{Rule: world[1], Strength: Stated, Seen: []Witness{Says(evidence.Ref{Origin: evidence.FromService})}}
	if got := Rank([]Finding{cause, said}); len(got) != 2 || got[0].Rule.ID != "b" {
		t.Errorf("a mere possibility hid what the service said: %v", flat(got))
	}
}

func TestMergeIsAssociativeAndCommutative(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fs := rapid.SliceOfN(rapid.Custom(drawFinding), 3, 3).Draw(t, "three")
		for i := range fs {
			fs[i].Rule, fs[i].Subject = world[0], ""
		}
		a, b, c := fs[0], fs[1], fs[2]
		left := mergeFinding(mergeFinding(a, b), c)
		right := mergeFinding(a, mergeFinding(b, c))
		flipped := mergeFinding(c, mergeFinding(b, a))
		for _, got := range []Finding{right, flipped} {
			if left.Count != got.Count || left.Strength != got.Strength || left.Message != got.Message || !slices.Equal(left.Places, got.Places) || !left.First.Equal(got.First) || !left.Last.Equal(got.Last) {
				t.Fatalf("merging depends on the order:\n%+v\n%+v", left, got)
			}
		}
	})
}

func TestUnknownLeadsThreePossibilities(t *testing.T) {
	possible := func(id string) Rule {
		return Rule{ID: id, Layer: Call, Severity: Error, Check: func(*evidence.Case) []Finding {
			return []Finding{{Message: "m", Seen: []Witness{Fits(evidence.Ref{Origin: evidence.FromService})}}}
		}}
	}
	doubt := Rule{ID: "unknown", Otherwise: true, Check: func(*evidence.Case) []Finding {
		return []Finding{{Message: "m", Probe: "p", Seen: []Witness{Fits(evidence.Ref{Origin: evidence.FromService})}}}
	}}
	c := &evidence.Case{Failed: true}
	two := Examine(c, []Rule{possible("x"), possible("y"), doubt})
	if len(two) != 2 {
		t.Errorf("two possibilities stand for themselves, got %v", flat(two))
	}
	three := Examine(c, []Rule{possible("x"), possible("y"), possible("z"), doubt})
	if len(three) != 4 || three[0].Rule.ID != "unknown" {
		t.Errorf("three possibilities need the doubt to lead, got %v", flat(three))
	}
}

func TestPanicIsOneRulesFault(t *testing.T) {
	bad := Rule{ID: "bad", Check: func(*evidence.Case) []Finding { panic("oh") }}
	good := Rule{ID: "good", Check: func(*evidence.Case) []Finding {
		return []Finding{{Message: "m", Seen: []Witness{Says(evidence.Ref{Origin: evidence.FromService})}}}
	}}
	tally := NewTally([]Rule{bad, good}, Options{})
	tally.Add(&evidence.Case{Failed: true}, nil)
	d := tally.Diagnosis()
	if len(d.Findings) != 1 || d.Findings[0].Rule.ID != "good" || d.Problem != 1 {
		t.Errorf("want good's finding and one problem, got %v and %d", flat(d.Findings), d.Problem)
	}
}

// One fact met twice is one witness, and bears what it bears most.
func TestWitnessesAreDistinct(t *testing.T) {
	aud := evidence.Ref{Origin: evidence.FromToken, Field: "aud", Value: "x", Place: evidence.Place{File: "-", Line: 1}}
	said := evidence.Ref{Origin: evidence.FromService, Field: "error.code", Value: "y", Place: evidence.Place{File: "-", Line: 7}}
	r := Rule{ID: "a", Check: func(*evidence.Case) []Finding {
		return []Finding{{Seen: []Witness{Fits(said), Shows(aud), Says(said), Fits(said), Fits(aud)}}}
	}}
	got := Examine(&evidence.Case{}, []Rule{r})[0].Seen
	if want := []Witness{Says(said), Shows(aud)}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// Apart in different cases, only a cause that lies deeper explains: one mailbox
// that is missing does not explain another, a token of the wrong API does
// explain what other calls were told.
func TestExplainsApart(t *testing.T) {
	call := &Rule{ID: "mailbox-unavailable", Layer: Call, Explains: []string{"not-found"}}
	token := &Rule{ID: "audience-mismatch", Layer: Token, Explains: []string{"not-found"}}
	told := Finding{Rule: &Rule{ID: "not-found", Layer: Call}, Strength: Stated, Count: 1}
	for _, test := range []struct {
		cause *Rule
		roots int
	}{{call, 2}, {token, 1}} {
		got := rankAll([]Finding{told, {Rule: test.cause, Strength: Stated, Count: 1}}, true)
		if len(got) != test.roots {
			t.Errorf("%s of another case: %d findings stand by themselves, want %d", test.cause.ID, len(got), test.roots)
		}
		if one := Rank([]Finding{told, {Rule: test.cause, Strength: Stated, Count: 1}}); len(one) != 1 {
			t.Errorf("%s of the same case: %d findings stand by themselves, want 1", test.cause.ID, len(one))
		}
	}
}

package report

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file reads back what the format json wrote, so that diagnoses of parts
// can be merged. What it reads may come from anywhere: it is checked.

// deepest bounds how far findings explain findings.
const deepest = 64

// ReadJSON reads one diagnosis. Rules are attached by rule, which may return nil
// for an ID it does not know: such a finding keeps the title and the severity it
// came with, so that nothing is lost between versions.
func ReadJSON(r io.Reader, rule func(id string) *checks.Rule) (*checks.Diagnosis, error) {
	in := bufio.NewReader(r)
	if mark, _ := in.Peek(3); string(mark) == "\xef\xbb\xbf" {
		_, _ = in.Discard(3) // PowerShell writes one
	}
	var doc docV1
	dec := json.NewDecoder(in)
	if err := dec.Decode(&doc); err != nil {
		return nil, fmt.Errorf("this is no diagnosis in JSON: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more after the diagnosis; give one diagnosis a file")
	}
	switch {
	case doc.Tool.Name != toolName:
		return nil, fmt.Errorf("this JSON was not written by %s", toolName)
	case doc.Version > jsonVersion:
		return nil, fmt.Errorf("version %d of the diagnosis is newer than version %d, the newest that this program reads", doc.Version, jsonVersion)
	case doc.Version != jsonVersion:
		return nil, fmt.Errorf("unknown version %d of the diagnosis", doc.Version)
	}
	return (&reader{rule: rule, made: map[string]*checks.Rule{}}).diagnosis(doc)
}

type reader struct {
	rule func(string) *checks.Rule
	made map[string]*checks.Rule // for IDs that are not known
	err  error                   // the first one
}

func (r *reader) diagnosis(doc docV1) (*checks.Diagnosis, error) {
	d := &checks.Diagnosis{
		Cases: doc.Cases, Examined: doc.Examined, Dropped: doc.Dropped, Probe: doc.Probe,
		Findings: r.findings(doc.Findings, 0),
	}
	d.RuledOut = r.ruledOut(doc.RuledOut)
	if doc.Support != nil {
		d.Support = evidence.IDs(*doc.Support)
	}
	for i, v := range doc.Findings {
		f := &d.Findings[i]
		f.Support, f.RuledOut = d.Support, d.RuledOut
		if v.Support != nil {
			f.Support = evidence.IDs(*v.Support)
		}
		if v.RuledOut != nil {
			f.RuledOut = r.ruledOut(*v.RuledOut)
		}
	}
	for _, p := range doc.Problems {
		d.AddProblem(&evidence.Problem{Place: evidence.Place(p.placeV1), Err: errors.New(p.Error)})
	}
	d.Problem = max(d.Problem, doc.ProblemCount)
	if u := doc.Unresolved; u != nil {
		d.Unresolved = checks.Unresolved{Calls: u.Calls, Permissions: u.Permissions, Places: fromPlaces(u.Places)}
	}
	if r.err != nil {
		return nil, r.err
	}
	return d, nil
}

func (r *reader) ruledOut(list []ruledV1) (all []checks.RuledOut) {
	for _, v := range list {
		out := checks.RuledOut{Rule: v.Rule, Because: v.Because}
		if v.Fact != nil {
			out.Ref = r.witness(*v.Fact).Ref
		}
		all = append(all, out)
	}
	return all
}

func (r *reader) findings(list []findingV1, depth int) []checks.Finding {
	if depth > deepest {
		r.fail("findings explain findings more than %d deep", deepest)
		return nil
	}
	var out []checks.Finding
	for _, v := range list {
		out = append(out, r.finding(v, depth))
	}
	return out
}

func (r *reader) finding(v findingV1, depth int) checks.Finding {
	severity, err := checks.ParseSeverity(v.Severity)
	if err != nil {
		r.fail("finding %q: %v", v.Rule, err)
	}
	if v.Count < 0 {
		r.fail("finding %q: a count of %d", v.Rule, v.Count)
	}
	f := checks.Finding{
		Rule: r.attach(v, severity), Message: v.Message, Subject: v.Subject, Why: v.Why, Probe: v.Probe,
		Apps: v.Apps, Count: v.Count, Places: fromPlaces(v.Places), Explained: r.findings(v.Explained, depth+1),
		Strength: named(r, v.Strength, "strength", checks.Possible, checks.Proven),
		First:    r.moment(v.FirstSeen), Last: r.moment(v.LastSeen), Apart: v.Apart, Mended: v.Mended,
	}
	if f.Rule.Severity != severity {
		f.Severity = severity
	}
	for _, w := range v.Evidence {
		f.Seen = append(f.Seen, r.witness(w))
	}
	for _, x := range v.Fixes {
		f.Fixes = append(f.Fixes, checks.Fix(x))
	}
	return f
}

func (r *reader) attach(v findingV1, s checks.Severity) *checks.Rule {
	if r.rule != nil {
		if known := r.rule(v.Rule); known != nil {
			return known
		}
	}
	if r.made[v.Rule] == nil {
		r.made[v.Rule] = &checks.Rule{ID: v.Rule, Title: v.Title, Severity: s}
	}
	return r.made[v.Rule]
}

func (r *reader) witness(v witnessV1) checks.Witness {
	return checks.Witness{
		Ref: evidence.Ref{
			Place:  evidence.Place(v.placeV1),
			Origin: named(r, v.Origin, "origin", evidence.FromPerson, evidence.FromRegistration),
			Field:  v.Field, Value: v.Value,
		},
		How: named(r, v.How, "witness", checks.HowFits, checks.HowSays),
	}
}

// named finds the value that has a name, among first to last.
func named[T interface {
	~uint8
	fmt.Stringer
}](r *reader, name, what string, first, last T) T {
	for v := first; v <= last; v++ {
		if v.String() == name {
			return v
		}
	}
	r.fail("unknown %s %q", what, name)
	return first
}

func (r *reader) moment(s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		r.fail("%q is no moment in RFC 3339", s)
	}
	return t
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("the diagnosis cannot be read: "+format, args...)
	}
}

func fromPlaces(list []placeV1) []evidence.Place {
	var out []evidence.Place
	for _, p := range list {
		out = append(out, evidence.Place(p))
	}
	return out
}

package report

import (
	"errors"
	"strings"
	"time"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file is the door that every diagnosis passes on its way to a renderer.
// Behind it no string holds a control character, an escape sequence, a character
// that turns the direction of text, invalid UTF-8, or a command that a build
// server obeys wherever it stands in a line. So no renderer can forget it.

func clean(d *checks.Diagnosis) *checks.Diagnosis {
	if d == nil {
		d = &checks.Diagnosis{}
	}
	c := cleaner{rules: map[*checks.Rule]*checks.Rule{}}
	out := *d
	out.Findings = c.findings(d.Findings)
	out.RuledOut, out.Support = each(d.RuledOut, cleanRuled), cleanIDs(d.Support)
	out.Probe = show(d.Probe)
	out.Unresolved.Places = each(d.Unresolved.Places, cleanPlace)
	out.Problems, out.Problem = nil, 0
	for _, p := range d.ProblemList() {
		said := "unknown problem"
		if p.Err != nil {
			said = show(p.Err.Error())
		}
		out.AddProblem(&evidence.Problem{Place: cleanPlace(p.Place), Err: errors.New(said)})
	}
	out.Problem = max(d.Problem, out.Problem)
	return &out
}

func cleanRuled(r checks.RuledOut) checks.RuledOut {
	return checks.RuledOut{Rule: show(r.Rule), Because: show(r.Because), Ref: cleanRef(r.Ref)}
}

func cleanIDs(i evidence.IDs) evidence.IDs {
	return evidence.IDs{
		Request: show(i.Request), ClientRequest: show(i.ClientRequest),
		Correlation: show(i.Correlation), Trace: show(i.Trace), Timestamp: show(i.Timestamp),
	}
}

type cleaner struct {
	rules map[*checks.Rule]*checks.Rule // findings share rules: each is cleaned once
}

func (c cleaner) findings(fs []checks.Finding) []checks.Finding { return each(fs, c.finding) }

func (c cleaner) finding(f checks.Finding) checks.Finding {
	f.Rule = c.rule(f.Rule)
	f.Message, f.Subject, f.Probe, f.CapReason = show(f.Message), show(f.Subject), show(f.Probe), show(f.CapReason)
	f.Seen = each(f.Seen, func(w checks.Witness) checks.Witness { return checks.Witness{Ref: cleanRef(w.Ref), How: w.How} })
	f.Fixes = each(f.Fixes, func(x checks.Fix) checks.Fix {
		return checks.Fix{Title: show(x.Title), Who: show(x.Who), Command: showLines(x.Command), URL: show(x.URL), Widens: x.Widens}
	})
	f.Why, f.Apps = each(f.Why, show), each(f.Apps, show)
	f.Places = each(f.Places, cleanPlace)
	f.Explained = c.findings(f.Explained)
	f.First, f.Last = cleanTime(f.First), cleanTime(f.Last)
	f.RuledOut, f.Support = each(f.RuledOut, cleanRuled), cleanIDs(f.Support)
	return f
}

// rule also gives a finding without a rule one, so that renderers need not ask.
func (c cleaner) rule(r *checks.Rule) *checks.Rule {
	if r == nil {
		r = &checks.Rule{ID: "unnamed", Title: "A finding without a rule"}
	}
	if done, ok := c.rules[r]; ok {
		return done
	}
	out := *r
	out.ID, out.Title = show(r.ID), show(r.Title)
	c.rules[r] = &out
	return &out
}

func each[T any](list []T, f func(T) T) []T {
	if list == nil {
		return nil
	}
	out := make([]T, len(list))
	for i, v := range list {
		out[i] = f(v)
	}
	return out
}

func cleanRef(r evidence.Ref) evidence.Ref {
	r.Place, r.Field, r.Value = cleanPlace(r.Place), show(r.Field), show(r.Value)
	return r
}

func cleanPlace(p evidence.Place) evidence.Place {
	p.File = show(p.File)
	return p
}

// cleanTime drops moments that RFC 3339 cannot write: a log may hold any.
func cleanTime(t time.Time) time.Time {
	if y := t.UTC().Year(); t.IsZero() || y < 1 || y > 9999 {
		return time.Time{}
	}
	return t.UTC()
}

// show makes one line of text safe to show.
func show(s string) string { return disarm(evidence.Printable(s)) }

// showLines is show for text whose lines matter, which commands are.
func showLines(s string) string {
	if !strings.Contains(s, "\n") {
		return show(s)
	}
	lines := strings.Split(strings.TrimRight(s, "\r\n"), "\n")
	for i, l := range lines {
		lines[i] = show(strings.TrimSuffix(l, "\r"))
	}
	return strings.Join(lines, "\n")
}

// disarm breaks the commands that build servers obey in the middle of a line:
// ##[group], ##vso[task...], ##teamcity[...]. Those that must begin a line
// (::error) are left to the writers of lines.
func disarm(s string) string {
	from := 0
	for {
		i := strings.Index(s[from:], "##")
		if i < 0 {
			return s
		}
		i += from + 1 // the second #
		end := i + 1
		for end < len(s) && (s[end]|0x20 >= 'a' && s[end]|0x20 <= 'z') {
			end++
		}
		if end < len(s) && s[end] == '[' {
			s = s[:i] + `\x23` + s[i+1:]
		}
		from = i
	}
}

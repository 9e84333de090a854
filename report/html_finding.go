package report

import (
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
)

// This file turns findings into what the page shows of them: words, and bars
// over time.

// openCauses are unfolded when the page is opened.
const openCauses = 3

// mostBars is how many findings get a bar; a page of ten thousand is of no use.
const mostBars = 100

type htmlFinding struct {
	N                                    int
	Rule, Title, Label, Sure, Severity   string
	Message, Probe, Places, Times, Since string
	AppList                              string // apart by blanks, for the filter
	Open, Many                           bool
	X, W                                 int // of the bar, in thousandths
	Reach, Why                           []string
	Fixes                                []htmlFix
	Seen                                 []htmlWitness
	Explained                            []htmlFinding
}

type htmlFix struct{ Title, Hand, Command, Link, Text string }

type htmlWitness struct{ How, Name, Value, At string }

func toHTML(i int, f checks.Finding, d *checks.Diagnosis, o Options) htmlFinding {
	out := htmlFinding{
		N: i + 1, Rule: f.Rule.ID, Title: f.Rule.Title, Label: o.label(f), Sure: sure(f), Severity: f.Level().String(),
		Message: f.Message, Times: count(f.Count, "time", "times"), Since: since(f),
		Open: i < openCauses, Many: many(d), Why: f.Why,
	}
	for _, line := range reach(f) {
		if !strings.Contains(f.Message, line) {
			out.Reach = append(out.Reach, line)
		}
	}
	out.AppList = strings.Join(appKeys(f), " ")
	if i == 0 && !o.Gate {
		out.Probe = d.Probe
	}
	for _, x := range f.Fixes {
		if x.Title == out.Probe {
			out.Probe = "" // it is the first step already
		}
		fix := htmlFix{Title: x.Title, Hand: hand(x), Command: unarmedLines(x.Command), Text: x.URL}
		if isWeb(x.URL) {
			fix.Link, fix.Text = x.URL, ""
		}
		out.Fixes = append(out.Fixes, fix)
	}
	for _, w := range f.Seen {
		out.Seen = append(out.Seen, htmlWitness{w.How.String(), strings.TrimSpace(w.Origin.String() + " " + w.Field), w.Value, where(w.Place)})
	}
	switch {
	case f.Count > 1 && places(f) != "":
		out.Places = "first at " + places(f)
	case len(f.Seen) == 0 && places(f) != "":
		out.Places = "at " + places(f)
	}
	for _, e := range f.Explained {
		out.Explained = append(out.Explained, toHTML(i, e, d, o))
	}
	return out
}

// appKeys are app ids without blanks, since a list of them is split at blanks.
func appKeys(f checks.Finding) []string {
	return mapped(f.Apps, func(a string) string { return strings.ReplaceAll(a, " ", "_") })
}

// chart places the bars between the first and the last moment of all.
func (p *htmlPage) chart(fs []checks.Finding) {
	var span checks.Finding
	without := 0
	for _, f := range fs {
		if f.First.IsZero() {
			without++
			continue
		}
		if span.First.IsZero() || f.First.Before(span.First) {
			span.First = f.First
		}
		if f.Last.After(span.Last) {
			span.Last = f.Last
		}
	}
	all := span.Last.Sub(span.First)
	if all <= 0 {
		return // one moment makes no picture
	}
	for i, f := range fs {
		if f.First.IsZero() {
			continue
		}
		if len(p.Bars) == mostBars {
			without++
			continue
		}
		bar := p.Findings[i]
		bar.X = int(1000 * float64(f.First.Sub(span.First)) / float64(all))
		bar.W = max(6, int(1000*float64(f.Last.Sub(f.First))/float64(all)))
		bar.X = min(bar.X, 1000-bar.W)
		p.Bars = append(p.Bars, bar)
	}
	p.From, p.To = stamp(span.First), stamp(span.Last)
	if without > 0 {
		p.NoTime = count(without, "finding", "findings") + " without a bar: no time known, or no room"
	}
}

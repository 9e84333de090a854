package report

import (
	"io"
	"strconv"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/rivo/uniseg"
)

// This file writes what the text of a log, of the gate and of every diagnosis
// has beside its findings: the summary before them and the rest after them.

// log writes a summary of what to fix first, then the details.
func (t *texter) log(d *checks.Diagnosis) {
	if len(d.Findings) == 1 {
		t.para(0, 2, span{headline(d, t.Options), t.ink.title}, plain(period(d.Findings)+":"))
		t.head(d.Findings[0], d.Probe)
		t.body(d.Findings[0], false)
		return
	}
	first, what := urgent(d, firstCauses)
	t.para(0, 2, span{headline(d, t.Options), t.ink.title}, plain(period(d.Findings)+". "+what+":"))
	for i, f := range d.Findings[:first] {
		t.summary(i+1, d, f)
	}
	for i, f := range d.Findings[:first] {
		t.blank()
		t.para(0, 2, span{rule(t.width, strconv.Itoa(i+1)+" of "+thousands(len(d.Findings))), t.ink.faint})
		probe := ""
		if i == 0 {
			probe = d.Probe
		}
		t.head(f, probe)
		t.body(f, false)
	}
	rest := d.Findings[first:]
	if len(rest) == 0 {
		return
	}
	t.section("Also found")
	for i := range t.limit(len(rest), otherCauses) {
		t.brief(first+i+1, rest[i])
	}
	t.left(len(rest)-otherCauses, "finding", "findings")
}

// summary tells of one cause how much it would clear, since when, and for whom.
func (t *texter) summary(n int, d *checks.Diagnosis, f checks.Finding) {
	t.item(strconv.Itoa(n)+".", span{clears(d, f), t.ink.title}, plain(": "+f.Rule.Title+sure(f)), t.slug(f))
	for _, line := range reach(f) {
		t.para(5, 7, plain(line))
	}
	if len(f.Fixes) > 0 {
		t.para(5, 7, plain("fix"+hand(f.Fixes[0])+": "+f.Fixes[0].Title))
	}
}

// clears is how many of the failed calls a finding accounts for.
func clears(d *checks.Diagnosis, f checks.Finding) string {
	if f.Count > 1 && f.Count <= d.Cases && d.Cases > 1 {
		return thousands(f.Count) + " of " + count(d.Cases, "failed call", "failed calls")
	}
	return count(f.Count, "time", "times")
}

// brief is a finding of a log in one or two lines.
func (t *texter) brief(n int, f checks.Finding) {
	t.item(strconv.Itoa(n)+".", plain(count(f.Count, "time", "times")+": "+f.Rule.Title+sure(f)), t.slug(f))
	if t.Verbose {
		t.para(5, 5, plain(f.Message))
	}
	if f.Subject != "" {
		t.para(5, 7, plain(f.Subject))
	}
}

// rule draws a line with a name in it.
func rule(width int, name string) string {
	if width == 0 {
		width = 80
	}
	name = "-- " + name + " "
	return name + strings.Repeat("-", max(0, width-uniseg.StringWidth(name)))
}

// gate writes the findings of lint: each stands for itself, the place first, as
// compilers write it and editors read it.
func (t *texter) gate(d *checks.Diagnosis) {
	for i := range t.limit(len(d.Findings), gateFindings) {
		f := d.Findings[i]
		at := ""
		if len(f.Places) > 0 {
			at = where(f.Places[0])
		}
		if at != "" {
			at += ": "
		}
		paint := t.ink.title
		if f.Level() == checks.Error {
			paint = t.ink.loud
		}
		t.para(0, 2, span{at, t.ink.head}, span{f.Level().String(), paint}, plain(": "+f.Message), span{" [" + f.Rule.ID + "]", t.ink.faint})
		for j, x := range f.Fixes {
			if j == 1 && !t.Verbose {
				break
			}
			t.para(2, 4, plain("fix"+hand(x)+": "+x.Title))
			t.ways(6, x)
		}
	}
	t.left(len(d.Findings)-gateFindings, "finding", "findings")
	t.blank()
	t.para(0, 2, span{headline(d, t.Options), t.ink.title})
}

// foot writes what belongs to the diagnosis as a whole.
func (t *texter) foot(d *checks.Diagnosis) {
	if len(d.RuledOut) > 0 {
		t.section("Ruled out")
		for i := range t.limit(len(d.RuledOut), someRuled) {
			r := d.RuledOut[i]
			spans := []span{{r.Rule, t.ink.title}, plain(": " + r.Because)}
			if at := where(r.Ref.Place); at != "" && r.Ref.Field != "" {
				spans = append(spans, span{" (" + at + ")", t.ink.faint})
			}
			t.item("-", spans...)
		}
		t.left(len(d.RuledOut)-someRuled, "cause", "causes")
	}
	if support := ids(d); len(support) > 0 {
		t.section("For a support case with Microsoft")
		for _, p := range support {
			if line := pad(p[0], 19) + p[1]; t.width == 0 || 2+uniseg.StringWidth(line) <= t.width {
				t.verbatim(2, nil, line)
				continue
			}
			t.para(2, 4, plain(p[0]))
			t.verbatim(4, nil, p[1]) // to be copied, so never broken
		}
	}
	if line := unresolved(d.Unresolved); line != "" {
		t.blank()
		t.para(0, 2, plain(line))
	}
	if len(d.Findings) == 0 {
		return
	}
	if d.Problem > 0 {
		t.blank()
		t.para(0, 2, plain(unread(d)+"; the reasons are on standard error"))
	}
	if !t.Gate {
		t.blank()
		t.para(0, 2, span{"More: graphdoctor explain " + d.Findings[0].Rule.ID, t.ink.faint})
	}
}

// WriteProblems writes one line for each part of the input that could not be
// read. It is for standard error, beside a text report on standard output.
func WriteProblems(w io.Writer, d *checks.Diagnosis) error {
	d = clean(d)
	s := newSheet(w, Options{})
	list := d.ProblemList()
	for _, p := range list {
		at := where(p.Place)
		if at != "" {
			at += ": "
		}
		s.verbatim(0, nil, "graphdoctor: "+at+p.Err.Error())
	}
	if n := d.Problem - len(list); n > 0 {
		s.verbatim(0, nil, "graphdoctor: and "+count(n, "more problem", "more problems"))
	}
	return s.flush()
}

// pad fills up to a column.
func pad(s string, to int) string {
	return s + strings.Repeat(" ", max(0, to-uniseg.StringWidth(s)))
}

// cut shortens to a width, at a whole character.
func cut(s string, to int) string {
	if uniseg.StringWidth(s) <= to {
		return s
	}
	width, end, state := 0, 0, -1
	for rest := s; rest != ""; {
		var w int
		var c string
		c, rest, w, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if width+w > to-1 {
			break
		}
		width += w
		end += len(c)
	}
	return s[:end] + "…"
}

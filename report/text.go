package report

import (
	"io"
	"strconv"

	"github.com/fatih/color"
	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/rivo/uniseg"
)

// This file writes for a reader in a hurry. The first five lines (before they
// are broken to the width) hold the cause with how sure it is, the values, the
// strongest evidence, the first fix and its complete command. Everything after
// them is for those who want to know more.

// How much is written without --verbose. What is left out is counted and said.
const (
	firstCauses  = 3   // of a log, in full
	otherCauses  = 10  // in short
	someRuled    = 5   // causes that are ruled out
	someSeen     = 6   // witnesses of one finding
	someFixes    = 4   // after the first
	valueWidth   = 160 // of a witness's value
	gateFindings = 200 // of lint
)

func text(w io.Writer, d *checks.Diagnosis, o Options) error {
	t := &texter{sheet: newSheet(w, o), Options: o}
	switch {
	case len(d.Findings) == 0:
		t.para(0, 2, plain(nothing(d, o)))
	case o.Gate:
		t.gate(d)
	case many(d):
		t.log(d)
	default:
		t.one(d)
	}
	t.foot(d)
	return t.flush()
}

type texter struct {
	*sheet
	Options
}

// one writes the diagnosis of a single failure: its cause, then the rivals.
func (t *texter) one(d *checks.Diagnosis) {
	f := d.Findings[0]
	t.head(f, d.Probe)
	t.body(f, len(d.Findings) > 1)
	if rest := d.Findings[1:]; len(rest) > 0 {
		t.section(others(f))
		for i := range t.limit(len(rest), otherCauses) {
			t.short(i+2, rest[i])
		}
		t.left(len(rest)-otherCauses, "finding", "findings")
	}
}

// head writes the five lines.
func (t *texter) head(f checks.Finding, probe string) {
	t.title(t.label(f)+":", f)
	t.para(2, 2, plain(f.Message))
	if w, ok := strongest(f); ok {
		t.para(0, 2, append([]span{{"Seen:", t.ink.head}}, t.fact(w)...)...)
	}
	next := ""
	if len(f.Fixes) > 0 {
		next = f.Fixes[0].Title
		t.fix("Fix", 0, f.Fixes[0], next == probe || f.Rule.Otherwise)
	}
	if probe != "" && probe != next {
		t.para(0, 2, span{"To be sure:", t.ink.head}, plain(" "+probe))
	}
}

// title writes the line that names a finding, with its rule where there is room.
func (t *texter) title(label string, f checks.Finding) {
	paint := t.ink.title
	if f.Level() == checks.Error {
		paint = t.ink.loud
	}
	spans := []span{{label, paint}, {" " + f.Rule.Title, t.ink.title}}
	slug := "  [" + f.Rule.ID + "]"
	if t.width == 0 || uniseg.StringWidth(label+" "+f.Rule.Title+slug) <= t.width {
		spans = append(spans, span{slug, t.ink.faint})
	}
	t.para(0, 2, spans...)
}

// fact writes what a witness says and where it stands.
func (t *texter) fact(w checks.Witness) []span {
	said := fact(w.Ref)
	if !t.Verbose {
		said = cut(said, valueWidth)
	}
	spans := []span{plain(" " + said)}
	if at := where(w.Place); at != "" {
		spans = append(spans, span{" (" + at + ")", t.ink.faint})
	}
	return spans
}

// fix writes a fix and, on lines of their own, its command and its address.
func (t *texter) fix(name string, indent int, f checks.Fix, isProbe bool) {
	if isProbe {
		name = "Next step"
	}
	t.para(indent, indent+2, span{name + hand(f) + ":", t.ink.head}, plain(" "+f.Title))
	t.ways(indent+4, f)
}

func (t *texter) ways(indent int, f checks.Fix) {
	if f.Command != "" {
		t.verbatim(indent, t.ink.command, f.Command)
	}
	if f.URL != "" {
		t.verbatim(indent, t.ink.faint, f.URL)
	}
}

// body writes what stands behind a finding.
func (t *texter) body(f checks.Finding, rivals bool) {
	if len(f.Fixes) > 1 {
		t.section("Further fixes")
		rest := f.Fixes[1:]
		for i := range t.limit(len(rest), someFixes) {
			t.item(strconv.Itoa(i+2)+".", plain(rest[i].Title+hand(rest[i])))
			t.ways(7, rest[i])
		}
		t.left(len(rest)-someFixes, "fix", "fixes")
	}
	t.evidence(f)
	if len(f.Why) > 0 {
		name := "How sure"
		if rivals {
			name = "Why it stands first"
		}
		t.section(name)
		for _, y := range f.Why {
			t.item("-", plain(y))
		}
	}
	if len(f.Explained) > 0 {
		t.section("Explained by it, no causes of their own")
		t.explained(f.Explained, 2)
	}
}

// evidence lists the witnesses, unless the only one stands in the head already.
func (t *texter) evidence(f checks.Finding) {
	if len(f.Seen) < 2 && f.Count < 2 {
		return
	}
	t.section("Evidence")
	for i := range t.limit(len(f.Seen), someSeen) {
		w := f.Seen[i]
		t.item(pad(w.How.String(), 5), t.fact(w)...)
	}
	t.left(len(f.Seen)-someSeen, "witness", "witnesses")
	t.spread(f)
}

// spread tells how far a finding reaches, where it was met more than once.
func (t *texter) spread(f checks.Finding) {
	if f.Count > len(f.Places) && len(f.Places) > 0 {
		t.para(2, 4, plain("met "+count(f.Count, "time", "times")+", first at "+places(f)))
	}
	if len(f.Apps) > 1 {
		t.para(2, 4, plain(affected(f, 3)))
	}
}

func places(f checks.Finding) string {
	var at []string
	for _, p := range f.Places {
		if s := where(p); s != "" {
			at = append(at, s)
		}
	}
	return few(at, len(at))
}

func (t *texter) explained(fs []checks.Finding, indent int) {
	for _, f := range fs {
		t.para(indent, indent+2, plain("- "+f.Rule.Title+sure(f)), t.slug(f))
		t.para(indent+2, indent+2, plain(f.Message))
		t.explained(f.Explained, indent+2)
	}
}

// short writes a rival: enough to recognise it by.
func (t *texter) short(n int, f checks.Finding) {
	t.item(strconv.Itoa(n)+".", span{f.Rule.Title, t.ink.title}, plain(sure(f)), t.slug(f))
	t.para(5, 5, plain(f.Message))
	if len(f.Fixes) > 0 {
		t.para(5, 7, plain("fix"+hand(f.Fixes[0])+": "+f.Fixes[0].Title))
		if t.Verbose {
			t.ways(9, f.Fixes[0])
		}
	}
}

func (t *texter) slug(f checks.Finding) span { return span{" [" + f.Rule.ID + "]", t.ink.faint} }

// item writes a paragraph behind a mark.
func (t *texter) item(mark string, spans ...span) {
	hang := 3 + uniseg.StringWidth(mark)
	if len(spans) > 0 && spans[0].text != "" && spans[0].text[0] != ' ' {
		spans[0].text = " " + spans[0].text
	}
	t.para(2, hang, append([]span{{mark, (*color.Color)(nil)}}, spans...)...)
}

// limit is how many of a list are written: all of it with --verbose.
func (t *texter) limit(have, n int) int {
	if t.Verbose {
		return have
	}
	return min(have, n)
}

// left counts what was left out.
func (t *texter) left(n int, one, many string) {
	if n > 0 && !t.Verbose {
		t.para(2, 4, span{"and " + count(n, "more "+one, "more "+many) + "; --verbose shows all", t.ink.faint})
	}
}

package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
)

// This file writes Markdown that can be pasted into a ticket or a chat as it
// is. It uses headings, lists and code only, which every tracker knows.

func markdown(w io.Writer, d *checks.Diagnosis, o Options) error {
	m := &marker{w: bufio.NewWriter(w), Options: o}
	if len(d.Findings) == 0 {
		m.line("%s", mdText(nothing(d, o)))
	} else {
		m.findings(d)
	}
	m.foot(d)
	return m.w.Flush()
}

type marker struct {
	w *bufio.Writer
	Options
}

// line writes one line; bufio remembers the first error for the last flush.
func (m *marker) line(format string, args ...any) { fmt.Fprintf(m.w, format+"\n", args...) }

func (m *marker) findings(d *checks.Diagnosis) {
	first := 1
	switch {
	case m.Gate:
		m.line("**%s**\n", mdText(headline(d, m.Options)))
		first = len(d.Findings)
	case many(d):
		var what string
		first, what = urgent(d, firstCauses)
		m.line("**%s**%s. %s:\n", mdText(headline(d, m.Options)), mdText(period(d.Findings)), what)
		for i, f := range d.Findings[:first] {
			m.summary(i+1, d, f)
		}
		m.line("")
	}
	for i, f := range d.Findings[:first] {
		if i > 0 {
			m.line("")
		}
		m.finding(f, d, i == 0 && !m.Gate)
	}
	if rest := d.Findings[first:]; len(rest) > 0 {
		m.line("\n## %s\n", others(d.Findings[0]))
		for i := range m.limit(len(rest), otherCauses) {
			m.short(first+i+1, rest[i])
		}
		if n := len(rest) - m.limit(len(rest), otherCauses); n > 0 {
			m.line("\nand %s", count(n, "more finding", "more findings"))
		}
	}
}

func (m *marker) limit(have, n int) int {
	if m.Verbose {
		return have
	}
	return min(have, n)
}

func (m *marker) summary(n int, d *checks.Diagnosis, f checks.Finding) {
	m.line("%d. **%s**: %s%s %s", n, clears(d, f), mdText(f.Rule.Title), sure(f), mdCode(f.Rule.ID))
	for _, s := range reach(f) {
		m.line("   - %s", mdText(s))
	}
	if len(f.Fixes) > 0 {
		m.line("   - fix%s: %s", mdHand(f.Fixes[0]), mdText(f.Fixes[0].Title))
	}
}

// finding writes one cause in full.
func (m *marker) finding(f checks.Finding, d *checks.Diagnosis, first bool) {
	m.line("## %s: %s\n", m.label(f), mdText(f.Rule.Title))
	m.line("%s\n", mdText(f.Message))
	if w, ok := strongest(f); ok {
		m.line("- **Seen**: %s", m.fact(w))
	} else if at := mdPlaces(f); at != "" {
		m.line("- **Where**: %s", at)
	}
	for i, x := range f.Fixes {
		m.fix(i, x, f)
	}
	if first && d.Probe != "" && (len(f.Fixes) == 0 || f.Fixes[0].Title != d.Probe) {
		m.line("- **To be sure**: %s", mdText(d.Probe))
	}
	m.line("- **Rule**: %s", mdCode(f.Rule.ID))
	if len(f.Seen) > 1 {
		m.line("\n### Evidence\n")
		for _, w := range f.Seen {
			m.line("- %s %s", w.How, m.fact(w))
		}
	}
	if f.Count > 1 && len(f.Places) > 0 {
		m.line("\nMet %s, first at %s.", count(f.Count, "time", "times"), mdPlaces(f))
	}
	if len(f.Why) > 0 {
		m.line("\n### Why\n")
		for _, y := range f.Why {
			m.line("- %s", mdText(y))
		}
	}
	if len(f.Explained) > 0 {
		m.line("\n### Explained by it, no causes of their own\n")
		m.explained(f.Explained, "")
	}
}

func (m *marker) fix(i int, x checks.Fix, f checks.Finding) {
	name := "Fix"
	switch {
	case i > 0:
		name = fmt.Sprintf("Fix %d", i+1)
	case f.Rule.Otherwise:
		name = "Next step"
	}
	m.line("- **%s**%s: %s", name, mdHand(x), mdText(x.Title))
	if x.Command != "" {
		m.line("\n%s", mdBlock("  ", x.Command))
	}
	if x.URL != "" {
		m.line("  %s", mdLink(x.URL))
	}
}

// mdHand tells who does a fix; the name may have been read from anywhere.
func mdHand(x checks.Fix) string {
	x.Who = mdText(who(x.Who))
	return hand(x)
}

func (m *marker) fact(w checks.Witness) string {
	s := mdText(strings.TrimSpace(w.Origin.String() + " " + w.Field))
	if w.Value != "" {
		s += " = " + mdCode(w.Value)
	}
	if at := where(w.Place); at != "" {
		s += " (" + mdCode(at) + ")"
	}
	return s
}

func mdPlaces(f checks.Finding) string {
	var at []string
	for _, p := range f.Places {
		at = append(at, mdCode(where(p)))
	}
	return strings.Join(at, ", ")
}

func (m *marker) explained(fs []checks.Finding, indent string) {
	for _, f := range fs {
		m.line("%s- %s%s %s: %s", indent, mdText(f.Rule.Title), sure(f), mdCode(f.Rule.ID), mdText(f.Message))
		m.explained(f.Explained, indent+"  ")
	}
}

func (m *marker) short(n int, f checks.Finding) {
	times := ""
	if f.Count > 1 {
		times = count(f.Count, "time", "times") + ": "
	}
	m.line("%d. %s%s%s %s: %s", n, times, mdText(f.Rule.Title), sure(f), mdCode(f.Rule.ID), mdText(f.Message))
	if len(f.Fixes) > 0 {
		m.line("   - fix%s: %s", mdHand(f.Fixes[0]), mdText(f.Fixes[0].Title))
	}
}

func (m *marker) foot(d *checks.Diagnosis) {
	if len(d.RuledOut) > 0 {
		m.line("\n## Ruled out\n")
		for _, r := range d.RuledOut {
			m.line("- %s: %s", mdCode(r.Rule), mdText(r.Because))
		}
	}
	if support := ids(d); len(support) > 0 {
		m.line("\n## For a support case with Microsoft\n")
		for _, p := range support {
			m.line("- %s: %s", p[0], mdCode(p[1]))
		}
	}
	if s := unresolved(d.Unresolved); s != "" {
		m.line("\n%s", mdText(s))
	}
	m.problems(d)
}

func (m *marker) problems(d *checks.Diagnosis) {
	list := d.ProblemList()
	if len(list) == 0 {
		return
	}
	m.line("\n## Not read\n")
	for _, p := range list {
		at := where(p.Place)
		if at != "" {
			at = mdCode(at) + ": "
		}
		m.line("- %s%s", at, mdText(p.Err.Error()))
	}
	if n := d.Problem - len(list); n > 0 {
		m.line("- and %s", count(n, "more", "more"))
	}
}

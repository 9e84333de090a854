package report

import (
	"bufio"
	"bytes"
	"io"

	"github.com/graphdoctor/graphdoctor/checks"
)

// This file writes the summary of a build's step: every finding in one line of
// Markdown, beside the few annotations that GitHub keeps.

// summaryBytes is how large a summary may be; GitHub refuses one over 1 MiB.
const summaryBytes = 1 << 20

// WriteSummary writes a Markdown summary of the diagnosis for the file that
// GITHUB_STEP_SUMMARY names: all findings, the worst first, as far as GitHub
// takes them; what does not fit is counted. Ranking within a severity is kept.
func WriteSummary(w io.Writer, d *checks.Diagnosis, o Options) error {
	return summary(w, clean(d), o)
}

func summary(w io.Writer, d *checks.Diagnosis, o Options) error {
	var tail bytes.Buffer
	m := &marker{w: bufio.NewWriter(&tail), Options: o}
	m.foot(d)
	if err := m.w.Flush(); err != nil {
		return err
	}
	if tail.Len() > summaryBytes/2 {
		tail.Reset()
		tail.WriteString("\n" + unread(d) + "\n")
	}
	out := bufio.NewWriter(w)
	m = &marker{w: out, Options: o}
	m.line("## %s\n", toolName)
	if len(d.Findings) == 0 {
		m.line("%s", mdText(nothing(d, o)))
	} else {
		m.line("**%s**\n", mdText(tally(d.Findings)))
		m.overview(d, summaryBytes-tail.Len()-512)
	}
	if _, err := out.Write(tail.Bytes()); err != nil {
		return err
	}
	return out.Flush()
}

// overview writes a line for each finding until the room is used up.
func (m *marker) overview(d *checks.Diagnosis, room int) {
	for i, f := range worstFirst(d.Findings) {
		var one bytes.Buffer
		item := &marker{w: bufio.NewWriter(&one), Options: m.Options}
		item.overviewItem(f)
		_ = item.w.Flush() // a bytes.Buffer takes everything
		if room -= one.Len(); room < 0 {
			m.line("\nand %s, for which a summary has no room", count(len(d.Findings)-i, "more finding", "more findings"))
			return
		}
		_, _ = m.w.Write(one.Bytes()) // bufio keeps the error for the last flush
	}
}

func (m *marker) overviewItem(f checks.Finding) {
	at := ""
	if p, ok := home(f); ok {
		p.File, _ = m.hosted(p.File)
		at = mdCode(where(p)) + ": "
	}
	times := ""
	if f.Count > 1 {
		times = ", " + count(f.Count, "time", "times")
	}
	m.line("- **%s** %s%s%s (%s)", f.Level(), at, mdText(f.Message), times, mdCode(f.Rule.ID))
	if len(f.Fixes) > 0 {
		m.fixItem(f.Fixes[0], f.Rule.Otherwise)
	}
}

func (m *marker) fixItem(x checks.Fix, step bool) {
	name := "fix"
	if step {
		name = "next step"
	}
	m.line("  - %s%s: %s", name, mdHand(x), mdText(x.Title))
	if x.Command != "" {
		m.line("\n%s", mdBlock("    ", x.Command))
	}
}

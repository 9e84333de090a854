package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
)

// This file writes what requests need as Markdown tables.

func needMarkdown(w io.Writer, r *checks.NeedReport, o Options) error {
	m := &marker{w: bufio.NewWriter(w), Options: o}
	m.needTable(r)
	m.needNotes(r)
	m.needSets(r)
	m.needHave(r)
	m.line("\n%s", mdText(sourceWords(r)))
	return m.w.Flush()
}

func (m *marker) needTable(r *checks.NeedReport) {
	m.line("| Request | %s |", strings.Join(r.Kinds, " | "))
	m.line("| --- |%s", strings.Repeat(" --- |", len(r.Kinds)))
	for _, q := range r.Requests {
		cells := []string{mdCell(mdCode(q.Name()))}
		if q.Match != "exact" {
			cells[0] += " (" + q.Match + ")"
		}
		for _, k := range q.Kinds {
			if !k.Supported {
				cells = append(cells, mdCell(mdText(cannot(k))))
				continue
			}
			rest := wouldDo(k)
			cell := make([]string, len(k.Least))
			for i, p := range k.Least {
				cell[i] = mdCode(take(k, p))
			}
			text := strings.Join(cell, " or ") + ", " + consent(k.Consent)
			if k.Resource {
				text = strings.Join(cell, " or ") + ", granted on the resource itself"
			}
			if len(rest) > 0 {
				text += fmt.Sprintf("; or %s", mdText(few(rest, someOthers)))
			}
			cells = append(cells, mdCell(text))
		}
		m.line("| %s |", strings.Join(cells, " | "))
	}
}

// mdCell keeps a cell in its column.
func mdCell(s string) string { return strings.ReplaceAll(s, "|", "\\|") }

func (m *marker) needNotes(r *checks.NeedReport) {
	first := true
	say := func(q checks.NeedRequest, format string, args ...any) {
		if first {
			m.line("")
		}
		first = false
		m.line("- %s: %s", mdCode(q.Name()), mdText(fmt.Sprintf(format, args...)))
	}
	for _, q := range r.Requests {
		if q.How != "" {
			say(q, "%s: %s", q.Match, q.How)
		}
		for _, e := range q.Extra {
			say(q, "also for %s", extraWords(e, r.Kinds))
		}
		for _, x := range q.Roles {
			if said := roleWords(x, r.Kinds); said != "" {
				say(q, "%s", said)
			}
		}
		for _, n := range q.Notes {
			say(q, "%s", n)
		}
		if q.Errata != "" {
			say(q, "mended: %s", q.Errata)
		}
	}
}

func (m *marker) needSets(r *checks.NeedReport) {
	m.line("\n## Least set\n")
	m.line("| Kind | Permission | Consent | Id | For |")
	m.line("| --- | --- | --- | --- | --- |")
	for _, s := range r.Sets {
		for _, p := range s.Permissions {
			grant := consent(p.AdminConsent)
			if p.Resource {
				grant = "on the resource"
			}
			m.line("| %s | %s | %s | %s | %s |", s.Kind, mdCode(p.Name), grant, mdCode(p.ID), mdCell(mdText(few(p.Serves, someServed))))
		}
		if len(s.Permissions) == 0 {
			m.line("| %s | none |  |  | %s |", s.Kind, mdCell(mdText(emptySet(s))))
		} else if rest := uncovered(s); rest != "" {
			m.line("| %s |  |  |  | %s |", s.Kind, mdCell(mdText(rest)))
		}
	}
}

func (m *marker) needHave(r *checks.NeedReport) {
	for i, h := range r.Have {
		if i == 0 {
			m.line("\n## Compared with what is held\n")
		}
		for _, l := range haveLines(h) {
			m.line("- %s, **%s**: %s", h.Kind, l[0], mdText(l[1]))
		}
	}
}

package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/rivo/uniseg"
)

// This file writes what requests need as a table for a terminal of 80 columns:
// a block for each request, a line for each kind of caller, and at the end the
// permissions to ask for.

const (
	needWidth    = 80 // where the terminal's is unknown
	fullRequests = 12 // so many requests are told with all that would do
	mostRequests = 60 // so many are told at all without --verbose
	someOthers   = 4  // permissions that would do as well
	someServed   = 3  // requests that a permission is for
	kindColumn   = 15 // "  application  "
)

func needText(w io.Writer, r *checks.NeedReport, o Options) error {
	if o.Width == 0 {
		o.Width = needWidth
	}
	t := &needTexter{texter{sheet: newSheet(w, o), Options: o}, r}
	if len(r.Requests) == 0 {
		t.para(0, 2, plain("No request to look up."))
		return t.flush()
	}
	for i := range t.limit(len(r.Requests), mostRequests) {
		if i > 0 {
			t.blank()
		}
		t.request(r.Requests[i], len(r.Requests) <= fullRequests || o.Verbose)
	}
	t.left(len(r.Requests)-mostRequests, "request", "requests")
	t.sets()
	t.have()
	t.blank()
	t.para(0, 2, span{sourceWords(r), t.ink.faint})
	return t.flush()
}

type needTexter struct {
	texter
	report *checks.NeedReport
}

// request writes the block of one request.
func (t *needTexter) request(q checks.NeedRequest, full bool) {
	head := []span{{q.Name(), t.ink.title}}
	if q.Cmdlet != "" && q.Template != "" {
		head = []span{{q.Cmdlet, t.ink.title}, {"  " + q.Name(), nil}}
	}
	if q.Count > 1 {
		head = append(head, span{"  (" + count(q.Count, "time", "times") + ")", t.ink.faint})
	}
	t.para(0, 2, head...)
	if q.URL != "" && q.Template != "" && q.Match != "exact" {
		t.para(2, 4, span{"for " + q.URL, t.ink.faint})
	}
	if q.How != "" {
		t.para(2, 4, span{q.Match + ": ", t.ink.head}, plain(q.How))
	}
	if slices.ContainsFunc(q.Kinds, func(k checks.NeedKind) bool { return k.Known }) {
		for _, k := range q.Kinds {
			t.kind(k, full)
		}
	}
	t.notes(q, full)
}

// kind writes the line of one kind of caller.
func (t *needTexter) kind(k checks.NeedKind, full bool) {
	label := span{pad(k.Kind, kindColumn-4) + "  ", t.ink.head}
	if !k.Supported {
		t.row(label, plain(cannot(k)))
		return
	}
	rest := wouldDo(k)
	words := make([]string, len(k.Least))
	for i, p := range k.Least {
		words[i] = take(k, p)
	}
	spans := []span{{strings.Join(words, " or "), t.ink.command}, {"  (" + consent(k.Consent) + ")", t.ink.faint}}
	if k.Resource {
		tenant := ""
		if k.Tenant != "" {
			tenant = "; for the whole tenant: " + k.Tenant
		}
		spans = []span{spans[0], {"  (granted on the resource itself" + tenant + ")", nil}}
	}
	t.row(label, spans...)
	if full && len(rest) > 0 {
		n := t.limit(len(rest), someOthers)
		for i := range rest {
			rest[i] = take(k, rest[i])
		}
		line := "or " + strings.Join(rest[:n], ", ")
		if n < len(rest) {
			line += fmt.Sprintf(" and %d more", len(rest)-n)
		}
		t.para(kindColumn, kindColumn, span{line, t.ink.faint})
	}
}

// row writes a cell behind the column of kinds.
func (t *needTexter) row(label span, spans ...span) {
	if strings.TrimSpace(label.text) == "" { // as the line above
		t.para(kindColumn, kindColumn, spans...)
		return
	}
	t.para(2, kindColumn, append([]span{label}, spans...)...)
}

// notes writes what else is to know of a request.
func (t *needTexter) notes(q checks.NeedRequest, full bool) {
	for _, e := range q.Extra {
		if e.Met {
			continue
		}
		t.para(2, 4, span{"also for ", t.ink.head}, plain(extraWords(e, t.report.Kinds)))
	}
	for _, r := range q.Roles {
		if said := roleWords(r, t.report.Kinds); said != "" && (r.Target == "" || t.Verbose) {
			t.para(2, 4, span{"role ", t.ink.head}, plain(said))
		}
	}
	if full {
		for _, e := range q.More {
			t.para(2, 4, span{"more for ", t.ink.head}, plain(extraWords(e, t.report.Kinds)))
		}
	}
	for _, n := range q.Notes {
		t.para(2, 4, span{"note ", t.ink.head}, plain(n))
	}
	if len(q.Other) > 0 {
		var all []string
		for _, a := range q.Other {
			all = append(all, a.Method+" "+a.Template)
		}
		t.para(2, 4, span{"or ", t.ink.head}, plain("it calls "+few(all, 3)+"; its parameters decide"))
	}
	if q.Errata != "" {
		t.para(2, 4, span{"mended ", t.ink.head}, plain(q.Errata))
	}
}

// sets writes the smallest set of each kind.
func (t *needTexter) sets() {
	many := len(t.report.Requests) > 1
	name := "To ask for, with who consents and the id"
	if many {
		name = "Least set for all " + count(len(t.report.Requests), "request", "requests") + ", with who consents and the id"
	}
	t.section(name)
	for _, s := range t.report.Sets {
		t.para(2, 4, span{s.Kind, t.ink.head})
		if len(s.Permissions) == 0 {
			t.para(4, 6, plain("none: "+emptySet(s)))
			continue
		}
		for _, p := range s.Permissions {
			t.permission(p, many)
		}
		if rest := uncovered(s); rest != "" {
			t.para(4, 6, plain(rest))
		}
		if !s.Exact {
			t.para(4, 6, plain("a smaller set may exist: the search was cut short"))
		}
	}
}

// nameColumn is how wide the column of names is: with the word for the consent
// and an id behind it, a line fills 80 columns.
const nameColumn = 30

// permission writes one permission of a set: its name, who consents, its id.
func (t *needTexter) permission(p checks.NeedPermission, why bool) {
	grant := "user "
	switch {
	case p.Resource:
		grant = "on the resource"
	case p.AdminConsent:
		grant = "admin"
	}
	t.write("    ")
	t.colored(t.ink.command, p.Name)
	if wide := uniseg.StringWidth(p.Name); wide > nameColumn && p.ID != "" {
		t.write("\n    " + strings.Repeat(" ", nameColumn))
	} else {
		t.write(strings.Repeat(" ", max(0, nameColumn-wide)))
	}
	t.write("  " + strings.TrimRight(grant+"  "+p.ID, " ") + "\n")
	if why && len(p.Serves) > 0 {
		t.para(6, 8, span{"for " + few(p.Serves, t.limit(len(p.Serves), someServed)), t.ink.faint})
	}
}

func emptySet(s checks.NeedSet) string {
	if rest := uncovered(s); rest != "" {
		return rest
	}
	return "nothing is asked for"
}

// uncovered tells which requests a set does not serve.
func uncovered(s checks.NeedSet) string {
	var parts []string
	if len(s.Unsupported) > 0 {
		parts = append(parts, "not possible in this kind: "+few(s.Unsupported, someServed))
	}
	if len(s.Unknown) > 0 {
		parts = append(parts, "not known, and not free: "+few(s.Unknown, someServed))
	}
	if len(s.Guessed) > 0 {
		parts = append(parts, "a guess: "+few(s.Guessed, someServed))
	}
	return strings.Join(parts, "; ")
}

// have writes what is missing and what is in excess.
func (t *needTexter) have() {
	for i, h := range t.report.Have {
		if i == 0 {
			t.section("Compared with what is held")
		}
		label := span{pad(h.Kind, kindColumn-4) + "  ", t.ink.head}
		lines := haveLines(h)
		for _, l := range lines {
			t.row(label, span{pad(l[0], 8), t.ink.title}, plain(" "+l[1]))
			label.text = strings.Repeat(" ", kindColumn-2)
		}
	}
}

// haveLines tells a comparison in lines: a word and what it is about.
func haveLines(h checks.NeedHave) [][2]string {
	var out [][2]string
	say := func(word, format string, args ...any) {
		out = append(out, [2]string{word, fmt.Sprintf(format, args...)})
	}
	if len(h.Held) == 0 {
		say("held", "nothing of this kind")
	}
	for _, m := range h.Missing {
		switch {
		case m.Held != "":
			say("missing", "%s beside %s, for %s", strings.Join(m.Beside, " or "), m.Held, m.Request)
		default:
			perhaps := ""
			if len(m.Perhaps) > 0 {
				perhaps = fmt.Sprintf("; the held %s may do, though the map does not list it", strings.Join(m.Perhaps, ", "))
			}
			say("missing", "%s, for %s%s", strings.Join(m.Least, " or "), m.Request, perhaps)
		}
	}
	if len(h.Add) > 0 {
		var names []string
		for _, p := range h.Add {
			names = append(names, p.Name)
		}
		say("add", "%s", strings.Join(names, ", "))
	}
	for _, e := range h.Excess {
		switch {
		case e.Instead != "":
			say("excess", "%s: %s would do", e.Name, e.Instead)
		case len(h.Unsure) > 0:
			say("excess", "%s, unless a request that is not in the map needs it", e.Name)
		default:
			say("excess", "%s: no request needs it", e.Name)
		}
	}
	if len(h.Missing) == 0 && len(h.Excess) == 0 && len(h.Unsure) == 0 {
		say("enough", "and nothing in excess")
	} else if len(h.Missing) == 0 && len(h.Unsure) == 0 {
		say("enough", "for all requests")
	}
	if len(h.Unsure) > 0 {
		say("unsure", "nothing is known of %s", few(h.Unsure, someServed))
	}
	return out
}

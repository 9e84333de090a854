package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file holds the words that the formats for people share.

// toolName is who writes all this.
const toolName = "graphdoctor"

// stdin is how standard input is called where a file name would stand.
const stdin = "stdin"

// where tells a place as editors and terminals read it, "" where unknown.
func where(p evidence.Place) string {
	file := p.File
	if file == "-" {
		file = stdin
	}
	switch {
	case file == "":
		return ""
	case p.Line <= 0:
		return file
	}
	return file + ":" + strconv.Itoa(p.Line)
}

// fact tells a witness's fact: who speaks, of what, and its value.
func fact(r evidence.Ref) string {
	name := strings.TrimSpace(r.Origin.String() + " " + r.Field)
	if r.Field == r.Origin.String() {
		name = r.Field
	}
	if r.Value == "" {
		return name
	}
	return name + " = " + r.Value
}

// strongest is the witness that carries a finding: the first of those that say
// or show most.
func strongest(f checks.Finding) (checks.Witness, bool) {
	if len(f.Seen) == 0 {
		return checks.Witness{}, false
	}
	best := f.Seen[0]
	for _, w := range f.Seen[1:] {
		if w.How > best.How {
			best = w
		}
	}
	return best, true
}

// label says what a finding is and how sure, for the line that opens it. What
// the gate finds is no cause of anything yet.
func (o Options) label(f checks.Finding) string {
	switch {
	case o.Gate && f.Level() == checks.Error:
		return "Error" + sure(f)
	case f.Rule.Otherwise:
		return "Undecided"
	case f.Level() == checks.Error && f.Strength == checks.Possible:
		return "Possible cause"
	case f.Level() == checks.Error:
		return "Cause" + sure(f)
	case f.Level() == checks.Warning:
		return "Warning" + sure(f)
	}
	return "Note" + sure(f)
}

func sure(f checks.Finding) string {
	if f.Strength == 0 {
		return ""
	}
	return " (" + f.Strength.String() + ")"
}

// who names the person who can carry out a fix.
func who(name string) string {
	words := map[string]string{
		checks.Developer: "developer", checks.User: "user", checks.AppAdmin: "app administrator",
		checks.ExchangeAdmin: "Exchange administrator", checks.SharePointAdmin: "SharePoint administrator",
		checks.TeamsAdmin: "Teams administrator", checks.SecurityAdmin: "security administrator", checks.Microsoft: "Microsoft",
	}
	if w, ok := words[name]; ok {
		return w
	}
	return name
}

// hand tells in brackets who does a fix and whether it gives more access.
func hand(f checks.Fix) string {
	var parts []string
	if f.Who != "" {
		parts = append(parts, who(f.Who))
	}
	if f.Widens {
		parts = append(parts, "gives more access than before")
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, "; ") + ")"
}

// count is a number with its noun: "1 call", "10,914 calls".
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}

func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// numbers is a small number in words, for "fix these three first".
var numbers = [...]string{"none", "this", "these two", "these three"}

// urgent is how many of a log's findings are told in full, and what is said of
// them. What was overcome and what is undecided is nothing to be fixed first.
func urgent(d *checks.Diagnosis, most int) (n int, words string) {
	for n < min(len(d.Findings), most) && !d.Findings[n].Mended && !d.Findings[n].Rule.Otherwise {
		n++
	}
	if n > 0 {
		return n, "Fix " + numbers[n] + " first"
	}
	if d.Findings[0].Mended {
		return 1, "Nothing is left to fix: later calls went through"
	}
	return 1, "None is decided; find out more about this first"
}

// stamp is a moment for people, to the second at most.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }

// since tells when something was seen, "" where unknown.
func since(f checks.Finding) string {
	switch {
	case f.First.IsZero():
		return ""
	case f.Last.IsZero() || stamp(f.First) == stamp(f.Last):
		return "at " + stamp(f.First) + " UTC"
	case f.First.UTC().Format(time.DateOnly) == f.Last.UTC().Format(time.DateOnly):
		return "from " + stamp(f.First) + " to " + f.Last.UTC().Format(time.TimeOnly) + " UTC"
	}
	return "from " + stamp(f.First) + " to " + stamp(f.Last) + " UTC"
}

// period is the time that findings span, "" where unknown.
func period(fs []checks.Finding) string {
	var all checks.Finding
	for _, f := range fs {
		if !f.First.IsZero() && (all.First.IsZero() || f.First.Before(all.First)) {
			all.First = f.First
		}
		if f.Last.After(all.Last) {
			all.Last = f.Last
		}
	}
	if s := since(all); s != "" {
		return ", " + s
	}
	return ""
}

// affected names the apps that a finding was met in, "" where unknown.
func affected(f checks.Finding, n int) string {
	switch len(f.Apps) {
	case 0:
		return ""
	case 1:
		return "app " + f.Apps[0]
	}
	return count(len(f.Apps), "app", "apps") + ": " + few(f.Apps, n)
}

// reach tells of a log's finding what it is about, since when and for which
// apps, a line each.
func reach(f checks.Finding) []string {
	var out []string
	apps := affected(f, 2)
	if len(f.Apps) == 1 && strings.Contains(f.Subject, f.Apps[0]) {
		apps = ""
	}
	for _, line := range []string{f.Subject, since(f), apps} {
		if line != "" {
			out = append(out, line)
		}
	}
	return out
}

// others is the heading over the findings after the first.
func others(first checks.Finding) string {
	if first.Rule.Otherwise {
		return "It may be"
	}
	return "Also found"
}

// few joins the first n of a list and counts the rest.
func few(list []string, n int) string {
	if len(list) <= n {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:n], ", "), len(list)-n)
}

// many tells whether the diagnosis is of a log: then a summary comes first.
func many(d *checks.Diagnosis) bool {
	if d.Cases > 1 {
		return true
	}
	for _, f := range d.Findings {
		if f.Count > 1 {
			return true
		}
	}
	return false
}

// headline opens a summary: how much failed and how many causes there are.
func headline(d *checks.Diagnosis, o Options) string {
	if o.Gate {
		return tally(d.Findings)
	}
	causes := count(len(d.Findings), "finding", "findings")
	if d.Dropped > 0 {
		causes += fmt.Sprintf(" (and %s not kept)", count(d.Dropped, "finding", "findings"))
	}
	if d.Cases == 0 {
		return causes
	}
	return count(d.Cases, "failed call", "failed calls") + ", " + causes
}

// tally counts findings by severity: "2 errors, 1 note".
func tally(fs []checks.Finding) string {
	var n [checks.Error + 1]int
	for _, f := range fs {
		n[min(f.Level(), checks.Error)]++
	}
	var parts []string
	for s := checks.Error; s >= checks.Note; s-- {
		if n[s] > 0 {
			parts = append(parts, count(n[s], s.String(), s.String()+"s"))
		}
	}
	if len(parts) == 0 {
		return "no findings"
	}
	return strings.Join(parts, ", ")
}

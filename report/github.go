package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file writes workflow commands of GitHub Actions, which become
// annotations of a run. GitHub keeps ten of a kind for each step; the worst are
// written, and one notice says how many are not.
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions

// mostOfAKind is how many annotations of one kind GitHub keeps.
const mostOfAKind = 10

// annotationKinds names the annotation of each severity.
var annotationKinds = [...]string{checks.Note: "notice", checks.Warning: "warning", checks.Error: "error"}

type annotation struct {
	severity checks.Severity
	place    evidence.Place
	title    string
	text     string
}

func github(w io.Writer, d *checks.Diagnosis, o Options) error {
	out := bufio.NewWriter(w)
	all := annotations(d)
	if len(all) == 0 {
		fmt.Fprintln(out, nothing(d, o))
	}
	unkept := max(0, d.Problem-len(d.ProblemList()))
	shown := atMost(all, mostOfAKind)
	if left := len(all) - len(shown) + unkept; left > 0 {
		shown = atMost(all, mostOfAKind-1) // leaves room for the notice
		left = len(all) - len(shown) + unkept
		shown = append(shown, annotation{severity: checks.Note, title: toolName,
			text: count(left, "more is", "more are") + " not shown here: GitHub keeps ten annotations of a kind for a step. The step summary and the other formats have them"})
	}
	for _, a := range shown {
		o.annotate(out, a)
	}
	return out.Flush()
}

// annotations is everything to say, the worst first.
func annotations(d *checks.Diagnosis) []annotation {
	var out []annotation
	for _, f := range worstFirst(d.Findings) {
		p, _ := home(f)
		out = append(out, annotation{clampLevel(f.Level()), p, f.Rule.Title + " [" + f.Rule.ID + "]", sentence(f)})
	}
	for _, p := range d.ProblemList() {
		a := annotation{severity: checks.Warning, place: p.Place, title: "Not read", text: p.Err.Error()}
		if a.place.File == "-" {
			a.text = where(p.Place) + ": " + a.text
		}
		out = append(out, a)
	}
	if s := unresolved(d.Unresolved); s != "" {
		out = append(out, annotation{severity: checks.Note, title: "Not resolved", text: s})
	}
	return out
}

func clampLevel(s checks.Severity) checks.Severity { return min(max(s, checks.Note), checks.Error) }

// atMost keeps the first ten errors and warnings, and the first so many notices.
func atMost(all []annotation, notices int) []annotation {
	room := [...]int{checks.Note: notices, checks.Warning: mostOfAKind, checks.Error: mostOfAKind}
	var out []annotation
	for _, a := range all {
		if room[a.severity] > 0 {
			room[a.severity]--
			out = append(out, a)
		}
	}
	return out
}

// annotate writes one workflow command.
func (o Options) annotate(w io.Writer, a annotation) {
	var props []string
	if file, _ := o.hosted(a.place.File); file != "" {
		props = append(props, "file="+commandProperty(file))
		if a.place.Line > 0 {
			props = append(props, fmt.Sprintf("line=%d", a.place.Line))
		}
	}
	props = append(props, "title="+commandProperty(a.title))
	fmt.Fprintf(w, "::%s %s::%s\n", annotationKinds[a.severity], strings.Join(props, ","), commandData(a.text))
}

// commandData escapes what follows the second :: of a workflow command, as the
// runner reads it back.
func commandData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

// commandProperty escapes the value of a workflow command's property.
func commandProperty(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}

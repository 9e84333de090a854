package report

import (
	"io"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file writes SARIF for code scanning. What GitHub needs decides what is
// written: a rule table with help, a file below the repository's top folder,
// fingerprints that outlive a moved line, and no more results than it takes.
// Nothing in it depends on when or where the tool ran.

// How much a code scanner takes of one run; GitHub shows the first 5,000
// results (https://docs.github.com/code-security/code-scanning).
const (
	mostResults = 5000
	mostRelated = 10
	mostMeaning = 1000 // characters of a rule's description
)

// homepage tells who wrote the log.
const homepage = "https://github.com/graphdoctor/graphdoctor"

func sarif(w io.Writer, d *checks.Diagnosis, o Options) error {
	s := sarifer{Options: o, index: map[string]int{}}
	run := sarifRun{
		Tool:  sarifTool{sarifDriver{Name: toolName, Version: o.Version, InformationURI: homepage}},
		Bases: map[string]sarifBase{sourceRoot: {sarifText{Text: "The folder that graphdoctor ran in, the top of the repository."}}},
	}
	for i := range o.Rules {
		s.rule(&o.Rules[i])
	}
	all := worstFirst(d.Findings)
	run.Results = mapped(all[:min(len(all), mostResults)], s.result)
	run.Tool.Driver.Rules = s.rules
	run.Invocations = []sarifInvocation{{Success: true, Notifications: s.notes(d, len(all)-len(run.Results))}}
	if o.Catalog != (Catalog{}) {
		run.Properties = map[string]any{"catalog": catalogV1{o.Catalog.Source, o.Catalog.Date}}
	}
	return encode(w, sarifLog{Schema: sarifSchema, Version: sarifVersion, Runs: []sarifRun{run}}, "  ")
}

type sarifer struct {
	Options
	rules []sarifRule
	index map[string]int // of rules, by ID
}

// rule puts a rule into the table once and returns its index.
func (s *sarifer) rule(r *checks.Rule) int {
	if i, ok := s.index[r.ID]; ok {
		return i
	}
	doc := s.page(r)
	means := meaning(doc)
	if means == "" {
		means = r.Title + "."
	}
	out := sarifRule{
		ID: r.ID, ShortDescription: sarifText{Text: r.Title}, FullDescription: sarifText{Text: means},
		Help: sarifText{Text: means, Markdown: doc}, Default: sarifDefault{level(r.Severity)},
	}
	tags := []string{"authorization", r.Layer.String()}
	if r.NotAuth {
		tags = tags[1:]
	}
	out.Properties = map[string]any{"tags": tags}
	s.index[r.ID] = len(s.rules)
	s.rules = append(s.rules, out)
	return s.index[r.ID]
}

// level is a severity in SARIF's words, which are ours.
func level(v checks.Severity) string {
	if v == 0 || v > checks.Error {
		return checks.Warning.String() // the standard's default
	}
	return v.String()
}

func (s *sarifer) result(f checks.Finding) sarifResult {
	out := sarifResult{
		RuleID: f.Rule.ID, RuleIndex: s.rule(f.Rule), Level: level(f.Level()), Occurrences: f.Count,
		Message:   sarifText{Text: sarifPlain(sentence(f))},
		Locations: s.locations(f), Related: s.related(f),
		Properties: sarifProperties{
			Strength: f.Strength.String(), Count: f.Count, Subject: f.Subject,
			Why: mapped(f.Why, func(y string) string { return y }), Explained: explained(f.Explained),
		},
	}
	file := ""
	if p, ok := home(f); ok {
		file = uri(s.hosted(p.File))
	}
	out.Fingerprints = map[string]string{toolName + "/v1": fingerprint(f, file)}
	return out
}

// sentence is a finding's message with its first fix beneath.
func sentence(f checks.Finding) string {
	said := f.Message
	if said == "" {
		said = f.Rule.Title
	}
	if a := advice(f); a != "" {
		said += "\n\n" + a
	}
	return said
}

// sarifPlain keeps [words](address) in a message from becoming a link.
func sarifPlain(text string) string {
	if !strings.Contains(text, "](") {
		return text
	}
	return strings.NewReplacer(`[`, `\[`, `]`, `\]`).Replace(text)
}

func explained(fs []checks.Finding) []sarifExplained {
	var out []sarifExplained
	for _, f := range fs {
		out = append(out, sarifExplained{f.Rule.ID, f.Message})
		out = append(out, explained(f.Explained)...)
	}
	return out
}

// locations are the files that a finding was met in. Without one the subject
// stands as a logical location: a result may be about no file at all.
func (s *sarifer) locations(f checks.Finding) []sarifLocation {
	var out []sarifLocation
	for _, p := range f.Places {
		if at := s.physical(p); at != nil {
			out = append(out, sarifLocation{Physical: at})
		}
	}
	if len(out) > 0 {
		return out
	}
	if p, ok := home(f); ok {
		return []sarifLocation{{Physical: s.physical(p)}}
	}
	if f.Subject != "" {
		return []sarifLocation{{Logical: []sarifLogical{{f.Subject}}}}
	}
	return nil
}

// related are the witnesses that stand in files.
func (s *sarifer) related(f checks.Finding) []sarifLocation {
	var out []sarifLocation
	for _, w := range f.Seen {
		if at := s.physical(w.Place); at != nil && len(out) < mostRelated {
			out = append(out, sarifLocation{Physical: at, Message: &sarifText{Text: sarifPlain(fact(w.Ref))}})
		}
	}
	return out
}

func (s *sarifer) physical(p evidence.Place) *sarifPhysical {
	name, inside := s.hosted(p.File)
	if name == "" {
		return nil
	}
	at := &sarifPhysical{Artifact: sarifArtifact{URI: uri(name, inside)}}
	if inside {
		at.Artifact.Base = sourceRoot
	}
	if p.Line > 0 {
		at.Region = &sarifRegion{p.Line}
	}
	return at
}

// notes tells what was not read, not resolved, or left out.
func (s *sarifer) notes(d *checks.Diagnosis, left int) []sarifNotification {
	out := mapped(d.ProblemList(), func(p *evidence.Problem) sarifNotification {
		n := sarifNotification{Level: level(checks.Warning), Message: sarifText{Text: sarifPlain(p.Err.Error())}}
		switch at := s.physical(p.Place); {
		case at != nil:
			n.Locations = []sarifLocation{{Physical: at}}
		case where(p.Place) != "":
			n.Message.Text = where(p.Place) + ": " + n.Message.Text
		}
		return n
	})
	say := func(v checks.Severity, text string) {
		if text != "" {
			out = append(out, sarifNotification{Level: level(v), Message: sarifText{Text: text}})
		}
	}
	if n := d.Problem - len(out); n > 0 {
		say(checks.Warning, "and "+count(n, "more problem", "more problems"))
	}
	if left > 0 {
		say(checks.Warning, count(left, "finding is", "findings are")+" left out: a run holds "+thousands(mostResults)+", the worst first; --format json has all")
	}
	if d.Dropped > 0 {
		say(checks.Warning, count(d.Dropped, "finding", "findings")+" of further kinds were not kept; --max-kinds raises the limit")
	}
	say(checks.Note, unresolved(d.Unresolved))
	return out
}

// meaning is the first paragraph of a rule's page as plain text, "" where there
// is no page.
func meaning(doc string) string {
	for para := range strings.SplitSeq(strings.ReplaceAll(doc, "\r\n", "\n"), "\n\n") {
		para = strings.Join(strings.Fields(para), " ")
		if para == "" || para[0] == '#' || strings.HasPrefix(para, "```") {
			continue
		}
		return cut(strings.NewReplacer("`", "", "**", "").Replace(para), mostMeaning)
	}
	return ""
}

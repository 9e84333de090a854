package report

import (
	"io"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file writes GitLab's code quality report, a subset of Code Climate's
// issues: https://docs.gitlab.com/ci/testing/code_quality/

type gitlabIssue struct {
	Type        string         `json:"type"`
	Description string         `json:"description"`
	CheckName   string         `json:"check_name"`
	Categories  []string       `json:"categories"`
	Fingerprint string         `json:"fingerprint"`
	Severity    string         `json:"severity"`
	Location    gitlabLocation `json:"location"`
}

type gitlabLocation struct {
	Path  string      `json:"path"`
	Lines gitlabLines `json:"lines"`
}

type gitlabLines struct {
	Begin int `json:"begin"`
}

func gitlab(w io.Writer, d *checks.Diagnosis, o Options) error {
	issues := mapped(worstFirst(d.Findings), o.gitlabIssue)
	unread := &checks.Rule{ID: "not-read", Severity: checks.Note}
	for _, p := range d.ProblemList() {
		issues = append(issues, o.gitlabIssue(checks.Finding{
			Rule: unread, Message: "not read: " + p.Err.Error(), Subject: where(p.Place) + " " + p.Err.Error(), Places: []evidence.Place{p.Place},
		}))
	}
	return encode(w, issues, "  ")
}

// gitlabIssue makes an issue of a finding. GitLab asks for a path and a line of
// every issue: what stands in no file stands in line 1 of "stdin".
func (o Options) gitlabIssue(f checks.Finding) gitlabIssue {
	at := gitlabLocation{Path: stdin, Lines: gitlabLines{1}}
	if p, ok := home(f); ok {
		at.Path, _ = o.hosted(p.File)
		at.Lines.Begin = max(p.Line, 1)
	}
	return gitlabIssue{
		Type: "issue", Description: sentence(f), CheckName: f.Rule.ID, Categories: []string{"Security"},
		Fingerprint: fingerprint(f, at.Path), Severity: gitlabSeverity(f.Level()), Location: at,
	}
}

// gitlabSeverity leaves out critical and blocker: how sure a finding is does
// not make it worse.
func gitlabSeverity(s checks.Severity) string {
	switch s {
	case checks.Error:
		return "major"
	case checks.Warning:
		return "minor"
	}
	return "info"
}

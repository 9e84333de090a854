package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/graphdoctor/graphdoctor/checks"
	junitxml "github.com/jstemmer/go-junit-report/v2/junit"
)

// This file reads JUnit, workflow commands and GitLab's report back as build
// servers do.

func readJUnit(t testing.TB, b []byte) junitxml.Testsuites {
	t.Helper()
	var all junitxml.Testsuites
	if err := xml.Unmarshal(b, &all); err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	for _, s := range all.Suites {
		failed := 0
		for _, c := range s.Testcases {
			if c.Name == "" || c.Classname == "" {
				t.Errorf("a test without a name: %+v", c)
			}
			if c.Failure != nil {
				failed++
			}
		}
		if s.Tests != len(s.Testcases) || s.Failures != failed || all.Tests != s.Tests || all.Failures != failed {
			t.Errorf("the counts are wrong: %d tests, %d failures; %d and %d are there", s.Tests, s.Failures, len(s.Testcases), failed)
		}
	}
	return all
}

func TestJUnitReadsBack(t *testing.T) {
	for name, d := range fixtures(t) {
		all := readJUnit(t, written(t, "junit", d, fixtureOptions(name)))
		if got, want := len(all.Suites[0].Testcases), max(1, len(d.Findings)); got != want {
			t.Errorf("%s: %d tests, want %d", name, got, want)
		}
		for i, f := range d.Findings {
			c := all.Suites[0].Testcases[i]
			if (c.Failure != nil) != (f.Level() == checks.Error) {
				t.Errorf("%s: %s of level %s: failure %v", name, c.Name, f.Level(), c.Failure)
			}
			if c.Failure != nil && (c.Failure.Message != f.Message || !strings.Contains(c.Failure.Data, f.Rule.ID)) {
				t.Errorf("%s: the failure says %+v", name, c.Failure)
			}
			if c.Failure == nil && (c.SystemOut == nil || !strings.Contains(c.SystemOut.Data, f.Message)) {
				t.Errorf("%s: what passes is lost: %+v", name, c.SystemOut)
			}
		}
	}
}

func TestJUnitFailOn(t *testing.T) {
	for _, c := range []struct {
		on   checks.Severity
		want int
	}{{0, 1}, {checks.Error, 1}, {checks.Warning, 2}, {checks.Note, 3}, {checks.Error + 1, 0}} {
		o := fixtureOptions("gate")
		o.FailOn = c.on
		if all := readJUnit(t, written(t, "junit", gateRun(), o)); all.Failures != c.want {
			t.Errorf("fail on %d: %d failures, want %d", c.on, all.Failures, c.want)
		}
	}
}

func TestJUnitUnread(t *testing.T) {
	all := readJUnit(t, written(t, "junit", unread3(), testOptions))
	if s := all.Suites[0].SystemErr; s == nil || !strings.Contains(s.Data, "logs/a.gz: gzip") || !strings.Contains(s.Data, "1,201 more") {
		t.Errorf("what was not read is not said: %v", s)
	}
}

// A command is a workflow command as the runner reads it back.
type command struct {
	kind  string
	props map[string]string
	data  string
}

// readCommands reads workflow commands as the runner does
// (actions/runner, ActionCommand.cs): a line that begins with ::.
func readCommands(t testing.TB, b []byte) (all []command, other []string) {
	t.Helper()
	undo := strings.NewReplacer("%3A", ":", "%2C", ",", "%0D", "\r", "%0A", "\n", "%25", "%")
	for line := range strings.SplitSeq(strings.TrimSuffix(string(b), "\n"), "\n") {
		rest, ok := strings.CutPrefix(line, "::")
		if !ok {
			other = append(other, line)
			continue
		}
		head, data, ok := strings.Cut(rest, "::")
		if !ok {
			t.Errorf("no command: %q", line)
			continue
		}
		kind, props, _ := strings.Cut(head, " ")
		c := command{kind: kind, props: map[string]string{}, data: undo.Replace(data)}
		for p := range strings.SplitSeq(props, ",") {
			name, value, ok := strings.Cut(p, "=")
			if !ok {
				t.Errorf("no property: %q in %q", p, line)
			}
			c.props[name] = undo.Replace(value)
		}
		all = append(all, c)
	}
	return all, other
}

func TestGitHubAnnotations(t *testing.T) {
	all, other := readCommands(t, written(t, "github", gateRun(), fixtureOptions("gate")))
	want := []command{
		{"error", map[string]string{"file": "calls.txt", "line": "3", "title": "No declared permission covers a call [call-not-covered]"},
			"no declared permission covers GET /users/{id}/calendarView; least: Calendars.ReadBasic.All\n\nFix (developer; gives more access than before): declare Calendars.ReadBasic.All as an application permission\n" + gateRun().Findings[0].Fixes[0].Command},
		{"warning", map[string]string{"file": "infra/app registration.json", "line": "41", "title": "A declared permission can take over the tenant [permission-high-privilege]"},
			"RoleManagement.ReadWrite.Directory lets the app make itself Global Administrator"},
		{"notice", map[string]string{"file": "infra/app registration.json", "line": "28", "title": "The app declares more than its calls need [permission-excess]"},
			"Mail.ReadWrite is declared; Mail.Read covers every call"},
		{"notice", map[string]string{"title": "Not resolved"}, "Not resolved: 12 calls and 1 permission (src/mail.ts:10)"},
	}
	if diff := cmp.Diff(want, all, cmp.AllowUnexported(command{})); diff != "" || len(other) > 0 {
		t.Errorf("%v\n%s", other, diff)
	}
}

func TestGitHubAtMostTen(t *testing.T) {
	for _, c := range []struct{ findings, errors, warnings, notices, left int }{
		{9, 0, 4, 5, 0}, {20, 0, 10, 10, 0}, {22, 0, 10, 10, 3}, {1000, 1, 10, 10, 980}, {30_000, 10, 10, 10, 29_971},
	} {
		all, _ := readCommands(t, written(t, "github", flood(c.findings), testOptions))
		n := map[string]int{}
		for i, a := range all {
			if n[a.kind]++; i > 0 && strings.Index("error warning notice", a.kind) < strings.Index("error warning notice", all[i-1].kind) {
				t.Errorf("%d findings: a %s stands behind a %s", c.findings, a.kind, all[i-1].kind)
			}
		}
		if n["error"] != c.errors || n["warning"] != c.warnings || n["notice"] != c.notices {
			t.Errorf("%d findings: %v", c.findings, n)
		}
		last := all[len(all)-1].data
		if said := strings.HasPrefix(last, thousands(c.left)+" more are not shown here"); said != (c.left > 0) {
			t.Errorf("%d findings: the last says %q, %d are left", c.findings, last, c.left)
		}
	}
}

func TestSummaryHasAll(t *testing.T) {
	var b bytes.Buffer
	if err := WriteSummary(&b, flood(1000), testOptions); err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		if !strings.Contains(b.String(), fmt.Sprintf(": finding %d (", i)) {
			t.Fatalf("finding %d is not in the summary", i)
		}
	}
	b.Reset()
	if err := WriteSummary(&b, flood(30_000), testOptions); err != nil {
		t.Fatal(err)
	}
	if b.Len() > summaryBytes {
		t.Errorf("a summary of %d bytes; GitHub takes %d", b.Len(), summaryBytes)
	}
	items := strings.Count(b.String(), "\n- **")
	if want := fmt.Sprintf("and %s more findings, for which", thousands(30_000-items)); !strings.Contains(b.String(), want) {
		t.Errorf("%d findings written, but it does not say %q", items, want)
	}
}

func TestGitLab(t *testing.T) {
	for name, d := range fixtures(t) {
		var all []gitlabIssue
		if err := json.Unmarshal(written(t, "gitlab", d, fixtureOptions(name)), &all); err != nil {
			t.Fatal(err)
		}
		if all == nil || len(all) != len(d.Findings)+len(d.ProblemList()) {
			t.Errorf("%s: %d issues", name, len(all))
		}
		prints := map[string]bool{}
		for _, x := range all {
			if x.Description == "" || x.CheckName == "" || x.Location.Path == "" || x.Location.Lines.Begin < 1 || prints[x.Fingerprint] {
				t.Errorf("%s: %+v", name, x)
			}
			prints[x.Fingerprint] = true
			if !slices.Contains([]string{"info", "minor", "major", "critical", "blocker"}, x.Severity) {
				t.Errorf("%s: severity %q", name, x.Severity)
			}
		}
	}
	var all []gitlabIssue
	if err := json.Unmarshal(written(t, "gitlab", gateRun(), fixtureOptions("gate")), &all); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, x := range all {
		got = append(got, fmt.Sprintf("%s %s:%d %s", x.Severity, x.Location.Path, x.Location.Lines.Begin, x.CheckName))
	}
	want := []string{"major calls.txt:3 call-not-covered", "minor infra/app registration.json:41 permission-high-privilege", "info infra/app registration.json:28 permission-excess"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	junitxml "github.com/jstemmer/go-junit-report/v2/junit"
	gosarif "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"github.com/xeipuuv/gojsonschema"
)

// This file reads the formats of code hosts back as their readers do.

// written renders with one format.
func written(t testing.TB, format string, d *checks.Diagnosis, o Options) []byte {
	t.Helper()
	f, err := Lookup(format)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b, d, o); err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	return b.Bytes()
}

// readSARIF reads a log with go-sarif, holds it against the schema of the
// standard that go-sarif carries, and refuses fields that the standard lacks.
func readSARIF(t testing.TB, b []byte) *gosarif.Run {
	t.Helper()
	strict := json.NewDecoder(bytes.NewReader(b))
	strict.DisallowUnknownFields()
	if err := strict.Decode(new(gosarif.Report)); err != nil {
		t.Fatalf("a field that the standard does not know: %v", err)
	}
	r, err := gosarif.FromBytes(b)
	if err != nil {
		t.Fatal(err)
	}
	schema, err := sarifStandard()
	if err != nil {
		t.Fatal(err)
	}
	result, err := schema.Validate(gojsonschema.NewBytesLoader(b))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range result.Errors() {
		t.Errorf("against the schema of the standard: %s", e)
	}
	if r.Version != "2.1.0" || len(r.Runs) != 1 {
		t.Fatalf("version %s with %d runs", r.Version, len(r.Runs))
	}
	return r.Runs[0]
}

// sarifStandard is the JSON schema of the OASIS standard as go-sarif carries
// it. It is read from that module's source: the library checks only what it
// has decoded and filled up itself, and we want our own bytes checked.
var sarifStandard = sync.OnceValues(func() (*gojsonschema.Schema, error) {
	out, err := exec.Command("go", "list", "-f", "{{.Dir}}", "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif").Output()
	if err != nil {
		return nil, fmt.Errorf("where go-sarif lies: %w", err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(out)), "schema.go"), nil, 0)
	if err != nil {
		return nil, err
	}
	text := ""
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && len(lit.Value) > len(text) {
			text = lit.Value
		}
		return true
	})
	if text, err = strconv.Unquote(text); err != nil {
		return nil, fmt.Errorf("go-sarif's schema.go holds no literal: %w", err)
	}
	return gojsonschema.NewSchema(gojsonschema.NewStringLoader(text))
})

// fixtures are the diagnoses that every format is tried on.
func fixtures(t testing.TB) map[string]*checks.Diagnosis {
	return map[string]*checks.Diagnosis{
		"rich": rich(t), "doubtful": doubtful(), "log": gatewayLog(), "gate": gateRun(),
		"nothing": {Examined: 3}, "unread": unread3(),
	}
}

// fixtureOptions are the options for a fixture: gate is lint's.
func fixtureOptions(name string) Options {
	o := testOptions
	o.Gate = name == "gate"
	o.Base = "/repo"
	return o
}

// unread3 could read nothing, and met more problems than are kept.
func unread3() *checks.Diagnosis {
	d := &checks.Diagnosis{}
	d.AddProblem(&evidence.Problem{Place: at("logs/a.gz", 0), Err: fmt.Errorf("gzip: the archive ends too early")})
	d.AddProblem(&evidence.Problem{Place: at("-", 41), Err: fmt.Errorf("the line is longer than 1 MiB")})
	d.Problem = 1203
	return d
}

func TestSARIFReadsBack(t *testing.T) {
	for name, d := range fixtures(t) {
		t.Run(name, func(t *testing.T) {
			run := readSARIF(t, written(t, "sarif", d, fixtureOptions(name)))
			if len(run.Results) != len(d.Findings) {
				t.Fatalf("%d results of %d findings", len(run.Results), len(d.Findings))
			}
			rules := run.Tool.Driver.Rules
			for i, r := range run.Results {
				f := worstFirst(d.Findings)[i]
				if *r.RuleID != f.Rule.ID || *rules[r.RuleIndex].ID != f.Rule.ID {
					t.Errorf("result %d is of %s at index %d (%s), not of %s", i, *r.RuleID, r.RuleIndex, *rules[r.RuleIndex].ID, f.Rule.ID)
				}
				if r.Level != f.Level().String() || r.Properties.Properties["strength"] != f.Strength.String() {
					t.Errorf("result %d: level %s, properties %v", i, r.Level, r.Properties)
				}
				if !strings.HasPrefix(*r.Message.Text, f.Message) {
					t.Errorf("result %d says %q", i, *r.Message.Text)
				}
				if r.PartialFingerprints["graphdoctor/v1"] == "" {
					t.Errorf("result %d has no fingerprint", i)
				}
				for _, l := range r.Locations {
					if p := l.PhysicalLocation; p != nil && p.Region != nil && (*p.Region.StartLine < 1 || p.Region.StartColumn != nil && *p.Region.StartColumn != 0) {
						t.Errorf("result %d: region %+v", i, p.Region)
					}
				}
			}
		})
	}
}

func TestSARIFRules(t *testing.T) {
	o := testOptions
	o.Doc = func(id string) string {
		return "# " + id + "\n\n## What it means\n\nThe page of\n`" + id + "`.\n\n## Links\n"
	}
	run := readSARIF(t, written(t, "sarif", rich(t), o))
	seen := map[string]bool{}
	for _, r := range run.Tool.Driver.Rules {
		seen[*r.ID] = true
		if *r.ShortDescription.Text == "" || *r.FullDescription.Text == "" || *r.Help.Text == "" {
			t.Errorf("%s lacks a description", *r.ID)
		}
		if *r.ID == "throttled" {
			if *r.Help.Text != "The page of throttled." || !strings.Contains(*r.Help.Markdown, "## What it means") {
				t.Errorf("help %q, %q", *r.Help.Text, *r.Help.Markdown)
			}
		}
	}
	for _, r := range testRules {
		if !seen[r.ID] {
			t.Errorf("%s is not in the rule table", r.ID)
		}
	}
	if !seen["token-expires-soon"] {
		t.Error("a rule that was not asked for, but met, is not in the table")
	}
}

func TestSARIFLocations(t *testing.T) {
	repo := filepath.FromSlash("/repo")
	for _, c := range []struct {
		file, uri, base string
		line            int
	}{
		{"app.json", "app.json", "%SRCROOT%", 4},
		{"./infra/app registration.json", "infra/app%20registration.json", "%SRCROOT%", 4},
		{"/repo/src/a.ts", "src/a.ts", "%SRCROOT%", 0},
		{"src/%41 #1?.ts", "src/%2541%20%231%3F.ts", "%SRCROOT%", 1},
		{"a:b.json", "./a:b.json", "%SRCROOT%", 1},
		{"../elsewhere.json", "file:///elsewhere.json", "", 1},
		{"/etc/app.json", "file:///etc/app.json", "", 1},
		{"../repo/src/a.ts", "src/a.ts", "%SRCROOT%", 1},
		{"..config/a.ts", "..config/a.ts", "%SRCROOT%", 1},
	} {
		f := found("legacy-endpoint", "m", checks.Shown)
		f.Places = []evidence.Place{at(c.file, c.line)}
		o := testOptions
		o.Base = repo
		run := readSARIF(t, written(t, "sarif", &checks.Diagnosis{Findings: []checks.Finding{f}}, o))
		got := run.Results[0].Locations[0].PhysicalLocation
		if *got.ArtifactLocation.URI != c.uri {
			t.Errorf("%s: uri %q, want %q", c.file, *got.ArtifactLocation.URI, c.uri)
		}
		if base := got.ArtifactLocation.URIBaseID; (base == nil) != (c.base == "") || base != nil && *base != c.base {
			t.Errorf("%s: base %v, want %q", c.file, base, c.base)
		}
		if (got.Region == nil) != (c.line == 0) {
			t.Errorf("%s: region %+v at line %d", c.file, got.Region, c.line)
		}
	}
}

// A result without a file stands, and names no file.
func TestSARIFStandardInput(t *testing.T) {
	b := written(t, "sarif", doubtful(), testOptions)
	run := readSARIF(t, b)
	for _, r := range run.Results {
		for _, l := range r.Locations {
			if l.PhysicalLocation != nil {
				t.Errorf("%s stands in file %v", *r.RuleID, *l.PhysicalLocation.ArtifactLocation.URI)
			}
		}
	}
	if len(run.Results) != 2 {
		t.Errorf("%d results", len(run.Results))
	}
}

func TestFingerprintsSurviveMoves(t *testing.T) {
	prints := func(d *checks.Diagnosis) []string {
		var out []string
		for _, r := range readSARIF(t, written(t, "sarif", d, testOptions)).Results {
			out = append(out, r.PartialFingerprints["graphdoctor/v1"])
		}
		return out
	}
	before := prints(gateRun())
	moved := gateRun()
	for i := range moved.Findings {
		f := &moved.Findings[i]
		f.Places = []evidence.Place{at(f.Places[0].File, f.Places[0].Line+7)}
		f.Message, f.Count, f.Strength = f.Message+" (reworded)", 9, checks.Possible
	}
	if diff := cmp.Diff(before, prints(moved)); diff != "" {
		t.Errorf("moved lines change the fingerprints:\n%s", diff)
	}
	other := gateRun()
	other.Findings[0].Subject += "/x"
	other.Findings[1].Places[0].File = "other.json"
	after := prints(other)
	for i := range 2 {
		if slices.Contains(before, after[i]) {
			t.Errorf("another subject or file, the same fingerprint: %s", after[i])
		}
	}
	if len(slices.Compact(slices.Sorted(slices.Values(before)))) != len(before) {
		t.Error("two findings share a fingerprint")
	}
}

// flood is n findings, of which every thousandth is an error and every other a note.
func flood(n int) *checks.Diagnosis {
	d := &checks.Diagnosis{Cases: n}
	for i := range n {
		f := found("legacy-endpoint", fmt.Sprintf("finding %d", i), checks.Shown)
		f.Subject, f.Places = fmt.Sprint(i), []evidence.Place{at("a.ts", i+1)}
		switch {
		case i%1000 == 999:
			f.Severity = checks.Error
		case i%2 == 0:
			f.Severity = checks.Note
		}
		d.Findings = append(d.Findings, f)
	}
	return d
}

func TestSARIFCap(t *testing.T) {
	run := readSARIF(t, written(t, "sarif", flood(6000), testOptions))
	if len(run.Results) != 5000 {
		t.Fatalf("%d results", len(run.Results))
	}
	for i, r := range run.Results {
		want := "error"
		if i >= 6 {
			want = "warning"
		}
		if i >= 3000 {
			want = "note"
		}
		if r.Level != want {
			t.Fatalf("result %d is %s, want %s", i, r.Level, want)
		}
	}
	notes := run.Invocations[0].ToolExecutionNotifications
	if len(notes) != 1 || !strings.Contains(*notes[0].Message.Text, "1,000 findings are left out") {
		t.Errorf("the rest is not said: %v", notes)
	}
}

func TestSARIFNotifications(t *testing.T) {
	run := readSARIF(t, written(t, "sarif", unread3(), testOptions))
	var said []string
	for _, n := range run.Invocations[0].ToolExecutionNotifications {
		at := ""
		for _, l := range n.Locations {
			at = *l.PhysicalLocation.ArtifactLocation.URI + " "
		}
		said = append(said, n.Level+" "+at+*n.Message.Text)
	}
	want := []string{"warning logs/a.gz gzip: the archive ends too early", "warning stdin:41: the line is longer than 1 MiB", "warning and 1,201 more problems"}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Error(diff)
	}
	run = readSARIF(t, written(t, "sarif", gateRun(), testOptions))
	if n := run.Invocations[0].ToolExecutionNotifications; len(n) != 1 || n[0].Level != "note" || *n[0].Message.Text != "Not resolved: 12 calls and 1 permission (src/mail.ts:10)" {
		t.Errorf("what was not resolved is not said: %v", n)
	}
}

// Nothing in SARIF may depend on the moment: two runs on one tree are equal.
func TestSARIFWithoutTime(t *testing.T) {
	o := testOptions
	first := written(t, "sarif", gateRun(), o)
	o.Now = o.Now.AddDate(1, 2, 3)
	if !bytes.Equal(first, written(t, "sarif", gateRun(), o)) {
		t.Error("the moment of writing shows in SARIF")
	}
}

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

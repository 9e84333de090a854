package report

import (
	"bytes"
	"encoding/json"
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
	gosarif "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"github.com/xeipuuv/gojsonschema"
)

// This file reads SARIF back as code scanners do.

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

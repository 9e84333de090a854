package report

import (
	"encoding/xml"
	"io"
	"strings"
	"time"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file writes JUnit XML: every finding is a test, which fails from the
// severity on that fails the run. Where nothing was found one test passes,
// since dashboards take an empty suite for a broken one.

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name      string          `xml:"name,attr"`
	Tests     int             `xml:"tests,attr"`
	Failures  int             `xml:"failures,attr"`
	Errors    int             `xml:"errors,attr"`
	Skipped   int             `xml:"skipped,attr"`
	ID        int             `xml:"id,attr"`
	Time      string          `xml:"time,attr"`
	Timestamp string          `xml:"timestamp,attr,omitempty"`
	Props     []junitProperty `xml:"properties>property,omitempty"`
	Cases     []junitCase     `xml:"testcase"`
	Err       string          `xml:"system-err,omitempty"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Time    string        `xml:"time,attr"`
	File    string        `xml:"file,attr,omitempty"`
	Line    int           `xml:"line,attr,omitempty"`
	Failure *junitFailure `xml:"failure"`
	Out     string        `xml:"system-out,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

func junit(w io.Writer, d *checks.Diagnosis, o Options) error {
	suite := junitSuite{Name: toolName, Time: "0", Props: junitProperties(d, o), Err: junitProblems(d)}
	if !o.Now.IsZero() {
		suite.Timestamp = o.Now.UTC().Format(time.RFC3339)
	}
	for _, f := range d.Findings {
		c := o.junitCase(f)
		if c.Failure != nil {
			suite.Failures++
		}
		suite.Cases = append(suite.Cases, c)
	}
	if len(suite.Cases) == 0 {
		suite.Cases = []junitCase{{Name: strings.TrimSuffix(nothing(d, o), "."), Class: toolName, Time: "0"}}
	}
	suite.Tests = len(suite.Cases)
	all := junitSuites{Name: toolName, Tests: suite.Tests, Failures: suite.Failures, Suites: []junitSuite{suite}}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// junitCase makes a test of a finding. Its name must be the same from run to
// run, so that a dashboard can follow it: title and subject, no values.
func (o Options) junitCase(f checks.Finding) junitCase {
	c := junitCase{Name: f.Rule.Title, Class: toolName + "." + f.Rule.ID, Time: "0"}
	if f.Subject != "" {
		c.Name += ": " + f.Subject
	}
	if p, ok := home(f); ok {
		c.File, _ = o.hosted(p.File)
		c.Line = max(p.Line, 0)
	}
	if !o.fails(f.Level()) {
		c.Out = o.junitText(f)
		return c
	}
	c.Failure = &junitFailure{Message: f.Message, Type: f.Level().String(), Text: o.junitText(f)}
	return c
}

// junitText is the finding as plain text, as it would be at a terminal.
func (o Options) junitText(f checks.Finding) string {
	var b strings.Builder
	t := &texter{sheet: newSheet(&b, Options{}), Options: Options{Gate: o.Gate, Verbose: true}}
	t.head(f, f.Probe)
	t.body(f, false)
	_ = t.flush() // a strings.Builder takes everything
	return "\n" + b.String()
}

func junitProperties(d *checks.Diagnosis, o Options) []junitProperty {
	var out []junitProperty
	for _, p := range append([][2]string{{"version", o.Version}, {"catalog", o.Catalog.Date}, {"unresolved", unresolved(d.Unresolved)}}, ids(d)...) {
		if p[1] != "" {
			out = append(out, junitProperty{p[0], p[1]})
		}
	}
	return out
}

// junitProblems are the parts that were not read, a line each.
func junitProblems(d *checks.Diagnosis) string {
	lines := mapped(d.ProblemList(), func(p *evidence.Problem) string {
		if at := where(p.Place); at != "" {
			return at + ": " + p.Err.Error()
		}
		return unarmed(p.Err.Error())
	})
	if n := d.Problem - len(lines); n > 0 {
		lines = append(lines, "and "+count(n, "more", "more"))
	}
	return strings.Join(lines, "\n")
}

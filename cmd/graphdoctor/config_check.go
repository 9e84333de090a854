package main

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules"
)

// This file judges what the form of a configuration allows and its meaning does
// not, and shows where it stands.

// checker judges values that the form allows.
type checker struct {
	s    *settings
	text []byte
	tree *ast.File
	errs []error
}

// wrong takes down what is wrong at a path, with the line and a caret.
func (c *checker) wrong(at, format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	p, err := yaml.PathString(at)
	if err != nil {
		c.errs = append(c.errs, fmt.Errorf("%s: %s", c.s.file, message))
		return
	}
	source, err := p.AnnotateSource(c.text, false)
	if err != nil {
		c.errs = append(c.errs, fmt.Errorf("%s: %s", c.s.file, message))
		return
	}
	c.errs = append(c.errs, fmt.Errorf("%s:%d: %s\n%s", c.s.file, c.line(at), message, printableLines(string(source))))
}

// line is where a path stands.
func (c *checker) line(at string) int {
	p, err := yaml.PathString(at)
	if err != nil {
		return 0
	}
	n, err := p.FilterFile(c.tree)
	if err != nil || n == nil || n.GetToken() == nil {
		return 0
	}
	return n.GetToken().Position.Line
}

func (c *checker) oneOf(at, value string, values ...string) {
	if value != "" && !slices.Contains(values, value) {
		c.wrong(at, "%q is none of %s", evidence.Printable(value), strings.Join(values, ", "))
	}
}

func (c *checker) check() {
	r, p := &c.s.raw, &c.s.policy
	if r.Version != 1 {
		c.wrong("$.version", "version must be 1")
	}
	for i, f := range r.App.Flow {
		at := "$.app.flow"
		if len(r.App.Flow) > 1 {
			at += "[" + strconv.Itoa(i) + "]"
		}
		c.oneOf(at, f, "daemon", "web", "spa", "mobile", "obo")
	}
	c.oneOf("$.app.cloud", r.App.Cloud, "global", "usgov", "usgov-dod", "china")
	c.oneOf("$.app.audience", r.App.Audience, "single", "multi", "multi-and-personal", "personal")
	c.oneOf("$.app.api.tokens", r.App.API.Tokens, "v1", "v2")
	c.oneOf("$.fail-on", r.FailOn, "error", "warning", "note", "never")
	*p = evidence.Policy{Flows: r.App.Flow, Cloud: r.App.Cloud, Audience: r.App.Audience, Hosts: r.App.Hosts, APITokens: r.App.API.Tokens, APIAudience: r.App.API.Audience}
	p.ExpireWithin = c.days("$.credentials.expire-within", r.Credentials.ExpireWithin)
	p.MaxLifetime = c.days("$.credentials.max-lifetime", r.Credentials.MaxLifetime)
	p.Ref = evidence.Ref{Place: evidence.Place{File: c.s.file, Line: max(1, c.line("$.app"))}, Origin: evidence.FromPerson, Field: "app", Value: configName}
	c.severities()
	c.allows()
	for name, globs := range map[string][]string{"manifests": r.Manifests, "calls": r.Calls, "grants": r.Grants} {
		for i, g := range globs {
			if _, err := path.Match(g, ""); err != nil {
				c.wrong(fmt.Sprintf("$.%s[%d]", name, i), "%q is no glob", evidence.Printable(g))
			}
		}
	}
	if b := r.Baseline; b != "" && (filepath.IsAbs(b) || strings.HasPrefix(path.Clean(filepath.ToSlash(b))+"/", "../")) {
		c.wrong("$.baseline", "%q leads out of the folder of the configuration", evidence.Printable(b))
	}
}

// days reads "30d".
func (c *checker) days(at, value string) time.Duration {
	if value == "" {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSuffix(value, "d"))
	if err != nil || !strings.HasSuffix(value, "d") || n <= 0 || n > 36500 {
		c.wrong(at, "%q is no number of days such as 30d", evidence.Printable(value))
		return 0
	}
	return time.Duration(n) * 24 * time.Hour
}

func (c *checker) severities() {
	c.s.severity = map[string]checks.Severity{}
	names := make([]string, 0, len(c.s.raw.Severity))
	for rule := range c.s.raw.Severity {
		names = append(names, rule)
	}
	slices.Sort(names)
	for _, rule := range names {
		s, err := checks.ParseSeverity(c.s.raw.Severity[rule])
		at := "$.severity.'" + rule + "'"
		switch {
		case !isGateRule(rule):
			c.wrong(at, "%q is no rule of lint; `graphdoctor rules` lists them", evidence.Printable(rule))
		case err != nil:
			c.wrong(at, "%v", err)
		}
		c.s.severity[rule] = s
	}
}

func isGateRule(id string) bool {
	return slices.ContainsFunc(rules.Gate(), func(r checks.Rule) bool { return r.ID == id })
}

func (c *checker) allows() {
	for i, a := range c.s.raw.Allow {
		at := fmt.Sprintf("$.allow[%d]", i)
		if !isGateRule(a.Rule) {
			c.wrong(at, "an allow entry needs the rule that it is for, one of those that `graphdoctor rules` lists; %q is none", evidence.Printable(a.Rule))
		}
		if strings.TrimSpace(a.Reason) == "" {
			c.wrong(at, "an allow entry needs a reason")
		}
		if a.Subject == "" {
			c.wrong(at, "an allow entry needs the subject of the finding, as the report shows it")
		}
		e := evidence.Allow{Rule: a.Rule, Subject: a.Subject, Reason: a.Reason}
		if a.Until != "" {
			day, err := time.Parse(time.DateOnly, a.Until)
			if err != nil {
				c.wrong(at+".until", "%q is no day such as 2027-03-31", evidence.Printable(a.Until))
			}
			e.Until = day
		}
		e.Ref = evidence.Ref{Place: evidence.Place{File: c.s.file, Line: c.line(at + ".rule")}, Origin: evidence.FromPerson, Field: "allow", Value: evidence.Printable(a.Rule + " " + a.Subject)}
		c.s.allow = append(c.s.allow, e)
	}
}

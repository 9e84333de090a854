package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/checks/evidence/gate"
	"github.com/graphdoctor/graphdoctor/rules"
)

// This file reads the gate's configuration. It is strict: a key that is not
// known would silently do nothing, so it is an error, shown where it stands.

// configName is the file that lint looks for.
const configName = ".graphdoctor.yaml"

// config is the file as it is written. The tags are what the schema in docs is
// made of: doc describes a key, enum lists its values, of names where they come from.
type config struct {
	Version     int               `yaml:"version" doc:"Version of this format, 1." enum:"1" required:"true"`
	App         appConfig         `yaml:"app" doc:"What the app is meant to be."`
	Manifests   []string          `yaml:"manifests" doc:"Files with app registrations in any form; globs, ** for any folders. Without it they are found by content."`
	Calls       []string          `yaml:"calls" doc:"Files with the calls that the app makes in any form; globs. Without it they are found by content."`
	Grants      []string          `yaml:"grants" doc:"Exports of what the tenant granted; globs. Without it they are found by content."`
	Credentials credentialsConfig `yaml:"credentials" doc:"How long secrets and certificates may live."`
	FailOn      string            `yaml:"fail-on" doc:"The severity from which lint exits with 1." enum:"error,warning,note,never"`
	Severity    map[string]string `yaml:"severity" doc:"Severities of rules, by their ID." enum:"error,warning,note"`
	Allow       []allowConfig     `yaml:"allow" doc:"Findings that are meant to be."`
	Baseline    string            `yaml:"baseline" doc:"File with the findings that were there when the gate was introduced; lint --write-baseline writes it."`
}

type appConfig struct {
	Flow     oneOrMore `yaml:"flow" doc:"How the app signs in: decides which kinds of permission a call needs." enum:"daemon,web,spa,mobile,obo"`
	Cloud    string    `yaml:"cloud" doc:"Microsoft's cloud that the app lives in." enum:"global,usgov,usgov-dod,china"`
	Audience string    `yaml:"audience" doc:"Whose accounts the app is meant for." enum:"single,multi,multi-and-personal,personal"`
	Hosts    []string  `yaml:"hosts" doc:"Hosts that the app's own reply URLs may lead to; without it no host is judged."`
	API      apiConfig `yaml:"api" doc:"What the app's own API validates, if it has one."`
}

type apiConfig struct {
	Tokens   string `yaml:"tokens" doc:"Version of the access tokens." enum:"v1,v2"`
	Audience string `yaml:"audience" doc:"The aud claim that it accepts."`
}

type credentialsConfig struct {
	ExpireWithin string `yaml:"expire-within" doc:"Days ahead of an end from which it is told, such as 30d." pattern:"^[0-9]+d$"`
	MaxLifetime  string `yaml:"max-lifetime" doc:"Longest life of a secret, such as 365d." pattern:"^[0-9]+d$"`
}

type allowConfig struct {
	Rule    string `yaml:"rule" doc:"ID of the rule." of:"rules" required:"true"`
	Subject string `yaml:"subject" doc:"Subject of the finding, as the report shows it." required:"true"`
	Reason  string `yaml:"reason" doc:"Why it is meant to be." required:"true"`
	Until   string `yaml:"until" doc:"Last day, such as 2027-03-31; after it the finding stands again." pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"`
}

// oneOrMore is a word, or a list of words.
type oneOrMore []string

// UnmarshalYAML reads either form.
func (o *oneOrMore) UnmarshalYAML(read func(any) error) error {
	var many []string
	if read(&many) == nil {
		*o = many
		return nil
	}
	var one string
	if err := read(&one); err != nil {
		return err
	}
	*o = oneOrMore{one}
	return nil
}

// settings are a configuration that was checked.
type settings struct {
	file     string // "" where there is none
	root     string // the folder that globs are relative to
	raw      config
	policy   evidence.Policy
	severity map[string]checks.Severity
	allow    []evidence.Allow
}

// findConfig looks for the configuration in a folder and above it.
func findConfig(dir string) (string, error) {
	at, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for {
		name := filepath.Join(at, configName)
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
			return name, nil
		}
		up := filepath.Dir(at)
		if up == at {
			return "", nil
		}
		at = up
	}
}

// maxConfig bounds the file.
const maxConfig = 1 << 20

// loadConfig reads and checks a configuration. An error shows the line.
func loadConfig(name string) (*settings, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	s := &settings{file: shortName(name)}
	s.root = path.Dir(filepath.ToSlash(s.file))
	if len(text) > maxConfig || deep(text) {
		return nil, fmt.Errorf("%s is larger or deeper than any configuration", s.file)
	}
	dec := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict(), yaml.DisallowUnknownField())
	if err := dec.Decode(&s.raw); err != nil {
		return nil, fmt.Errorf("%s: %s", s.file, shownError(err))
	}
	tree, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %s", s.file, shownError(err))
	}
	c := checker{s: s, text: text, tree: tree}
	c.check()
	if err := errors.Join(c.errs...); err != nil {
		return nil, err
	}
	return s, nil
}

// shortName is a file's name from the working folder, where that is shorter.
func shortName(name string) string {
	wd, err := os.Getwd()
	if err != nil {
		return name
	}
	rel, err := filepath.Rel(wd, name)
	if err != nil || strings.HasPrefix(rel, "../../..") {
		return filepath.ToSlash(name)
	}
	return filepath.ToSlash(rel)
}

// deep tells nesting that no configuration has; the parser calls itself.
func deep(text []byte) bool {
	depth, indent, start := 0, 0, true
	for _, c := range text {
		switch {
		case c == '\n':
			start, indent = true, 0
		case start && (c == ' ' || c == '-'):
			if indent++; indent > 400 {
				return true
			}
		case c == '[' || c == '{':
			start = false
			if depth++; depth > 100 {
				return true
			}
		case c == ']' || c == '}':
			depth--
		default:
			start = false
		}
	}
	return false
}

// shownError is the parser's message with the line and a caret; what the file
// holds is shown, not emitted.
func shownError(err error) string {
	var out []string
	for line := range strings.SplitSeq(strings.TrimRight(yaml.FormatError(err, false, true), "\n"), "\n") {
		out = append(out, evidence.Printable(line))
	}
	return strings.Join(out, "\n")
}

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
	var lines []string
	for line := range strings.SplitSeq(strings.TrimRight(string(source), "\n"), "\n") {
		lines = append(lines, evidence.Printable(line))
	}
	c.errs = append(c.errs, fmt.Errorf("%s:%d: %s\n%s", c.s.file, c.line(at), message, strings.Join(lines, "\n")))
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

// baselineName is where the baseline stands if the configuration does not say.
const baselineName = ".graphdoctor-baseline.json"

// baselineFile is its name.
func (s *settings) baselineFile() string {
	name := s.raw.Baseline
	if name == "" {
		name = baselineName
	}
	return path.Join(s.root, name)
}

// loadBaseline reads the findings of a baseline. Only a configuration that names
// it makes it count.
func (s *settings) loadBaseline() error {
	if s.raw.Baseline == "" {
		return nil
	}
	file := s.baselineFile()
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("baseline: %w", err)
	}
	v, err := gate.ParseJSON(file, string(text))
	if err != nil {
		return fmt.Errorf("baseline: %w", err)
	}
	if v.Str("version") != "1" {
		return fmt.Errorf("baseline: %s is not of version 1; write it anew with --write-baseline", file)
	}
	for _, f := range v.All("findings") {
		a := evidence.Allow{Rule: f.Str("rule"), Subject: f.Str("subject"), Baseline: true}
		a.Ref = evidence.Ref{Place: evidence.Place{File: file, Line: f.Line}, Origin: evidence.FromPerson, Field: "baseline", Value: evidence.Printable(a.Rule + " " + a.Subject)}
		s.allow = append(s.allow, a)
	}
	return nil
}

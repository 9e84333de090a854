package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"
	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
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
	return printableLines(yaml.FormatError(err, false, true))
}

// printableLines makes each line of a text safe to print.
func printableLines(text string) string {
	var out []string
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		out = append(out, evidence.Printable(line))
	}
	return strings.Join(out, "\n")
}

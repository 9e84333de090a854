package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/checks/evidence/gate"
)

// This file keeps the baseline: findings that were there when the gate was
// introduced.

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

// baseline writes what was found into the baseline, one finding a line.
func (e *env) baseline(s *settings, d *checks.Diagnosis) error {
	var b bytes.Buffer
	b.WriteString("{\n  \"version\": 1,\n  \"findings\": [")
	n := 0
	for _, f := range d.Findings {
		if f.Rule.ID == "allow-unused" {
			continue
		}
		line, err := json.Marshal(struct {
			Rule    string `json:"rule"`
			Subject string `json:"subject"`
		}{f.Rule.ID, f.Subject})
		if err != nil {
			return err
		}
		if n++; n > 1 {
			b.WriteString(",")
		}
		b.WriteString("\n    ")
		b.Write(line)
	}
	b.WriteString("\n  ]\n}\n")
	file := s.baselineFile()
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		e.code = exitFailed
		return err
	}
	fmt.Fprintf(e.err, "%d findings written to %s\n", n, file)
	if s.raw.Baseline == "" {
		fmt.Fprintf(e.err, "name it in %s, so that it counts: baseline: %s\n", configName, path.Base(file))
	}
	return nil
}

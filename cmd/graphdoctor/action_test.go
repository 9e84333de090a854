package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// This file holds the GitHub Action: what it names exists, and what comes from
// outside stays data.

// decodeYAML reads a file strictly: a key that the struct does not know is an
// error, so that each struct below is the list of keys that a host documents.
func decodeYAML(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile("../../" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict(), yaml.DisallowUnknownField()).Decode(into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// action is action.yml with the keys that GitHub documents.
type action struct {
	Name, Description, Author string
	Branding                  struct{ Icon, Color string }
	Inputs                    map[string]struct {
		Description, Default string
		Required             bool
	}
	Outputs map[string]struct{ Description, Value string }
	Runs    struct {
		Using string
		Steps []step
	}
}

type step struct {
	Name, ID, If, Uses, Run, Shell string
	Env, With                      map[string]string
}

// TestAction: no input becomes text of a script, every input is used and told.
func TestAction(t *testing.T) {
	var a action
	decodeYAML(t, "action.yml", &a)
	text, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	if a.Runs.Using != "composite" || len(a.Runs.Steps) < 3 {
		t.Fatalf("%+v", a.Runs)
	}
	for _, s := range a.Runs.Steps {
		if strings.Contains(s.Run, "${{") {
			t.Errorf("%s: an expression in a script is code of whoever sets it", s.Name)
		}
		if s.Run != "" && (s.Shell != "bash" || !strings.HasPrefix(s.Run, "set -euo pipefail\n")) {
			t.Errorf("%s: not strict bash", s.Name)
		}
		if s.Uses != "" && !regexp.MustCompile(`^[\w-]+/[\w/-]+@v\d+$`).MatchString(s.Uses) {
			t.Errorf("%s: %s is not pinned to a version", s.Name, s.Uses)
		}
	}
	for name, in := range a.Inputs {
		if !strings.Contains(string(text), "inputs."+name+" ") || in.Description == "" {
			t.Errorf("the input %s is not used, or not described", name)
		}
	}
	for _, m := range regexp.MustCompile(`inputs\.([\w-]+)`).FindAllStringSubmatch(string(text), -1) {
		if _, ok := a.Inputs[m[1]]; !ok {
			t.Errorf("no input %s", m[1])
		}
	}
}

// runStep runs a step's script with the environment of a runner, and returns
// its exit code, what it printed and the outputs it set.
func runStep(t *testing.T, a action, id, dir string, env map[string]string) (code int, out, outputs string) {
	t.Helper()
	i := slices.IndexFunc(a.Runs.Steps, func(s step) bool { return s.ID == id })
	file := filepath.Join(t.TempDir(), "output")
	cmd := exec.Command("bash", "-c", a.Runs.Steps[i].Run)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GITHUB_OUTPUT="+file, "GITHUB_STEP_SUMMARY="+file+".md", "RUNNER_TEMP="+t.TempDir(), "RUNNER_OS=Linux", "RUNNER_ARCH=X64", "RELEASES=file:///nowhere")
	for k, v := range env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	said, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	set, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return code, string(said), string(set)
}

func needBash(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("bash"); err != nil || runtime.GOOS == "windows" {
		t.Skip("the steps of the action are scripts of bash")
	}
}

// TestActionRuns runs the steps as a runner does, with inputs as they are meant
// and with inputs that try to be more than data.
func TestActionRuns(t *testing.T) {
	needBash(t)
	var a action
	decodeYAML(t, "action.yml", &a)
	binary, err := exec.LookPath("graphdoctor") // testscript puts it there
	if err != nil {
		t.Fatal(err)
	}
	dir := unpack(t, "graph-web-team-calendar")
	code, said, set := runStep(t, a, "get", dir, map[string]string{"BINARY": binary, "VERSION": ""})
	if code != 0 || !strings.Contains(set, "binary="+binary+"\n") {
		t.Fatalf("get: %d %s %s", code, said, set)
	}
	usual := func(change map[string]string) map[string]string {
		env := map[string]string{"BINARY": binary, "PATHS": ".", "CONFIG": "", "FAIL_ON": "", "SARIF": "out/graphdoctor.sarif"}
		for k, v := range change {
			env[k] = v
		}
		return env
	}
	code, said, set = runStep(t, a, "lint", dir, usual(nil))
	if code != exitFound || !strings.Contains(said, "::error file=") || set != "exit-code=1\nsarif=out/graphdoctor.sarif\n" {
		t.Errorf("lint: %d\n%s\n%s", code, said, set)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "out/graphdoctor.sarif")); err != nil || !bytes.Contains(b, []byte(`"2.1.0"`)) {
		t.Errorf("no SARIF was written: %v", err)
	}
	if code, said, _ := runStep(t, a, "lint", dir, usual(map[string]string{"FAIL_ON": "never", "PATHS": "infra\n.\n"})); code != exitClean {
		t.Errorf("fail-on never: %d %s", code, said)
	}
	for name, change := range map[string]map[string]string{
		"a command as path":       {"PATHS": "$(touch pwned)\n`touch pwned`\n; touch pwned\n' && touch pwned '"},
		"an option as path":       {"PATHS": "--config=evil.yaml"},
		"a command as config":     {"CONFIG": "$(touch pwned)"},
		"two lines of config":     {"CONFIG": "a\nsarif=evil"},
		"a severity of its own":   {"FAIL_ON": "never; touch pwned"},
		"a report outside":        {"SARIF": "../graphdoctor.sarif"},
		"a report far outside":    {"SARIF": "a/../../graphdoctor.sarif"},
		"an absolute report":      {"SARIF": filepath.Join(dir, "x.sarif")},
		"an output of its own":    {"SARIF": "x.sarif\nbinary=evil"},
		"no report":               {"SARIF": ""},
		"an option as its report": {"SARIF": "$(touch pwned).sarif"},
	} {
		code, said, set := runStep(t, a, "lint", dir, usual(change))
		if exists(filepath.Join(dir, "pwned")) {
			t.Fatalf("%s: it ran", name)
		}
		if name == "an option as its report" {
			if code != exitFound {
				t.Errorf("%s: %d %s", name, code, said)
			}
			continue
		}
		if code != exitUsage && code != exitFailed || strings.Contains(set, "evil") {
			t.Errorf("%s: exit code %d, outputs %q: %s", name, code, set, said)
		}
	}
	for name, env := range map[string]map[string]string{
		"a version that is none":  {"BINARY": "", "VERSION": "v1.2.3; touch pwned"},
		"a version that is a way": {"BINARY": "", "VERSION": "../../../evil"},
		"a program that is none":  {"BINARY": "no/such/program", "VERSION": ""},
		"a program in two lines":  {"BINARY": binary + "\nsarif=evil", "VERSION": ""},
	} {
		if code, said, set := runStep(t, a, "get", dir, env); code != exitUsage || set != "" {
			t.Errorf("%s: exit code %d, outputs %q: %s", name, code, set, said)
		}
	}
}

// TestActionDownload takes a release as .goreleaser.yaml names it, and refuses
// one whose checksum differs.
func TestActionDownload(t *testing.T) {
	needBash(t)
	var a action
	decodeYAML(t, "action.yml", &a)
	script := ""
	for _, s := range a.Runs.Steps {
		if s.ID == "get" {
			script = s.Run
		}
	}
	var g goreleaser
	decodeYAML(t, ".goreleaser.yaml", &g)
	name := strings.NewReplacer("{{ .ProjectName }}", g.ProjectName, "{{ .Version }}", "1.2.3", "{{ .Os }}", "linux", "{{ .Arch }}", "amd64").Replace(g.Archives[0].NameTemplate) + "." + g.Archives[0].Formats[0]
	releases := t.TempDir()
	work := filepath.Join(releases, "v1.2.3")
	if err := os.MkdirAll(work, 0o755); err != nil {
		t.Fatal(err)
	}
	shell := func(dir, line string) {
		cmd := exec.Command("bash", "-euc", line)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v %s", line, err, out)
		}
	}
	shell(work, "printf '#!/bin/sh\\necho here\\n' > graphdoctor; chmod +x graphdoctor; tar -czf "+name+" graphdoctor; sha256sum "+name+" > "+g.Checksum.NameTemplate)
	if !strings.Contains(script, g.Checksum.NameTemplate) {
		t.Fatalf("the action does not look at %s", g.Checksum.NameTemplate)
	}
	// A runner takes releases by https alone; here they lie in a folder.
	for i := range a.Runs.Steps {
		a.Runs.Steps[i].Run = strings.ReplaceAll(a.Runs.Steps[i].Run, "--proto =https", "")
	}
	env := map[string]string{"BINARY": "", "VERSION": "v1.2.3", "RELEASES": "file://" + releases}
	code, said, set := runStep(t, a, "get", work, env)
	path, ok := strings.CutPrefix(strings.TrimSpace(set), "binary=")
	if out, err := exec.Command(path).Output(); code != 0 || !ok || err != nil || string(out) != "here\n" {
		t.Errorf("%d %s %s %v", code, said, set, err)
	}
	shell(work, "echo more >> "+name)
	if code, said, set := runStep(t, a, "get", work, env); code == 0 || set != "" {
		t.Errorf("an archive that was changed is taken: %s", said)
	}
}

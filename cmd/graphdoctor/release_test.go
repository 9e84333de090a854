package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/graphdoctor/graphdoctor/report"
)

// These tests hold the other files by which the gate gets to people: the
// release, the image, the hooks, the pipelines that docs/lint.md shows.

// goreleaser is .goreleaser.yaml with keys that GoReleaser 2 documents.
type goreleaser struct {
	Version     int
	ProjectName string `yaml:"project_name"`
	Before      struct{ Hooks []string }
	Builds      []struct {
		ID, Main, Binary                  string
		Env, Goos, Goarch, Flags, Ldflags []string
		ModTimestamp                      string `yaml:"mod_timestamp"`
	}
	Archives []struct {
		Formats      []string
		NameTemplate string `yaml:"name_template"`
		Files        []any
	}
	Checksum struct {
		NameTemplate string `yaml:"name_template"`
		Algorithm    string
	}
	Nfpms []struct {
		PackageName                                string `yaml:"package_name"`
		Homepage, Maintainer, Description, License string
		Formats                                    []string
		Contents                                   []struct{ Src, Dst string }
	}
	Dockers []struct {
		Images, Tags, Platforms, Flags []string
		Dockerfile                     string
		Labels                         map[string]string
	} `yaml:"dockers_v2"`
	Changelog struct{ Use string }
}

// TestRelease: the program that is built exists, is static and says its version;
// what is packed is written by the targets that run before.
func TestRelease(t *testing.T) {
	var g goreleaser
	decodeYAML(t, ".goreleaser.yaml", &g)
	b := g.Builds[0]
	if !slices.Contains(b.Env, "CGO_ENABLED=0") || !slices.Contains(b.Flags, "-trimpath") || !exists("../../"+b.Main+"/main.go") || !strings.Contains(strings.Join(b.Ldflags, " "), "-X main.version=") {
		t.Errorf("%+v", b)
	}
	make, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range g.Before.Hooks {
		if target, ok := strings.CutPrefix(h, "make "); ok && !strings.Contains(string(make), "\n"+target+":") {
			t.Errorf("no target %s", target)
		}
	}
	if !strings.Contains(string(make), `-manual "$(CURDIR)/release"`) {
		t.Error("the manual is not written where the release looks for it")
	}
	shells := filepath.Join(t.TempDir(), "release")
	*manual = shells
	t.Run("manual", TestManual)
	*manual = ""
	for _, c := range g.Nfpms[0].Contents {
		if found, err := filepath.Glob(filepath.Join(filepath.Dir(shells), c.Src)); err != nil || len(found) == 0 {
			t.Errorf("%s is not written by make manual", c.Src)
		}
	}
}

// TestDockerfile: the image is the static binary alone, built by the Go of
// go.mod from the folders that the build needs.
func TestDockerfile(t *testing.T) {
	read := func(name string) string {
		b, err := os.ReadFile("../../" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	file, mod := read("Dockerfile"), read("go.mod")
	stages := strings.Split(file, "\nFROM ")
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(mod)[1]
	if !strings.Contains(file, "golang:"+version+" ") || !strings.Contains(file, "CGO_ENABLED=0") {
		t.Errorf("the image is not built statically by Go %s", version)
	}
	for _, s := range stages[2:] {
		if !strings.HasPrefix(s, "scratch") || !strings.Contains(s, `ENTRYPOINT ["/graphdoctor"]`) || !strings.Contains(s, "USER 65532") {
			t.Errorf("a stage that is no bare image of a common user:\n%s", s)
		}
	}
	var g goreleaser
	decodeYAML(t, ".goreleaser.yaml", &g)
	if target, _ := strings.CutPrefix(g.Dockers[0].Flags[0], "--target="); !strings.Contains(file, "FROM scratch AS "+target+"\n") {
		t.Errorf("no stage %s", target)
	}
	var sent []string
	for line := range strings.Lines(read(".dockerignore")) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "!"); ok {
			sent = append(sent, name)
		}
	}
	for _, p := range list(t, "-deps", "./cmd/graphdoctor") {
		our, ok := strings.CutPrefix(p.ImportPath, module+"/")
		if top, _, _ := strings.Cut(our, "/"); ok && !slices.Contains(sent, top) {
			t.Errorf("the build needs %s, which .dockerignore keeps away", our)
		}
	}
}

// TestHooks: each hook runs a command that exists, and on the files that lint
// reads.
func TestHooks(t *testing.T) {
	var hooks []struct {
		ID, Name, Description, Entry, Language, Files string
		PassFilenames                                 bool `yaml:"pass_filenames"`
		RequireSerial                                 bool `yaml:"require_serial"`
	}
	decodeYAML(t, ".pre-commit-hooks.yaml", &hooks)
	if len(hooks) != 2 {
		t.Fatalf("%+v", hooks)
	}
	for _, h := range hooks {
		files, err := regexp.Compile(h.Files)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"app.json", ".graphdoctor.yaml", "infra/main.tf", "main.bicep", "Program.cs", "a.ts", "b.py", "c.ps1", "D.java", "e.go", "f.http", "calls.txt"} {
			if !files.MatchString(name) {
				t.Errorf("%s is not run for %s", h.ID, name)
			}
		}
		if files.MatchString("logo.png") || h.PassFilenames || h.ID == "" || h.Name == "" {
			t.Errorf("%+v", h)
		}
		args := strings.Fields(h.Entry)
		dir := unpack(t, "graph-web-team-calendar")
		t.Chdir(dir)
		var out bytes.Buffer
		if code := run(args[1:], strings.NewReader(""), &out, &out); args[0] != "graphdoctor" || code != exitFound {
			t.Errorf("%s: exit code %d: %s", h.Entry, code, out.String())
		}
		t.Chdir(filepath.Join(origin(t), "."))
	}
}

// origin is the folder of this package.
func origin(t *testing.T) string {
	t.Helper()
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		t.Fatal("no source")
	}
	return filepath.Dir(file)
}

// snippets are the YAML blocks of a page.
var snippets = regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$")

// TestSnippets: the pipelines that docs/lint.md shows are YAML, name inputs,
// formats and flags that exist, and its configuration is one that lint takes.
func TestSnippets(t *testing.T) {
	text, err := os.ReadFile("../../docs/lint.md")
	if err != nil {
		t.Fatal(err)
	}
	var a action
	decodeYAML(t, "action.yml", &a)
	found := snippets.FindAllStringSubmatch(string(text), -1)
	if len(found) < 5 {
		t.Fatalf("%d snippets", len(found))
	}
	configs := 0
	for _, m := range found {
		var v any
		if err := yaml.Unmarshal([]byte(m[1]), &v); err != nil {
			t.Errorf("%v\n%s", err, m[1])
		}
		if strings.HasPrefix(m[1], "version: 1\n") {
			configs++
			file := filepath.Join(t.TempDir(), configName)
			if err := os.WriteFile(file, []byte(m[1]), 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := loadConfig(file); err != nil {
				t.Error(err)
			}
		}
		if _, with, ok := strings.Cut(m[1], "uses: graphdoctor/graphdoctor@"); ok {
			for _, key := range regexp.MustCompile(`(?m)^ {10}([\w-]+):`).FindAllStringSubmatch(with, -1) {
				if _, ok := a.Inputs[key[1]]; !ok {
					t.Errorf("the action has no input %s", key[1])
				}
			}
		}
		e := &env{}
		flags := e.lintCmd().Flags()
		for _, line := range regexp.MustCompile(`graphdoctor lint.*`).FindAllString(m[1], -1) {
			for _, f := range regexp.MustCompile(`--([\w-]+)`).FindAllStringSubmatch(line, -1) {
				if flags.Lookup(f[1]) == nil {
					t.Errorf("lint has no --%s", f[1])
				}
			}
			for _, f := range regexp.MustCompile(`--format[ =](\w+)`).FindAllStringSubmatch(line, -1) {
				if _, err := report.Lookup(f[1]); err != nil {
					t.Error(err)
				}
			}
		}
	}
	if configs == 0 {
		t.Error("no configuration is shown")
	}
}

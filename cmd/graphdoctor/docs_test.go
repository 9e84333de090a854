package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/graphdoctor/graphdoctor/rules"
)

var update = flag.Bool("update", false, "write what the tests would compare")

// TestRulesPage holds docs/rules.md against the rules: `go generate ./...`
// writes it.
func TestRulesPage(t *testing.T) {
	compare(t, "../../docs/rules.md", rules.Manual().Markdown())
}

func compare(t *testing.T, file, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the program prints; run `go generate ./...`", file)
	}
}

// sample is a block in a page that shows a command and what it prints:
//
//	```console
//	$ graphdoctor ...
//	...
//	```
var sample = regexp.MustCompile("(?ms)^```console\n\\$ (.*?)\n(.*?)^```$")

// TestSamples runs every command that README and docs show, and compares what
// it prints. With -update the pages are written anew.
func TestSamples(t *testing.T) {
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(pages, "../../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		abs, err := filepath.Abs(page) // samples run at the top of the project
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(page), func(t *testing.T) {
			compare(t, abs, sample.ReplaceAllStringFunc(string(text), func(block string) string {
				m := sample.FindStringSubmatch(block)
				return "```console\n$ " + m[1] + "\n" + runSample(t, m[1]) + "```"
			}))
		})
	}
}

// runSample runs "[cat FILE | ]graphdoctor ARGS[ | head -N]" from the top of the
// project.
func runSample(t *testing.T, line string) string {
	t.Helper()
	var in []byte
	if left, right, ok := strings.Cut(line, " | "); ok && strings.HasPrefix(left, "cat ") {
		b, err := os.ReadFile("../../" + strings.TrimPrefix(left, "cat "))
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		in, line = b, right
	}
	line, lines, cut := strings.Cut(line, " | head -")
	args := strings.Fields(line)
	if len(args) == 0 || args[0] != "graphdoctor" {
		t.Fatalf("a sample must run graphdoctor: %q", line)
	}
	t.Chdir("../..")
	var out, errs bytes.Buffer
	run(args[1:], bytes.NewReader(in), &out, &errs)
	said := out.String() + errs.String()
	if n, err := strconv.Atoi(lines); cut && err == nil {
		said = strings.Join(strings.SplitAfterN(said, "\n", n+1)[:n], "")
	}
	return said
}

package rules

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/graphdoctor/graphdoctor/checks"
)

var (
	cmdletName  = regexp.MustCompile(`(?:^|[\s;|({=&])([A-Z][a-z]+-[A-Z][A-Za-z0-9]{3,})\b`)
	cmdletParam = regexp.MustCompile(`(?:^|\s)(-[A-Z][A-Za-z0-9]+)`)
	codeBlock   = regexp.MustCompile("(?s)```[a-z]*\n(.*?)```")
	literal     = regexp.MustCompile("'[^']*'|\"[^\"]*\"|@\\{[^}]*\\}|\\$\\([^)]*\\)")
)

// notCmdlets are header and permission names that have a cmdlet's form.
var notCmdlets = []string{"Content-Type", "User-Agent", "Retry-After", "If-Match", "User-PasswordProfile", "Forwarded-Proto", "Group-NestingSupport", "Cache-Control", "Set-Cookie", "Device-Authentication", "Proxy-Authenticate", "Ocp-Apim"}

// TestCommands: every command that a fix, a probe or a page prints stands in
// testdata/commands.tsv with its reference page, and uses no parameter that
// the page does not have.
func TestCommands(t *testing.T) {
	known := commandTable(t)
	printed := map[string]string{}
	var walk func(string, []checks.Finding)
	walk = func(from string, fs []checks.Finding) {
		for _, f := range fs {
			for _, x := range f.Fixes {
				printed[x.Command] = from
			}
			printed[f.Probe] = from
			walk(from, f.Explained)
		}
	}
	for _, s := range loadSamples(t, "") {
		walk(s.Path, diagnose(t, s.Input).Findings)
	}
	pages, err := filepath.Glob("doc/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pages {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range codeBlock.FindAllStringSubmatch(string(b), -1) {
			for line := range strings.Lines(m[1]) {
				printed[strings.TrimSpace(line)] = p
			}
		}
	}
	n := 0
	for text, from := range printed {
		for _, c := range commandsIn(text) {
			n++
			params, ok := known[c.name]
			if !ok {
				t.Errorf("%s prints %q, which testdata/commands.tsv does not have", from, c.name)
				continue
			}
			for _, p := range c.params {
				if !slices.Contains(params, strings.ToLower(p)) {
					t.Errorf("%s prints %s %s, which its reference page does not have", from, c.name, p)
				}
			}
		}
	}
	if n < 100 {
		t.Errorf("only %d commands were seen", n)
	}
}

func commandTable(t *testing.T) map[string][]string {
	t.Helper()
	b, err := os.ReadFile("testdata/commands.tsv")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for f := range tableRows(string(b)) {
		if len(f) != 3 || !strings.HasPrefix(f[2], "https://") {
			t.Fatalf("commands.tsv: %q has no page", f)
		}
		out[f[0]] = strings.Fields(strings.ToLower(f[1]))
	}
	return out
}

type command struct {
	name   string
	params []string
}

// commandsIn finds the cmdlets and az commands of a line with their parameters.
func commandsIn(text string) []command {
	var out []command
	text = literal.ReplaceAllStringFunc(text, func(q string) string {
		if strings.HasPrefix(q, "$(") { // a command inside: judged with the rest
			return " ; " + q[2:len(q)-1] + " ; "
		}
		return "VALUE"
	})
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(";|{}()&`\n", r) }) {
		part = strings.TrimSpace(part)
		if w := strings.Fields(part); len(w) > 1 && w[0] == "az" {
			c := command{name: "az"}
			i := 1
			for i < len(w) && !strings.HasPrefix(w[i], "-") && !strings.HasPrefix(w[i], "<") && strings.ToLower(w[i]) == w[i] {
				c.name += " " + w[i]
				i++
			}
			for _, x := range w[i:] {
				if strings.HasPrefix(x, "--") {
					name, _, _ := strings.Cut(x, "=")
					c.params = append(c.params, name)
				}
			}
			out = append(out, c)
			continue
		}
		m := cmdletName.FindStringSubmatchIndex(part)
		if m == nil || slices.Contains(notCmdlets, part[m[2]:m[3]]) || m[3] < len(part) && strings.ContainsRune(":.", rune(part[m[3]])) {
			continue
		}
		c := command{name: part[m[2]:m[3]]}
		for _, p := range cmdletParam.FindAllStringSubmatch(part[m[3]:], -1) {
			if !slices.Contains([]string{"-Confirm", "-WhatIf", "-Verbose", "-Debug", "-ErrorAction"}, p[1]) {
				c.params = append(c.params, p[1])
			}
		}
		out = append(out, c)
	}
	return out
}

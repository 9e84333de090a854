package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/graphdoctor/graphdoctor/report"
)

// hostile are trees that somebody may plant to crash, stall or mislead the gate.
func hostile() map[string]map[string]string {
	registration := func(name, id string) string {
		return fmt.Sprintf(`{"appId":"0b8f2d4e-5c1a-4b7e-9a3d-2f6c8e1b7a01","displayName":%q,"signInAudience":"AzureADMyOrg","web":{"redirectUris":[%q]},"requiredResourceAccess":[{"resourceAppId":"00000003-0000-0000-c000-000000000000","resourceAccess":[{"id":%q,"type":"Role"}]}]}`, name, "http://"+name, id)
	}
	nest := func(open, in, closing string, n int) string {
		return strings.Repeat(open, n) + in + strings.Repeat(closing, n)
	}
	var bombs strings.Builder
	bombs.WriteString("openapi: 3.0.0\nservers:\n  - url: https://graph.microsoft.com/v1.0\npaths:\n  /me: &a\n    get: {x: *a}\n")
	for i := range 40 {
		fmt.Fprintf(&bombs, "  /b%d: &b%d [*b%d, *b%d, *b%d]\n", i+1, i+1, i, i, i)
	}
	var locals strings.Builder
	locals.WriteString("resource \"azuread_application\" \"a\" {\n  display_name = local.a20\n}\nlocals {\n  a0 = \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"\n  l0 = [" + strings.Repeat("\"x\",", 3000) + "]\n")
	for i := range 20 {
		fmt.Fprintf(&locals, "  a%d = \"%s\"\n", i+1, strings.Repeat(fmt.Sprintf("${local.a%d}", i), 200))
		fmt.Fprintf(&locals, "  l%d = [for x in local.l%d : [for y in local.l%d : [for z in local.l%d : x]]]\n", i+1, i, i, i)
	}
	locals.WriteString("  f = format(\"%999999999d\", 1)\n  g = file(\"/etc/passwd\")\n  h = templatefile(\"../../x\", {})\n}\n")
	var bicep strings.Builder
	bicep.WriteString("var v0 = '" + strings.Repeat("x", 1000) + "'\nvar self = self\nvar p = q\nvar q = p\n")
	for i := range 30 {
		fmt.Fprintf(&bicep, "var v%d = '%s'\nvar w%d = [for a in w%d: [for b in w%d: a]]\n", i+1, strings.Repeat(fmt.Sprintf("${v%d}", i), 20), i+1, i, i)
	}
	bicep.WriteString("resource app 'Microsoft.Graph/applications@v1.0' = {\n  displayName: v30\n  uniqueName: self\n  requiredResourceAccess: w30\n}\n")
	evil := "\x1b[31m::error file=x::owned\r\n::add-mask::x%0A<script>alert(1)</script>[x](javascript:1)|`\u202e"
	return map[string]map[string]string{
		"deep JSON":               {"app.json": `{"requiredResourceAccess":` + nest("[", "", "]", 200_000) + "}"},
		"deep objects":            {"app.json": nest(`{"requiredResourceAccess":`, "1", "}", 100_000)},
		"cut JSON":                {"app.json": registration("x", "y")[:200]},
		"wrong types":             {"app.json": `{"requiredResourceAccess":[1,null,"x",{"resourceAppId":7,"resourceAccess":{"id":1}},{"resourceAccess":[null,[],{"id":{},"type":[]}]}],"web":[],"spa":{"redirectUris":[1,{"uri":null}]},"passwordCredentials":[3,{"endDateTime":"x"}],"api":5}`},
		"many fields":             {"app.json": `{"requiredResourceAccess":[],` + strings.Repeat(`"x":1,`, 200_000) + `"y":2}`},
		"cyclic YAML":             {"openapi.yaml": bombs.String(), "app.json": registration("x", "y")},
		"deep YAML":               {"openapi.yaml": "openapi: 3\npaths:\n  /x: " + nest("[", "", "]", 100_000) + "\n# https://graph.microsoft.com"},
		"indented YAML":           {"openapi.yaml": "openapi: 3\npaths:\n" + indented(3000) + "# https://graph.microsoft.com"},
		"HCL that grows":          {"main.tf": locals.String()},
		"deep HCL":                {"main.tf": "resource \"azuread_application\" \"a\" {\n  display_name = " + nest("(", "1", ")", 200_000) + "\n}\n"},
		"HCL conditions":          {"main.tf": "resource \"azuread_application\" \"a\" {\n  display_name = " + strings.Repeat("a ? b : ", 100_000) + "c\n}\n"},
		"HCL negations":           {"main.tf": "resource \"azuread_application\" \"a\" {\n  display_name = " + strings.Repeat("!", 500_000) + "c\n}\n"},
		"HCL modules in a circle": {"a/main.tf": "module \"b\" {\n  source = \"../b\"\n}\n", "b/main.tf": "module \"a\" {\n  source = \"../a\"\n}\nresource \"azuread_application\" \"x\" {\n  display_name = \"x\"\n}\n"},
		"HCL module outside":      {"main.tf": "module \"b\" {\n  source = \"../../../../../../etc\"\n}\nresource \"azuread_application\" \"x\" {\n  display_name = \"x\"\n}\n"},
		"Bicep that grows":        {"main.bicep": bicep.String()},
		"deep Bicep":              {"main.bicep": "var x = " + nest("(", "1", ")", 100_000) + "\n// Microsoft.Graph\n"},
		"Bicep brackets":          {"main.bicep": "// Microsoft.Graph\nvar x = " + strings.Repeat("(", 500_000)},
		"ARM expressions":         {"arm.json": `{"$schema":"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#","variables":{"a":"[variables('a')]"},"resources":{"x":{"type":"Microsoft.Graph/applications@v1.0","properties":{"displayName":"[` + nest("concat(", "variables('a')", ")", 20_000) + `]","requiredResourceAccess":"[variables('a')]"}}}}`},
		"values in values":        {"x.js": "const a = `https://graph.microsoft.com/" + strings.Repeat("${", 300_000) + "`"},
		"one long chain":          {"x.js": "f('https://graph.microsoft.com/v1.0'" + strings.Repeat(" + a", 200_000) + ")"},
		"names upon names":        {"x.py": names(3000)},
		"brackets without end":    {"x.ts": strings.Repeat("f(", 200_000) + "'https://graph.microsoft.com/v1.0/me'"},
		"quotes without end":      {"x.php": "<?php $a = \"https://graph.microsoft.com/v1.0/me" + strings.Repeat(" {$x} '", 200_000)},
		"cmdlets":                 {"x.ps1": strings.Repeat("Get-MgUser (", 100_000)},
		"evil names":              {"app.json": registration(evil, evil), evil2("x") + ".json": registration("b", "c")},
		"evil calls":              {"app.json": registration("x", "y"), "calls.txt": "GET /users/" + evil + "\n" + evil + "\nGET /me\n"},
		"a list of many":          {"app.json": registration("x", "y"), "calls.txt": strings.Repeat("GET /users/{id}/messages\nPOST /groups\n", 50_000)},
		"distinct requests":       {"app.json": registration("x", "y"), "calls.txt": distinct(20_000)},
	}
}

func indented(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

func names(n int) string {
	var b strings.Builder
	b.WriteString("n0 = 'https://graph.microsoft.com/v1.0'\n")
	for i := range n {
		fmt.Fprintf(&b, "n%d = f'%s'\nrequests.get(n%d)\n", i+1, strings.Repeat(fmt.Sprintf("{n%d}", i), 20), i+1)
	}
	return b.String()
}

func distinct(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "GET /users/{id}/x%d\n", i)
	}
	return b.String()
}

// evil2 is a file's name with what a terminal or a runner would obey.
func evil2(s string) string {
	if runtime.GOOS == "windows" {
		return s
	}
	return s + "\x1b]0;owned\x07\n::error ::y"
}

// TestHostileTrees: nothing in a tree makes lint crash, stall or emit what was
// planted, in any format.
func TestHostileTrees(t *testing.T) {
	for name, files := range hostile() {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			d := lintFiles(t, files)
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %v", took)
			} else {
				t.Logf("%v, %d findings, %d problems", took.Round(time.Millisecond), len(d.Findings), d.Problem)
			}
			for _, f := range report.Formats {
				var b bytes.Buffer
				if err := f.Write(&b, d, report.Options{Gate: true, Version: "test"}); err != nil {
					t.Fatalf("%s: %v", f.Name, err)
				}
				emitted(t, f.Name, b.Bytes())
			}
			var b bytes.Buffer
			if err := report.WriteProblems(&b, d); err != nil {
				t.Fatal(err)
			}
			emitted(t, "problems", b.Bytes())
		})
	}
}

// emitted looks for what must not come out.
func emitted(t *testing.T, format string, out []byte) {
	t.Helper()
	bad := []string{"\x1b", "\x07", "\u202e", "\n::error file=x", "\n::add-mask", "root:x:0:0"}
	if format == "html" {
		bad = append(bad, "<script>alert")
	}
	for _, c := range bad {
		if bytes.Contains(out, []byte(c)) {
			t.Errorf("%s emits %q", format, c)
		}
	}
}

// TestLinks: links are not followed, in a circle or out of the folder.
func TestLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("making links needs a right there")
	}
	outside, dir := t.TempDir(), t.TempDir()
	secret := filepath.Join(outside, "app.json")
	text := `{"appId":"0b8f2d4e-5c1a-4b7e-9a3d-2f6c8e1b7a77","displayName":"elsewhere","requiredResourceAccess":[]}`
	if err := os.WriteFile(secret, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"loop": ".", "out": outside, "app.json": secret} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, manifests := range []string{"../" + filepath.Base(outside) + "/app.json", "app.json", "/etc/passwd", "out/../../x.json"} {
		config := "version: 1\nmanifests: ['" + manifests + "']\n"
		if err := os.WriteFile(filepath.Join(dir, configName), []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		if d := lintDir(t, dir); d.Examined > 0 || d.Problem == 0 {
			t.Errorf("manifests: %s is read (%d apps, %d problems)", manifests, d.Examined, d.Problem)
		}
	}
}

// TestHostileConfig: a configuration cannot do it either; it is refused.
func TestHostileConfig(t *testing.T) {
	for name, text := range map[string]string{
		"cyclic alias": "version: 1\napp: &a\n  flow: *a\n",
		"bomb":         "version: 1\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n",
		"deep":         "version: 1\napp: " + strings.Repeat("[", 100_000),
		"escapes":      "version: 1\n\"\\e[31m::error ::x\": 1\napp: {flow: \"\\e[31m\\n::error ::x\"}\n",
		"binary":       "\x00\x01\x02",
		"merge":        "version: 1\napp: {<<: {flow: daemon, x: y}}\n",
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), configName)
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			s, err := loadConfig(file)
			if err == nil {
				t.Fatalf("taken: %+v", s.raw)
			}
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("took %v", took)
			}
			emitted(t, "the error", []byte(err.Error()))
			if len(err.Error()) > 20_000 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
		})
	}
}

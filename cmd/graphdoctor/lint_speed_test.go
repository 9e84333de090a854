package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// sourceTree writes a repository of source files in several languages. One file
// in forty speaks of Microsoft Graph.
func sourceTree(tb testing.TB, dir string, files int) {
	tb.Helper()
	r := rand.New(rand.NewPCG(7, 11))
	words := strings.Fields("value result index buffer request handler service client config option parser token stream writer reader cache entry record message event error status helper factory context session manager provider element")
	forms := []struct{ ext, line, graph string }{
		{"ts", "const %s = compute%s(%s, \"%s\"); // %s\n", "await fetch(`https://graph.microsoft.com/v1.0/users/${id}/messages`, { method: 'GET' });\n"},
		{"cs", "    private readonly %s _%s = new(%s, \"%s\"); // %s\n", "        await http.GetAsync(\"https://graph.microsoft.com/v1.0/groups\");\n"},
		{"py", "%s = compute_%s(%s, '%s')  # %s\n", "requests.get('https://graph.microsoft.com/v1.0/users/%s' % uid)\n"},
		{"go", "\t%s := compute%s(%s, \"%s\") // %s\n", "\treq, err := http.NewRequest(\"GET\", \"https://graph.microsoft.com/v1.0/devices\", nil)\n"},
		{"java", "        %s = compute%s(%s, \"%s\"); // %s\n", "        call(\"https://graph.microsoft.com/v1.0/me/events\");\n"},
		{"json", "  {\"%s\": \"%s\", \"%s\": \"%s\", \"x\": \"%s\"},\n", ""},
		{"yaml", "%s:\n  %s: %s\n  %s: %s\n", ""},
	}
	pick := func() any { return words[r.IntN(len(words))] }
	for i := range files {
		sub := filepath.Join(dir, fmt.Sprintf("pkg%02d", i%50), fmt.Sprintf("part%02d", i/50%20))
		if i < 1000 {
			if err := os.MkdirAll(sub, 0o755); err != nil {
				tb.Fatal(err)
			}
		}
		form := forms[r.IntN(len(forms))]
		var b strings.Builder
		lines := 20 + r.IntN(160)
		at := -1
		if form.graph != "" && i%40 == 0 {
			at = r.IntN(lines)
		}
		if form.ext == "json" {
			b.WriteString("[\n")
		}
		for n := range lines {
			fmt.Fprintf(&b, form.line, pick(), pick(), pick(), pick(), pick())
			if n == at {
				b.WriteString(form.graph)
			}
		}
		if form.ext == "json" {
			b.WriteString("  {}]\n")
		}
		if err := os.WriteFile(filepath.Join(sub, fmt.Sprintf("file%05d.%s", i, form.ext)), []byte(b.String()), 0o644); err != nil {
			tb.Fatal(err)
		}
	}
	app := `{"appId":"0b8f2d4e-5c1a-4b7e-9a3d-2f6c8e1b7a99","displayName":"Big","signInAudience":"AzureADMyOrg","web":{"redirectUris":[]},"requiredResourceAccess":[{"resourceAppId":"00000003-0000-0000-c000-000000000000","resourceAccess":[{"id":"810c84a8-4a9e-49e6-bf7d-12d183f40d01","type":"Role"}]}]}`
	if err := os.WriteFile(filepath.Join(dir, "app.json"), []byte(app), 0o644); err != nil {
		tb.Fatal(err)
	}
}

// TestLintSpeed lints a repository of 20,000 source files, as a whole process, and
// holds it against a plain search of the same tree in the same run: at most three
// times as long.
func TestLintSpeed(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 20,000 files")
	}
	rg, err := exec.LookPath("rg")
	if err != nil {
		if os.Getenv("GRAPHDOCTOR_REQUIRE_TOOLS") != "" {
			t.Fatal("ripgrep is not installed")
		}
		t.Skip("ripgrep is not installed")
	}
	dir := t.TempDir()
	sourceTree(t, dir, 20_000)
	bin := filepath.Join(t.TempDir(), "graphdoctor")
	if out, err := exec.Command("go", "build", "-trimpath", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	took := func(name string, args ...string) time.Duration {
		cmd := exec.Command(name, args...)
		start := time.Now()
		out, err := cmd.CombinedOutput()
		d := time.Since(start)
		if len(out) == 0 {
			t.Fatalf("%s said nothing: %v", name, err)
		}
		return d
	}
	var ours, theirs []time.Duration
	for range 7 { // in turn, so that both meet the same machine
		theirs = append(theirs, took(rg, "-c", "graph.microsoft", dir))
		ours = append(ours, took(bin, "lint", "--no-config", dir))
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	ratio := float64(ours[3]) / float64(theirs[3])
	t.Logf("lint %v, rg %v (medians of 7): %.2f times; best %v against %v", ours[3], theirs[3], ratio, ours[0], theirs[0])
	if ratio > 3 && float64(ours[0]) > 3*float64(theirs[0]) {
		t.Errorf("lint takes %.2f times as long as a search, more than 3", ratio)
	}
}

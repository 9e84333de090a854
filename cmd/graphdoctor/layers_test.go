package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/graphdoctor/graphdoctor"

// layers is who may import whom: ours, and what comes from elsewhere (by
// prefix). docs/design.md tells why.
var layers = map[string]struct{ ours, theirs []string }{
	"checks/evidence":      {nil, []string{"github.com/golang-jwt/jwt", "github.com/klauspost/compress", "github.com/tidwall/gjson", "golang.org/x/text"}},
	"checks/evidence/gate": {[]string{"checks/evidence"}, []string{"github.com/hashicorp/hcl", "github.com/zclconf/go-cty", "github.com/goccy/go-yaml"}},
	"checks":               {[]string{"checks/evidence"}, []string{"github.com/hashicorp/go-multierror"}},
	"rules/catalog":        {nil, nil},
	"rules":                {[]string{"checks", "checks/evidence", "rules/catalog"}, nil},
	"web/session":          {[]string{"checks", "checks/evidence", "report", "rules", "rules/catalog"}, nil},
	"report":               {[]string{"checks", "checks/evidence"}, []string{"github.com/fatih/color", "github.com/rivo/uniseg", "github.com/hashicorp/go-multierror"}},
}

type pkg struct {
	ImportPath string
	Standard   bool
	Imports    []string
}

func list(t *testing.T, args ...string) []pkg {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Standard,Imports"}, args...)...)
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// TestLayers holds the import directions of docs/design.md.
func TestLayers(t *testing.T) {
	for _, p := range list(t, "./checks/...", "./rules/...", "./report/...", "./web/...") {
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		may, ok := layers[name]
		if !ok {
			if strings.HasPrefix(name, "rules/catalog/gen") {
				continue // a generator, in no binary
			}
			t.Errorf("%s: a package that docs/design.md does not know; add it there and to layers", name)
			continue
		}
		for _, imp := range p.Imports {
			our, isOurs := strings.CutPrefix(imp, module+"/")
			switch {
			case isOurs && !slices.Contains(may.ours, our):
				t.Errorf("%s must not import %s", name, our)
			case !isOurs && strings.Contains(strings.Split(imp, "/")[0], ".") && !slices.ContainsFunc(may.theirs, func(l string) bool { return strings.HasPrefix(imp, l) }):
				t.Errorf("%s must not import %s: each library has one room", name, imp)
			}
		}
	}
}

// TestOffline: the binary cannot open a network connection by HTTP, and rules
// read no files, no clock, no environment.
func TestOffline(t *testing.T) {
	for _, p := range list(t, "-deps", "./cmd/graphdoctor") {
		if p.ImportPath == "net/http" || p.ImportPath == "crypto/tls" {
			t.Errorf("the binary links %s, which breaks the promise that nothing is sent", p.ImportPath)
		}
	}
	t.Setenv("GOOS", "js")
	t.Setenv("GOARCH", "wasm")
	for _, p := range list(t, "-deps", "./web/wasm") {
		switch p.ImportPath {
		case "net/http", "crypto/tls", "github.com/spf13/cobra", module + "/checks/evidence/gate":
			t.Errorf("the page's engine links %s, which it has no use for", p.ImportPath)
		}
	}
	t.Setenv("GOOS", "")
	t.Setenv("GOARCH", "")
	for _, p := range list(t, "./rules", "./rules/catalog") {
		for _, imp := range p.Imports {
			if imp == "os" || imp == "net" || imp == "io/ioutil" || imp == "log" {
				t.Errorf("%s imports %s: a rule reads facts, nothing else", p.ImportPath, imp)
			}
		}
	}
	clock := regexp.MustCompile(`time\.Now\(|time\.Since\(`)
	for _, dir := range []string{"../../rules", "../../checks", "../../checks/evidence", "../../report"} {
		files, err := filepath.Glob(dir + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(f, "_test.go") && clock.Match(b) {
				t.Errorf("%s asks the clock: time belongs to the evidence, or comes from the command", f)
			}
		}
	}
}

// TestStartup holds the budget that no dependency may spend before main: half
// a millisecond each, as the runtime itself measures it. The least of several
// runs counts, since a busy machine only ever adds.
func TestStartup(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the binary")
	}
	bin := filepath.Join(t.TempDir(), "graphdoctor")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	line := regexp.MustCompile(`(?m)^init (\S+) @\S+ ms, (\S+) ms clock`)
	least := map[string]float64{}
	for range 7 {
		cmd := exec.Command(bin, "version")
		cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
		var errs strings.Builder
		cmd.Stderr = &errs
		if err := cmd.Run(); err != nil {
			t.Fatal(err)
		}
		for _, m := range line.FindAllStringSubmatch(errs.String(), -1) {
			ms, err := strconv.ParseFloat(m[2], 64)
			if err != nil {
				t.Fatal(err)
			}
			if was, ok := least[m[1]]; !ok || ms < was {
				least[m[1]] = ms
			}
		}
	}
	if len(least) == 0 {
		t.Fatal("the runtime printed no init trace")
	}
	for name, ms := range least {
		if ms > 0.5 {
			t.Errorf("%s takes %.2f ms before main, more than 0.5", name, ms)
		}
	}
}

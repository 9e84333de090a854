package browser

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"golang.org/x/tools/txtar"
)

// A sample is a case of testdata/cases: what would be pasted, and the rules of
// which one must come first.
type sample struct {
	name, input string
	accept      []string
}

func samples(t *testing.T) (all []sample) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(root, "testdata/cases"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".txtar" {
			return err
		}
		s := sample{name: path}
		archive, err := txtar.ParseFile(path)
		if err != nil {
			return err
		}
		var claims map[string]any
		var want struct{ Accept []string }
		for _, f := range archive.Files {
			switch f.Name {
			case "input":
				s.input = string(f.Data)
			case "claims.json":
				err = json.Unmarshal(f.Data, &claims)
			case "expect.json":
				err = json.Unmarshal(f.Data, &want)
			}
			if err != nil {
				return fmt.Errorf("%s: %s: %w", path, f.Name, err)
			}
		}
		if claims != nil {
			s.input = strings.ReplaceAll(s.input, "{{TOKEN}}", evidence.Mint(claims))
		}
		s.accept = want.Accept
		all = append(all, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// command runs graphdoctor as users do and returns what it prints. Findings are
// no failure.
func command(t *testing.T, input string, args ...string) string {
	t.Helper()
	if args[0] == "diagnose" {
		args = append(args, "--now", noon, "--fail-on", "never")
	}
	cmd := exec.Command(world.graphdoctor, args...)
	cmd.Stdin = strings.NewReader(input)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if code := cmd.ProcessState.ExitCode(); code != 0 && code != 3 {
		t.Fatalf("graphdoctor %v: %v\n%s", args, err, &errs)
	}
	return string(out)
}

// TestCases pastes every case and holds the report that the page offers for
// download against the command's, byte for byte.
func TestCases(t *testing.T) {
	all := samples(t)
	if len(all) < 500 {
		t.Fatalf("only %d cases", len(all))
	}
	b := openPage(t, chromedp.EmulateViewport(1280, 900))
	// what a click on a download hands to the browser is kept
	eval[bool](b, `(() => {
		const make = URL.createObjectURL;
		URL.createObjectURL = (blob) => { window.kept = blob; return make(new Blob([])); };
		HTMLAnchorElement.prototype.click = () => {}; // 600 files on a disk prove no more
		return true;
	})()`)
	different, found := 0, 0
	for _, s := range all {
		if strings.TrimSpace(s.input) == "" {
			continue // the page asks for something, and the command finds nothing in it
		}
		b.pasteQuick(s.input)
		got := eval[string](b, `(async () => {
			window.kept = undefined;
			document.querySelector("[data-take=json]").click();
			while (!window.kept) await new Promise((r) => setTimeout(r, 1));
			return window.kept.text();
		})()`)
		want := command(t, s.input, "diagnose", "--format", "json", "-")
		if strings.Contains(got, `"rule"`) {
			found++
		}
		if got == want {
			continue
		}
		if different++; different <= 3 {
			t.Errorf("%s: the page answers otherwise than the command (-command +page):\n%s", s.name, cmp.Diff(want, got))
		}
	}
	t.Logf("%d cases through the page, %d of them with findings, %d answered otherwise than by the command", len(all), found, different)
	if different > 3 {
		t.Errorf("%d cases in all are answered otherwise", different)
	}
	if found < len(all)/2 {
		t.Errorf("only %d of %d cases have findings", found, len(all))
	}
	b.quiet()
}

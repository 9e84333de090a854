package rules

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"golang.org/x/tools/txtar"
)

// A sample is one case of testdata/cases: what somebody would pipe in, and
// what the first finding must be.
type sample struct {
	Path  string
	Input string
	Want  struct {
		Accept   []string `json:"accept"`
		Mention  []string `json:"mention"`
		Not      []string `json:"not"`
		Silent   bool     `json:"silent"`
		Note     bool     `json:"note"`
		Possible bool     `json:"possible"`
		Why      string   `json:"why"`
	}
}

const casesDir = "../testdata/cases"

func loadSamples(t testing.TB, sub string) []sample {
	t.Helper()
	var out []sample
	err := filepath.WalkDir(filepath.Join(casesDir, sub), func(path string, d os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".txtar") {
			return err
		}
		s, err := loadSample(path)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		out = append(out, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func loadSample(path string) (sample, error) {
	ar, err := txtar.ParseFile(path)
	if err != nil {
		return sample{}, err
	}
	s := sample{Path: strings.TrimPrefix(path, casesDir+"/")}
	var claims map[string]any
	for _, f := range ar.Files {
		switch f.Name {
		case "input":
			s.Input = string(f.Data)
		case "claims.json":
			err = json.Unmarshal(f.Data, &claims)
		case "expect.json":
			err = json.Unmarshal(f.Data, &s.Want)
		}
		if err != nil {
			return s, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	if claims != nil {
		s.Input = strings.ReplaceAll(s.Input, "{{TOKEN}}", evidence.Mint(claims))
	}
	return s, nil
}

// heldBack marks the third of our own cases that nobody looks at while rules
// are written; its figure tells how well the rules generalise.
func heldBack(path string) bool {
	if !strings.HasPrefix(path, "own/") {
		return false
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(filepath.Base(path)))
	return h.Sum32()%3 == 0
}

func diagnose(t testing.TB, input string) *checks.Diagnosis {
	t.Helper()
	d, err := checks.Run(context.Background(), evidence.Read(context.Background(), evidence.Input{Name: "-", Reader: strings.NewReader(input)}), All(), checks.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// every lists the rules of a tree of findings.
func every(fs []checks.Finding) (ids []string) {
	for _, f := range fs {
		ids = append(ids, f.Rule.ID)
		ids = append(ids, every(f.Explained)...)
	}
	return ids
}

// told is what a finding says to its reader.
func told(f checks.Finding) string {
	parts := []string{f.Rule.ID, f.Rule.Title, f.Message}
	parts = append(parts, f.Why...)
	for _, x := range f.Fixes {
		parts = append(parts, x.Title, x.Command, x.URL)
	}
	return strings.Join(parts, " ")
}

// judge returns what is wrong with the diagnosis of a sample, "" if nothing.
func judgeSample(t testing.TB, s sample) (miss string) {
	d := diagnose(t, s.Input)
	ids := every(d.Findings)
	if s.Want.Silent {
		for _, f := range d.Findings {
			if f.Level() > checks.Note || !s.Want.Note {
				return fmt.Sprintf("SPOKE %s", strings.Join(ids, ", "))
			}
		}
		return ""
	}
	if len(d.Findings) == 0 {
		return fmt.Sprintf("MISS want %s, got nothing", strings.Join(s.Want.Accept, "|"))
	}
	first := d.Findings[0]
	for _, n := range s.Want.Not {
		if slices.Contains(ids, n) {
			return fmt.Sprintf("FALSE says %s (got %s)", n, strings.Join(ids, ", "))
		}
	}
	if s.Want.Possible && first.Strength == checks.Possible {
		return ""
	}
	if !slices.Contains(s.Want.Accept, first.Rule.ID) {
		return fmt.Sprintf("MISS want %s, got %s", strings.Join(s.Want.Accept, "|"), strings.Join(ids, ", "))
	}
	for _, m := range s.Want.Mention {
		if !regexp.MustCompile("(?i)" + m).MatchString(told(first)) {
			return fmt.Sprintf("THIN %s does not mention %s: %s", first.Rule.ID, m, first.Message)
		}
	}
	if s.Want.Why != "" && !regexp.MustCompile("(?i)"+s.Want.Why).MatchString(strings.Join(first.Why, " ")+" "+first.Message) {
		return fmt.Sprintf("WHY %s: %s does not match %s", first.Rule.ID, strings.Join(first.Why, " "), s.Want.Why)
	}
	return ""
}

// missesFile lists the cases that are known to be answered wrongly, with the
// reason. It must name each of them and no other, so that progress and
// regress both show.
const missesFile = casesDir + "/misses.txt"

func knownMisses(t *testing.T) map[string]string {
	t.Helper()
	b, err := os.ReadFile(missesFile)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]string{}
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		name, reason, ok := strings.Cut(line, "\t")
		if !ok || reason == "" {
			t.Errorf("%s: %q gives no reason", missesFile, line)
		}
		known[name] = reason
	}
	return known
}

// TestCases holds every case of testdata/cases against its expectation: the
// first finding, what it must mention, what must not be said.
func TestCases(t *testing.T) {
	known := knownMisses(t)
	right, all := map[string]int{}, map[string]int{}
	for _, s := range loadSamples(t, "") {
		group := filepath.Dir(s.Path)
		if heldBack(s.Path) {
			group += " held back"
		}
		all[group]++
		miss := judgeSample(t, s)
		_, listed := known[s.Path]
		delete(known, s.Path)
		switch {
		case miss == "":
			right[group]++
			if listed {
				t.Errorf("%s is right now: take it off %s", s.Path, missesFile)
			}
		case !listed:
			t.Errorf("%s: %s", s.Path, miss)
		}
	}
	for name := range known {
		t.Errorf("%s lists %s, which is no case", missesFile, name)
	}
	for _, g := range slices.Sorted(maps.Keys(all)) {
		t.Logf("%-28s %d of %d", g, right[g], all[g])
	}
}

// exchangeCauses are the four causes that Exchange words alike.
var exchangeCauses = []string{"ews-policy-blocked", "app-access-policy-blocked", "mailbox-unavailable", "mailbox-access-denied"}

// TestExchangeConfusion: over inputs of varied wording and evidence no one of
// Exchange's four causes is taken for another.
func TestExchangeConfusion(t *testing.T) {
	matrix := map[string]map[string]int{}
	n := 0
	for _, s := range loadSamples(t, "authored/exchange") {
		if len(s.Want.Accept) != 1 || !slices.Contains(exchangeCauses, s.Want.Accept[0]) {
			continue
		}
		n++
		got := "nothing"
		if d := diagnose(t, s.Input); len(d.Findings) > 0 {
			got = d.Findings[0].Rule.ID
		}
		want := s.Want.Accept[0]
		if matrix[want] == nil {
			matrix[want] = map[string]int{}
		}
		matrix[want][got]++
		if got != want && slices.Contains(exchangeCauses, got) {
			t.Errorf("%s: %s was taken for %s", s.Path, want, got)
		}
	}
	if n < 24 {
		t.Errorf("%d inputs, want at least 24", n)
	}
	for _, want := range exchangeCauses {
		t.Logf("%-26s %v", want, matrix[want])
	}
}

func casesOf(t testing.TB, input string) []*evidence.Case {
	t.Helper()
	var out []*evidence.Case
	for c := range evidence.Read(context.Background(), evidence.Input{Name: "-", Reader: strings.NewReader(input)}) {
		if c != nil {
			out = append(out, c)
		}
	}
	return out
}

package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/google/go-cmp/cmp"
	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/report"
	"github.com/graphdoctor/graphdoctor/rules"
	"github.com/graphdoctor/graphdoctor/testdata/gatewaylog"
)

// The pipeline runs on Prism, Beam's local runner, in this process. It speaks
// the protocol of the big ones: steps and elements are encoded and sent.
func TestMain(m *testing.M) {
	beam.Init()
	os.Exit(m.Run())
}

var present = time.Date(2026, 11, 21, 2, 0, 0, 0, time.UTC)

// shards writes a gateway's log in eight parts, two of them compressed, and
// returns the pattern of their names.
func shards(t *testing.T) string {
	t.Helper()
	var log bytes.Buffer
	if err := gatewaylog.Write(&log, gatewaylog.Options{Lines: 20_000, Seed: 8}); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	lines := bytes.SplitAfter(log.Bytes(), []byte("\n"))
	for i := range 8 {
		part := bytes.Join(lines[len(lines)*i/8:len(lines)*(i+1)/8], nil)
		if i%4 == 2 {
			part = zipped(part)
		}
		put(t, filepath.Join(dir, fmt.Sprintf("shard-%d.log", i)), part)
	}
	return filepath.Join(dir, "shard-*")
}

func zipped(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(b)
	_ = z.Close()
	return out.Bytes()
}

func put(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func files(t *testing.T, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %d files, %v", pattern, len(names), err)
	}
	return names
}

// pipelined runs the job on Prism and returns the report.
func pipelined(t *testing.T, format string, patterns ...string) ([]byte, error) {
	t.Helper()
	j := job{Inputs: patterns, Format: format, Output: filepath.Join(t.TempDir(), "new", "report"), Version: version, Now: present, Present: present}
	failed := run(t.Context(), j)
	b, err := os.ReadFile(j.Output)
	if err != nil {
		t.Fatal(errors.Join(failed, err))
	}
	return b, failed
}

// program is graphdoctor itself, which must have no part in this module.
func program(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "graphdoctor")
	build := exec.Command("go", "build", "-o", name, "./cmd/graphdoctor")
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return name
}

// alone is the report of the program on one machine.
func alone(t *testing.T, program, format string, names []string) []byte {
	t.Helper()
	cmd := exec.Command(program, append([]string{"--now", present.Format(time.RFC3339), "--format", format, "--exit-zero"}, names...)...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", cmd.Args[:5], err)
	}
	return out
}

func TestEightShardsAreOneReport(t *testing.T) {
	pattern, bin := shards(t), program(t)
	names := files(t, pattern)
	want := alone(t, bin, "json", names)
	if p, err := decode(want); err != nil || len(names) != 8 || p.d.Cases < 300 || len(p.d.Findings) < 5 || p.d.Problem > 0 {
		t.Fatalf("%d files, %s, %v: too little to compare", len(names), want, err)
	}
	got, err := pipelined(t, "json", pattern)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("-one process +pipeline:\n%s", diff)
	}
}

// A broken shard is a problem in the report. The rest is reported in full, and
// the broken one too, as far as it could be read.
func TestBrokenShards(t *testing.T) {
	pattern := shards(t)
	names := files(t, pattern)
	zip, err := os.ReadFile(names[2])
	if err != nil {
		t.Fatal(err)
	}
	put(t, names[2], zip[:len(zip)*3/4])
	put(t, names[5], append([]byte("\x1f\x8b"), bytes.Repeat([]byte{0}, 4096)...))
	if err := errors.Join(os.Remove(names[6]), os.Symlink(names[6]+".gone", names[6])); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(filepath.Dir(pattern), "typing-error-*")
	b, err := pipelined(t, "json", pattern, missing)
	if err != nil {
		t.Fatal(err)
	}
	back, err := decode(b)
	if err != nil {
		t.Fatal(err)
	}
	got := back.d
	var said []string
	for _, p := range got.ProblemList() {
		said = append(said, filepath.Base(p.Place.File)+": "+p.Err.Error())
	}
	for _, want := range []string{"shard-2.log: .*unexpected EOF", "shard-5.log: .*gzip", "shard-6.log: no such file", "typing-error-.*: no file matches this pattern"} {
		if !regexp.MustCompile(want).MatchString(strings.Join(said, "\n")) {
			t.Errorf("no problem says %q:\n%s", want, strings.Join(said, "\n"))
		}
	}
	whole := together(t, names)
	whole.AddProblem(problem(missing, errors.New("no file matches this pattern")))
	if diff := cmp.Diff(rendered(t, "json", whole), string(b)); diff != "" || got.Cases < 200 {
		t.Errorf("%d cases; -one process +pipeline:\n%s", got.Cases, diff)
	}
}

// Where nothing could be read the report still says why, and the job fails.
func TestNothingRead(t *testing.T) {
	b, err := pipelined(t, "text", filepath.Join(t.TempDir(), "*.log"))
	if !errors.Is(err, errNothing) || !bytes.Contains(b, []byte("no file matches this pattern")) {
		t.Errorf("error %v, report\n%s", err, b)
	}
}

// together examines files in this process, as one.
func together(t *testing.T, names []string) *checks.Diagnosis {
	t.Helper()
	all := func(yield func(evidence.Input, error) bool) {
		for _, name := range names {
			for in, err := range open(t.Context(), name) {
				if !yield(in, err) {
					return
				}
			}
		}
	}
	d, err := checks.Diagnose(t.Context(), all, rules.All(), checks.Options{Now: present, Known: rules.KnownID})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// apart examines each file by itself.
func apart(t *testing.T, names []string) (all []part) {
	t.Helper()
	for _, name := range names {
		p, err := (&diagnoseFn{Present: present}).ProcessElement(context.Background(), name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

func rendered(t *testing.T, format string, d *checks.Diagnosis) string {
	t.Helper()
	var b bytes.Buffer
	if err := (job{Format: format, Version: version, Now: present}).render(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// sent is what a part is after its way to another machine.
func sent(t *testing.T, p part) part {
	t.Helper()
	b, err := encode(p)
	if err != nil {
		t.Fatal(err)
	}
	back, err := decode(b)
	if err != nil {
		t.Fatal(err)
	}
	return back
}

// In whatever order and groups a runner merges, every format is the same.
func TestOrderMakesNoDifference(t *testing.T) {
	names := files(t, shards(t))
	one, parts := together(t, names), apart(t, names)
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 20 {
		left := append([]part{{}}, parts...) // the first: an accumulator that nothing was added to
		for len(left) > 1 {
			r.Shuffle(len(left), func(i, j int) { left[i], left[j] = left[j], left[i] })
			left = append(left[2:], sent(t, (&mergeFn{}).MergeAccumulators(left[0], left[1])))
		}
		for _, f := range report.Formats {
			if diff := cmp.Diff(rendered(t, f.Name, one), rendered(t, f.Name, left[0].d)); diff != "" {
				t.Fatalf("round %d, %s: -one process +parts:\n%s", round, f.Name, diff)
			}
		}
	}
}

// planted are secrets in shapes that logs hold, in lines that fail and are read.
var planted = []string{
	"Xy7~Qk2vLw9.Zt4_Nc8RbH3sJd6Pf1Mg5Ea0Uo", // a client secret
	"0.AXkAp2mKq7Lw9Zt4Nc8RbH3sJd6Pf1Mg5Ea0Uo.AgABAAEAAAD2vLw9Zt4Nc8RbH3sJd6Pf1Mg5Ea",
	"ESTSAUTHPERSISTENT7Lw9Zt4Nc8RbH3sJd6Pf1Mg5Ea0Uo",
}

// What travels between machines holds no credential of what a shard held.
func TestNoSecretTravels(t *testing.T) {
	var log bytes.Buffer
	if err := gatewaylog.Write(&log, gatewaylog.Options{Lines: 2000, Seed: 3, Fails: 300, Bearer: 500}); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&log, `{"time":"2026-11-20T07:00:00Z","level":"error","method":"POST","url":"https://login.microsoftonline.com/common/oauth2/v2.0/token","request":"grant_type=refresh_token&client_secret=%s&refresh_token=%s","status":401,"headers":{"Cookie":"ESTSAUTH=%s"},"body":"{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000215: Invalid client secret provided.\"}"}`+"\n",
		planted[0], planted[1], planted[2])
	name := filepath.Join(t.TempDir(), "secret.log")
	put(t, name, log.Bytes())

	const run = 20 // so many characters of a secret in a row are one too many
	secret := map[string]bool{}
	tokens := regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]+`).FindAllString(log.String(), -1)
	for _, s := range append(tokens, planted...) {
		for i := range len(s) - run + 1 {
			secret[s[i:i+run]] = true
		}
	}
	parts := apart(t, []string{name})
	b, err := encode((&mergeFn{}).MergeAccumulators(part{}, parts[0]))
	if err != nil {
		t.Fatal(err)
	}
	if d := parts[0].d; len(tokens) < 100 || d.Cases < 300 || !bytes.Contains(b, []byte("7000215")) {
		t.Fatalf("%d tokens, %d cases, the planted failure found: %v; too little to search", len(tokens), d.Cases, bytes.Contains(b, []byte("7000215")))
	}
	for i := range len(b) - run + 1 {
		if secret[string(b[i:i+run])] {
			t.Fatalf("a secret travels: %q", b[max(0, i-60):min(len(b), i+60)])
		}
	}
}

// What cannot work is said before a cluster begins.
func TestSettleRefuses(t *testing.T) {
	good := job{Inputs: []string{"a"}, Format: "text", Output: "r"}
	if err := good.settle(t.Context(), "", nil); err != nil || good.Now.IsZero() || good.Present != good.Now {
		t.Fatalf("%v, %+v", err, good)
	}
	for say, c := range map[string]struct {
		j    job
		now  string
		rest []string
	}{
		"no flag":               {good, "", []string{"b"}},
		"--input":               {job{Format: "text", Output: "r"}, "", nil},
		"--output":              {job{Inputs: []string{"a"}, Format: "text"}, "", nil},
		"unknown format":        {job{Inputs: []string{"a"}, Format: "txt", Output: "r"}, "", nil},
		`"wasb" not registered`: {job{Inputs: []string{"a"}, Format: "text", Output: "wasb://c/r"}, "", nil},
		"no RFC 3339":           {good, "today", nil},
	} {
		if err := c.j.settle(t.Context(), c.now, c.rest); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("error %v, want one that says %q", err, say)
		}
	}
}

package rules

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/testdata/gatewaylog"
	"github.com/klauspost/compress/zstd"
)

// This file holds the readers of logs against the readers of documents: a log
// means what its lines mean, however it is read.

func gatewayLog(t testing.TB, o gatewaylog.Options) string {
	t.Helper()
	var b strings.Builder
	if err := gatewaylog.Write(&b, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// in makes inputs of texts.
func in(texts ...string) func(func(evidence.Input, error) bool) {
	return func(yield func(evidence.Input, error) bool) {
		for i, text := range texts {
			if !yield(evidence.Input{Name: fmt.Sprintf("log%d", i), Reader: strings.NewReader(text)}, nil) {
				return
			}
		}
	}
}

func diagnoseLogs(t testing.TB, jobs int, texts ...string) *checks.Diagnosis {
	t.Helper()
	d, err := checks.Diagnose(context.Background(), in(texts...), All(), checks.Options{Jobs: jobs, Known: KnownID})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// recordByRecord is the plain way: every record is a document, every case is
// examined.
func recordByRecord(t testing.TB, text string, begins func(line string) bool) *checks.Diagnosis {
	t.Helper()
	tally := checks.NewTally(All(), checks.Options{})
	n, from, record := 0, 0, ""
	read := func() {
		blank := strings.Repeat("\n", max(0, from-1)) // keeps the number of the line
		for c, err := range evidence.Read(context.Background(), evidence.Input{Name: "log0", Reader: strings.NewReader(blank + record)}) {
			if err != nil || c.Failed {
				tally.Add(c, err)
			}
		}
	}
	for line := range strings.Lines(text) {
		n++
		if begins(line) {
			if record != "" {
				read()
			}
			from, record = n, ""
		}
		record += line
	}
	read()
	return tally.Diagnosis()
}

var byID = cmp.Comparer(func(a, b *checks.Rule) bool { return a.ID == b.ID })

func equal(t *testing.T, what string, want, got *checks.Diagnosis, ignored ...cmp.Option) {
	t.Helper()
	opts := append([]cmp.Option{byID, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(checks.Diagnosis{}, "Inputs", "Problems")}, ignored...)
	if d := cmp.Diff(want, got, opts...); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// TestLogMeansItsRecords: templates, words, patterns and workers change nothing.
func TestLogMeansItsRecords(t *testing.T) {
	every := func(string) bool { return true }
	stamped := func(line string) bool { return line[0] == '2' }
	for _, c := range []struct {
		form   gatewaylog.Form
		begins func(string) bool
	}{{gatewaylog.JSON, every}, {gatewaylog.Logfmt, every}, {gatewaylog.Nginx, every}, {gatewaylog.Plain, stamped}} {
		// More failures than a real log has, so that every kind meets every other.
		log := gatewayLog(t, gatewaylog.Options{Lines: 1200, Fails: 300, Bearer: 300, Tokens: 20, Form: c.form})
		want := recordByRecord(t, log, c.begins)
		if want.Cases < 300 {
			t.Fatalf("%s: only %d failures: is this a log?", c.form, want.Cases)
		}
		for _, jobs := range []int{1, 3} {
			equal(t, fmt.Sprintf("%s, %d jobs", c.form, jobs), want, diagnoseLogs(t, jobs, log))
		}
	}
}

// TestJoined: lines that share a request's id are one failure, wherever they
// stand among the lines of others.
func TestJoined(t *testing.T) {
	log := gatewayLog(t, gatewaylog.Options{Lines: 3000, Joined: true})
	failed := strings.Count(log, "graph call failed")
	want := diagnoseLogs(t, 1, log)
	if failed < 30 || want.Cases != failed {
		t.Fatalf("%d cases of %d failures", want.Cases, failed)
	}
	if !slices.ContainsFunc(want.Findings, func(f checks.Finding) bool { return strings.HasPrefix(f.Subject, "GET /") }) {
		t.Errorf("no finding knows the request, which stands on another line than the error")
	}
	equal(t, "4 jobs", want, diagnoseLogs(t, 4, log))
	// interleaved: each line ten lines later than in order, more or less
	lines := strings.SplitAfter(log, "\n")
	for i := 0; i+10 < len(lines); i += 10 {
		lines[i], lines[i+9] = lines[i+9], lines[i]
		lines[i+3], lines[i+6] = lines[i+6], lines[i+3]
	}
	got := diagnoseLogs(t, 2, strings.Join(lines, ""))
	if got.Cases != want.Cases {
		t.Errorf("%d cases interleaved, %d in order", got.Cases, want.Cases)
	}
}

// TestCompressedAndSplit: what carries a log and where it is divided changes
// nothing but the places.
func TestCompressedAndSplit(t *testing.T) {
	log := gatewayLog(t, gatewaylog.Options{Lines: 9000, Seed: 7})
	want := diagnoseLogs(t, 1, log)
	equal(t, "gzip", want, diagnoseLogs(t, 2, compress(t, log, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })))
	equal(t, "zstd", want, diagnoseLogs(t, 2, compress(t, log, func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z })))
	lines := strings.SplitAfter(log, "\n")
	for _, at := range []int{1, 2, 17, 130, 4500, 8999} {
		parts := []string{strings.Join(lines[:at], ""), strings.Join(lines[at:], "")}
		equal(t, fmt.Sprintf("split at line %d", at), want, diagnoseLogs(t, 2, parts...), noPlaces)
	}
}

var noPlaces = cmp.Options{cmpopts.IgnoreTypes(evidence.Place{}), cmpopts.IgnoreFields(checks.Finding{}, "Places"), cmpopts.IgnoreFields(checks.Diagnosis{}, "Examined")}

// TestSplitAnywhere: a short part of a log, too, is read as the log that it is a
// part of, whatever its form.
func TestSplitAnywhere(t *testing.T) {
	for _, c := range []struct {
		opt    gatewaylog.Options
		begins string // a line where it may be divided
		least  int    // lines of a part
	}{
		{gatewaylog.Options{Form: gatewaylog.JSON}, "{", 1},
		{gatewaylog.Options{Form: gatewaylog.Logfmt}, "time=", 1},
		{gatewaylog.Options{Form: gatewaylog.Nginx}, "10.", 1},
		{gatewaylog.Options{Form: gatewaylog.Plain}, "2026-", 2},
		{gatewaylog.Options{Joined: true}, "request begun", 40}, // fewer tell of no id to join by
	} {
		for _, n := range []int{60, 500} {
			o := c.opt
			o.Lines, o.Fails, o.Seed = n, 60, uint64(n)
			log := gatewayLog(t, o)
			want := diagnoseLogs(t, 1, log)
			lines := strings.SplitAfter(log, "\n")
			for at := c.least; at < len(lines)-c.least; at += 1 + len(lines)/12 {
				for at < len(lines) && !strings.Contains(lines[at], c.begins) {
					at++
				}
				if at >= len(lines)-c.least {
					break
				}
				parts := []string{strings.Join(lines[:at], ""), strings.Join(lines[at:], "")}
				equal(t, fmt.Sprintf("%s%v, %d lines, split at line %d", o.Form, o.Joined, n, at), want, diagnoseLogs(t, 2, parts...), noPlaces)
			}
		}
	}
}

func compress(t *testing.T, text string, to func(io.Writer) io.WriteCloser) string {
	t.Helper()
	var b bytes.Buffer
	w := to(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestLongExports: what other programs export is read record by record where it
// is too long for one document, and every place is where the record stands.
func TestLongExports(t *testing.T) {
	for _, c := range []struct {
		form   gatewaylog.Form
		size   int64
		mark   string // of a failure, once in each
		around int    // lines of a record beside the one with the mark, at most
	}{
		{gatewaylog.HAR, 8 << 20, `"status": 4`, 6},
		{gatewaylog.SignIns, 3 << 20, `"errorCode": 65001`, 0},
		{gatewaylog.CSV, 3 << 20, `,Failure,`, 0},
		{gatewaylog.Objects, 3 << 20, `"response_body"`, 14},
	} {
		log := gatewayLog(t, gatewaylog.Options{Bytes: c.size, Form: c.form})
		d := diagnoseLogs(t, 1, log)
		failed := strings.Count(log, c.mark)
		if c.form == gatewaylog.SignIns {
			failed = strings.Count(log, `"errorCode": `) - strings.Count(log, `"errorCode": 0`)
		}
		if c.form == gatewaylog.HAR {
			failed += strings.Count(log, `"status": 5`)
		}
		if failed < 2 || d.Cases != failed {
			t.Errorf("%s: %d cases of %d failures", c.form, d.Cases, failed)
		}
		equal(t, string(c.form)+", 3 jobs", d, diagnoseLogs(t, 3, log))
		lines := strings.Split(log, "\n")
		for _, f := range d.Findings {
			for _, p := range f.Places {
				if f.Rule.NotAuth || c.form == gatewaylog.SignIns && f.Rule.ID != "consent-missing" {
					continue
				}
				record := strings.Join(lines[max(0, p.Line-1-c.around):min(len(lines), p.Line+c.around)], "\n")
				if !strings.Contains(record, c.mark) {
					t.Errorf("%s: %s at line %d, where no failure stands:\n%s", c.form, f.Rule.ID, p.Line, record)
				}
			}
		}
	}
}

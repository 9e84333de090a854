package rules

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestShapes: a known failure among the good records of each kind of log is
// found, counted and placed, in a short log, which is at hand as a whole, and in
// a long one. The name of a shape is followed by the first finding's rule and its
// subject with _ for blanks.
func TestShapes(t *testing.T) {
	a, err := txtar.ParseFile("../testdata/logs/shapes.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Files) < 20 {
		t.Fatalf("only %d shapes", len(a.Files))
	}
	for _, f := range a.Files {
		w := strings.Fields(f.Name)
		parts := strings.SplitN("\n"+string(f.Data), "\n=\n", 3)
		if len(w) != 3 || len(parts) != 3 {
			t.Fatalf("%q: want NAME RULE SUBJECT, and three parts", f.Name)
		}
		head := strings.TrimPrefix(parts[0]+"\n", "\n")
		good, bad := parts[1]+"\n", parts[2]
		for _, n := range []int{60, 3000} {
			log, failed := strings.Builder{}, []int{}
			log.WriteString(head)
			line := 1 + strings.Count(head, "\n")
			for i := range n {
				record := good
				if i == n/4 || i == n/4+1 || i == n-7 {
					record = bad
					failed = append(failed, line)
				}
				log.WriteString(strings.ReplaceAll(record, "{T}", fmt.Sprintf("%02d:%02d:%02d", 6+i/3600, i/60%60, i%60)))
				line += strings.Count(record, "\n")
			}
			d := diagnoseLogs(t, 2, log.String())
			if d.Cases != 3 || len(d.Findings) == 0 {
				t.Errorf("%s, %d records: %d cases with %d findings, want 3 failures", w[0], n, d.Cases, len(d.Findings))
				continue
			}
			first := d.Findings[0]
			var at []int
			for _, p := range first.Places {
				at = append(at, p.Line)
			}
			near := len(at) == 3
			for i := range at {
				near = near && slices.ContainsFunc(failed, func(l int) bool { return at[i] >= l && at[i] < l+strings.Count(bad, "\n") })
			}
			if first.Rule.ID != w[1] || strings.ReplaceAll(first.Subject, " ", "_") != w[2] || first.Count != 3 || !near {
				t.Errorf("%s, %d records: first %s of %q, %d times at lines %v; want %s of %s, 3 times at %v", w[0], n, first.Rule.ID, first.Subject, first.Count, at, w[1], w[2], failed)
			}
			if strings.Contains(bad, "2026-11-20T{T}") && (first.First.IsZero() || first.Last.IsZero()) {
				t.Errorf("%s, %d records: no first or last time", w[0], n)
			}
		}
	}
}

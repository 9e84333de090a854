package catalog

import (
	_ "embed"
	"strings"
	"time"
)

//go:embed facts/ended.tsv
var ended string

// Ending tells that a kind of caller was served once and no longer is.
type Ending struct {
	Since  time.Time // the day from which it was refused
	Why    string
	Source string
}

// Ended tells whether today's service refuses a kind of caller that the map
// still has, by facts/ended.tsv.
func (m Match) Ended(k Kind) (Ending, bool) {
	if m.Template == "" {
		return Ending{}, false
	}
	for r := range rows(ended) {
		if r.cell(1) != k.String() || !strings.Contains(m.Template+"/", "/"+r.first()+"/") {
			continue
		}
		since, err := time.Parse(time.DateOnly, r.cell(2))
		return Ending{Since: since, Why: r.cell(3), Source: r.cell(4)}, err == nil
	}
	return Ending{}, false
}

// NeedsAt is what a kind of caller needed at a time: what has ended later was
// served then. A zero time is today.
func (m Match) NeedsAt(k Kind, at time.Time) Needs {
	if e, ok := m.Ended(k); ok && !at.IsZero() && at.Before(e.Since) && m.entry != 0 {
		return needsOf(u16(m.entry + 1 + 2*int(k)))
	}
	return m.Needs(k)
}

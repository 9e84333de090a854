// Package checks holds the words of a diagnosis (Rule, Finding, Witness) and
// the examination: which findings a case gives, how sure each is, and in what
// order they stand. It knows no particular rule and no format.
package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// A Rule knows one root cause: how to recognise it and how to mend it.
type Rule struct {
	ID       string   // the slug in every output: "token-expired"
	Layer    Layer    // where in the life of a call the cause lies
	Severity Severity // of its findings, unless a finding says otherwise
	Title    string   // one line, no full stop
	Doc      string   // Markdown, attached by rules.All
	Explains []string // rules whose findings are mere consequences of this cause
	// Check looks at one case. It returns nothing when the evidence does not
	// speak for this cause or rules it out.
	Check func(*evidence.Case) []Finding
	// RuledOut tells the fact that rules this cause out, where absence is
	// telling. It never takes part in ranking.
	RuledOut func(*evidence.Case) (evidence.Ref, string)
	// NotAuth marks a cause that is no fault of authorization (throttling, a
	// missing object): where both are found, authorization comes first.
	NotAuth bool
	// Otherwise marks the honest doubt: a rule that is asked only where
	// something failed and no other rule decides.
	Otherwise bool
}

// Layer is where in the life of a call a cause lies, earliest first: what
// fails first fails the rest.
type Layer uint8

// The layers.
const (
	Acquire Layer = iota // before there is a token
	Token                // the token itself
	Call                 // the API's answer
	App                  // the app registration
)

func (l Layer) String() string { return [...]string{"acquire", "token", "call", "app"}[l] }

// Severity is how bad a finding is, as exit codes and code scanners see it.
type Severity uint8

// The severities; the zero value means "as the rule says".
const (
	_ Severity = iota
	Note
	Warning
	Error
)

func (s Severity) String() string { return [...]string{"", "note", "warning", "error"}[s] }

// ParseSeverity reads "note", "warning" or "error".
func ParseSeverity(name string) (Severity, error) {
	for s := Note; s <= Error; s++ {
		if s.String() == name {
			return s, nil
		}
	}
	return 0, fmt.Errorf("unknown severity %q: one of error, warning, note", name)
}

// Select keeps the rules named in only (all of them if empty) and drops those
// named in skip. An unknown name is an error, since a misspelt filter would
// silently hide findings.
func Select(rules []Rule, only, skip []string) ([]Rule, error) {
	for _, id := range slices.Concat(only, skip) {
		if !slices.ContainsFunc(rules, func(r Rule) bool { return r.ID == id }) {
			return nil, fmt.Errorf("no rule %q; `graphdoctor rules` lists them%s", id, nearest(rules, id))
		}
	}
	return slices.DeleteFunc(slices.Clone(rules), func(r Rule) bool {
		return len(only) > 0 && !slices.Contains(only, r.ID) || slices.Contains(skip, r.ID)
	}), nil
}

func nearest(rules []Rule, id string) string {
	for _, r := range rules {
		if strings.HasPrefix(r.ID, id) || strings.Contains(r.ID, id) {
			return fmt.Sprintf(" (did you mean %q?)", r.ID)
		}
	}
	return ""
}

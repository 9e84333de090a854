package rules

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file tells why a rule stayed silent.

// WhyNot tells of rules that found nothing in a case what kept them silent.
func WhyNot(c *evidence.Case, found []checks.Finding, ids []string) []string {
	var out []string
	for _, id := range ids {
		i := slices.IndexFunc(All(), func(r checks.Rule) bool { return r.ID == id })
		at := c.Place.File
		if c.Place.Line > 0 {
			at = fmt.Sprintf("%s:%d", at, c.Place.Line)
		}
		switch {
		case i < 0:
			out = append(out, fmt.Sprintf("%s: there is no rule %q; `graphdoctor rules` lists them", at, id))
			continue
		case holds(found, id):
			out = append(out, fmt.Sprintf("%s: %s was found", at, id))
			continue
		}
		r := All()[i]
		if r.RuledOut != nil {
			if _, why := r.RuledOut(c); why != "" {
				out = append(out, fmt.Sprintf("%s: %s is ruled out: %s", at, id, why))
				continue
			}
		}
		out = append(out, fmt.Sprintf("%s: %s found nothing that speaks for it: %s", at, id, lacks(c)))
	}
	return out
}

func holds(fs []checks.Finding, id string) bool {
	return slices.ContainsFunc(fs, func(f checks.Finding) bool { return f.Rule.ID == id || holds(f.Explained, id) })
}

// lacks tells what was there to be looked at.
func lacks(c *evidence.Case) string {
	var had, not []string
	put := func(ok bool, name string) {
		if ok {
			had = append(had, name)
		} else {
			not = append(not, name)
		}
	}
	put(c.Token.Readable(), "a readable token")
	put(c.Call != nil && (c.Call.URL != "" || c.Call.Cmdlet != ""), "the request")
	put(c.Call != nil && c.Call.Status != 0, "a status")
	put(len(c.Said) > 0, "what the service said")
	line := "the case has " + or(strings.Join(had, ", "), "nothing")
	if len(not) > 0 {
		line += "; it lacks " + strings.Join(not, ", ")
	}
	return line
}

package report

import (
	"bufio"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
)

// This file makes one page that needs nothing beside it: no network, no other
// file. The page's own policy lets only this style and this script run.

//go:embed page.css
var pageStyle string

//go:embed page.js
var pageScript string

// digest is how a content security policy names what it lets run.
func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// policy lets run what the page holds and nothing else.
func policy() string {
	return fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", digest(pageStyle), digest(pageScript))
}

// htmlPage is what the page is filled with.
type htmlPage struct {
	Policy, Style, Script                  string
	Title, Lead, Version, Catalog, Written string
	Filters                                bool
	Rules, Apps, Severities                []htmlChoice
	Bars                                   []htmlFinding
	From, To, NoTime                       string
	Findings                               []htmlFinding
	Nothing                                string
	RuledOut                               []checks.RuledOut
	IDs                                    [][2]string
	Problems                               []htmlProblem
	Unresolved                             string
}

// fewFindings need no filter: they are all in sight. Of a log those that are
// folded are not.
const fewFindings = 5

type htmlChoice struct {
	Name  string
	Count int
}

type htmlProblem struct{ At, Error string }

func htmlReport(w io.Writer, d *checks.Diagnosis, o Options) error {
	m := markup{bufio.NewWriter(w)}
	m.page(newPage(d, o))
	if err := m.w.Flush(); err != nil { // bufio remembers the first error
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}

func newPage(d *checks.Diagnosis, o Options) htmlPage {
	page := htmlPage{
		Policy: policy(), Style: pageStyle, Script: pageScript, Title: "Nothing found", Version: o.Version, Catalog: o.Catalog.Date,
		Nothing: nothing(d, o), RuledOut: d.RuledOut, IDs: ids(d), Unresolved: unresolved(d.Unresolved),
	}
	if !o.Now.IsZero() {
		page.Written = stamp(o.Now)
	}
	for i, f := range d.Findings {
		page.Findings = append(page.Findings, toHTML(i, f, d, o))
	}
	if len(page.Findings) > 0 {
		page.Title, page.Filters = headline(d, o), len(page.Findings) > fewFindings || many(d) && len(page.Findings) > openCauses
		switch {
		case o.Gate:
		case many(d):
			if page.Lead = strings.TrimPrefix(period(d.Findings), ", "); page.Lead != "" {
				page.Lead = "Seen " + page.Lead + ". "
			}
			_, what := urgent(d, openCauses)
			page.Lead += what + "."
		default:
			page.Title = page.Findings[0].Label + ": " + page.Findings[0].Title
		}
	}
	page.Rules = choices(d.Findings, func(f checks.Finding) []string { return []string{f.Rule.ID} })
	page.Apps = choices(d.Findings, appKeys)
	page.Severities = choices(d.Findings, func(f checks.Finding) []string { return []string{f.Level().String()} })
	page.chart(d.Findings)
	for _, x := range d.ProblemList() {
		page.Problems = append(page.Problems, htmlProblem{where(x.Place), x.Err.Error()})
	}
	if n := d.Problem - len(page.Problems); n > 0 {
		page.Problems = append(page.Problems, htmlProblem{"", "and " + count(n, "more", "more")})
	}
	return page
}

// choices are the values that a filter offers, in order, each with the number
// of findings that have it.
func choices(fs []checks.Finding, of func(checks.Finding) []string) []htmlChoice {
	n := map[string]int{}
	var out []htmlChoice
	for _, f := range fs {
		for _, name := range of(f) {
			if n[name]++; n[name] == 1 {
				out = append(out, htmlChoice{Name: name})
			}
		}
	}
	for i := range out {
		out[i].Count = n[out[i].Name]
	}
	slices.SortFunc(out, func(a, b htmlChoice) int { return strings.Compare(a.Name, b.Name) })
	return out
}

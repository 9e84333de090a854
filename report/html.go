package report

import (
	"bufio"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/graphdoctor/graphdoctor/checks"
)

// This file writes one page that needs nothing beside it: no network, no other
// file. html/template escapes what is put in by where it lands, and the page's
// own policy lets only this style and this script run.

//go:embed page.gohtml page.css page.js
var pageFiles embed.FS

// pageParts is what is the same on every page; made when the first is written.
var pageParts = sync.OnceValues(func() (parts, error) {
	style, err := pageFiles.ReadFile("page.css")
	if err != nil {
		return parts{}, err
	}
	script, err := pageFiles.ReadFile("page.js")
	if err != nil {
		return parts{}, err
	}
	t, err := template.ParseFS(pageFiles, "page.gohtml")
	if err != nil {
		return parts{}, err
	}
	policy := fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", digest(style), digest(script))
	return parts{template: t, Style: template.CSS(style), Script: template.JS(script), Policy: policy}, nil
})

type parts struct {
	template *template.Template
	Style    template.CSS
	Script   template.JS
	Policy   string
}

// digest is how a content security policy names what it lets run.
func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// htmlPage is what the page is filled with.
type htmlPage struct {
	parts
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

func html(w io.Writer, d *checks.Diagnosis, o Options) error {
	p, err := pageParts()
	if err != nil {
		return fmt.Errorf("the page's template: %w", err)
	}
	out := bufio.NewWriter(w)
	if err := p.template.Execute(out, newPage(p, d, o)); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return out.Flush()
}

func newPage(p parts, d *checks.Diagnosis, o Options) htmlPage {
	page := htmlPage{
		parts: p, Title: "Nothing found", Version: o.Version, Catalog: o.Catalog.Date,
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
			page.Lead += "Fix " + numbers[min(len(page.Findings), openCauses)] + " first."
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

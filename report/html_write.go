package report

import (
	"bufio"
	"fmt"
	"html"
)

// This file writes the page's markup. It does so by hand: a template package
// would find methods by their names, so that the linker had to keep every
// method of every type, which makes the engine of the web page a third larger.

// markup writes a page. The forms given to put are ours; what is put into them
// is data and passes one door, which makes it harmless as text and as the value
// of a quoted attribute. Data goes nowhere else.
type markup struct{ w *bufio.Writer }

// put writes a form; its verbs are %s and %d.
func (m markup) put(form string, values ...any) {
	for i, v := range values {
		if s, ok := v.(string); ok {
			values[i] = html.EscapeString(s)
		}
	}
	fmt.Fprintf(m.w, form, values...)
}

// with writes a form that has one place, if there is something to put there.
func (m markup) with(form, value string) {
	if value != "" {
		m.put(form, value)
	}
}

// list writes sentences as a list; head opens it.
func (m markup) list(head string, items []string) {
	if len(items) == 0 {
		return
	}
	m.ours("\n" + head)
	for _, s := range items {
		m.put("<li>%s</li>", s)
	}
	m.put("</ul>")
}

func (m markup) page(p htmlPage) {
	m.put(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="%s">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>%s · graphdoctor</title>
<style>`, p.Policy, p.Title)
	m.ours(p.Style)
	m.put(`</style>
</head>
<body>
<a class="skip" href="#findings">To the findings</a>
<header>
<p class="tool">graphdoctor`)
	m.with(" %s", p.Version)
	m.put("</p>\n<h1>%s</h1>\n", p.Title)
	m.with(`<p class="lead">%s</p>`, p.Lead)
	m.put("\n</header>\n<main>")
	if p.Filters {
		m.filters(p)
	}
	if len(p.Bars) > 0 {
		m.bars(p)
	}
	m.findings(p)
	m.beside(p)
	m.put("\n</main>\n<footer>\n<p>")
	m.with("Written %s UTC. ", p.Written)
	m.with("Permission catalog of %s. ", p.Catalog)
	m.put("Nothing on this page was sent anywhere.</p>\n</footer>\n<script>")
	m.ours(p.Script)
	m.put("</script>\n</body>\n</html>\n")
}

// ours writes what this package brought along: the style and the script.
func (m markup) ours(s string) { _, _ = m.w.WriteString(s) }

func (m markup) filters(p htmlPage) {
	m.put(`
<form id="filter" role="search" aria-label="Filter the findings" hidden>
<label>Rule
`)
	m.choices("rule", "all rules", p.Rules)
	if len(p.Apps) > 0 {
		m.put("\n<label>App\n")
		m.choices("app", "all apps", p.Apps)
	}
	m.put("\n<label>Severity\n")
	m.choices("severity", "all", p.Severities)
	m.put(`
<label>Words
<input type="search" name="words" autocomplete="off" spellcheck="false"></label>
<button type="reset">Show all</button>
<output aria-live="polite"></output>
</form>`)
}

func (m markup) choices(name, all string, list []htmlChoice) {
	m.put(`<select name="%s"><option value="">%s</option>`, name, all)
	for _, c := range list {
		m.put(`<option value="%s">%s (%d)</option>`, c.Name, c.Name, c.Count)
	}
	m.put("</select></label>")
}

// barsShown is how many bars stand above the findings; the others are folded, so
// that what to fix first is not pushed off the screen.
const barsShown = 12

func (m markup) bars(p htmlPage) {
	m.put(`
<section aria-labelledby="time-title">
<h2 id="time-title">When</h2>
<div class="chart">
<div class="axis" aria-hidden="true"><span>%s</span><span>%s UTC</span></div>
<ol class="bars">`, p.From, p.To)
	for i, f := range p.Bars {
		if i == barsShown {
			m.put("\n</ol>\n<details class=\"more\"><summary>%d more</summary>\n<ol class=\"bars\">", len(p.Bars)-i)
		}
		m.put(`
<li data-rule="%s" data-apps="%s" data-severity="%s" data-for="f%d">
<a href="#f%d">%d. %s</a>
<svg viewBox="0 0 1000 16" preserveAspectRatio="none" role="img" aria-label="%s, %s"><title>%s, %s</title><rect class="track" x="0" y="6" width="1000" height="4"/><rect class="bar %s" x="%d" y="1" width="%d" height="14"/></svg>
<span class="count">%s</span>
</li>`, f.Rule, f.AppList, f.Severity, f.N, f.N, f.N, f.Rule, f.Times, f.Since, f.Times, f.Since, f.Severity, f.X, f.W, f.Times)
	}
	m.put("\n</ol>\n")
	if len(p.Bars) > barsShown {
		m.put("</details>\n")
	}
	m.with(`<p class="faint">%s</p>`, p.NoTime)
	m.put("\n</div>\n</section>")
}

func (m markup) findings(p htmlPage) {
	title := "Findings"
	if len(p.Findings) == 0 {
		title = "Nothing found"
	}
	m.put(`
<section id="findings" aria-labelledby="findings-title" tabindex="-1">
<h2 id="findings-title">%s</h2>`, title)
	for _, f := range p.Findings {
		m.finding(f)
	}
	if len(p.Findings) == 0 {
		m.put("\n<p>%s</p>", p.Nothing)
	}
	m.put("\n</section>")
}

func (m markup) finding(f htmlFinding) {
	m.put("\n<article id=\"f%d\" data-rule=\"%s\" data-apps=\"%s\" data-severity=\"%s\">\n<details", f.N, f.Rule, f.AppList, f.Severity)
	if f.Open {
		m.put(" open")
	}
	m.put(`>
<summary><span class="n">%d.</span> <span class="badge %s">%s</span> <span class="title">%s</span> <code>%s</code>`, f.N, f.Severity, f.Label, f.Title, f.Rule)
	if f.Many {
		m.put(` <span class="count">%s</span>`, f.Times)
	}
	m.put("</summary>\n<p class=\"message\">%s</p>", f.Message)
	m.list(`<ul class="reach">`, f.Reach)
	m.with("\n<p class=\"probe\"><strong>To be sure:</strong> %s</p>", f.Probe)
	m.fixes(f.Fixes)
	m.seen(f.Seen)
	m.with("\n<p class=\"faint\">%s</p>", f.Places)
	if len(f.Why) > 0 {
		m.put("\n<h3>Why it stands here</h3>")
		m.list("<ul>", f.Why)
	}
	if len(f.Explained) > 0 {
		m.put("\n<h3>Explained by it, no causes of their own</h3>\n")
		m.explained(f.Explained)
	}
	m.put("\n</details>\n</article>")
}

func (m markup) fixes(fixes []htmlFix) {
	if len(fixes) == 0 {
		return
	}
	m.put("\n<h3>Fixes</h3>\n<ol class=\"fixes\">")
	for _, x := range fixes {
		m.put("\n<li>%s", x.Title)
		m.with(`<span class="faint">%s</span>`, x.Hand)
		m.with("<pre>%s</pre>", x.Command)
		if x.Link != "" {
			m.put(`<a href="%s" rel="noreferrer">%s</a>`, x.Link, x.Link)
		}
		m.with("<code>%s</code>", x.Text)
		m.put("</li>")
	}
	m.put("\n</ol>")
}

func (m markup) seen(list []htmlWitness) {
	if len(list) == 0 {
		return
	}
	m.put("\n<h3>Evidence</h3>\n<ul class=\"seen\">")
	for _, w := range list {
		m.put("\n<li><span class=\"how\">%s</span>%s", w.How, w.Name)
		m.with(" = <code>%s</code>", w.Value)
		m.with(` <span class="faint">%s</span>`, w.At)
		m.put("</li>")
	}
	m.put("\n</ul>")
}

func (m markup) explained(list []htmlFinding) {
	m.put("<ul>")
	for _, f := range list {
		m.put("\n<li>%s%s <code>%s</code>: %s", f.Title, f.Sure, f.Rule, f.Message)
		if len(f.Explained) > 0 {
			m.explained(f.Explained)
		}
		m.put("</li>")
	}
	m.put("\n</ul>")
}

// beside writes what stands beneath the findings.
func (m markup) beside(p htmlPage) {
	if len(p.RuledOut) > 0 {
		m.put("\n<section aria-labelledby=\"ruled-title\">\n<h2 id=\"ruled-title\">Ruled out</h2>\n<ul>")
		for _, r := range p.RuledOut {
			m.put("<li><code>%s</code>: %s</li>", r.Rule, r.Because)
		}
		m.put("</ul>\n</section>")
	}
	if len(p.IDs) > 0 {
		m.put("\n<section aria-labelledby=\"support-title\">\n<h2 id=\"support-title\">For a support case with Microsoft</h2>\n<dl>")
		for _, x := range p.IDs {
			m.put("<dt>%s</dt><dd><code>%s</code></dd>", x[0], x[1])
		}
		m.put("</dl>\n</section>")
	}
	if len(p.Problems) == 0 && p.Unresolved == "" {
		return
	}
	title := "Not read"
	if len(p.Problems) == 0 {
		title = "Not resolved"
	}
	m.put("\n<section aria-labelledby=\"unread-title\">\n<h2 id=\"unread-title\">%s</h2>\n", title)
	m.with("<p>%s</p>", p.Unresolved)
	m.put("\n")
	if len(p.Problems) > 0 {
		m.put("<ul>")
		for _, x := range p.Problems {
			m.put("<li>")
			m.with("<code>%s</code>: ", x.At)
			m.put("%s</li>", x.Error)
		}
		m.put("</ul>")
	}
	m.put("\n</section>")
}

package gate

import (
	"strings"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file finds the calls that source code makes: addresses of Microsoft Graph
// in texts, in what is put together of texts and values, and behind names. What
// is a call for sure and what is not is told apart; what cannot be resolved is
// kept as open.

// A pending call begins with a name that another file may know.
type pending struct {
	name   string
	rest   string
	method string
	guess  string
	at     evidence.Place
}

// source reads one file of code.
func (p *Piece) source(text string, lang *language) {
	r := &sourceReader{code: newCode(text, lang), p: p}
	r.signIn()
	r.opaque()
	r.bases()
	r.remember()
	if lang.dashes {
		r.cmdlets()
	}
	r.addresses()
	if r.sent.Line > 0 && !r.parts {
		p.Open = append(p.Open, evidence.Open{Why: "the requests of a batch are put together elsewhere", Place: r.sent})
	}
	if lang == &langCS || lang == &langPy || lang == &langC || lang == &langKotlin || lang == &langGo || lang == &langJS || lang == &langPHP {
		r.builders()
	}
}

type sourceReader struct {
	*code
	p    *Piece
	done map[int]bool // tokens that a chain has taken

	based    map[string]bool // names of clients that put the root of Microsoft Graph before each path
	wrappers map[string]bool // functions that do
	batch    bool            // the file speaks of batches
	parts    bool            // parts of a batch were found
	sent     evidence.Place  // where a batch is sent
}

// remember keeps names of addresses of Microsoft Graph, for other files.
func (r *sourceReader) remember() {
	for name, all := range r.names {
		if len(all) != 1 || len(name) < 3 {
			continue
		}
		lit := r.address(all[0].parts, all[0].at, nil)
		if lit.first == "" && graphURL(lit.url) && !strings.Contains(lit.url, hole) && len(lit.url) < 200 {
			if r.p.consts == nil {
				r.p.consts = map[string]string{}
			}
			r.p.consts[name] = evidence.Safe(lit.url)
		}
	}
}

// addresses goes through all texts.
func (r *sourceReader) addresses() {
	r.done = map[int]bool{}
	for i := 0; i < len(r.toks); i++ {
		if r.done[i] || r.toks[i].kind == tokLine || r.toks[i].kind == tokSign && !r.sign(i, "(") {
			continue
		}
		if r.toks[i].kind != tokText && !r.beginsChain(i) {
			continue
		}
		parts, end, ok := r.chain(i)
		if !ok {
			continue
		}
		for k := i; k < end; k++ {
			r.done[k] = true
		}
		r.literal(i, end, r.address(parts, i, nil))
	}
}

// beginsChain: a name to which a text is joined.
func (r *sourceReader) beginsChain(i int) bool {
	if r.word(i) == "" || r.lang.join == "" || r.sign(i-1, ".") {
		return false
	}
	_, j := r.operand(i)
	return r.sign(j, r.lang.join) && r.isText(j+1)
}

// literal judges one address.
func (r *sourceReader) literal(i, end int, lit literal) {
	url := strings.TrimSpace(lit.url)
	at := place(r.p.File, r.toks[i].line)
	if r.isText(i) || end > i {
		at.Line = r.textLine(i, end)
	}
	if url == "" || strings.ContainsAny(url, "\n") || strings.Contains(url, " ") && !strings.Contains(url, "?") {
		return
	}
	switch {
	case lit.first != "":
		r.behindName(i, end, lit, url, at)
		return
	case strings.HasPrefix(url, hole):
		if url = r.formatted(i, end, url); url == "" {
			return
		}
	case graphURL(url):
	case r.relative(i, url):
		url = "https://graph.microsoft.com" + versioned(url)
	default:
		return
	}
	methods := r.methods(i, end)
	if name := r.assigned(i); name != "" && methods[0].guess != "" && r.base[name] {
		return // the beginning of other addresses
	}
	r.found(i, end, url, at, methods)
}

// formatted puts the first argument of a format in the place of its first hole,
// where that is an address of Microsoft Graph: Sprintf("%s/users", base).
func (r *sourceReader) formatted(i, end int, url string) string {
	first := r.firstFormatted(i, end)
	if first == 0 {
		return ""
	}
	expr, _ := r.operand(first)
	rest := strings.TrimPrefix(url, hole)
	if v, ok := r.resolve(expr, i, 0, nil); ok {
		if graphURL(v) {
			return strings.TrimRight(v, "/") + "/" + strings.TrimPrefix(rest, "/")
		}
		return ""
	}
	if strings.Contains(strings.ToLower(expr), "graph") && graphRoot(rest) {
		return graphBase(rest) + "/" + strings.TrimPrefix(rest, "/")
	}
	return ""
}

// firstFormatted is the token of the first value that is put into the format in
// tokens i to end: Sprintf("...", x), "..." % (x, y), "...".format(x); 0 where
// it is no format.
func (r *sourceReader) firstFormatted(i, end int) int {
	switch {
	case r.sign(end, "%") && r.sign(end+1, "("):
		return end + 2
	case r.sign(end, "%"):
		return end + 1
	case r.sign(end, ".") && r.word(end+1) == "format" && r.sign(end+2, "("):
		return end + 3
	}
	if open, callee := r.callee(i); open >= 0 && makers[strings.ToLower(callee)] && r.sign(end, ",") {
		return end + 1
	}
	return 0
}

func (r *sourceReader) textLine(i, end int) int {
	for k := i; k < end && k < len(r.toks); k++ {
		if r.isText(k) {
			return r.toks[k].line
		}
	}
	return r.toks[i].line
}

// behindName handles an address that begins with a value. One whose name speaks
// of Graph stands for its root; others may be known to another file.
func (r *sourceReader) behindName(i, end int, lit literal, url string, at evidence.Place) {
	name := lit.first[strings.LastIndexByte(lit.first, '.')+1:]
	if !strings.HasPrefix(url, "/") && !strings.HasPrefix(url, "v1.0/") && !strings.HasPrefix(url, "beta/") {
		if !graphRoot(url) || !strings.HasSuffix(strings.ToLower(strings.TrimRight(name, "()")), "url") {
			return
		}
		url = "/" + url
	}
	methods := r.methods(i, end)
	if strings.Contains(strings.ToLower(lit.first), "graph") && (graphRoot(url) || strings.HasPrefix(strings.TrimPrefix(url, "/"), "v1.0") || strings.HasPrefix(strings.TrimPrefix(url, "/"), "beta") || strings.HasPrefix(strings.TrimPrefix(url, "/"), hole+"/")) {
		if rest, ok := strings.CutPrefix(url, "/"+hole+"/"); ok && graphRoot("/"+rest) { // the version
			url = "/" + rest
		}
		r.found(i, end, graphBase(url)+"/"+strings.TrimPrefix(url, "/"), at, methods)
		return
	}
	if !graphRoot(strings.TrimPrefix(strings.TrimPrefix(url, "/v1.0"), "/beta")) {
		return
	}
	for _, m := range methods {
		r.p.later = append(r.p.later, pending{name: bareName(strings.TrimRight(name, "()")), rest: url, method: m.name, guess: m.guess, at: at})
	}
}

// found takes one address with its methods.
func (r *sourceReader) found(i, end int, url string, at evidence.Place, methods []method) {
	if r.noCall(i, url) {
		return
	}
	path := pathOf(url)
	if strings.EqualFold(path, "/$batch") { // it needs what its parts need
		r.sent = at
		return
	}
	if open, why := openPath(path); open {
		if path == "" && !r.joinedOn(end) {
			return // an address that others go on from
		}
		for _, m := range methods {
			r.p.Open = append(r.p.Open, evidence.Open{Method: m.name, Prefix: evidence.Safe(prefixOf(path)), Why: why, Place: at})
		}
		return
	}
	for _, m := range methods {
		if c := call(m.name, url, at); c != nil {
			c.Guess = m.guess
			c.Select = append(c.Select, r.selected(end)...)
			r.p.Calls = append(r.p.Calls, c)
		}
	}
}

// noCall: an address that names something and is not called: a scope, the value
// of @odata.id, a document.
func (r *sourceReader) noCall(i int, url string) bool {
	if r.sign(i-1, ":") || r.sign(i-1, "=") || r.sign(i-1, ">") || r.sign(i-1, "]") {
		for j := i - 2; j > i-6 && j >= 0; j-- {
			if strings.Contains(strings.ToLower(plainText(r.toks[j].parts)+r.toks[j].text), "odata") || strings.EqualFold(r.word(j), "resource") && strings.Count(url, "/") <= 3 {
				return true
			}
		}
	}
	path := strings.Trim(pathOf(url), "/")
	if strings.HasPrefix(path, "$metadata") || strings.HasSuffix(path, "/$metadata") {
		return true
	}
	return !strings.Contains(path, "/") && (path == ".default" || evidence.IsPermission(path))
}

// joinedOn: something is put behind the address.
func (r *sourceReader) joinedOn(end int) bool {
	return end > 0 && end <= len(r.toks) && r.sign(end-1, ")") || r.lang.join != "" && r.sign(end, r.lang.join) || end > 0 && (r.word(end-1) != "" || endsWithValue(r.toks[end-1]))
}

func endsWithValue(t token) bool {
	return t.kind == tokText && len(t.parts) > 0 && t.parts[len(t.parts)-1].expr != ""
}

// selected are names in select(...) behind a call: .select('id,mail').
func (r *sourceReader) selected(end int) []string {
	var out []string
	for j := end; j < len(r.toks) && j < end+60; j++ {
		w := strings.ToLower(r.word(j))
		if r.sign(j, ";") {
			break
		}
		if w != "select" && w != "expand" {
			continue
		}
		for k := j + 1; k < len(r.toks) && k < j+40 && !r.sign(k, ")") && !r.sign(k, "}"); k++ {
			if r.isText(k) {
				for name := range strings.FieldsFuncSeq(plainText(r.toks[k].parts), func(c rune) bool { return c == ',' || c == ' ' || c == '(' }) {
					if len(out) < 50 {
						out = append(out, evidence.Safe(name))
					}
				}
			}
		}
	}
	return out
}

// settleNames resolves calls that begin with a name of another file, where one
// file only gives that name to an address of Microsoft Graph.
func settleNames(pieces []*Piece) {
	shared, twice := map[string]string{}, map[string]bool{}
	for _, p := range pieces {
		for name, url := range p.consts {
			if old, ok := shared[name]; ok && old != url {
				twice[name] = true
			}
			shared[name] = url
		}
	}
	for _, p := range pieces {
		for _, l := range p.later {
			base, ok := shared[l.name]
			if !ok || twice[l.name] {
				continue
			}
			if c := call(l.method, strings.TrimRight(base, "/")+"/"+strings.TrimPrefix(l.rest, "/"), l.at); c != nil {
				c.Guess = l.guess
				p.Calls = append(p.Calls, c)
			}
		}
		p.sorted()
	}
}

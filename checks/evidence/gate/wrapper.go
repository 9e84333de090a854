package gate

import (
	"strings"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file finds the ways in which code calls Microsoft Graph by paths alone:
// clients with a base address, functions that put the root before what they are
// given, parts of a batch. And the libraries whose calls cannot be read.

// opaques are libraries that call Microsoft Graph by methods of their own.
var opaques = [...]struct{ begins, name string }{
	{"@pnp/graph", "PnPjs"}, {"@microsoft/mgt", "the Microsoft Graph Toolkit"}, {"office365.graph_client", "Office365-REST-Python-Client"},
}

// opaque keeps imports of such libraries as open: what they call is not known.
func (r *sourceReader) opaque() {
	seen := map[string]bool{}
	add := func(name string, line int) {
		if !seen[name] {
			seen[name] = true
			r.p.Open = append(r.p.Open, evidence.Open{Why: "calls by " + name + " are not read", Place: place(r.p.File, line)})
		}
	}
	for i, t := range r.toks {
		switch {
		case t.kind == tokText:
			text := plainText(t.parts)
			for _, o := range opaques {
				if strings.HasPrefix(text, o.begins) {
					add(o.name, t.line)
				}
			}
		case t.text == "O365" && t.kind == tokWord && r.lang == &langPy && (r.word(i-1) == "from" || r.word(i-1) == "import"):
			add("O365", t.line)
		case t.text == "office365" && t.kind == tokWord && r.lang == &langPy && r.word(i-1) == "from" && r.sign(i+1, ".") && r.word(i+2) == "graph_client":
			add("Office365-REST-Python-Client", t.line)
		}
	}
}

// bases finds clients with a base address of Microsoft Graph, and functions that
// put such an address before a value.
func (r *sourceReader) bases() {
	r.based, r.wrappers = map[string]bool{}, map[string]bool{}
	within := ""
	for i, t := range r.toks {
		if name := r.defines(i); name != "" {
			within = name
		}
		switch t.kind {
		case tokText:
			r.batch = r.batch || strings.Contains(plainText(t.parts), "$batch")
			r.baseOf(i)
			if len(t.parts) >= 2 && within != "" && r.rootThenValue(t.parts, i) {
				r.wrappers[within] = true
			}
		case tokWord:
			if within == "" || r.lang.join == "" || r.sign(i-1, ".") {
				continue
			}
			expr, j := r.operand(i)
			if !r.sign(j, r.lang.join) || r.word(j+1) == "" {
				continue
			}
			if v, ok := r.resolve(expr, i, 0, nil); ok && graphURL(v) && strings.Trim(pathOf(v), "/") == "" {
				r.wrappers[within] = true
				r.p.Open = append(r.p.Open, evidence.Open{Why: "the path is a value", Place: place(r.p.File, t.line)})
			}
		}
	}
}

// rootThenValue: a template of the root of Microsoft Graph and a value behind it.
func (r *sourceReader) rootThenValue(parts []part, at int) bool {
	if parts[len(parts)-1].expr == "" || len(parts) > 3 {
		return false
	}
	lit := r.address(parts[:len(parts)-1], at, nil)
	return lit.first == "" && graphURL(lit.url) && strings.Trim(pathOf(lit.url), "/") == ""
}

// baseOf takes the name of a client whose base address a text is: axios.create({
// baseURL: ... }), new HttpClient { BaseAddress = new Uri(...) }.
func (r *sourceReader) baseOf(i int) {
	if !graphURL(plainText(r.toks[i].parts)) {
		return
	}
	at := i
	if open, callee := r.callee(i); open == i-1 && makers[strings.ToLower(callee)] {
		at = r.beginning(open)
	}
	switch strings.ToLower(strings.ReplaceAll(r.assigned(at), "_", "")) {
	case "baseurl", "baseaddress", "prefixurl", "baseuri":
	default:
		return
	}
	for j := at - 1; j > 0 && at-j < 40; j-- {
		if !r.sign(j, "{") && !r.sign(j, "(") {
			continue
		}
		begin := j
		for begin > 0 && (r.word(begin-1) != "" || r.sign(begin-1, ".") || r.sign(begin-1, "(") || r.sign(begin-1, ")")) && !r.sign(begin-1, "=") {
			begin--
		}
		if name := r.assigned(begin); name != "" {
			r.based[name] = true
			return
		}
	}
	if k := at - 3; r.sign(at-1, "=") && r.sign(k, ".") && r.word(k-1) != "" { // client.BaseAddress = ...
		r.based[r.word(k-1)] = true
	}
}

// defines is the name of the function that is defined at a token.
func (r *sourceReader) defines(i int) string {
	switch strings.ToLower(r.word(i)) {
	case "def", "function", "func", "fn", "fun":
		if r.sign(i+1, "(") { // a method of Go
			return r.word(r.closing(i + 1))
		}
		return r.word(i + 1)
	case "", "if", "for", "foreach", "while", "switch", "catch", "return", "using", "lock", "with", "await":
		return ""
	}
	if r.lang == &langPy || r.lang.dashes || !r.sign(i+1, "(") || r.sign(i-1, ".") || r.word(i-1) == "new" {
		return ""
	}
	j := r.closing(i + 1)
	for n := 0; n < 12 && (r.word(j) != "" || r.sign(j, ":") || r.sign(j, "<") || r.sign(j, ">") || r.sign(j, "[") || r.sign(j, "]")) && r.word(j) != "return"; n++ {
		j++ // a type, throws
	}
	if r.sign(j, "{") {
		return r.word(i)
	}
	return ""
}

// batched is the method of a part of a batch whose address is at a token:
// { id: 1, method: "GET", url: "/me" }; "" where it is none.
func (r *sourceReader) batched(i int) string {
	if !r.batch || !strings.EqualFold(r.assigned(i), "url") {
		return ""
	}
	depth := 0
	for j := i - 1; j >= 0 && i-j < 60; j-- {
		switch {
		case r.sign(j, "}"):
			depth++
		case r.sign(j, "{") && depth > 0:
			depth--
		case r.sign(j, "{"):
			for k, last := j+1, min(r.closing(j), j+200); k < last; k++ {
				if m := r.methodMember(k); m != "" {
					r.parts = true
					return m
				}
			}
			return ""
		}
	}
	return ""
}

package gate

import (
	"strings"
)

// This file finds out what an address is given to.

// relative tells a path that is Microsoft Graph's by what it is given to, at
// once or by a name.
func (r *sourceReader) relative(i int, url string) bool {
	if !graphRoot(url) {
		return false
	}
	if r.taken(i, url) {
		return true
	}
	name := r.assigned(i)
	if name == "" {
		return false
	}
	for n, j := range r.at[name] {
		if n > 200 {
			break
		}
		if j > i && r.taken(j, url) {
			return true
		}
	}
	return false
}

// graphCmdlets take paths without a host.
var graphCmdlets = []string{"Invoke-MgGraphRequest", "Invoke-GraphRequest", "Invoke-MgRestMethod"}

// taken: what takes the path at a token is a client of Microsoft Graph.
func (r *sourceReader) taken(i int, url string) bool {
	if r.batched(i) != "" {
		return true
	}
	open, callee := r.callee(i)
	if open < 0 {
		if r.option(i, "-uri") && r.statementHas(i, graphCmdlets...) {
			return true
		}
		// a function of the file's own pages: Get-All -Uri '/v1.0/users'
		return r.lang.dashes && (strings.HasPrefix(url, "/v1.0/") || strings.HasPrefix(url, "/beta/")) && len(r.at[graphCmdlets[0]]) > 0
	}
	low := strings.ToLower(callee)
	receiver, _ := r.receiver(open)
	graph := strings.Contains(strings.ToLower(receiver), "graph")
	switch {
	case low == "api" && r.sign(open-2, "."), r.wrappers[callee]:
		return true
	case methodOf(callee) != "" && r.based[receiver[strings.IndexByte(receiver, '.')+1:]], methodOf(callee) != "" && r.based[strings.SplitN(receiver, ".", 2)[0]]:
		return true
	case low == "createrequest" || low == "createcollectionrequest":
		return true
	case methodOf(callee) != "" && graph, strings.Contains(low, "graph"):
		return true
	}
	return (strings.HasPrefix(url, "/v1.0/") || strings.HasPrefix(url, "/beta/")) && graph
}

// callee is the innermost call that token i is an argument of.
func (r *sourceReader) callee(i int) (open int, name string) {
	depth := 0
	for j := i - 1; j >= 0 && i-j < 60; j-- {
		if r.toks[j].kind != tokSign {
			if r.toks[j].kind == tokLine && depth == 0 && r.lang.dashes {
				return -1, ""
			}
			continue
		}
		switch r.toks[j].text {
		case ")", "]", "}":
			depth++
		case "[", "{":
			if depth == 0 {
				if r.toks[j].text == "{" && i-j > 1 {
					// an object of options: its call stands before
					continue
				}
				return -1, ""
			}
			depth--
		case "(":
			if depth > 0 {
				depth--
				continue
			}
			k := j - 1
			if r.sign(k, "!") { // a macro
				k--
			}
			if r.sign(k, ">") { // generics
				for k > 0 && !r.sign(k, "<") {
					k--
				}
				k--
			}
			return j, r.word(k)
		case ";":
			if depth == 0 {
				return -1, ""
			}
		}
	}
	return -1, ""
}

// receiver is what stands before the method whose arguments open at a token.
func (r *sourceReader) receiver(open int) (string, int) {
	var words []string
	j := open - 2
	for j > 0 {
		switch {
		case r.sign(j, ".") || r.sign(j, "?") || r.sign(j, "!"):
			j--
		case r.sign(j, ">") && r.sign(j-1, "-"), r.sign(j, ":") && r.sign(j-1, ":"):
			j -= 2
		case r.word(j) != "":
			words = append(words, r.word(j))
			if !r.sign(j-1, ".") && !r.sign(j-1, ">") && !(r.sign(j-1, ":") && r.sign(j-2, ":")) {
				return strings.Join(words, "."), j
			}
			j--
		case r.sign(j, ")"):
			depth := 0
			for j > 0 {
				if r.sign(j, ")") {
					depth++
				}
				if r.sign(j, "(") {
					if depth--; depth == 0 {
						break
					}
				}
				j--
			}
			j--
		default:
			return strings.Join(words, "."), j
		}
	}
	return strings.Join(words, "."), j
}

package gate

import (
	"strings"
)

// This file reads the commands of shells and PowerShell: their options and their
// extent.

// byOptions reads a command's method: -Method Post, -X POST, --method post.
func (r *sourceReader) byOptions(i int) method {
	from, to := r.statement(i)
	known := false
	for j := from; j < to; j++ {
		w := strings.ToLower(r.word(j))
		switch w {
		case "-method", "-x", "--method", "--request", "-m":
			for k := j + 1; k < to && k <= j+2; k++ {
				if m := methodOf(r.word(k) + plainText(r.toks[k].parts)); m != "" {
					return method{name: m}
				}
			}
			if w != "-m" {
				return method{"GET", guessed}
			}
		case "-d", "--data", "--data-raw", "--data-binary", "--json", "-body", "--body":
			if r.statementHas(i, "curl") {
				return method{name: "POST"}
			}
		}
		if w == "curl" || w == "wget" || w == "rest" || strings.HasPrefix(w, "invoke-") || w == "irm" || w == "iwr" || w == "http" {
			known = true
		}
	}
	if known {
		return method{name: "GET"}
	}
	if name := r.assigned(i); name != "" { // $uri = "..."; Invoke-RestMethod -Uri $uri
		for j := to; j < len(r.toks) && j < to+400; j++ {
			if bareName(r.word(j)) == name && !r.sign(j+1, "=") {
				if m := r.byOptions(j); m.guess == "" {
					return m
				}
			}
			for _, p := range r.toks[j].parts {
				if p.expr == name {
					if m := r.byOptions(j); m.guess == "" {
						return m
					}
				}
			}
		}
	}
	return method{"GET", guessed}
}

// statement is the extent of a command.
func (r *sourceReader) statement(i int) (from, to int) {
	from, to = i, i
	for from > 0 && r.toks[from-1].kind != tokLine && !r.sign(from-1, ";") && !r.sign(from-1, "|") && i-from < 200 {
		from--
	}
	for to < len(r.toks) && r.toks[to].kind != tokLine && !r.sign(to, ";") && !r.sign(to, "|") && to-i < 200 {
		to++
	}
	return from, to
}

func (r *sourceReader) statementHas(i int, words ...string) bool {
	from, to := r.statement(i)
	for j := from; j < to; j++ {
		for _, w := range words {
			if strings.EqualFold(r.word(j), w) {
				return true
			}
		}
	}
	return false
}

// option tells whether the value at token i is that of a command's option.
func (r *sourceReader) option(i int, name string) bool {
	return strings.EqualFold(r.word(i-1), name)
}

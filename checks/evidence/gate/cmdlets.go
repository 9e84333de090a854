package gate

import (
	"strings"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file finds cmdlets of Microsoft Graph PowerShell, and those of the
// modules that are retired.

// sessions are cmdlets that call nothing that an app is permitted for.
var sessions = map[string]bool{
	"connect-mggraph": true, "disconnect-mggraph": true, "get-mgcontext": true, "select-mgprofile": true, "find-mggraphcommand": true, "find-mggraphpermission": true, "get-mgenvironment": true, "add-mgenvironment": true, "set-mgenvironment": true, "remove-mgenvironment": true,
	"set-mggraphoption": true, "get-mggraphoption": true, "invoke-mggraphrequest": true, "invoke-graphrequest": true, "set-mgrequestcontext": true, "get-mgrequestcontext": true, "invoke-mgrestmethod": true,
}

func (r *sourceReader) cmdlets() {
	for i := range r.toks {
		w := r.word(i)
		dash := strings.IndexByte(w, '-')
		if dash <= 0 || len(w) < dash+5 {
			continue
		}
		verb, noun := w[:dash], w[dash+1:]
		switch {
		case strings.ContainsAny(noun, "-"):
		case strings.EqualFold(noun[:2], "mg") && letters(verb) && upper(noun[2]):
			if !sessions[strings.ToLower(w)] {
				r.cmdlet(i, w)
			}
		case letters(verb) && (hasPrefixFold(noun, "AzureAD") || hasPrefixFold(noun, "Msol")):
			name := "the AzureAD PowerShell module"
			if hasPrefixFold(noun, "Msol") {
				name = "the MSOnline PowerShell module"
			}
			r.p.retired(name, r.toks[i].line)
		}
	}
}

func letters(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return s != ""
}

func upper(c byte) bool { return c >= 'A' && c <= 'Z' }

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// cmdlet takes one command with the names of its parameters. It stands for a
// request that the catalog knows.
func (r *sourceReader) cmdlet(i int, name string) {
	verb, noun, _ := strings.Cut(name, "-")
	c := &evidence.Call{Cmdlet: strings.ToUpper(verb[:1]) + strings.ToLower(verb[1:]) + "-Mg" + evidence.Safe(noun[2:]), Place: place(r.p.File, r.toks[i].line), Client: "Microsoft Graph PowerShell"}
	_, to := r.statement(i)
	for j := i + 1; j < to; j++ {
		w := r.word(j)
		switch {
		case r.sign(j, ")") || r.sign(j, "}"):
			if r.opened(i, j) {
				continue
			}
			to = j
		case len(w) > 2 && w[0] == '-' && upper(w[1]):
			c.Params = append(c.Params, evidence.Safe(w[1:]))
			if strings.EqualFold(w, "-Property") || strings.EqualFold(w, "-ExpandProperty") {
				c.Select = append(c.Select, r.listAt(j+1, to)...)
			}
		case r.sign(j, "@") && r.word(j+1) != "":
			c.Guess = "its parameters are in a variable"
		}
	}
	r.p.Calls = append(r.p.Calls, c)
}

// opened tells whether a bracket was opened behind token i and is closed at j.
func (r *sourceReader) opened(i, j int) bool {
	depth := 0
	for k := i; k < j; k++ {
		switch {
		case r.sign(k, "(") || r.sign(k, "{"):
			depth++
		case r.sign(k, ")") || r.sign(k, "}"):
			depth--
		}
	}
	return depth > 0
}

// listAt reads names: id, displayName or 'id,displayName'.
func (r *sourceReader) listAt(j, to int) []string {
	var out []string
	for ; j < to; j++ {
		w := r.word(j)
		switch {
		case strings.HasPrefix(w, "-"):
			return out
		case w != "":
			out = append(out, evidence.Safe(bareName(w)))
		case r.isText(j):
			for name := range strings.FieldsFuncSeq(plainText(r.toks[j].parts), func(c rune) bool { return c == ',' || c == ' ' }) {
				out = append(out, evidence.Safe(name))
			}
		case r.sign(j, ",") || r.sign(j, "@") || r.sign(j, "(") || r.sign(j, ")"):
		default:
			return out
		}
	}
	return out
}

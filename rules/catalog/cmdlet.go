package catalog

import (
	_ "embed"
	"slices"
	"strings"
)

//go:embed facts/cmdlet-verbs.tsv
var cmdletVerbs string

//go:embed facts/cmdlet-roots.tsv
var cmdletRoots string

// CmdletInfo is what a cmdlet of Microsoft Graph PowerShell calls. It is
// derived from the SDK's naming rule, so that it holds for cmdlets that nobody
// listed.
type CmdletInfo struct {
	Name      string    // as asked for
	Beta      bool      // Verb-MgBetaNoun
	Method    string    // of the first request
	Templates []string  // of the requests with that method, fewest keys first; Find knows each
	Requests  []Request // all that the name may stand for
	Tail      string    // $count, $ref, $value, delta or a cast, which the request has behind the template
	Ambiguous bool      // several templates are possible, and the parameters given do not decide
	Mapped    bool      // the map has the requests; else it has the path, without the method
}

// Request is a method and a template.
type Request struct{ Method, Template string }

// Cmdlet tells what a cmdlet calls: Get-MgUserMessage is GET
// /users/{id}/messages, or with -MessageId among the parameters GET
// /users/{id}/messages/{id}. Parameters may be given with or without a dash;
// values are not wanted. Cmdlets that call nothing by themselves
// (Connect-MgGraph, Invoke-MgGraphRequest) are not known.
func Cmdlet(name string, params ...string) (CmdletInfo, bool) {
	verb, noun, ok := strings.Cut(strings.TrimSpace(name), "-")
	if !ok || len(noun) < 3 || len(name) > 200 || !strings.EqualFold(noun[:2], "mg") {
		return CmdletInfo{}, false
	}
	c := CmdletInfo{Name: name}
	noun = noun[2:]
	if len(noun) > 4 && strings.EqualFold(noun[:4], "beta") {
		c.Beta, noun = true, noun[4:]
	}
	if len(noun) > 5 && strings.EqualFold(noun[:5], "graph") {
		return CmdletInfo{}, false // Connect-MgGraph and kin; no path begins so
	}
	row, ok := find(cmdletVerbs, verb)
	if !ok {
		return CmdletInfo{}, false
	}
	s := nounSearch{verb: row, words: wordsOf(noun)}
	if len(s.words) == 0 || len(s.words) > maxWords {
		return CmdletInfo{}, false
	}
	s.run()
	found := s.best()
	if len(found) == 0 {
		return CmdletInfo{}, false
	}
	found = choose(found, params)
	for _, f := range found {
		c.Requests = append(c.Requests, Request{f.method, f.template})
		if f.method == found[0].method {
			c.Templates = append(c.Templates, f.template)
		}
	}
	c.Method, c.Tail, c.Mapped, c.Ambiguous = found[0].method, found[0].tail, found[0].mapped, len(found) > 1
	return c, true
}

// choose takes the candidates that fit the parameters: as many keys as there
// are -...Id, function arguments by name. Without parameters all stay, those
// with fewest keys first.
func choose(found []candidate, params []string) []candidate {
	if len(params) == 0 {
		return found
	}
	ids, given := 0, make([]string, len(params))
	for i, p := range params {
		given[i] = strings.ToLower(strings.TrimLeft(strings.TrimSpace(p), "-"))
		if strings.HasSuffix(given[i], "id") {
			ids++
		}
	}
	named := slices.DeleteFunc(slices.Clone(found), func(c candidate) bool { return !c.takes(given) })
	if len(named) > 0 {
		found = named
	}
	most := -1
	for _, c := range found {
		if k := c.keys(); k <= ids && k > most {
			most = k
		}
	}
	if most < 0 {
		return found
	}
	return slices.DeleteFunc(found, func(c candidate) bool { return c.keys() != most })
}

// keys counts the keys of a template, arguments of functions left out.
func (c candidate) keys() int {
	n := strings.Count(c.template, "/{id}")
	return n + strings.Count(c.template, ":{id}")
}

// takes tells whether every argument of a template's function is among the
// parameters; a template without arguments takes any.
func (c candidate) takes(params []string) bool {
	_, args, ok := strings.Cut(c.template, "(")
	if !ok {
		return true
	}
	args, _, _ = strings.Cut(args, ")")
	for a := range strings.SplitSeq(args, ",") {
		name, _, _ := strings.Cut(a, "=")
		if !slices.Contains(params, strings.ToLower(name)) {
			return false
		}
	}
	return true
}

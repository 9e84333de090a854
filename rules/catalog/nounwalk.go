package catalog

import (
	"cmp"
	"slices"
	"strings"
)

// candidate is a request that a cmdlet may stand for.
type candidate struct {
	method, template string
	tail             string
	odd              int  // how far the name is from the plain rule
	mapped           bool // the map has the method
}

// nounSearch walks the trie along the words of a cmdlet's noun.
type nounSearch struct {
	verb  row
	words []string

	action  string // of Invoke: what the action's name begins with
	tail    string
	method  string // for a tail: the only method
	odd     int
	path    []string
	found   []candidate
	visited int
}

// maxVisits bounds the walk; real names need a few thousand.
const maxVisits = 100_000

// Oddities, the plainest reading first.
const (
	oddTail = 1 << iota // $count, $ref, $value, delta or a cast that the template lacks
	oddJoin             // words that meet at a slash stand once
	oddUnmapped
)

// run tries the noun as it stands, then without what the SDK appends to it.
func (s *nounSearch) run() {
	all := s.words
	if s.verb.cell(0) == "Invoke" {
		for n := 1; n <= 4 && n < len(all); n++ {
			s.action = strings.Join(all[:n], "")
			s.words = all[n:]
			s.step(root(), 0, 0)
		}
		return
	}
	s.step(root(), 0, 0)
	for _, t := range []struct{ words, tail, method string }{
		{"count", "$count", "GET"}, {"content", "$value", "GET PUT"}, {"delta", "delta", "GET"},
		{"by ref", "$ref", ""}, {"directory object by ref", "$ref", ""}, {"", "$ref", "POST"},
	} {
		cut := strings.Fields(t.words)
		n := len(all) - len(cut)
		if n < 1 || !slices.Equal(all[n:], cut) {
			continue
		}
		s.words, s.tail, s.method, s.odd = all[:n], t.tail, t.method, oddTail
		s.step(root(), 0, 0)
	}
	for n := len(all) - 2; n > 0; n-- { // GroupMemberAsUser: the cast is not in the map
		if all[n] == "as" {
			s.words, s.tail, s.method, s.odd = all[:n], "microsoft.graph."+strings.Join(all[n+1:], ""), "GET", oddTail
			s.step(root(), 0, 0)
			return
		}
	}
}

// best returns the candidates closest to the plain rule.
func (s *nounSearch) best() []candidate {
	least := -1
	for _, c := range s.found {
		if least < 0 || c.odd < least {
			least = c.odd
		}
	}
	var out []candidate
	for _, c := range s.found {
		if c.odd == least && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b candidate) int {
		// the newer address has the root that older ones lack
		return cmp.Or(a.keys()-b.keys(), strings.Count(b.template, "/")-strings.Count(a.template, "/"))
	})
	return out
}

// step looks for segments below a node that the words from at on may spell.
func (s *nounSearch) step(n node, at, odd int) {
	if s.visited++; s.visited > maxVisits || len(s.path) > 16 {
		return
	}
	if at == len(s.words) && len(s.path) > 0 && s.action == "" {
		s.record(n, s.verb.cell(1), odd)
	}
	if k := n.key(); k != 0 && len(s.path) > 0 {
		s.below(k, "{id}", at, odd)
	}
	base, count := n.children()
	for i := range count {
		c := base + i*childSize
		text := segmentText(childSegment(c))
		s.child(childNode(c), text, at, odd)
	}
}

func (s *nounSearch) below(n node, text string, at, odd int) {
	s.path = append(s.path, text)
	s.step(n, at, odd)
	s.path = s.path[:len(s.path)-1]
}

// child tries the readings of one literal segment.
func (s *nounSearch) child(n node, text string, at, odd int) {
	if strings.HasSuffix(text, ":") || len(s.path) == 0 && (strings.EqualFold(text, "me") || strings.EqualFold(text, "drive")) {
		return // the SDK has neither drive paths nor /me
	}
	folded := strings.ToLower(text)
	if len(s.path) == 0 {
		if _, ok := find(cmdletRoots, folded); ok {
			s.below(n, text, at, odd)
		}
	}
	if folded[0] == '$' {
		s.dollar(n, text, folded, at, odd)
		return
	}
	name, args, call := strings.Cut(folded, "(")
	if len(s.path) > 0 {
		s.actions(n, text, name, at, odd)
	}
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		// a cast: /members/microsoft.graph.user is GroupMemberAsUser
		if at < len(s.words) && s.words[at] == "as" {
			if end := consume(s.words, at+1, name[i+1:]); end > 0 {
				s.below(n, text, end, odd)
			}
		}
		return
	}
	for _, r := range s.readings(name, at) {
		if call { // an alternate key or a function: ApplicationByAppId
			args := strings.NewReplacer("={id}", "", ")", "", ",", "and").Replace(args)
			if end := consume(s.words, r.end, "by"+args); end > 0 {
				s.below(n, text, end, odd|r.odd)
			}
			if strings.Contains(args, "appid") || strings.Contains(args, "deviceid") {
				continue
			}
		}
		s.below(n, text, r.end, odd|r.odd)
	}
}

type reading struct{ end, odd int }

// readings tells after which word a segment's text may end: read on from at,
// or from an earlier word, since the SDK writes words that repeat once:
// lifecycleWorkflows/workflows is LifecycleWorkflow.
func (s *nounSearch) readings(text string, at int) []reading {
	var out []reading
	if end := consume(s.words, at, text); end > at {
		out = append(out, reading{end, 0})
	}
	if at < len(s.words) && s.words[at] == "default" { // the one of several: UserDefaultDrive
		if end := consume(s.words, at+1, text); end > 0 && strings.Join(s.words[at+1:end], "") == text {
			out = append(out, reading{end, 0})
		}
	}
	for back := 1; back <= 4 && back <= at; back++ {
		if end := consume(s.words, at-back, text); end >= at {
			out = append(out, reading{end, oddJoin})
		}
	}
	return out
}

// dollar takes $count, $ref and $value for what the SDK appends.
func (s *nounSearch) dollar(n node, text, folded string, at, odd int) {
	word := map[string]string{"$count": "count", "$ref": "by ref", "$value": "content"}[folded]
	w := strings.Fields(word)
	if len(w) > 0 && slices.Equal(s.words[at:], w) {
		s.below(n, text, len(s.words), odd)
	}
}

// actions tries a segment as the action that the verb stands for: the rest of
// its name ends the noun.
func (s *nounSearch) actions(n node, text, name string, at, odd int) {
	begin := s.verb.fields(2)
	if s.action != "" {
		begin = []string{s.action}
	}
	for _, b := range begin {
		rest, ok := strings.CutPrefix(name, b)
		if !ok { // remoteLock is Lock-...Remote
			rest, ok = strings.CutSuffix(name, b)
		}
		if !ok {
			continue
		}
		for back := 0; back <= 2 && back <= at; back++ {
			end := consume(s.words, at-back, rest)
			if end != len(s.words) || rest == "" && back > 0 {
				continue
			}
			o := odd
			if back > 0 {
				o |= oddJoin
			}
			s.path = append(s.path, text)
			s.record(n, "POST GET", o)
			s.path = s.path[:len(s.path)-1]
			break
		}
	}
}

// record keeps a template, with those of the methods that it has.
func (s *nounSearch) record(n node, methods string, odd int) {
	if s.method != "" {
		if s.verb.cell(1) == "" || !strings.Contains(s.method, s.verb.cell(1)) {
			return
		}
		methods = s.verb.cell(1)
	}
	if methods == "" {
		return
	}
	if (s.tail == "$count" || s.tail == "delta") && s.path[len(s.path)-1] == "{id}" {
		return
	}
	template := "/" + strings.Join(s.path, "/")
	had := false
	for m := range strings.FieldsSeq(methods) {
		bit, _ := methodBit(m)
		w := walk{mask: bit}
		_, ok := w.entryOf(n.table())
		if !ok {
			w.earlier = true
			_, ok = w.entryOf(n.table())
		}
		if ok {
			had = true
			s.found = append(s.found, candidate{method: m, template: template, tail: s.tail, odd: odd | s.odd, mapped: true})
		}
	}
	if first, _, _ := strings.Cut(methods, " "); !had && n.table() != 0 && s.tail == "" && first == methods {
		s.found = append(s.found, candidate{method: first, template: template, odd: odd | s.odd | oddUnmapped})
	}
}

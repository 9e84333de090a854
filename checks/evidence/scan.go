package evidence

import (
	"strings"
)

// This file walks through a text: objects are parsed and interpreted, what
// stands between them is read line by line. It decides nothing about causes.

// maxDepth bounds texts inside strings inside texts.
const maxDepth = 8

// maxPara bounds a paragraph of prose, in bytes.
const maxPara = 1500

type scanner struct {
	b        *builder
	depth    int
	decisive bool // what is being read ended the attempt
	terse    bool // only codes and objects count: the text of a message
	d        *doc
	header   bool // inside a block of headers
	dir      byte // '>' sent, '<' received, 0 unknown, as curl -v marks lines
	skip     int  // lines before this offset were read with an earlier one
	para     strings.Builder
	paraLine int
	paraHow  Carrier
	code     string // from a "Code:" line that waits for its "Message:"
	codeLine int
	codeOpen bool   // a colon ended its line: the next line is its message
	method   string // of a "Method:" line that waits for its address
	command  *command
	prompted bool    // the line at hand began with a shell's prompt
	kv       *record // Format-List output being read

	kindLine  int    // where a session's kind of caller was printed
	scopeList string // a list of scopes, which waits for the kind
	scopeLine int
	asked     bool     // a session's scopes were asked for: they follow one a line
	scopes    []string // those that did so far
	askedLine int

	claims     map[string]any // of a decoded token's listing
	claimsLine int
	lastClaim  string
}

// scan reads a whole text.
func (s *scanner) scan(d *doc) {
	outer := *s
	s.d, s.header, s.dir, s.skip, s.code, s.method, s.command, s.kv, s.claims = d, false, 0, 0, "", "", nil, nil, nil
	s.kindLine, s.scopeList, s.asked, s.scopes = 0, "", false, nil
	s.para = strings.Builder{}
	text := d.text
	for i := 0; i < len(text); {
		eol := strings.IndexByte(text[i:], '\n')
		if eol < 0 {
			eol = len(text)
		} else {
			eol += i
		}
		if i < s.skip {
			i = min(eol+1, s.skip)
			continue
		}
		if s.commandLine(text[i:eol]) {
			s.line(text[i:eol], i)
			i = eol + 1
			continue
		}
		if next := s.tableBelow(i, eol); next > 0 {
			i = next
			continue
		}
		if n, head := logfmt(text[i:eol]); n != nil {
			s.relocate(n, func(off int) int { return i + off })
			s.object(n, i+head, strings.TrimSpace(text[i:i+head]))
			s.hints(text[i:eol], s.lineOf(i))
			i = eol + 1
			continue
		}
		n, at, end := s.findObject(i, eol)
		if n == nil {
			s.line(text[i:eol], i)
			i = eol + 1
			continue
		}
		s.lead(text[i:at], i)
		s.object(n, at, strings.TrimSpace(text[i:at]))
		i = end
		for i < len(text) && (text[i] == ' ' || text[i] == ',' || text[i] == ';' || text[i] == '\'' || text[i] == '"' || text[i] == '`' || text[i] == '\t') {
			i++
		}
		if i < len(text) && text[i] == '\n' {
			i++
		}
	}
	s.endClaims()
	s.endScopes()
	s.flush()
	*s = outer
}

// tableBelow reads a table whose names stand on the line from i to eol; 0 if
// there is none.
func (s *scanner) tableBelow(i, eol int) int {
	text := s.d.text
	if eol >= len(text) || !strings.HasPrefix(strings.TrimLeft(text[eol+1:min(len(text), eol+40)], " "), "--") {
		return 0
	}
	dashes := firstLine(text[eol+1:])
	rows := min(len(text), eol+2+len(dashes))
	if end := s.table(text[i:eol], dashes, rows); end > rows {
		return end
	}
	return 0
}

// findObject returns the first object that begins in a line.
func (s *scanner) findObject(from, eol int) (n *node, at, end int) {
	text := s.d.text
	for at = from; at < eol; at++ {
		switch c := text[at]; {
		case c == '{' || c == '[' && at+1 < len(text) && (text[at+1] == '{' || listStart(text[at+1:])):
			if n, end = s.parse(at); n != nil {
				return n, at, end
			}
		case c == '(' && kwargs(text, at):
			if n, end = parseKwargs(text, at); n != nil {
				return n, at, end
			}
		}
	}
	return nil, 0, 0
}

func listStart(rest string) bool {
	rest = strings.TrimLeft(rest[:min(len(rest), 40)], " \r\n\t")
	return strings.HasPrefix(rest, "{")
}

// parse parses the object at an offset; one that is escaped once more is
// unescaped first.
func (s *scanner) parse(at int) (*node, int) {
	text := s.d.text
	if escapedObject(text[at+1:]) {
		plain, raw := unescapeMapped(text[at:min(len(text), at+256<<10)])
		n, end := parseLoose(plain, 0)
		if n == nil {
			return nil, at
		}
		s.relocate(n, func(off int) int { return at + raw[min(off, len(raw)-1)] })
		if end >= len(raw) {
			return n, min(len(text), at+256<<10)
		}
		return n, at + raw[end]
	}
	return parseLoose(text, at)
}

func (s *scanner) relocate(n *node, to func(int) int) {
	n.off = to(n.off)
	for _, m := range n.members {
		s.relocate(m.val, to)
	}
	for _, v := range n.items {
		s.relocate(v, to)
	}
}

// escapedObject: the first quote behind the bracket has a backslash.
func escapedObject(rest string) bool {
	written := false // a line break was, as in the repr of a string
	for i := 0; i < len(rest) && i < 60; i++ {
		switch c := rest[i]; {
		case c == ' ' || c == '\n' || c == '\t':
		case c == '"' && written:
			return true
		case c == '\\' && i+1 < len(rest) && (rest[i+1] == 'n' || rest[i+1] == 'r' || rest[i+1] == 't'):
			written = true
			i++
		case c == '\\':
			for i < len(rest) && rest[i] == '\\' {
				i++
			}
			return i < len(rest) && (rest[i] == '"' || rest[i] == '\'' || rest[i] == 'u' || rest[i] == 'n' || rest[i] == 'r')
		default:
			return false
		}
	}
	return false
}

// unescapeMapped undoes one level of escapes and tells for each byte of the
// result where it came from.
func unescapeMapped(s string) (string, []int) {
	var b strings.Builder
	raw := make([]int, 0, len(s)+1)
	put := func(p string, at int) {
		b.WriteString(p)
		for range len(p) {
			raw = append(raw, at)
		}
	}
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 >= len(s) {
			put(s[i:i+1], i)
			continue
		}
		j := i + 2
		if s[i+1] == 'u' {
			if _, n := hexRune(s[i+2:]); n > 0 {
				j += n
			}
		}
		put(unescape(s[i:min(j, len(s))]), i)
		i = j - 1
	}
	raw = append(raw, len(s))
	return b.String(), raw
}

// kwargs: a Python object's repr, Name(key=value, ...).
func kwargs(text string, at int) bool {
	if at == 0 || !wordByte(text[at-1]) {
		return false
	}
	for k := at - 1; k >= 0 && text[k] > ' '; k-- { // a function's parameters in a URL
		if text[k] == '/' {
			return false
		}
	}
	j := at + 1
	for j < len(text) && (wordByte(text[j])) {
		j++
	}
	return j > at+1 && j+1 < len(text) && text[j] == '=' && text[j+1] != '=' && strings.IndexByte("'\"{[(N", text[j+1]) >= 0
}

func parseKwargs(text string, at int) (*node, int) {
	p := &loose{s: text, i: at}
	n := p.object(')')
	if n == nil || len(n.members) == 0 {
		return nil, at
	}
	return n, p.i
}

// lead reads what stands on a line before an object.
func (s *scanner) lead(seg string, off int) {
	if strings.TrimSpace(seg) != "" {
		s.line(seg, off)
	}
}

// nested reads a text that stood inside a string.
func (s *scanner) nested(text string, line int, terse bool) {
	if s.depth >= maxDepth || len(text) < 4 {
		return
	}
	s.depth++
	keep := s.terse
	s.terse = s.terse || terse
	s.scan(within(s.b.file, text, line))
	s.terse = keep
	s.depth--
}

func (s *scanner) lineOf(off int) int { return s.d.line(off) }

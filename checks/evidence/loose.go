package evidence

import (
	"strings"
)

// This file parses what looks like an object, however it was printed: JSON,
// JSON escaped once more, Python's repr, a JavaScript console dump, a
// PowerShell hash table, Ruby's and PHP's arrows. What is cut off or broken
// gives what was readable up to there: reading must go on where a strict
// parser gives up.

// Limits of one object.
const (
	maxNesting   = 64
	maxWrap      = 40 // raw line breaks inside one string
	maxWrapBytes = 64 << 10
)

func (n *node) isArray() bool { return n != nil && n.kind == nodeArray }

// loose is the state of one parse.
type loose struct {
	s     string
	i     int
	depth int
	cut   bool
}

// parseLoose parses the value that begins at s[at], which must be '{' or '['.
// It returns nil if that is not the beginning of an object or list, and the
// offset behind what was consumed.
func parseLoose(s string, at int) (n *node, end int) {
	p := &loose{s: s, i: at}
	if !p.plausible() {
		return nil, at
	}
	n = p.value()
	if n == nil || n.kind == nodeObject && len(n.members) == 0 && p.i-at > 2 || n.kind == nodeArray && len(n.items) == 0 && p.i-at > 2 {
		return nil, at
	}
	n.cut = n.cut || p.cut
	return n, p.i
}

// plausible: a key or a nested value follows the bracket.
func (p *loose) plausible() bool {
	q := loose{s: p.s, i: p.i + 1}
	q.space()
	if q.i >= len(q.s) {
		return false
	}
	c := q.s[q.i]
	if p.s[p.i] == '[' {
		return c == '{' || c == '"' || c == '[' || c == ']'
	}
	if c == '}' || c == '"' || c == '\'' || c == '`' {
		return true
	}
	if c == '{' || c == '[' && !strings.HasPrefix(q.s[q.i:], "[Symbol") {
		return false
	}
	// an unquoted key needs its separator close by
	j := q.i
	for j < len(q.s) && j-q.i < 60 && (isNameByte(q.s[j]) || q.s[j] >= '0' && q.s[j] <= '9' || strings.IndexByte(".$@:[]()", q.s[j]) >= 0 && q.s[j] != ':') {
		j++
	}
	for j < len(q.s) && q.s[j] == ' ' {
		j++
	}
	return j > q.i && j < len(q.s) && (q.s[j] == ':' || q.s[j] == '=')
}

// space skips blanks, line breaks with the log prefix of the next line, and comments' noise.
func (p *loose) space() {
	for p.i < len(p.s) {
		switch c := p.s[p.i]; {
		case c == ' ' || c == '\t' || c == '\r':
			p.i++
		case c == '\n':
			p.i++
			p.i += logPrefix(p.s[p.i:])
		case strings.HasPrefix(p.s[p.i:], string(lineMark)):
			p.i += len(string(lineMark))
		default:
			return
		}
	}
}

// logPrefix is the length of a line's time stamp and level, where a body is
// spread over log lines that have one each; 0 where there is none.
func logPrefix(line string) int {
	rest := strings.TrimLeft(line, " [")
	if len(rest) < 19 || rest[0] < '0' || rest[0] > '9' || rest[4] != '-' && rest[4] != '/' && rest[2] != ':' {
		return 0
	}
	eol := strings.IndexByte(line, '\n')
	if eol < 0 {
		eol = len(line)
	}
	start := len(line) - len(rest) + 19
	if start > eol {
		return 0
	}
	if j := strings.IndexAny(line[start:eol], `"{}`); j >= 0 && j < 120 {
		return start + j
	}
	return 0
}

func (p *loose) value() *node {
	p.space()
	if p.i >= len(p.s) {
		p.cut = true
		return nil
	}
	if p.depth >= maxNesting {
		return p.skipDeep()
	}
	switch c := p.s[p.i]; {
	case c == '{':
		return p.object('}')
	case c == '[' && p.listAhead():
		return p.array()
	case c == '"' || c == '\'' || c == '`':
		return p.quoted()
	case (c == 'b' || c == 'u' || c == 'r') && p.i+1 < len(p.s) && (p.s[p.i+1] == '\'' || p.s[p.i+1] == '"'):
		p.i++
		return p.quoted()
	case c == '@' && strings.HasPrefix(p.s[p.i:], "@{"):
		p.i++
		return p.object('}')
	}
	return p.word()
}

func (p *loose) object(closer byte) *node {
	n := &node{kind: nodeObject, off: p.i}
	p.i++
	p.depth++
	defer func() { p.depth-- }()
	for {
		p.space()
		if p.i >= len(p.s) {
			n.cut, p.cut = true, true
			return n
		}
		c := p.s[p.i]
		if c == closer {
			p.i++
			return n
		}
		if c == ',' || c == ';' {
			p.i++
			continue
		}
		mark := p.i
		key, ok := p.key()
		if !ok {
			p.i = mark
			n.cut, p.cut = true, true
			return n
		}
		val := p.value()
		if val != nil {
			n.members = append(n.members, member{key, val})
		}
		if p.cut {
			n.cut = true
			return n
		}
		if !p.separated(closer) {
			n.cut, p.cut = true, true
			return n
		}
	}
}

// separated: behind a value comes a comma, a closing bracket, a new line with
// a new key, or the end.
func (p *loose) separated(closer byte) bool {
	before := p.i
	p.space()
	if p.i >= len(p.s) {
		return true
	}
	switch c := p.s[p.i]; {
	case c == ',' || c == ';' || c == closer || c == '}' || c == ']':
		return true
	case strings.Contains(p.s[before:p.i], "\n"):
		return c == '"' || c == '\'' || isNameByte(c)
	case strings.HasPrefix(p.s[p.i:], "..."):
		for p.i < len(p.s) && p.s[p.i] != '\n' && p.s[p.i] != closer {
			p.i++
		}
		return true
	}
	return false
}

// key reads a name and its separator: ":", "=", "=>".
func (p *loose) key() (string, bool) {
	var key string
	switch c := p.s[p.i]; {
	case c == '"' || c == '\'' || c == '`':
		n := p.quotedKey()
		if n == nil {
			return "", false
		}
		key = n.text
	case c == '[' && strings.HasPrefix(p.s[p.i:], "[Symbol"):
		j := strings.IndexByte(p.s[p.i:], ']')
		if j < 0 {
			return "", false
		}
		key = p.s[p.i : p.i+j+1]
		p.i += j + 1
	default:
		j := p.i
		if p.s[j] == ':' { // Ruby's symbols
			j++
		}
		for j < len(p.s) && (isNameByte(p.s[j]) || p.s[j] >= '0' && p.s[j] <= '9' || p.s[j] == '.' || p.s[j] == '$' || p.s[j] == '@' || p.s[j] == ' ' && j+1 < len(p.s) && isNameByte(p.s[j+1]) && strings.Contains(p.s[j:min(len(p.s), j+30)], "=")) {
			j++
		}
		key = strings.TrimLeft(p.s[p.i:j], ":")
		p.i = j
	}
	if key == "" || len(key) > 200 {
		return "", false
	}
	p.space()
	if p.i >= len(p.s) {
		p.cut = true
		return key, true
	}
	switch {
	case strings.HasPrefix(p.s[p.i:], "=>"):
		p.i += 2
	case p.s[p.i] == ':' || p.s[p.i] == '=':
		p.i++
	default:
		return "", false
	}
	return key, true
}

// skipDeep passes over what is nested deeper than is read.
func (p *loose) skipDeep() *node {
	n := &node{kind: nodeWord, off: p.i, cut: true}
	depth := 0
	for p.i < len(p.s) {
		switch p.s[p.i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
			if depth <= 0 {
				p.i++
				return n
			}
		}
		p.i++
	}
	p.cut = true
	return n
}

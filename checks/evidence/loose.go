package evidence

import (
	"strings"
	"unicode/utf8"
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

// A node is one value of an object.
type node struct {
	kind    nodeKind
	text    string // of a string, number or word
	members []member
	items   []*node
	off     int  // where it begins in the text parsed
	cut     bool // ended before it should
}

type member struct {
	key string
	val *node
}

type nodeKind uint8

const (
	nodeWord   nodeKind = iota // number, true, null, undefined, [Object] ...
	nodeString                 // quoted
	nodeObject
	nodeArray
)

// get returns a member by name, whatever its case.
func (n *node) get(names ...string) *node {
	if n == nil || n.kind != nodeObject {
		return nil
	}
	for _, name := range names {
		for _, m := range n.members {
			if strings.EqualFold(m.key, name) {
				return m.val
			}
		}
	}
	return nil
}

// str returns a member's text, "" where it has none.
func (n *node) str(names ...string) string {
	if v := n.get(names...); v != nil && (v.kind == nodeString || v.kind == nodeWord) {
		return strings.TrimSpace(v.text)
	}
	return ""
}

func (n *node) isObject() bool { return n != nil && n.kind == nodeObject }
func (n *node) isArray() bool  { return n != nil && n.kind == nodeArray }

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

// listAhead tells a list from a dump's "[Object]" or "[Function: x]".
func (p *loose) listAhead() bool {
	rest := p.s[p.i:min(len(p.s), p.i+40)]
	for _, w := range []string{"[Object", "[Array", "[Function", "[Getter", "[Circular", "[AsyncFunction", "[class", "[Symbol", "[Class"} {
		if strings.HasPrefix(rest, w) {
			return false
		}
	}
	return true
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

func (p *loose) array() *node {
	n := &node{kind: nodeArray, off: p.i}
	p.i++
	p.depth++
	defer func() { p.depth-- }()
	for {
		p.space()
		if p.i >= len(p.s) {
			n.cut, p.cut = true, true
			return n
		}
		switch c := p.s[p.i]; {
		case c == ']':
			p.i++
			return n
		case c == ',':
			p.i++
			continue
		case c == '}' || c == ':':
			n.cut, p.cut = true, true
			return n
		}
		before := p.i
		if v := p.value(); v != nil {
			n.items = append(n.items, v)
		}
		if p.cut || p.i == before {
			n.cut, p.cut = true, true
			return n
		}
	}
}

// word reads what stands unquoted up to the next separator.
func (p *loose) word() *node {
	n := &node{kind: nodeWord, off: p.i}
	j := p.i
	for j < len(p.s) {
		c := p.s[j]
		if c == '{' && j > p.i { // ClientRequest { ... }
			p.i = j
			return p.object('}')
		}
		if c == '(' && j > p.i && kwargs(p.s, j) { // InnerError(request_id='...')
			p.i = j
			return p.object(')')
		}
		if c == '(' && j > p.i { // datetime.datetime(2026, 11, 20)
			if k := strings.IndexByte(p.s[j:min(len(p.s), j+200)], ')'); k > 0 && !strings.ContainsAny(p.s[j:j+k], "\n{") {
				j += k + 1
				continue
			}
		}
		if c == '[' {
			if k := strings.IndexByte(p.s[j:min(len(p.s), j+80)], ']'); k > 0 {
				j += k + 1
				continue
			}
		}
		if c == ',' || c == '}' || c == ']' || c == '\n' || c == ';' || c == '"' {
			break
		}
		j++
	}
	if j == p.i {
		if j < len(p.s) && p.s[j] == '"' {
			return nil
		}
		return n // an empty value
	}
	n.text = strings.TrimSpace(p.s[p.i:j])
	p.i = j
	if j >= len(p.s) {
		p.cut = true
	}
	return n
}

// quotedKey reads a quoted name: short, on one line.
func (p *loose) quotedKey() *node {
	q := p.s[p.i]
	j := p.i + 1
	for j < len(p.s) && p.s[j] != q && p.s[j] != '\n' && j-p.i < 202 {
		j++
	}
	if j >= len(p.s) || p.s[j] != q {
		return nil
	}
	n := &node{kind: nodeString, text: p.s[p.i+1 : j], off: p.i}
	p.i = j + 1
	return n
}

// expression skips what source code adds to a string ('Bearer ' + token): its
// value is not known.
func (p *loose) expression(n *node) {
	j := p.i
	for j < len(p.s) && p.s[j] == ' ' {
		j++
	}
	if j+1 >= len(p.s) || p.s[j] != '+' || p.s[j+1] != ' ' {
		return
	}
	e := strings.IndexAny(p.s[j:], ",}\n;")
	if e < 0 {
		return
	}
	n.text += "$expression"
	p.i = j + e
}

// quoted reads a string. A raw line break inside it is a console's wrapping if
// the string is properly closed further on, and the point of cutting if not.
func (p *loose) quoted() *node {
	n := &node{kind: nodeString, off: p.i}
	q := p.s[p.i]
	start := p.i + 1
	firstBreak, breaks := -1, 0
	limit := len(p.s)
	for j := start; j < limit; j++ {
		c := p.s[j]
		switch {
		case c == '\\' && j+1 < len(p.s):
			j++
		case c == '\n':
			if firstBreak < 0 {
				firstBreak, limit = j, min(limit, j+maxWrapBytes)
			}
			if breaks++; breaks > maxWrap {
				limit = j
			}
		case c == '(' && strings.HasPrefix(p.s[j:], "(truncated...)"):
			n.text, n.cut, p.cut = unescape(p.s[start:j]), true, true
			p.i = j
			return n
		case c == q && closes(p.s, j+1, q, breaks > 0):
			n.text = unescape(rejoin(p.s[start:j]))
			p.i = j + 1
			p.expression(n)
			return n
		}
	}
	end := len(p.s)
	if firstBreak >= 0 {
		end = firstBreak
	}
	n.text, n.cut, p.cut = unescape(p.s[start:end]), true, true
	p.i = end
	return n
}

// closes tells whether a quote ends the string: a separator must follow. Over
// a line break a value's quote must be followed by what a value is followed by.
func closes(s string, j int, q byte, wrapped bool) bool {
	for j < len(s) && (s[j] == ' ' || s[j] == '\t' || s[j] == '\r') {
		j++
	}
	if j >= len(s) {
		return true
	}
	switch s[j] {
	case ',', '}', ']', '\n':
		return true
	case ':', '=', ')', ';', '|', '<', '+', '.':
		return !wrapped && (q != '\'' || s[j] != '.')
	}
	// An apostrophe inside a single-quoted string is not its end.
	return q == '"' && !wrapped
}

// rejoin puts a string together that a console wrapped: the break goes, and
// with it the indentation and log prefix of the next line.
func rejoin(s string) string {
	if !strings.Contains(s, "\n") {
		return s
	}
	lines := strings.Split(s, "\n")
	var b strings.Builder
	for i, l := range lines {
		if i == 0 {
			b.WriteString(strings.TrimRight(l, "\r"))
			continue
		}
		prev := lines[i-1]
		trimmed := strings.TrimLeft(l, " ")
		indented := len(l)-len(trimmed) >= 2
		if indented {
			l = trimmed
		}
		if !strings.HasSuffix(strings.TrimRight(prev, "\r"), " ") && !strings.HasPrefix(l, " ") && (len(prev) < 60 || indented) {
			b.WriteByte(' ')
		}
		b.WriteString(strings.TrimRight(l, "\r"))
	}
	return b.String()
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

// unescape undoes one level of backslash escapes.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != '\\' || i+1 >= len(s) {
			b.WriteByte(c)
			continue
		}
		i++
		switch c = s[i]; c {
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 't':
			b.WriteByte('\t')
		case 'b', 'f', 'v':
			b.WriteByte(' ')
		case 'u':
			r, size := hexRune(s[i+1:])
			if size == 0 {
				b.WriteString(`\u`)
				continue
			}
			b.WriteRune(r)
			i += size
		case '\\', '"', '\'', '/', '`':
			b.WriteByte(c)
		default:
			b.WriteByte('\\')
			b.WriteByte(c)
		}
	}
	return b.String()
}

// hexRune reads the four digits of a \u escape, and the low half of a
// surrogate pair; a lone half becomes the replacement character.
func hexRune(s string) (r rune, size int) {
	high, ok := hex4(s)
	if !ok {
		return 0, 0
	}
	if high < 0xD800 || high > 0xDFFF {
		return high, 4
	}
	if len(s) >= 10 && s[4] == '\\' && s[5] == 'u' {
		if low, ok := hex4(s[6:]); ok && high < 0xDC00 && low >= 0xDC00 && low <= 0xDFFF {
			return (high-0xD800)<<10 + (low - 0xDC00) + 0x10000, 10
		}
	}
	return utf8.RuneError, 4
}

func hex4(s string) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	var r rune
	for i := range 4 {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

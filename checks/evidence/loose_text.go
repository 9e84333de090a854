package evidence

import (
	"strings"
	"unicode/utf8"
)

// This file reads the quoted texts of objects: ends, escapes, lines that a printer broke.

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

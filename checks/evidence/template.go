package evidence

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// This file recognises the healthy lines of a log of JSON objects. A program
// writes its lines by one template: the same names in the same order, and only
// the values differ. So a line that fits a template is told from its values, a
// few comparisons each, without looking at the rest; see learn.go for how
// templates are learnt and what makes a line healthy.

// A template is the literal text of a line and the values in it: text, value,
// text, value ... text.
type template struct {
	slots []slot
	tail  []byte // behind the last value, with the line's end
	end   literal
}

// A slot is a value and the text before it.
type slot struct {
	lit    []byte
	key    string // the name of the member
	quoted bool
	status bool // an HTTP status: a healthy line has 2xx or 3xx
	// only are the values that were seen to be healthy, where others may not be.
	only  [][]byte
	words bool // free text: a healthy one has no word of failure in it
	fixed int  // how long it was in every line learnt from; 0 if it varied

	judged bool    // one of the three above
	short  bool    // never longer than shortValue in the lines learnt from
	before literal // lit, for comparing
	behind literal // what comes behind the value
}

const shortValue = 8

// A literal is a text to compare with. Most are between eight and sixteen bytes
// long, and two comparisons of eight, which may overlap, tell.
type literal struct {
	text       []byte
	head, tail uint64
}

func newLiteral(text []byte) literal {
	l := literal{text: text}
	if n := len(text); n >= 8 {
		l.head, l.tail = binary.LittleEndian.Uint64(text), binary.LittleEndian.Uint64(text[n-8:])
	}
	return l
}

// at tells whether the literal stands at b[i].
func (l *literal) at(b []byte, i int) bool {
	n := len(l.text)
	if i+n > len(b) {
		return false
	}
	b = b[i : i+n]
	if n < 8 {
		return string(b) == string(l.text)
	}
	if binary.LittleEndian.Uint64(b) != l.head || binary.LittleEndian.Uint64(b[n-8:]) != l.tail {
		return false
	}
	return n <= 16 || string(b[8:n-8]) == string(l.text[8:n-8])
}

// fits returns the end of the healthy line that begins at b[i], 0 if the line is
// of another form, or not surely healthy.
func (t *template) fits(b []byte, i int, w *needles) int {
	begun := false // the text before the value at hand has been compared
	for k := range t.slots {
		s := &t.slots[k]
		if !begun && !s.before.at(b, i) {
			return 0
		}
		i += len(s.lit)
		from := i
		begun = false
		switch {
		case s.fixed > 0 && s.behind.at(b, i+s.fixed):
			i += s.fixed
			begun = true
		case s.short && s.quoted:
			for i < len(b) && b[i] != '"' && b[i] != '\\' {
				i++
			}
		case s.quoted:
			j := bytes.IndexByte(b[i:], '"')
			if j < 0 || j > 0 && b[i+j-1] == '\\' {
				return 0
			}
			i += j
		default:
			for i < len(b) && wordByteJSON(b[i]) {
				i++
			}
		}
		if s.judged && (s.status && !healthyStatus(b[from:i]) || s.only != nil && !s.allows(b[from:i]) || s.words && w.in(b[from:i])) {
			return 0
		}
	}
	if !begun && !t.end.at(b, i) {
		return 0
	}
	return i + len(t.tail)
}

// ready completes a template for use: it puts what never changes into the text
// around it, and tells each slot what comes next.
func (t *template) ready(constant func(k int) []byte) {
	var slots []slot
	var before []byte
	for k, s := range t.slots {
		lit := append(slices.Clone(before), s.lit...)
		if v := constant(k); v != nil {
			before = append(lit, v...)
			continue
		}
		before = nil
		s.lit = lit
		s.judged = s.status || s.only != nil || s.words
		slots = append(slots, s)
	}
	t.tail = append(before, t.tail...)
	for k := range slots {
		next := t.tail
		if k+1 < len(slots) {
			next = slots[k+1].lit
		}
		slots[k].before, slots[k].behind = newLiteral(slots[k].lit), newLiteral(next)
	}
	t.slots, t.end = slots, newLiteral(t.tail)
}

// wordByteJSON: part of a number, true, false or null.
func wordByteJSON(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c == '.' || c == '-' || c == '+' || c == 'E'
}

func healthyStatus(v []byte) bool {
	return len(v) == 3 && (v[0] == '2' || v[0] == '3') && isDigit(v[1]) && isDigit(v[2])
}

func (s *slot) allows(v []byte) bool {
	for _, o := range s.only {
		if bytes.Equal(o, v) {
			return true
		}
	}
	return false
}

// dissect finds the template of one line and its values; ok is false where it is
// no JSON object on a line of its own, or has an escape in a value.
func dissect(line []byte) (t template, values [][]byte, ok bool) {
	key := ""
	lit := 0 // where the literal text before the next value begins
	value := func(from, to int, quoted bool) {
		t.slots = append(t.slots, slot{lit: line[lit:from], key: key, quoted: quoted})
		values = append(values, line[from:to])
		lit = to
	}
	depth := 0
	for i := 0; i < len(line); {
		switch c := line[i]; {
		case c == '"':
			j := bytes.IndexByte(line[i+1:], '"')
			if j < 0 || bytes.IndexByte(line[i+1:i+1+j], '\\') >= 0 {
				return t, nil, false
			}
			from, to := i+1, i+1+j
			i = to + 1
			k := i
			for k < len(line) && line[k] == ' ' {
				k++
			}
			if k < len(line) && line[k] == ':' {
				key = string(line[from:to])
			} else {
				value(from, to, true)
			}
		case c == '{' || c == '[':
			depth++
			i++
		case c == '}' || c == ']':
			depth--
			i++
			if depth == 0 && i < len(line) && len(bytes.TrimSpace(line[i:])) > 0 {
				return t, nil, false
			}
		case wordByteJSON(c):
			j := i
			for j < len(line) && wordByteJSON(line[j]) {
				j++
			}
			value(i, j, false)
			i = j
		case c == ' ' || c == ',' || c == ':' || c == '\r' || c == '\n' || c == '\t':
			i++
		default:
			return t, nil, false
		}
	}
	t.tail = line[lit:]
	return t, values, depth == 0 && len(values) > 0 && line[0] == '{' && t.tail[len(t.tail)-1] == '\n'
}

// shape is what lines of one template share.
func (t *template) shape() string {
	var b []byte
	for _, s := range t.slots {
		b = append(append(b, s.lit...), 0)
	}
	return string(append(b, t.tail...))
}

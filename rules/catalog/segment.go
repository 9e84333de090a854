package catalog

import (
	"bytes"
	"slices"
)

// segment decodes and folds one segment of a URL and tells its parts apart.
func (r *request) segment(t *token, s string) {
	*t = token{}
	from := r.used
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' && i+2 < len(s) {
			if hi, lo := unhex(s[i+1]), unhex(s[i+2]); hi < 16 && lo < 16 {
				c = hi<<4 | lo
				i += 2
			}
		}
		if r.used == maxText {
			r.used, t.is = from, isAny
			return
		}
		r.buf[r.used] = lower(c)
		r.used++
	}
	for r.used > from && r.buf[r.used-1] == ' ' {
		r.used--
	}
	t.text = span{uint16(from), uint16(r.used)}
	text := r.buf[from:r.used]
	if len(text) == 0 {
		return
	}
	switch last := text[len(text)-1]; {
	case last == ')':
		if i := bytes.IndexByte(text, '('); i > 0 {
			r.parens(t, from, from+i)
		}
	case last == ':' && len(text) > 1 && text[0] != ':':
		t.is |= isOpen
	case text[0] == '$':
		switch string(text) {
		case "$ref", "$value", "$count":
			t.is |= isDollar
		}
	case string(text) == "delta":
		t.is |= isDelta
	}
	if bytes.HasPrefix(text, []byte("microsoft.graph.")) {
		t.is |= isCast
	}
}

func unhex(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case lower(c) >= 'a' && lower(c) <= 'f':
		return lower(c) - 'a' + 10
	}
	return 16
}

// maxArguments is above what any function of Graph takes.
const maxArguments = 8

// parens tells users('x') from range(address='A1') and delta(): the part in
// parentheses begins at open and ends the buffer.
func (r *request) parens(t *token, from, open int) {
	inner := span{uint16(open + 1), uint16(r.used - 1)}
	if len(bytes.TrimSpace(r.bytes(inner))) == 0 {
		t.text.to = uint16(open) // f() is f
		if string(r.bytes(t.text)) == "delta" {
			t.is |= isDelta
		}
		return
	}
	t.is |= isCall
	t.name = span{uint16(from), uint16(open)}
	var names [maxArguments]span
	n := r.arguments(inner, &names)
	if n == 0 {
		return
	}
	args := names[:n]
	slices.SortFunc(args, func(a, b span) int { return bytes.Compare(r.bytes(a), r.bytes(b)) })
	call := r.used
	fits := r.add(r.bytes(t.name))
	for i, a := range args {
		sep := byte(',')
		if i == 0 {
			sep = '('
		}
		fits = r.add([]byte{sep}) && r.add(r.bytes(a)) && r.add([]byte("={id}")) && fits
	}
	if r.add([]byte{')'}) && fits {
		t.call = span{uint16(call), uint16(r.used)}
	}
}

// arguments finds the names of name=value pairs; none if there is no = outside
// quotes, and then the parentheses hold a key.
func (r *request) arguments(inner span, names *[maxArguments]span) int {
	n, start, quoted, named := 0, int(inner.from), false, false
	for i := int(inner.from); i < int(inner.to); i++ {
		switch c := r.buf[i]; {
		case c == '\'':
			quoted = !quoted
		case quoted:
		case c == '=' && !named:
			named = true
			if n == maxArguments {
				return 0
			}
			s := span{uint16(start), uint16(i)}
			for s.from < s.to && r.buf[s.from] == ' ' {
				s.from++
			}
			for s.from < s.to && r.buf[s.to-1] == ' ' {
				s.to--
			}
			if s.from == s.to {
				return 0
			}
			names[n] = s
			n++
		case c == ',':
			start, named = i+1, false
		}
	}
	return n
}

package evidence

import (
	"strings"
)

// This file reads the values of objects: lists, words, calls.

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

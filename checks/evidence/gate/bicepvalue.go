package gate

import (
	"strings"
)

// This file parses the values of Bicep that hold others: texts with values in
// them, objects, lists, loops, resources in resources.

// quoted parses a text with what is put into it.
func (p *exprParser) quoted() *expr {
	e := &expr{op: opString, line: p.line}
	if p.at("'''") {
		end := strings.Index(p.s[p.i+3:], "'''")
		if end < 0 {
			p.fail("a text in ''' has no end")
		}
		e.text = strings.TrimPrefix(p.s[p.i+3:p.i+3+end], "\n")
		p.line += strings.Count(p.s[p.i:p.i+6+end], "\n")
		p.i += 6 + end
		return e
	}
	p.i++
	var b strings.Builder
	for {
		if p.i >= len(p.s) || p.s[p.i] == '\n' {
			p.fail("a text has no end on its line")
		}
		switch c := p.s[p.i]; {
		case c == '\'' && p.arm && p.at("''"):
			b.WriteByte('\'')
			p.i += 2
		case c == '\'':
			p.i++
			if len(e.args) == 0 {
				e.text = b.String()
			} else {
				e.args = append(e.args, &expr{op: opString, text: b.String(), line: p.line})
			}
			return e
		case c == '\\' && !p.arm && p.i+1 < len(p.s):
			p.i++
			switch p.s[p.i] {
			case 'n':
				b.WriteByte('\n')
			case 't':
				b.WriteByte('\t')
			case 'r':
				b.WriteByte('\r')
			default:
				b.WriteByte(p.s[p.i])
			}
			p.i++
		case c == '$' && p.at("${") && !p.arm:
			e.args = append(e.args, &expr{op: opString, text: b.String(), line: p.line})
			b.Reset()
			p.i += 2
			p.wrap++
			e.args = append(e.args, p.expression())
			p.space(true)
			p.wrap--
			p.want("}")
		default:
			b.WriteByte(c)
			p.i++
		}
	}
}

// separator takes what stands between members: line breaks and commas.
func (p *exprParser) separator() {
	for {
		p.space(true)
		if !p.at(",") {
			return
		}
		p.i++
	}
}

func (p *exprParser) object() *expr {
	e := &expr{op: opObject, line: p.line}
	p.i++
	wrap := p.wrap
	p.wrap = 0
	defer func() { p.wrap = wrap }()
	for {
		p.separator()
		if p.i >= len(p.s) {
			p.fail("an object has no end")
		}
		if p.at("}") {
			p.i++
			return e
		}
		if p.at("...") {
			p.i += 3
			e.keys = append(e.keys, nil)
			e.args = append(e.args, p.expression())
			continue
		}
		if p.at("@") { // a decorator of a resource inside
			p.i++
			p.expression()
			continue
		}
		var key *expr
		if p.at("'") {
			key = p.quoted()
		} else if p.resourceAhead() {
			p.i += len("resource")
			p.inner = append(p.inner, p.resource())
			continue
		} else {
			key = &expr{op: opString, line: p.line, text: p.name()}
		}
		p.want(":")
		p.space(true)
		e.keys = append(e.keys, key)
		e.args = append(e.args, p.body())
	}
}

// resourceAhead: a resource is declared inside another.
func (p *exprParser) resourceAhead() bool {
	rest, ok := strings.CutPrefix(p.s[p.i:], "resource ")
	if !ok {
		return false
	}
	rest = strings.TrimLeft(rest, " ")
	n := 0
	for n < len(rest) && isWordByte(rest[n]) {
		n++
	}
	return n > 0 && strings.HasPrefix(strings.TrimLeft(rest[n:], " "), "'")
}

// resource reads a declaration behind its first word.
func (p *exprParser) resource() *declaration {
	d := &declaration{name: p.name(), line: p.line}
	p.space(false)
	kind := p.quoted()
	d.kind, _, _ = strings.Cut(strings.ToLower(kind.text), "@")
	p.space(false)
	if p.at("existing") {
		p.i += len("existing")
		d.existing = true
	}
	p.want("=")
	p.space(true)
	before := len(p.inner)
	d.body = p.body()
	for _, in := range p.inner[before:] {
		if !strings.Contains(in.kind, ".") { // its type goes on from this one's
			in.kind = d.kind + "/" + in.kind
			in.parent = d.name
		}
	}
	return d
}

// body is an expression, or one with a condition or a loop before it.
func (p *exprParser) body() *expr {
	p.space(false)
	if p.at("if") && p.i+2 < len(p.s) && !isWordByte(p.s[p.i+2]) {
		line := p.line
		p.i += 2
		p.want("(")
		p.wrap++
		c := p.expression()
		p.space(true)
		p.wrap--
		p.want(")")
		p.space(true)
		return &expr{op: opIf, args: []*expr{c, p.body()}, line: line}
	}
	return p.expression()
}

func (p *exprParser) array() *expr {
	e := &expr{op: opArray, line: p.line}
	p.i++
	wrap := p.wrap
	p.wrap = 0
	defer func() { p.wrap = wrap }()
	p.space(true)
	if p.at("for") && p.i+3 < len(p.s) && !isWordByte(p.s[p.i+3]) {
		return p.loop()
	}
	for {
		p.separator()
		if p.i >= len(p.s) {
			p.fail("a list has no end")
		}
		if p.at("]") {
			p.i++
			return e
		}
		if p.at("...") {
			p.i += 3
		}
		e.args = append(e.args, p.expression())
	}
}

// loop parses for x in xs: body, or for (x, i) in xs: body.
func (p *exprParser) loop() *expr {
	e := &expr{op: opFor, line: p.line}
	p.i += 3
	if p.take("(") {
		e.params = append(e.params, p.name())
		p.want(",")
		e.params = append(e.params, p.name())
		p.want(")")
	} else {
		e.params = append(e.params, p.name())
	}
	if word := p.name(); word != "in" {
		p.fail("%q stands where in is wanted", shown(word))
	}
	e.args = append(e.args, p.expression())
	p.want(":")
	p.space(true)
	e.args = append(e.args, p.body())
	p.space(true)
	p.want("]")
	return e
}

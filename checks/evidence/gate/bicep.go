package gate

import (
	"errors"
	"strings"
)

// This file reads Bicep files with resources of the Microsoft Graph extension.

// bicep reads one file.
func (p *Piece) bicep(text string) []error {
	if len(text) > maxTerraform {
		return []error{problem(p.File, 0, errLong)}
	}
	s, problems := parseBicep(p.File, text)
	p.graphResources(s, "Bicep")
	return problems
}

func newScope() *scope {
	left := maxSteps
	return &scope{names: map[string]*expr{}, decls: map[string]*declaration{}, values: map[string]*Value{}, busy: map[string]bool{}, left: &left}
}

// parseBicep reads declarations. A statement that cannot be read is a problem,
// and reading goes on with the next.
func parseBicep(file, text string) (*scope, []error) {
	s := newScope()
	var problems []error
	p := &exprParser{s: text, line: 1}
	for p.i < len(p.s) {
		start, line := p.i, p.line
		if err := p.statement(s); err != nil {
			problems = append(problems, problem(file, p.line, err))
			p.i, p.line = start, line
		}
		p.skipLine(start)
	}
	return s, problems
}

// skipLine goes to the next line at which a statement can begin. A statement
// that was not read is left line by line.
func (p *exprParser) skipLine(start int) {
	if p.i == start || p.i < len(p.s) && p.s[p.i] != '\n' {
		j := strings.IndexByte(p.s[p.i:], '\n')
		if j < 0 {
			p.i = len(p.s)
			return
		}
		p.i += j
	}
	if p.i < len(p.s) {
		p.i++
		p.line++
	}
}

func (p *exprParser) statement(s *scope) (err error) {
	defer func() {
		if e := recover(); e != nil {
			var known exprError
			if x, ok := e.(exprError); ok && errors.As(x, &known) {
				err = known.error
				return
			}
			panic(e)
		}
		p.wrap, p.depth = 0, 0
	}()
	p.space(true)
	if p.i >= len(p.s) || p.at("}") || p.at("]") {
		return nil
	}
	if p.at("@") {
		p.i++
		p.expression()
		return nil
	}
	j := p.i
	for j < len(p.s) && isWordByte(p.s[j]) {
		j++
	}
	word := p.s[p.i:j]
	line := p.line
	switch word {
	case "param", "var":
		p.i = j
		name := p.name()
		if p.toEquals() {
			p.space(true)
			s.names[name] = p.body()
		}
	case "resource":
		p.i = j
		p.inner = nil
		d := p.resource()
		d.line = line
		s.decls[d.name] = d
		for _, in := range p.inner {
			s.decls[in.name] = in
		}
	case "module", "output", "targetScope", "metadata", "using", "import", "extension", "provider", "func", "type", "assert", "extends":
		p.i = j
		p.skipBalanced()
	}
	return nil
}

// toEquals goes over a type to the equals sign of a default, and tells whether
// there is one.
func (p *exprParser) toEquals() bool {
	depth := 0
	for p.i < len(p.s) {
		switch c := p.s[p.i]; c {
		case '\'':
			p.quoted()
			continue
		case '{', '[', '(':
			depth++
		case '}', ']', ')':
			depth--
		case '=':
			if depth <= 0 {
				p.i++
				return true
			}
		case '\n':
			if depth <= 0 {
				return false
			}
			p.line++
		}
		p.i++
	}
	return false
}

// skipBalanced goes over a statement that says nothing here.
func (p *exprParser) skipBalanced() {
	depth := 0
	for p.i < len(p.s) {
		switch c := p.s[p.i]; {
		case c == '\'':
			p.quoted()
			continue
		case p.at("//") || p.at("/*"):
			p.space(false)
			continue
		case c == '{' || c == '[' || c == '(':
			depth++
		case c == '}' || c == ']' || c == ')':
			depth--
		case c == '\n':
			if depth <= 0 {
				return
			}
			p.line++
		}
		p.i++
	}
}

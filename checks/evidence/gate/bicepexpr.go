package gate

import (
	"fmt"
	"strconv"
	"strings"
)

// This file parses expressions of Bicep, and those in brackets of ARM
// templates, which are a part of the same language.

// An expr is an expression. What its parts mean depends on op.
type expr struct {
	op     exprOp
	text   string // of a literal; the name of a name, member, call, operator or parameter
	args   []*expr
	keys   []*expr // of an object, one for each of args
	params []string
	line   int
}

type exprOp uint8

const (
	opString exprOp = iota // args are what stands between the pieces of a text
	opWord                 // number, true, false, null
	opName
	opMember // args[0].text
	opIndex  // args[0][args[1]]
	opCall   // text(args); a method where keys[0] is the object
	opArray
	opObject
	opFor // for params in args[0]: args[1]; args[2] a filter, or nothing
	opIf  // if (args[0]) args[1]
	opChoice
	opBinary
	opUnary
	opLambda
)

type exprParser struct {
	s     string
	i     int
	line  int
	depth int
	wrap  int  // inside parentheses line breaks are blanks
	arm   bool // an ARM expression: quotes are doubled, not escaped

	inner []*declaration // resources declared inside others
}

type exprError struct{ error }

func (p *exprParser) fail(format string, args ...any) {
	panic(exprError{fmt.Errorf(format, args...)})
}

// space skips blanks and comments, and line breaks where nl is set.
func (p *exprParser) space(nl bool) {
	for p.i < len(p.s) {
		switch c := p.s[p.i]; {
		case c == '\n':
			if !nl && p.wrap == 0 {
				return
			}
			p.line++
			p.i++
		case c == ' ' || c == '\t' || c == '\r':
			p.i++
		case strings.HasPrefix(p.s[p.i:], "//"):
			for p.i < len(p.s) && p.s[p.i] != '\n' {
				p.i++
			}
		case strings.HasPrefix(p.s[p.i:], "/*"):
			j := strings.Index(p.s[p.i:], "*/")
			if j < 0 {
				j = len(p.s) - p.i - 2
			}
			p.line += strings.Count(p.s[p.i:p.i+j+2], "\n")
			p.i += j + 2
		default:
			return
		}
	}
}

func (p *exprParser) at(s string) bool { return strings.HasPrefix(p.s[p.i:], s) }

func (p *exprParser) take(s string) bool {
	p.space(false)
	if p.at(s) {
		p.i += len(s)
		return true
	}
	return false
}

func (p *exprParser) want(s string) {
	if !p.take(s) {
		p.fail("%s stands where %q is wanted", p.near(), s)
	}
}

func (p *exprParser) near() string {
	if p.i >= len(p.s) {
		return "the end"
	}
	t := p.s[p.i:min(len(p.s), p.i+12)]
	if j := strings.IndexAny(t, "\r\n"); j > 0 {
		t = t[:j]
	}
	return strconv.Quote(shown(strings.ToValidUTF8(t, "")))
}

// enter bounds how deep expressions nest.
func (p *exprParser) enter() func() {
	if p.depth++; p.depth > 4*maxNesting {
		p.fail("%v", errDeep)
	}
	return func() { p.depth-- }
}

// operators by how tightly they bind, the loosest first.
var operators = [...][]string{{"??"}, {"||"}, {"&&"}, {"==", "!=", "=~", "!~"}, {"<=", ">=", "<", ">"}, {"+", "-"}, {"*", "/", "%"}}

func (p *exprParser) expression() *expr {
	defer p.enter()()
	e := p.binary(0)
	p.space(false)
	if p.at("?") && !p.at("??") && !p.at("?.") && !p.at("?[") {
		p.i++
		p.space(true)
		a := p.expression()
		p.space(true)
		p.want(":")
		p.space(true)
		return &expr{op: opChoice, args: []*expr{e, a, p.expression()}, line: e.line}
	}
	return e
}

func (p *exprParser) binary(level int) *expr {
	if level == len(operators) {
		return p.unary()
	}
	e := p.binary(level + 1)
	for {
		op := p.operator(level)
		if op == "" {
			return e
		}
		p.space(true)
		e = &expr{op: opBinary, text: op, args: []*expr{e, p.binary(level + 1)}, line: e.line}
	}
}

func (p *exprParser) operator(level int) string {
	p.space(false)
	for _, op := range operators[level] {
		if p.at(op) && !(op == "-" && p.arm) && !(op == "<" && p.at("<<")) {
			p.i += len(op)
			return op
		}
	}
	return ""
}

func (p *exprParser) unary() *expr {
	defer p.enter()()
	p.space(false)
	if p.at("!") && !p.at("!=") && !p.at("!~") || p.at("-") {
		op := p.s[p.i : p.i+1]
		p.i++
		return &expr{op: opUnary, text: op, args: []*expr{p.unary()}, line: p.line}
	}
	return p.postfix(p.primary())
}

func (p *exprParser) postfix(e *expr) *expr {
	for {
		switch {
		case p.at("!.") || p.at("![") || p.at("?.") || p.at("::"):
			p.i++
			if p.at(":") {
				p.i++
				e = &expr{op: opMember, text: p.name(), args: []*expr{e}, line: p.line}
			}
		case p.at("!") && !p.at("!=") && !p.at("!~"):
			p.i++
		case p.at("?[") || p.at(".?"):
			p.i++
			if p.at("?") {
				p.i++
				e = p.member(e)
			}
		case p.at("."):
			p.i++
			if p.at("?") {
				p.i++
			}
			e = p.member(e)
		case p.at("["):
			p.i++
			p.wrap++
			if p.at("?") {
				p.i++
			}
			i := p.expression()
			p.space(true)
			p.wrap--
			p.want("]")
			e = &expr{op: opIndex, args: []*expr{e, i}, line: e.line}
		default:
			return e
		}
	}
}

func (p *exprParser) member(e *expr) *expr {
	name := p.name()
	if p.at("(") {
		c := p.call(name)
		c.keys = []*expr{e}
		return c
	}
	return &expr{op: opMember, text: name, args: []*expr{e}, line: p.line}
}

func isWordByte(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func (p *exprParser) name() string {
	p.space(false)
	j := p.i
	for j < len(p.s) && isWordByte(p.s[j]) {
		j++
	}
	if j == p.i {
		p.fail("%s stands where a name is wanted", p.near())
	}
	name := p.s[p.i:j]
	p.i = j
	return name
}

func (p *exprParser) primary() *expr {
	defer p.enter()()
	p.space(false)
	if p.i >= len(p.s) {
		p.fail("the expression ends too early")
	}
	line := p.line
	switch c := p.s[p.i]; {
	case c == '\'':
		return p.quoted()
	case c == '{':
		return p.object()
	case c == '[':
		return p.array()
	case c == '(':
		if e := p.lambda(); e != nil {
			return e
		}
		p.i++
		p.wrap++
		e := p.expression()
		p.space(true)
		p.wrap--
		p.want(")")
		return e
	case c >= '0' && c <= '9':
		return &expr{op: opWord, text: p.name(), line: line}
	}
	name := p.name()
	switch {
	case name == "true" || name == "false" || name == "null":
		return &expr{op: opWord, text: name, line: line}
	case p.at("("):
		return p.call(name)
	}
	save, saveLine := p.i, p.line
	if p.take("=>") {
		p.space(true)
		return &expr{op: opLambda, params: []string{name}, args: []*expr{p.expression()}, line: line}
	}
	p.i, p.line = save, saveLine
	return &expr{op: opName, text: name, line: line}
}

// lambda tries (a, b) => body.
func (p *exprParser) lambda() *expr {
	end := strings.IndexByte(p.s[p.i:min(len(p.s), p.i+200)], ')')
	if end < 0 {
		return nil
	}
	inner := p.s[p.i+1 : p.i+end]
	after := strings.TrimLeft(p.s[p.i+end+1:min(len(p.s), p.i+end+20)], " \t")
	if strings.ContainsAny(inner, "('\"[{\n") || !strings.HasPrefix(after, "=>") {
		return nil
	}
	var params []string
	for name := range strings.SplitSeq(inner, ",") {
		params = append(params, strings.TrimSpace(name))
	}
	line := p.line
	p.i += end + 1
	p.want("=>")
	p.space(true)
	return &expr{op: opLambda, params: params, args: []*expr{p.expression()}, line: line}
}

func (p *exprParser) call(name string) *expr {
	e := &expr{op: opCall, text: name, line: p.line}
	p.i++ // (
	p.wrap++
	for {
		p.space(true)
		if p.at(")") {
			p.i++
			p.wrap--
			return e
		}
		e.args = append(e.args, p.expression())
		p.space(true)
		if !p.take(",") && !p.at(")") {
			p.fail("%s stands where a comma or ) is wanted", p.near())
		}
	}
}

package gate

import (
	"strings"
)

// This file reads the ARM templates that Bicep is compiled to.

// isTemplate tells an ARM template with resources of Microsoft Graph.
func isTemplate(v *Value) bool {
	return v.Has("resources") && strings.Contains(strings.ToLower(v.Str("$schema")), "deploymenttemplate")
}

// template reads an ARM template as Bicep compiles it.
func (p *Piece) template(v *Value) {
	s := newScope()
	for _, f := range v.Get("parameters").fields() {
		if d := f.Value.Get("defaultValue"); d != nil {
			s.names[f.Name] = armExpr(d)
		}
	}
	for _, f := range v.Get("variables").fields() {
		s.names[f.Name] = armExpr(f.Value)
	}
	add := func(name string, r *Value) {
		kind, _, _ := strings.Cut(strings.ToLower(r.Str("type")), "@")
		if kind == "microsoft.resources/deployments" {
			if inner := r.Get("properties", "template"); isTemplate(inner) {
				p.template(inner)
			}
			return
		}
		body := r.Get("properties")
		if body == nil {
			body = r
		}
		s.decls[name] = &declaration{name: name, kind: kind, existing: r.True("existing"), body: armExpr(body), line: r.Line}
	}
	switch rs := v.Get("resources"); {
	case rs.is(Object):
		for _, f := range rs.Fields {
			add(f.Name, f.Value)
		}
	case rs.is(List):
		for i, r := range rs.Items {
			add(cmpName(r.Str("name"), i), r)
		}
	}
	p.graphResources(s, "ARM template")
}

// armExpr makes an expression of a value in which texts in brackets are
// expressions.
func armExpr(v *Value) *expr {
	switch v.Kind {
	case String:
		if t := v.Text; strings.HasPrefix(t, "[") && strings.HasSuffix(t, "]") && !strings.HasPrefix(t, "[[") {
			return parseARM(t[1:len(t)-1], v.Line)
		}
		text := v.Text
		if strings.HasPrefix(text, "[[") {
			text = text[1:]
		}
		return &expr{op: opString, text: text, line: v.Line}
	case Object:
		e := &expr{op: opObject, line: v.Line}
		for _, f := range v.Fields {
			e.keys = append(e.keys, &expr{op: opString, text: f.Name, line: v.Line})
			e.args = append(e.args, armExpr(f.Value))
		}
		return e
	case List:
		e := &expr{op: opArray, line: v.Line}
		for _, it := range v.Items {
			e.args = append(e.args, armExpr(it))
		}
		return e
	case Null:
		return &expr{op: opWord, text: "null", line: v.Line}
	}
	return &expr{op: opWord, text: v.Text, line: v.Line}
}

func parseARM(text string, line int) (e *expr) {
	defer func() {
		if x := recover(); x != nil {
			if _, ok := x.(exprError); !ok {
				panic(x)
			}
			e = &expr{op: opName, text: "an expression", line: line}
		}
	}()
	p := &exprParser{s: text, line: line, arm: true}
	e = p.expression()
	setLine(e, line)
	return e
}

// setLine puts a whole expression on its one line.
func setLine(e *expr, line int) {
	if e == nil {
		return
	}
	e.line = line
	for _, list := range [][]*expr{e.args, e.keys} {
		for _, a := range list {
			setLine(a, line)
		}
	}
}

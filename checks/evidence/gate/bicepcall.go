package gate

import (
	"strconv"
	"strings"
)

// This file computes the functions of Bicep and ARM that decide which
// permissions are meant: those that filter and join lists, and make texts.

// call computes the functions that manifests use.
func (s *scope) call(e *expr) *Value {
	if len(e.keys) > 0 { // a method: its object decides nothing here
		return unresolved(e, e.text+"()")
	}
	arg := func(i int) *Value {
		if i < len(e.args) {
			return s.eval(e.args[i])
		}
		return &Value{}
	}
	switch strings.ToLower(e.text) {
	case "filter":
		return s.filter(e, arg(0))
	case "map":
		return s.mapped(e, arg(0))
	case "first", "last", "any", "single":
		v := arg(0)
		if v.is(List) && len(v.Items) > 0 {
			return v.Items[0]
		}
		return v
	case "union", "concat", "flatten":
		return s.joined(e)
	case "array":
		if v := arg(0); v.is(List) {
			return v
		}
		return &Value{Kind: List, Items: []*Value{arg(0)}, Line: e.line}
	case "createarray":
		return s.eval(&expr{op: opArray, args: e.args, line: e.line})
	case "createobject":
		o := &expr{op: opObject, line: e.line}
		for i := 0; i+1 < len(e.args); i += 2 {
			o.keys, o.args = append(o.keys, e.args[i]), append(o.args, e.args[i+1])
		}
		return s.eval(o)
	case "tolower", "toupper":
		if v := arg(0); v.is(String) {
			if strings.EqualFold(e.text, "tolower") {
				return Text(strings.ToLower(v.Text), e.line)
			}
			return Text(strings.ToUpper(v.Text), e.line)
		}
	case "format":
		return s.format(e)
	case "if":
		return s.eval(&expr{op: opChoice, args: append(e.args[:len(e.args):len(e.args)], nil, nil, nil)[:3], line: e.line})
	case "equals":
		if len(e.args) == 2 {
			return s.binary(&expr{op: opBinary, text: "==", args: e.args, line: e.line})
		}
	case "parameters", "variables", "lambdavariables":
		if v := arg(0); v.is(String) {
			return s.name(&expr{op: opName, text: v.Text, line: e.line})
		}
	case "reference":
		if v := arg(0); v.is(String) && s.decls[v.Text] != nil {
			return s.symbol(s.decls[v.Text], "", e.line)
		}
	case "split":
		if v, by := arg(0), arg(1); v.is(String) && by.is(String) && by.Text != "" {
			out := &Value{Kind: List, Line: e.line}
			for part := range strings.SplitSeq(v.Text, by.Text) {
				out.Items = append(out.Items, Text(part, e.line))
			}
			return out
		}
	case "join":
		if v, by := arg(0), arg(1); v.is(List) {
			var parts []string
			n := 0
			for _, it := range v.Items {
				if n += len(it.text()) + len(by.Text); n > maxText {
					return unresolved(e, "a long text")
				}
				parts = append(parts, it.text())
			}
			return Text(strings.Join(parts, by.Text), e.line)
		}
	}
	return unresolved(e, e.text+"()")
}

// lambdaOf is a function given to filter or map, in either spelling.
func lambdaOf(e *expr) (param string, body *expr) {
	if e.op == opLambda && len(e.params) > 0 {
		return e.params[0], e.args[0]
	}
	if e.op == opCall && strings.EqualFold(e.text, "lambda") && len(e.args) == 2 {
		return e.args[0].text, e.args[1]
	}
	return "", nil
}

// filter picks entries. Of an API's list, which is not known, it gives the
// entries by the names that the condition asks for.
func (s *scope) filter(e *expr, from *Value) *Value {
	if len(e.args) < 2 {
		return unresolved(e, "filter()")
	}
	param, body := lambdaOf(e.args[1])
	if body == nil {
		return unresolved(e, "filter()")
	}
	if from.is(List) {
		out := &Value{Kind: List, Line: e.line}
		for _, it := range from.Items {
			if c := s.with([]string{param}, it).eval(body); !c.is(Bool) || c.Text == "true" {
				out.Items = append(out.Items, it)
			}
		}
		return out
	}
	if !from.Has(markAll) {
		return unresolved(e, "filter()")
	}
	names, many := s.asked(param, body)
	if len(names) == 0 {
		return unresolved(e, "filter()")
	}
	out := &Value{Kind: List, Line: e.line}
	for _, n := range names {
		out.Items = append(out.Items, NamedPermission(from.Str("#api"), from.Str(markAll), n.Text, max(n.Line, e.line)))
	}
	if !many {
		return out.Items[0]
	}
	return out
}

// asked are the names that a condition on an entry's value allows: x.value ==
// 'Mail.Read', contains(names, x.value).
func (s *scope) asked(param string, c *expr) (names []*Value, many bool) {
	isValue := func(e *expr) bool {
		return e.op == opMember && strings.EqualFold(e.text, "value") && (e.args[0].text == param || e.args[0].op == opCall && len(e.args[0].args) == 1 && e.args[0].args[0].text == param)
	}
	args := c.args
	switch {
	case c.op == opBinary && (c.text == "==" || c.text == "=~"), c.op == opCall && strings.EqualFold(c.text, "equals") && len(args) == 2:
		for i, a := range args {
			if isValue(a) {
				if v := s.eval(args[1-i]); v.is(String) {
					return []*Value{v}, false
				}
			}
		}
	case c.op == opCall && strings.EqualFold(c.text, "contains") && len(args) == 2 && isValue(args[1]):
		if v := s.eval(args[0]); v.is(List) {
			for _, it := range v.Items {
				if it.is(String) {
					names = append(names, it)
				}
			}
			return names, true
		}
	case c.op == opBinary && (c.text == "&&" || c.text == "||"), c.op == opCall && (strings.EqualFold(c.text, "and") || strings.EqualFold(c.text, "or")):
		for _, a := range args {
			more, _ := s.asked(param, a)
			names = append(names, more...)
		}
		return names, len(names) > 1
	}
	return nil, false
}

func (s *scope) mapped(e *expr, from *Value) *Value {
	if len(e.args) < 2 {
		return unresolved(e, "map()")
	}
	param, body := lambdaOf(e.args[1])
	if from.Has("#permission") {
		from = &Value{Kind: List, Items: []*Value{from}, Line: from.Line}
	}
	if body == nil || !from.is(List) {
		return unresolved(e, "map()")
	}
	out := &Value{Kind: List, Line: e.line}
	for _, it := range from.Items {
		out.Items = append(out.Items, s.with([]string{param}, it).eval(body))
	}
	return out
}

// joined puts lists together, or texts.
func (s *scope) joined(e *expr) *Value {
	out := &Value{Kind: List, Line: e.line}
	text := ""
	texts := true
	var add func(v *Value, deep bool)
	add = func(v *Value, deep bool) {
		if !v.is(String) {
			texts = false
		}
		if v.is(List) {
			for _, it := range v.Items {
				if deep && it.is(List) {
					add(it, false)
				} else if len(out.Items) < maxItems {
					out.Items = append(out.Items, it)
				}
			}
			return
		}
		if len(text)+len(v.Text) <= maxText && len(out.Items) < maxItems {
			text += v.Text
			out.Items = append(out.Items, v)
		}
	}
	for _, a := range e.args {
		add(s.eval(a), strings.EqualFold(e.text, "flatten"))
	}
	if texts && strings.EqualFold(e.text, "concat") {
		return Text(text, e.line)
	}
	return out
}

// format fills {0}, {1} ... with values.
func (s *scope) format(e *expr) *Value {
	if len(e.args) == 0 {
		return unresolved(e, "format()")
	}
	f := s.eval(e.args[0])
	if !f.is(String) {
		return f
	}
	text := f.Text
	for i, a := range e.args[1:] {
		v := s.eval(a)
		by := "${{x}}"
		if v.is(String) || v.is(Number) || v.is(Bool) {
			by = v.Text
		}
		at := "{" + strconv.Itoa(i) + "}"
		if len(text)+strings.Count(text, at)*len(by) > maxText {
			return unresolved(e, "a long text")
		}
		text = strings.ReplaceAll(text, at, by)
	}
	return Text(text, e.line)
}

package gate

import (
	"strconv"
	"strings"
)

// This file computes expressions of Bicep and ARM as far as they can be known
// before deployment. What cannot is Unresolved, and is counted where it matters.
// References to resources stay symbols, so that a permission that is looked up
// by name in an API's list is known by that name.

// A scope is what names stand for.
type scope struct {
	names  map[string]*expr  // variables, parameters with a default
	values map[string]*Value // of loops and lambdas
	decls  map[string]*declaration
	outer  *scope
	left   *int // steps left
	busy   map[string]bool
}

// A declaration is a resource.
type declaration struct {
	name, kind string // kind is its type without the version: microsoft.graph/applications
	existing   bool
	body       *expr
	line       int
	parent     string // the resource that it is declared in
}

// maxSteps bounds the work of one file.
const maxSteps = 200_000

// Bounds of one value.
const (
	maxText  = 64 << 10
	maxItems = 20_000
)

// Marks of symbols, as names of members of an object.
const (
	markResource = "#resource" // a resource, by its name
	markPath     = "#path"     // what of it
	markAll      = "#all"      // the list of all app roles or scopes of an API
)

func unresolved(e *expr, text string) *Value {
	return &Value{Kind: Unresolved, Text: text, Line: e.line}
}

func (s *scope) with(names []string, values ...*Value) *scope {
	in := &scope{names: s.names, decls: s.decls, outer: s, left: s.left, busy: s.busy, values: map[string]*Value{}}
	for i, n := range names {
		if i < len(values) {
			in.values[n] = values[i]
		}
	}
	return in
}

func (s *scope) value(name string) *Value {
	for at := s; at != nil; at = at.outer {
		if v, ok := at.values[name]; ok {
			return v
		}
	}
	return nil
}

// eval computes an expression; it never returns nil.
func (s *scope) eval(e *expr) *Value {
	if *s.left--; *s.left < 0 || e == nil {
		return &Value{Kind: Unresolved, Text: "too much to compute"}
	}
	switch e.op {
	case opString:
		return s.text(e)
	case opWord:
		switch e.text {
		case "null":
			return &Value{Line: e.line}
		case "true", "false":
			return &Value{Kind: Bool, Text: e.text, Line: e.line}
		}
		return &Value{Kind: Number, Text: e.text, Line: e.line}
	case opName:
		return s.name(e)
	case opMember:
		return s.member(e, s.eval(e.args[0]), e.text)
	case opIndex:
		return s.index(e)
	case opCall:
		return s.call(e)
	case opArray:
		v := &Value{Kind: List, Line: e.line}
		for _, a := range e.args {
			v.Items = append(v.Items, s.eval(a))
		}
		return v
	case opObject:
		return s.object(e)
	case opFor:
		return s.loop(e)
	case opIf:
		if c := s.eval(e.args[0]); c.is(Bool) && c.Text == "false" {
			return &Value{Line: e.line}
		}
		return s.eval(e.args[1]) // what may be deployed is judged
	case opChoice:
		switch c := s.eval(e.args[0]); {
		case c.is(Bool) && c.Text == "true":
			return s.eval(e.args[1])
		case c.is(Bool):
			return s.eval(e.args[2])
		}
		return unresolved(e, "a condition")
	case opBinary:
		return s.binary(e)
	case opUnary:
		if v := s.eval(e.args[0]); e.text == "!" && v.is(Bool) {
			return &Value{Kind: Bool, Text: strconv.FormatBool(v.Text != "true"), Line: e.line}
		}
	}
	return unresolved(e, "an expression")
}

func (s *scope) text(e *expr) *Value {
	if len(e.args) == 0 {
		return Text(e.text, e.line)
	}
	var b strings.Builder
	open := false
	for _, a := range e.args {
		switch v := s.eval(a); v.Kind {
		case String, Number, Bool:
			b.WriteString(v.Text)
		default:
			b.WriteString("${{x}}") // read as a placeholder
			open = true
		}
		if b.Len() > maxText {
			return unresolved(e, "a long text")
		}
	}
	if b.String() == "${{x}}" && open {
		return unresolved(e, "a text")
	}
	return Text(b.String(), e.line)
}

func (s *scope) name(e *expr) *Value {
	if v := s.value(e.text); v != nil {
		return v
	}
	if d := s.decls[e.text]; d != nil {
		return s.symbol(d, "", e.line)
	}
	if in := s.names[e.text]; in != nil && !s.busy[e.text] {
		s.busy[e.text] = true // a name that stands for itself has no value
		defer delete(s.busy, e.text)
		v := *s.top().eval(in)
		return &v
	}
	return unresolved(e, e.text)
}

func (s *scope) top() *scope {
	for s.outer != nil {
		s = s.outer
	}
	return s
}

// symbol is a reference to a resource, or to something of it.
func (s *scope) symbol(d *declaration, path string, line int) *Value {
	v := &Value{Kind: Object, Line: line}
	v.set(markResource, Text(d.name, line))
	v.set(markPath, Text(path, line))
	return v
}

func (s *scope) member(e *expr, of *Value, name string) *Value {
	if of.Has("#permission") { // of an entry of an API's list
		if strings.EqualFold(name, "value") {
			return Text(of.Str("#permission"), e.line)
		}
		return of
	}
	if of.Has(markAll) {
		return of
	}
	if d := s.decls[of.Str(markResource)]; d != nil {
		return s.ofResource(e, d, strings.TrimPrefix(of.Str(markPath)+"."+name, "."))
	}
	if v := of.Get(name); v != nil {
		return v
	}
	if of.is(Object) {
		return &Value{Line: e.line}
	}
	return unresolved(e, name)
}

// ofResource is something of a resource: the lists of an API stay symbols, what
// its declaration says is computed.
func (s *scope) ofResource(e *expr, d *declaration, path string) *Value {
	list := map[string]string{"appRoles": "Role", "oauth2PermissionScopes": "Scope"}[path]
	if list != "" && d.kind == "microsoft.graph/serviceprincipals" {
		v := &Value{Kind: Object, Line: e.line}
		v.set(markAll, Text(list, e.line))
		v.set("#api", Text(s.eval(s.property(d, "appId")).Text, e.line))
		return v
	}
	if p := s.property(d, path); p != nil && !s.busy[d.name+"."+path] {
		s.busy[d.name+"."+path] = true
		defer delete(s.busy, d.name+"."+path)
		if v := s.top().eval(p); v.Kind != Unresolved {
			return v
		}
	}
	return s.symbol(d, path, e.line)
}

// property is the expression of a property in a declaration.
func (s *scope) property(d *declaration, name string) *expr {
	b := d.body
	for b != nil && b.op == opIf {
		b = b.args[1]
	}
	if b == nil || b.op != opObject {
		return nil
	}
	for i, k := range b.keys {
		if k != nil && strings.EqualFold(k.text, name) {
			return b.args[i]
		}
	}
	return nil
}

func (s *scope) index(e *expr) *Value {
	of, i := s.eval(e.args[0]), s.eval(e.args[1])
	switch {
	case of.Has("#permission"):
		if i.is(String) {
			return s.member(e, of, i.Text)
		}
		return of // the one entry that a filter left
	case i.is(String):
		return s.member(e, of, i.Text)
	case of.is(List) && i.is(Number):
		if n, err := strconv.Atoi(i.Text); err == nil && n >= 0 && n < len(of.Items) {
			return of.Items[n]
		}
	case of.Has(markResource):
		return of // one of a loop
	}
	return unresolved(e, "an index")
}

func (s *scope) object(e *expr) *Value {
	v := &Value{Kind: Object, Line: e.line}
	for i, k := range e.keys {
		x := s.eval(e.args[i])
		if k == nil {
			v.Fields = append(v.Fields, x.fields()...)
			continue
		}
		if key := s.eval(k); key.is(String) {
			v.Fields = append(v.Fields, Field{key.Text, x})
		}
	}
	return v
}

func (s *scope) loop(e *expr) *Value {
	over := s.eval(e.args[0])
	if !over.is(List) {
		return unresolved(e, "a loop")
	}
	v := &Value{Kind: List, Line: e.line}
	for i, it := range over.Items {
		v.Items = append(v.Items, s.with(e.params, it, &Value{Kind: Number, Text: strconv.Itoa(i)}).eval(e.args[1]))
	}
	return v
}

func (s *scope) binary(e *expr) *Value {
	a, b := s.eval(e.args[0]), s.eval(e.args[1])
	truth := func(t bool) *Value { return &Value{Kind: Bool, Text: strconv.FormatBool(t), Line: e.line} }
	scalar := func(v *Value) bool { return v.is(String) || v.is(Number) || v.is(Bool) }
	switch e.text {
	case "==", "=~":
		if scalar(a) && scalar(b) {
			return truth(a.Text == b.Text || e.text == "=~" && strings.EqualFold(a.Text, b.Text))
		}
	case "!=", "!~":
		if scalar(a) && scalar(b) {
			return truth(a.Text != b.Text)
		}
	case "&&":
		if a.is(Bool) && b.is(Bool) {
			return truth(a.Text == "true" && b.Text == "true")
		}
	case "||":
		if a.is(Bool) && b.is(Bool) {
			return truth(a.Text == "true" || b.Text == "true")
		}
	case "??":
		if a.Kind == Null {
			return b
		}
		return a
	}
	return unresolved(e, e.text)
}

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

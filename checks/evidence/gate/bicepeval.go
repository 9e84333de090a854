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

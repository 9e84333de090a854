package gate

import (
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// This file turns expressions and values of Terraform into the tree that every
// manifest is read into, and finds what they refer to.

// tree turns an expression into a tree with its lines. What the code writes out
// keeps the line of each part; what is computed has the expression's.
func (e *tfEval) tree(x hclsyntax.Expression, it *iteration) *Value {
	line := x.StartRange().Start.Line
	switch x := x.(type) {
	case *hclsyntax.TupleConsExpr:
		v := &Value{Kind: List, Line: line}
		for _, in := range x.Exprs {
			v.Items = append(v.Items, e.tree(in, it))
		}
		return v
	case *hclsyntax.ObjectConsExpr:
		v := &Value{Kind: Object, Line: line}
		for _, in := range x.Items {
			name := hcl.ExprAsKeyword(in.KeyExpr)
			if name == "" {
				name = textOf(e.value(in.KeyExpr, it))
			}
			v.Fields = append(v.Fields, Field{name, e.tree(in.ValueExpr, it)})
		}
		return v
	case *hclsyntax.TemplateExpr:
		return e.template(x, it)
	case *hclsyntax.ParenthesesExpr:
		return e.tree(x.Expression, it)
	case *hclsyntax.FunctionCallExpr:
		if v := e.callTree(x, it); v != nil {
			return v
		}
	}
	return ctyTree(e.value(x, it), line)
}

// callTree looks through functions that hand on what they are given, so that a
// part that is not known does not hide the others.
func (e *tfEval) callTree(x *hclsyntax.FunctionCallExpr, it *iteration) *Value {
	switch x.Name {
	case "jsonencode", "toset", "tolist", "distinct", "compact", "sort", "nonsensitive":
		if len(x.Args) == 1 {
			return e.tree(x.Args[0], it)
		}
	case "concat", "setunion", "flatten":
		out := &Value{Kind: List, Line: x.StartRange().Start.Line}
		for _, a := range x.Args {
			v := e.tree(a, it)
			if !v.is(List) {
				out.Items = append(out.Items, v)
				continue
			}
			for _, in := range v.Items {
				if x.Name == "flatten" && in.is(List) {
					out.Items = append(out.Items, in.Items...)
				} else {
					out.Items = append(out.Items, in)
				}
			}
		}
		return out
	}
	return nil
}

// template keeps what is known of a text with values in it.
func (e *tfEval) template(x *hclsyntax.TemplateExpr, it *iteration) *Value {
	line := x.StartRange().Start.Line
	var b strings.Builder
	known := false
	for _, p := range x.Parts {
		s := textOf(e.value(p, it))
		if s == "" {
			if l, ok := p.(*hclsyntax.LiteralValueExpr); ok && l.Val.Type() == cty.String {
				known = true
				continue
			}
			b.WriteString("${{x}}") // read as a placeholder
			continue
		}
		known = true
		b.WriteString(s)
	}
	if !known && len(x.Parts) > 0 {
		return &Value{Kind: Unresolved, Line: line}
	}
	return markedText(b.String(), line)
}

// markedText reads the mark of a permission looked up by name.
func markedText(s string, line int) *Value {
	if strings.HasPrefix(s, tfMark) {
		if parts := strings.Split(s, tfMark); len(parts) == 4 {
			return NamedPermission(parts[2], parts[1], parts[3], line)
		}
	}
	return Text(s, line)
}

func ctyTree(v cty.Value, line int) *Value {
	switch {
	case !v.IsKnown():
		return &Value{Kind: Unresolved, Line: line}
	case v.IsNull():
		return &Value{Line: line}
	}
	ty := v.Type()
	switch {
	case ty == cty.String:
		return markedText(v.AsString(), line)
	case ty == cty.Bool:
		return &Value{Kind: Bool, Text: strconv.FormatBool(v.True()), Line: line}
	case ty == cty.Number:
		return &Value{Kind: Number, Text: v.AsBigFloat().Text('f', -1), Line: line}
	case ty.IsObjectType() || ty.IsMapType():
		out := &Value{Kind: Object, Line: line}
		for i := v.ElementIterator(); i.Next(); {
			k, in := i.Element()
			out.Fields = append(out.Fields, Field{k.AsString(), ctyTree(in, line)})
		}
		return out
	case v.CanIterateElements():
		out := &Value{Kind: List, Line: line}
		for i := v.ElementIterator(); i.Next() && len(out.Items) < 10*maxInstances; {
			_, in := i.Element()
			out.Items = append(out.Items, ctyTree(in, line))
		}
		return out
	}
	return &Value{Kind: Unresolved, Line: line}
}

// references are the addresses of resources that an expression names, locals
// followed once.
func (e *tfEval) references(x hclsyntax.Expression, it *iteration) []string {
	var out []string
	for _, t := range x.Variables() {
		address := addressOf(t)
		switch {
		case strings.HasPrefix(address, "local."):
			for _, b := range e.module.blocks("locals") {
				if a := b.block.Body.Attributes[strings.TrimPrefix(address, "local.")]; a != nil {
					for _, t := range a.Expr.Variables() {
						out = append(out, addressOf(t))
					}
				}
			}
		case address != "":
			if it != nil && it.key != "" {
				out = append(out, address+"["+it.key+"]")
			}
			out = append(out, address)
		}
	}
	return out
}

// addressOf is type.name, or data.type.name, of a reference.
func addressOf(t hcl.Traversal) string {
	var parts []string
	for _, step := range t {
		switch s := step.(type) {
		case hcl.TraverseRoot:
			parts = append(parts, s.Name)
		case hcl.TraverseAttr:
			parts = append(parts, s.Name)
		default:
			continue
		}
		if want := 2; len(parts) == want && parts[0] != "data" || len(parts) == 3 {
			break
		}
	}
	want := 2
	if len(parts) > 0 && parts[0] == "data" {
		want = 3
	}
	if len(parts) < want {
		return ""
	}
	return strings.Join(parts[:want], ".")
}

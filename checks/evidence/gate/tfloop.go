package gate

import (
	"strconv"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// This file goes through blocks that count, for_each or dynamic repeat.

// An iteration is one turn of for_each, count or a dynamic block.
type iteration struct {
	names map[string]cty.Value
	key   string
	outer *iteration
}

// each calls f for every instance of a resource.
func (t *tfApps) each(b tfBlock, f func(*iteration)) {
	body := b.block.Body
	if a := body.Attributes["for_each"]; a != nil {
		v := t.value(a.Expr, nil)
		if !v.IsKnown() || v.IsNull() || !v.CanIterateElements() {
			f(&iteration{names: map[string]cty.Value{"each": cty.DynamicVal}})
			return
		}
		n := 0
		for i := v.ElementIterator(); i.Next() && n < maxInstances; n++ {
			k, val := i.Element()
			if v.Type().IsSetType() {
				k = val
			}
			f(&iteration{key: textOf(k), names: map[string]cty.Value{"each": cty.ObjectVal(map[string]cty.Value{"key": k, "value": val})}})
		}
		return
	}
	if a := body.Attributes["count"]; a != nil {
		n := 1
		if v := t.value(a.Expr, nil); v.IsKnown() && !v.IsNull() && v.Type() == cty.Number {
			many, _ := v.AsBigFloat().Int64()
			n = int(min(many, maxInstances))
		}
		for i := range max(n, 0) {
			f(&iteration{key: strconv.Itoa(i), names: map[string]cty.Value{"count": cty.ObjectVal(map[string]cty.Value{"index": cty.NumberIntVal(int64(i))})}})
		}
		return
	}
	f(nil)
}

func textOf(v cty.Value) string {
	if v.IsKnown() && !v.IsNull() {
		if s, err := convert.Convert(v, cty.String); err == nil && s.IsKnown() && !s.IsNull() {
			return s.AsString()
		}
	}
	return ""
}

// inner calls f for the blocks in a body, the dynamic ones turn by turn.
func (t *tfApps) inner(body *hclsyntax.Body, it *iteration, f func(kind string, in *hclsyntax.Body, line int, it *iteration)) {
	for _, b := range body.Blocks {
		line := b.DefRange().Start.Line
		if b.Type != "dynamic" || len(b.Labels) == 0 {
			f(b.Type, b.Body, line, it)
			continue
		}
		var content *hclsyntax.Body
		for _, in := range b.Body.Blocks {
			if in.Type == "content" {
				content = in.Body
			}
		}
		each := b.Body.Attributes["for_each"]
		if content == nil || each == nil {
			continue
		}
		name := b.Labels[0]
		if a := b.Body.Attributes["iterator"]; a != nil {
			if k := hcl.ExprAsKeyword(a.Expr); k != "" {
				name = k
			}
		}
		v := t.value(each.Expr, it)
		if !v.IsKnown() || v.IsNull() || !v.CanIterateElements() {
			f(b.Labels[0], content, line, &iteration{outer: it, names: map[string]cty.Value{name: cty.DynamicVal}})
			continue
		}
		n := 0
		for i := v.ElementIterator(); i.Next() && n < maxInstances; n++ {
			k, val := i.Element()
			if v.Type().IsSetType() {
				k = val
			}
			f(b.Labels[0], content, line, &iteration{outer: it, names: map[string]cty.Value{name: cty.ObjectVal(map[string]cty.Value{"key": k, "value": val})}})
		}
	}
}

package gate

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// This file bounds what computing an expression may cost: loops in loops over
// long lists are left unresolved.

// Bounds of evaluation: HCL's cannot be stopped, so what an expression may cost
// is reckoned before.
const (
	maxKept   = 4000       // elements and hundreds of bytes of one value
	maxBudget = 20_000_000 // steps of one module
)

// affordable tells whether an expression is computed: its nodes, times what each
// loop in it may go through.
func (e *tfEval) affordable(x hclsyntax.Expression) bool {
	w := &weigher{most: max(len(e.module.keys), 50)}
	_ = hclsyntax.Walk(x, w)
	cost := w.nodes
	for range w.deepest {
		cost *= max(w.most, e.widest)
		if cost > maxBudget {
			return false
		}
	}
	e.budget -= cost
	return e.budget > 0 && w.nodes < 50_000
}

// weigher counts nodes, how deep loops nest, and the longest list.
type weigher struct{ nodes, loops, deepest, most int }

func (w *weigher) Enter(n hclsyntax.Node) hcl.Diagnostics {
	w.nodes++
	switch n := n.(type) {
	case *hclsyntax.ForExpr, *hclsyntax.SplatExpr:
		w.loops++
		w.deepest = max(w.deepest, w.loops)
	case *hclsyntax.TupleConsExpr:
		w.most = max(w.most, len(n.Exprs))
	case *hclsyntax.ObjectConsExpr:
		w.most = max(w.most, len(n.Items))
	}
	return nil
}

func (w *weigher) Exit(n hclsyntax.Node) hcl.Diagnostics {
	switch n.(type) {
	case *hclsyntax.ForExpr, *hclsyntax.SplatExpr:
		w.loops--
	}
	return nil
}

// sizeOf counts what a value holds, up to a limit.
func sizeOf(v cty.Value, limit int) int {
	if !v.IsKnown() || v.IsNull() {
		return 1
	}
	if v.Type() == cty.String {
		return 1 + len(v.AsString())/100
	}
	n := 1
	if v.CanIterateElements() {
		for i := v.ElementIterator(); i.Next() && n < limit; {
			_, in := i.Element()
			n += sizeOf(in, limit-n)
		}
	}
	return n
}

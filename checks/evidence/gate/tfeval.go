package gate

import (
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// This file computes Terraform's expressions as far as they are known without a
// state. A permission that is looked up by name in an API's service principal is
// a text with marks, which names it; so every function and loop of the language
// can carry it.

// Marks of such a text: \x1f list \x1f api \x1f name.
const tfMark = "\x1f"

type tfEval struct {
	module  *tfModule
	args    map[string]cty.Value
	vars    map[string]cty.Value
	locals  map[string]cty.Value
	modules map[string]cty.Value
	data    map[string]map[string]cty.Value // data sources, by type and name
	managed map[string]map[string]cty.Value // resources
	apis    map[string]string               // service principals of APIs, by address: app id or name
	clients map[string]string               // service principals, by address: the address of their application
	ctx     *hcl.EvalContext
	budget  int // steps left
	widest  int // elements of the longest list known
}

func newTFEval(m *tfModule, args map[string]cty.Value) *tfEval {
	e := &tfEval{module: m, args: args, vars: map[string]cty.Value{}, locals: map[string]cty.Value{}, modules: map[string]cty.Value{},
		data: map[string]map[string]cty.Value{}, managed: map[string]map[string]cty.Value{}, apis: map[string]string{}, clients: map[string]string{}, budget: maxBudget}
	e.variables()
	e.context()
	return e
}

// prepare computes what expressions may refer to: data sources and locals, each
// until nothing more becomes known.
func (e *tfEval) prepare() {
	for range 4 {
		e.context()
		e.sources()
		e.context()
		e.computeLocals()
	}
	e.context()
}

func (e *tfEval) variables() {
	for _, b := range e.module.blocks("variable") {
		name := b.label(0)
		switch {
		case e.args != nil && e.args[name] != cty.NilVal:
			e.vars[name] = e.args[name]
			if v := e.args[name]; v.IsKnown() && !v.IsNull() && v.CanIterateElements() {
				e.widest = max(e.widest, v.LengthInt())
			}
		case e.args == nil && e.module.values[name] != cty.NilVal:
			e.vars[name] = e.module.values[name]
		default:
			e.vars[name] = cty.DynamicVal
			if a := b.block.Body.Attributes["default"]; a != nil {
				if v, diags := a.Expr.Value(nil); !diags.HasErrors() {
					e.vars[name] = v
				}
			}
		}
	}
}

// context makes the names of the language known.
func (e *tfEval) context() {
	vars := map[string]cty.Value{
		"var": object(e.vars), "local": object(e.locals), "module": object(e.modules), "data": e.tree2(e.data),
		"path": cty.DynamicVal, "terraform": cty.DynamicVal, "each": cty.DynamicVal, "count": cty.DynamicVal, "self": cty.DynamicVal,
	}
	for kind, byName := range e.managed {
		vars[kind] = object(byName)
	}
	for root := range e.module.roots {
		if _, ok := vars[root]; !ok {
			vars[root] = cty.DynamicVal
		}
	}
	e.ctx = &hcl.EvalContext{Variables: vars, Functions: tfFunctions()}
}

func object(m map[string]cty.Value) cty.Value {
	if len(m) == 0 {
		return cty.EmptyObjectVal
	}
	return cty.ObjectVal(m)
}

func (e *tfEval) tree2(m map[string]map[string]cty.Value) cty.Value {
	out := map[string]cty.Value{}
	for k, in := range m {
		out[k] = object(in)
	}
	for _, b := range e.module.blocks("data") {
		if _, ok := out[b.label(0)]; !ok && b.label(0) != "" {
			out[b.label(0)] = cty.DynamicVal
		}
	}
	return object(out)
}

// computeLocals computes all locals once; those that need others come with the
// next turn.
func (e *tfEval) computeLocals() {
	for _, b := range e.module.blocks("locals") {
		for name, a := range b.block.Body.Attributes {
			v := e.value(a.Expr, nil)
			if v.IsKnown() && !v.IsNull() && v.CanIterateElements() {
				e.widest = max(e.widest, v.LengthInt())
			}
			e.locals[name] = v
		}
	}
}

// sources makes service principals of APIs known: their lists of app roles and
// scopes have every name that the module writes.
func (e *tfEval) sources() {
	put := func(into map[string]map[string]cty.Value, kind, name string, v cty.Value) {
		if into[kind] == nil {
			into[kind] = map[string]cty.Value{}
		}
		into[kind][name] = v
	}
	for _, b := range e.module.blocks("data") {
		switch b.label(0) {
		case "azuread_application_published_app_ids":
			ids := map[string]cty.Value{}
			for k := range e.module.keys {
				ids[k] = cty.StringVal(k)
			}
			for _, k := range []string{"MicrosoftGraph", "AzureActiveDirectoryGraph", "microsoft_graph"} {
				ids[k] = cty.StringVal(k)
			}
			put(e.data, b.label(0), b.label(1), cty.ObjectVal(map[string]cty.Value{"result": cty.ObjectVal(ids)}))
		case "azuread_service_principal":
			put(e.data, b.label(0), b.label(1), e.principalOf(b, "data."))
		}
	}
	for _, b := range e.module.blocks("resource") {
		if b.label(0) == "azuread_service_principal" {
			put(e.managed, b.label(0), b.label(1), e.principalOf(b, ""))
		}
	}
}

// principalOf is a service principal: of an API, or of an application here.
func (e *tfEval) principalOf(b tfBlock, prefix string) cty.Value {
	address := prefix + b.label(0) + "." + b.label(1)
	for _, name := range []string{"client_id", "application_id", "display_name"} {
		a := b.block.Body.Attributes[name]
		if a == nil {
			continue
		}
		for _, ref := range e.references(a.Expr, nil) {
			if strings.HasPrefix(ref, "azuread_application.") || strings.HasPrefix(ref, "azuread_application_registration.") {
				e.clients[address] = ref
				return cty.DynamicVal
			}
		}
		if v := e.value(a.Expr, nil); v.IsWhollyKnown() && !v.IsNull() && v.Type() == cty.String {
			api := v.AsString()
			e.apis[address] = api
			return cty.ObjectVal(map[string]cty.Value{
				"app_role_ids": e.lookUps("Role", api), "oauth2_permission_scope_ids": e.lookUps("Scope", api),
				"app_roles": e.entries("Role", api), "oauth2_permission_scopes": e.entries("Scope", api),
				"client_id": cty.StringVal(api), "application_id": cty.StringVal(api), "display_name": cty.StringVal(api),
				"object_id": cty.UnknownVal(cty.String), "id": cty.UnknownVal(cty.String),
			})
		}
	}
	return cty.DynamicVal
}

func (e *tfEval) lookUps(list, api string) cty.Value {
	out := map[string]cty.Value{}
	for k := range e.module.keys {
		out[k] = cty.StringVal(tfMark + list + tfMark + api + tfMark + k)
	}
	if len(out) == 0 {
		return cty.DynamicVal
	}
	return cty.MapVal(out)
}

func (e *tfEval) entries(list, api string) cty.Value {
	var out []cty.Value
	keys := make([]string, 0, len(e.module.keys))
	for k := range e.module.keys {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		id := cty.StringVal(tfMark + list + tfMark + api + tfMark + k)
		out = append(out, cty.ObjectVal(map[string]cty.Value{"id": id, "value": cty.StringVal(k), "enabled": cty.True}))
	}
	if len(out) == 0 {
		return cty.DynamicVal
	}
	return cty.ListVal(out)
}

// An iteration is one turn of for_each, count or a dynamic block.
type iteration struct {
	names map[string]cty.Value
	key   string
	outer *iteration
}

// value computes an expression; what is not known is cty.DynamicVal.
func (e *tfEval) value(x hclsyntax.Expression, it *iteration) (v cty.Value) {
	defer func() {
		if recover() != nil { // a function that does not bear what it was given
			v = cty.DynamicVal
		}
	}()
	if !e.affordable(x) {
		return cty.DynamicVal
	}
	ctx := e.ctx
	if it != nil {
		ctx = ctx.NewChild()
		ctx.Variables = map[string]cty.Value{}
		for at := it; at != nil; at = at.outer {
			for n, v := range at.names {
				if _, ok := ctx.Variables[n]; !ok {
					ctx.Variables[n] = v
				}
			}
		}
	}
	v, diags := x.Value(ctx)
	if diags.HasErrors() {
		return cty.DynamicVal
	}
	v, _ = v.UnmarkDeep()
	if n := sizeOf(v, maxKept+1); n > maxKept {
		return cty.DynamicVal
	}
	return v
}

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

// outputs are what a module hands to its caller.
func (e *tfEval) outputs() map[string]cty.Value {
	out := map[string]cty.Value{}
	for _, b := range e.module.blocks("output") {
		if a := b.block.Body.Attributes["value"]; a != nil && b.label(0) != "" {
			out[b.label(0)] = e.value(a.Expr, nil)
		}
	}
	return out
}

// tfFunctions are the functions of the language that manifests use.
func tfFunctions() map[string]function.Function {
	return map[string]function.Function{
		"toset": stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)), "tolist": stdlib.MakeToFunc(cty.List(cty.DynamicPseudoType)), "tomap": stdlib.MakeToFunc(cty.Map(cty.DynamicPseudoType)),
		"tostring": stdlib.MakeToFunc(cty.String), "tonumber": stdlib.MakeToFunc(cty.Number), "tobool": stdlib.MakeToFunc(cty.Bool),
		"concat": stdlib.ConcatFunc, "merge": stdlib.MergeFunc, "keys": stdlib.KeysFunc, "values": stdlib.ValuesFunc, "lookup": lookupFunc, "flatten": stdlib.FlattenFunc,
		"distinct": stdlib.DistinctFunc, "compact": stdlib.CompactFunc, "element": stdlib.ElementFunc, "length": stdlib.LengthFunc, "contains": stdlib.ContainsFunc,
		"setunion": stdlib.SetUnionFunc, "setsubtract": stdlib.SetSubtractFunc, "zipmap": stdlib.ZipmapFunc, "slice": stdlib.SliceFunc, "sort": stdlib.SortFunc, "reverse": stdlib.ReverseListFunc,
		"format": formatFunc, "join": stdlib.JoinFunc, "split": stdlib.SplitFunc, "lower": stdlib.LowerFunc, "upper": stdlib.UpperFunc, "trimspace": stdlib.TrimSpaceFunc, "trimprefix": stdlib.TrimPrefixFunc, "trimsuffix": stdlib.TrimSuffixFunc, "replace": stdlib.ReplaceFunc,
		"coalesce": stdlib.CoalesceFunc, "jsonencode": stdlib.JSONEncodeFunc, "jsondecode": stdlib.JSONDecodeFunc, "one": oneFunc,
	}
}

// formatFunc fills %s, %d and %v; other verbs, whose width could be any, are left.
var formatFunc = function.New(&function.Spec{
	Params:   []function.Parameter{{Name: "format", Type: cty.String}},
	VarParam: &function.Parameter{Name: "args", Type: cty.DynamicPseudoType},
	Type:     function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		text := args[0].AsString()
		var b strings.Builder
		next := 1
		for i := 0; i < len(text); i++ {
			if text[i] == '%' && i+1 < len(text) && strings.IndexByte("sdvq", text[i+1]) >= 0 && next < len(args) && b.Len() < maxText {
				b.WriteString(textOf(args[next]))
				next++
				i++
				continue
			}
			b.WriteByte(text[i])
		}
		return cty.StringVal(b.String()), nil
	},
})

// lookupFunc is a member by name; the default may be left out.
var lookupFunc = function.New(&function.Spec{
	Params:   []function.Parameter{{Name: "map", Type: cty.DynamicPseudoType}, {Name: "key", Type: cty.String}},
	VarParam: &function.Parameter{Name: "default", Type: cty.DynamicPseudoType},
	Type:     func([]cty.Value) (cty.Type, error) { return cty.DynamicPseudoType, nil },
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		key := args[1].AsString()
		switch m := args[0]; {
		case m.Type().IsObjectType() && m.Type().HasAttribute(key):
			return m.GetAttr(key), nil
		case m.Type().IsMapType() && m.HasIndex(args[1]).True():
			return m.Index(args[1]), nil
		case len(args) > 2:
			return args[2], nil
		}
		return cty.DynamicVal, nil
	},
})

// oneFunc is the only element of a list, or null.
var oneFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "list", Type: cty.DynamicPseudoType}},
	Type:   func([]cty.Value) (cty.Type, error) { return cty.DynamicPseudoType, nil },
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		for i := args[0].ElementIterator(); i.Next(); {
			_, v := i.Element()
			return v, nil
		}
		return cty.NullVal(cty.DynamicPseudoType), nil
	},
})

// twoYears is how long a secret lives where nothing is said.
const twoYears = 2 * 365 * 24 * time.Hour

// hours reads a length as Terraform writes it: 8760h, 30m.
func hours(s string) (time.Duration, bool) {
	d, err := time.ParseDuration(s)
	return d, err == nil && d > 0
}

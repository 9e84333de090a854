package gate

import (
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
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

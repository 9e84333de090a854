package gate

import (
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// This file holds the functions of Terraform that are computed.

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

package gate

import (
	"strings"
)

// This file holds the tree that every manifest is read into, whatever its
// language.

// A Value is one value of a document.
type Value struct {
	Kind   ValueKind
	Text   string // of a string, number or bool; of an unresolved one the expression, in short
	Fields []Field
	Items  []*Value
	Line   int
}

// A Field is a member of an object.
type Field struct {
	Name  string
	Value *Value
}

// ValueKind tells values apart.
type ValueKind uint8

// The kinds of value.
const (
	Null ValueKind = iota
	Bool
	Number
	String
	List
	Object
	Unresolved // an expression whose value is not known before deployment
)

// Get follows names into nested objects; nil where there is nothing. Case does
// not matter, as in Graph and in what PowerShell writes. Of equal names the last
// counts, as in every JSON reader.
func (v *Value) Get(names ...string) *Value {
	for _, name := range names {
		if v == nil || v.Kind != Object {
			return nil
		}
		var found *Value
		for i := len(v.Fields) - 1; i >= 0 && found == nil; i-- {
			if strings.EqualFold(v.Fields[i].Name, name) {
				found = v.Fields[i].Value
			}
		}
		v = found
	}
	return v
}

// Str is the text of the first of the names that is a scalar, "" otherwise.
func (v *Value) Str(names ...string) string {
	for _, name := range names {
		if x := v.Get(name); x != nil && (x.Kind == String || x.Kind == Number || x.Kind == Bool) {
			return strings.TrimSpace(x.Text)
		}
	}
	return ""
}

// True tells whether one of the names is the value true.
func (v *Value) True(names ...string) bool { return strings.EqualFold(v.Str(names...), "true") }

// Has tells whether one of the names is there and not null.
func (v *Value) Has(names ...string) bool {
	for _, name := range names {
		if x := v.Get(name); x != nil && x.Kind != Null {
			return true
		}
	}
	return false
}

// All are the items of a list, or none.
func (v *Value) All(names ...string) []*Value {
	for _, name := range names {
		if x := v.Get(name); x != nil && x.Kind == List {
			return x.Items
		}
	}
	return nil
}

func (v *Value) is(k ValueKind) bool { return v != nil && v.Kind == k }

// Text makes a string value.
func Text(s string, line int) *Value { return &Value{Kind: String, Text: s, Line: line} }

// set adds a member; nil values are left out.
func (v *Value) set(name string, x *Value) {
	if x != nil {
		v.Fields = append(v.Fields, Field{name, x})
	}
}

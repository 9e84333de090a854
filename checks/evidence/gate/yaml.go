package gate

import (
	"bytes"
	"fmt"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// This file reads YAML: OpenAPI documents are written in it as often as in
// JSON. Aliases are not followed, so that a document cannot grow.

// maxYAML bounds a document: the parser keeps every token.
const maxYAML = 2 << 20

// yaml reads an OpenAPI document and tells whether it was one.
func (p *Piece) yaml(raw []byte) bool {
	if len(raw) > maxYAML || !bytes.Contains(raw, []byte("paths:")) || !bytes.Contains(raw, []byte("openapi")) && !bytes.Contains(raw, []byte("swagger")) || tooDeep(raw) != nil {
		return false
	}
	v := ParseYAML(raw)
	if !v.Has("openapi", "swagger") {
		return false
	}
	p.openAPI(v)
	return true
}

// ParseYAML parses the first document of a YAML text; nil where it is broken.
func ParseYAML(raw []byte) *Value {
	f, err := parser.ParseBytes(raw, 0)
	if err != nil || len(f.Docs) == 0 {
		return nil
	}
	return yamlValue(f.Docs[0].Body, 0)
}

func yamlValue(n ast.Node, depth int) *Value {
	if n == nil || depth > maxNesting {
		return nil
	}
	v := &Value{}
	if t := n.GetToken(); t != nil && t.Position != nil {
		v.Line = t.Position.Line
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		v.Kind = Object
		for _, m := range n.Values {
			v.member(m, depth)
		}
	case *ast.MappingValueNode:
		v.Kind = Object
		v.member(n, depth)
	case *ast.SequenceNode:
		v.Kind = List
		for _, it := range n.Values {
			if x := yamlValue(it, depth+1); x != nil {
				v.Items = append(v.Items, x)
			}
		}
	case *ast.StringNode:
		v.Kind, v.Text = String, n.Value
	case *ast.LiteralNode:
		v.Kind, v.Text = String, n.Value.Value
	case *ast.BoolNode:
		v.Kind, v.Text = Bool, fmt.Sprint(n.Value)
	case *ast.IntegerNode, *ast.FloatNode:
		v.Kind, v.Text = Number, n.GetToken().Value
	case *ast.TagNode:
		return yamlValue(n.Value, depth+1)
	case *ast.AnchorNode:
		return yamlValue(n.Value, depth+1)
	case *ast.AliasNode:
		v.Kind = Unresolved
	}
	return v
}

func (v *Value) member(m *ast.MappingValueNode, depth int) {
	name := ""
	if t := m.Key.GetToken(); t != nil {
		name = t.Value
	}
	if x := yamlValue(m.Value, depth+1); x != nil {
		if t := m.Key.GetToken(); t != nil && t.Position != nil {
			x.Line = t.Position.Line
		}
		v.Fields = append(v.Fields, Field{name, x})
	}
}

// deepest is how deep brackets of a text that somebody else's parser reads may
// nest: such parsers call themselves, and a stack that overflows cannot be
// caught.
const deepest = 200

// tooDeep tells why a text is not given to such a parser.
func tooDeep(raw []byte) error {
	depth, choices, run, indent, lineStart := 0, 0, 0, 0, true
	for _, c := range raw {
		if lineStart && (c == ' ' || c == '\t' || c == '-') {
			if indent++; indent > 4*deepest {
				return errDeep
			}
			continue
		}
		lineStart = false
		switch c {
		case '(', '[', '{':
			if depth++; depth > deepest {
				return errDeep
			}
		case ')', ']', '}':
			depth = max(0, depth-1)
		case '?':
			if choices++; choices > 10*deepest {
				return fmt.Errorf("it has more than %d conditions", 10*deepest)
			}
		case '\n':
			lineStart, indent = true, 0
		}
		if c == '!' || c == '-' || c == '+' || c == '*' || c == '&' {
			if run++; run > 10*deepest {
				return errDeep
			}
		} else if c != ' ' && c != '\t' && c != '\n' {
			run = 0
		}
	}
	return nil
}

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/graphdoctor/graphdoctor/rules"
	"github.com/xeipuuv/gojsonschema"
)

// The schema of .graphdoctor.yaml is made of the struct that reads it, so that
// an editor and the command never disagree.

const schemaFile = "../../docs/graphdoctor.schema.json"

// node is a part of a JSON schema; its fields stand in the order in which
// people read them.
type node struct {
	Schema      string     `json:"$schema,omitempty"`
	ID          string     `json:"$id,omitempty"`
	Title       string     `json:"title,omitempty"`
	Description string     `json:"description,omitempty"`
	Type        string     `json:"type,omitempty"`
	Enum        []any      `json:"enum,omitempty"`
	Pattern     string     `json:"pattern,omitempty"`
	MinLength   int        `json:"minLength,omitempty"`
	AnyOf       []*node    `json:"anyOf,omitempty"`
	Items       *node      `json:"items,omitempty"`
	Required    []string   `json:"required,omitempty"`
	Names       *node      `json:"propertyNames,omitempty"`
	Properties  properties `json:"properties,omitempty"`
	Others      any        `json:"additionalProperties,omitempty"`
}

// properties keep the order of the struct.
type properties []property

type property struct {
	name string
	node *node
}

func (p properties) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, q := range p {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(q.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(q.node)
		if err != nil {
			return nil, err
		}
		b.Write(append(append(name, ':'), value...))
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// nodeOf is the schema of a type, with what the tags of its field say.
func nodeOf(t *testing.T, typ reflect.Type, tag reflect.StructTag) *node {
	n := &node{Description: tag.Get("doc"), Pattern: tag.Get("pattern")}
	words := &node{Type: "string"}
	for _, w := range strings.Split(tag.Get("enum"), ",") {
		if w != "" {
			words.Enum = append(words.Enum, w)
		}
	}
	switch {
	case typ == reflect.TypeFor[oneOrMore]():
		n.AnyOf = []*node{words, {Type: "array", Items: words}}
	case typ.Kind() == reflect.Struct:
		n.Type, n.Others = "object", false
		for i := range typ.NumField() {
			f := typ.Field(i)
			name := f.Tag.Get("yaml")
			if name == "" || f.Tag.Get("doc") == "" {
				t.Fatalf("%s.%s has no name or no description", typ.Name(), f.Name)
			}
			if f.Tag.Get("required") != "" {
				n.Required = append(n.Required, name)
			}
			n.Properties = append(n.Properties, property{name, nodeOf(t, f.Type, f.Tag)})
		}
	case typ.Kind() == reflect.Map:
		n.Type, n.Others, n.Names = "object", words, ruleNames()
	case typ.Kind() == reflect.Slice:
		n.Type, n.Items = "array", nodeOf(t, typ.Elem(), "")
	case typ.Kind() == reflect.Int:
		n.Type = "integer"
		for _, w := range words.Enum {
			i, err := strconv.Atoi(w.(string))
			if err != nil {
				t.Fatal(err)
			}
			n.Enum = append(n.Enum, i)
		}
	case typ.Kind() == reflect.String:
		n.Type, n.Enum = "string", words.Enum
		if tag.Get("of") == "rules" {
			n.Enum = ruleNames().Enum
		}
		if tag.Get("required") != "" && n.Enum == nil {
			n.MinLength = 1
		}
	default:
		t.Fatalf("no schema for %s", typ)
	}
	return n
}

func ruleNames() *node {
	n := &node{}
	for _, r := range rules.Gate() {
		n.Enum = append(n.Enum, r.ID)
	}
	return n
}

// TestSchemaPage holds the shipped schema against the struct that reads the
// configuration: `go generate ./...` writes it.
func TestSchemaPage(t *testing.T) {
	n := nodeOf(t, reflect.TypeFor[config](), "")
	n.Schema, n.ID = "http://json-schema.org/draft-07/schema#", "https://raw.githubusercontent.com/graphdoctor/graphdoctor/main/docs/graphdoctor.schema.json"
	n.Title, n.Description = configName, "What graphdoctor lint knows of an app."
	text, err := json.MarshalIndent(n, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	compare(t, schemaFile, string(text)+"\n")
}

// TestSchemaAgrees gives configurations to the schema and to the command: both
// take them, or both refuse.
func TestSchemaAgrees(t *testing.T) {
	text, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	schema, err := gojsonschema.NewSchema(gojsonschema.NewBytesLoader(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text string
		ok   bool
	}{
		{"version: 1\n", true},
		{"version: 1\napp: {flow: daemon, cloud: usgov-dod, audience: multi-and-personal, hosts: [contoso.com], api: {tokens: v2, audience: 'api://x'}}\n", true},
		{"version: 1\napp: {flow: [web, obo]}\nmanifests: [app.json]\ncalls: ['src/**/*.cs']\ngrants: [grants.json]\n", true},
		{"version: 1\ncredentials: {expire-within: 30d, max-lifetime: 365d}\nfail-on: warning\nseverity: {permission-excess: error}\nbaseline: .graphdoctor-baseline.json\n", true},
		{"version: 1\nallow:\n  - {rule: permission-excess, subject: Mail.Read, reason: another job reads, until: '2027-03-31'}\n", true},
		{"version: 2\n", false},
		{"app: {flow: web}\n", false},
		{"version: 1\nflow: web\n", false},
		{"version: 1\napp: {flow: [web, native]}\n", false},
		{"version: 1\napp: {cloud: mars}\n", false},
		{"version: 1\napp: {api: {tokens: '2'}}\n", false},
		{"version: 1\nmanifests: app.json\n", false},
		{"version: 1\ncredentials: {expire-within: 30}\n", false},
		{"version: 1\nfail-on: errors\n", false},
		{"version: 1\nseverity: {no-such-rule: error}\n", false},
		{"version: 1\nseverity: {permission-excess: high}\n", false},
		{"version: 1\nallow:\n  - {rule: permission-excess, subject: Mail.Read}\n", false},
		{"version: 1\nallow:\n  - {rule: permission-excess, subject: Mail.Read, reason: ''}\n", false},
		{"version: 1\nallow:\n  - {rule: permission-excess, reason: x}\n", false},
		{"version: 1\nallow:\n  - {rule: throttled, subject: x, reason: x}\n", false},
		{"version: 1\nallow:\n  - {rule: permission-excess, subject: x, reason: x, until: next year}\n", false},
		{"version: 1\nallow:\n  - {rule: permission-excess, subject: x, reason: x, untill: '2027-03-31'}\n", false},
	} {
		var v any
		if err := yaml.Unmarshal([]byte(c.text), &v); err != nil {
			t.Fatal(err)
		}
		res, err := schema.Validate(gojsonschema.NewGoLoader(v))
		if err != nil {
			t.Fatal(err)
		}
		if res.Valid() != c.ok {
			t.Errorf("the schema: valid %v, want %v: %v\n%s", res.Valid(), c.ok, res.Errors(), c.text)
		}
		file := filepath.Join(t.TempDir(), configName)
		if err := os.WriteFile(file, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := loadConfig(file); (err == nil) != c.ok {
			t.Errorf("the command: %v, want %v\n%s", err, c.ok, c.text)
		}
	}
}

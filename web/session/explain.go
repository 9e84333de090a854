package session

import (
	"encoding/json"

	"github.com/graphdoctor/graphdoctor/rules"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// Explain returns the page of a rule, a code or a permission as JSON: its
// name, its kind and its text in Markdown.
func Explain(word string) (string, error) {
	p, err := rules.Explain(word)
	if err != nil {
		return "", err
	}
	return encode(struct {
		Name  string   `json:"name"`
		Kind  string   `json:"kind"`
		Text  string   `json:"text"`
		Rules []string `json:"rules"`
	}{p.Name, p.Kind, p.Markdown(), p.Rules})
}

// About tells as JSON what the page is made of: version, date of the
// permission catalog, and the rules.
func About() (string, error) {
	_, _, date := catalog.Source()
	return encode(struct {
		Version string         `json:"version"`
		Catalog string         `json:"catalog"`
		Rules   []rules.Listed `json:"rules"`
	}{Version, date, rules.List()})
}

func encode(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

package main

import (
	"fmt"
	"slices"
	"strings"
)

// Map is the whole catalog before it is packed: templates by normal form.
type Map struct {
	Templates map[string]*Template // by folded normal form
	Spelling  map[string]string    // folded segment -> the spelling to show
}

// Template is one normal form: the union of all upstream templates that share it.
type Template struct {
	Segments []string // folded
	Methods  map[string]*Cell
}

// Cell is what one method of a template needs.
type Cell struct {
	Sets    [kinds]Set // by the source, errata applied
	Earlier [kinds]Set // by an earlier edition, where Sets has nothing
	Errata  bool       // errata.txt added or changed it
}

// merge joins the tables: mends and renames first, then the union by normal
// form, then adds and drops, and last what only earlier editions have.
func merge(rows []Row, lost []Lost, errata []Erratum) (*Map, error) {
	m := &Map{Templates: map[string]*Template{}, Spelling: map[string]string{}}
	for _, r := range rows {
		t, err := m.template(mended(errata, r.Path))
		if err != nil {
			return nil, err
		}
		c := t.cell(r.Method)
		for k := range kinds {
			c.Sets[k] = union(c.Sets[k], renamed(errata, k, r.Sets[k]))
		}
	}
	for _, e := range errata {
		if err := m.apply(e); err != nil {
			return nil, err
		}
	}
	for _, l := range lost {
		t, err := m.template(mended(errata, l.Path))
		if err != nil {
			return nil, err
		}
		if c := t.cell(l.Method); c.Sets[l.Kind] == nil {
			c.Earlier[l.Kind] = union(c.Earlier[l.Kind], l.Set)
		}
	}
	return m, nil
}

func (m *Map) apply(e Erratum) error {
	switch e.Op {
	case "add":
		set, err := parseSet(e.Value)
		if err != nil {
			return err
		}
		t, err := m.template(e.Path)
		if err != nil {
			return err
		}
		for _, method := range e.Methods {
			c := t.cell(method)
			c.Sets[e.Kind], c.Errata = union(c.Sets[e.Kind], set), true
		}
	case "drop":
		t, err := m.template(e.Path)
		if err != nil {
			return err
		}
		for _, method := range e.Methods {
			c := t.cell(method)
			if e.Kind < 0 {
				delete(t.Methods, method)
				continue
			}
			c.Sets[e.Kind], c.Errata = nil, true
		}
	case "strike":
		t, err := m.template(e.Path)
		if err != nil {
			return err
		}
		for _, method := range e.Methods {
			if err := t.cell(method).strike(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// strike takes permissions out of the sets of a kind, or of all. One that is
// not there is an error: the source has mended it, and the erratum can go.
func (c *Cell) strike(e Erratum) error {
	names, struck := strings.Fields(e.Value), 0
	for k := range kinds {
		if e.Kind >= 0 && e.Kind != k {
			continue
		}
		before := len(c.Sets[k])
		c.Sets[k] = slices.DeleteFunc(c.Sets[k], func(p Perm) bool { return slices.Contains(names, p.Name) })
		struck += before - len(c.Sets[k])
	}
	if struck == 0 {
		return fmt.Errorf("strike %s: %s has no %s to strike", strings.Join(e.Methods, ","), e.Path, e.Value)
	}
	c.Errata = true
	return nil
}

// template returns the template of a path's normal form, made if new.
func (m *Map) template(path string) (*Template, error) {
	segs, err := normal(path)
	if err != nil {
		return nil, err
	}
	if len(segs) > 30 {
		return nil, fmt.Errorf("template %q is too deep", path)
	}
	for i, s := range segs {
		f := fold(s)
		if old, ok := m.Spelling[f]; !ok || nicer(s, old) {
			m.Spelling[f] = s
		}
		segs[i] = f
	}
	id := strings.Join(segs, "/")
	t := m.Templates[id]
	if t == nil {
		t = &Template{Segments: segs, Methods: map[string]*Cell{}}
		m.Templates[id] = t
	}
	return t, nil
}

func (t *Template) cell(method string) *Cell {
	c := t.Methods[method]
	if c == nil {
		c = &Cell{}
		t.Methods[method] = c
	}
	return c
}

// nicer prefers camelCase over all lower case: the source has both.
func nicer(a, b string) bool {
	if ca, cb := camel(a), camel(b); ca != cb {
		return ca > cb
	}
	return a < b
}

func camel(s string) int {
	if s[0] >= 'A' && s[0] <= 'Z' {
		return -1
	}
	n := 0
	for _, c := range s {
		if c >= 'A' && c <= 'Z' {
			n++
		}
	}
	return n
}

// union joins two sets: a permission that either has suffices; it is least if
// either says so; it needs a second one only if both say so, and then one of
// either's list.
func union(a, b Set) Set {
	if a == nil {
		return slices.Clone(b)
	}
	out := slices.Clone(a)
	for _, p := range b {
		i := slices.IndexFunc(out, func(q Perm) bool { return q.Name == p.Name })
		if i < 0 {
			out = append(out, p)
			continue
		}
		q := &out[i]
		q.Least = q.Least || p.Least
		if len(q.Also) == 0 || len(p.Also) == 0 {
			q.Also = nil
			continue
		}
		q.Also = slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(q.Also), p.Also...))))
	}
	return out
}

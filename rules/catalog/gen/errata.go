package main

import (
	"fmt"
	"slices"
	"strings"
)

// Erratum is one line of errata.txt: a fact known wrong or missing upstream.
type Erratum struct {
	Op      string   // mend, rename, add, drop, strike
	Methods []string // add, drop, strike
	Path    string   // the template; for rename the permission's name
	Kind    int      // add, drop, strike, rename; -1 for every kind
	Value   string   // mend: the template it should be; rename: the right name; add: the permissions; strike: the names of those that do not suffice
	Reason  string
	Source  string
}

// readErrata reads errata.txt: op, methods, path, kind, value, reason, source.
//
//	mend    a template is misspelt: read it as the value
//	rename  a permission's name is misspelt for a kind: read it as the value
//	add     the operation is missing: it needs the value
//	drop    the operation does not exist for that kind
//	strike  of what the operation is said to need, the value does not suffice
func readErrata(text string) ([]Erratum, error) {
	cells, _, err := lines(text, 7)
	if err != nil {
		return nil, err
	}
	var out []Erratum
	for _, c := range cells {
		e := Erratum{Op: c[0], Path: c[2], Kind: kindNamed(c[3]), Value: c[4], Reason: c[5], Source: c[6]}
		if c[1] != "-" {
			e.Methods = strings.Split(c[1], ",")
		}
		switch {
		case e.Reason == "-" || e.Reason == "":
			return nil, fmt.Errorf("%s %s: an erratum needs its reason", e.Op, e.Path)
		case e.Kind < 0 && c[3] != "-":
			return nil, fmt.Errorf("%s %s: unknown kind %q", e.Op, e.Path, c[3])
		case !slices.Contains([]string{"mend", "rename", "add", "drop", "strike"}, e.Op):
			return nil, fmt.Errorf("unknown erratum %q", e.Op)
		}
		out = append(out, e)
	}
	return out, nil
}

// mended returns the template to read in place of path.
func mended(errata []Erratum, path string) string {
	for _, e := range errata {
		if e.Op == "mend" && e.Path == path {
			return e.Value
		}
	}
	return path
}

// renamed applies the rename lines to a set of one kind.
func renamed(errata []Erratum, kind int, set Set) Set {
	for _, e := range errata {
		if e.Op != "rename" || e.Kind >= 0 && e.Kind != kind {
			continue
		}
		for i, p := range set {
			if p.Name != e.Path {
				continue
			}
			set = slices.Clone(set)
			p.Name = e.Value
			set = union(slices.Delete(set, i, i+1), Set{p})
			break
		}
	}
	return set
}

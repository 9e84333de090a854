package catalog

import (
	"os"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"
)

// This file reads the text tables the plain way, with maps and regular
// expressions: the yardstick that the compiled catalog is held against. It
// shares no code with the package.

// plainPerm is one permission of a plain set.
type plainPerm struct {
	least bool
	also  []string
}

// plainSet maps a permission's name to what the table says of it.
type plainSet map[string]plainPerm

// plainRow is one line of permissions.txt.
type plainRow struct {
	path, method string
	sets         [3]plainSet // nil: not supported
}

// plainTable is permissions.txt by the normal form of the path and the method.
type plainTable struct {
	rows []plainRow
	by   map[string]*[3]plainSet // "GET /users/{id}"
	mend map[string]string
	// changed holds the combinations that errata.txt changes beyond a path's spelling
	changed map[string]bool
	facts   map[string]plainFact // by "Name kind"
	reach   [3]map[string]map[string]bool
}

// plainFact is what facts/permissions.tsv says of a permission for a kind.
type plainFact struct {
	level   int
	askable bool // has an id, and is not resource-specific
}

func readText(t testing.TB, name string) []string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, l := range strings.Split(string(b), "\n") {
		if l != "" && l[0] != '#' {
			out = append(out, l)
		}
	}
	return out
}

func plainParse(cell string) plainSet {
	if cell == "-" {
		return nil
	}
	s := plainSet{}
	for _, w := range strings.Fields(cell) {
		p := plainPerm{least: w[0] == '*'}
		name, also, has := strings.Cut(strings.TrimPrefix(w, "*"), "+")
		if has {
			p.also = strings.Split(also, ",")
		}
		s[name] = p
	}
	return s
}

var (
	plainPlaceholder = regexp.MustCompile(`\{[^{}]*\}`)
	plainQuote       = regexp.MustCompile(`'(\{id\})'`)
	plainKeyCall     = regexp.MustCompile(`/([^/()]+)\(\{id\}\)`)
	plainCall        = regexp.MustCompile(`\(([^()]*=[^()]*)\)`)
)

// plainNormal is the normal form of a template: folded, every key {id},
// arguments sorted.
func plainNormal(path string) string {
	p := strings.ToLower(path)
	p = plainPlaceholder.ReplaceAllString(p, "{id}")
	p = plainQuote.ReplaceAllString(p, "$1")
	p = strings.ReplaceAll(p, "/default.", "/")
	p = plainKeyCall.ReplaceAllString(p, "/$1/{id}")
	return plainCall.ReplaceAllStringFunc(p, func(s string) string {
		args := strings.Split(s[1:len(s)-1], ",")
		for i := range args {
			args[i] = strings.TrimSpace(args[i])
		}
		sort.Strings(args)
		return "(" + strings.Join(args, ",") + ")"
	})
}

// readPlain reads permissions.txt and the spelling errata.
func readPlain(t testing.TB) *plainTable {
	t.Helper()
	out := &plainTable{by: map[string]*[3]plainSet{}, mend: map[string]string{}, changed: map[string]bool{}}
	kinds := map[string]int{"application": 0, "delegated": 1, "personal": 2}
	added := [][]string{}
	renames := map[string]string{}
	for _, l := range readText(t, "errata.txt") {
		c := strings.Split(l, "\t")
		switch c[0] {
		case "mend":
			out.mend[c[2]] = c[4]
		case "rename":
			renames[c[2]+" "+c[3]] = c[4]
		default:
			added = append(added, c)
			for _, m := range strings.Split(c[1], ",") {
				for k := range kinds {
					if c[3] == k || c[3] == "-" {
						out.changed[m+" "+plainNormal(c[2])+" "+k] = true
					}
				}
			}
		}
	}
	for _, l := range readText(t, "permissions.txt") {
		c := strings.Split(l, "\t")
		r := plainRow{path: c[0], method: c[1]}
		path := r.path
		if to, ok := out.mend[path]; ok {
			path = to
		}
		key := r.method + " " + plainNormal(path)
		if out.by[key] == nil {
			out.by[key] = &[3]plainSet{}
		}
		for kind, k := range kinds {
			r.sets[k] = plainParse(c[2+k])
			if r.sets[k] == nil {
				continue
			}
			into := out.by[key][k]
			if into == nil {
				into = plainSet{}
				out.by[key][k] = into
			}
			for name, p := range r.sets[k] {
				if to := renames[name+" "+kind]; to != "" {
					name = to
					out.changed[key+" "+kind] = true
				}
				q, ok := into[name]
				if !ok {
					into[name] = p
					continue
				}
				q.least = q.least || p.least
				if len(q.also) == 0 || len(p.also) == 0 {
					q.also = nil
				} else {
					q.also = append(slices.Clone(q.also), p.also...)
					sort.Strings(q.also)
					q.also = slices.Compact(q.also)
				}
				into[name] = q
			}
		}
		out.rows = append(out.rows, r)
	}
	for _, c := range added {
		for _, m := range strings.Split(c[1], ",") {
			key := m + " " + plainNormal(c[2])
			if out.by[key] == nil {
				out.by[key] = &[3]plainSet{}
			}
			if c[0] == "add" {
				out.by[key][kinds[c[3]]] = plainParse(c[4])
			}
			for k := range out.by[key] {
				if c[0] == "strike" && (c[3] == "-" || k == kinds[c[3]]) {
					for _, name := range strings.Fields(c[4]) {
						delete(out.by[key][k], name)
					}
				}
			}
		}
	}
	out.facts = plainFacts(t)
	for k := range out.reach {
		out.reach[k] = map[string]map[string]bool{}
		for key, sets := range out.by {
			for name, p := range sets[k] {
				if len(p.also) > 0 {
					continue
				}
				if out.reach[k][name] == nil {
					out.reach[k][name] = map[string]bool{}
				}
				out.reach[k][name][key] = true
			}
		}
	}
	return out
}

// narrow tells which permissions of a request no other of the same rank makes
// superfluous: reading ones before writing ones where the request reads, then
// those that serve a part only of what another serves.
func (t *plainTable) narrow(key string, k Kind) map[string]bool {
	set := t.by[key][k]
	tiers := map[int][]string{}
	for name, p := range set {
		switch f := t.facts[name+" "+k.String()]; {
		case p.least && f.askable:
			tiers[0] = append(tiers[0], name)
		case p.least:
			tiers[1] = append(tiers[1], name)
		case f.askable:
			tiers[2] = append(tiers[2], name)
		}
	}
	out := map[string]bool{}
	for tier, names := range tiers {
		share := map[string]float64{} // of writing among what a permission serves by itself
		for _, n := range names {
			writes := 0
			for c := range t.reach[k][n] {
				if strings.HasPrefix(c, "PATCH ") || strings.HasPrefix(c, "PUT ") || strings.HasPrefix(c, "DELETE ") {
					writes++
				}
			}
			share[n] = float64(writes) / float64(max(1, len(t.reach[k][n])))
		}
		if !strings.HasPrefix(key, "POST ") {
			all := slices.Clone(names)
			names = slices.DeleteFunc(names, func(n string) bool {
				return slices.ContainsFunc(all, func(o string) bool {
					if strings.HasPrefix(key, "GET ") {
						return share[o] < share[n]/2-1e-12
					}
					return share[n] < share[o]/2-1e-12
				})
			})
		}
		for _, n := range names {
			out[n] = !slices.ContainsFunc(names, func(o string) bool {
				return t.within(o, n, k) || tier == 2 && len(t.reach[k][o]) > 0 && 4*len(t.reach[k][o]) < len(t.reach[k][n])
			})
		}
	}
	return out
}

// within tells whether permission a serves a part only of what b serves.
func (t *plainTable) within(a, b string, k Kind) bool {
	x, y := t.reach[k][a], t.reach[k][b]
	if len(x) == 0 || len(x) >= len(y) {
		return false
	}
	for c := range x {
		if !y[c] {
			return false
		}
	}
	return true
}

func plainFacts(t testing.TB) map[string]plainFact {
	out := map[string]plainFact{}
	for _, l := range readText(t, "facts/permissions.tsv") {
		c := strings.Split(l, "\t")
		f := plainFact{askable: c[2] != "-" && c[8] != "yes"}
		if c[5] != "-" {
			f.level = int(c[5][0] - '0')
		}
		out[c[0]+" "+c[1]] = f
	}
	return out
}

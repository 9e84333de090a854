package catalog

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

var plainOnce = sync.OnceValue(func() *plainTable { return readPlain(plainReader{}) })

// plainReader lets the plain reading happen once for all properties.
type plainReader struct{ testing.TB }

func (plainReader) Helper()           {}
func (plainReader) Fatal(args ...any) { panic(args) }

// drawRequest draws a path and method of the source, and a kind that can make
// the request.
func drawRequest(t *rapid.T, plain *plainTable) (m Match, set plainSet, k Kind) {
	for {
		r := plain.rows[rapid.IntRange(0, len(plain.rows)-1).Draw(t, "row")]
		k = Kind(rapid.IntRange(0, 2).Draw(t, "kind"))
		path := r.path
		if to, ok := plain.mend[path]; ok {
			path = to
		}
		key := r.method + " " + plainNormal(path)
		set = plain.by[key][k]
		if set == nil {
			continue
		}
		m = Find(r.method, path)
		if _, ended := m.Ended(k); ended {
			continue // the source still has it
		}
		return m, set, k
	}
}

// TestMissing: a request is reported missing exactly when nothing that
// suffices, with what it needs as well, is held.
func TestMissing(t *testing.T) {
	plain := plainOnce()
	paired := 0
	rapid.Check(t, func(t *rapid.T) {
		m, set, k := drawRequest(t, plain)
		var pool []string // what may be held: what serves, what it needs as well, what serves others
		for _, name := range slices.Sorted(maps.Keys(set)) {
			pool = append(append(pool, name), set[name].also...)
		}
		_, other, _ := drawRequest(t, plain)
		pool = append(pool, slices.Sorted(maps.Keys(other))...)
		var held []string
		for range rapid.IntRange(0, 4).Draw(t, "held") {
			h := pool[rapid.IntRange(0, len(pool)-1).Draw(t, "permission")]
			if rapid.Bool().Draw(t, "folded") {
				h = strings.ToLower(h)
			}
			held = append(held, h)
		}
		has := func(p string) bool {
			return slices.ContainsFunc(held, func(h string) bool { return strings.EqualFold(h, p) })
		}
		enough := false
		for name, p := range set {
			if has(name) && (len(p.also) == 0 || slices.ContainsFunc(p.also, has)) {
				enough = true
			}
			if len(p.also) > 0 {
				paired++
			}
		}
		n := m.Needs(k)
		by, got := n.Suffices(held)
		if got != enough {
			t.Fatalf("%s %s as %s with %q: suffices %t by %q, want %t", m.Method, m.Template, k, held, got, by, enough)
		}
		missing := n.Missing(held)
		if (len(missing) == 0) != enough {
			t.Fatalf("%s %s as %s with %q: missing %q, enough %t", m.Method, m.Template, k, held, missing, enough)
		}
		for _, way := range missing {
			if _, ok := n.Suffices(append(slices.Clone(held), way...)); !ok {
				t.Fatalf("%s %s as %s with %q: adding %q is not enough", m.Method, m.Template, k, held, way)
			}
		}
	})
	if paired == 0 {
		t.Log("no request with a second permission was drawn")
	}
}

// TestSecondPermission: both permissions of a pair are wanted.
func TestSecondPermission(t *testing.T) {
	plain := plainOnce()
	pairs := 0
	for _, r := range plain.rows {
		for k := Application; k <= Personal; k++ {
			for name, p := range r.sets[k] {
				path := r.path
				if to, ok := plain.mend[path]; ok {
					path = to
				}
				if len(p.also) == 0 || len(plain.by[r.method+" "+plainNormal(path)][k][name].also) == 0 {
					continue // another template of the same form wants no second one
				}
				pairs++
				n := Find(r.method, path).Needs(k)
				if _, ok := n.Suffices([]string{name}); ok {
					t.Errorf("%s %s as %s: %s alone suffices, wants one of %q too", r.method, r.path, k, name, p.also)
				}
				if by, ok := n.Suffices([]string{name, p.also[0]}); !ok {
					t.Errorf("%s %s as %s: %s with %s does not suffice (%q)", r.method, r.path, k, name, p.also[0], by)
				}
			}
		}
	}
	if pairs < 100 {
		t.Errorf("the source has 169 pairs, looked at %d", pairs)
	}
}

// TestLeastSet holds the least set of a few requests against trying every
// combination of the permissions that take part.
func TestLeastSet(t *testing.T) {
	plain := plainOnce()
	rapid.Check(t, func(t *rapid.T) {
		k := Kind(rapid.IntRange(0, 2).Draw(t, "of kind"))
		var reqs []Match
		for len(reqs) < 1+rapid.IntRange(0, 3).Draw(t, "more") {
			if m, _, of := drawRequest(t, plain); of == k {
				reqs = append(reqs, m)
			}
		}
		got := LeastSet(reqs, k)
		if !got.Exact || len(got.Unknown) > 0 || len(got.Unsupported) > 0 {
			t.Fatalf("not exact or not all: %+v", got)
		}
		pool, first := plain.candidates(reqs, k)
		if len(pool) > 14 {
			t.Skip("too many combinations")
		}
		best := cost{top: 99}
		for mask := range 1 << len(pool) {
			var c cost
			for i, p := range pool {
				if mask&(1<<i) != 0 {
					c.add(p, reckoned(permissionNumber(p), k))
				}
			}
			if !c.less(best) || slices.ContainsFunc(reqs, func(m Match) bool {
				n := m.Needs(k)
				return !slices.ContainsFunc(c.names, func(p string) bool {
					return first[p] && slices.Contains(n.Any, p) && n.completes(p, c.names)
				})
			}) {
				continue
			}
			best = c
		}
		if !slices.Equal(got.Names(), best.names) {
			t.Fatalf("%v as %s: %q, trying all gives %q", reqs, k, got.Names(), best.names)
		}
	})
}

// candidates lists what the permissions of a least set are chosen from: those
// that are a first choice for some request, and what they need as well.
func (t *plainTable) candidates(reqs []Match, k Kind) (pool []string, first map[string]bool) {
	first = map[string]bool{}
	askable := func(n string) bool { return t.facts[n+" "+k.String()].askable }
	for _, m := range reqs {
		set := t.by[m.Method+" "+plainNormal(m.Template)][k]
		names := slices.Collect(maps.Keys(set))
		some := slices.ContainsFunc(names, func(n string) bool {
			return askable(n) && (len(set[n].also) == 0 || slices.ContainsFunc(set[n].also, askable))
		})
		if some {
			names = slices.DeleteFunc(names, func(n string) bool { return !askable(n) })
		}
		for _, n := range t.firstChoice(m, names, k) {
			pool, first[n] = append(pool, n), true
			for _, a := range set[n].also {
				if !some || askable(a) {
					pool, first[a] = append(pool, a), true
				}
			}
		}
	}
	slices.SortFunc(pool, compareFold)
	return slices.Compact(pool), first
}

// firstChoice keeps of the names the narrowest that the map marks, else the
// narrowest, else all.
func (t *plainTable) firstChoice(m Match, names []string, k Kind) []string {
	key := m.Method + " " + plainNormal(m.Template)
	narrow, set := t.narrow(key, k), t.by[key][k]
	for _, marked := range []bool{true, false} {
		var out []string
		for _, p := range names {
			if narrow[p] && set[p].least == marked {
				out = append(out, p)
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return names
}

// cost orders sets: highest level, sum of levels, number, names.
type cost struct {
	top, sum int
	names    []string
}

func (c *cost) add(name string, level int) {
	c.top, c.sum, c.names = max(c.top, level), c.sum+level, append(c.names, name)
}

func (c cost) less(o cost) bool {
	switch {
	case c.top != o.top:
		return c.top < o.top
	case c.sum != o.sum:
		return c.sum < o.sum
	case len(c.names) != len(o.names):
		return len(c.names) < len(o.names)
	}
	return slices.CompareFunc(c.names, o.names, compareFold) < 0
}

package catalog

import (
	"slices"
	"sort"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestDifferential holds the catalog against the plain reading of
// permissions.txt and errata.txt: every path, method and kind, no difference.
func TestDifferential(t *testing.T) {
	plain := readPlain(t)
	combinations, supported, changed := 0, 0, 0
	for _, r := range plain.rows {
		path := r.path
		if to, ok := plain.mend[path]; ok {
			path = to
		}
		key := r.method + " " + plainNormal(path)
		m := Find(r.method, path)
		if m.How != Exact || m.MethodMissing || m.Lost || m.Method != r.method {
			t.Errorf("Find(%s %s) = %+v, want exact", r.method, path, m)
			continue
		}
		if got := plainNormal(m.Template); got != plainNormal(path) {
			t.Errorf("Find(%s %s) found %s", r.method, path, m.Template)
			continue
		}
		for k := Application; k <= Personal; k++ {
			combinations++
			if r.sets[k] != nil {
				supported++
			}
			if plain.changed[key+" "+k.String()] {
				changed++
			}
			want := plain.needs(key, k)
			if diff := cmp.Diff(want, m.NeedsAt(k, time.Unix(1, 0))); diff != "" { // before anything ended
				t.Errorf("%s %s, %s (-plain +catalog):\n%s", r.method, path, k, diff)
			}
			if _, ended := m.Ended(k); ended && (m.Needs(k).Supported || m.Set(k) != 0) {
				t.Errorf("%s %s, %s has ended, and is said to be served", r.method, path, k)
			}
		}
	}
	t.Logf("%d paths and methods, %d combinations with kind, %d of them supported, %d changed by errata", len(plain.rows), combinations, supported, changed)
	if len(plain.rows) != 11215 || supported != 22211 {
		t.Errorf("the source has 11215 paths and methods and 22211 supported combinations; read %d and %d", len(plain.rows), supported)
	}
}

// needs orders a plain set as Needs is ordered.
func (t *plainTable) needs(key string, k Kind) Needs {
	n := Needs{Known: true}
	set, narrow := t.by[key][k], t.narrow(key, k)
	if set == nil {
		return n
	}
	n.Supported = true
	n.Any, n.Least, n.Narrowest = []string{}, []string{}, []string{}
	for name := range set {
		n.Any = append(n.Any, name)
	}
	sort.Strings(n.Any)
	slices.SortStableFunc(n.Any, func(a, b string) int {
		return compareFold(a, b)
	})
	rank := func(name string) int {
		r := t.facts[name+" "+k.String()].level
		if r == 0 {
			r = 9
		}
		if !set[name].least || !narrow[name] {
			r += 10
		}
		return r
	}
	slices.SortStableFunc(n.Any, func(a, b string) int { return rank(a) - rank(b) })
	for _, name := range n.Any {
		if set[name].least {
			n.Least = append(n.Least, name)
		}
		if narrow[name] && set[name].least {
			n.Narrowest = append(n.Narrowest, name)
		}
		if also := set[name].also; len(also) > 0 {
			if n.Also == nil {
				n.Also = map[string][]string{}
			}
			n.Also[name] = also
		}
	}
	return n
}

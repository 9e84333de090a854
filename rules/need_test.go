package rules

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
	"pgregory.net/rapid"
)

func parsed(t testing.TB, lines ...string) []*evidence.Call {
	t.Helper()
	var out []*evidence.Call
	for i, l := range lines {
		c, err := evidence.ParseCall(l, evidence.Place{File: "list", Line: i + 1})
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

// mapLines are the requests of the permission map, as a list has them.
func mapLines(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("catalog/permissions.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for l := range strings.Lines(string(text)) {
		if c := strings.SplitN(l, "\t", 3); l[0] == '/' && !strings.ContainsAny(c[0], "? .") {
			out = append(out, c[1]+" "+c[0])
		}
	}
	return out
}

// TestNeedSetServes: the least set serves every request that its kind can make,
// properties included, and no permission of it can go.
func TestNeedSetServes(t *testing.T) {
	lines := append(mapLines(t), "GET /users?$select=signInActivity", "PATCH /users/1 {\"passwordProfile\":{}}", "GET /users?$select=customSecurityAttributes", "GET /users/1?$expand=manager")
	rapid.Check(t, func(rt *rapid.T) {
		calls := parsed(t, rapid.SliceOfN(rapid.SampledFrom(lines), 1, 8).Draw(rt, "requests")...)
		r := Need(calls, NeedOptions{})
		for i, s := range r.Sets {
			k := catalog.Kind(i)
			var names []string
			for _, p := range s.Permissions {
				names = append(names, p.Name)
				if len(p.Serves) == 0 {
					rt.Fatalf("%s is in the set of %s for nothing", p.Name, s.Kind)
				}
			}
			if q, ok := unserved(r, k, names); ok {
				rt.Fatalf("%s does not serve %s as %s", names, q, k)
			}
			for _, p := range names {
				without := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == p })
				if _, ok := unserved(r, k, without); !ok && s.Exact {
					rt.Fatalf("%s: %s can go from %s", k, p, names)
				}
			}
		}
	})
}

// unserved finds a request that permissions do not suffice for.
func unserved(r *checks.NeedReport, k catalog.Kind, held []string) (string, bool) {
	for _, q := range r.Requests {
		need := q.Kinds[k]
		if !need.Supported {
			continue
		}
		n := catalog.Needs{Any: need.AnyOf, Also: need.Also}
		if _, ok := n.Suffices(held); !ok {
			return q.Name(), true
		}
		for _, e := range q.Extra {
			if slices.Contains(e.Kinds, k.String()) && !slices.ContainsFunc(e.Permissions, func(p string) bool { return slices.Contains(held, p) }) {
				return q.Name() + " " + strings.Join(e.Properties, ","), true
			}
		}
	}
	return "", false
}

// TestNeedHave: a request is missing exactly when the held permissions do not
// serve it; with what is to be added all are served; what is in excess can go.
func TestNeedHave(t *testing.T) {
	lines := append(mapLines(t), "GET /users?$select=signInActivity", "PATCH /users/1 {\"accountEnabled\":true}")
	rapid.Check(t, func(rt *rapid.T) {
		calls := parsed(t, rapid.SliceOfNDistinct(rapid.SampledFrom(lines), 1, 5, rapid.ID).Draw(rt, "requests")...)
		k := catalog.Kind(rapid.IntRange(0, 2).Draw(rt, "kind"))
		var pool []string
		for _, q := range Need(calls, NeedOptions{}).Requests {
			pool = append(pool, q.Kinds[k].AnyOf...)
			for _, also := range q.Kinds[k].Also {
				pool = append(pool, also...)
			}
			for _, e := range q.Extra {
				pool = append(pool, e.Permissions...)
			}
		}
		pool = append(pool, "User.Read", "Directory.Read.All")
		held := rapid.SliceOfN(rapid.SampledFrom(pool), 0, 4).Draw(rt, "held")
		r := Need(calls, NeedOptions{Kinds: []string{k.String()}, Have: held, Compare: true})
		h := r.Have[0]
		for i := range r.Requests {
			one := &checks.NeedReport{Requests: []checks.NeedRequest{r.Requests[i]}}
			one.Requests[0].Kinds = make([]checks.NeedKind, 3)
			one.Requests[0].Kinds[k] = r.Requests[i].Kinds[0]
			_, open := unserved(one, k, h.Held)
			told := slices.ContainsFunc(h.Missing, func(m checks.NeedMissing) bool { return m.Request == r.Requests[i].Name() })
			if open != told {
				rt.Fatalf("%s as %s with %q: told missing %t, is %t", r.Requests[i].Name(), k, h.Held, told, open)
			}
			all := slices.Clone(h.Held)
			for _, p := range h.Add {
				all = append(all, p.Name)
			}
			if q, ok := unserved(one, k, all); ok {
				rt.Fatalf("%q does not serve %s as %s", all, q, k)
			}
			var left []string
			for _, p := range h.Held {
				if !slices.ContainsFunc(h.Excess, func(e checks.NeedExcess) bool { return e.Name == p && e.Instead == "" }) {
					left = append(left, p)
				}
			}
			if _, ok := unserved(one, k, left); ok && !open {
				rt.Fatalf("%s as %s: of %q only %q is left", r.Requests[i].Name(), k, h.Held, left)
			}
		}
	})
}

// TestNeedElsewhere: a request to another API is a problem where it was asked
// for, and counted where it stood in a carrier.
func TestNeedElsewhere(t *testing.T) {
	calls := parsed(t, "GET https://graph.microsoft.com/v1.0/me", "GET https://management.azure.com/x", "FETCH /me")
	calls = append(calls, &evidence.Call{Method: "GET", URL: "https://cdn.example.com/x.js", Host: "cdn.example.com"})
	r := Need(calls, NeedOptions{})
	if len(r.Requests) != 1 || len(r.Problems) != 2 || r.Other.Count != 1 {
		t.Fatalf("%d requests, problems %v, other %+v", len(r.Requests), r.Problems, r.Other)
	}
	for i, want := range []string{"list:2: https://management.azure.com/x: management.azure.com is Azure Resource Manager", "list:3: unknown method \"FETCH\": did you mean GET?"} {
		if !strings.HasPrefix(r.Problems[i].Error(), want) {
			t.Errorf("problem %q, want %q", r.Problems[i], want)
		}
	}
}

// TestNeedMerges: requests of a carrier that need the same are told once, those
// of a list each by itself.
func TestNeedMerges(t *testing.T) {
	var calls []*evidence.Call
	for _, id := range []string{"1", "2", "3"} {
		calls = append(calls, parsed(t, "GET https://graph.microsoft.com/v1.0/users/"+id+"/messages")...)
	}
	if r := Need(calls, NeedOptions{}); len(r.Requests) != 3 {
		t.Errorf("a list: %d requests, want 3", len(r.Requests))
	}
	for _, c := range calls {
		c.Asked = false
	}
	if r := Need(calls, NeedOptions{}); len(r.Requests) != 1 || r.Requests[0].Count != 3 || len(r.Requests[0].Places) != 3 {
		t.Errorf("a log: %d requests, the first met %d times", len(r.Requests), r.Requests[0].Count)
	}
}

// TestNeedSource: every answer names where it comes from.
func TestNeedSource(t *testing.T) {
	r := Need(nil, NeedOptions{})
	if r.Source == "" || r.Commit == "" || r.Date == "" {
		t.Errorf("%+v", r)
	}
}

package catalog

import (
	"encoding/json"
	"strings"
	"testing"
)

// The look-up beside the plain way, which is to decode the map's JSON first.
//
//	go test -bench . -benchmem ./rules/catalog

func BenchmarkFind(b *testing.B) {
	for b.Loop() {
		if m := Find("GET", "https://graph.microsoft.com/v1.0/users/adele@contoso.com/messages?$top=5"); m.How != Exact {
			b.Fatal(m)
		}
	}
}

func BenchmarkFindDeep(b *testing.B) {
	for b.Loop() {
		if m := Find("GET", "/users/1/calendarGroups/2/calendars/3/events/4/instances"); m.How != Exact {
			b.Fatal(m)
		}
	}
}

func BenchmarkFindFunction(b *testing.B) {
	for b.Loop() {
		if m := Find("PATCH", "/me/drive/items/1/workbook/worksheets/2/range(address='A1:B2')"); m.How != Exact {
			b.Fatal(m)
		}
	}
}

func BenchmarkFindAlias(b *testing.B) {
	for b.Loop() {
		if m := Find("GET", "/users/1/calendar"); m.How != Cast {
			b.Fatal(m)
		}
	}
}

func BenchmarkNeeds(b *testing.B) {
	m := Find("GET", "/users/1/messages")
	for b.Loop() {
		if n := m.Needs(Application); len(n.Any) == 0 {
			b.Fatal(n)
		}
	}
}

func BenchmarkLeastSet100(b *testing.B) {
	var reqs []Match
	for _, l := range readText(b, "testdata/requests.txt") {
		request, _, _ := strings.Cut(l, "\t")
		method, url, _ := strings.Cut(request, " ")
		if m := Find(method, url); m.Needs(Delegated).Supported && len(reqs) < 100 {
			reqs = append(reqs, m)
		}
	}
	for b.Loop() {
		LeastSet(reqs, Delegated)
	}
}

// upstream is the shape of Microsoft's permissions.json.
type upstream struct {
	Permissions map[string]struct {
		Schemes  map[string]any `json:"schemes"`
		PathSets []pathSet      `json:"pathSets"`
	} `json:"permissions"`
}

type pathSet struct {
	SchemeKeys []string          `json:"schemeKeys"`
	Methods    []string          `json:"methods"`
	Paths      map[string]string `json:"paths"`
}

// BenchmarkDecodeUpstream decodes the same facts in the shape in which Microsoft
// publishes them: what a look-up would cost that loads the map first.
func BenchmarkDecodeUpstream(b *testing.B) {
	text := upstreamJSON(b)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		var u upstream
		if err := json.Unmarshal(text, &u); err != nil || len(u.Permissions) < 800 {
			b.Fatal(err, len(u.Permissions))
		}
	}
}

// upstreamJSON writes permissions.txt back as Microsoft's file has it:
// permission, then sets of paths that share methods and kinds.
func upstreamJSON(b *testing.B) []byte {
	type key struct{ permission, methods, kinds string }
	sets := map[key]map[string]string{}
	kinds := []string{"Application", "DelegatedWork", "DelegatedPersonal"}
	for _, l := range readText(b, "permissions.txt") {
		c := strings.Split(l, "\t")
		byName := map[string][]string{}
		least := map[string]bool{}
		for k, kind := range kinds {
			for name, p := range plainParse(c[2+k]) {
				byName[name] = append(byName[name], kind)
				least[name] = least[name] || p.least
			}
		}
		for name, of := range byName {
			id := key{name, c[1], strings.Join(of, ",")}
			if sets[id] == nil {
				sets[id] = map[string]string{}
			}
			mark := ""
			if least[name] {
				mark = "least=" + id.kinds
			}
			sets[id][c[0]] = mark
		}
	}
	type permission struct {
		Schemes  map[string]map[string]any `json:"schemes"`
		PathSets []pathSet                 `json:"pathSets"`
	}
	all := map[string]permission{}
	for id, paths := range sets {
		p := all[id.permission]
		if p.Schemes == nil {
			p.Schemes = map[string]map[string]any{}
		}
		of := strings.Split(id.kinds, ",")
		for _, kind := range of {
			p.Schemes[kind] = map[string]any{"adminDisplayName": "Read all of " + id.permission, "requiresAdminConsent": true, "privilegeLevel": 3}
		}
		p.PathSets = append(p.PathSets, pathSet{of, []string{id.methods}, paths})
		all[id.permission] = p
	}
	text, err := json.Marshal(map[string]any{"permissions": all})
	if err != nil {
		b.Fatal(err)
	}
	return text
}

// TestLookupAllocates holds a plain look-up to the one allocation that its
// answer needs, the template's text.
func TestLookupAllocates(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { Find("GET", "https://graph.microsoft.com/v1.0/users/adele@contoso.com/messages") }); n > 2 {
		t.Errorf("a look-up allocates %.0f times", n)
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/graphdoctor/graphdoctor/report"
)

// needAll runs need over an input in every form, standard error included.
func needAll(t *testing.T, input string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	args := []string{"need", "--verbose", "--have", "User.Read", "-"}
	for _, f := range report.NeedFormats {
		args = append(args, "--format", f.Name+"="+filepath.Join(dir, f.Name))
	}
	var out, errs bytes.Buffer
	run(args, strings.NewReader(input), &out, &errs)
	said := map[string]string{"stdout": out.String(), "stderr": errs.String()}
	for _, f := range report.NeedFormats {
		b, err := os.ReadFile(filepath.Join(dir, f.Name))
		if err != nil {
			t.Fatal(err)
		}
		said[f.Name] = string(b)
	}
	return said
}

// TestNeedSafe: of the token that an input holds nothing comes out, in no form.
func TestNeedSafe(t *testing.T) {
	cases := tokenCases(t)
	for i, name := range slices.Sorted(maps.Keys(cases)) {
		if i%5 > 0 && testing.Short() {
			continue
		}
		input, token := cases[name][0], cases[name][1]
		for _, carrier := range []string{input, "GET /me?access_token=" + token, "GET /me/" + token, "GET https://graph.microsoft.com/v1.0/me#access_token=" + token} {
			for form, said := range needAll(t, carrier) {
				if l := leak(said, token); l != "" {
					t.Errorf("%s: %s holds %q of the token", name, form, l)
				}
			}
		}
	}
}

// TestNeedHostile: what a request holds is shown, never obeyed.
func TestNeedHostile(t *testing.T) {
	const input = "GET /me/\x1b[31mred\nGET /users/::error::boom\nGET /users/##[group]x\nGET /users/<img/src=x>|a|`b`\nGET /users/\u202egpj\nFETCH\x07 /me\nGET /a\nGET /b\nGET /c\nGET /d\n"
	for form, said := range needAll(t, input) {
		for _, bad := range []string{"\x1b", "\x07", "\u202e", "##[group]"} {
			if strings.Contains(said, bad) {
				t.Errorf("%s emits %q", form, bad)
			}
		}
		for l := range strings.Lines(said) {
			if strings.HasPrefix(strings.TrimSpace(l), "::") {
				t.Errorf("%s begins a line with a command: %q", form, l)
			}
			if before, _, ok := strings.Cut(l, "<img"); ok && form == "markdown" && !strings.Contains(before, "`") {
				t.Errorf("markdown holds HTML outside code: %q", l)
			}
		}
	}
}

// needDoc is the part of the contract's JSON that is compared.
type needDoc struct {
	Requests []map[string]json.RawMessage `json:"requests"`
	LeastSet map[string][]string          `json:"least_set"`
}

type needKindDoc struct {
	Supported   bool                `json:"supported"`
	Least       []string            `json:"least"`
	AnyOf       []string            `json:"any_of"`
	Also        map[string][]string `json:"also"`
	MarkedLeast []string            `json:"marked_least"`
}

// TestNeedAgrees asks for every path and method of the permission map and
// compares the answer with the map's own text: what suffices, what is marked
// least, what is needed beside it. Left out are what errata.txt changes, what has
// ended since, and
// /me for an app alone, which no app can call whatever the map says.
func TestNeedAgrees(t *testing.T) {
	rows := tableRows(t, "permissions.txt")
	changed := map[string]bool{}
	renamed := map[string]bool{}
	for _, c := range tableRows(t, "errata.txt") {
		switch c[0] {
		case "mend":
			changed[normalPath(c[2])], changed[normalPath(c[4])] = true, true
		case "rename":
			renamed[c[2]] = true
		default:
			changed[normalPath(c[2])] = true
		}
	}
	rows = slices.DeleteFunc(rows, func(c []string) bool { return changed[normalPath(c[0])] || strings.ContainsAny(c[0], "?") })
	// templates that fold to the same are told together: keep those that stand alone
	twins := map[string]int{}
	for _, c := range rows {
		twins[c[1]+" "+normalPath(c[0])]++
	}
	rows = slices.DeleteFunc(rows, func(c []string) bool { return twins[c[1]+" "+normalPath(c[0])] > 1 })

	var list strings.Builder
	for _, c := range rows {
		list.WriteString(c[1] + " " + c[0] + "\n")
	}
	var out, errs bytes.Buffer
	if code := run([]string{"need", "--format", "json", "-"}, strings.NewReader(list.String()), &out, &errs); code != 0 {
		t.Fatalf("exit code %d: %.500s", code, errs.String())
	}
	var doc needDoc
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Requests) != len(rows) {
		t.Fatalf("%d answers for %d requests", len(doc.Requests), len(rows))
	}
	compared := 0
	for i, c := range rows {
		for k, kind := range []string{"application", "delegated", "personal"} {
			if kind == "application" && (c[0] == "/me" || strings.HasPrefix(c[0], "/me/")) {
				continue
			}
			if kind == "application" && strings.Contains(c[0], "/onenote/") {
				c[2+k] = "-" // the map has it, and it has ended (rules/catalog/facts/ended.tsv)
			}
			var got needKindDoc
			if err := json.Unmarshal(doc.Requests[i][kind], &got); err != nil {
				t.Fatal(err)
			}
			want := needKindDoc{Also: map[string][]string{}}
			skip := false
			for w := range strings.FieldsSeq(strings.Trim(c[2+k], "-")) {
				w, least := strings.CutPrefix(w, "*")
				name, also, pair := strings.Cut(w, "+")
				skip = skip || renamed[name]
				want.AnyOf = append(want.AnyOf, name)
				if least {
					want.MarkedLeast = append(want.MarkedLeast, name)
				}
				if pair {
					want.Also[name] = strings.Split(also, ",")
				}
			}
			if skip {
				continue
			}
			compared++
			if got.Supported != (len(want.AnyOf) > 0) || !sameSet(got.AnyOf, want.AnyOf) || !sameSet(got.MarkedLeast, want.MarkedLeast) || len(got.Also) != len(want.Also) {
				t.Errorf("%s %s, %s: %+v, the map has %s", c[1], c[0], kind, got, c[2+k])
			}
			if got.Supported && (len(got.Least) == 0 || !slices.Contains(want.AnyOf, got.Least[0])) {
				t.Errorf("%s %s, %s: least %q is not among %s", c[1], c[0], kind, got.Least, c[2+k])
			}
		}
	}
	if compared < 30_000 {
		t.Errorf("compared %d combinations of path, method and kind", compared)
	}
	t.Logf("%d combinations of path, method and kind agree", compared)
}

func tableRows(t *testing.T, name string) [][]string {
	t.Helper()
	text, err := os.ReadFile("../../rules/catalog/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for l := range strings.Lines(string(text)) {
		if l[0] != '#' {
			out = append(out, strings.Split(strings.TrimSuffix(l, "\n"), "\t"))
		}
	}
	return out
}

// normalPath folds a template as the map's users do: case, keys, argument order.
func normalPath(p string) string {
	p = strings.ToLower(p)
	var b strings.Builder
	for p != "" {
		i := strings.IndexByte(p, '{')
		if i < 0 {
			b.WriteString(p)
			break
		}
		b.WriteString(p[:i] + "{}")
		j := strings.IndexByte(p, '}')
		if j < 0 {
			break
		}
		p = p[j+1:]
	}
	p = strings.NewReplacer("'", "", " ", "", "default.", "", "({})", "/{}").Replace(b.String())
	if i := strings.IndexByte(p, '('); i >= 0 {
		if j := strings.IndexByte(p, ')'); j > i {
			args := strings.Split(p[i+1:j], ",")
			slices.Sort(args)
			p = p[:i+1] + strings.Join(args, ",") + p[j:]
		}
	}
	return p
}

func sameSet(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}

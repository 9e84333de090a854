package evidence

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// tokenShape finds whole JWTs in an input, to know what must not come out.
var tokenShape = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}\.([A-Za-z0-9_-]{20,})\.([A-Za-z0-9_-]{20,})`)

// seeds are the inputs of all cases, with a token minted where one stood.
func seeds(t testing.TB) []string {
	var out []string
	err := filepath.WalkDir("../../testdata/cases", func(path string, d os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".txtar") {
			return err
		}
		ar, err := txtar.ParseFile(path)
		if err != nil {
			return err
		}
		var input, claims string
		for _, f := range ar.Files {
			switch f.Name {
			case "input":
				input = string(f.Data)
			case "claims.json":
				claims = string(f.Data)
			}
		}
		if claims != "" {
			var m map[string]any
			if err := json.Unmarshal([]byte(claims), &m); err != nil {
				t.Errorf("%s: claims.json: %v", path, err)
			}
			input = strings.ReplaceAll(input, "{{TOKEN}}", Mint(m))
		}
		out = append(out, input)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// said gathers every string that a case hands out.
func said(c *Case) string {
	var b strings.Builder
	add := func(ss ...string) {
		for _, s := range ss {
			b.WriteString(s)
			b.WriteByte('\n')
		}
	}
	ref := func(r Ref) { add(r.Field, r.Value) }
	for _, s := range c.Said {
		add(s.Code, s.Message, s.Target, s.Claims)
		add(s.Needed...)
		add(s.Held...)
		ref(s.Ref)
		for _, v := range s.Values {
			ref(v)
		}
	}
	for _, f := range c.Facts {
		ref(f)
	}
	for _, call := range append([]*Call{c.Call}, c.Beside...) {
		if call == nil {
			continue
		}
		add(call.Method, call.URL, call.Host, call.Path, call.Query, call.UserAgent(), call.Client, call.Cmdlet)
		add(call.Select...)
		add(call.Body...)
		for _, m := range []map[string]string{call.Fields, call.Headers, call.Response} {
			for k, v := range m {
				add(k, v)
			}
		}
	}
	for _, t := range c.Seen {
		add(t.String(), t.Flaw)
		add(t.Notes...)
		for claim := range t.Claims {
			ref(t.Ref(claim))
		}
	}
	add(c.IDs.Request, c.IDs.ClientRequest, c.IDs.Correlation, c.IDs.Trace, c.IDs.Timestamp)
	return b.String()
}

// leaks returns a piece of a token of the input that stands in the output. What
// stands outside of every token too (an id that was copied into one) is no leak.
func leaks(input, output string) string {
	rest := tokenShape.ReplaceAllString(input, " ")
	for _, m := range tokenShape.FindAllStringSubmatch(input, 50) {
		for _, part := range m[1:] {
			for i := 0; i+20 <= len(part); i += 5 {
				if strings.Contains(output, part[i:i+20]) && !strings.Contains(rest, part[i:i+20]) {
					return part[i : i+20]
				}
			}
		}
	}
	return ""
}

func checkRead(t *testing.T, input string) {
	t.Helper()
	lines := 2 + strings.Count(input, "\n") + strings.Count(input, "\r")
	for c, err := range Read(context.Background(), Input{Name: "-", Reader: strings.NewReader(input)}) {
		if err != nil {
			continue
		}
		for _, s := range c.Said {
			if s.Ref.Line < 0 || s.Ref.Line > lines {
				t.Fatalf("line %d of %d", s.Ref.Line, lines)
			}
		}
		if c.Place.Line < 0 || c.Place.Line > lines {
			t.Fatalf("place at line %d of %d", c.Place.Line, lines)
		}
		if p := leaks(input, said(c)); p != "" {
			t.Fatalf("a token's text came out: %q", p)
		}
	}
}

func TestReadSeeds(t *testing.T) {
	for _, s := range seeds(t) {
		checkRead(t, s)
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range seeds(f) {
		if len(s) < 20_000 {
			f.Add(s)
		}
	}
	f.Fuzz(checkRead)
}

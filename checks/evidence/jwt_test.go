package evidence

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// TestPlainJWT: what reads tokens in a page reads them as golang-jwt does.
func TestPlainJWT(t *testing.T) {
	enc := base64.RawURLEncoding.EncodeToString
	same := func(t interface{ Errorf(string, ...any) }, text string) {
		h1, c1 := parseJWT(text)
		h2, c2 := plainJWT(text)
		if d := cmp.Diff(h1, h2, cmpopts.EquateEmpty()) + cmp.Diff(c1, c2, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%q: -golang-jwt +plain\n%s", text, d)
		}
	}
	claims := enc([]byte(`{"aud":"x","exp":1795228000,"n":1e400,"roles":["a"]}`))
	for _, text := range []string{
		Mint(map[string]any{"aud": "https://graph.microsoft.com", "exp": 1795228000.5}),
		enc([]byte(`{"alg":"none","n":12345678901234567890}`)) + "." + claims + ".",
		enc([]byte(`{"alg":7}`)) + "." + claims + ".xx", enc([]byte(`{}`)) + "." + enc([]byte(`null`)) + ".xx",
		enc([]byte(`[]`)) + "." + claims + ".xx", enc([]byte(`{"alg":"RS256"} x`)) + "." + claims + ".xx",
		enc([]byte(`{"alg":"RS256"}`)) + "." + enc([]byte(`{"aud":"x"} trailing`)) + ".xx",
		enc([]byte(`{"alg":"RS256"}`)) + "==." + claims + "=.xx", enc([]byte(`{"alg":"RS256"}`)) + "." + claims[:7] + ".xx",
		enc([]byte(`{"alg":"RS256"}`)) + "." + claims, enc([]byte(`{"alg":"RS256"}`)) + "." + claims + ".x.y", "", "..", "a.b.c", "eyJ.+/.x",
	} {
		same(t, text)
	}
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.OneOf(rapid.StringMatching(`[A-Za-z0-9_=+/-]{0,12}`), rapid.Map(rapid.SampledFrom([]string{`{"alg":"RS256"}`, `{"a":1}`, `{}`, `{"a":`, `"x"`}), func(s string) string { return enc([]byte(s)) }))
		same(t, strings.Join(rapid.SliceOfN(part, 1, 4).Draw(t, "parts"), "."))
	})
}

package gate

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// TestSearch holds the one-pass search against one search a word.
func TestSearch(t *testing.T) {
	letters := rapid.SliceOfN(rapid.SampledFrom([]byte("abcgrph.")), 0, 400)
	word := rapid.SliceOfN(rapid.SampledFrom([]byte("abcgrph.")), 2, 9)
	rapid.Check(t, func(t *rapid.T) {
		text := letters.Draw(t, "text")
		var words []string
		want := false
		for _, w := range rapid.SliceOfN(word, 1, 12).Draw(t, "words") {
			words = append(words, string(w))
			want = want || bytes.Contains(text, w)
		}
		if got := newSearcher(words...).in(text); got != want {
			t.Fatalf("%q in %q: %v", words, text, got)
		}
	})
	for _, s := range []*searcher{inJSON(), inCode(), inShell(), inBicep(), inProjects()} {
		for _, w := range s.words {
			for _, around := range []string{"", "x", "some text before it ", w[:1]} {
				if !s.in([]byte(around+w)) || !s.in([]byte(around+w+around)) {
					t.Errorf("%q is not found behind %q", w, around)
				}
				if s.in([]byte(around + w[:len(w)-1])) {
					other := false
					for _, o := range s.words {
						other = other || bytes.Contains([]byte(around+w[:len(w)-1]), []byte(o))
					}
					if !other {
						t.Errorf("%q is found where its last letter is missing", w)
					}
				}
			}
		}
	}
}

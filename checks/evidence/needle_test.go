package evidence

import (
	"context"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestStemsFindFailures: whatever line the readers take for a failure must hold
// one of the words that a log is searched for, or it would be passed over.
func TestStemsFindFailures(t *testing.T) {
	words := newNeedles(append(failureStems(), statusWords...))
	failing, missed := 0, 0
	for _, text := range seeds(t) {
		for line := range strings.Lines(text) {
			b := []byte(strings.TrimRight(line, "\r\n"))
			// what begins so continues a line or a body
			if len(b) == 0 || strings.IndexByte(" \t<>\"}", b[0]) >= 0 || len(b) > 4096 || len(readGroup(context.Background(), &group{text: b, first: 1})) == 0 {
				continue
			}
			failing++
			if words.telling(b, 0) >= 0 {
				continue
			}
			if missed++; isHead(b) {
				t.Errorf("no word of failure in a log's line: add one of its words to stems, %q", clipped(string(b)))
			} else {
				t.Logf("no word of failure in %q", clipped(string(b)))
			}
		}
	}
	if failing < 600 {
		t.Errorf("only %d failing lines: does the test see the cases?", failing)
	}
	// What is left is no log's line.
	if missed*50 > failing {
		t.Errorf("%d of %d failing lines would be passed over", missed, failing)
	}
}

func clipped(s string) string { return s[:min(len(s), 160)] }

// TestNeedles: the search finds what a plain search finds first.
func TestNeedles(t *testing.T) {
	letters := rapid.StringMatching(`[abAB \n-]{0,40}`)
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.StringMatching(`[ab-]{3,6}`), 1, 6).Draw(t, "words")
		text := letters.Draw(t, "text")
		n := newNeedles(words)
		want := -1
		for i := range text {
			for k := range n.words {
				if want < 0 && strings.HasPrefix(foldBytes(text[i:]), n.words[k]) {
					want = i
				}
			}
		}
		if got, _ := n.next([]byte(text), 0); got != want {
			t.Fatalf("found at %d, stands at %d", got, want)
		}
	})
}

func TestNothingFailed(t *testing.T) {
	words := newNeedles(append(failureStems(), statusWords...))
	for line, telling := range map[string]bool{
		`2026-11-20 06:00:00 INFO done errors=0 status=200`:                                false,
		`2026-11-20 06:00:00 INFO {"error": null, "errors": []}`:                           false,
		`time=2026-11-20T06:00:00Z level=info error= status=204`:                           false,
		`2026-11-20 06:00:00 INFO finished with 0 errors`:                                  false,
		`10.0.0.1 - - [20/Nov/2026:06:00:00 +0000] "GET /x HTTP/1.1" 200`:                  false,
		`10.0.0.1 - - [20/Nov/2026:06:00:00 +0000] "GET /x HTTP/1.1" 403`:                  true,
		`2026-11-20 06:00:00 INFO GET https://graph.microsoft.com/v1.0/me -> 403 in 12 ms`: true,
		`2026-11-20 06:00:00 error=10 denied`:                                              true,
		`2026-11-20 06:00:00 Error:`:                                                       true,
		`time=2026-11-20T06:00:00Z level=warn msg=hello`:                                   true,
	} {
		if got := words.telling([]byte(line), 0) >= 0; got != telling {
			t.Errorf("%s: telling is %v", line, got)
		}
	}
}

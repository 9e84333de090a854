package evidence

import (
	"bytes"
	"unicode/utf8"
)

// This file searches for many words at once, whatever their case, with few looks
// at each stretch of text: the method of Wu and Manber. A look at two
// characters tells how far the next word can begin at the earliest.

// needles are the words of failure that a text is searched for.
type needles struct {
	words []string // folded
	short int      // length of the shortest
	skip  [1 << 13]uint8
	ends  [1 << 13][]uint16 // words whose first characters end in these two
}

// newNeedles prepares a search. Words must have two bytes or more.
func newNeedles(words []string) *needles {
	n := &needles{short: 255}
	for _, w := range words {
		n.words = append(n.words, foldBytes(w))
		n.short = min(n.short, len(w))
	}
	for i := range n.skip {
		n.skip[i] = uint8(n.short - 1)
	}
	for k, w := range n.words {
		for i := 1; i < n.short; i++ {
			h := pairHash(w[i-1], w[i])
			n.skip[h] = min(n.skip[h], uint8(n.short-1-i))
			if i == n.short-1 {
				n.ends[h] = append(n.ends[h], uint16(k))
			}
		}
	}
	return n
}

// fold makes letters small; other characters may fall together, which costs
// no more than a second look.
func fold(c byte) byte { return c | 0x20 }

func foldBytes(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] = fold(b[i])
	}
	return string(b)
}

func pairHash(a, b byte) int { return (int(fold(a))<<5 ^ int(fold(b))) & (1<<13 - 1) }

// next returns where a word stands at or behind b[from], and which; -1 if none.
func (n *needles) next(b []byte, from int) (at, word int) {
	m := n.short - 1
	for i := from + m; i < len(b); {
		h := pairHash(b[i-1], b[i])
		if s := n.skip[h]; s > 0 {
			i += int(s)
			continue
		}
		for _, k := range n.ends[h] {
			if n.is(b[i-m:], int(k)) {
				return i - m, int(k)
			}
		}
		i++
	}
	return -1, 0
}

// is tells whether a text begins with a word.
func (n *needles) is(b []byte, k int) bool {
	w := n.words[k]
	if len(b) < len(w) {
		return false
	}
	for i := 0; i < len(w); i++ {
		if fold(b[i]) != w[i] {
			return false
		}
	}
	return true
}

// in tells whether a word stands in a text.
func (n *needles) in(b []byte) bool {
	at, _ := n.next(b, 0)
	return at >= 0
}

// stems are the beginnings and middles of words by which programs report
// failures. They must find whatever the readers of lines take for a failure; a
// test holds them against these.
var stems = []string{
	"aadsts", "error", "rror:", "exception", "denied", "forbidden", "unauthor", "not author", "fail", "fault", "refused", "reject", "blocked", "idx1", "idx2", "akv1", "panic", "fatal", "warn", "critical", "severe", "traceback", "unhandled",
	"invalid", "missing", "expired", "requir", "needed", "already", "exist", "cannot", "can't", "could n", "couldn", "unable", " not ", "n't ", "not allowed", "not found", "challenge", "quarantin", "throttl", "disabled", "violation", "mismatch", "does not", "no such", "timed out", "timeout",
	"insufficient", "privilege", "permission", "consent", "quota", "too many", "trouble", "loop", "stderr", "[!] ", "not_", "_not", "bad_", "unknown", "unavail", "unsupported", "unexpected", "abort",
}

// failureStems are the stems and the words of failure in other languages.
func failureStems() []string {
	out := append([]string(nil), stems...)
	for _, list := range [][]string{failureWords, failurePhrases} {
		for _, w := range list {
			if len(w) >= 4 && (utf8.RuneCountInString(w) < len(w) || !bytes.ContainsAny([]byte(w), " ")) {
				out = append(out, w)
			}
		}
	}
	return out
}

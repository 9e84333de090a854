package evidence

// This file searches for many words at once, whatever their case, with few looks
// at each stretch of text: the method of Wu and Manber. A look at three
// characters tells how far the next word can begin at the earliest.

// needles are the words that a text is searched for.
type needles struct {
	words []string // folded
	short int      // length of the shortest
	skip  [1 << 15]uint8
	ends  map[uint16][]uint16 // words whose first characters end in these three
}

// newNeedles prepares a search. Words must have three bytes or more; the longer
// the shortest is, the faster is the search.
func newNeedles(words []string) *needles {
	n := &needles{short: 255, ends: map[uint16][]uint16{}}
	for _, w := range words {
		n.words = append(n.words, foldBytes(w))
		n.short = min(n.short, len(w))
	}
	for i := range n.skip {
		n.skip[i] = uint8(n.short - 2)
	}
	for k, w := range n.words {
		for i := 2; i < n.short; i++ {
			h := tripleHash(w[i-2], w[i-1], w[i])
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

func tripleHash(a, b, c byte) uint16 {
	return (uint16(fold(a))<<9 ^ uint16(fold(b))<<5 ^ uint16(fold(c))) & (1<<15 - 1)
}

// next returns where a word stands at or behind b[from], and which; -1 if none.
func (n *needles) next(b []byte, from int) (at, word int) {
	m := n.short - 1
	for i := from + m; i < len(b); {
		h := tripleHash(b[i-2], b[i-1], b[i])
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
// test holds them against these. None is shorter than shortStem, for speed.
var stems = []string{
	"aadsts", "error", "exception", "denied", "forbidden", "unauthor", "not author", "faile", "failu", "failing", "fails", "fail ", "fail:", " fault", "refused", "reject", "blocked", "akv10",
	"idx10", "idx11", "idx12", "idx13", "idx14", "idx15", "idx16", "idx20", "idx21", "panic", "fatal", " warn", "=warn", "[warn", "\"warn", "warn:", "warn ", "warning", "critical", "severe", "traceback", "unhandled",
	"invalid", "missing", "expired", "requir", "needed", "already", "exist", "cannot", "can't", "could n", "couldn", "unable", " not ", "don't", "won't", "isn't", "n't be", "challenge", "quarantin", "throttl", "disabled", "violation", "mismatch",
	"does not", "no such", "timed out", "timeout", "insufficient", "privilege", "permission", "consent", "quota", "too many", "too large", "too big", "\"block\"", "trouble", " loop", "stderr", "unknown", "unavail", "unsupported", "unexpected", "abort", "claims",
	"badrequest", "bad request", "bad gateway", "conflict", "unprocess", "precondition", "locked", "toomany", "malformed", "incorrect", "disallowed", "approval", "err_b", "_not_", "notfound", "notenabled", "notresource", "rforderlich", "limitreached", "revoc", "inactive", "cancel", "is empty", "either scp", "hasno",
}

const shortStem = 5

// failureStems are the stems and the words of failure in other languages.
func failureStems() []string {
	var out []string
	add := func(w string) {
		if len(w) >= shortStem {
			out = append(out, w)
			return
		}
		for _, around := range []string{" " + w, w + " ", w + ":"} {
			if len(around) >= shortStem {
				out = append(out, around)
			}
		}
	}
	for _, list := range [][]string{stems, failureWords, failurePhrases} {
		for _, w := range list {
			add(w)
		}
	}
	return out
}

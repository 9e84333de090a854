package evidence

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// This file asks the reader's own sealing where the secrets of a text stand,
// also where they are percent-encoded, escaped or written with entities.

// A patch is a span of a text and what comes in its place.
type patch struct {
	from, to int
	with     string
}

// A job replaces what is private in one text.
type job struct {
	z       *sanitizer
	text    string
	claims  bool   // the text is the decoded part of a token
	taken   []bool // bytes that have a patch, or must stay
	patches []patch
	depth   int
	start   int // where what is to be written begins
}

// put replaces a span unless a part of it is spoken for already.
func (j *job) put(from, to int, with string) bool {
	if from < 0 || to > len(j.text) || from >= to || !j.free(from, to) {
		return false
	}
	j.hold(from, to)
	if j.text[from:to] != with {
		j.patches = append(j.patches, patch{from, to, with})
	}
	return true
}

func (j *job) free(from, to int) bool {
	for _, t := range j.taken[from:to] {
		if t {
			return false
		}
	}
	return true
}

// hold keeps a span from being replaced again.
func (j *job) hold(from, to int) {
	for i := from; i < to; i++ {
		j.taken[i] = true
	}
}

// pieces calls do for the parts of a span that are not spoken for.
func (j *job) pieces(from, to int, do func(from, to int)) {
	for from < to {
		if j.taken[from] {
			from++
			continue
		}
		end := from
		for end < to && !j.taken[end] {
			end++
		}
		do(from, end)
		from = end
	}
}

// A secretSpan is where a token or secret stands, and what it is for; a token's
// kind is "".
type secretSpan struct {
	from, to int
	kind     string
}

// spansOf runs the reader's sealing over a text and tells what it took out. The
// text must hold none of the characters that seals are made of.
func spansOf(text string) []secretSpan {
	v := newVault()
	v.keep = true
	var spans []secretSpan
	v.unsealed(v.seal(text), 0, func(s secretSpan) { spans = append(spans, s) })
	return spans
}

// unsealed walks through a sealed text that began at an offset of the plain
// one, and tells where each seal's text stood. It returns where the text ends.
func (v *vault) unsealed(sealed string, at int, tell func(secretSpan)) int {
	for {
		i := strings.IndexRune(sealed, sealOpen)
		if i < 0 {
			return at + len(sealed)
		}
		at += i
		sealed = sealed[i+len(string(sealOpen)):]
		end := strings.IndexRune(sealed, sealClose)
		n, err := strconv.Atoi(sealed[1:max(1, end)])
		if end < 0 || err != nil {
			return at
		}
		from, breaks := at, 0
		if sealed[0] == 't' {
			at += len(v.tokens[n].raw)
			breaks = strings.Count(v.tokens[n].raw, "\n")
			tell(secretSpan{from, at, ""})
		} else {
			at = v.unsealed(v.texts[n], at, tell) // a secret may hold a token
			breaks = strings.Count(v.texts[n], "\n")
			tell(secretSpan{from, at, v.secrets[n].name})
		}
		sealed = sealed[end+len(string(sealClose)):]
		for range breaks {
			sealed = strings.TrimPrefix(sealed, string(lineMark))
		}
	}
}

// secrets replaces tokens and secrets: first those that stand in plain sight,
// tokens before all, then those in encoded pieces.
func (j *job) secrets() {
	j.prefixed()
	plain := spansOf(j.text)
	for _, s := range plain {
		if s.kind == "" {
			j.secret(s.from, s.to, s.kind)
		}
	}
	for _, s := range plain {
		if s.kind != "" {
			j.pieces(s.from, s.to, func(from, to int) { j.secret(from, to, s.kind) })
		}
	}
}

// prefixed replaces the tokens and keys that go on over lines with a prefix, as
// boxes and loggers put one before each: the reader takes it off before it looks.
func (j *job) prefixed() {
	if j.depth > 0 {
		return
	}
	stripped := unprefix(unstamp(j.text))
	if stripped == j.text {
		return
	}
	plain, raw := strings.Split(stripped, "\n"), strings.Split(j.text, "\n")
	if len(plain) != len(raw) {
		return
	}
	starts := make([]int, len(raw))  // of what is left of each line, in the text
	offsets := make([]int, len(raw)) // and in the stripped one
	at, off := 0, 0
	for i := range raw {
		starts[i], offsets[i] = at+len(raw[i])-len(plain[i]), off
		if !strings.HasSuffix(raw[i], plain[i]) {
			starts[i] = -1
		}
		at, off = at+len(raw[i])+1, off+len(plain[i])+1
	}
	line := 0
	for _, s := range spansOf(stripped) {
		text := stripped[s.from:s.to]
		if !strings.Contains(text, "\n") {
			continue
		}
		var made string
		if s.kind == "" {
			made = j.z.token(text, j.depth)
		} else {
			made = j.z.opaque(text)
		}
		was, is := strings.Split(text, "\n"), strings.Split(made, "\n")
		for line+1 < len(offsets) && offsets[line+1] <= s.from {
			line++
		}
		if len(was) != len(is) {
			continue
		}
		for k := range was {
			if n := line + k; n < len(starts) && starts[n] >= 0 {
				from := starts[n] + max(0, s.from-offsets[n])
				j.put(from, from+len(was[k]), is[k])
			}
		}
	}
}

// secret replaces one token or secret.
func (j *job) secret(from, to int, kind string) {
	raw := j.text[from:to]
	switch kind {
	case "":
		j.z.m.counts["token"]++
		j.put(from, to, j.z.token(raw, j.depth))
		return
	case "cut":
		j.put(from, to, "***")
	case "cookie":
		j.put(from, to, j.z.cookie(raw))
	case "sasl":
		j.put(from, to, j.z.sasl(raw, j.depth))
	default:
		if isGUID(raw) {
			j.put(from, to, j.z.m.guid(raw))
		} else {
			j.put(from, to, j.z.opaque(raw))
		}
	}
	j.z.m.counts["secret"]++
}

// apply returns the text with its patches.
func (j *job) apply() string {
	if len(j.patches) == 0 {
		return j.text
	}
	sortPatches(j.patches)
	var b strings.Builder
	last := 0
	for _, p := range j.patches {
		b.WriteString(j.text[last:p.from])
		b.WriteString(p.with)
		last = p.to
	}
	b.WriteString(j.text[last:])
	return b.String()
}

// cutRune shortens n so that no character is cut.
func cutRune(s string, n int) int {
	for n > 0 && n < len(s) && !utf8.RuneStart(s[n]) {
		n--
	}
	return n
}

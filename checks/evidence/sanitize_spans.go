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
	sealed := v.seal(text)
	var spans []secretSpan
	at := 0 // in text
	for len(sealed) > 0 {
		i := strings.IndexRune(sealed, sealOpen)
		if i < 0 {
			break
		}
		at += i
		sealed = sealed[i+len(string(sealOpen)):]
		end := strings.IndexRune(sealed, sealClose)
		n, err := strconv.Atoi(sealed[1:max(1, end)])
		if end < 0 || err != nil {
			break
		}
		span := secretSpan{from: at}
		var raw string
		if sealed[0] == 't' {
			raw = v.tokens[n].raw
		} else {
			raw, span.kind = v.texts[n], v.secrets[n].name
		}
		at += len(raw)
		span.to = at
		spans = append(spans, span)
		sealed = sealed[end+len(string(sealClose)):]
		for range strings.Count(raw, "\n") {
			sealed = strings.TrimPrefix(sealed, string(lineMark))
		}
	}
	return spans
}

// secrets replaces tokens and secrets: first those that stand in plain sight,
// tokens before all, then those in encoded pieces.
func (j *job) secrets() {
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
	j.encoded(percentSigns[:], " \t\r\n\"'<>`", percentView)
	j.encoded(entitySigns[:], "\n", entityView)
	j.encoded(escapeSigns[:], "\n", escapeView)
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
	default:
		if isGUID(raw) {
			j.put(from, to, j.z.m.guid(raw))
		} else {
			j.put(from, to, j.z.opaque(raw))
		}
	}
	j.z.m.counts["secret"]++
}

// Signs that a piece is encoded: what separates names from values.
var (
	percentSigns = [...]string{"%3D", "%3d", "%3A", "%3a", "%22", "%253"}
	entitySigns  = [...]string{"&quot;", "&#34;", "&#39;", "&#x27;", "&#x22;", "&amp;", "&#x2B;"}
	escapeSigns  = [...]string{`\u0022`, `\u0027`, `\u0026`, `\u003d`, `\u003D`}
)

// pieceBefore and pieceAfter bound an encoded piece around its first sign.
const (
	pieceBefore = 2 << 10
	pieceAfter  = 64 << 10
)

// encoded looks for secrets in pieces that are encoded. A piece ends at one of
// the stops; view decodes it and tells for each byte where it came from.
func (j *job) encoded(signs []string, stops string, view func(string) (string, []int)) {
	at := 0
	for at < len(j.text) {
		first := -1
		for _, s := range signs {
			if i := strings.Index(j.text[at:], s); i >= 0 && (first < 0 || i < first) {
				first = i
				if i == 0 {
					break
				}
			}
		}
		if first < 0 {
			return
		}
		sign := at + first
		low := max(0, sign-pieceBefore)
		from := low + 1 + strings.LastIndexAny(j.text[low:sign], stops)
		to := min(len(j.text), sign+pieceAfter)
		if n := strings.IndexAny(j.text[sign:to], stops); n >= 0 {
			to = sign + n
		}
		j.piece(from, to, view)
		at = max(to, sign+1)
	}
}

func (j *job) piece(from, to int, view func(string) (string, []int)) {
	plain, origin := view(j.text[from:to])
	for _, s := range spansOf(plain) {
		a, b := from+origin[s.from], from+origin[s.to]
		j.pieces(a, b, func(x, y int) {
			if y-x >= 4 || s.kind != "" {
				j.secret(x, y, s.kind)
			}
		})
	}
}

// percentView undoes percent-encoding, applied up to three times.
func percentView(s string) (string, []int) {
	var b strings.Builder
	var origin []int
	for i := 0; i < len(s); {
		c, n := s[i], 1
		if c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			digits := i + 1
			for range 2 {
				if s[digits:digits+2] == "25" && digits+4 <= len(s) && isHex(s[digits+2]) && isHex(s[digits+3]) {
					digits += 2
				}
			}
			c, n = unhex(s[digits])<<4|unhex(s[digits+1]), digits+2-i
		}
		if c >= 0x80 && n > 1 || c < ' ' && n > 1 && c != '\n' {
			c = '?' // only signs matter here
		}
		b.WriteByte(c)
		origin = append(origin, i)
		i += n
	}
	return b.String(), append(origin, len(s))
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	}
	return c - 'a' + 10
}

// entityView undoes the entities that stand for signs.
func entityView(s string) (string, []int) {
	return replacedView(s, '&', func(rest string) (byte, int) {
		for _, e := range [...]struct {
			text string
			sign byte
		}{{"&quot;", '"'}, {"&#34;", '"'}, {"&#x22;", '"'}, {"&#39;", '\''}, {"&#x27;", '\''}, {"&amp;", '&'}, {"&#x2B;", '+'}, {"&lt;", '<'}, {"&gt;", '>'}} {
			if strings.HasPrefix(rest, e.text) {
				return e.sign, len(e.text)
			}
		}
		return 0, 0
	})
}

// escapeView undoes \u00xx.
func escapeView(s string) (string, []int) {
	return replacedView(s, '\\', func(rest string) (byte, int) {
		n := 1
		for n < len(rest) && rest[n] == '\\' {
			n++
		}
		if len(rest) < n+5 || rest[n] != 'u' || rest[n+1:n+3] != "00" || !isHex(rest[n+3]) || !isHex(rest[n+4]) {
			return 0, 0
		}
		c := unhex(rest[n+3])<<4 | unhex(rest[n+4])
		if c < ' ' || c > '~' {
			return 0, 0
		}
		return c, n + 5
	})
}

// replacedView puts one sign for what decode recognises behind a mark.
func replacedView(s string, mark byte, decode func(string) (byte, int)) (string, []int) {
	var b strings.Builder
	var origin []int
	for i := 0; i < len(s); {
		c, n := s[i], 1
		if c == mark {
			if sign, w := decode(s[i:]); w > 0 {
				c, n = sign, w
			}
		}
		b.WriteByte(c)
		origin = append(origin, i)
		i += n
	}
	return b.String(), append(origin, len(s))
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

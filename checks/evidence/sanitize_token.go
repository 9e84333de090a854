package evidence

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// This file makes the stand-ins of tokens and other secrets. A token keeps what
// a diagnosis goes by (audience, issuer's host, times, scopes, roles, how it
// was got); persons and ids in it become the pseudonyms that they are
// elsewhere; its signature becomes noise. What was wrong with it stays wrong.

// token makes the stand-in of a token, in whatever state it is.
func (z *sanitizer) token(raw string, depth int) string {
	if made, ok := z.tokens[raw]; ok {
		return made
	}
	made := z.tokenAnew(raw, depth)
	if len(raw) <= 8<<10 {
		if len(z.tokens) >= 512 {
			clear(z.tokens)
		}
		z.tokens[strings.Clone(raw)] = made
	}
	return made
}

func (z *sanitizer) tokenAnew(raw string, depth int) string {
	text, breaks := unwrap(raw)
	if !strings.HasPrefix(text, "eyJ") {
		return rewrap(z.opaque(text), breaks)
	}
	parts, dots := splitDots(text)
	var b strings.Builder
	old := 0 // where the part began
	for i, p := range parts {
		start := b.Len()
		switch {
		case i == 0, i == 1 && len(parts) != 5:
			b.WriteString(z.part(p, depth))
		default:
			b.WriteString(z.opaque(p))
		}
		// a break keeps its place in its part: right behind a dot it would look
		// like the end of the token
		for n := range breaks {
			if at := breaks[n].at; at >= old && at < old+len(p) || at == old+len(p) && i == len(parts)-1 {
				breaks[n].to = min(start+at-old, b.Len())
			}
		}
		old += len(p)
		if i < len(dots) {
			for n := range breaks {
				if at := breaks[n].at; at >= old && at < old+len(dots[i]) {
					breaks[n].to = b.Len() + at - old
				}
			}
			b.WriteString(dots[i])
			old += len(dots[i])
		}
	}
	return rewrap(b.String(), breaks)
}

// A lineBreak stood in a token that was wrapped.
type lineBreak struct {
	at   int // offset in the unwrapped text
	to   int // and in the stand-in
	text string
}

func unwrap(raw string) (string, []lineBreak) {
	if !strings.ContainsAny(raw, "\r\n \t") {
		return raw, nil
	}
	var b strings.Builder
	var breaks []lineBreak
	for i := 0; i < len(raw); {
		n := 0
		for i+n < len(raw) && strings.IndexByte("\r\n \t", raw[i+n]) >= 0 {
			n++
		}
		if n > 0 {
			breaks = append(breaks, lineBreak{b.Len(), b.Len(), raw[i : i+n]})
			i += n
			continue
		}
		b.WriteByte(raw[i])
		i++
	}
	return b.String(), breaks
}

// rewrap breaks a stand-in where the token was broken. A stand-in is at least
// as long, so every break finds its place.
func rewrap(text string, breaks []lineBreak) string {
	if len(breaks) == 0 {
		return text
	}
	var b strings.Builder
	last := 0
	for _, br := range breaks {
		at := max(last, min(br.to, len(text)))
		b.WriteString(text[last:at])
		b.WriteString(br.text)
		last = at
	}
	b.WriteString(text[last:])
	return b.String()
}

// splitDots splits at dots, also at those that are percent-encoded.
func splitDots(text string) (parts, dots []string) {
	last := 0
	for i := 0; i < len(text); i++ {
		n := 0
		switch {
		case text[i] == '.':
			n = 1
		case strings.HasPrefix(text[i:], "%2E"), strings.HasPrefix(text[i:], "%2e"):
			n = 3
		}
		if n > 0 {
			parts, dots = append(parts, text[last:i]), append(dots, text[i:i+n])
			last = i + n
			i = last - 1
		}
	}
	return append(parts, text[last:]), dots
}

// part replaces what is private in the JSON of a token's part, be it cut off.
// What is no JSON is noise afterwards.
func (z *sanitizer) part(p string, depth int) string {
	core := strings.TrimRight(p, "=")
	pad, odd := p[len(core):], ""
	if len(core)%4 == 1 { // a single character tells nothing; it is the mark of a cut
		core, odd = core[:len(core)-1], core[len(core)-1:]
	}
	plain, ok := decodeText(core)
	if !ok || !strings.HasPrefix(strings.TrimLeft(plain, " \r\n\t"), "{") {
		if rest, ok := strings.CutPrefix(p, "eyJ"); ok { // it must still look like a token
			return "eyJ" + z.opaque(rest)
		}
		return z.opaque(p)
	}
	made := z.inner(plain, true, depth)
	if made == plain {
		return p // to the last bit, which a cut leaves over
	}
	if odd != "" {
		if n := len(made) % 3; n > 0 { // the cut must stay as uneven as it was
			at := strings.Index(made, `":`) + 2 // behind the first name, since a token begins with {"
			if at < 2 {
				return z.opaque(p)
			}
			made = made[:at] + "  "[:3-n] + made[at:]
		}
	}
	return encodeLike(made, core, pad) + odd + pad
}

// decodeText decodes base64 of a text; the end may be cut.
func decodeText(core string) (string, bool) {
	b, err := decodeBase64(core)
	if err != nil || len(b) == 0 {
		return "", false
	}
	n := len(b)
	for cut := 0; cut < 3 && n > 0 && !utf8.Valid(b[:n]); cut++ {
		n--
	}
	if n == 0 || !utf8.Valid(b[:n]) {
		return "", false
	}
	for _, c := range b[:n] {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
			return "", false
		}
	}
	return string(b[:n]), true
}

// encodeLike encodes in the alphabet that the original had.
func encodeLike(text, core, pad string) string {
	if strings.ContainsAny(core, "+/") || pad != "" && !strings.ContainsAny(core, "-_") {
		return base64.RawStdEncoding.EncodeToString([]byte(text))
	}
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

// ticketMarks are what opaque tokens and codes begin with; readers tell their
// kind by it.
var opaqueMarks = [...]string{"0.A", "1.A", "M.C", "M.R3", "OAQAB", "EwA", "EwB", "EwC", "EwD", "eyJ"}

// keyMarks are what other makers' keys begin with.
func keyMark(text string) string {
	for _, p := range prefixes {
		if strings.HasPrefix(text, p.text) {
			return p.text
		}
	}
	return ""
}

// opaque replaces a secret without structure, word by word.
func (z *sanitizer) opaque(text string) string {
	return z.m.marked(text)
}

// marked replaces every word of a secret, but for marks by which a reader knows
// its kind: they are public.
func (m *masker) marked(text string) string {
	for _, mark := range opaqueMarks {
		if rest, ok := strings.CutPrefix(text, mark); ok && (len(text) > 20 || mark == "eyJ") {
			return mark + m.marked(rest)
		}
	}
	if mark := keyMark(text); mark != "" {
		return mark + m.marked(text[len(mark):])
	}
	if i := strings.Index(text, "Q~"); i >= 1 && isDigit(text[i-1]) && len(text) > i+20 { // Entra's mark in a client secret
		return m.words(text[:i-1], false, nil) + text[i-1:i+2] + m.words(text[i+2:], false, nil)
	}
	if strings.HasPrefix(text, "-----BEGIN ") {
		return m.pem(text)
	}
	return m.words(text, false, nil)
}

// pem keeps the lines that say what a key is.
func (m *masker) pem(text string) string {
	var b strings.Builder
	for text != "" {
		i := strings.Index(text, "-----")
		if i < 0 {
			i = len(text)
		}
		b.WriteString(m.words(text[:i], false, nil))
		text = text[i:]
		n := strings.Index(text[min(5, len(text)):], "-----") + 10
		if n < 10 || n > 60 || strings.Trim(text[:n], "- ABCDEGINPRSTVYKHOQU") != "" {
			n = min(5, len(text))
		}
		b.WriteString(text[:n])
		text = text[n:]
	}
	return b.String()
}

// cookie replaces the values of cookies; their names and attributes stay.
func (z *sanitizer) cookie(text string) string {
	parts := strings.Split(text, ";")
	for i, part := range parts {
		name, value, ok := strings.Cut(part, "=")
		name = strings.TrimLeft(name, " ")
		switch {
		case cookieAttribute(name, value):
		case ok && name != "" && len(name) <= 60 && !strings.ContainsAny(name, " :\"'{},") && !secretWord(name):
			parts[i] = part[:strings.IndexByte(part, '=')+1] + z.opaque(value)
		default:
			parts[i] = z.opaque(part)
		}
	}
	return strings.Join(parts, ";")
}

// cookieAttribute tells what the server says of a cookie, not in it.
func cookieAttribute(name, value string) bool {
	if len(value) > 40 || strings.ContainsAny(value, "\"'{}=") {
		return false
	}
	switch strings.ToLower(name) {
	case "expires":
		return true
	case "path", "max-age", "samesite", "secure", "httponly", "priority", "partitioned":
		return !strings.Contains(value, " ")
	}
	return false
}

package evidence

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// This file looks into encoded pieces: percent-encoded forms and addresses,
// text with entities, JSON whose signs and letters are escaped. A piece is
// decoded, cleaned as any text is, and what changed is put back encoded as it was.

// A view decodes a piece and tells for each byte where it came from.
type view func(string) (plain string, origin []int)

// pieceBefore and pieceAfter bound an encoded piece around its first sign.
const (
	pieceBefore = 2 << 10
	pieceAfter  = 64 << 10
)

// encoded cleans the encoded pieces of a text.
func (j *job) encoded() {
	if j.depth >= maxDepth {
		return
	}
	j.eachPiece([]string{"%", "+-", "+login+"}, " \t\r\n\"'<>`", percentView)
	j.eachPiece([]string{"&quot;", "&#", "&amp;", "&lt;", "&gt;", "&apos;"}, "\n", entityView)
	j.eachPiece([]string{`\u`}, "\n", escapeView)
}

// eachPiece cleans the pieces around the signs of an encoding. A piece ends at
// one of the stops.
func (j *job) eachPiece(signs []string, stops string, v view) {
	next := make([]int, len(signs)) // where each sign stands next, -1 for nowhere
	for k, sign := range signs {
		next[k] = strings.Index(j.text, sign)
	}
	for at := 0; at < len(j.text); {
		sign := -1
		for k, s := range signs {
			if next[k] >= 0 && next[k] < at {
				if next[k] = strings.Index(j.text[at:], s); next[k] >= 0 {
					next[k] += at
				}
			}
			if next[k] >= 0 && (sign < 0 || next[k] < sign) {
				sign = next[k]
			}
		}
		if sign < 0 {
			return
		}
		low := max(0, sign-pieceBefore)
		from := low + 1 + strings.LastIndexAny(j.text[low:sign], stops)
		to := min(len(j.text), sign+pieceAfter)
		if n := strings.IndexAny(j.text[sign:to], stops); n >= 0 {
			to = sign + n
		}
		for from < to && !utf8.RuneStart(j.text[from]) {
			from++
		}
		j.piece(from, to, v)
		at = max(to, sign+1)
	}
}

// piece cleans one piece by way of its view.
func (j *job) piece(from, to int, v view) {
	raw := j.text[from:to]
	if len(raw) < 8 {
		return
	}
	plain, origin := v(raw)
	if plain == raw {
		return
	}
	in := j.z.job(plain, j.claims, j.depth+1)
	in.run()
	for _, p := range in.patches {
		a, b := origin[p.from], origin[p.to]
		if with, ok := encodedAs(p.with, plain[p.from:p.to], raw, origin[p.from:p.to+1]); ok {
			j.put(from+a, from+b, with)
		} else {
			j.put(from+a, from+b, j.z.opaque(raw[a:b]))
		}
	}
	for i, t := range in.taken { // judged in the clear, so not once more as it stands
		if t {
			j.hold(from+origin[i], from+origin[i+1])
		}
	}
}

// encodedAs encodes the signs of a stand-in as those of the original were; ok
// is false where the two do not have the same signs.
func encodedAs(with, plain, raw string, origin []int) (string, bool) {
	var signs []int // in plain
	for i, r := range plain {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
			signs = append(signs, i)
		}
	}
	var b strings.Builder
	for _, r := range with {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			b.WriteRune(r)
			continue
		}
		if len(signs) == 0 {
			return "", false
		}
		i := signs[0]
		c, w := utf8.DecodeRuneInString(plain[i:])
		if c != r {
			return "", false
		}
		b.WriteString(raw[origin[i]:origin[i+w]])
		signs = signs[1:]
	}
	return b.String(), len(signs) == 0
}

// percentView undoes percent-encoding, applied up to three times, and the plus
// signs that forms write for blanks.
func percentView(s string) (string, []int) {
	var b []byte
	var origin []int
	coded := map[int]bool{}
	for i := 0; i < len(s); {
		c, n := s[i], 1
		switch {
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			digits := i + 1
			for range 2 {
				if s[digits:digits+2] == "25" && digits+4 <= len(s) && isHex(s[digits+2]) && isHex(s[digits+3]) {
					digits += 2
				}
			}
			c, n = unhex(s[digits])<<4|unhex(s[digits+1]), digits+2-i
			coded[len(b)] = true
			if c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
				c = '?'
			}
		case c == '+':
			c = ' '
		}
		b, origin = append(b, c), append(origin, i)
		i += n
	}
	origin = append(origin, len(s))
	if !utf8.Valid(b) || dropSeals(string(b)) != string(b) {
		for i := range b {
			if coded[i] && b[i] >= 0x80 {
				b[i] = '?'
			}
		}
	}
	return string(b), origin
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

// entityView undoes entities.
func entityView(s string) (string, []int) {
	return replacedView(s, '&', func(rest string) (rune, int) {
		end := strings.IndexByte(rest[:min(len(rest), 10)], ';')
		if end < 3 {
			return 0, 0
		}
		switch name := rest[1:end]; name {
		case "quot":
			return '"', end + 1
		case "apos":
			return '\'', end + 1
		case "amp":
			return '&', end + 1
		case "lt":
			return '<', end + 1
		case "gt":
			return '>', end + 1
		default:
			digits, base := strings.TrimPrefix(name, "#"), 10
			if digits == name {
				return 0, 0
			}
			if digits[:1] == "x" || digits[:1] == "X" {
				digits, base = digits[1:], 16
			}
			n, err := strconv.ParseUint(digits, base, 21)
			if err != nil {
				return 0, 0
			}
			return rune(n), end + 1
		}
	})
}

// escapeView undoes \uxxxx, behind any number of backslashes.
func escapeView(s string) (string, []int) {
	return replacedView(s, '\\', func(rest string) (rune, int) {
		n := 1
		for n < len(rest) && rest[n] == '\\' {
			n++
		}
		if len(rest) < n+5 || rest[n] != 'u' {
			return 0, 0
		}
		c, err := strconv.ParseUint(rest[n+1:n+5], 16, 16)
		if err != nil {
			return 0, 0
		}
		return rune(c), n + 5
	})
}

// replacedView puts one character for what decode recognises behind a mark.
// Control characters, halves of characters and seals stay encoded.
func replacedView(s string, mark byte, decode func(string) (rune, int)) (string, []int) {
	var b []byte
	var origin []int
	for i := 0; i < len(s); {
		if s[i] == mark {
			if r, n := decode(s[i:]); n > 0 && r >= ' ' && r != 0x7f && utf8.ValidRune(r) && r != utf8.RuneError && (r < sealOpen || r > lineMark) {
				k := len(b)
				b = utf8.AppendRune(b, r)
				for ; k < len(b); k++ {
					origin = append(origin, i)
				}
				i += n
				continue
			}
		}
		b, origin = append(b, s[i]), append(origin, i)
		i++
	}
	return string(b), append(origin, len(s))
}

package evidence

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"strings"
	"unicode"
	"unicode/utf8"
)

// This file makes stand-ins. A stand-in has the shape of what it replaces: its
// length, its signs, its large and small letters and its digits stand where
// they stood, so that every reader judges it as it judged the original. It is
// made a word at a time, so that a name is the same name in an address, in a
// path and by itself. Part of it is a sum over the rest: by that a second run
// knows a stand-in and leaves it alone, with no key and no list.

// standLetters have no vowel, so that a stand-in is no word of any language and
// cannot begin like a token, and are no hexadecimal digits, so that it cannot
// look like an escape.
const standLetters = "ghjklmnpqrstvwxz"

// shortStand are the stand-ins of words too short to carry a sum: all words of
// one form have the same one.
const (
	shortLetters = "qkrgtm"
	shortDigits  = "730518"
)

// minName is how long a name's stand-in is at least, so that two seldom meet;
// one of digits alone needs more of them.
const (
	minName   = 7
	minNumber = 10
)

// A masker makes stand-ins under one key.
type masker struct {
	mac    hash.Hash
	known  func(string) bool
	cache  map[string]string
	note   func(kind, original, standIn string)
	counts map[string]int
}

func newMasker(key []byte, known func(string) bool) *masker {
	return &masker{mac: hmac.New(sha256.New, key), known: known, cache: map[string]string{}, counts: map[string]int{}}
}

// noise returns n bytes that depend on the key and the text.
func (m *masker) noise(text string, n int) []byte {
	m.mac.Reset()
	m.mac.Write([]byte(text))
	return expand(m.mac.Sum(nil), n)
}

// sum returns n bytes that depend on the text alone.
func sum(text string, n int) []byte {
	d := sha256.Sum256([]byte("stand-in " + text))
	return expand(d[:], n)
}

// expand makes n bytes of a digest.
func expand(digest []byte, n int) []byte {
	out := digest
	for i := uint64(1); len(out) < n; i++ {
		next := sha256.Sum256(binary.LittleEndian.AppendUint64(digest[:sha256.Size:sha256.Size], i))
		out = append(out, next[:]...)
	}
	return out[:n]
}

func checkLength(n int, digits bool) int {
	switch {
	case n >= 16:
		return 8
	case n >= 10, digits:
		return 4
	case n >= 8:
		return 3
	}
	return 2
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isAlnum(c byte) bool  { return isLetter(c) || isDigit(c) }

func pick(c, b byte) byte {
	if isDigit(c) {
		return '0' + b%10
	}
	return standLetters[b&15]
}

// stands tells whether a word, in small letters, is a stand-in.
func stands(low string) bool {
	n := len(low)
	if n == 0 {
		return true
	}
	for i := 0; i < n; i++ {
		if isLetter(low[i]) && strings.IndexByte(standLetters, low[i]) < 0 {
			return false
		}
	}
	if n < minName {
		return low == shortWord(low)
	}
	free := n - checkLength(n, isDigits(low))
	return low[free:] == tail(low, free)
}

// tail is the sum that ends a stand-in.
func tail(low string, free int) string {
	b := sum(low[:free], len(low)-free)
	for i := range b {
		b[i] = pick(low[free+i], b[i])
	}
	return string(b)
}

func shortWord(low string) string {
	b := []byte(low)
	for i, c := range b {
		if isDigit(c) {
			b[i] = shortDigits[i]
		} else {
			b[i] = shortLetters[i]
		}
	}
	return string(b)
}

// word replaces one word of letters and digits. A name's stand-in is at least
// minName long.
func (m *masker) word(s string, name bool) string {
	low := strings.ToLower(s)
	if !ascii(low) {
		low = flatten(low)
		s = flatten(s)
	}
	if stands(low) {
		return s
	}
	key := low
	if name {
		key += "\x00"
	}
	out, ok := m.cache[key]
	if !ok {
		out = m.make(low, name)
		if len(low) < 200 {
			if len(m.cache) >= 1<<14 {
				clear(m.cache)
			}
			m.cache[strings.Clone(key)] = out // not to hold the piece that it stood in
		}
	}
	return likeCase(out, s)
}

func (m *masker) make(low string, name bool) string {
	form := low
	if name {
		least, fill := minName, "a"
		if isDigits(low) {
			least, fill = minNumber, "0"
		}
		if n := least - len(form); n > 0 {
			form += strings.Repeat(fill, n)
		}
	}
	n := len(form)
	if n < minName {
		return shortWord(form)
	}
	free := n - checkLength(n, isDigits(form))
	out := []byte(form)
	for i, b := range m.noise(low, free) {
		out[i] = pick(form[i], b)
	}
	copy(out[free:], tail(string(out), free))
	return string(out)
}

// likeCase gives a stand-in the large letters of the original.
func likeCase(out, s string) string {
	if s == strings.ToLower(s) {
		return out
	}
	if s == strings.ToUpper(s) && len(s) > 1 {
		return strings.ToUpper(out)
	}
	b := []byte(out)
	for i := range b {
		if i < len(s) && s[i] >= 'A' && s[i] <= 'Z' && isLetter(b[i]) {
			b[i] -= 'a' - 'A'
		}
	}
	return string(b)
}

func ascii(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// flatten puts an ASCII letter for each letter of another script, one that
// depends on it.
func flatten(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < 0x80:
			b.WriteRune(r)
		case unicode.IsUpper(r):
			b.WriteByte('A' + byte(r%26))
		default:
			b.WriteByte('a' + byte(r%26))
		}
	}
	return b.String()
}

// words replaces every word of a text and leaves its signs and escapes. keep,
// where given, tells which words stay.
func (m *masker) words(text string, name bool, keep func(low string) bool) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		if n := escapeLength(text, i); n > 0 {
			b.WriteString(text[i : i+n])
			i += n
			continue
		}
		n := wordLength(text, i)
		if n == 0 {
			_, w := utf8.DecodeRuneInString(text[i:])
			b.WriteString(text[i : i+w])
			i += w
			continue
		}
		w := text[i : i+n]
		if keep != nil && keep(strings.ToLower(w)) {
			b.WriteString(w)
		} else {
			b.WriteString(m.word(w, name))
		}
		i += n
	}
	return b.String()
}

// wordLength is the length of the run of letters and digits at i.
func wordLength(text string, i int) int {
	n := 0
	for i+n < len(text) {
		c := text[i+n]
		if isAlnum(c) {
			n++
			continue
		}
		if c < 0x80 {
			break
		}
		r, w := utf8.DecodeRuneInString(text[i+n:])
		if !unicode.IsLetter(r) && !unicode.IsMark(r) {
			break
		}
		n += w
	}
	return n
}

// afterEscape is where the word that seems to begin at from does begin, if an
// escape stands before it: the n of \n and the 3A of %3A are no part of it.
func afterEscape(t string, from int) int {
	if from == 0 || from > len(t) || t[from-1] != '\\' && t[from-1] != '%' {
		return from
	}
	k := from - 1
	for k > 0 && t[k-1] == t[k] {
		k--
	}
	return max(from, k+escapeLength(t, k))
}

// escapeLength is the length of an escape at i: %2F, \u0026, \n, &quot;. What
// it stands for is a sign, no letter to replace.
func escapeLength(text string, i int) int {
	switch text[i] {
	case '%':
		n := 0
		for i+n+2 < len(text) && text[i+n] == '%' && isHex(text[i+n+1]) && isHex(text[i+n+2]) {
			n += 3
			for text[i+n-2:i+n] == "25" && i+n+1 < len(text) && isHex(text[i+n]) && isHex(text[i+n+1]) {
				n += 2 // %252F
			}
		}
		return n
	case '\\':
		n := 0
		for i+n < len(text) && text[i+n] == '\\' {
			n++
		}
		if i+n < len(text) {
			switch c := text[i+n]; {
			case c == 'u' && i+n+4 < len(text) && isHex(text[i+n+1]) && isHex(text[i+n+2]) && isHex(text[i+n+3]) && isHex(text[i+n+4]):
				return n + 5
			case c < 0x80: // \n, \"; and \U of a path, since a stand-in's letter could be an n
				return n + 1
			}
		}
		return n
	case '&':
		for n := 1; n < 9 && i+n < len(text); n++ {
			switch c := text[i+n]; {
			case c == ';' && n > 1:
				return n + 1
			case !isAlnum(c) && !(c == '#' && n == 1):
				return 0
			}
		}
	}
	return 0
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// kept tells the sender's list of a pair, and counts it.
func (m *masker) kept(kind, original, standIn string) {
	if original == standIn {
		return
	}
	m.counts[kind]++
	if m.note != nil {
		m.note(kind, original, standIn)
	}
}

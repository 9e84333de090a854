package evidence

import (
	"fmt"
	"strings"
	"unicode"
)

// This file makes text safe to show. Everything that leaves this package as a
// value has passed through safe; nothing else may print what the input held.

// Private-use characters stand for what was taken out of the text. They are
// dropped from the input first, so that it cannot forge one.
const (
	sealOpen  = '\uE000'
	sealClose = '\uE001'
	lineMark  = '\uE002' // a line break inside a token, kept for counting lines
)

// maxValue bounds a value that is handed out, in bytes.
const maxValue = 2000

// safe renders sealed tokens and secrets as words, takes out what still looks
// like one, and shows control characters instead of emitting them.
func safe(s string) string {
	if plain(s) {
		return s
	}
	if len(s) > maxValue {
		s = strings.ToValidUTF8(s[:maxValue], "") + "…"
	}
	return visible(redactRuns(unseal(s)))
}

// plain is the common case: short and without anything to redact.
func plain(s string) bool {
	if len(s) >= 20 {
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// unseal replaces each seal by the word for what it holds.
func unseal(s string) string {
	if !strings.ContainsRune(s, sealOpen) && !strings.ContainsRune(s, lineMark) {
		return s
	}
	var b strings.Builder
	for {
		i := strings.IndexRune(s, sealOpen)
		if i < 0 {
			break
		}
		b.WriteString(s[:i])
		s = s[i+len(string(sealOpen)):]
		word := "<secret>"
		if strings.HasPrefix(s, "t") {
			word = "<token>"
		}
		b.WriteString(word)
		j := strings.IndexRune(s, sealClose)
		if j < 0 {
			s = ""
			break
		}
		s = s[j+len(string(sealClose)):]
	}
	b.WriteString(s)
	return strings.ReplaceAll(b.String(), string(lineMark), "")
}

// redactRuns replaces long runs that mix cases and digits, as base64 does and
// words, GUIDs and permission names do not.
func redactRuns(s string) string {
	var b strings.Builder
	last := 0
	for i := 0; i < len(s); {
		if !isRunByte(s[i]) {
			i++
			continue
		}
		j := i
		for j < len(s) && isRunByte(s[j]) {
			j++
		}
		if secretRun(s[i:j]) {
			b.WriteString(s[last:i])
			b.WriteString("<redacted>")
			last = j
		}
		i = j
	}
	if last == 0 {
		return s
	}
	b.WriteString(s[last:])
	return b.String()
}

func isRunByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '+' || c == '/' || c == '='
}

// secretRun judges a run of base64 characters. Paths are judged a segment at a
// time, since a slash is a base64 character as well.
func secretRun(run string) bool {
	if len(run) < 20 {
		return false
	}
	if core := strings.TrimRight(run, "="); strings.ContainsAny(core, "/=") && !strings.Contains(core, "+") {
		for seg := range strings.FieldsFuncSeq(core, func(r rune) bool { return r == '/' || r == '=' }) {
			if len(seg) >= 20 && secretWord(seg) {
				return true
			}
		}
		return false
	}
	return secretWord(run)
}

// secretWord tells base64 from words. Words, also joined in camel case, are
// mostly stretches of small letters; random characters seldom have three in a row.
func secretWord(w string) bool {
	if strings.HasPrefix(w, "eyJ") {
		return true
	}
	if isGUID(w) {
		return false
	}
	var lower, upper, digit, wordy, stretch int
	flush := func() {
		if stretch >= 3 {
			wordy += stretch + 1
		}
		stretch = 0
	}
	for i := 0; i < len(w); i++ {
		switch c := w[i]; {
		case c >= 'a' && c <= 'z':
			lower++
			stretch++
			continue
		case c >= 'A' && c <= 'Z':
			upper++
		case c >= '0' && c <= '9':
			digit++
		}
		flush()
	}
	flush()
	if lower == 0 || upper == 0 {
		// hex digests and numbers: ids, unless as long as a key
		return len(w) >= 64 && digit > 0 && !strings.Contains(w, "-")
	}
	return wordy*100 < len(w)*45
}

// isGUID tells a GUID in its common form with dashes.
func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'):
			return false
		}
	}
	return true
}

// IsGUID tells whether s is a GUID in its common form.
func IsGUID(s string) bool { return isGUID(s) }

// Printable shows control characters, escape sequences and characters that
// turn the direction of text, instead of letting them act.
func Printable(s string) string { return visible(s) }

func visible(s string) string {
	if printableASCII(s) {
		return s
	}
	clean := true
	for _, r := range s {
		if acts(r) {
			clean = false
			break
		}
	}
	if clean && strings.ToValidUTF8(s, "") == s {
		return s
	}
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "�") {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			b.WriteByte(' ')
		case acts(r) && r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		case acts(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// printableASCII: printable characters of ASCII alone, the common case.
func printableASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i]-' ' > '~'-' ' {
			return false
		}
	}
	return true
}

// acts: control, format (bidi, zero width) and private-use characters.
func acts(r rune) bool {
	return r < ' ' || r == 0x7f || r > 0x7f && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r) || r == 0x2028 || r == 0x2029)
}

// Redacted makes a text of the input safe to print: tokens and secrets in it
// become words, control characters are shown. It is for values that are taken
// out of a decoded token without Ref, which masks persons as well.
func Redacted(s string) string { return safe(s) }

// Safe makes a short text that readers outside this package took from an input
// fit to be handed out: tokens and secrets become words, control characters are
// shown.
func Safe(s string) string { return safe(newVault().seal(s)) }

package evidence

import (
	"strconv"
	"strings"
)

// This file finds tokens in a text and puts seals in their place.

// sealTokens finds JWTs and the opaque tickets of personal accounts anywhere.
// Other tokens are found by sealSecrets, where a name announces one.
func (v *vault) sealTokens(text string) string {
	var b strings.Builder
	last := 0
	f := tokenFinder{text: text}
	for at := 0; at < len(text); {
		i, opaque := f.next(at)
		if i < 0 {
			break
		}
		end := tokenEnd(text, i)
		raw := text[i:end]
		if !opaque && !worthSealing(raw) {
			at = max(end, i+3)
			continue
		}
		if shortened(text, end) && strings.Count(raw, ".") < 2 {
			// the sender cut it for posting: nothing can be said of it
			b.WriteString(text[last:i])
			b.WriteString(v.cutSeal(raw))
			last, at = end, max(end, i+3)
			continue
		}
		b.WriteString(text[last:i])
		b.WriteString(v.tokenSeal(raw))
		b.WriteString(strings.Repeat(string(lineMark), strings.Count(raw, "\n")))
		last, at = end, max(end, i+3)
	}
	if last == 0 {
		return text
	}
	b.WriteString(text[last:])
	return b.String()
}

func (v *vault) tokenSeal(raw string) string {
	n, ok := v.byText[raw]
	if !ok {
		n = len(v.tokens)
		v.byText[raw] = n
		if v.keep {
			v.tokens = append(v.tokens, &Token{raw: raw})
		} else {
			v.tokens = append(v.tokens, decodeToken(raw, Place{}))
		}
	}
	return string(sealOpen) + "t" + strconv.Itoa(n) + string(sealClose)
}

// tokenMarks are what tokens begin with: base64 of {", and the tickets of
// personal accounts.
var tokenMarks = [...]string{"eyJ", "EwA", "EwB", "EwC", "EwD"}

// A tokenFinder walks through a text; it remembers where each mark stands
// next, so that the text is searched once a mark.
type tokenFinder struct {
	text  string
	ahead [len(tokenMarks)]int // 0 not searched yet, -1 none left, else offset+1
}

// next finds where the next token begins at or behind an offset.
func (f *tokenFinder) next(from int) (at int, opaque bool) {
	at = -1
	for k := range tokenMarks {
		if f.ahead[k] == 0 || f.ahead[k] > 0 && f.ahead[k]-1 < from {
			f.ahead[k] = f.seek(k, from)
		}
		if f.ahead[k] > 0 && (at < 0 || f.ahead[k]-1 < at) {
			at, opaque = f.ahead[k]-1, k > 0
		}
	}
	return at, opaque
}

// seek finds the next place of a mark where a token can begin.
func (f *tokenFinder) seek(k, from int) int {
	for i := from; ; {
		j := strings.Index(f.text[i:], tokenMarks[k])
		if j < 0 {
			return -1
		}
		if f.begins(i+j, k > 0) {
			return i + j + 1
		}
		i += j + 1
	}
}

// begins: the mark is no part of a longer run, and a ticket is long.
func (f *tokenFinder) begins(j int, opaque bool) bool {
	if j > 0 && isRunByte(f.text[j-1]) && f.text[j-1] != '=' && !escapeBefore(f.text, j) && !bearerBefore(f.text[:j]) {
		return false
	}
	return !opaque || runLength(f.text, j) >= 100
}

// bearerBefore: the word Bearer ends here, without the blank that belongs behind it.
func bearerBefore(text string) bool {
	const word = "bearer"
	n := len(text) - len(word)
	return n >= 0 && strings.EqualFold(text[n:], word) && (n == 0 || !isRunByte(text[n-1]))
}

// escapeBefore: the letter before is the n of a `\n` or the last digit of a %3D.
func escapeBefore(text string, j int) bool {
	return j >= 2 && text[j-2] == '\\' || j >= 3 && text[j-3] == '%'
}

func runLength(text string, i int) int {
	n := 0
	for i+n < len(text) && isTokenByte(text[i+n]) {
		n++
	}
	return n
}

func isTokenByte(c byte) bool { return isRunByte(c) || c == '.' }

// tokenEnd returns where the token that begins at i ends. A token that the
// console wrapped goes on in the next line.
func tokenEnd(text string, i int) int {
	end := i + runLength(text, i)
	for end < len(text) && strings.HasPrefix(text[end:], "%2") { // %2E between parts
		if n := runLength(text, end+1); n > 2 && (text[end+2] == 'E' || text[end+2] == 'e') {
			end += 1 + n
			continue
		}
		break
	}
	for !complete(text[i:end]) {
		next := end
		for next < len(text) && (text[next] == '\r' || text[next] == '\n' || text[next] == ' ') {
			next++
		}
		if next == end || !strings.Contains(text[end:next], "\n") || end-strings.LastIndexByte(text[:end], '\n') < 40 {
			break
		}
		n := runLength(text, next)
		if n < 20 || !mixed(text[next:next+n]) || next+n < len(text) && !endsToken(text[next+n]) {
			break
		}
		end = next + n
	}
	return i + len(strings.TrimRight(text[i:end], ".-="))
}

func endsToken(c byte) bool { return strings.IndexByte("\r\n \"'\\`,;&<", c) >= 0 }

// mixed tells text with the letters and digits of base64 from a word.
func mixed(s string) bool {
	return strings.ContainsAny(s, "0123456789") && secretRun(strings.ReplaceAll(s, ".", "")) || len(s) > 60
}

// complete: three parts, the last of which is as long as a signature is.
func complete(raw string) bool {
	i := strings.IndexByte(raw, '.')
	if i < 0 {
		return false
	}
	j := strings.IndexByte(raw[i+1:], '.')
	if j < 0 {
		return false
	}
	switch sig := len(strings.TrimRight(raw[i+1+j+1:], "=")); sig {
	case 342, 683, 512, 86, 43, 0:
		return true
	}
	return false
}

// worthSealing tells a token from other base64 of JSON, such as the claims of
// a challenge, which are no secret and are needed.
func worthSealing(raw string) bool {
	if strings.Contains(raw, ".") && len(raw) > 20 {
		return true
	}
	if len(raw) < 16 {
		return false
	}
	if m, err := decodePart(raw); err == nil {
		return m["alg"] != nil || m["typ"] != nil
	}
	b, _ := decodeBase64(raw[:len(raw)/4*4])
	head := string(b)
	return strings.Contains(head, `"typ"`) || strings.Contains(head, `"alg"`) || strings.Contains(head, `"kid"`)
}

// shortened: an ellipsis follows, so the sender cut it.
func shortened(text string, end int) bool {
	rest := text[end:min(len(text), end+60)]
	for len(rest) > 0 && (rest[0] == '.' || rest[0] == ' ') && !strings.HasPrefix(rest, "..") {
		rest = rest[1:]
	}
	return strings.HasPrefix(rest, "..") || strings.HasPrefix(rest, "…") || strings.HasPrefix(rest, "***") ||
		strings.HasPrefix(rest, "[") || strings.HasPrefix(rest, "<") && !strings.HasPrefix(rest, "</") || strings.HasPrefix(strings.ToLower(rest), "(redacted") || strings.HasPrefix(rest, "xxx")
}

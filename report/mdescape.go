package report

import (
	"strings"
	"unicode/utf8"
)

// This file makes Markdown of data. Words that a renderer could take for more
// than words (addresses, names after @, numbers after #, commit ids, HTML,
// formulas) are set as code, where nothing is interpreted; they read well so.

// mdMeaning are the characters that mean something in the middle of a word.
const mdMeaning = "`*_{}[]<>#+|~@&=/\\$^%"

// mdText escapes a sentence.
func mdText(s string) string {
	words := strings.Split(strings.TrimSpace(s), " ")
	for i, w := range words {
		words[i] = mdWord(w)
	}
	if opensList(words[0]) {
		words[0] = strings.NewReplacer("-", `\-`, ".", `\.`, ")", `\)`).Replace(words[0])
	}
	return strings.Join(words, " ")
}

// opensList: a dash, or a number with a full stop or a bracket.
func opensList(w string) bool {
	return strings.HasPrefix(w, "-") || w != "" && strings.Trim(strings.TrimRight(w, ".)"), "0123456789") == ""
}

// mdWord sets a word as code where it is special, and leaves it as it is
// otherwise; the punctuation around it stays outside.
func mdWord(w string) string {
	head := len(w) - len(strings.TrimLeft(w, `(,;'"`))
	tail := len(strings.TrimRight(w, `),;:.?!'"`))
	if head >= tail || !special(w[head:tail]) {
		return w
	}
	return w[:head] + mdCode(w[head:tail]) + w[tail:]
}

// special: it holds a character with a meaning, or letters beside digits, as
// ids do (a commit's hash would become a link).
func special(w string) bool {
	digits := strings.ContainsAny(w, "0123456789")
	letters := strings.ContainsFunc(w, func(r rune) bool { return r|0x20 >= 'a' && r|0x20 <= 'z' || r >= utf8.RuneSelf })
	return digits && letters || onlyHex(w) || strings.ContainsAny(w, mdMeaning) ||
		strings.Contains(w, ":") && strings.Trim(w, "0123456789:") != "" ||
		strings.HasPrefix(w, ":") || strings.HasPrefix(strings.ToLower(w), "www.")
}

// onlyHex: seven letters of a commit's hash, which may be a word as well.
func onlyHex(w string) bool {
	return len(w) >= 7 && strings.Trim(strings.ToLower(w), "0123456789abcdef") == ""
}

// mdCode sets text as code on one line, whatever backquotes it holds.
func mdCode(s string) string {
	if strings.TrimSpace(s) == "" {
		return ""
	}
	fence := strings.Repeat("`", longestRun(s)+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || s[0] == ' ' && s[len(s)-1] == ' ' {
		s = " " + s + " "
	}
	return fence + s + fence
}

// mdBlock sets lines as a block of code, indented to stand in a list.
func mdBlock(indent, s string) string {
	fence := strings.Repeat("`", max(3, longestRun(s)+1))
	var b strings.Builder
	b.WriteString(indent + fence + "\n")
	for l := range strings.SplitSeq(s, "\n") {
		b.WriteString(indent + unarmed(l) + "\n")
	}
	b.WriteString(indent + fence + "\n")
	return b.String()
}

// mdLink makes a link of a web address that is nothing but one; all else is code.
func mdLink(url string) string {
	if isWeb(url) {
		return "<" + url + ">"
	}
	return mdCode(url)
}

// isWeb tells an http address of plain characters.
func isWeb(url string) bool {
	rest, ok := strings.CutPrefix(url, "https://")
	if !ok {
		rest, ok = strings.CutPrefix(url, "http://")
	}
	return ok && rest != "" && !strings.ContainsFunc(rest, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune("<>\"`\\^{}|", r)
	})
}

// longestRun is the length of the longest run of backquotes.
func longestRun(s string) int {
	longest, now := 0, 0
	for i := range len(s) {
		if s[i] != '`' {
			now = 0
			continue
		}
		now++
		longest = max(longest, now)
	}
	return longest
}

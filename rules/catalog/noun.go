package catalog

import "strings"

// maxWords bounds a cmdlet's noun; the longest of the SDK has about 20, and one
// in lower case counts by letters.
const maxWords = 120

// wordsOf cuts a noun at its capitals and folds it: "SignInActivity" gives
// sign, in, activity. A noun without capitals might be cut anywhere, so it is
// cut everywhere.
func wordsOf(noun string) []string {
	var out []string
	if strings.ToLower(noun) == noun {
		return strings.Split(noun, "")
	}
	start := 0
	for i := 1; i <= len(noun); i++ {
		if i == len(noun) || noun[i] >= 'A' && noun[i] <= 'Z' {
			out = append(out, strings.ToLower(noun[start:i]))
			start = i
		}
	}
	return out
}

// consume reads the words from at on as the text of a segment, where each word
// may stand for its plural, and tells after which word the text ends; -1 if it
// does not. The SDK writes every word in the singular: getTeamsUserActivity...
// is TeamUserActivity....
func consume(words []string, at int, text string) int {
	for text != "" && text[0] == '_' {
		text = text[1:]
	}
	if text == "" {
		return at
	}
	if at == len(words) {
		return -1
	}
	w := words[at]
	if rest, ok := strings.CutPrefix(text, w); ok {
		if end := consume(words, at+1, rest); end >= 0 {
			return end
		}
		for _, plural := range []string{"s", "es"} {
			if more, ok := strings.CutPrefix(rest, plural); ok {
				if end := consume(words, at+1, more); end >= 0 {
					return end
				}
			}
		}
		if more, ok := strings.CutPrefix(rest, "ren"); ok && w == "child" {
			return consume(words, at+1, more)
		}
	}
	if stem, ok := strings.CutSuffix(w, "y"); ok {
		if rest, ok := strings.CutPrefix(text, stem+"ies"); ok {
			return consume(words, at+1, rest)
		}
	}
	return -1
}

package evidence

import (
	"html"
	"strings"
)

// This file reads what an HTML page says: tags go, entities become characters.

// dropTags takes out tags but keeps line breaks, so that lines keep their
// numbers. A block's end becomes a sentence's end.
func dropTags(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		if s[i] != '<' || i+1 >= len(s) || !(isSchemeByte(s[i+1]) || s[i+1] == '/' || s[i+1] == '!') {
			b.WriteByte(s[i])
			i++
			continue
		}
		if strings.HasPrefix(s[i:], "<![CDATA[") { // what stands in it is no tag
			b.WriteByte(' ')
			i += len("<![CDATA[")
			continue
		}
		j := strings.IndexByte(s[i:min(len(s), i+2000)], '>')
		if j < 0 {
			b.WriteByte(s[i])
			i++
			continue
		}
		tag := s[i : i+j+1]
		b.WriteString(strings.Repeat("\n", strings.Count(tag, "\n")))
		if url := savedFrom(tag); url != "" {
			b.WriteString(" " + url + " ")
		} else if !inlineTag(tag) {
			b.WriteString(" . ")
		} else {
			b.WriteByte(' ')
		}
		i += j + 1
	}
	return tidy(b.String())
}

func inlineTag(tag string) bool {
	name := strings.ToLower(strings.TrimLeft(tag, "</"))
	for _, t := range []string{"span", "b>", "i>", "em", "strong", "a ", "a>", "code", "meta", "link", "script", "style", "input", "img", "body", "html", "head", "svg", "path"} {
		if strings.HasPrefix(name, t) {
			return true
		}
	}
	return false
}

// tidy drops the separators that stand alone on a line.
func tidy(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.Trim(l, " .\t\r")
	}
	return strings.Join(lines, "\n")
}

// unescapeEntities undoes entities; line breaks among them become blanks.
func unescapeEntities(s string) string {
	s = strings.NewReplacer("&#xA;", " ", "&#10;", " ", "&#xD;", " ", "&#13;", " ", "&nbsp;", " ").Replace(s)
	return html.UnescapeString(s)
}

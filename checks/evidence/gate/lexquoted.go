package gate

import (
	"strings"
)

// This file cuts texts in quotes into what is written and the values in it.

// quoted reads a text from its opening quote.
func (l *lexer) quoted(q byte, mark string) {
	line := l.line
	quote := string(q)
	here := strings.ContainsRune(mark, '@') && l.lang.escape == '`' // @" ... "@
	raw := strings.ContainsRune(mark, '@') && l.lang.verbal || strings.ContainsAny(mark, "rR") || l.lang == &langGo && q == '`' || q == '\'' && (l.lang.values == "$" && (l.lang.bare || l.lang.join == "."))
	if l.lang.triple && strings.HasPrefix(l.s[l.i:], strings.Repeat(quote, 3)) {
		quote = strings.Repeat(quote, 3)
	}
	l.i += len(quote)
	start := l.i
	many := len(quote) == 3 || q == '`' || here || raw || l.lang.values == "$"
	end := -1
	for j := start; j < len(l.s); j++ {
		switch {
		case here && strings.HasPrefix(l.s[j:], string(q)+"@") && (j == 0 || l.s[j-1] == '\n'):
			end = j
			quote = string(q) + "@"
		case here:
		case strings.HasPrefix(l.s[j:], quote) && raw && len(quote) == 1 && l.lang.verbal && j+1 < len(l.s) && l.s[j+1] == q:
			j++ // "" inside @"..."
		case strings.HasPrefix(l.s[j:], quote):
			end = j
		case !raw && l.lang.escape != 0 && l.s[j] == l.lang.escape:
			j++
		case l.s[j] == '\n' && !many:
			end = j
			quote = ""
		case q == '`' && l.lang.values == "`" && strings.HasPrefix(l.s[j:], "${"):
			j = matching(l.s, j+1) - 1
		}
		if end >= 0 {
			break
		}
	}
	if end < 0 {
		end, quote = len(l.s), ""
	}
	body := l.s[start:end]
	l.line += strings.Count(body, "\n")
	l.i = end + len(quote)
	style := l.lang.values
	switch {
	case style == "`" && q != '`', style == "{" && !strings.ContainsAny(mark, "$fF"), style == "$" && raw, style == "#" && q == '\'':
		style = ""
	}
	escape := l.lang.escape
	if raw || here {
		escape = 0
	}
	t := token{kind: tokText, line: line, end: l.i, parts: splitValues(body, style, escape)}
	l.out = append(l.out, t)
}

// matching is the offset behind the bracket that closes the one at i.
func matching(s string, i int) int {
	depth := 0
	end := min(len(s), i+longestValue)
	for j := i; j < end; j++ {
		switch s[j] {
		case '(', '{', '[':
			depth++
		case ')', '}', ']':
			if depth--; depth == 0 {
				return j + 1
			}
		case '\n':
			if j-i > 400 {
				return j
			}
		}
	}
	return end
}

// longestValue bounds an expression inside a text.
const longestValue = 2000

// splitValues parts a text into what it says and the values in it.
func splitValues(s, style string, escape byte) []part {
	var out []part
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			out = append(out, part{text: b.String()})
			b.Reset()
		}
	}
	value := func(expr string) {
		flush()
		if expr = strings.TrimSpace(expr); expr == "" {
			expr = "?"
		}
		out = append(out, part{expr: expr})
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		next := byte(0)
		if i+1 < len(s) {
			next = s[i+1]
		}
		switch {
		case c == '\\' && style == "\\" && next == '(':
			j := matching(s, i+1)
			value(s[i+2 : max(i+2, j-1)])
			i = j - 1
		case escape != 0 && c == escape && next != 0:
			i++
			switch {
			case next == 'n' || next == 't' || next == 'r':
				b.WriteByte(' ')
			default:
				b.WriteByte(next)
			}
		case (style == "$" || style == "`") && c == '$' && next == '{':
			j := matching(s, i+1)
			value(s[i+2 : max(i+2, j-1)])
			i = j - 1
		case style == "$" && c == '$' && next == '(':
			j := matching(s, i+1)
			value(s[i+2 : max(i+2, j-1)])
			i = j - 1
		case style == "$" && c == '$' && (isWordByte(next) && (next < '0' || next > '9')):
			j := i + 1
			for j < len(s) && isWordByte(s[j]) {
				j++
			}
			if name := s[i+1 : j]; odataWord(name) {
				b.WriteString(s[i:j])
			} else {
				value(name)
			}
			i = j - 1
		case style == "#" && c == '#' && next == '{', style == "{" && c == '{':
			skip := 1
			if style == "{" && next == '{' {
				b.WriteByte('{')
				i++
				continue
			}
			if style == "#" {
				skip = 2
			}
			j := matching(s, i+skip-1)
			value(s[i+skip : max(i+skip, j-1)])
			i = j - 1
		default:
			b.WriteByte(c)
		}
	}
	flush()
	return out
}

// odataWord: $select and its kin inside a text that knows $values.
func odataWord(name string) bool {
	switch name {
	case "select", "filter", "expand", "top", "count", "orderby", "search", "skip", "skiptoken", "deltatoken", "ref", "value", "metadata", "batch", "format":
		return true
	}
	return false
}

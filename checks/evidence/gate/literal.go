package gate

import (
	"strings"
)

// This file puts texts together again: a text, a chain of texts and values, a
// name that stands for one. What comes out is an address with holes.

// A file of tokens with the names that stand for texts.
type code struct {
	lang  *language
	toks  []token
	names map[string][]named
	at    map[string][]int // where each word stands
	base  map[string]bool  // names behind which other texts are put
	ends  []int32          // behind the bracket that closes the one at a token
	steps int              // left for following names
}

// named is a text that was given a name.
type named struct {
	at    int // token
	parts []part
}

// maxNamed bounds the texts that are kept.
const maxNamed = 5000

func newCode(s string, lang *language) *code {
	c := &code{lang: lang, toks: lex(s, lang), names: map[string][]named{}, at: map[string][]int{}, base: map[string]bool{}, steps: 100_000}
	c.index()
	c.pair()
	n := 0
	for i := range c.toks {
		if name := c.assigned(i); name != "" {
			if parts, _, ok := c.chain(i); ok && n < maxNamed {
				c.names[name] = append(c.names[name], named{i, parts})
				n++
			}
		}
	}
	return c
}

// index takes down where each word stands, and what is put before other texts.
func (c *code) index() {
	for j, t := range c.toks {
		if t.kind == tokWord {
			name := bareName(t.text)
			c.at[name] = append(c.at[name], j)
			if c.lang.join != "" && c.sign(j+1, c.lang.join) {
				c.base[name] = true
			}
		}
		for k, p := range t.parts {
			if p.expr != "" && k+1 < len(t.parts) {
				c.base[bareName(p.expr[strings.LastIndexByte(p.expr, '.')+1:])] = true
			}
		}
	}
}

func (c *code) sign(i int, s string) bool {
	return i >= 0 && i < len(c.toks) && c.toks[i].kind == tokSign && c.toks[i].text == s
}

func (c *code) word(i int) string {
	if i >= 0 && i < len(c.toks) && c.toks[i].kind == tokWord {
		return c.toks[i].text
	}
	return ""
}

func (c *code) isText(i int) bool { return i >= 0 && i < len(c.toks) && c.toks[i].kind == tokText }

// assigned is the name that the expression at token i is given: name = x, name
// := x, name: x, 'name': x, name: string = x, const name string = x.
func (c *code) assigned(i int) string {
	switch {
	case c.sign(i-1, "="):
		j := i - 2
		if c.sign(j, ":") { // :=
			j--
		}
		if c.sign(j, "=") || c.sign(j, "!") || c.sign(j, "<") || c.sign(j, ">") || c.sign(j, "+") {
			return ""
		}
		name := c.word(j)
		if c.sign(j-1, ":") && c.word(j-2) != "" { // name: string =
			name = c.word(j - 2)
		} else if name == "string" && c.word(j-1) != "" && c.lang == &langGo {
			name = c.word(j - 1)
		}
		return bareName(name)
	case c.sign(i-1, ":"), c.sign(i-1, ">") && c.sign(i-2, "="):
		j := i - 2
		if c.sign(i-1, ">") {
			j = i - 3
		}
		if w := c.word(j); w != "" {
			return bareName(w)
		}
		if c.isText(j) && len(c.toks[j].parts) == 1 {
			return c.toks[j].parts[0].text
		}
	}
	return ""
}

func bareName(s string) string { return strings.TrimLeft(s, "$@-") }

// chain reads texts and values that are put together, from token i on. ok tells
// whether any text is among them.
func (c *code) chain(i int) (parts []part, end int, ok bool) {
	for n := 0; n < 40; n++ {
		if c.isText(i) {
			parts, ok = append(parts, c.toks[i].parts...), true
			i++
			if c.isText(i) && c.lang != &langShell && c.lang != &langPS { // "a" "b"
				continue
			}
		} else {
			expr, next := c.operand(i)
			if next == i {
				return parts, i, ok
			}
			parts = append(parts, part{expr: expr})
			i = next
		}
		j := i
		for j < len(c.toks) && c.toks[j].kind == tokLine {
			j++
		}
		if c.lang.join == "" || !c.sign(j, c.lang.join) || c.sign(j+1, "=") || c.sign(j+1, "+") {
			return parts, i, ok
		}
		i = j + 1
		for i < len(c.toks) && c.toks[i].kind == tokLine {
			i++
		}
	}
	return parts, i, ok
}

// operand reads a name with what hangs on it: a.b, a[0], f(x).
func (c *code) operand(i int) (expr string, end int) {
	if c.word(i) == "" {
		if !c.sign(i, "(") {
			return "", i
		}
		j := c.closing(i)
		return "?", j
	}
	var b strings.Builder
	b.WriteString(c.word(i))
	j := i + 1
	for j < len(c.toks) {
		switch {
		case c.sign(j, ".") && c.lang.join != "." && c.word(j+1) != "", c.sign(j, "?") && c.sign(j+1, "."):
			for c.sign(j, ".") || c.sign(j, "?") {
				j++
			}
			b.WriteString("." + c.word(j))
			j++
		case c.sign(j, "-") && c.sign(j+1, ">") && c.word(j+2) != "", c.sign(j, ":") && c.sign(j+1, ":") && c.word(j+2) != "":
			b.WriteString("." + c.word(j+2))
			j += 3
		case c.sign(j, "!") && c.sign(j+1, "."):
			j++
		case c.sign(j, "[") || c.sign(j, "("):
			end := c.closing(j)
			for k := j + 1; k < end-1 && k < j+4; k++ {
				if c.isText(k) {
					b.WriteString("." + plainText(c.toks[k].parts))
				}
			}
			if c.sign(j, "(") {
				b.WriteString("()")
			}
			j = end
		default:
			return b.String(), j
		}
	}
	return b.String(), j
}

// closing is the token behind the bracket that closes the one at i. One that is
// never closed ends with the file.
func (c *code) closing(i int) int {
	if i < len(c.ends) && c.ends[i] > 0 {
		return int(c.ends[i])
	}
	return len(c.toks)
}

// pair finds the end of each bracket.
func (c *code) pair() {
	c.ends = make([]int32, len(c.toks))
	var open []int
	for j, t := range c.toks {
		if t.kind != tokSign {
			continue
		}
		switch t.text {
		case "(", "[", "{":
			open = append(open, j)
		case ")", "]", "}":
			if n := len(open); n > 0 {
				c.ends[open[n-1]] = int32(j + 1)
				open = open[:n-1]
			}
		}
	}
}

func plainText(parts []part) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.text)
	}
	return b.String()
}

// A literal is an address as the code writes it.
type literal struct {
	url   string // holes are hole
	first string // the expression that it begins with, where that has no value here
}

// address resolves parts into an address. Names that stand for texts are
// followed; other values are holes.
func (c *code) address(parts []part, at int, shared map[string]string) literal {
	var b strings.Builder
	lit := literal{}
	for i, p := range parts {
		if p.expr == "" {
			b.WriteString(formats(p.text))
			continue
		}
		if v, ok := c.resolve(p.expr, at, 0, shared); ok {
			b.WriteString(v)
			continue
		}
		if i == 0 {
			lit.first = p.expr
			continue
		}
		b.WriteString(hole)
	}
	lit.url = b.String()
	return lit
}

// resolve is the text that an expression stands for.
func (c *code) resolve(expr string, at, depth int, shared map[string]string) (string, bool) {
	if c.steps--; c.steps < 0 || depth > 5 || strings.HasSuffix(expr, ")") {
		return "", false
	}
	name := expr[strings.LastIndexByte(expr, '.')+1:]
	name = bareName(strings.TrimSpace(strings.SplitN(name, ":", 2)[0]))
	all := c.names[name]
	if len(all) == 0 {
		v, ok := shared[name]
		return v, ok
	}
	best := all[0]
	for _, n := range all {
		if n.at < at {
			best = n
		}
	}
	var b strings.Builder
	for _, p := range best.parts {
		if p.expr == "" {
			b.WriteString(formats(p.text))
			continue
		}
		v, ok := c.resolve(p.expr, best.at, depth+1, shared)
		if !ok {
			if b.Len() == 0 {
				return "", false
			}
			v = hole
		}
		b.WriteString(v)
		if b.Len() > 8<<10 { // no address is that long
			return "", false
		}
	}
	return b.String(), b.Len() > 0
}

// formats puts holes where a format has its verbs: %s, {0}, {id}, :id.
func formats(s string) string {
	if strings.IndexByte(s, '%') >= 0 {
		for _, verb := range []string{"%s", "%d", "%v", "%q", "%@", "%1$s", "%2$s"} {
			s = strings.ReplaceAll(s, verb, hole)
		}
	}
	if strings.IndexByte(s, '{') < 0 {
		return s
	}
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '{')
		if i < 0 {
			break
		}
		j := strings.IndexByte(s[i:], '}')
		if j < 0 || j > 40 || strings.ContainsAny(s[i:i+j], "\"' ,") {
			b.WriteString(s[:i+1])
			s = s[i+1:]
			continue
		}
		b.WriteString(s[:i] + hole)
		s = s[i+j+1:]
	}
	b.WriteString(s)
	return b.String()
}

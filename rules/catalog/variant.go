package catalog

import (
	_ "embed"
	"math/bits"
	"slices"
	"strings"
)

//go:embed facts/aliases.tsv
var aliases string

//go:embed facts/depends.tsv
var depends string

// variant is another way of writing a request: a tail or cast less, or another
// address of the same item.
type variant struct {
	toks []token
	how  How
	bit  byte   // the method to look up
	via  string // why it stands for the request, from aliases.tsv
}

// maxVariants bounds the search for odd paths.
const maxVariants = 40

// search tries what a path that is not in the map may stand for, from the
// surest to the least sure. It cuts the URL up again, so that the request of a
// plain look-up need not leave the stack.
func (m *Match) search(url string, bit byte) {
	r := &request{}
	r.read(url)
	w := &walk{r: r, mask: bit}
	base := r.expand()
	all := r.variants(base, bit)
	if m.first(w, all[1:], false) || m.first(w, all, true) {
		return
	}
	for _, earlier := range []bool{false, true} {
		if swapped := r.swapMe(all); m.first(w, swapped, earlier) {
			return
		}
	}
	if m.otherMethod(w, all) {
		return
	}
	if m.Why = r.dependsOn(base); m.Why != "" {
		return
	}
	w.mask = bit
	for k := len(base) - 1; k > 1; k-- {
		w.earlier, w.toks = false, base[:k]
		if w.find() && w.literals() > 1 {
			m.fill(w, Parent)
			return
		}
	}
	m.Why = "not in the permission map: unknown, not free"
}

// first fills the match from the first variant that the map has.
func (m *Match) first(w *walk, all []variant, earlier bool) bool {
	w.earlier = earlier
	for _, v := range all {
		if w.toks, w.mask = v.toks, v.bit; w.find() {
			m.fill(w, v.how)
			m.Via = v.via
			if asked, _ := methodBit(m.Method); v.bit != asked {
				m.As = methodNames[bits.TrailingZeros8(v.bit)]
			}
			return true
		}
	}
	return false
}

// otherMethod fills the match with a path that the map has for other methods.
func (m *Match) otherMethod(w *walk, all []variant) bool {
	w.earlier, w.mask = false, entryMethods
	for _, v := range all {
		if w.toks = v.toks; w.find() {
			m.fill(w, v.how)
			m.MethodMissing = true
			m.Methods = methodsOf(m.table)
			m.entry = 0
			return true
		}
	}
	return false
}

// dependsOn tells why the map cannot hold a request, by facts/depends.tsv.
func (r *request) dependsOn(base []token) string {
	for d := range rows(depends) {
		if pattern := strings.Split(d.first()[1:], "/"); len(pattern) == len(base) && r.fits(base, pattern) {
			return d.cell(1)
		}
	}
	return ""
}

// literals counts the literal segments of what was found.
func (w *walk) literals() int {
	n := 0
	for _, s := range w.best[:w.depth] {
		if s != anyKey {
			n++
		}
	}
	return n
}

// methodsOf lists the methods of a table that today's edition has.
func methodsOf(table int) []string {
	var out []string
	from, to := tableAt(table)
	for i, name := range methodNames {
		for at := from; at < to; at += entrySize {
			if bin[at]&(1<<i) != 0 && bin[at]&entryEarlier == 0 {
				out = append(out, name)
				break
			}
		}
	}
	return out
}

// expand writes name('key') as two tokens, so that tails and addresses can be
// told segment by segment.
func (r *request) expand() []token {
	out := make([]token, 0, r.n+2)
	for _, t := range r.toks[:r.n] {
		if t.is&isCall != 0 && t.call.to == 0 {
			out = append(out, token{text: t.name, is: t.is &^ isCall}, token{is: isAny})
			continue
		}
		out = append(out, t)
	}
	return out
}

// variants lists the path and its rewritings, those with fewest steps first.
func (r *request) variants(base []token, bit byte) []variant {
	all := []variant{{toks: base, how: Exact, bit: bit}}
	for i := 0; i < len(all) && len(all) < maxVariants; i++ {
		v := all[i]
		if toks, ok := dropTail(v.toks); ok {
			all = append(all, variant{toks, worse(v.how, Tail), v.bit, v.via})
		}
		if toks, ok := dropCasts(v.toks); ok {
			all = append(all, variant{toks, Cast, v.bit, v.via})
		}
		for line := range strings.Lines(aliases) {
			if line[0] == '#' {
				continue
			}
			from, rest, _ := strings.Cut(line, "\t")
			toks, ok := r.matches(v.toks, from)
			if !ok {
				continue
			}
			to, rest, _ := strings.Cut(rest, "\t")
			methods, why, _ := strings.Cut(rest, "\t")
			if as := methodAs(methods, v.bit); as != 0 {
				all = append(all, variant{r.rewritten(toks, to), Cast, as, strings.TrimSuffix(why, "\n")})
			}
		}
	}
	return all
}

// methodAs tells as which method a request is looked up by a cell such as
// "PATCH,DELETE>PATCH" of aliases.tsv; 0 if the row is not about its method.
func methodAs(cell string, bit byte) byte {
	if cell == "-" {
		return bit
	}
	for_, as, other := strings.Cut(cell, ">")
	for name := range strings.SplitSeq(for_, ",") {
		if b, _ := methodBit(name); b == bit {
			if other {
				b, _ = methodBit(as)
			}
			return b
		}
	}
	return 0
}

func worse(a, b How) How {
	if a == Cast {
		return a
	}
	return b
}

func dropTail(toks []token) ([]token, bool) {
	n := len(toks) - 1
	if n < 1 || toks[n].is&(isDollar|isDelta) == 0 {
		return nil, false
	}
	return toks[:n], true
}

func dropCasts(toks []token) ([]token, bool) {
	isType := func(t token) bool { return t.is&isCast != 0 && t.is&isCall == 0 }
	if !slices.ContainsFunc(toks[1:], isType) {
		return nil, false
	}
	return append(toks[:1:1], slices.DeleteFunc(slices.Clone(toks[1:]), isType)...), true
}

// swapMe writes /me as /users/{id} and the reverse.
func (r *request) swapMe(all []variant) []variant {
	var out []variant
	for _, v := range all {
		switch string(r.bytes(v.toks[0].text)) {
		case "me":
			v.toks = append([]token{r.word("users"), {is: isAny}}, v.toks[1:]...)
		case "users":
			if len(v.toks) == 1 {
				continue
			}
			v.toks = append([]token{r.word("me")}, v.toks[2:]...)
		default:
			continue
		}
		v.how = Me
		out = append(out, v)
	}
	return out
}

// word makes a token of a literal.
func (r *request) word(s string) token {
	from := r.used
	if !r.add([]byte(s)) {
		r.used = from
	}
	return token{text: span{uint16(from), uint16(r.used)}}
}

// matched is what stands before and after the part of a path that a pattern of
// aliases.tsv matches.
type matched struct{ before, after []token }

// matches holds a pattern of aliases.tsv against a path. In a pattern {id} is
// any one segment, {id}: one that opens a drive path, {path} such a path; a *
// at the beginning is at least one segment, ** any number, a * at the end at
// least one.
func (r *request) matches(toks []token, from string) (matched, bool) {
	pattern := strings.Split(from[1:], "/")
	open := pattern[len(pattern)-1] == "*"
	if open {
		pattern = pattern[:len(pattern)-1]
	}
	least, most := 0, 0
	switch pattern[0] {
	case "*":
		least, most, pattern = 1, len(toks), pattern[1:]
	case "**":
		most, pattern = len(toks), pattern[1:]
	}
	for at := least; at <= most && at+len(pattern) <= len(toks); at++ {
		end := at + len(pattern)
		if (end == len(toks)) == open || !r.fits(toks[at:end], pattern) {
			continue
		}
		return matched{toks[:at], toks[end:]}, true
	}
	return matched{}, false
}

func (r *request) fits(toks []token, pattern []string) bool {
	for i, p := range pattern {
		t := &toks[i]
		switch p {
		case "{id}":
			if t.is&(isPath|isOpen|isDollar) != 0 {
				return false
			}
		case "{id}:":
			if t.is&isOpen == 0 {
				return false
			}
		case "{path}":
			if t.is&isPath == 0 {
				return false
			}
		default:
			text := t.text
			if t.call.to > 0 {
				text = t.call
			}
			if t.is&(isAny|isPath) != 0 || string(r.bytes(text)) != p {
				return false
			}
		}
	}
	return true
}

// rewritten writes a path as the right side of an alias has it.
func (r *request) rewritten(m matched, to string) []token {
	out := make([]token, 0, len(m.before)+len(m.after)+4)
	for i, p := range strings.Split(to[1:], "/") {
		switch {
		case i == 0 && (p == "*" || p == "**"):
			out = append(out, m.before...)
		case p == "*":
			out = append(out, m.after...)
		case p == "{id}":
			out = append(out, token{is: isAny})
		default:
			out = append(out, r.word(p))
		}
	}
	return out
}

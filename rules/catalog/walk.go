package catalog

// walk looks tokens up in the trie, with backtracking: a literal
// child before the key child, and a candidate counts only if it has a method
// that is asked for.
type walk struct {
	r       *request
	toks    []token
	mask    byte // methods asked for, as bits
	earlier bool // search what only earlier editions have

	path  [maxTokens + 8]uint16 // segment numbers on the way; anyKey for {id}
	best  [maxTokens + 8]uint16
	depth int // of best
	score int // of best; 0 none yet
	entry int // of best: its place in the tables
	table int // of best
}

const anyKey = 0xFFFF

// Scores: a literal segment weighs more than any way of reading one.
const (
	scoreLiteral = 16
	scoreCall    = 12 // a function by its argument names
	scoreKey     = 8  // name(key) read as name/{id}
	scoreShort   = 4  // a namespace or arguments left out
)

// find runs the walk and tells whether it found a template.
func (w *walk) find() bool {
	w.score = 0
	w.step(root(), 0, 0, 1)
	return w.score > 0
}

func (w *walk) step(at node, i, depth, score int) {
	if i == len(w.toks) {
		if e, ok := w.entryOf(at.table()); ok && score > w.score {
			w.score, w.entry, w.table, w.depth = score, e, at.table(), depth
			w.best = w.path
		}
		return
	}
	t := &w.toks[i]
	if t.is&isPath != 0 {
		w.pathStep(t, at, i, depth, score)
		return
	}
	if t.is&isAny == 0 {
		w.literal(at, w.r.bytes(t.text), i, depth, score+scoreLiteral)
		if t.is&isCall != 0 {
			w.call(t, at, i, depth, score)
			if t.call.to > 0 {
				return // a function is no key
			}
		}
		if t.is&isCast != 0 {
			w.short(t.text, t.text, at, i, depth, score)
			return // nor is a type
		}
		if t.is&isOpen != 0 {
			w.literal(at, pathKeyText, i, depth, score+scoreLiteral)
			return
		}
		if t.is&(isDollar|isDelta) != 0 {
			return
		}
	}
	if k := at.key(); k != 0 {
		w.path[depth] = anyKey
		w.step(k, i+1, depth+1, score)
	}
}

// pathKeyText is how the trie spells a drive path that a colon closes. A
// variable of constant bytes: the linker lays it out, nothing runs at start.
var pathKeyText = []byte{'{', 'i', 'd', '}', ':'}

// pathStep takes a whole drive path as one key.
func (w *walk) pathStep(t *token, at node, i, depth, score int) {
	if t.is&isClosed != 0 {
		w.literal(at, pathKeyText, i, depth, score+scoreLiteral)
		return
	}
	if k := at.key(); k != 0 {
		w.path[depth] = anyKey
		w.step(k, i+1, depth+1, score)
	}
}

func (w *walk) literal(at node, text []byte, i, depth, score int) {
	if c, ok := at.search(text); ok {
		w.path[depth] = uint16(childSegment(c))
		w.step(childNode(c), i+1, depth+1, score)
	}
}

// call tries the readings of name(...) from the surest to the least: the
// function with these arguments, a key of the collection, the function by name.
func (w *walk) call(t *token, at node, i, depth, score int) {
	if t.call.to > 0 {
		w.literal(at, w.r.bytes(t.call), i, depth, score+scoreCall)
	}
	name := w.r.bytes(t.name)
	if c, ok := at.search(name); ok {
		w.path[depth] = uint16(childSegment(c))
		next := childNode(c)
		if k := next.key(); k != 0 {
			w.path[depth+1] = anyKey
			w.step(k, i+1, depth+2, score+scoreKey)
		} else if t.call.to > 0 { // no collection, so a function
			w.step(next, i+1, depth+1, score+scoreShort)
		}
	}
	// a function of that name with other arguments
	c, _ := at.search(name)
	base, n := at.children()
	for ; c < base+n*childSize; c += childSize {
		s := segmentText(childSegment(c))
		if len(s) < len(name) || compareFolded(s[:len(name)], name) != 0 {
			break
		}
		if len(s) > len(name) && s[len(name)] == '(' {
			w.path[depth] = uint16(childSegment(c))
			w.step(childNode(c), i+1, depth+1, score+scoreShort)
		}
	}
	if t.call.to > 0 {
		w.short(t.name, t.call, at, i, depth, score)
	}
}

// short tries a function without its namespace, which ends at the last dot of
// the name. The call begins with the name.
func (w *walk) short(name, call span, at node, i, depth, score int) {
	for j := int(name.to) - int(name.from) - 1; j > 0; j-- {
		if w.r.buf[int(name.from)+j] == '.' {
			call.from += uint16(j + 1)
			w.literal(at, w.r.bytes(call), i, depth, score+scoreShort)
			return
		}
	}
}

// entryOf returns the entry of a table that has a method asked for.
func (w *walk) entryOf(table int) (int, bool) {
	if table == 0 {
		return 0, false
	}
	from, to := tableAt(table)
	for at := from; at < to; at += entrySize {
		if bin[at]&w.mask != 0 && (bin[at]&entryEarlier != 0) == w.earlier {
			return at, true
		}
	}
	return 0, false
}

// template spells the path that was found.
func (w *walk) template() string {
	n := 0
	for _, s := range w.best[:w.depth] {
		if s == anyKey {
			n += len("/{id}")
		} else {
			n += 1 + len(segmentText(int(s)))
		}
	}
	b := make([]byte, 0, n)
	for _, s := range w.best[:w.depth] {
		b = append(b, '/')
		if s == anyKey {
			b = append(b, "{id}"...)
		} else {
			b = append(b, segmentText(int(s))...)
		}
	}
	return string(b)
}

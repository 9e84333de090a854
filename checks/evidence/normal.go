package evidence

import (
	"bytes"
	"slices"
	"strings"
	"time"
)

// This file brings a record into a normal form, in which it is the same text as
// every other record that differs from it only by what bears on no cause: which
// of many users, apps and objects it names, when it happened, how long it took.
//
// Names are numbered in the order in which they appear, so that which of them
// are equal stays visible. What a rule may know by value (the ids of Microsoft's
// own apps, of roles and permissions) is no name and stays as it is. So do the
// claims of a token, and on which side of them the record's moments lie.

// A normal is a record in its normal form. Its memory is used again.
type normal struct {
	text  []byte
	names [][]byte
	times []time.Time
	toks  []*tokenForm

	agent  int  // which name is the client's own; -1 if none is
	status bool // the status of an access log's line has been met

	known func([]byte) bool
	keys  map[string]bool // names of numbers: whether they are measures
	cache map[string]*tokenForm
	words [256]uint8 // what words are made of: wordChar, and mailMark for the @
	hex   [256]bool  // what GUIDs are made of
}

// newNormal makes the memory for normal forms. GUIDs, times, mail addresses and
// escapes are words, so their marks are among the characters of words.
func newNormal(known func([]byte) bool) (n normal) {
	n.known = known
	for c := range n.words {
		if isAlnum(byte(c)) || c == '_' || c == '-' || c == '.' || c == '%' || c >= 0x80 {
			n.words[c] = wordChar
		}
		n.hex[c] = isDigit(byte(c)) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
	}
	n.words['@'] = wordChar | mailMark
	return n
}

const (
	wordChar = 1 << iota
	mailMark
)

// guid tells a GUID of 36 bytes.
func (n *normal) guid(w []byte) bool {
	_ = w[35]
	if w[8] != '-' || w[13] != '-' || w[18] != '-' || w[23] != '-' {
		return false
	}
	for i, c := range w[:36] {
		if !n.hex[c] && (c != '-' || i != 8 && i != 13 && i != 18 && i != 23) {
			return false
		}
	}
	return true
}

// of normalises a record.
func (n *normal) of(b []byte) {
	n.text, n.names, n.times, n.toks, n.status = n.text[:0], n.names[:0], n.times[:0], n.toks[:0], false
	n.agent = -1
	object := len(b) > 0 && b[0] == '{'
	var key span // the last word, if it names the one that follows
	sep := false
	for i := 0; i < len(b); {
		c := b[i]
		if n.words[c] == 0 {
			switch c {
			case ':', '=':
				sep = true
			case '"', '\\', ' ', '\'':
			default:
				key, sep = span{}, false
			}
			n.text = append(n.text, c)
			i++
			continue
		}
		if sep && object && b[i-1] == '"' && agentName(b[key.from:key.to]) {
			if q := bytes.IndexByte(b[i:], '"'); q > 0 && b[i+q-1] != '\\' {
				n.agent = n.name(b[i : i+q])
				i += q
				continue
			}
		}
		j, marks := i, uint8(0)
		for j < len(b) && n.words[b[j]] != 0 {
			marks |= n.words[b[j]]
			j++
		}
		name := []byte(nil)
		if sep {
			name = b[key.from:key.to]
		}
		end := n.word(b, i, j, name, marks&mailMark != 0)
		key, sep = span{i, j}, false
		i = end
	}
	n.relate()
}

type span struct{ from, to int }

// word writes the word from i to j, which stands behind the name key. It returns
// how far it read, which may be further.
func (n *normal) word(b []byte, i, j int, key []byte, mail bool) int {
	w := b[i:j]
	if isDigit(w[0]) {
		if t, end := timeAt(b, i); end > i {
			n.moment(t)
			return end
		}
		if end := n.number(b, i, j, key); end > i {
			return end
		}
	}
	switch {
	case len(w) < 16 && !mail:
		n.text = append(n.text, w...)
	case len(w) == 36 && n.guid(w):
		n.id(w)
	case len(w) > 36 && bytes.HasPrefix(w, []byte("eyJ")):
		n.token(w)
	case mail && w[0] != '@':
		n.mail(w)
	case len(w) > 36 && n.inner(w):
	case opaque(w):
		n.name(w)
		n.text = appendInt(append(n.text, ':'), len(w))
	default:
		n.text = append(n.text, w...)
	}
	return j
}

// id writes a GUID.
func (n *normal) id(w []byte) {
	if n.known == nil || n.known(w) {
		n.text = append(n.text, w...)
		return
	}
	n.name(w)
}

// name writes the number of a name and returns it.
func (n *normal) name(w []byte) int {
	k := 0
	for k < len(n.names) && !bytes.Equal(n.names[k], w) {
		k++
	}
	if k == len(n.names) {
		n.names = append(n.names, w)
	}
	n.text = appendInt(append(n.text, '#'), k)
	return k
}

// agentName: the member holds what the client calls itself. The readers of
// objects keep it as it is, and hardly any rule asks for it.
func agentName(key []byte) bool {
	return (len(key) == 10 || len(key) == 9) && foldName(string(key)) == "useragent"
}

// mail writes an address: a name at a domain.
func (n *normal) mail(w []byte) {
	at := bytes.IndexByte(w, '@')
	if bytes.Contains(w[:at], []byte("EXT")) {
		n.text = append(n.text, "EXT"...)
	}
	n.name(w[:at])
	n.text = append(n.text, w[at:]...)
}

// inner writes a word that holds a GUID.
func (n *normal) inner(w []byte) bool {
	for i := 0; i+36 <= len(w); i++ {
		if w[i+8] == '-' && w[i+13] == '-' && n.guid(w[i:i+36]) {
			n.text = append(n.text, w[:i]...)
			n.id(w[i : i+36])
			n.text = append(n.text, w[i+36:]...)
			return true
		}
	}
	return false
}

// opaque: hexadecimal digits or base64, as ids of traces, messages and pages are.
func opaque(w []byte) bool {
	digit, letter, hex := false, false, true
	for _, c := range w {
		switch {
		case isDigit(c):
			digit = true
		case isLetter(c):
			letter = true
			hex = hex && isHex(c)
		case c == '_' || c == '-':
			hex = false
		default:
			return false
		}
	}
	return digit && letter && (hex || len(w) >= 24 && secretWord(string(w)))
}

// number writes a number where it is a measure; elsewhere it may be a status or
// a code and stays. It returns i where it wrote nothing.
func (n *normal) number(b []byte, i, j int, key []byte) int {
	w := b[i:j]
	d, dots := 0, 0
	for d < len(w) && (isDigit(w[d]) || w[d] == '.' && d+1 < len(w) && isDigit(w[d+1])) {
		if w[d] == '.' {
			dots++
		}
		d++
	}
	unit := w[d:]
	if d == len(w) && j+2 < len(b) && b[j] == ' ' { // "35 ms"
		unit = b[j+1 : min(len(b), j+4)]
		if k := bytes.IndexFunc(unit, func(r rune) bool { return r < 'a' || r > 'z' }); k >= 0 {
			unit = unit[:k]
		}
	}
	switch {
	case dots == 3 && d == len(w):
		n.text = append(n.text, "0.0.0.0"...)
	case measured(unit), d == len(w) && (n.measure(key) || n.column(b, i, j)):
		n.text = append(append(n.text, '0'), w[d:]...)
	case d == len(w) && dots <= 1 && epoch(w):
		t, _ := unixTime(string(w))
		n.moment(t)
	case d == len(w) && dots == 0 && (d >= 9 || d >= 5 && i > 0 && b[i-1] == '/'):
		n.name(w)
	default:
		return i
	}
	return j
}

// column: a number in a column of its own, as access logs write sizes and times
// without a name. The first that may be the status is none.
func (n *normal) column(b []byte, i, j int) bool {
	if i < 3 || b[i-1] != ' ' || j < len(b) && b[j] != ' ' || bytes.IndexByte([]byte("0123456789\"-]"), b[i-2]) < 0 {
		return false
	}
	if n.status || j-i != 3 {
		return true
	}
	failed := b[i] == '4' || b[i] == '5' || string(b[i:j]) == "200"
	if b[i-2] == '"' && isDigit(b[i-3]) { // behind "GET / HTTP/1.1"
		n.status = failed
		return false
	}
	return !failed
}

func measured(unit []byte) bool {
	switch string(unit) {
	case "ms", "s", "us", "ns", "µs", "B", "KB", "MB", "kB", "bytes":
		return true
	}
	return false
}

// measures are parts of names that say that a number bears on no cause.
var measures = [...]string{"duration", "elapsed", "latency", "took", "bytes", "length", "size", "millis", "_ms", "port", "pid", "thread", "offset", "sequence", "seq", "upstream_time", "request_time", "response_time", "responsetime", "requesttime", "timetaken", "time_taken", "durationms", "itemcount", "line"}

// measure tells such a name; the answers are remembered, since names repeat.
func (n *normal) measure(key []byte) bool {
	if len(key) < 3 || len(key) > 40 {
		return false
	}
	is, ok := n.keys[string(key)]
	if !ok {
		if n.keys == nil || len(n.keys) >= maxKeys {
			n.keys = map[string]bool{}
		}
		low := strings.ToLower(string(key))
		is = slices.ContainsFunc(measures[:], func(m string) bool { return strings.Contains(low, m) })
		n.keys[string(key)] = is
	}
	return is
}

// maxKeys bounds the names that are remembered.
const maxKeys = 256

// epoch: seconds or milliseconds since 1970, of this century.
func epoch(w []byte) bool {
	whole := len(w)
	if k := bytes.IndexByte(w, '.'); k >= 0 {
		whole = k
	}
	return (whole == 10 || whole == 13 && whole == len(w)) && w[0] == '1' && w[1] >= '3'
}

// moment writes a moment: its month, since services change with time, and which
// other one it equals.
func (n *normal) moment(t time.Time) {
	k := 0
	for k < len(n.times) && !n.times[k].Equal(t) {
		k++
	}
	n.times = append(n.times, t)
	n.text = appendInt(append(n.text, '@'), k)
	n.text = appendInt(append(n.text, ':'), t.Year()*12+int(t.Month()))
}

// relate writes on which side of the tokens' times the moments lie, and how far:
// clocks may differ by five minutes.
func (n *normal) relate() {
	for _, t := range n.toks {
		for _, limit := range t.times {
			for _, at := range n.times {
				d := at.Sub(limit)
				c := byte('a')
				for _, edge := range [...]time.Duration{-5 * time.Minute, 0, 5 * time.Minute} {
					switch {
					case d == edge:
						c++
					case d > edge:
						c += 2
					}
				}
				n.text = append(n.text, c)
			}
		}
	}
}

func appendInt(b []byte, n int) []byte {
	if n < 10 {
		return append(b, byte('0'+n))
	}
	return append(appendInt(b, n/10), byte('0'+n%10))
}

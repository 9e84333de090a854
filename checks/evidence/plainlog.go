package evidence

import (
	"bufio"
	"bytes"
	"context"
)

// This file reads plain logs: stamped lines with what continues them, key=value,
// access logs. A chunk is searched for words of failure as a whole; only the
// record around one is looked at.

// A plainLog is what such a log is searched with.
type plainLog struct{ words *needles }

func newPlainLog(ctx context.Context, name string, br *bufio.Reader) stream {
	log := &plainLog{newNeedles(append(failureStems(), statusWords...))}
	return &lineLog{ctx: ctx, name: name, r: br, cut: cutRecords, read: log.read, line: 1}
}

func (l *plainLog) read(w *Worker, c chunk, yield func(*Case, error) bool) bool {
	b := c.text
	line, counted := c.first, 0 // the number of the line at b[counted]
	for i := 0; i < len(b); {
		at := l.words.telling(b, i)
		if at < 0 {
			break
		}
		from := headBefore(b, lineStart(b, at), i)
		from, to := wholeBody(b, from, headAfter(b, from), i)
		line += newlines(b[counted:from])
		counted = from
		if !w.lines(c.name, b[from:to], line, yield) {
			return false
		}
		i = to
	}
	return true
}

// lines reads the lines of one record.
func (w *Worker) lines(name string, text []byte, n int, yield func(*Case, error) bool) bool {
	text = bytes.TrimRight(text, "\r\n")
	if len(text) > maxLine && bytes.IndexByte(text, '\n') < 0 {
		return yield(nil, &Problem{Place{name, n}, errLongLine})
	}
	w.g = group{file: name, text: text, first: n}
	return w.record(yield)
}

// statusWords announce a status; whether one of failure follows is looked at.
var statusWords = []string{"status", "http/", "http ", "code:", "code=", "code ", "code\"", "-> 40", "-> 41", "-> 42", "-> 50", "=> 40", "=> 41", "=> 42", "=> 50", "returned ", "responded", "answered ", "response", "<-- 4", "got 40", "got 42", "got 50", "finished in ", "respuesta ", "antwort ", addressWord, portWord}

const addressWord = "https://"

// telling returns the first place at or behind b[from] where a word of failure
// tells of one; -1 if there is none.
func (n *needles) telling(b []byte, from int) int {
	for i := from; ; {
		at, k := n.next(b, i)
		if at < 0 {
			return -1
		}
		if k >= len(n.words)-len(statusWords) {
			if n.statusFails(b, at, k) {
				return at
			}
		} else if !nothing(b, at, at+len(n.words[k])) {
			return at
		}
		i = at + 1
	}
}

// statusFails looks at what stands behind the word k at b[at].
func (n *needles) statusFails(b []byte, at, k int) bool {
	switch n.words[k] {
	case addressWord:
		at += addressEnd(b[at:])
	case portWord:
		if s := w3cStatus(string(b[at+len(portWord) : lineEnd(b, at)])); s >= "400" {
			return true
		}
	}
	return failureFollows(b, at)
}

// addressEnd is the length of the address that a text begins with.
func addressEnd(b []byte) int {
	for i, c := range b {
		if c <= ' ' || c == '"' || c == '\'' || i > 2000 {
			return i
		}
	}
	return len(b)
}

// failureFollows: a number from 400 to 599 stands closely behind b[i].
func failureFollows(b []byte, i int) bool {
	for end := min(len(b)-2, i+28); i < end; i++ {
		c := b[i]
		if c == '\n' {
			return false
		}
		if i > 0 && (c == '4' || c == '5') && isDigit(b[i+1]) && isDigit(b[i+2]) && !isAlnum(b[i-1]) && (i+3 >= len(b) || !isAlnum(b[i+3])) {
			return true
		}
	}
	return false
}

// nothing: the word is a name whose value says that there was no failure, as in
// error=null, "errors": 0, or in "0 errors".
func nothing(b []byte, from, to int) bool {
	for from < to && !isLetter(b[from]) {
		from++
	}
	for from < to && !isLetter(b[to-1]) {
		to--
	}
	for to < len(b) && (isLetter(b[to]) || b[to] == '_') {
		to++
	}
	for from > 0 && (isLetter(b[from-1]) || b[from-1] == '_') {
		from--
	}
	rest := b[to:min(len(b), to+12)]
	i := 0
	for i < len(rest) && (rest[i] == '"' || rest[i] == ' ' || rest[i] == '\'' || rest[i] == '\\') {
		i++
	}
	if i < len(rest) && (rest[i] == '=' || rest[i] == ':') {
		v := rest[i+1:]
		if rest[i] == '=' && (len(v) == 0 || v[0] == ' ' || v[0] == '\n') { // logfmt
			return true
		}
		v = bytes.TrimLeft(v, " ")
		for _, none := range [...]string{`""`, "null", "nil", "None", "none", "false", "[]", "{}", "-"} {
			if bytes.HasPrefix(v, []byte(none)) {
				return true
			}
		}
		return len(v) > 0 && v[0] == '0' && (len(v) == 1 || !isAlnum(v[1]) && v[1] != '.')
	}
	return from >= 2 && b[from-1] == ' ' && b[from-2] == '0' && (from == 2 || !isAlnum(b[from-3]) && b[from-3] != '.')
}

// maxPieces bounds the records over which a body is spread.
const maxPieces = 64

// wholeBody widens a record that is one line of a body which a program wrote
// line by line, each with a stamp of its own, to the whole body.
func wholeBody(b []byte, from, to, least int) (int, int) {
	begin := from
	for n := 0; n < maxPieces && begin > least && isPiece(messageOf(b[begin:lineEnd(b, begin)]), false); n++ {
		begin = headBefore(b, lineStart(b, begin-1), least)
	}
	if begin < from && !opens(b[begin:lineEnd(b, begin)]) && !isPiece(messageOf(b[begin:lineEnd(b, begin)]), true) {
		begin = from
	}
	open := depth(b[begin:to])
	for n := 0; n < maxPieces && open > 0 && to < len(b) && isPiece(messageOf(b[to:lineEnd(b, to)]), true); n++ {
		next := headAfter(b, to)
		open += depth(b[to:next])
		to = next
	}
	return begin, to
}

// messageOf is what a record's line says behind its stamp and level.
func messageOf(line []byte) []byte {
	line = bytes.TrimSpace(line)
	if i := bytes.IndexAny(line, `{}"[`); i > 0 && i < 120 && (line[i] != '[' || i > 40) {
		return line[i:]
	}
	return line
}

// isPiece: the message is a line of a JSON body; the first one only if asked for.
func isPiece(msg []byte, first bool) bool {
	if len(msg) == 0 {
		return false
	}
	switch msg[0] {
	case '}', ']':
		return true
	case '{':
		return first && len(msg) == 1
	case '"':
		return bytes.Contains(msg, []byte(`":`))
	}
	return false
}

// opens: the line ends where a body begins.
func opens(line []byte) bool {
	line = bytes.TrimSpace(line)
	return len(line) > 0 && (line[len(line)-1] == '{' || line[len(line)-1] == '[')
}

// depth counts the brackets that a text leaves open.
func depth(b []byte) int {
	n := 0
	for _, c := range b {
		switch c {
		case '{':
			n++
		case '}':
			n--
		}
	}
	return n
}

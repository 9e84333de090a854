package evidence

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"strings"
)

// This file reads logs of JSON objects, one a line.

// A jsonLog is what was learnt of such a log.
type jsonLog struct {
	templates []*template
	words     *needles // nil until a template needs them
}

// newJSONLog learns from the beginning of a log; a short one is read without.
func newJSONLog(ctx context.Context, name string, br *bufio.Reader, head []byte, whole bool) stream {
	log := &jsonLog{}
	if !whole {
		log.templates = learn(ctx, head)
	}
	for _, t := range log.templates {
		for _, s := range t.slots {
			if s.words && log.words == nil {
				log.words = newNeedles(failureStems())
			}
		}
	}
	return &lineLog{ctx: ctx, name: name, r: br, cut: cutLines, read: log.read, line: 1}
}

// read reads a chunk: healthy lines are passed over, each of the others is a
// record.
func (l *jsonLog) read(w *Worker, c chunk, yield func(*Case, error) bool) bool {
	b, line := c.text, c.first
	var m memory
	for i := 0; i < len(b); line++ {
		if end := l.healthy(b, i, &m); end > 0 {
			i = end
			continue
		}
		end := len(b)
		if j := bytes.IndexByte(b[i:], '\n'); j >= 0 {
			end = i + j
		}
		if !w.line(c.name, b[i:end], line, yield) {
			return false
		}
		i = end + 1
	}
	return true
}

// A memory tells which template is asked first: one that fitted twice in a row,
// since a rare line in between would cost two more looks.
type memory struct {
	first int
	other int // the one that fitted instead of it, counted from 1
}

// healthy returns the end of the line at b[i] if it is surely healthy.
func (l *jsonLog) healthy(b []byte, i int, m *memory) int {
	for k := range l.templates {
		at := m.first + k
		if at >= len(l.templates) {
			at -= len(l.templates)
		}
		if end := l.templates[at].fits(b, i, l.words); end > 0 {
			if k == 0 {
				m.other = 0
			} else {
				m.met(at)
			}
			return end
		}
	}
	return 0
}

// met takes down that another template fitted.
func (m *memory) met(k int) {
	if m.other == k+1 {
		m.first = k
	}
	m.other = k + 1
}

// line reads one line as a record.
func (w *Worker) line(name string, text []byte, n int, yield func(*Case, error) bool) bool {
	text = bytes.TrimRight(text, "\r\n")
	if len(bytes.TrimSpace(text)) == 0 {
		return true
	}
	if len(text) > maxLine {
		return yield(nil, &Problem{Place{name, n}, errLongLine})
	}
	w.g = group{file: name, text: text, first: n}
	return w.record(yield)
}

var errLongLine = fmt.Errorf("the line is longer than %d MiB, the limit of a line; it is left out", maxLine>>20)

// jsonLines tells a log of JSON objects, one a line, and whether each of them
// tells of one exchange, sign-in or step in full.
func jsonLines(lines []string) (is, full bool) {
	if len(lines) < 2 {
		return false, false
	}
	objects, exchanges, parsed := 0, 0, 0
	for _, l := range lines {
		if !strings.HasPrefix(l, "{") || !strings.HasSuffix(strings.TrimRight(l, " "), "}") {
			continue
		}
		objects++
		if parsed == 60 {
			continue
		}
		parsed++
		if n, end := parseLoose(l, 0); n != nil && !n.cut && strings.TrimSpace(l[end:]) == "" && fullRecord(n) {
			exchanges++
		}
	}
	return objects*20 >= len(lines)*19, exchanges*10 >= parsed*9
}

// fullRecord: the object tells of one exchange, sign-in or provisioning step.
func fullRecord(n *node) bool {
	for _, o := range []*node{n, n.get("properties"), n.get("attributes")} {
		if o.isObject() && (isExchange(o) || signInRecord(o) || o.get("provisioningSteps").isArray()) {
			return true
		}
	}
	return false
}

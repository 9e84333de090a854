package evidence

import (
	"bufio"
	"bytes"
	"context"
	"strings"
)

// This file joins the lines of one request by the id that they share, where a
// program tells of a request on several lines: what was asked for on one, the
// answer on another. Each request is read as a small document.

// Limits of joining. A request is complete when so many others have begun.
const (
	maxOpen      = 1024
	maxJoined    = 64 << 10 // bytes of one request that are kept
	joinedBatch  = 64       // requests that a worker takes at once
	joinedSample = 20       // lines with an id, at least, to learn from
)

// idWords are names, folded, under which programs log the id of a request.
var idWords = map[string]bool{"requestid": true, "reqid": true, "xrequestid": true, "xmsrequestid": true, "clientrequestid": true, "correlationid": true, "xcorrelationid": true, "traceid": true, "operationid": true, "transactionid": true, "txid": true, "activityid": true, "requestidentifier": true}

// joinMark learns what stands before the id by which the lines of one request can
// be joined; nil where each line has an id of its own.
func joinMark(lines []string) []byte {
	type count struct {
		lines int
		ids   map[string]bool
	}
	marks := map[string]*count{}
	for _, l := range lines {
		for i := 0; i < len(l); {
			if !isNameByte(l[i]) {
				i++
				continue
			}
			from := i
			for i < len(l) && isNameByte(l[i]) {
				i++
			}
			if !idWords[foldName(l[from:i])] {
				continue
			}
			to, end := idAt(l, i)
			if end == 0 {
				continue
			}
			m := marks[l[from:to]]
			if m == nil {
				m = &count{ids: map[string]bool{}}
				marks[l[from:to]] = m
			}
			m.lines++
			m.ids[l[to:end]] = true
		}
	}
	best, mark := 0, ""
	for k, m := range marks {
		joins := m.lines*10 >= len(m.ids)*13 && m.lines <= len(m.ids)*60 && len(m.ids) > 4
		if m.lines >= joinedSample && joins && (m.lines > best || m.lines == best && k < mark) {
			best, mark = m.lines, k
		}
	}
	if best == 0 {
		return nil
	}
	return []byte(mark)
}

// idAt finds the id behind a name: "=" or ":" and the value.
func idAt(l string, i int) (from, to int) {
	sep := false
	for i < len(l) && strings.IndexByte("\" '=:\\", l[i]) >= 0 {
		sep = sep || l[i] == '=' || l[i] == ':'
		i++
	}
	to = i
	for to < len(l) && (isAlnum(l[to]) || l[to] == '-' || l[to] == '_') {
		to++
	}
	if !sep || to-i < 6 {
		return 0, 0
	}
	return i, to
}

// A joinLog reads a log whose lines are joined. Lines are sorted to their
// requests by one worker at a time, and the requests read by all.
type joinLog struct {
	lineLog
	mark  []byte
	plain bool // records may have several lines
	words *needles

	open   map[string]*request
	oldest []*request // in the order in which they began
	failed []*request // complete, and to be read
}

// A request is what was logged of it so far.
type request struct {
	id    string
	text  []byte
	lines []int
	tells bool // a word of failure is in it
}

func newJoinLog(ctx context.Context, name string, br *bufio.Reader, mark []byte, plain bool) stream {
	l := &joinLog{lineLog: lineLog{ctx: ctx, name: name, r: br, cut: cutLines, line: 1}, mark: mark, plain: plain,
		words: newNeedles(append(failureStems(), statusWords...)), open: map[string]*request{}}
	if plain {
		l.cut = cutRecords
	}
	return l
}

func (l *joinLog) next(w *Worker) part {
	for len(l.failed) < joinedBatch {
		c, p := l.chunk(w)
		if p != nil {
			return p
		}
		if len(c.text) == 0 {
			for len(l.oldest) > 0 {
				l.close()
			}
			break
		}
		l.sort(c)
	}
	if len(l.failed) == 0 {
		return nil
	}
	batch := l.failed
	l.failed = nil
	return func(yield func(*Case, error) bool) bool {
		for _, r := range batch {
			w.g = group{file: l.name, text: r.text, lines: r.lines}
			if l.ctx.Err() != nil || !w.record(yield) {
				return false
			}
		}
		return true
	}
}

// sort puts the records of a chunk to their requests.
func (l *joinLog) sort(c chunk) {
	b, line := c.text, c.first
	for i := 0; i < len(b); {
		end := lineEnd(b, i)
		if l.plain {
			end = headAfter(b, i)
		}
		l.add(b[i:end], line)
		line += newlines(b[i:end])
		i = end
	}
}

// add puts one record to its request; one without an id stands for itself.
func (l *joinLog) add(record []byte, line int) {
	tells := l.words.telling(record, 0) >= 0
	id := l.idOf(record)
	if id == nil {
		if tells {
			r := &request{tells: true}
			r.add(record, line)
			l.failed = append(l.failed, r)
		}
		return
	}
	r := l.open[string(id)]
	if r == nil {
		if len(l.open) >= maxOpen {
			l.close()
		}
		r = &request{id: string(id)}
		l.open[r.id] = r
		l.oldest = append(l.oldest, r)
	}
	r.tells = r.tells || tells
	r.add(record, line)
}

func (r *request) add(record []byte, line int) {
	if len(r.text)+len(record) > maxJoined {
		return
	}
	for l := range bytes.Lines(record) {
		r.text = append(r.text, l...)
		r.lines = append(r.lines, line)
		line++
	}
	if n := len(r.text); n > 0 && r.text[n-1] != '\n' {
		r.text = append(r.text, '\n')
	}
}

// idOf finds the id of a record.
func (l *joinLog) idOf(record []byte) []byte {
	i := bytes.Index(record, l.mark)
	if i < 0 {
		return nil
	}
	i += len(l.mark)
	j := i
	for j < len(record) && (isAlnum(record[j]) || record[j] == '-' || record[j] == '_') {
		j++
	}
	if j-i < 6 {
		return nil
	}
	return record[i:j]
}

// close completes the request that began first.
func (l *joinLog) close() {
	r := l.oldest[0]
	l.oldest = l.oldest[1:]
	delete(l.open, r.id)
	if r.tells {
		l.failed = append(l.failed, r)
	}
}

package evidence

import (
	"bufio"
	"bytes"
	"context"
)

// This file reads long exports in columns, row by row. A cell may hold line
// breaks between its quotes.

// A csvLog knows the names of the columns.
type csvLog struct{ head []byte }

func newCSVLog(ctx context.Context, name string, br *bufio.Reader, head []byte) stream {
	skip := len(head) - len(bytes.TrimLeft(head, "\n\r "))
	first := lineEnd(head, skip)
	log := &csvLog{append([]byte(nil), head[skip:first]...)}
	line := 1 + newlines(head[:first])
	_, _ = br.Discard(first)
	return &lineLog{ctx: ctx, name: name, r: br, cut: cutRows, read: log.read, line: line}
}

// cutRows ends a chunk behind its last whole row: at a line break outside of
// quotes.
func cutRows(b []byte, last bool) int {
	if last {
		return len(b)
	}
	quotes := bytes.Count(b, []byte{'"'})
	for end := len(b); ; {
		nl := bytes.LastIndexByte(b[:end], '\n')
		if nl < 0 {
			return 0
		}
		quotes -= bytes.Count(b[nl+1:end], []byte{'"'})
		if quotes%2 == 0 {
			return nl + 1
		}
		end = nl
	}
}

func (l *csvLog) read(w *Worker, c chunk, yield func(*Case, error) bool) bool {
	b, line := c.text, c.first
	var text []byte
	for i := 0; i < len(b); {
		end, breaks := rowEnd(b, i)
		row := bytes.TrimRight(b[i:end], "\r\n")
		i = end
		if len(bytes.TrimSpace(row)) > 0 {
			text = append(append(text[:0], l.head...), row...)
			w.g = group{file: c.name, text: text, lines: w.g.lines[:0]}
			for n := range breaks + 2 { // the head stands on the line before
				w.g.lines = append(w.g.lines, line-1+n)
			}
			if len(row) > maxLine {
				if !yield(nil, &Problem{Place{c.name, line}, errLongLine}) {
					return false
				}
			} else if !w.record(yield) {
				return false
			}
		}
		line += max(breaks, 1)
	}
	return true
}

// rowEnd returns where the row that begins at b[i] ends, and how many line breaks
// it has with its own.
func rowEnd(b []byte, i int) (end, breaks int) {
	quoted := false
	for end = i; end < len(b); {
		j := bytes.IndexByte(b[end:], '\n')
		if j < 0 {
			return len(b), breaks
		}
		breaks++
		if bytes.Count(b[end:end+j], []byte{'"'})%2 == 1 {
			quoted = !quoted
		}
		end += j + 1
		if !quoted {
			break
		}
	}
	return end, breaks
}

package evidence

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
)

// This file cuts a log into chunks of whole records. A chunk fits into a
// processor's second-level cache; the memory it is read into is used again.

const (
	logChunk = 256 << 10
	// maxRecord bounds a record of several lines; what goes on longer is read as
	// the next one.
	maxRecord = 64 << 10
)

// A lineLog is a log that is read in chunks of lines.
type lineLog struct {
	ctx  context.Context
	name string
	r    io.Reader
	// cut returns where the last whole record of a chunk ends; 0 if there is none.
	// last: nothing comes after this chunk.
	cut func(b []byte, last bool) int
	// read reads the records of a chunk.
	read func(w *Worker, c chunk, yield func(*Case, error) bool) bool

	size  int // of a chunk; 0 is logChunk
	line  int // number of the next line
	carry []byte
	long  bool  // inside a line that is longer than the limit
	end   error // why there is no more to read
	told  bool
}

// A chunk is a piece of a log that begins and ends with a record.
type chunk struct {
	name  string
	text  []byte
	first int // number of its first line
}

func (l *lineLog) next(w *Worker) part {
	c, p := l.chunk(w)
	if p != nil || len(c.text) == 0 {
		return p
	}
	return func(yield func(*Case, error) bool) bool { return l.ctx.Err() == nil && l.read(w, c, yield) }
}

// chunk reads the next chunk; p is a problem instead. The chunk is empty at the
// end.
func (l *lineLog) chunk(w *Worker) (c chunk, p part) {
	for {
		if l.end != nil && len(l.carry) == 0 {
			return chunk{}, l.last()
		}
		b := l.fill(w)
		if l.long {
			b = b[l.skip(b):]
		}
		end := l.cut(b, l.end != nil)
		if end == 0 && len(b) > maxLine {
			// a line that goes on past the limit
			at := Place{l.name, l.line}
			l.long, l.carry = true, l.carry[:0]
			return chunk{}, problemPart(at, errLongLine)
		}
		l.carry = append(l.carry[:0], b[end:]...)
		if end == 0 {
			continue
		}
		c = chunk{l.name, b[:end], l.line}
		l.line += newlines(c.text)
		return c, nil
	}
}

var newline = []byte{'\n'}

// fill reads the next chunk behind what was left of the one before.
func (l *lineLog) fill(w *Worker) []byte {
	size := l.size
	if size == 0 {
		size = logChunk
	}
	want := len(l.carry) + size
	if cap(w.buf) < want {
		w.buf = make([]byte, want, want+want/4)
	}
	b := w.buf[:want]
	n := copy(b, l.carry)
	for l.end == nil && n < len(b) { // io.ReadFull would hide where gzip or zstd was cut off
		m, err := l.r.Read(b[n:])
		n += m
		l.end = err
	}
	l.carry = l.carry[:0]
	return b[:n]
}

// skip passes over the rest of a line that is too long.
func (l *lineLog) skip(b []byte) int {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		return len(b)
	}
	l.long = false
	l.line++
	return i + 1
}

// last reports why reading ended, if it was not the end of the input.
func (l *lineLog) last() part {
	if l.told || errors.Is(l.end, io.EOF) {
		return nil
	}
	l.told = true
	return problemPart(Place{l.name, l.line}, fmt.Errorf("reading stopped: %w", l.end))
}

// cutLines ends a chunk behind its last line.
func cutLines(b []byte, last bool) int {
	if last {
		return len(b)
	}
	return bytes.LastIndexByte(b, '\n') + 1
}

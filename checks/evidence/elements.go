package evidence

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
)

// This file reads long JSON texts element by element: HAR files, exports of
// sign-in and audit logs, lists, objects one after the other.

// elementBatch is how much text a worker takes at once.
const elementBatch = 256 << 10

// elements is a stream of such elements.
type elements struct {
	ctx   context.Context
	name  string
	split *splitter
	har   bool
	quiet *needles // what a healthy HAR entry must not hold
	any   bool
	done  bool
}

// An element is one record of a JSON text: text[from:to] of a batch.
type element struct {
	from, to, line int
	err            error
}

// newElements opens a JSON text of which head was read already.
func newElements(ctx context.Context, name string, head []byte, r io.Reader) *elements {
	e := &elements{ctx: ctx, name: name, split: newSplitter(io.MultiReader(bytes.NewReader(head), r))}
	start := bytes.TrimLeft(head, " \r\n\t")
	switch {
	case bytes.HasPrefix(start, []byte("{")) && severalObjects(head):
		e.split.objects()
	case bytes.HasPrefix(start, []byte("{")) && bytes.Contains(head[:min(len(head), 4096)], []byte(`"log"`)):
		e.har = true
		e.quiet = newNeedles(harMarks)
	}
	return e
}

// severalObjects: the first object ends and another one follows.
func severalObjects(head []byte) bool {
	s := newSplitter(bytes.NewReader(head))
	s.objects()
	if _, _, err := s.next(); err != nil {
		return false
	}
	for {
		c, err := s.peek()
		if err != nil || c == '{' {
			return err == nil
		}
		if c > ' ' && c != ',' {
			return false
		}
		s.i++
	}
}

func (e *elements) next(w *Worker) part {
	if e.done {
		return nil
	}
	buf, list := w.buf[:0], []element(nil)
	for len(buf) < elementBatch && len(list) < 4096 {
		text, line, err := e.split.next()
		switch {
		case err == nil:
			e.any = true
			if e.har && e.healthy(text) {
				continue
			}
			from := len(buf)
			buf = e.wrapped(buf, text)
			list = append(list, element{from: from, to: len(buf), line: line})
			continue
		case errors.Is(err, errHugeElement):
			e.any = true
		case !isEnd(err):
			e.done, err = true, fmt.Errorf("reading stopped: %w", err)
		case e.any:
			e.done = true
		default:
			e.done, err = true, fmt.Errorf("the limit of %d MiB for one document is reached, and no list of records was found in it", maxBody>>20)
		}
		if !isEnd(err) {
			list = append(list, element{line: line, err: err})
		}
		if e.done {
			break
		}
	}
	w.buf = buf[:cap(buf)]
	return func(yield func(*Case, error) bool) bool {
		for _, x := range list {
			if e.ctx.Err() != nil {
				return false
			}
			if x.err != nil {
				if !yield(nil, &Problem{Place{e.name, x.line}, x.err}) {
					return false
				}
				continue
			}
			w.g = group{file: e.name, text: buf[x.from:x.to], first: x.line}
			if !w.record(yield) {
				return false
			}
		}
		return true
	}
}

// wrapped writes an element as it stood in its text, so that it is read as that.
func (e *elements) wrapped(buf, text []byte) []byte {
	switch {
	case e.har:
		return append(append(append(buf, `{"log":{"entries":[`...), text...), `]}}`...)
	case e.split.list > 1:
		return append(append(append(buf, `{"value":[`...), text...), `]}`...)
	}
	return append(buf, text...)
}

// harMarks stand in answers that are a success in name only, and in redirects
// that carry an error.
var harMarks = []string{`responses`, `provisioning`, `quarantine`, `statusinfo`, `errorcode`, `failurereason`, `error=`, `error_`, `aadsts`, `"state"`}

// healthy tells of an entry of a HAR that its answer was a success with nothing
// in it that speaks of a failure.
func (e *elements) healthy(entry []byte) bool {
	i := bytes.Index(entry, []byte(`"response"`))
	if i < 0 {
		return false
	}
	j := bytes.Index(entry[i:], []byte(`"status"`))
	if j < 0 {
		return false
	}
	v := bytes.TrimLeft(entry[i+j+len(`"status"`):], ": \n\r\t")
	return len(v) > 3 && v[0] == '2' && isDigit(v[1]) && isDigit(v[2]) && !isDigit(v[3]) && !e.quiet.in(entry)
}

package evidence

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// This file opens an input, tells its form by content, and reads what is no
// log as one document.

// newStream opens an input; readable is false where there is nothing but a problem.
func newStream(ctx context.Context, in Input, healthy bool) (s stream, readable bool) {
	name := Printable(in.Name)
	problem := func(line int, err error) (stream, bool) {
		return &single{part: problemPart(Place{name, line}, err)}, false
	}
	br, err := open(in.Reader)
	if err != nil {
		return problem(0, err)
	}
	head, err := br.Peek(sniffLength)
	switch {
	case len(head) == 0 && len(in.Parts) > 0:
		return &single{part: textPart(ctx, name, "", in.Parts)}, true
	case len(head) == 0 && err != nil && !errors.Is(err, io.EOF):
		return problem(0, err)
	case len(head) == 0:
		return problem(0, ErrEmpty)
	case looksBinary(head):
		return problem(1, errBinary)
	case len(in.Parts) > 0:
		return &document{ctx: ctx, name: name, r: br, parts: in.Parts}, true
	}
	if healthy {
		return &document{ctx: ctx, name: name, r: br, large: func(head []byte, r io.Reader) stream { return newWindows(ctx, name, head, r, true) }}, true
	}
	return formOf(ctx, name, br, head, err != nil), true
}

// single is a stream of one part.
type single struct{ part part }

func (s *single) next(*Worker) part {
	p := s.part
	s.part = nil
	return p
}

func problemPart(at Place, err error) part {
	return func(yield func(*Case, error) bool) bool { return yield(nil, &Problem{at, err}) }
}

func textPart(ctx context.Context, name, text string, parts []Part) part {
	return func(yield func(*Case, error) bool) bool {
		return yieldAll(ctx, readText(ctx, name, text, parts), yield)
	}
}

func yieldAll(ctx context.Context, cases []*Case, yield func(*Case, error) bool) bool {
	for _, c := range cases {
		if ctx.Err() != nil || !yield(c, nil) {
			return false
		}
	}
	return true
}

// A document is an input that is read as one text. What turns out to be too
// long for that goes to large.
type document struct {
	ctx   context.Context
	name  string
	r     *bufio.Reader
	parts []Part
	limit int                                   // 0 is maxBody
	large func(head []byte, r io.Reader) stream // nil: the rest is not read
	rest  stream
	done  bool
}

func (d *document) next(w *Worker) part {
	if d.rest != nil {
		return d.rest.next(w)
	}
	if d.done {
		return nil
	}
	d.done = true
	limit := d.limit
	if limit == 0 {
		limit = maxBody
	}
	raw, err := io.ReadAll(io.LimitReader(d.r, int64(limit)+1))
	if len(raw) > limit && err == nil && d.large != nil {
		d.rest = d.large(raw, d.r)
		return d.rest.next(w)
	}
	var problem error
	line := 1 + bytes.Count(raw, []byte("\n"))
	switch {
	case err != nil:
		problem = &Problem{Place{d.name, line}, fmt.Errorf("reading stopped: %w", err)}
	case len(raw) > limit:
		raw = raw[:limit]
		line = 1 + bytes.Count(raw, []byte("\n"))
		problem = &Problem{Place{d.name, line}, fmt.Errorf("the limit of %d MiB for one document is reached; the rest is not read", limit>>20)}
	}
	return func(yield func(*Case, error) bool) bool {
		return textPart(d.ctx, d.name, clean(raw), d.parts)(yield) && (problem == nil || yield(nil, problem))
	}
}

// textLines splits what was read of an input into lines; the last one is left out
// unless it is whole.
func textLines(head []byte, whole bool) []string {
	if !whole {
		head = head[:bytes.LastIndexByte(head, '\n')+1]
	}
	var out []string
	for l := range strings.Lines(string(head)) {
		if l = strings.TrimRight(l, "\r\n"); strings.TrimSpace(l) != "" {
			out = append(out, l)
		}
	}
	return out
}

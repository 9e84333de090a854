package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
)

// A meter counts the bytes that are read and the failures that are met. A nil
// one counts nothing.
type meter struct{ read, failures atomic.Int64 }

func (m *meter) add(n int) {
	if m != nil {
		m.read.Add(int64(n))
	}
}

// stdin reads what is piped in. A pipe may stay silent for ever, so that the
// end of the context ends the reading as well.
func (m *meter) stdin(ctx context.Context, in io.Reader) io.Reader {
	switch in.(type) {
	case *os.File, *late:
	default:
		return &piping{ctx: ctx, in: in, m: m}
	}
	p := &piping{ctx: ctx, in: in, m: m, ask: make(chan []byte), answer: make(chan result, 1)}
	go p.serve()
	return p
}

// pipe reads a named pipe, which may stay silent as well: even opening it waits
// for somebody to write.
func (m *meter) pipe(ctx context.Context, name string) io.Reader {
	return m.stdin(ctx, &late{name: name})
}

// late opens a file when it is read from.
type late struct {
	name string
	f    *os.File
}

func (l *late) Read(b []byte) (int, error) {
	if l.f == nil {
		f, err := os.Open(l.name)
		if err != nil {
			return 0, err
		}
		l.f = f
	}
	n, err := l.f.Read(b)
	if err != nil {
		_ = l.f.Close()
	}
	return n, err
}

type piping struct {
	ctx    context.Context
	in     io.Reader
	m      *meter
	ask    chan []byte // nil: read at once
	answer chan result
}

type result struct {
	n   int
	err error
}

var errInterrupted = errors.New("interrupted")

func (p *piping) serve() {
	for b := range p.ask {
		n, err := p.in.Read(b)
		p.answer <- result{n, err}
	}
}

func (p *piping) Read(b []byte) (int, error) {
	if p.ctx.Err() != nil {
		return 0, errInterrupted
	}
	if p.ask == nil {
		n, err := p.in.Read(b)
		p.m.add(n)
		return n, err
	}
	p.ask <- b
	select {
	case r := <-p.answer:
		p.m.add(r.n)
		return r.n, r.err
	case <-p.ctx.Done():
		return 0, errInterrupted
	}
}

// A fileReader reads a file up to the size that it had at first: what is added
// meanwhile may end in the middle of a line. It says so at the end.
type fileReader struct {
	ctx  context.Context
	f    *os.File
	m    *meter
	left int64 // -1: it has no size, as a device has none
}

func (m *meter) file(ctx context.Context, f *os.File) io.ReadCloser {
	left := int64(-1)
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Size() > 0 {
		left = info.Size()
	}
	return &fileReader{ctx, f, m, left}
}

func (r *fileReader) Read(b []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, errInterrupted
	}
	if r.left == 0 {
		if info, err := r.f.Stat(); err == nil {
			if at, err := r.f.Seek(0, io.SeekCurrent); err == nil && info.Size() > at {
				return 0, fmt.Errorf("it grew by %d bytes while it was read, which are left out", info.Size()-at)
			}
		}
		return 0, io.EOF
	}
	if r.left > 0 && int64(len(b)) > r.left {
		b = b[:r.left]
	}
	n, err := r.f.Read(b)
	r.m.add(n)
	if r.left > 0 {
		if errors.Is(err, io.EOF) {
			return n, fmt.Errorf("it became %d bytes shorter while it was read", r.left)
		}
		r.left -= int64(n)
	}
	return n, err
}

func (r *fileReader) Close() error { return r.f.Close() }

package evidence

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"
)

// This file hands inputs out in parts, to any number of workers. Reading is done
// by one worker at a time, in order; understanding what was read by all of them.

// Reading says how inputs are to be read.
type Reading struct {
	// Alike lets a log's records come as Case.Like, to be read in full only where
	// their pattern is new.
	Alike bool
	// Healthy asks for all that an input holds, also what did not fail: the tokens
	// of calls that went well. A log is then read as text, which takes longer.
	Healthy bool
	// Known tells the ids that rules know by value (apps of Microsoft's own,
	// roles) from ids that only name something. Nil takes every id by value.
	Known func(id []byte) bool
}

// A Feed hands out the parts of inputs. Its Next may be called by several
// goroutines, each with a Worker of its own.
type Feed struct {
	ctx   context.Context
	opt   Reading
	known *patterns

	mu   sync.Mutex
	next func() (Input, error, bool)
	stop func()
	cur  stream
	open io.Closer // of the input at hand
	name string
	n    int
	read int // inputs that could be opened
}

// A stream is one opened input. next reads the next part into the worker and
// returns what is to be done with it, nil at the end. It is called by one worker
// at a time.
type stream interface {
	next(w *Worker) part
}

// A part is work that needs no other part.
type part func(yield func(*Case, error) bool) bool

// A Worker holds the memory in which parts are read.
type Worker struct {
	ctx   context.Context
	opt   Reading
	buf   []byte
	g     group
	like  Like
	light Case
	norm  normal
	known *patterns // of the whole Feed
}

// NewFeed begins to read inputs. They are opened one after the other, as
// they are needed, and closed if they can be.
func NewFeed(ctx context.Context, inputs iter.Seq2[Input, error], opt Reading) *Feed {
	f := &Feed{ctx: ctx, opt: opt, known: newPatterns()}
	f.next, f.stop = iter.Pull2(inputs)
	return f
}

// Worker returns the memory for one goroutine that calls Next.
func (f *Feed) Worker() *Worker {
	return &Worker{ctx: f.ctx, opt: f.opt, norm: newNormal(f.opt.Known), known: f.known}
}

// Inputs returns how many inputs could be opened and read from so far.
func (f *Feed) Inputs() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.read
}

// Close ends reading.
func (f *Feed) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.end()
	f.stop()
	f.next = func() (Input, error, bool) { return Input{}, nil, false }
}

func (f *Feed) end() {
	f.cur = nil
	if f.open != nil {
		_ = f.open.Close()
		f.open = nil
	}
}

// Next takes the next part. n counts the parts in the order of the inputs; ok is
// false when there are no more, or the context has ended. What the cases hold on
// to is valid until the worker's next call.
func (f *Feed) Next(w *Worker) (cases iter.Seq2[*Case, error], n int, ok bool) {
	p, n := f.take(w)
	if p == nil {
		return nil, 0, false
	}
	return func(yield func(*Case, error) bool) { p(yield) }, n, true
}

func (f *Feed) take(w *Worker) (part, int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		if f.ctx.Err() != nil {
			return nil, 0
		}
		if f.cur == nil {
			in, err, ok := f.next()
			if !ok {
				return nil, 0
			}
			if err != nil {
				return f.part(func(yield func(*Case, error) bool) bool { return yield(nil, err) })
			}
			var readable bool
			f.cur, readable = newStream(f.ctx, in, f.opt.Healthy)
			if readable {
				f.read++
			}
			f.open, _ = in.Reader.(io.Closer)
			f.name = Printable(in.Name)
		}
		if p := f.advance(w); p != nil {
			return f.part(guarded(f.name, p))
		}
		f.end()
	}
}

// advance reads on in the input at hand. A fault there ends that input alone.
func (f *Feed) advance(w *Worker) (p part) {
	defer func() {
		if r := recover(); r != nil {
			f.cur = &single{}
			p = problemPart(Place{f.name, 0}, errFault(r))
		}
	}()
	return f.cur.next(w)
}

func errFault(reason any) error {
	return fmt.Errorf("a part of it could not be read, which is a fault of graphdoctor: %v", reason)
}

func (f *Feed) part(p part) (part, int) {
	f.n++
	return p, f.n - 1
}

// guarded turns a fault of a reader into a problem of the part it was reading:
// what else was read stands.
func guarded(name string, p part) part {
	return func(yield func(*Case, error) bool) (more bool) {
		defer func() {
			if r := recover(); r != nil {
				if e, ok := r.(passed); ok {
					panic(e.reason)
				}
				more = yield(nil, &Problem{Place{name, 0}, errFault(r)})
			}
		}()
		return p(func(c *Case, err error) bool {
			defer func() {
				if r := recover(); r != nil {
					panic(passed{r}) // the caller's own
				}
			}()
			return yield(c, err)
		})
	}
}

// passed carries a panic of the caller through a reader.
type passed struct{ reason any }

// Read yields the Cases of one input, and a *Problem for whatever could not
// be read. It never fails whole: only the context or an error of the stream
// itself ends it, and what was found before stands.
func Read(ctx context.Context, in Input) iter.Seq2[*Case, error] {
	return read(ctx, in, Reading{})
}

// ReadHealthy is Read, but also of what did not fail in a log.
func ReadHealthy(ctx context.Context, in Input) iter.Seq2[*Case, error] {
	return read(ctx, in, Reading{Healthy: true})
}

func read(ctx context.Context, in Input, opt Reading) iter.Seq2[*Case, error] {
	return func(yield func(*Case, error) bool) {
		f := &Feed{ctx: ctx, opt: opt, known: newPatterns(), next: once(in)}
		w := f.Worker()
		for {
			p, _ := f.take(w)
			if p == nil || !p(yield) {
				return
			}
		}
	}
}

// once is the iterator over one input.
func once(in Input) func() (Input, error, bool) {
	done := false
	return func() (Input, error, bool) {
		if done {
			return Input{}, nil, false
		}
		done = true
		return in, nil, true
	}
}

// ErrEmpty: there was nothing to read.
var ErrEmpty = errors.New("it is empty")

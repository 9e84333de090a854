package evidence

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"
)

// A log repeats itself: most of its failures are alike but for names, places and
// times. This file holds what a reader hands out for one more of them, so that
// it need not be read and examined in full again.

// A Pattern is what records that are alike have in common: their normal form.
// All workers of a Feed share it.
type Pattern struct {
	mu    sync.Mutex
	memo  any
	quiet atomic.Bool // nothing failed in such a record
}

// Memo returns what the examination remembers of the Pattern; create makes it
// when it is asked for first.
func (p *Pattern) Memo(create func() any) any {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.memo == nil {
		p.memo = create()
	}
	return p.memo
}

// maxPatterns bounds the patterns that are remembered.
const maxPatterns = 2048

// patterns are those of a Feed, by normal form.
type patterns struct {
	mu    sync.Mutex
	seeds [2]maphash.Seed
	known map[[2]uint64]*Pattern
}

func newPatterns() *patterns {
	return &patterns{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}}
}

// of returns the pattern of a normal form.
func (p *patterns) of(text []byte) *Pattern {
	sum := [2]uint64{maphash.Bytes(p.seeds[0], text), maphash.Bytes(p.seeds[1], text)}
	p.mu.Lock()
	defer p.mu.Unlock()
	one := p.known[sum]
	if one == nil {
		if p.known == nil || len(p.known) >= maxPatterns {
			p.known = map[[2]uint64]*Pattern{}
		}
		one = &Pattern{}
		p.known[sum] = one
	}
	return one
}

// A Like is one record of a Pattern. It is valid only while it is being looked
// at: the reader uses its memory again.
type Like struct {
	Pattern *Pattern
	w       *Worker
}

// Name returns the i-th name of the record, nil past the last one. Records of
// one Pattern have as many names, in the same order.
func (l *Like) Name(i int) []byte {
	if i >= len(l.w.norm.names) {
		return nil
	}
	return l.w.norm.names[i]
}

// Agent is which of the record's names the client calls itself by; -1 if none is.
func (l *Like) Agent() int { return l.w.norm.agent }

// Time returns the i-th moment of the record; ok is false past the last one.
func (l *Like) Time(i int) (t time.Time, ok bool) {
	if i < 0 || i >= len(l.w.norm.times) {
		return time.Time{}, false
	}
	return l.w.norm.times[i], true
}

// Place is where the record's n-th line stands, counted from 0.
func (l *Like) Place(n int) Place { return l.w.g.place(n) }

// Nth is the inverse of Place: the line of the record that stands at p, or -1.
func (l *Like) Nth(p Place) int { return l.w.g.nth(p) }

// Cases reads the record in full.
func (l *Like) Cases() []*Case {
	cases := readGroup(l.w.ctx, &l.w.g)
	l.Pattern.quiet.Store(len(cases) == 0)
	return cases
}

// record reads the group at hand: the first of a pattern in full, and what is
// like it by its pattern, where that was asked for.
func (w *Worker) record(yield func(*Case, error) bool) bool {
	w.norm.of(w.g.text)
	p := w.known.of(w.norm.text)
	if p.quiet.Load() {
		return true
	}
	w.like = Like{p, w}
	if w.opt.Alike {
		w.light = Case{Like: &w.like}
		return yield(&w.light, nil)
	}
	return yieldAll(w.ctx, w.like.Cases(), yield)
}

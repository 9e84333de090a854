package evidence

import (
	"context"
	"sort"
)

// A group is the lines that tell of one thing: a line of a log, with those that
// continue it or belong to the same request. It is read as a small document.
type group struct {
	file  string
	text  []byte
	first int   // number of the first line
	lines []int // numbers of the lines, where they do not stand together
}

// place is where the n-th line stands, counted from 0.
func (g *group) place(n int) Place {
	switch {
	case n < 0:
		return Place{}
	case g.lines == nil:
		return Place{g.file, g.first + n}
	case len(g.lines) == 0:
		return Place{g.file, 0}
	}
	return Place{g.file, g.lines[min(n, len(g.lines)-1)]}
}

// nth is the inverse of place, -1 where p is outside.
func (g *group) nth(p Place) int {
	switch {
	case p.File != g.file || p.Line == 0:
		return -1
	case g.lines == nil:
		if n := p.Line - g.first; n >= 0 {
			return n
		}
		return -1
	}
	if n := sort.SearchInts(g.lines, p.Line); n < len(g.lines) && g.lines[n] == p.Line {
		return n
	}
	return -1
}

// readGroup reads a group with the readers of documents. What did not fail is
// left out: a log is full of it.
func readGroup(ctx context.Context, g *group) []*Case {
	return readPart(ctx, g, false, func(string) docKind { return reportText })
}

func readPart(ctx context.Context, g *group, healthy bool, kindOf func(string) docKind) []*Case {
	cases := readAs(ctx, g.file, clean(g.text), nil, kindOf)
	kept := cases[:0]
	for _, c := range cases {
		if c.Failed || healthy {
			kept = append(kept, c)
		}
	}
	if g.first != 1 || g.lines != nil {
		newMover(g).cases(kept)
	}
	return kept
}

// A mover puts places of a small document where they are in the whole input.
// Parts that several cases share are moved once.
type mover struct {
	g    *group
	done map[any]bool
}

func newMover(g *group) *mover { return &mover{g, map[any]bool{}} }

func (m *mover) place(p *Place) {
	if p.File == m.g.file && p.Line > 0 {
		*p = m.g.place(p.Line - 1)
	}
}

// once tells whether a shared part is met for the first time.
func (m *mover) once(key any) bool {
	if m.done[key] {
		return false
	}
	m.done[key] = true
	return true
}

func (m *mover) cases(cases []*Case) {
	for _, c := range cases {
		m.place(&c.Place)
		m.place(&c.When.Ref.Place)
		m.place(&c.Mended.Place)
		m.refs(c.Facts)
		m.token(c.Token)
		for _, t := range c.Seen {
			m.token(t)
		}
		m.call(c.Call)
		for _, call := range c.Beside {
			m.call(call)
		}
		for i := range c.Said {
			if s := &c.Said[i]; m.once(s) {
				m.place(&s.Ref.Place)
				m.refs(s.Values)
			}
		}
		if c.App != nil && m.once(c.App) {
			m.place(&c.App.Place)
			for i := range c.App.Declared {
				m.place(&c.App.Declared[i].Ref.Place)
			}
		}
	}
}

func (m *mover) refs(list []Ref) {
	for i := range list {
		if m.once(&list[i]) {
			m.place(&list[i].Place)
		}
	}
}

func (m *mover) token(t *Token) {
	if t != nil && m.once(t) {
		m.place(&t.Place)
	}
}

func (m *mover) call(c *Call) {
	if c != nil && m.once(c) {
		m.place(&c.Place)
		m.place(&c.ReplyPlace)
	}
}

package evidence

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"
)

// This file learns from the first lines of a log of JSON objects how a healthy
// line looks. What counts is what the reader of documents makes of a line, so
// the reader itself is asked: a value bears on health if putting words of failure
// in its place makes a failure of the line.

const (
	maxTemplates = 6
	fewLines     = 3 // that a template is learnt from, at least
)

// poisons are what a value may hold that tells of a failure.
var poisons = []string{
	"AADSTS65001: The user or administrator has not consented to use the application",
	`{\"error\":{\"code\":\"Authorization_RequestDenied\",\"message\":\"Insufficient privileges to complete the operation.\"}}`,
	`{\"responses\":[{\"id\":\"1\",\"status\":403,\"body\":{\"error\":{\"code\":\"Forbidden\",\"message\":\"Access denied\"}}}]}`,
	"Request failed with status code 403: access denied, error",
	"Unauthorized",
	"50126",
}

// learn finds the templates of healthy lines in the beginning of a log.
func learn(ctx context.Context, head []byte) []*template {
	type group struct {
		t      template
		lines  [][]byte
		values [][][]byte
	}
	groups := map[string]*group{}
	for line := range bytes.Lines(head[:bytes.LastIndexByte(head, '\n')+1]) {
		t, values, ok := dissect(line)
		if !ok {
			continue
		}
		k := t.shape()
		g := groups[k]
		if g == nil {
			g = &group{t: t}
			groups[k] = g
		}
		g.lines, g.values = append(g.lines, line), append(g.values, values)
	}
	var all []*group
	for _, g := range groups {
		if len(g.lines) >= fewLines {
			all = append(all, g)
		}
	}
	slices.SortFunc(all, func(a, b *group) int {
		return cmp.Or(cmp.Compare(len(b.lines), len(a.lines)), cmp.Compare(a.t.shape(), b.t.shape()))
	})
	var out []*template
	for _, g := range all[:min(len(all), maxTemplates)] {
		if t := healthyTemplate(ctx, g.t, g.lines, g.values); t != nil {
			out = append(out, t)
		}
	}
	return out
}

// healthyTemplate completes a template with what its values must be; nil if no
// line of it was healthy.
func healthyTemplate(ctx context.Context, t template, lines [][]byte, values [][][]byte) *template {
	fails := func(line []byte) bool { return len(readGroup(ctx, &group{text: line, first: 1})) > 0 }
	// The lines that the reader finds healthy: a few, and more where it matters
	// which values they have.
	var healthy []int
	asked := 0
	more := func(enough int) {
		for ; asked < min(len(lines), 40) && len(healthy) < enough; asked++ {
			if !fails(lines[asked]) {
				healthy = append(healthy, asked)
			}
		}
	}
	if more(3); len(healthy) == 0 {
		return nil
	}
	base := values[healthy[0]]
	t.slots = slices.Clone(t.slots)
	for k := range t.slots {
		s := &t.slots[k]
		s.lit = slices.Clone(s.lit)
		s.status = isStatusName(s.key) && healthyStatus(base[k])
		s.fixed, s.short = len(base[k]), true
		for _, v := range values {
			if len(v[k]) != s.fixed {
				s.fixed = 0
			}
			s.short = s.short && len(v[k]) <= shortValue
		}
	}
	t.tail = slices.Clone(t.tail)
	for _, poison := range poisons {
		if !fails(t.render(base, poison, -1)) {
			continue
		}
		for k := range t.slots {
			if s := &t.slots[k]; !s.status && fails(t.render(base, poison, k)) {
				more(12)
				t.guard(s, values, healthy, k)
			}
		}
		if fails(t.render(base, poison, -2)) {
			return nil // it fails for a reason that no single value gives
		}
	}
	t.ready(func(k int) []byte { return constant(values, k) })
	return &t
}

// constant returns the value that all lines have in one place, nil if they differ
// or are too few to tell. A status is no constant.
func constant(values [][][]byte, k int) []byte {
	first := values[0][k]
	if len(values) < 30 || len(first) == 3 && healthyStatus(first) {
		return nil
	}
	for _, v := range values {
		if !bytes.Equal(v[k], first) {
			return nil
		}
	}
	return first
}

// render writes a line of the template with a poison in one value; in all that
// are not guarded for -1, in all that were found harmless for -2.
func (t *template) render(values [][]byte, poison string, at int) []byte {
	var b []byte
	for k, s := range t.slots {
		b = append(b, s.lit...)
		poisoned := at == k || at < 0 && !s.status && !s.guarded()
		switch {
		case !poisoned:
			b = append(b, values[k]...)
		case s.quoted && bytes.Contains(values[k], []byte("://")):
			b = append(append(append(b, values[k]...), '?'), strings.ReplaceAll(poison, " ", "+")...)
		case s.quoted:
			b = append(b, poison...)
		case poison == "50126" && len(values[k]) > 0 && isDigit(values[k][0]):
			b = append(b, poison...)
		default:
			b = append(b, values[k]...)
		}
	}
	return append(b, t.tail...)
}

func (s *slot) guarded() bool { return s.words || s.only != nil }

// guard demands of a value that bears on health that it is one of those that
// were seen to be healthy, or, where they are many, that no word of failure is
// in it.
func (t *template) guard(s *slot, values [][][]byte, healthy []int, k int) {
	if s.guarded() {
		return
	}
	var seen [][]byte
	for _, i := range healthy {
		if !slices.ContainsFunc(seen, func(o []byte) bool { return bytes.Equal(o, values[i][k]) }) {
			seen = append(seen, slices.Clone(values[i][k]))
		}
	}
	if len(seen) <= 4 || !s.quoted {
		s.only = seen
		return
	}
	s.words = true
}

func isStatusName(key string) bool {
	return slices.ContainsFunc(statusNames, func(n string) bool { return strings.EqualFold(n, key) })
}

package evidence

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// This file takes a long JSON text apart without holding it: the elements of the
// list that it is about come one by one, each as text of its own.

const (
	splitBuffer = 256 << 10
	// maxString bounds a string inside an element; what is longer is a picture or
	// a page, and its beginning tells enough.
	maxString = 64 << 10
)

// listNames are names under which exports keep their records.
var listNames = map[string]bool{"value": true, "entries": true, "records": true, "items": true, "data": true, "results": true, "events": true, "logs": true, "signins": true}

// A splitter reads elements: of a list that is the whole text, of the first list
// with one of listNames, or the objects themselves where several stand one after
// the other.
type splitter struct {
	r     io.Reader
	buf   []byte
	i, n  int // what is left in buf
	line  int
	reads int // how often buf was filled
	err   error

	stack []byte // open brackets
	list  int    // depth of the list whose elements are wanted; 0 is the text itself, -1 not found yet
	out   []byte
	first int // line on which the element begins
	name  []byte
	huge  bool
}

var errHugeElement = fmt.Errorf("it is longer than %d MiB, the limit of one record; it is left out", maxBody>>20)

func newSplitter(r io.Reader) *splitter {
	return &splitter{r: r, buf: make([]byte, splitBuffer), line: 1, list: -1}
}

// next returns the next element and the line on which it begins. The error is
// io.EOF at the end, errHugeElement for one that was passed over, and what the
// reader said where it broke off.
func (s *splitter) next() (text []byte, line int, err error) {
	s.out = s.out[:0]
	for {
		c, err := s.peek()
		if err != nil {
			return nil, s.line, err
		}
		if text, done := s.step(c); done {
			if s.huge {
				s.huge = false
				return nil, s.first, errHugeElement
			}
			return text, s.first, nil
		}
	}
}

func (s *splitter) peek() (byte, error) {
	if s.i < s.n {
		return s.buf[s.i], nil
	}
	for s.err == nil {
		s.i = 0
		s.n, s.err = s.r.Read(s.buf)
		s.reads++
		if s.n > 0 {
			return s.buf[0], nil
		}
	}
	return 0, s.err
}

// inside tells whether an element is being read.
func (s *splitter) inside() bool { return s.list >= 0 && len(s.stack) > s.list }

// step reads one token; done is true where an element ended.
func (s *splitter) step(c byte) (text []byte, done bool) {
	switch c {
	case '"':
		s.text()
		return nil, false
	case '\n':
		s.line++
	case '{', '[':
		if s.list < 0 {
			s.find(c)
		}
		if s.list >= 0 && len(s.stack) == s.list {
			s.first = s.line
		}
		s.stack = append(s.stack, c)
		if s.inside() {
			s.put(c)
		}
		s.i++
		return nil, false
	case '}', ']':
		inside := s.inside()
		if n := len(s.stack); n > 0 {
			s.stack = s.stack[:n-1]
		}
		s.i++
		if !inside {
			if s.list > 0 && len(s.stack) < s.list {
				s.list = -1 // that list has ended; there may be another
			}
			return nil, false
		}
		s.put(c)
		return s.out, len(s.stack) == s.list
	}
	if s.inside() {
		s.put(c)
	}
	s.i++
	return nil, false
}

// find decides whether the bracket that comes opens the wanted list, or is itself
// the first of several objects.
func (s *splitter) find(c byte) {
	switch {
	case c == '[' && len(s.stack) == 0:
		s.list = 1
	case c == '[' && len(s.stack) <= 2 && listNames[foldName(string(s.name))]:
		s.list = len(s.stack) + 1
	}
}

func (s *splitter) put(c ...byte) {
	if len(s.out)+len(c) > maxBody {
		s.huge = true
		s.out = s.out[:0]
	}
	s.out = append(s.out, c...)
}

// text reads a string; outside of an element it is remembered as a name.
func (s *splitter) text() {
	inside, length := s.inside(), 0
	put := func(b []byte) {
		room := maxString - length
		length += len(b)
		switch {
		case inside && room > 0:
			s.put(b[:min(len(b), room)]...)
		case !inside && len(s.name) < 64:
			s.name = append(s.name, b[:min(len(b), 64)]...)
		}
	}
	s.name = s.name[:0]
	if inside {
		s.put('"')
	}
	s.i++
	escaped := false
	quote, of := -1, -1 // where the next quote stands in the buffer, and in which
	for {
		if _, err := s.peek(); err != nil {
			return
		}
		b := s.buf[s.i:s.n]
		if escaped {
			put(b[:1])
			s.i++
			escaped = false
			continue
		}
		if of != s.reads || quote < s.i {
			if quote, of = bytes.IndexByte(b, '"'), s.reads; quote < 0 {
				quote = len(b)
			}
			quote += s.i
		}
		end := quote - s.i
		if esc := bytes.IndexByte(b[:end], '\\'); esc >= 0 {
			s.line += newlines(b[:esc])
			put(b[:esc])
			if length < maxString-8 { // an escape is never divided
				put(b[esc : esc+1])
			} else {
				length = maxString
			}
			s.i += esc + 1
			escaped = true
			continue
		}
		s.line += newlines(b[:end])
		put(b[:end])
		s.i += end
		if end < len(b) {
			s.i++
			if inside {
				s.put('"')
			}
			return
		}
	}
}

// objects makes the splitter take the text's own objects for elements.
func (s *splitter) objects() { s.list = 0 }

// isEnd tells the end of a text from a reader that broke off.
func isEnd(err error) bool { return errors.Is(err, io.EOF) }

package evidence

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// This file makes the copy of an input that can be shared: the same structure,
// the same diagnosis, and no credential and no person in it.

// SanitizeOptions tell how a copy is made.
type SanitizeOptions struct {
	// Key makes the stand-ins: the same key gives the same stand-in for the same
	// original. It must stay with the sender. Nil takes a new one.
	Key []byte
	// Known tells public constants, which stay: a GUID in small letters, or the
	// display name of a role or a resource. It may be nil.
	Known func(string) bool
	// Keep collects the pairs of original and stand-in, at most MaxPairs of them
	// (DefaultPairs if 0). Tokens and secrets are never kept.
	Keep     bool
	MaxPairs int
}

// DefaultPairs is how many pairs a Mapping keeps.
const DefaultPairs = 100_000

// Sizes of the pieces that a stream is worked on, in bytes.
const (
	chunkSize   = 512 << 10 // read ahead before a piece is worked on
	chunkAhead  = 32 << 10  // that must follow what is written, so that nothing is cut in two
	chunkBefore = 4 << 10   // looked back at
	chunkLimit  = 2 << 20   // a piece without any place to cut
)

// A sanitizer is the state of one copy.
type sanitizer struct {
	m         *masker
	hostsSeen map[string]string
	tokens    map[string]string   // a token recurs in a log
	names     map[string][]string // learnt, by their first word
	learnt    int
	person    map[int]bool // columns of an export that hold names
	comma     byte
	header    int // rows that are still head or caption
	chunk     int
}

// Sanitize copies r to w with tokens, secrets, codes, cookies, keys and what
// tells a person, a machine or a tenant replaced by stand-ins of the same shape.
// The copy is UTF-8, whatever the encoding and compression of the original;
// line ends and structure stay, sequences that colour a terminal go, since they
// can split a token. A diagnosis of the copy finds what one of the original
// finds, and a copy of the copy is equal to it. Memory is bounded whatever the
// length of the input. ErrEmpty tells that there was nothing to copy.
func Sanitize(r io.Reader, w io.Writer, opt SanitizeOptions) (*Mapping, error) {
	return sanitizeChunks(r, w, opt, chunkSize)
}

func sanitizeChunks(r io.Reader, w io.Writer, opt SanitizeOptions, chunk int) (*Mapping, error) {
	key := opt.Key
	if key == nil {
		key = make([]byte, 32)
		if _, err := rand.Read(key); err != nil {
			return nil, err
		}
	}
	mapping := &Mapping{Key: key, most: opt.MaxPairs}
	z := &sanitizer{m: newMasker(key, opt.Known), hostsSeen: map[string]string{}, tokens: map[string]string{}, names: map[string][]string{}, chunk: chunk}
	if opt.Keep {
		z.m.note = mapping.add
	}
	err := z.stream(r, w)
	mapping.Replaced = z.m.counts
	return mapping, err
}

// stream works through the input a piece at a time.
func (z *sanitizer) stream(r io.Reader, w io.Writer) error {
	br, err := open(r)
	if err != nil {
		return err
	}
	head, _ := br.Peek(sniffLength)
	if looksBinary(head) {
		return errBinary
	}
	z.personColumns(clean(head))
	var raw []byte  // read, not yet looked at
	var text string // looked back at, and to be worked on
	before := 0     // length of what is looked back at
	buf := make([]byte, 64<<10)
	empty, end := true, false
	want := z.chunk
	for {
		for !end && len(text)-before+len(raw) < want {
			n, err := br.Read(buf)
			raw = append(raw, buf[:n]...)
			empty = empty && n == 0
			if errors.Is(err, io.EOF) {
				end = true
			} else if err != nil {
				_ = z.flush(w, text, before, string(raw))
				return fmt.Errorf("reading stopped: %w", err)
			}
		}
		n := wholePart(raw, end)
		text += readable(raw[:n])
		raw = append(raw[:0], raw[n:]...)
		done, cut, err := z.piece(w, text, before, end)
		if err != nil || done {
			if err == nil && empty {
				err = ErrEmpty
			}
			return err
		}
		if cut == before { // no place to cut: more must be read
			want = len(text) - before + len(raw) + z.chunk
			continue
		}
		want = z.chunk
		keep := max(0, cut-chunkBefore)
		if i := strings.IndexByte(text[keep:cut], '\n'); i >= 0 && keep > 0 {
			keep += i + 1
		}
		for keep < cut && !utf8.RuneStart(text[keep]) {
			keep++
		}
		text, before = text[keep:], cut-keep
	}
}

// flush writes what was read before the stream broke.
func (z *sanitizer) flush(w io.Writer, text string, before int, rest string) error {
	_, _, err := z.piece(w, text+readable([]byte(rest)), before, true)
	return err
}

// piece works on a text and writes what lies between before and a place where
// it can be cut, which it returns; cut is before if there is none.
func (z *sanitizer) piece(w io.Writer, text string, before int, end bool) (done bool, cut int, err error) {
	j := z.job(text, false, 0)
	j.start = before
	j.run()
	for _, p := range j.patches {
		if p.from < before && p.to > before { // it only seems so without what came before
			j = z.job(text[before:], false, 0)
			j.run()
			for i := range j.patches {
				j.patches[i].from += before
				j.patches[i].to += before
			}
			j.text = text
			break
		}
	}
	sortPatches(j.patches)
	cut = len(text)
	if !end {
		if cut = cutPlace(j, before, z.ahead(len(text)-before)); cut == before && len(text)-before > chunkLimit {
			return false, z.force(w, j, before), nil
		}
	}
	if cut > before {
		_, err = io.WriteString(w, written(j, before, cut))
	}
	return end, cut, err
}

// ahead is how much must follow a cut.
func (z *sanitizer) ahead(n int) int { return min(chunkAhead, n/2) }

// written is a text between two places, with its patches.
func written(j *job, from, to int) string {
	var b strings.Builder
	b.Grow(to - from + 256)
	for _, p := range j.patches {
		if p.from < from || p.to > to {
			continue
		}
		b.WriteString(j.text[from:p.from])
		b.WriteString(p.with)
		from = p.to
	}
	b.WriteString(j.text[from:to])
	return b.String()
}

// cutPlace returns the last place where a line ends, or else a value, that no
// patch spans.
func cutPlace(j *job, before, ahead int) int {
	limit := len(j.text) - ahead
	inside := func(at int) bool {
		for _, p := range j.patches {
			if p.from < at && at < p.to {
				return true
			}
		}
		return false
	}
	for _, stops := range [...]string{"\n", ",;}] \t"} {
		tries := 0
		for at := limit; at > before && tries < 200; tries++ {
			i := strings.LastIndexAny(j.text[before:at], stops)
			if i < 0 {
				break
			}
			if at = before + i; !inside(at + 1) {
				return at + 1
			}
		}
	}
	return before
}

// force replaces a piece of a secret that is longer than can be held.
func (z *sanitizer) force(w io.Writer, j *job, before int) int {
	cut := len(j.text) - chunkAhead
	for n := 0; n < 4096 && cut > before+1 && isAlnum(j.text[cut]); n++ { // between words, if it can be
		cut--
	}
	for cut > before+1 && !utf8.RuneStart(j.text[cut]) {
		cut--
	}
	_, _ = io.WriteString(w, z.opaque(j.text[before:cut]))
	return cut
}

// wholePart is how much of what was read can be looked at: whole lines, or
// whole characters outside escape sequences where there is no line.
func wholePart(raw []byte, end bool) int {
	if end {
		return len(raw)
	}
	if i := bytes.LastIndexByte(raw, '\n'); i >= 0 {
		return i + 1
	}
	n := len(raw)
	for i := n - 1; i >= 0 && i > n-utf8.UTFMax; i-- {
		if utf8.RuneStart(raw[i]) {
			if !utf8.FullRune(raw[i:]) {
				n = i
			}
			break
		}
	}
	if i := bytes.LastIndexByte(raw[:n], 0x1b); i >= 0 && n-i < 64 {
		n = i
	}
	return n
}

// readable makes valid UTF-8 of lines and takes out terminal sequences and the
// characters that seals are made of.
func readable(b []byte) string {
	if !utf8.Valid(b) {
		var out []byte
		for line := range bytes.Lines(b) {
			if !utf8.Valid(line) {
				line = latin1(line)
			}
			out = append(out, line...)
		}
		b = out
	}
	s := string(b)
	if strings.IndexByte(s, 0x1b) >= 0 {
		s = dropEscapes(s)
	}
	return dropSeals(s)
}

func (z *sanitizer) job(text string, claims bool, depth int) *job {
	return &job{z: z, text: text, claims: claims, depth: depth, taken: make([]bool, len(text))}
}

func (j *job) run() {
	j.secrets()
	j.encoded()
	j.persons()
}

// inner cleans a text that was encoded inside another.
func (z *sanitizer) inner(text string, claims bool, depth int) string {
	if depth >= maxDepth {
		return z.opaque(text)
	}
	j := z.job(text, claims, depth+1)
	j.run()
	return j.apply()
}

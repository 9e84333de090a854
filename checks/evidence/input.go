package evidence

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
)

// This file opens an input: compression and encoding are recognised by
// content, never by a file's name.

// Limits of an input. Past one of them comes a Problem that names it.
const (
	maxLine     = 1 << 20  // bytes of one line of a log
	maxBody     = 16 << 20 // bytes of one document
	maxRatio    = 200      // decompressed bytes for one compressed
	ratioFloor  = 64 << 20 // below this the ratio is not judged
	sniffLength = 64 << 10 // bytes looked at to tell the format
)

var (
	errRatio  = fmt.Errorf("it decompresses to more than %d times its size; the rest is not read", maxRatio)
	errBinary = errors.New("it is binary data, neither text nor gzip nor zstd")
)

// open decompresses and decodes a stream into UTF-8.
func open(r io.Reader) (*bufio.Reader, error) {
	br := bufio.NewReaderSize(r, sniffLength)
	for range 3 { // a compressed file inside a compressed file, no further
		head, _ := br.Peek(4)
		switch {
		case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
			count := &counter{Reader: br}
			z, err := gzip.NewReader(count)
			if err != nil {
				return br, fmt.Errorf("its gzip header is broken: %w", err)
			}
			br = bufio.NewReaderSize(&bounded{r: z, in: count}, sniffLength)
			continue
		case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
			count := &counter{Reader: br}
			z, err := zstd.NewReader(count, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20))
			if err != nil {
				return br, fmt.Errorf("its zstd header is broken: %w", err)
			}
			br = bufio.NewReaderSize(&bounded{r: z, in: count}, sniffLength)
			continue
		}
		break
	}
	return decodeUTF16(br), nil
}

// counter counts what went in.
type counter struct {
	io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

// bounded ends a stream that decompresses beyond measure.
type bounded struct {
	r   io.Reader
	in  *counter
	out int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.out += int64(n)
	if b.out > ratioFloor && b.out > maxRatio*b.in.n {
		return 0, errRatio
	}
	return n, err
}

// decodeUTF16 reads a byte order mark: PowerShell's redirection writes UTF-16.
func decodeUTF16(br *bufio.Reader) *bufio.Reader {
	head, _ := br.Peek(4)
	big := bytes.HasPrefix(head, []byte{0xFE, 0xFF})
	little := bytes.HasPrefix(head, []byte{0xFF, 0xFE})
	switch {
	case bytes.HasPrefix(head, []byte{0xEF, 0xBB, 0xBF}):
		_, _ = br.Discard(3)
	case big || little:
		_, _ = br.Discard(2)
		return bufio.NewReaderSize(&utf16Reader{r: br, big: big}, sniffLength)
	case len(head) == 4 && head[0] != 0 && head[1] == 0 && head[2] != 0 && head[3] == 0:
		return bufio.NewReaderSize(&utf16Reader{r: br}, sniffLength)
	}
	return br
}

type utf16Reader struct {
	r    *bufio.Reader
	big  bool
	left []byte
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.left) == 0 {
		unit, err := u.unit()
		if err != nil {
			return 0, err
		}
		r := rune(unit)
		if utf16.IsSurrogate(r) {
			low, err := u.unit()
			if err != nil {
				return 0, err
			}
			r = utf16.DecodeRune(r, rune(low))
		}
		u.left = utf8.AppendRune(u.left[:0], r)
	}
	n := copy(p, u.left)
	u.left = u.left[n:]
	return n, nil
}

func (u *utf16Reader) unit() (uint16, error) {
	a, err := u.r.ReadByte()
	if err != nil {
		return 0, err
	}
	b, err := u.r.ReadByte()
	if err != nil {
		return 0, io.EOF // an odd byte at the end is nothing
	}
	if u.big {
		a, b = b, a
	}
	return uint16(a) | uint16(b)<<8, nil
}

// looksBinary: zero bytes or mostly characters that no text has.
func looksBinary(head []byte) bool {
	if len(head) == 0 {
		return false
	}
	odd := 0
	for _, c := range head {
		if c == 0 {
			return true
		}
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != 0x1b && c != '\f' && c != '\b' {
			odd++
		}
	}
	return odd*10 > len(head) || !utf8.Valid(head) && invalidShare(head) > 0.3
}

func invalidShare(b []byte) float64 {
	bad, all := 0, 0
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			bad++
		}
		all++
		b = b[n:]
	}
	return float64(bad) / float64(all)
}

// clean makes one kind of line break and drops terminal escapes, which would
// hide words from the reader. What is not UTF-8 is taken for Latin-1.
func clean(b []byte) string {
	if !utf8.Valid(b) {
		b = latin1(b)
	}
	s := string(b)
	if strings.IndexByte(s, '\r') >= 0 {
		s = strings.ReplaceAll(s, "\r\n", "\n")
		s = strings.ReplaceAll(s, "\r", "\n")
	}
	if strings.IndexByte(s, 0x1b) >= 0 {
		s = dropEscapes(s)
	}
	return s
}

func latin1(b []byte) []byte {
	out := make([]byte, 0, len(b)+len(b)/8)
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			r = rune(b[0])
		}
		out = utf8.AppendRune(out, r)
		b = b[n:]
	}
	return out
}

// dropEscapes takes out ANSI colour and cursor sequences.
func dropEscapes(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != 0x1b {
			b.WriteByte(s[i])
			continue
		}
		if i+1 >= len(s) {
			break
		}
		switch s[i+1] {
		case '[':
			i += 2
			for i < len(s) && (s[i] < '@' || s[i] > '~') && s[i] != '\n' {
				i++
			}
			if i < len(s) && s[i] == '\n' {
				b.WriteByte('\n')
			}
		case ']':
			for i < len(s) && s[i] != 0x07 && s[i] != '\n' {
				i++
			}
			if i < len(s) && s[i] == '\n' {
				b.WriteByte('\n')
			}
		default:
			if s[i+1] < 0x80 { // never the half of a character
				i++
			}
		}
	}
	return b.String()
}

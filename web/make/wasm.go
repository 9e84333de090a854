package main

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The parts of WebAssembly's binary format that are needed to write a module's
// data anew (webassembly.github.io/spec/core/binary/modules.html).

const (
	header      = 8 // magic number and version, in bytes
	sectionCode = 10
	sectionData = 11
	opI32Const  = 0x41
	opEnd       = 0x0b
)

// module is a wasm file cut around its data section, and the memory that the
// data section fills.
type module struct {
	before, after []byte
	memory        []byte
}

func parseModule(b []byte) (*module, error) {
	r := &wasmReader{b: b, at: header}
	for r.at < len(b) && r.err == nil {
		start := r.at
		id := r.byte()
		end := r.unsigned()
		end += r.at
		if end > len(b) {
			break
		}
		if id != sectionData {
			r.at = end
			continue
		}
		m := &module{before: b[:start], after: b[end:]}
		for range r.unsigned() {
			if r.byte() != 0 || r.byte() != opI32Const {
				return nil, errors.New("a data segment whose place is no constant")
			}
			at := int(r.signed())
			if r.byte() != opEnd || at < 0 {
				return nil, errors.New("a data segment whose place is no constant")
			}
			data := r.take(r.unsigned())
			if need := at + len(data) - len(m.memory); need > 0 {
				m.memory = append(m.memory, make([]byte, need)...)
			}
			copy(m.memory[at:], data)
		}
		return m, r.err
	}
	return nil, fmt.Errorf("no data section: %w", errors.Join(r.err, errors.ErrUnsupported))
}

const (
	// shortGap is the shortest run of zeros that is left out: memory begins as
	// zeros. A segment costs up to eight bytes, and about as much again where
	// the file is compressed; of 9, 24, 64 and 4096 this gave the best of both.
	shortGap = 24
	// mostSegments is below what browsers take, which is 100,000.
	mostSegments = 90_000
)

// bytes is the module's file.
func (m *module) bytes() []byte {
	segments := m.segments(shortGap)
	for gap := 2 * shortGap; len(segments) > mostSegments; gap *= 2 {
		segments = m.segments(gap)
	}
	data := binary.AppendUvarint(nil, uint64(len(segments)))
	for _, s := range segments {
		data = append(data, 0, opI32Const)
		data = appendSigned(data, int64(s[0]))
		data = append(data, opEnd)
		data = binary.AppendUvarint(data, uint64(s[1]-s[0]))
		data = append(data, m.memory[s[0]:s[1]]...)
	}
	out := append([]byte(nil), m.before...)
	out = append(out, sectionData)
	out = binary.AppendUvarint(out, uint64(len(data)))
	out = append(out, data...)
	return append(out, m.after...)
}

// segments are the parts of memory, from and to, between runs of zeros of at
// least gap bytes.
func (m *module) segments(gap int) [][2]int {
	var out [][2]int
	for at := 0; at < len(m.memory); at++ {
		switch n := len(out) - 1; {
		case m.memory[at] == 0:
		case n >= 0 && at-out[n][1] < gap:
			out[n][1] = at + 1
		default:
			out = append(out, [2]int{at, at + 1})
		}
	}
	return out
}

// appendSigned writes a signed LEB128 number.
func appendSigned(b []byte, v int64) []byte {
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if v == 0 && c&0x40 == 0 || v == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

type wasmReader struct {
	b   []byte
	at  int
	err error
}

func (r *wasmReader) take(n int) []byte {
	if r.err != nil || n < 0 || n > len(r.b)-r.at {
		r.err = errors.New("a wasm file that ends too early")
		return nil
	}
	r.at += n
	return r.b[r.at-n : r.at]
}

func (r *wasmReader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *wasmReader) unsigned() int {
	v, n := binary.Uvarint(r.b[min(r.at, len(r.b)):])
	r.take(max(n, 1))
	return int(v)
}

func (r *wasmReader) signed() int64 {
	var v int64
	shift := 0
	for r.err == nil {
		c := r.byte()
		v |= int64(c&0x7f) << shift
		if shift += 7; c < 0x80 {
			if c&0x40 != 0 && shift < 64 {
				v |= -1 << shift
			}
			break
		}
	}
	return v
}

package main

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// shorten rewrites the engine's functions so that they are shorter and quicker
// and do the same. What it rests on is how Go's compiler writes WebAssembly
// (cmd/internal/obj/wasm); a function that looks different stays as it is, and
// where the program as a whole does, shorten changes nothing and says so.
func shorten(wasm []byte) ([]byte, error) {
	m, err := parseModule(wasm)
	if err != nil {
		return wasm, err
	}
	t, err := findTables(m.memory)
	if err != nil {
		return wasm, err
	}
	entries, err := t.entries()
	if err != nil {
		return wasm, err
	}
	r := &wasmReader{b: wasm, at: header}
	for r.at < len(wasm) && r.err == nil {
		start := r.at
		id := r.byte()
		n := r.unsigned()
		content := r.take(n)
		if id != sectionCode {
			continue
		}
		code, err := shortenCode(content, entries)
		if err != nil {
			return wasm, err
		}
		out := append([]byte(nil), wasm[:start]...)
		out = append(out, sectionCode)
		out = binary.AppendUvarint(out, uint64(len(code)))
		return append(append(out, code...), wasm[r.at:]...), nil
	}
	return wasm, fmt.Errorf("no code: %w", errors.Join(r.err, errors.ErrUnsupported))
}

// shortenCode rewrites the section of the functions.
func shortenCode(section []byte, entries map[int64]entry) ([]byte, error) {
	r := &wasmReader{b: section}
	count := r.unsigned()
	out := binary.AppendUvarint(nil, uint64(count))
	for i := range count {
		b := r.take(r.unsigned())
		if r.err != nil {
			return nil, r.err
		}
		short, err := shortenBody(b, firstFunction+int64(i), entries)
		if err != nil {
			return nil, fmt.Errorf("function %d: %w", i, err)
		}
		out = binary.AppendUvarint(out, uint64(len(short)))
		out = append(out, short...)
	}
	return out, r.err
}

func shortenBody(b []byte, function int64, entries map[int64]entry) ([]byte, error) {
	f, err := parseBody(b)
	if err != nil {
		return nil, err
	}
	f.fold()
	e, ok := entries[function-firstFunction]
	resumed, ours := f.resumed(function)
	// the runtime is entered in ways of its own
	f.jump(append(resumed, e.deferreturn), ok && ours && !kept(e.name))
	return f.bytes()
}

// A program counter is a function's number and, in its last 16 bits, a place in
// the function.
const (
	firstFunction = 0x1000
	placeBits     = 16
)

// resumed are the places where a function goes on after it has called another:
// it puts their program counters on the stack before each call. ours is false
// where one of those is of another function.
func (f *body) resumed(function int64) (places []int64, ours bool) {
	ours = true
	var before [3]*instr
	for i := range f.code {
		in := &f.code[i]
		if in.gone {
			continue
		}
		if in.op == opI64Const && in.n>>placeBits == function {
			places = append(places, in.n&(1<<placeBits-1))
		}
		if counter := before[0]; in.op == opCall && counter != nil && counter.op == opI64Const && before[1].op == opI64Store && before[1].n == 0 && before[2].op == opI32Const {
			ours = ours && counter.n>>placeBits == function
		}
		before = [3]*instr{before[1], before[2], in}
	}
	return places, ours
}

// An entry is what the table of functions tells of one.
type entry struct {
	name        string
	deferreturn int64 // the place where it goes on when a panic was recovered; 0 is none
}

// entries are the functions by their number in the code.
func (t *tables) entries() (map[int64]entry, error) {
	all := make(map[int64]entry, t.count)
	word := func(b []byte, at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
	for i := range t.count {
		at := int(word(t.funcs, 8*i+4))
		if at+funcSize > len(t.funcs) {
			return nil, errors.New("a function outside of the table")
		}
		f := t.funcs[at:]
		all[int64(word(f, 0)/functionSpan)] = entry{t.name(word(f, 4)), int64(word(f, 12) % functionSpan)}
	}
	return all, nil
}

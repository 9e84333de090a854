package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// strip takes out of the engine what only traces of the stack print: names of
// functions, files and lines. The linker keeps them in every program, and they
// are a tenth of this one. What the collector and the unwinding of panics need
// stays, so the engine works as before; a trace names "?" for its functions.
//
// The tables are those of Go 1.20 and later (runtime/symtab.go, type pcHeader;
// runtime/runtime2.go, type _func). Where they look different, strip changes
// nothing and says so.
func strip(wasm []byte) ([]byte, error) {
	m, err := parseModule(wasm)
	if err != nil {
		return wasm, err
	}
	t, err := findTables(m.memory)
	if err != nil {
		return wasm, err
	}
	if err := t.strip(); err != nil {
		return wasm, err
	}
	return m.bytes(), nil
}

const (
	magic      = "\xf1\xff\xff\xff\x00\x00\x01\x08" // Go 1.20; 8 bytes a pointer
	headerSize = 72
	funcSize   = 44
	noData     = ^uint32(0)

	functionSpan = 1 << 16 // program counters of a function
	bucketSpan   = 4096    // program counters of a bucket of the look-up table
	bucketSize   = 20      // bytes of a bucket

	pcdataUnsafePoint, pcdataInlTree, pcdataArgLive   = 0, 2, 3
	funcdataInlTree, funcdataArgInfo, funcdataArgLive = 3, 5, 6
)

// tables are the parts of pclntab. All of them alias the program's memory.
type tables struct {
	names, cus, files, pcs, funcs []byte
	count                         int    // of functions
	data                          []byte // go:func.*
	find                          []byte // findfunctab
}

func findTables(memory []byte) (t *tables, err error) {
	at := bytes.Index(memory, []byte(magic))
	if at < 0 || at+headerSize > len(memory) {
		return nil, errors.New("no table of functions of a known form")
	}
	word := func(i int) int { return int(binary.LittleEndian.Uint64(memory[at+8+8*i:])) }
	names, cus, files, pcs, funcs := word(3), word(4), word(5), word(6), word(7)
	if !slices.IsSorted([]int{headerSize, names, cus, files, pcs, funcs, len(memory) - at}) {
		return nil, errors.New("a table of functions whose parts are out of order")
	}
	base := memory[at:]
	t = &tables{names: base[names:cus], cus: base[cus:files], files: base[files:pcs], pcs: base[pcs:funcs], funcs: base[funcs:], count: word(0)}
	// moduledata begins with the table's address; its words 40 and 41 are where
	// the functions' own data begin and end
	address := binary.LittleEndian.AppendUint64(nil, uint64(at))
	address = binary.LittleEndian.AppendUint64(address, uint64(at+names))
	mod := bytes.Index(memory, address)
	if mod < 0 || mod+42*8 > len(memory) {
		return nil, errors.New("no description of the module")
	}
	from, to := binary.LittleEndian.Uint64(memory[mod+40*8:]), binary.LittleEndian.Uint64(memory[mod+41*8:])
	if from <= uint64(at+funcs) || to <= from || to > uint64(len(memory)) {
		return nil, fmt.Errorf("the functions' data at %#x to %#x stand outside of the table", from, to)
	}
	t.data = memory[from:to]
	// words 19 to 22: where the look-up table stands, the first and the last
	// counter, and where counting begins
	if t.find, err = findLookup(memory, memory[mod+19*8:mod+23*8]); err != nil {
		return nil, err
	}
	return t, nil
}

// findLookup cuts out the table that finds a function by a program counter.
func findLookup(memory, words []byte) ([]byte, error) {
	word := func(i int) int { return int(binary.LittleEndian.Uint64(words[8*i:])) }
	at, first, last, text := word(0), word(1), word(2), word(3)
	n := (last - first + bucketSpan - 1) / bucketSpan * bucketSize
	if (first-text)%functionSpan != 0 || last < first || at <= 0 || n < 0 || n > len(memory) || at > len(memory)-n {
		return nil, errors.New("a look-up table of functions of unknown form")
	}
	return memory[at : at+n], nil
}

// kept tells whether the runtime asks for a function by its name.
func kept(name string) bool {
	for _, p := range [...]string{"runtime.", "reflect.", "internal/runtime/"} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

func (t *tables) strip() error {
	word := func(b []byte, at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
	set := func(b []byte, at int, v uint32) { binary.LittleEndian.PutUint32(b[at:], v) }
	keepNames := make([]bool, len(t.names))
	keepPCs := make([]bool, len(t.pcs))
	var used, unused []uint32 // offsets in data
	noName := uint32(0)       // where names begin, if the first is not kept
	if kept(t.name(0)) {
		noName = uint32(len(t.name(0)))
	}
	for i := range t.count {
		at := int(word(t.funcs, 8*i+4))
		if at+funcSize > len(t.funcs) {
			return errors.New("a function outside of the table")
		}
		f := t.funcs[at:]
		name := t.name(word(f, 4))
		if kept(name) {
			mark(keepNames, int(word(f, 4)), len(name)+1)
		} else {
			set(f, 4, noName)
		}
		npc, ndata := int(word(f, 28)), int(f[43])
		if npc > 8 || ndata > 16 || funcSize+4*(npc+ndata) > len(f) {
			return errors.New("a function of unknown form")
		}
		set(f, 20, 0) // file
		set(f, 24, 0) // line
		set(f, 32, 0) // unit of compilation
		set(f, 36, 0) // first line
		offsets := []uint32{word(f, 16)}
		for k := range npc {
			p := funcSize + 4*k
			if k == pcdataUnsafePoint || k == pcdataInlTree || k == pcdataArgLive {
				set(f, p, 0)
			}
			offsets = append(offsets, word(f, p))
		}
		for _, off := range offsets {
			n, err := t.pcLen(int(off))
			if err != nil {
				return err
			}
			mark(keepPCs, int(off), n)
		}
		for k := range ndata {
			p := funcSize + 4*npc + 4*k
			off := word(f, p)
			switch {
			case off == noData:
			case k == funcdataInlTree || k == funcdataArgInfo || k == funcdataArgLive:
				set(f, p, noData)
				unused = append(unused, off)
			default:
				used = append(used, off)
			}
		}
	}
	clearUnless(t.names, keepNames)
	clearUnless(t.pcs, keepPCs)
	t.clearLookup()
	clear(t.files)
	clear(t.cus)
	t.clearData(used, unused)
	return nil
}

func (t *tables) name(off uint32) string {
	if int(off) >= len(t.names) {
		return ""
	}
	s, _, _ := bytes.Cut(t.names[off:], []byte{0})
	return string(s)
}

// pcLen is the length in bytes of a table of values by program counter: pairs
// of numbers up to a zero. Offset 0 is no table.
func (t *tables) pcLen(off int) (int, error) {
	if off == 0 {
		return 0, nil
	}
	for at := off; at < len(t.pcs); {
		v, n := binary.Uvarint(t.pcs[at:])
		if n <= 0 {
			break
		}
		if at += n; v == 0 && at > off+n {
			return at - off, nil
		}
		if _, n = binary.Uvarint(t.pcs[at:]); n <= 0 {
			break
		}
		at += n
	}
	return 0, errors.New("a table of program counters without an end")
}

// clearLookup zeroes what nobody looks up. The table is made for programs whose
// counters run through bytes of code; here a function has 65536 counters
// whatever its length, and all are looked up by the first.
func (t *tables) clearLookup() {
	const used = 5 // a base of four bytes, and the difference to it of the first sixteenth
	for b := 0; b*bucketSize < len(t.find); b++ {
		from := b * bucketSize
		if b%(functionSpan/bucketSpan) == 0 {
			from += used
		}
		clear(t.find[from:min((b+1)*bucketSize, len(t.find))])
	}
}

// clearData zeroes the data that nothing names any more: each reaches to the
// next, of what kind soever. The last is left, since its end is not known.
func (t *tables) clearData(used, unused []uint32) {
	all := slices.Concat(used, unused)
	slices.Sort(all)
	slices.Sort(used)
	for _, from := range unused {
		if _, also := slices.BinarySearch(used, from); also {
			continue
		}
		i, _ := slices.BinarySearch(all, from+1)
		if i < len(all) && int(all[i]) <= len(t.data) {
			clear(t.data[from:all[i]])
		}
	}
}

func mark(keep []bool, from, n int) {
	for i := from; i < min(from+n, len(keep)); i++ {
		keep[i] = true
	}
}

func clearUnless(b []byte, keep []bool) {
	for i := range b {
		if !keep[i] {
			b[i] = 0
		}
	}
}

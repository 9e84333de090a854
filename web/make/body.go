package main

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// This file cuts the body of a function into its instructions and writes them
// again (webassembly.github.io/spec/core/binary/instructions.html).

// Instructions that are looked for by their names.
const (
	opBlock, opLoop, opIf, opElse      = 0x02, 0x03, 0x04, 0x05
	opNop                              = 0x01
	opBr, opBrIf, opBrTable            = 0x0c, 0x0d, 0x0e
	opReturn, opCall                   = 0x0f, 0x10
	opCallIndirect                     = 0x11
	opLocalGet, opLocalSet             = 0x20, 0x21
	opLocalTee                         = 0x22
	opGlobalGet, opGlobalSet           = 0x23, 0x24
	opFirstLoad, opLastLoad            = 0x28, 0x35
	opFirstStore, opLastStore          = 0x36, 0x3e
	opI64Store                         = 0x37
	opMemorySize, opMemoryGrow         = 0x3f, 0x40
	opI64Const, opF32Const             = 0x42, 0x43
	opF64Const                         = 0x44
	opI32Eqz, opI32Add                 = 0x45, 0x6a
	opI64Add                           = 0x7c
	opI32WrapI64, opI64ExtendI32U      = 0xa7, 0xad
	opLastNumeric                      = 0xc4
	opMore                             = 0xfc // a second number follows
	opMoreLastConversion               = 7
	opMoreMemoryCopy, opMoreMemoryFill = 10, 11
	noResult                           = 0x40
	firstType, lastType                = 0x7c, 0x7f // a block may leave a number
)

// theFunction is what a branch out of all blocks leads to.
const theFunction = -1

// An instr is an instruction.
type instr struct {
	op   byte
	gone bool   // it is not written
	raw  []byte // as it stands in the file
	n    int64  // its constant, its local or global, or the offset of its address
	// to are the instructions that open the blocks which a branch leads out of,
	// or, for a loop, back to; an end has the one that it ends.
	to []int
}

// A body is a function's.
type body struct {
	locals []byte // the declarations
	code   []instr
}

func parseBody(b []byte) (*body, error) {
	r := &wasmReader{b: b}
	for range r.unsigned() {
		r.unsigned()
		r.byte()
	}
	f := &body{locals: b[:min(r.at, len(b))], code: make([]instr, 0, len(b)/2)}
	open := []int{theFunction}
	for r.at < len(b) && r.err == nil && len(open) > 0 {
		start := r.at
		in, err := r.instr(open)
		if err != nil {
			return nil, err
		}
		in.raw = b[start:r.at]
		switch in.op {
		case opBlock, opLoop, opIf:
			open = append(open, len(f.code))
		case opEnd:
			open = open[:len(open)-1]
		}
		f.code = append(f.code, in)
	}
	if r.err == nil && (r.at != len(b) || len(open) > 0) {
		r.err = errors.New("a function whose blocks do not fit its length")
	}
	return f, r.err
}

// instr reads one instruction, inside of the blocks that are open.
func (r *wasmReader) instr(open []int) (in instr, err error) {
	label := func() (to int) {
		if d := r.unsigned(); d >= 0 && d < len(open) {
			return open[len(open)-1-d]
		}
		err = errors.New("a branch out of more blocks than there are")
		return theFunction
	}
	in.op = r.byte()
	switch op := in.op; {
	case op == opBlock || op == opLoop || op == opIf:
		if t := r.byte(); t != noResult && (t < firstType || t > lastType) {
			err = fmt.Errorf("a block of type %#x", t)
		}
	case op == opBr || op == opBrIf:
		in.to = []int{label()}
	case op == opBrTable:
		n := r.unsigned()
		if n < 0 || n > len(r.b) {
			return in, errors.New("a table of branches that is too long")
		}
		for range n + 1 {
			in.to = append(in.to, label())
		}
	case op == opEnd:
		in.to = []int{open[len(open)-1]}
	case op == opCall || op >= opLocalGet && op <= opGlobalSet:
		in.n = int64(r.unsigned())
	case op == opCallIndirect:
		r.unsigned()
		r.unsigned()
	case op >= opFirstLoad && op <= opLastStore:
		r.unsigned()
		in.n = int64(r.unsigned())
	case op == opMemorySize || op == opMemoryGrow:
		r.byte()
	case op == opI32Const || op == opI64Const:
		in.n = r.signed()
	case op == opF32Const:
		r.take(4)
	case op == opF64Const:
		r.take(8)
	case op == opMore:
		switch in.n = int64(r.unsigned()); {
		case in.n <= opMoreLastConversion:
		case in.n == opMoreMemoryCopy:
			r.take(2)
		case in.n == opMoreMemoryFill:
			r.take(1)
		default:
			err = fmt.Errorf("the instruction %#x %d is not known", op, in.n)
		}
	case op <= opNop || op == opElse || op == opReturn || op == 0x1a || op == 0x1b || op >= opI32Eqz && op <= opLastNumeric:
	default:
		err = fmt.Errorf("the instruction %#x is not known", op)
	}
	return in, errors.Join(err, r.err)
}

// set makes an instruction another one, with an operand.
func (in *instr) set(op byte, n int64) {
	in.op, in.n = op, n
	in.raw = appendSigned([]byte{op}, n)
}

// move adds to the offset of a load or a store.
func (in *instr) move(by int64) {
	in.n += by
	in.raw = binary.AppendUvarint([]byte{in.op, in.raw[1]}, uint64(in.n))
}

var errClosed = errors.New("a branch to a block that is not open")

// bytes is the body as it stands in a file.
func (f *body) bytes() (out []byte, err error) {
	out = append(out, f.locals...)
	open := []int{theFunction}
	depth := func(to int) uint64 {
		for d := range open {
			if open[len(open)-1-d] == to {
				return uint64(d)
			}
		}
		err = errClosed
		return 0
	}
	for i := range f.code {
		in := &f.code[i]
		if in.gone {
			continue
		}
		switch in.op {
		case opBr, opBrIf:
			out = binary.AppendUvarint(append(out, in.op), depth(in.to[0]))
			continue
		case opBrTable:
			out = append(out, in.op)
			out = binary.AppendUvarint(out, uint64(len(in.to)-1))
			for _, to := range in.to {
				out = binary.AppendUvarint(out, depth(to))
			}
			continue
		case opBlock, opLoop, opIf:
			open = append(open, i)
		case opEnd:
			open = open[:len(open)-1]
		}
		out = append(out, in.raw...)
	}
	return out, err
}

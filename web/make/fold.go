package main

// This file makes addresses shorter. Go's compiler reckons the address of
// what is on the stack in 64 bits, as everywhere; WebAssembly's addresses have
// 32, and loads and stores add a constant by themselves.

// fold shortens the addresses of a function.
func (f *body) fold() {
	f.narrow()
	f.offsets()
}

// narrow reckons in 32 bits what is cut to 32 bits anyway.
func (f *body) narrow() {
	var live []int // instructions that stay, up to here
	is := func(back int, op byte) *instr {
		if i := len(live) - 1 - back; i >= 0 && f.code[live[i]].op == op {
			return &f.code[live[i]]
		}
		return nil
	}
	drop := func(n int) {
		for _, i := range live[len(live)-n:] {
			f.code[i].gone = true
		}
		live = live[:len(live)-n]
	}
	for i := range f.code {
		in := &f.code[i]
		if in.op == opNop {
			in.gone = true
		}
		if in.gone {
			continue
		}
		if in.op != opI32WrapI64 {
			live = append(live, i)
			continue
		}
		switch {
		case is(0, opI64ExtendI32U) != nil:
			drop(1)
			in.gone = true
		case is(0, opI64Const) != nil:
			c := is(0, opI64Const)
			c.set(opI32Const, int64(int32(c.n)))
			in.gone = true
		case is(0, opI64Add) != nil && is(1, opI64Const) != nil && is(2, opI64ExtendI32U) != nil:
			n := int64(int32(is(1, opI64Const).n))
			drop(1)
			is(0, opI64Const).set(opI32Const, n)
			is(1, opI64ExtendI32U).gone = true
			live = append(live[:len(live)-2], live[len(live)-1])
			in.set(opI32Add, 0)
			in.raw = in.raw[:1]
			live = append(live, i)
		default:
			live = append(live, i)
		}
	}
}

// offsets moves the constants of addresses on the stack into the instructions
// that load and store. There is no such address past the end of memory, so the
// sum is the same.
func (f *body) offsets() {
	sp := f.stackPointer()
	var prev [2]*instr // the two instructions before
	var values []sum   // on the operand stack, as far as known
	for i := range f.code {
		in := &f.code[i]
		if in.gone {
			continue
		}
		pop, push := effect(in)
		switch {
		case pop < 0:
			values = values[:0]
		case in.op >= opFirstLoad && in.op <= opLastStore:
			if at := len(values) - pop; at >= 0 && values[at].add != nil {
				s := values[at]
				s.add.gone, s.constant.gone = true, true
				in.move(s.constant.n)
			}
		}
		if pop > 0 {
			values = values[:max(len(values)-pop, 0)]
		}
		for range push {
			values = append(values, sum{})
		}
		if c, p := prev[1], prev[0]; in.op == opI32Add && c != nil && p != nil && c.op == opI32Const && c.n >= 0 && sp(p) {
			values[len(values)-1] = sum{in, c}
		}
		prev = [2]*instr{prev[1], in}
	}
}

// A sum is an address on the stack: the pointer and a constant.
type sum struct{ add, constant *instr }

// stackPointer tells which instructions give the pointer of Go's stack: the
// first global, and the local that a function copies it to when it begins.
func (f *body) stackPointer() func(*instr) bool {
	local := int64(-1)
	if len(f.code) > 1 && f.code[0].op == opGlobalGet && f.code[0].n == 0 && f.code[1].op == opLocalSet {
		local = f.code[1].n
	}
	return func(in *instr) bool {
		return in.op == opGlobalGet && in.n == 0 || in.op == opLocalGet && in.n == local
	}
}

// effect is how many values an instruction takes from the operand stack and
// how many it leaves there. pop is -1 where that is not known, or where other
// code comes in between.
func effect(in *instr) (pop, push int) {
	switch op := in.op; {
	case op == opLocalGet || op == opGlobalGet || op == opMemorySize || op >= opI32Const && op <= opF64Const:
		return 0, 1
	case op == opLocalSet || op == opGlobalSet || op == 0x1a:
		return 1, 0
	case op == opLocalTee || op >= opFirstLoad && op <= opLastLoad || op == opMemoryGrow:
		return 1, 1
	case op >= opFirstStore && op <= opLastStore:
		return 2, 0
	case op == 0x1b:
		return 3, 1
	case op == opMore && in.n <= opMoreLastConversion:
		return 1, 1
	case op == opMore:
		return 3, 0
	case op >= opI32Eqz && op <= opLastNumeric && unary(op):
		return 1, 1
	case op >= opI32Eqz && op <= opLastNumeric:
		return 2, 1
	}
	return -1, 0
}

// unary tells the numeric instructions of one operand: tests for zero, counts
// of bits, roots and rounding, and conversions.
func unary(op byte) bool {
	for _, r := range [...][2]byte{{0x45, 0x45}, {0x50, 0x50}, {0x67, 0x69}, {0x79, 0x7b}, {0x8b, 0x91}, {0x99, 0x9f}, {0xa7, 0xc4}} {
		if op >= r[0] && op <= r[1] {
			return true
		}
	}
	return false
}

package main

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestShortenKeepsWorking(t *testing.T) {
	needNode(t)
	whole := buildSmall(t)
	short, err := shorten(whole)
	if err != nil {
		t.Fatal(err)
	}
	if len(short) > len(whole)*95/100 {
		t.Errorf("shortened it has %d bytes, and whole %d", len(short), len(whole))
	}
	if a, b := runSmall(t, whole, "name"), runSmall(t, short, "name"); a != b || !strings.Contains(b, "made at run time") {
		t.Errorf("whole:\n%s\nshortened:\n%s", a, b)
	}
	again, err := shorten(short)
	if err != nil || !bytes.Equal(again, short) {
		t.Errorf("shortened twice it is another program: %d and %d bytes, %v", len(short), len(again), err)
	}
}

func TestShortenLeavesWhatItDoesNotKnow(t *testing.T) {
	whole := buildSmall(t)
	table := bytes.Replace(whole, []byte(magic), []byte("\xf0"+magic[1:]), 1)
	for name, b := range map[string][]byte{"another table": table, "no program": []byte("\x00asm\x01\x00\x00\x00"), "nothing": nil, "cut off": whole[:len(whole)/2]} {
		if got, err := shorten(b); err == nil || !bytes.Equal(got, b) {
			t.Errorf("%s: %v; changed: %v", name, err, !bytes.Equal(got, b))
		}
	}
}

// code writes instructions: an operation, and a number where it has one.
type code []byte

func (c code) do(ops ...byte) code        { return append(c, ops...) }
func (c code) with(op byte, n int64) code { return appendSigned(append(c, op), n) }
func (c code) memory(op, align byte, n uint64) code {
	return binary.AppendUvarint(append(c, op, align), n)
}
func (c code) end() code { return append(c, opEnd) }

// fromStack copies the stack's pointer, as functions do when they begin.
func fromStack() code { return code{0, opGlobalGet, 0, opLocalSet, 1} }

func TestFold(t *testing.T) {
	address := func(c code, n int64) code {
		return c.do(opLocalGet, 1, opI64ExtendI32U).with(opI64Const, n).do(opI64Add, opI32WrapI64)
	}
	const i64Load = 0x29
	for name, test := range map[string]struct{ in, want code }{
		"a load from the stack": {
			address(fromStack(), 300).memory(i64Load, 3, 8).do(opLocalSet, 2).end(),
			fromStack().do(opLocalGet, 1).memory(i64Load, 3, 308).do(opLocalSet, 2).end(),
		},
		"a store to the stack of what is loaded from there": {
			address(address(fromStack(), 16), 24).memory(i64Load, 3, 0).memory(opI64Store, 3, 0).end(),
			fromStack().do(opLocalGet, 1, opLocalGet, 1).memory(i64Load, 3, 24).memory(opI64Store, 3, 16).end(),
		},
		"an address below the pointer is reckoned as before, in 32 bits": {
			address(fromStack(), -8).memory(i64Load, 3, 8).do(opLocalSet, 2).end(),
			fromStack().do(opLocalGet, 1).with(opI32Const, -8).do(opI32Add).memory(i64Load, 3, 8).do(opLocalSet, 2).end(),
		},
		"an address that another function is given": {
			address(fromStack(), 16).do(opCall, 5).end(),
			fromStack().do(opLocalGet, 1).with(opI32Const, 16).do(opI32Add, opCall, 5).end(),
		},
		"the address of a value between two calls is not the first's": {
			address(fromStack(), 16).do(opCall, 5).memory(i64Load, 3, 0).do(opLocalSet, 2).end(),
			fromStack().do(opLocalGet, 1).with(opI32Const, 16).do(opI32Add, opCall, 5).memory(i64Load, 3, 0).do(opLocalSet, 2).end(),
		},
		"a pointer of the heap may be nil, and its sum wrap": {
			fromStack().do(opLocalGet, 2).with(opI64Const, 16).do(opI64Add, opI32WrapI64).memory(i64Load, 3, 0).do(opLocalSet, 2).end(),
			fromStack().do(opLocalGet, 2).with(opI64Const, 16).do(opI64Add, opI32WrapI64).memory(i64Load, 3, 0).do(opLocalSet, 2).end(),
		},
		"a constant that is cut": {
			fromStack().with(opI64Const, 1<<32+7).do(opI32WrapI64, opLocalSet, 1, opNop).end(),
			fromStack().with(opI32Const, 7).do(opLocalSet, 1).end(),
		},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := parseBody(test.in)
			if err != nil {
				t.Fatal(err)
			}
			f.fold()
			got, err := f.bytes()
			if diff := cmp.Diff([]byte(test.want), got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestJump(t *testing.T) {
	// a function of three places: the first goes on to the third where local 2
	// is not zero, and the second goes back to the first
	function := func(first, second code) code {
		c := code{0, opLoop, noResult, opBlock, noResult, opBlock, noResult, opBlock, noResult, opLocalGet, 0, opBrTable, 2, 0, 1, 2, opEnd}
		c = append(c, first...).end()
		c = append(c, second...).end()
		return c.do(opReturn).end().do(0x00).end()
	}
	forward := code{opLocalGet, 2, opIf, noResult}.with(opI32Const, 2).do(opLocalSet, 0, opBr, 3).end()
	back := code{}.with(opI32Const, 0).do(opLocalSet, 0, opBr, 1)
	f, err := parseBody(function(forward, back))
	if err != nil {
		t.Fatal(err)
	}
	f.jump(nil, false)
	got, err := f.bytes()
	want := function(code{opLocalGet, 2, opBrIf, 1}, back)
	if diff := cmp.Diff([]byte(want), got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	// known that nothing resumes at the second place, its block is not needed
	f.jump(nil, true)
	got, err = f.bytes()
	want = code{0, opLoop, noResult, opBlock, noResult, opBlock, noResult, opLocalGet, 0, opBrTable, 2, 0, 0, 1, opEnd, opLocalGet, 2, opBrIf, 0}
	want = append(want, back...).end().do(opReturn).end().do(0x00).end()
	if diff := cmp.Diff([]byte(want), got); diff != "" || err != nil {
		t.Errorf("without the second block: %v (-want +got):\n%s", err, diff)
	}
}

package main

// This file shortens jumps. Go's compiler has jumps to anywhere and
// WebAssembly has none; so a function is a loop around nested blocks, one for
// each place that can be jumped to, which begins with a table of branches:
//
//	loop
//	  block block block
//	    local.get 0     ;; where to go on
//	    br_table ...
//	  end               ;; code of the first place
//	  i32.const 2
//	  local.set 0
//	  br <loop>         ;; a jump to the second place
//	  end ...
//
// A jump forward can lead out of the place's block at once. Blocks are then
// needed where a jump goes back to, and where a function goes on after it was
// left for another goroutine.

// A switchboard is the loop and the table of a function.
type switchboard struct {
	loop  int // -1 where nothing jumps
	table *instr
}

// place is where a number leads to: what opens the block before it.
func (s switchboard) place(n int64) int {
	if last := len(s.table.to) - 1; n < 0 || n > int64(last) {
		return s.table.to[last]
	}
	return s.table.to[n]
}

// switchboard finds the table that a function begins with.
func (f *body) switchboard() (s switchboard, ok bool) {
	at := 0
	for at < len(f.code) && f.code[at].op != opBrTable {
		at++
	}
	if at == len(f.code) || at < 2 || f.code[at-1].op != opLocalGet || f.code[at-1].n != 0 {
		return s, false
	}
	first := at - 1
	for first > 0 && f.code[first-1].op == opBlock {
		first--
	}
	s = switchboard{loop: -1, table: &f.code[at]}
	if first > 0 && f.code[first-1].op == opLoop {
		s.loop = first - 1
	}
	for _, to := range s.table.to {
		if to < first {
			return s, false // a table of another kind
		}
	}
	return s, true
}

// jump shortens the jumps of a function. resumed are the numbers of the places
// where it goes on after it was left; where they are not known all blocks stay.
func (f *body) jump(resumed []int64, known bool) {
	s, ok := f.switchboard()
	if !ok {
		return
	}
	needed := append([]int64{0}, resumed...)
	ended := map[int]bool{}
	var live []*instr // instructions that stay, up to here
	for i := range f.code {
		in := &f.code[i]
		if in.gone {
			continue
		}
		live = append(live, in)
		n := len(live)
		switch {
		case in.op == opEnd:
			ended[in.to[0]] = true
			if n > 2 && live[n-3].op == opIf && live[n-2].op == opBr {
				live[n-2].op, live[n-3].gone, in.gone = opBrIf, true, true
				live = append(live[:n-3], live[n-2])
			}
		case (in.op == opBr || in.op == opBrIf) && in.to[0] == s.loop && s.loop >= 0:
			if n < 3 || live[n-2].op != opLocalSet || live[n-2].n != 0 || live[n-3].op != opI32Const {
				known = false // some other way to say where
				continue
			}
			number := live[n-3].n
			to := s.place(number)
			if ended[to] {
				needed = append(needed, number)
				continue
			}
			in.to[0], live[n-2].gone, live[n-3].gone = to, true, true
			live = append(live[:n-3], in)
		}
	}
	if known {
		f.dropBlocks(s, needed)
	}
}

// dropBlocks takes out the blocks that nothing leads out of.
func (f *body) dropBlocks(s switchboard, needed []int64) {
	alive := map[int]bool{}
	for i := range f.code {
		if in := &f.code[i]; !in.gone && (in.op == opBr || in.op == opBrIf) {
			alive[in.to[0]] = true
		}
	}
	for _, n := range needed {
		alive[s.place(n)] = true
	}
	next := s.place(0)
	for i, to := range s.table.to { // a number that nothing says leads to where the one before does
		if !alive[to] {
			to = next
		}
		s.table.to[i], next = to, to
	}
	for i := range f.code {
		switch in := &f.code[i]; in.op {
		case opBlock:
			in.gone = in.gone || !alive[i]
		case opEnd:
			if to := in.to[0]; to != theFunction {
				in.gone = in.gone || f.code[to].gone
			}
		}
	}
}

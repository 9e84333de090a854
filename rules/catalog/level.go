package catalog

import "math/bits"

// Level is the privilege level of a permission for a kind, 1 (harmless) to 5,
// as Microsoft gives it; 0 if unknown.
func Level(name string, k Kind) int {
	if n := permissionNumber(name); n >= 0 && k <= Personal {
		return permissionFact(n, k) & levelMask
	}
	if p, ok := Permission(name, k); ok {
		return p.Level
	}
	return 0
}

const levelMask = 7

// Narrower tells whether permission a is narrower than b for a kind: of a lower
// known level, and good for a part only of the requests of the map that b is
// good for by itself.
func Narrower(a, b string, k Kind) bool {
	la, lb := Level(a, k), Level(b, k)
	if la == 0 || lb == 0 || la >= lb {
		return false
	}
	return within(a, b, k)
}

// within tells whether permission a is good for a part only of the requests of
// the map that b is good for by itself.
func within(a, b string, k Kind) bool {
	na, nb := permissionNumber(a), permissionNumber(b)
	if na < 0 || nb < 0 || k > Personal {
		return false
	}
	some, more := false, false
	sec := section(secSets)
	used := usedSets(k)
	for set := 1; set < u16(sec); set++ {
		if used[set>>3]&(1<<(set&7)) == 0 {
			continue
		}
		from, to := setAt(set)
		hasA, hasB := false, false
		eachPermission(from, to, func(v, also int) {
			switch {
			case also != 0:
			case v&^flags13 == na:
				hasA = true
			case v&^flags13 == nb:
				hasB = true
			}
		})
		if hasA && !hasB {
			return false
		}
		some, more = some || hasA, more || hasB && !hasA
	}
	return some && more
}

// Milder tells whether permission a asks for less than b, going by the bulk of
// what each serves: Narrower fails where the map forgets a request, and it
// forgets many (Mail.ReadWrite for GET /me/messages/{id}). The level of a is not
// above that of b, most of what a serves b serves too, and a serves half as much
// at most or writes half as often. Advice may rest on it, no certainty.
func Milder(a, b string, k Kind) bool {
	la, lb := Level(a, k), Level(b, k)
	na, nb := permissionNumber(a), permissionNumber(b)
	if na < 0 || nb < 0 || na == nb || la == 0 || lb == 0 || la > lb {
		return false
	}
	const writing = 1<<2 | 1<<3 | 1<<4 // PUT, PATCH, DELETE
	both, all, writes := 0, [2]int{}, [2]int{}
	from, _ := tableAt(1)
	_, to := tableAt(u16(section(secTables)) - 1)
	for at := from; at < to; at += entrySize {
		if bin[at]&entryEarlier != 0 {
			continue
		}
		has := [2]bool{}
		first, last := setAt(u16(at + 1 + 2*int(k)))
		eachPermission(first, last, func(v, also int) {
			switch v &^ flags13 {
			case na:
				has[0] = has[0] || also == 0
			case nb:
				has[1] = has[1] || also == 0
			}
		})
		n := bits.OnesCount8(bin[at] & entryMethods)
		w := bits.OnesCount8(bin[at] & writing)
		for i := range has {
			if has[i] {
				all[i], writes[i] = all[i]+n, writes[i]+w
			}
		}
		if has[0] && has[1] {
			both += n
		}
	}
	return 2*both > all[0] && (2*all[0] <= all[1] || 2*writes[0]*all[1] < writes[1]*all[0])
}

// usedSets marks the sets that some request of today's map has for a kind.
func usedSets(k Kind) []byte {
	used := make([]byte, u16(section(secSets))/8+1)
	sec := section(secTables)
	from, _ := tableAt(1)
	_, to := tableAt(u16(sec) - 1)
	for at := from; at < to; at += entrySize {
		if bin[at]&entryEarlier == 0 {
			set := u16(at + 1 + 2*int(k))
			used[set>>3] |= 1 << (set & 7)
		}
	}
	return used
}

// Reach is how many requests of the map a permission serves by itself or beside
// another: the fewer, the narrower.
func Reach(name string, k Kind) int {
	want := permissionNumber(name)
	if want < 0 || k > Personal {
		return 0
	}
	sec := section(secSets)
	in := make([]bool, u16(sec))
	for set := 1; set < len(in); set++ {
		from, to := setAt(set)
		eachPermission(from, to, func(v, _ int) { in[set] = in[set] || v&^flags13 == want })
	}
	tables := section(secTables)
	from, _ := tableAt(1)
	_, to := tableAt(u16(tables) - 1)
	n := 0
	for at := from; at < to; at += entrySize {
		if bin[at]&entryEarlier == 0 && in[u16(at+1+2*int(k))] {
			n++
		}
	}
	return n
}

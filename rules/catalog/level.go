package catalog

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
	na, nb := permissionNumber(a), permissionNumber(b)
	if na < 0 || nb < 0 {
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

package catalog

// This file reads catalog.bin in place. gen/pack.go writes it and tells the
// form; the two change together.

// Sections, by the place of their offset in the head.
const (
	secNames = iota
	secSegments
	secSets
	secTables
	secNodes
	secRoot // the root's place, from secNodes
	secHosts
	secSource
)

const (
	flagLeast = 1 << 15
	flagAlso  = 1 << 14
	flagWide  = 1 << 13
	flags13   = flagLeast | flagAlso | flagWide
	flagKey   = 1 << 15

	entryEarlier = 1 << 5
	entryErrata  = 1 << 6
	entryMethods = 1<<5 - 1
	entrySize    = 7

	factRSC = 1 << 3
	factID  = 1 << 4

	factReckon = 5 // shift
)

func section(i int) int { return u32(4 + 4*i) }

func u16(at int) int { return int(bin[at]) | int(bin[at+1])<<8 }
func u24(at int) int { return u16(at) | int(bin[at+2])<<16 }
func u32(at int) int { return u24(at) | int(bin[at+3])<<24 }

// textAt reads a text with its length before it, and returns the place after.
func textAt(at int) (string, int) {
	n := int(bin[at])
	return bin[at+1 : at+1+n], at + 1 + n
}

// permissionName is the name with a number.
func permissionName(i int) string {
	sec := section(secNames)
	n := u16(sec)
	pool := sec + 2 + 2*(n+1) + 3*n
	return bin[pool+u16(sec+2+2*i) : pool+u16(sec+4+2*i)]
}

// permissionFact is the fact byte of a numbered permission for a kind: level,
// factRSC, factID.
func permissionFact(i int, k Kind) int {
	sec := section(secNames)
	return int(bin[sec+2+2*(u16(sec)+1)+3*i+int(k)])
}

// reckoned is the level to reckon with where one permission must be chosen:
// the known one; for a permission that the map somewhere marks as least
// privileged the level of the mildest other that would do there; else one that
// is worse than any known.
func reckoned(i int, k Kind) int { return permissionFact(i, k) >> factReckon }

const worstLevel = 6

// permissionNumber finds a name, whatever its case; -1 if the map lacks it.
func permissionNumber(name string) int {
	lo, hi := 0, u16(section(secNames))
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		switch c := compareFold(permissionName(mid), name); {
		case c == 0:
			return mid
		case c < 0:
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return -1
}

// segmentText is the spelling of a numbered segment.
func segmentText(i int) string {
	sec := section(secSegments)
	pool := sec + 2 + 3*(u16(sec)+1)
	return bin[pool+u24(sec+2+3*i) : pool+u24(sec+5+3*i)]
}

// setAt is the extent of a numbered set.
func setAt(i int) (from, to int) {
	sec := section(secSets)
	pool := sec + 2 + 2*(u16(sec)+1)
	return pool + u16(sec+2+2*i), pool + u16(sec+4+2*i)
}

// tableAt is the extent of a numbered table of methods.
func tableAt(i int) (from, to int) {
	sec := section(secTables)
	pool := sec + 2 + 3*(u16(sec)+1)
	return pool + u24(sec+2+3*i), pool + u24(sec+5+3*i)
}

// node is the place of a node in bin.
type node int

func root() node { return node(section(secNodes) + u32(4+4*secRoot)) }

func (n node) table() int { return u16(int(n)) }

// key is the child that stands for any one key segment; 0 if there is none.
func (n node) key() node {
	if u16(int(n)+2)&flagKey == 0 {
		return 0
	}
	return node(section(secNodes) + u24(int(n)+4))
}

// children returns where the literal children stand, and how many.
func (n node) children() (at, count int) {
	count = u16(int(n) + 2)
	at = int(n) + 4
	if count&flagKey != 0 {
		at += 3
	}
	return at, count &^ flagKey
}

const childSize = 5

func childSegment(at int) int { return u16(at) }
func childNode(at int) node   { return node(section(secNodes) + u24(at+2)) }

// search returns the place of the first literal child whose folded text is not
// below want, and whether it equals want, which must be folded.
func (n node) search(want []byte) (at int, found bool) {
	base, count := n.children()
	pool := section(secSegments)
	offsets := pool + 2
	pool += 2 + 3*(u16(pool)+1)
	lo, hi := 0, count
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		o := offsets + 3*u16(base+childSize*mid)
		c := compareFolded(bin[pool+u24(o):pool+u24(o+3)], want)
		switch {
		case c == 0:
			return base + childSize*mid, true
		case c < 0:
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return base + childSize*lo, false
}

// compareFolded compares s, folded, with b, which is folded already.
func compareFolded(s string, b []byte) int {
	n := min(len(s), len(b))
	for i := range n {
		c := lower(s[i])
		if d := b[i]; c != d {
			return int(c) - int(d)
		}
	}
	return len(s) - len(b)
}

// compareFold compares two texts without regard to ASCII case.
func compareFold(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		c, d := lower(a[i]), lower(b[i])
		if c != d {
			return int(c) - int(d)
		}
	}
	return len(a) - len(b)
}

func lower(c byte) byte {
	if c-'A' < 26 {
		return c + 'a' - 'A'
	}
	return c
}

package catalog

import (
	"math/bits"
	"slices"
)

// Set is a cover of many requests by few permissions.
type Set struct {
	Permissions []SetPermission // sorted by name
	Unsupported []int           // requests that this kind of caller cannot make
	Unknown     []int           // requests that the map lacks: nothing is known of them
	Exact       bool            // no better set exists; false where the search was cut short
}

// SetPermission is one permission of a Set.
type SetPermission struct {
	Name   string
	Level  int   // 0 if unknown
	Serves []int // the requests, by index, that it suffices for, or that need it beside another of the set
}

// Names lists the permissions of a set.
func (s Set) Names() []string {
	out := make([]string, len(s.Permissions))
	for i, p := range s.Permissions {
		out[i] = p.Name
	}
	return out
}

// LeastSet finds the least privileged permissions that serve all requests for a
// kind: with the lowest highest privilege level, then the lowest sum of levels,
// then the fewest, then by name. Chosen from are the permissions that the map
// marks least privileged for at least one of the requests, without those that
// another of them makes superfluous: levels alone would read a user's files by
// Group.Read.All, which is milder than Files.Read.All and serves by a slip.
// Where the map marks none, or none that can be asked for in an app
// registration, all that can be asked for take part.
//
// The answer is exact as long as the search stays small, and says so.
func LeastSet(reqs []Match, k Kind) Set { return LeastSetWith(reqs, nil, nil, k) }

// A Demand is what a request needs on top of its own permissions: one of AnyOf,
// the least first. ExtraNeed tells such.
type Demand struct {
	Request int // its index
	AnyOf   []string
}

// LeastSetWith is LeastSet for requests that need more than the map says, and
// beside permissions that are held already: only what must be added is told.
// The demands of requests that the kind cannot make, or that the map lacks, are
// left out.
func LeastSetWith(reqs []Match, demands []Demand, held []string, k Kind) Set {
	c, set := gather(reqs, k)
	outside := c.demand(reqs, demands, held, k)
	c.spare(held)
	c.restrict()
	c.renumber(k)
	c.capLevels()
	chosen := make([]bool, len(c.perms))
	set.Exact = true
	for _, part := range c.parts() {
		best, exact := part.solve()
		set.Exact = set.Exact && exact
		for _, p := range best {
			chosen[p] = true
		}
	}
	for p, ok := range chosen {
		if ok {
			set.Permissions = append(set.Permissions, c.told(p, chosen, k))
		}
	}
	set.Permissions = append(set.Permissions, outside...)
	slices.SortFunc(set.Permissions, func(a, b SetPermission) int { return compareFold(a.Name, b.Name) })
	return set
}

// demand adds the demands. Permissions that the map has for no request at all
// serve nothing else: the first of such a demand is returned.
func (c *cover) demand(reqs []Match, demands []Demand, held []string, k Kind) (outside []SetPermission) {
	for _, d := range demands {
		if m := reqs[d.Request]; m.Set(k) == 0 {
			continue
		}
		if slices.ContainsFunc(d.AnyOf, func(p string) bool { return holds(held, p) }) {
			continue
		}
		g := group{reqs: []int{d.Request}}
		for _, name := range d.AnyOf {
			if n := permissionNumber(name); n >= 0 {
				rank := rankOther
				if len(g.ways) == 0 {
					rank = rankLeast
				}
				g.ways = append(g.ways, way{n, -1, rank})
			}
		}
		if len(g.ways) > 0 {
			c.groups = append(c.groups, g)
			continue
		}
		i := slices.IndexFunc(outside, func(p SetPermission) bool { return slices.Contains(d.AnyOf, p.Name) })
		if i < 0 {
			i = len(outside)
			outside = append(outside, SetPermission{Name: d.AnyOf[0], Level: Level(d.AnyOf[0], k)})
		}
		outside[i].Serves = append(outside[i].Serves, d.Request)
	}
	return outside
}

// cover is the problem: groups of requests that need the same, each to be
// served by one of its ways. Permissions are numbered anew in order of name.
type cover struct {
	perms  []int // numbers in the map
	level  []int // by new number
	groups []group
}

type group struct {
	reqs []int
	ways []way

	used  bitset // the permissions of its ways
	plain bool   // none of them needs a second one
}

// way is a permission, and the one that it needs beside it or -1.
type way struct {
	p, also int
	rank    int
}

// Ranks of ways: marked least privileged, not marked, made superfluous.
const (
	rankLeast = iota
	rankOther
	rankWide
	ranks
)

func rankOf(v int) int {
	switch {
	case v&flagWide != 0:
		return rankWide
	case v&flagLeast != 0:
		return rankLeast
	}
	return rankOther
}

// gather groups the requests by what they need.
func gather(reqs []Match, k Kind) (*cover, Set) {
	var set Set
	c := &cover{}
	bySet := make([]int, u16(section(secSets))) // the group's number and 1
	for i, m := range reqs {
		if m.entry == 0 {
			set.Unknown = append(set.Unknown, i)
			continue
		}
		id := m.Set(k)
		if id == 0 {
			set.Unsupported = append(set.Unsupported, i)
			continue
		}
		if bySet[id] == 0 {
			c.groups = append(c.groups, group{ways: waysOf(id, k)})
			bySet[id] = len(c.groups)
		}
		g := bySet[id] - 1
		c.groups[g].reqs = append(c.groups[g].reqs, i)
	}
	return c, set
}

// spare leaves out the groups that held permissions serve, and from the ways of
// the others what is held.
func (c *cover) spare(held []string) {
	if len(held) == 0 {
		return
	}
	has := map[int]bool{-1: true}
	for _, h := range held {
		if n := permissionNumber(h); n >= 0 {
			has[n] = true
		}
	}
	c.groups = slices.DeleteFunc(c.groups, func(g group) bool {
		return slices.ContainsFunc(g.ways, func(w way) bool { return has[w.p] && has[w.also] })
	})
	for _, g := range c.groups {
		for i := range g.ways {
			w := &g.ways[i]
			switch {
			case has[w.p]:
				w.p, w.also = w.also, -1
			case has[w.also]:
				w.also = -1
			}
		}
	}
}

// restrict keeps the ways by permissions that are a first choice for some group,
// or are needed beside one.
func (c *cover) restrict() {
	first := make([]bool, 1+u16(section(secNames))) // by number and 1
	first[0] = true                                 // -1 is nobody
	for _, g := range c.groups {
		best := ranks
		for _, w := range g.ways {
			best = min(best, w.rank)
		}
		for _, w := range g.ways {
			if w.rank == best {
				first[1+w.p], first[1+w.also] = true, true
			}
		}
	}
	for i := range c.groups {
		g := &c.groups[i]
		g.ways = slices.DeleteFunc(g.ways, func(w way) bool { return !first[1+w.p] || !first[1+w.also] })
	}
}

// waysOf lists the ways of a set. Ways that can be asked for in an app
// registration drive out those that cannot.
func waysOf(id int, k Kind) []way {
	var all []way
	from, to := setAt(id)
	eachPermission(from, to, func(v, also int) {
		p := v &^ flags13
		rank := rankOf(v)
		if also == 0 {
			all = append(all, way{p, -1, rank})
			return
		}
		for i := range int(bin[also]) {
			all = append(all, way{p, u16(also + 1 + 2*i), rank})
		}
	})
	askable := func(p int) bool { return p < 0 || permissionFact(p, k)&(factRSC|factID) == factID }
	some := slices.ContainsFunc(all, func(w way) bool { return askable(w.p) && askable(w.also) })
	if some {
		all = slices.DeleteFunc(all, func(w way) bool { return !askable(w.p) || !askable(w.also) })
	}
	return all
}

// renumber gives the permissions that occur new numbers, in order of name.
func (c *cover) renumber(k Kind) {
	for _, g := range c.groups {
		for _, w := range g.ways {
			c.perms = append(c.perms, w.p)
			if w.also >= 0 {
				c.perms = append(c.perms, w.also)
			}
		}
	}
	slices.Sort(c.perms) // numbers in the map go by name
	c.perms = slices.Compact(c.perms)
	c.level = make([]int, len(c.perms))
	for i, p := range c.perms {
		c.level[i] = reckoned(p, k)
	}
	for _, g := range c.groups {
		for j := range g.ways {
			w := &g.ways[j]
			w.p, _ = slices.BinarySearch(c.perms, w.p)
			if w.also >= 0 {
				w.also, _ = slices.BinarySearch(c.perms, w.also)
			}
		}
	}
}

// top is the highest level of a way.
func (c *cover) top(w way) int {
	l := c.level[w.p]
	if w.also >= 0 {
		l = max(l, c.level[w.also])
	}
	return l
}

// capLevels drops the ways above the lowest highest level that is possible:
// every group has a way within it, so no best set has one above.
func (c *cover) capLevels() {
	cap := 0
	for _, g := range c.groups {
		least := worstLevel
		for _, w := range g.ways {
			least = min(least, c.top(w))
		}
		cap = max(cap, least)
	}
	for i := range c.groups {
		g := &c.groups[i]
		g.ways = slices.DeleteFunc(g.ways, func(w way) bool { return c.top(w) > cap })
	}
}

// told describes a chosen permission.
func (c *cover) told(p int, chosen []bool, k Kind) SetPermission {
	out := SetPermission{Name: permissionName(c.perms[p]), Level: permissionFact(c.perms[p], k) & levelMask}
	for _, g := range c.groups {
		if slices.ContainsFunc(g.ways, func(w way) bool {
			return (w.p == p || w.also == p) && chosen[w.p] && (w.also < 0 || chosen[w.also])
		}) {
			out.Serves = append(out.Serves, g.reqs...)
		}
	}
	slices.Sort(out.Serves)
	out.Serves = slices.Compact(out.Serves)
	return out
}

// bitset is a set of new numbers.
type bitset []uint64

func newBitset(n int) bitset    { return make(bitset, (n+63)/64) }
func (b bitset) add(i int)      { b[i>>6] |= 1 << (i & 63) }
func (b bitset) drop(i int)     { b[i>>6] &^= 1 << (i & 63) }
func (b bitset) has(i int) bool { return b[i>>6]&(1<<(i&63)) != 0 }
func (b bitset) within(o bitset) bool {
	for i, w := range b {
		if w&^o[i] != 0 {
			return false
		}
	}
	return true
}
func (b bitset) meets(o bitset) bool {
	for i, w := range b {
		if w&o[i] != 0 {
			return true
		}
	}
	return false
}
func (b bitset) count() int {
	n := 0
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

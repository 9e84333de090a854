package catalog

import (
	"cmp"
	"slices"
)

// maxSteps bounds the search of one part; beyond it the best set so far stands.
const maxSteps = 20_000

// part is a piece of a cover that shares no permission with the rest.
type part struct {
	c      *cover
	all    []int // its groups
	groups []int // those that the others do not imply, the narrowest first

	chosen  bitset
	banned  bitset // tried already, higher up in the search
	steps   int
	best    []int
	bestSum int
	found   bool
}

// parts splits the cover into pieces that can be solved one by one.
func (c *cover) parts() []*part {
	parent := make([]int, len(c.perms))
	for i := range parent {
		parent[i] = i
	}
	top := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	for _, g := range c.groups {
		for _, w := range g.ways {
			parent[top(w.p)] = top(g.ways[0].p)
			if w.also >= 0 {
				parent[top(w.also)] = top(g.ways[0].p)
			}
		}
	}
	byTop := map[int]*part{}
	var out []*part
	for i, g := range c.groups {
		t := top(g.ways[0].p)
		p := byTop[t]
		if p == nil {
			p = &part{c: c, chosen: newBitset(len(c.perms)), banned: newBitset(len(c.perms))}
			byTop[t] = p
			out = append(out, p)
		}
		p.all = append(p.all, i)
	}
	return out
}

// prepare leaves out the groups that another implies: whatever serves the
// other serves them.
func (p *part) prepare() {
	c := p.c
	for _, g := range p.all {
		b := newBitset(len(c.perms))
		c.groups[g].plain = true
		for _, w := range c.groups[g].ways {
			b.add(w.p)
			if w.also >= 0 {
				b.add(w.also)
				c.groups[g].plain = false
			}
		}
		c.groups[g].used = b
	}
	order := slices.Clone(p.all)
	size := func(g int) int { return c.groups[g].used.count() }
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Or(size(a)-size(b), a-b) })
	for _, g := range order {
		implied := c.groups[g].plain && slices.ContainsFunc(p.groups, func(o int) bool { return c.groups[o].plain && c.groups[o].used.within(c.groups[g].used) })
		if !implied {
			p.groups = append(p.groups, g)
		}
	}
}

// solve finds the best permissions of a part, and tells whether it is sure.
func (p *part) solve() (best []int, exact bool) {
	p.prepare()
	p.greedy()
	p.search(0, 0, 0)
	return p.best, p.steps < maxSteps
}

// served tells whether the chosen permissions serve a group.
func (p *part) served(g int) bool {
	return slices.ContainsFunc(p.c.groups[g].ways, func(w way) bool {
		return p.chosen.has(w.p) && (w.also < 0 || p.chosen.has(w.also))
	})
}

// search tries the ways of the first group that is not served yet.
func (p *part) search(at, sum, count int) {
	if p.steps++; p.steps >= maxSteps {
		return
	}
	for at < len(p.groups) && p.served(p.groups[at]) {
		at++
	}
	if at == len(p.groups) {
		p.consider(sum, count)
		return
	}
	moreSum, more := p.bound(at)
	if sum+moreSum > p.bestSum || sum+moreSum == p.bestSum && count+more > len(p.best) {
		return
	}
	var tried []int
	for _, w := range p.c.groups[p.groups[at]].ways {
		if p.banned.has(w.p) || w.also >= 0 && p.banned.has(w.also) {
			continue
		}
		s, n := sum, count
		newP, newAlso := !p.chosen.has(w.p), w.also >= 0 && w.also != w.p && !p.chosen.has(w.also)
		if newP {
			p.chosen.add(w.p)
			s, n = s+p.c.level[w.p], n+1
		}
		if newAlso {
			p.chosen.add(w.also)
			s, n = s+p.c.level[w.also], n+1
		}
		p.search(at, s, n)
		if newP {
			p.chosen.drop(w.p)
		}
		if newAlso {
			p.chosen.drop(w.also)
		}
		if newP && w.also < 0 { // every set with it has been looked at
			p.banned.add(w.p)
			tried = append(tried, w.p)
		}
	}
	for _, t := range tried {
		p.banned.drop(t)
	}
}

// bound is what the groups from at on must still cost at least: the cheapest
// way of each of some groups that share no permission.
func (p *part) bound(at int) (sum, count int) {
	c := p.c
	seen := newBitset(len(c.perms))
	for _, g := range p.groups[at:] {
		if c.groups[g].used.meets(seen) || c.groups[g].used.meets(p.chosen) {
			continue
		}
		for i, b := range c.groups[g].used {
			seen[i] |= b
		}
		least := 3 * worstLevel
		for _, w := range c.groups[g].ways {
			l := c.level[w.p]
			if w.also >= 0 && w.also != w.p {
				l += c.level[w.also]
			}
			least = min(least, l)
		}
		sum, count = sum+least, count+1
	}
	return sum, count
}

// consider keeps the chosen permissions if they are better than the best.
func (p *part) consider(sum, count int) {
	if p.found && (sum > p.bestSum || sum == p.bestSum && count > len(p.best)) {
		return
	}
	var now []int
	for i := range p.c.perms {
		if p.chosen.has(i) {
			now = append(now, i)
		}
	}
	if p.found && sum == p.bestSum && count == len(p.best) && slices.Compare(now, p.best) >= 0 {
		return
	}
	p.found, p.best, p.bestSum = true, now, sum
}

// greedy makes a first set, which the search has to beat: the way that serves
// most groups for its level, again and again; then what became superfluous goes.
func (p *part) greedy() {
	c := p.c
	open := slices.Clone(p.groups)
	gain := make([]int, len(c.perms))
	for len(open) > 0 {
		clear(gain)
		for _, g := range open {
			for _, w := range c.groups[g].ways {
				if w.also < 0 || p.chosen.has(w.also) {
					gain[w.p]++
				} else if p.chosen.has(w.p) {
					gain[w.also]++
				}
			}
		}
		best := -1
		for i, n := range gain {
			if n > 0 && (best < 0 || n*c.level[best] > gain[best]*c.level[i]) {
				best = i
			}
		}
		if best < 0 { // only pairs are left
			w := c.groups[open[0]].ways[0]
			p.chosen.add(w.p)
			best = w.also
		}
		p.chosen.add(best)
		open = slices.DeleteFunc(open, p.served)
	}
	for i := len(c.perms) - 1; i >= 0; i-- {
		if p.chosen.has(i) {
			p.chosen.drop(i)
			if slices.ContainsFunc(p.groups, func(g int) bool { return !p.served(g) }) {
				p.chosen.add(i)
			}
		}
	}
	sum := 0
	for i := range c.perms {
		if p.chosen.has(i) {
			sum += c.level[i]
		}
	}
	p.consider(sum, p.chosen.count())
	clear(p.chosen)
}

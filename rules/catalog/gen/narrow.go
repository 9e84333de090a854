package main

import "slices"

// This file tells which of several permissions reaches less far. The source
// often marks both the reading and the writing permission as least privileged
// for a request that only reads: a mark that is true of the documentation page,
// which lists both, and no help to somebody who wants the least.

// reach is what each permission is good for by itself, for one kind.
type reach struct {
	serves map[string][]uint64 // by name: a bit for each request of the map
	all    map[string]int      // by name: how many these are
	writes map[string]int      // and how many of them are PATCH, PUT or DELETE
}

// narrow marks as wide what another permission of the same rank in the same
// set makes superfluous, and notes for each permission without a level the one
// that it is taken for.
func narrow(m *Map, facts Facts) {
	for k := range kinds {
		r := m.reachOf(k)
		for _, t := range m.Templates {
			for method, c := range t.Methods {
				r.mark(c.Sets[k], k, method, facts)
				r.mark(c.Earlier[k], k, method, facts)
			}
		}
		m.assume(k, facts)
	}
}

// reachOf gathers what the permissions of a kind serve by today's map.
func (m *Map) reachOf(kind int) reach {
	r := reach{map[string][]uint64{}, map[string]int{}, map[string]int{}}
	cells := 0
	for _, t := range m.Templates {
		cells += len(t.Methods)
	}
	n := 0
	for _, t := range m.Templates {
		for method, c := range t.Methods {
			for _, p := range c.Sets[kind] {
				if len(p.Also) > 0 {
					continue
				}
				b := r.serves[p.Name]
				if b == nil {
					b = make([]uint64, cells/64+1)
					r.serves[p.Name] = b
				}
				b[n>>6] |= 1 << (n & 63)
				r.all[p.Name]++
				if method == "PATCH" || method == "PUT" || method == "DELETE" {
					r.writes[p.Name]++
				}
			}
			n++
		}
	}
	return r
}

// The ranks within a set, the first that is not empty being the one to choose
// from: what the source marks least privileged and can be asked for in an app
// registration; what it marks and is granted on a resource alone; the rest that
// can be asked for.
const (
	rankLeast = iota
	rankOnResource
	rankOther
	ranks
)

func rankOf(p Perm, f Fact) int {
	askable := f.ID && !f.RSC
	switch {
	case p.Least && askable:
		return rankLeast
	case p.Least:
		return rankOnResource
	case askable:
		return rankOther
	}
	return -1
}

// mark sets Wide in a set.
func (r reach) mark(set Set, kind int, method string, facts Facts) {
	for rank := range ranks {
		var of []int
		for i, p := range set {
			if rankOf(p, facts[p.Name][kind]) == rank {
				of = append(of, i)
			}
		}
		if method != "POST" { // which may read or write
			all := slices.Clone(of)
			of = slices.DeleteFunc(of, func(i int) bool {
				set[i].Wide = slices.ContainsFunc(all, func(o int) bool {
					if method == "GET" {
						return r.reader(set[o], set[i])
					}
					return r.reader(set[i], set[o])
				})
				return set[i].Wide
			})
		}
		for _, i := range of {
			set[i].Wide = slices.ContainsFunc(of, func(o int) bool {
				return r.within(set[o].Name, set[i].Name) || rank == rankOther && r.all[set[o].Name] > 0 && muchLess*r.all[set[o].Name] < r.all[set[i].Name]
			})
		}
	}
}

// reader tells whether a writes less than half as often as b, of what each
// serves by itself: a single slip of the source does not make a writer of a
// reader.
func (r reach) reader(a, b Perm) bool {
	return 2*r.writes[a.Name]*max(1, r.all[b.Name]) < r.writes[b.Name]*max(1, r.all[a.Name])
}

// muchLess is how many times as many requests a permission must serve to be
// wide beside another, where the source marks none of those that can be asked
// for: a team's messages are read by ChannelMessage.Read.All, not Group.Read.All.
const muchLess = 4

// within tells whether a serves only what b serves, and not all of it.
func (r reach) within(a, b string) bool {
	x, y := r.serves[a], r.serves[b]
	if x == nil || y == nil || a == b {
		return false
	}
	more := false
	for i := range x {
		if x[i]&^y[i] != 0 {
			return false
		}
		more = more || y[i]&^x[i] != 0
	}
	return more
}

// worstLevel is what a permission is taken for of which nothing is known.
const worstLevel = 6

// assume gives the permissions without a level the one to reckon with: where
// the source marks one as least privileged, it is no worse than the mildest
// other one that would do.
func (m *Map) assume(kind int, facts Facts) {
	guess := map[string]int{}
	for _, t := range m.Templates {
		for _, c := range t.Methods {
			for _, p := range c.Sets[kind] {
				if facts[p.Name][kind].Level > 0 {
					continue
				}
				g := worstLevel
				for _, o := range c.Sets[kind] {
					if l := facts[o.Name][kind].Level; p.Least && l > 0 {
						g = min(g, l)
					}
				}
				if was, ok := guess[p.Name]; !ok || g < was {
					guess[p.Name] = g
				}
			}
		}
	}
	for name, all := range facts {
		f := &all[kind]
		if f.Reckon = f.Level; f.Level == 0 {
			if f.Reckon = worstLevel; guess[name] > 0 {
				f.Reckon = guess[name]
			}
		}
		facts[name] = all
	}
}

package catalog

import "slices"

// This file looks at all that stands at or below a path: a request of which
// only the beginning is known may be any of it.

// Below lists the permissions of a kind that serve some request at or below a
// path, whatever its method, by name. The path is read as Find reads one; "" is
// the root of the map, and a path that the map lacks gives nothing.
func Below(path string, k Kind) []string {
	var r request
	if path != "" && path != "/" {
		if r.read(path) != "" {
			return nil
		}
	}
	b := below{kind: k, sets: make([]bool, u16(section(secSets))), seen: map[node]bool{}}
	b.reach(&r, root(), 0)
	names := make([]bool, u16(section(secNames)))
	for set, used := range b.sets {
		if used && set > 0 {
			from, to := setAt(set)
			eachPermission(from, to, func(v, _ int) { names[v&^flags13] = true })
		}
	}
	var out []string
	for i, used := range names {
		if used {
			out = append(out, permissionName(i))
		}
	}
	slices.SortFunc(out, compareFold)
	return out
}

type below struct {
	kind Kind
	sets []bool
	seen map[node]bool // subtrees are shared
}

// reach follows a path by every reading, literal and key, to where it ends.
func (b *below) reach(r *request, at node, i int) {
	if i == r.n {
		b.all(at)
		return
	}
	if c, ok := at.search(r.bytes(r.toks[i].text)); ok {
		b.reach(r, childNode(c), i+1)
	}
	if k := at.key(); k != 0 {
		b.reach(r, k, i+1)
	}
}

// all takes the sets of a whole subtree.
func (b *below) all(at node) {
	if b.seen[at] {
		return
	}
	b.seen[at] = true
	if t := at.table(); t != 0 {
		from, to := tableAt(t)
		for e := from; e < to; e += entrySize {
			if bin[e]&entryEarlier == 0 {
				b.sets[u16(e+1+2*int(b.kind))] = true
			}
		}
	}
	if k := at.key(); k != 0 {
		b.all(k)
	}
	base, n := at.children()
	for c := base; c < base+n*childSize; c += childSize {
		b.all(childNode(c))
	}
}

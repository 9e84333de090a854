package catalog

import "slices"

// Needs is what one kind of caller needs for a request, by the map.
type Needs struct {
	Known     bool                // the map has the request; without it nothing here says anything
	Supported bool                // the kind can make the request at all
	Least     []string            // the least privileged permissions, as the map marks them, Narrowest first; may be empty
	Narrowest []string            // of Least, those that no other of them makes superfluous
	Any       []string            // all that suffice, one of them: Narrowest first, then by level, then by name
	Also      map[string][]string // for some of Any: one of these is needed as well
}

// Needs tells what a kind of caller needs for the matched request: by the map,
// but for what has ended since (facts/ended.tsv). For a match that is no match
// (How none, MethodMissing) it is the zero Needs, which nothing suffices for.
func (m Match) Needs(k Kind) Needs {
	if m.entry == 0 || k > Personal {
		return Needs{}
	}
	if _, ok := m.Ended(k); ok {
		return Needs{Known: true}
	}
	return needsOf(u16(m.entry + 1 + 2*int(k)))
}

// Set numbers what a kind needs for the request: requests with the same number
// have the same Needs; 0 where the map says that the kind is not supported or
// says nothing.
func (m Match) Set(k Kind) int {
	if m.entry == 0 || k > Personal {
		return 0
	}
	if _, ok := m.Ended(k); ok {
		return 0
	}
	return u16(m.entry + 1 + 2*int(k))
}

// Earlier tells what an earlier edition of the map had for a kind that today's
// has not. It is an argument for doubt, never for certainty.
func (m Match) Earlier(k Kind) Needs {
	if m.entry == 0 || k > Personal || m.Lost {
		return Needs{}
	}
	method := bin[m.entry] & entryMethods
	bit, _ := methodBit(m.Method)
	from, to := tableAt(m.table)
	for at := from; at < to; at += entrySize {
		if bin[at]&entryEarlier != 0 && bin[at]&method&bit != 0 {
			n := needsOf(u16(at + 1 + 2*int(k)))
			n.Known = n.Supported
			return n
		}
	}
	return Needs{}
}

// needsOf reads a numbered set; 0 is the kind that is not supported.
func needsOf(set int) Needs {
	n := Needs{Known: true}
	if set == 0 {
		return n
	}
	n.Supported = true
	from, to := setAt(set)
	count, least, narrow := 0, 0, 0
	eachPermission(from, to, func(v, _ int) {
		count++
		if v&flagLeast != 0 {
			least++
			if v&flagWide == 0 {
				narrow++
			}
		}
	})
	n.Any = make([]string, 0, count)
	if least > narrow {
		n.Least = make([]string, 0, least)
	}
	eachPermission(from, to, func(v, also int) {
		name := permissionName(v &^ flags13)
		n.Any = append(n.Any, name)
		if v&flagLeast != 0 && least > narrow {
			n.Least = append(n.Least, name)
		}
		if also == 0 {
			return
		}
		if n.Also == nil {
			n.Also = map[string][]string{}
		}
		for i := range int(bin[also]) {
			n.Also[name] = append(n.Also[name], permissionName(u16(also+1+2*i)))
		}
	})
	n.Narrowest = n.Any[:narrow:narrow] // they stand first
	if least == narrow {
		n.Least = n.Narrowest
	}
	return n
}

// eachPermission calls f with the flags and number of each permission of a
// set, and the place of the list of those needed as well, 0 if there is none.
func eachPermission(from, to int, f func(v, also int)) {
	for at := from; at < to; {
		v := u16(at)
		at += 2
		if v&flagAlso == 0 {
			f(v, 0)
			continue
		}
		f(v, at)
		at += 1 + 2*int(bin[at])
	}
}

// Suffices tells by which permission, with what it needs as well, the held ones
// are enough. Case does not matter; the least privileged is named.
func (n Needs) Suffices(held []string) (by string, ok bool) {
	for _, p := range n.Any {
		if holds(held, p) && n.completes(p, held) {
			return p, true
		}
	}
	return "", false
}

// completes tells whether what p needs as well is held.
func (n Needs) completes(p string, held []string) bool {
	also := n.Also[p]
	return len(also) == 0 || slices.ContainsFunc(also, func(a string) bool { return holds(held, a) })
}

// Missing lists the ways to enough, each the permissions to add to the held
// ones: fewest first, then in the order of Any. It is empty where the held ones
// suffice, and where the request is unknown or the kind not supported.
func (n Needs) Missing(held []string) [][]string {
	if _, ok := n.Suffices(held); ok || !n.Supported {
		return nil
	}
	var out [][]string
	for _, p := range n.Any {
		var add []string
		if !holds(held, p) {
			add = append(add, p)
		}
		if n.completes(p, held) {
			out = append(out, add)
			continue
		}
		for _, a := range n.Also[p] {
			out = append(out, append(slices.Clone(add), a))
		}
	}
	slices.SortStableFunc(out, func(a, b []string) int { return len(a) - len(b) })
	return out
}

func holds(held []string, name string) bool {
	return slices.ContainsFunc(held, func(h string) bool { return len(h) == len(name) && compareFold(h, name) == 0 })
}

package main

import (
	"fmt"
	"slices"
	"strings"
)

// The form of catalog.bin, all numbers little-endian:
//
//	0   "GDC3"
//	4   8 offsets of 4 bytes: names, segments, sets, tables, nodes, root (from nodes), hosts, source
//	names     u16 n; (n+1) u16 offsets into the pool; n*3 bytes of facts, one a kind; pool
//	segments  u16 n; (n+1) u24 offsets into the pool; pool: spellings, sorted by fold
//	sets      u16 n; (n+1) u16 offsets; entries: u16 name | 1<<15 least | 1<<14 also | 1<<13 wide; then u8 n, n u16 names
//	tables    u16 n; (n+1) u24 offsets; entries: u8 methods | flags, 3 u16 set numbers (0: not supported)
//	nodes     u16 table (0: none); u16 children | 1<<15 key child; [u24 key child]; children: u16 segment, u24 node
//	hosts     u8 n; the hosts of Microsoft Graph; each u8 length and text
//	source    name, commit, date; each u8 length and text
//
// Nodes are shared: equal subtrees stand once.
const (
	magic = "GDC3"

	flagLeast = 1 << 15
	flagAlso  = 1 << 14
	flagWide  = 1 << 13
	flagKey   = 1 << 15

	entryEarlier = 1 << 5 // of an earlier edition only
	entryErrata  = 1 << 6

	factRSC    = 1 << 3 // resource-specific consent
	factID     = 1 << 4 // the permission has an id: it can be asked for
	factReckon = 5      // shift of the level to reckon with
)

// methods in the order of their bits.
var methods = []string{"GET", "POST", "PUT", "PATCH", "DELETE"}

type packer struct {
	facts  Facts
	names  map[string]int
	setIDs map[string]int
	sets   []string
	tabIDs map[string]int
	tabs   []string
	segs   map[string]int
	nodes  strings.Builder
	nodeAt map[string]int
}

// trie is a node before packing.
type trie struct {
	lit map[string]*trie
	key *trie
	own *Template
}

func pack(m *Map, facts Facts, hosts []string, from Origin) ([]byte, error) {
	p := &packer{facts: facts, names: map[string]int{}, setIDs: map[string]int{}, tabIDs: map[string]int{}, segs: map[string]int{}, nodeAt: map[string]int{}}
	root := &trie{lit: map[string]*trie{}}
	ids := make([]string, 0, len(m.Templates))
	for id := range m.Templates {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	var names []string
	for _, id := range ids {
		t := m.Templates[id]
		root.insert(t)
		for _, c := range t.Methods {
			for k := range kinds {
				for _, q := range append(slices.Clone(c.Sets[k]), c.Earlier[k]...) {
					names = append(append(names, q.Name), q.Also...)
				}
			}
		}
	}
	root.alias()
	slices.SortFunc(names, func(a, b string) int {
		if c := strings.Compare(fold(a), fold(b)); c != 0 {
			return c
		}
		return strings.Compare(a, b)
	})
	names = slices.Compact(names)
	for i, n := range names {
		p.names[n] = i
	}
	var segs []string
	collect(root, map[string]bool{}, &segs)
	slices.Sort(segs)
	for i, s := range segs {
		p.segs[s] = i
	}
	top, err := p.node(root)
	if err != nil {
		return nil, err
	}

	shown := make([]string, len(segs))
	for i, s := range segs {
		if shown[i] = m.Spelling[s]; shown[i] == "" {
			shown[i] = s
		}
	}
	parts := []string{
		p.packNames(names),
		pool(shown, 3),
		pool(append([]string{""}, p.sets...), 2),
		pool(append([]string{""}, p.tabs...), 3),
		p.nodes.String(),
		u(len(hosts), 1) + strings.Join(texts(hosts), ""),
		text(from.Name) + text(from.Commit) + text(from.Date),
	}
	if len(names) >= flagWide || len(p.sets) >= 1<<16-1 || len(p.tabs) >= 1<<16-1 || len(segs) >= 1<<16 || len(parts[4]) >= 1<<24 {
		return nil, fmt.Errorf("the map has outgrown its form: %d names, %d sets, %d tables, %d segments, %d bytes of nodes", len(names), len(p.sets), len(p.tabs), len(segs), len(parts[4]))
	}
	var out strings.Builder
	out.WriteString(magic)
	at := len(magic) + 8*4
	var offsets []int
	for _, s := range parts {
		offsets = append(offsets, at)
		at += len(s)
	}
	for _, o := range []int{offsets[0], offsets[1], offsets[2], offsets[3], offsets[4], top, offsets[5], offsets[6]} {
		out.WriteString(u(o, 4))
	}
	for _, s := range parts {
		out.WriteString(s)
	}
	return []byte(out.String()), nil
}

func (t *trie) insert(own *Template) {
	for _, s := range own.Segments {
		if s == key {
			if t.key == nil {
				t.key = &trie{lit: map[string]*trie{}}
			}
			t = t.key
			continue
		}
		next := t.lit[s]
		if next == nil {
			next = &trie{lit: map[string]*trie{}}
			t.lit[s] = next
		}
		t = next
	}
	t.own = own
}

// alias lets a function that the source lists with its namespace be found
// without it, as Graph itself allows, where no segment of that name stands.
func (t *trie) alias() {
	for _, s := range slices.Sorted(mapKeys(t.lit)) {
		t.lit[s].alias()
		if i := strings.LastIndexByte(s, '.'); i > 0 && strings.HasPrefix(s, "microsoft.") {
			if short := s[i+1:]; t.lit[short] == nil {
				t.lit[short] = t.lit[s]
			}
		}
	}
	if t.key != nil {
		t.key.alias()
	}
}

func collect(t *trie, seen map[string]bool, segs *[]string) {
	for s, next := range t.lit {
		if !seen[s] {
			seen[s] = true
			*segs = append(*segs, s)
		}
		collect(next, seen, segs)
	}
	if t.key != nil {
		collect(t.key, seen, segs)
	}
}

// node writes a node below its children and returns its place.
func (p *packer) node(t *trie) (int, error) {
	table, err := p.table(t.own)
	if err != nil {
		return 0, err
	}
	n := len(t.lit)
	keyPart := ""
	if t.key != nil {
		at, err := p.node(t.key)
		if err != nil {
			return 0, err
		}
		keyPart = u(at, 3)
		n |= flagKey
	}
	var b strings.Builder
	b.WriteString(u(table, 2) + u(n, 2) + keyPart)
	for _, s := range slices.Sorted(mapKeys(t.lit)) {
		at, err := p.node(t.lit[s])
		if err != nil {
			return 0, err
		}
		b.WriteString(u(p.segs[s], 2) + u(at, 3))
	}
	if at, ok := p.nodeAt[b.String()]; ok {
		return at, nil
	}
	at := p.nodes.Len()
	p.nodeAt[b.String()] = at
	p.nodes.WriteString(b.String())
	return at, nil
}

// table numbers the methods of a template and what they need.
func (p *packer) table(t *Template) (int, error) {
	if t == nil || len(t.Methods) == 0 {
		return 0, nil
	}
	masks := map[string]int{}
	for i, method := range methods {
		c := t.Methods[method]
		if c == nil {
			continue
		}
		flag := 0
		if c.Errata {
			flag = entryErrata
		}
		for _, e := range []struct {
			sets [kinds]Set
			flag int
		}{{c.Sets, flag}, {c.Earlier, entryEarlier}} {
			if e.sets[0] == nil && e.sets[1] == nil && e.sets[2] == nil {
				continue
			}
			ids := ""
			for k := range kinds {
				ids += u(p.set(k, e.sets[k]), 2)
			}
			masks[ids+u(e.flag, 1)] |= 1 << i
		}
	}
	for method := range t.Methods {
		if !slices.Contains(methods, method) {
			return 0, fmt.Errorf("unknown method %q", method)
		}
	}
	var b strings.Builder
	for _, ids := range slices.Sorted(mapKeys(masks)) {
		b.WriteString(u(masks[ids]|int(ids[6]), 1) + ids[:6])
	}
	if b.Len() == 0 {
		return 0, nil
	}
	return number(b.String(), p.tabIDs, &p.tabs), nil
}

// set numbers a set of a kind, in the order in which it is told: first the least
// that no other makes superfluous, then by privilege level (unknown last), then
// by name.
func (p *packer) set(kind int, s Set) int {
	if s == nil {
		return 0
	}
	s = slices.Clone(s)
	level := func(name string) int {
		if l := p.facts[name][kind].Level; l > 0 {
			return l
		}
		return 9
	}
	slices.SortFunc(s, func(a, b Perm) int {
		switch x, y := a.Least && !a.Wide, b.Least && !b.Wide; {
		case x && !y:
			return -1
		case y && !x:
			return 1
		case level(a.Name) != level(b.Name):
			return level(a.Name) - level(b.Name)
		}
		return p.names[a.Name] - p.names[b.Name]
	})
	var b strings.Builder
	for _, q := range s {
		n := p.names[q.Name]
		if q.Least {
			n |= flagLeast
		}
		if q.Wide {
			n |= flagWide
		}
		if len(q.Also) > 0 {
			n |= flagAlso
		}
		b.WriteString(u(n, 2))
		if len(q.Also) > 0 {
			b.WriteString(u(len(q.Also), 1))
			for _, a := range q.Also {
				b.WriteString(u(p.names[a], 2))
			}
		}
	}
	return number(b.String(), p.setIDs, &p.sets)
}

func (p *packer) packNames(names []string) string {
	var facts strings.Builder
	for _, n := range names {
		for k := range kinds {
			f := p.facts[n][k]
			v := f.Level | f.Reckon<<factReckon
			if f.RSC {
				v |= factRSC
			}
			if f.ID {
				v |= factID
			}
			facts.WriteByte(byte(v))
		}
	}
	s := pool(names, 2)
	head := 2 + 2*(len(names)+1)
	return s[:head] + facts.String() + s[head:]
}

// number returns the number of a text, from 1.
func number(s string, ids map[string]int, all *[]string) int {
	id, ok := ids[s]
	if !ok {
		*all = append(*all, s)
		id = len(*all)
		ids[s] = id
	}
	return id
}

// pool writes a count, offsets of width bytes and the texts.
func pool(all []string, width int) string {
	var head, body strings.Builder
	head.WriteString(u(len(all), 2))
	for _, s := range all {
		head.WriteString(u(body.Len(), width))
		body.WriteString(s)
	}
	head.WriteString(u(body.Len(), width))
	if body.Len() >= 1<<(8*width) {
		panic("pool too large for its offsets")
	}
	return head.String() + body.String()
}

func text(s string) string { return u(len(s), 1) + s }

func texts(all []string) []string {
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = text(s)
	}
	return out
}

// u writes n in width bytes, little-endian.
func u(n, width int) string {
	b := make([]byte, width)
	for i := range b {
		b[i] = byte(n >> (8 * i))
	}
	return string(b)
}

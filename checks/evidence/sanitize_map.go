package evidence

import "strings"

// A Mapping tells the sender what the stand-ins of a copy stand for. It holds
// no token and no secret.
type Mapping struct {
	Key      []byte         // makes the same stand-ins again
	Pairs    []Pair         // in the order in which they were met, each once
	Dropped  int            // replacements that found the list full
	Replaced map[string]int // how often something of a kind was replaced

	seen map[string]bool // stand-ins
	most int
}

// A Pair is an original and its stand-in. Kind is guid, mail, host, address,
// account, name, site or phone.
type Pair struct {
	Kind     string `json:"kind"`
	Original string `json:"original"`
	StandIn  string `json:"standIn"`
}

func (m *Mapping) add(kind, original, standIn string) {
	if m.seen[standIn] {
		return
	}
	most := m.most
	if most == 0 {
		most = DefaultPairs
	}
	if len(m.Pairs) >= most {
		m.Dropped++
		return
	}
	if m.seen == nil {
		m.seen = map[string]bool{}
	}
	p := Pair{kind, strings.Clone(original), strings.Clone(standIn)}
	m.seen[p.StandIn] = true
	m.Pairs = append(m.Pairs, p)
}

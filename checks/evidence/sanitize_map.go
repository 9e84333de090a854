package evidence

import "strings"

// A Mapping tells the sender what the stand-ins of a copy stand for. It holds
// no token and no secret.
type Mapping struct {
	Key      []byte         // makes the same stand-ins again
	Pairs    []Pair         // in the order in which they were met, each once
	Dropped  int            // pairs that were not kept, since there were too many
	Replaced map[string]int // how often something of a kind was replaced

	seen map[Pair]bool
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
	p := Pair{kind, original, standIn}
	if m.seen[p] {
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
		m.seen = map[Pair]bool{}
	}
	p = Pair{kind, strings.Clone(original), strings.Clone(standIn)}
	m.seen[p] = true
	m.Pairs = append(m.Pairs, p)
}

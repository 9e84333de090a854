package catalog

import "strings"

// How says how sure a match is.
type How string

const (
	// Exact: a template of the map, read as OData allows.
	Exact How = "exact"
	// Tail: found without its last $value, $count, $ref or delta.
	Tail How = "tail"
	// Cast: found without a type cast, or by another address of the same item
	// (aliases.tsv: root:/path: for items/{id}).
	Cast How = "cast"
	// Me: the map has /me for /users/{id} or the reverse; sets and kinds may differ.
	Me How = "me"
	// Lost: only an earlier edition of the map has it.
	Lost How = "lost"
	// Parent: the map has only what stands above it: a guess.
	Parent How = "parent"
	// None: not in the map. That never means that no permission is needed.
	None How = "none"
)

// Match is where a request stands in the map.
type Match struct {
	Template string // "/users/{id}/messages", as the map spells it; empty if How is none
	Method   string // the method asked for, upper case; HEAD is told as GET
	How      How
	Version  string // "v1.0", "beta" or "" as the URL has it; the map itself knows no versions
	Host     string // lower case; empty if the URL has none
	API      string // where the host is another API's: that API's name
	Why      string // with How none: what is wrong with the request, in words

	As            string   // where the request was looked up as another method of Template: that method
	Via           string   // with How cast: why Template stands for the request, in words, from aliases.tsv
	MethodMissing bool     // the template is there, the method is not: nothing is known of it
	Methods       []string // with MethodMissing: the methods that the template has
	Lost          bool     // rests on an earlier edition of the map (lost.txt)
	Errata        bool     // rests on errata.txt: added or changed by hand, with its reason there

	table, entry int // places in catalog.bin; 0 none
}

// methodNames in the order of their bits.
var methodNames = [...]string{"GET", "POST", "PUT", "PATCH", "DELETE"}

// methodBit is the bit of a method in any case, and the name to tell; 0 for
// what is no method of Graph.
func methodBit(m string) (byte, string) {
	m = strings.TrimSpace(m)
	if len(m) == 4 && compareFold(m, "head") == 0 {
		return 1, methodNames[0]
	}
	for i, name := range methodNames {
		if len(m) == len(name) && compareFold(m, name) == 0 {
			return 1 << i, name
		}
	}
	return 0, strings.ToUpper(m)
}

// Find looks a request up. The URL may be whole or begin at the version or
// after it; /me, keys in slashes or parentheses, functions, casts, drive paths
// and the placeholders that people write ({id}, <id>, :id) are understood.
// Find never fails: what it cannot place has How none and a reason in Why.
func Find(method, url string) Match {
	var r request
	m := Match{How: None}
	problem := r.read(url)
	m.Version, m.Host = r.version, r.host
	var bit byte
	if bit, m.Method = methodBit(method); bit == 0 {
		m.Why = "unknown method " + quote(m.Method)
		return m
	}
	if r.host != "" && !isGraphHost(r.host) {
		if res, ok := ResourceByHost(r.host); ok {
			m.API, m.Why = res.Name, r.host+" is "+res.Name+", not Microsoft Graph"
		} else {
			m.Why = r.host + " is no host of Microsoft Graph"
		}
		return m
	}
	if problem != "" {
		m.Why = "the URL " + problem
		return m
	}
	w := walk{r: &r, toks: r.toks[:r.n], mask: bit}
	if w.find() {
		m.fill(&w, Exact)
		return m
	}
	m.search(url, bit)
	return m
}

// quote shows a short piece of input; the rest of it is cut off.
func quote(s string) string {
	if len(s) > 20 {
		s = s[:20] + "..."
	}
	return `"` + s + `"`
}

// isGraphHost tells whether a folded host is one of Microsoft Graph's, in any cloud.
func isGraphHost(h string) bool {
	at := section(secHosts)
	n := int(bin[at])
	at++
	for range n {
		var s string
		if s, at = textAt(at); s == h {
			return true
		}
	}
	return false
}

func (m *Match) fill(w *walk, how How) {
	m.How, m.Template, m.entry, m.table = how, w.template(), w.entry, w.table
	flags := bin[w.entry]
	m.Lost, m.Errata = flags&entryEarlier != 0, flags&entryErrata != 0
	if m.Lost {
		m.How = Lost
	}
}

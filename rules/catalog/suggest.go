package catalog

import (
	"slices"
	"strings"
)

// maxSuggestions bounds the answer of Suggest.
const maxSuggestions = 5

// Suggest names the permissions that a misspelt name may mean, the likeliest
// first: other case, a missing or superfluous .All, two letters or so amiss. A
// name that reads is never suggested for one that writes, nor the reverse;
// empty if nothing is near, or the name is right as it stands.
func Suggest(name string) []string {
	name = strings.TrimSpace(name)
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		name = name[i+1:] // https://graph.microsoft.com/User.Read
	}
	if len(name) < 3 || len(name) > 100 {
		return nil
	}
	type guess struct {
		name string
		far  int
	}
	var near []guess
	folded, last := strings.ToLower(name), ""
	for r := range rows(permissions) {
		have := r.first()
		if have == last {
			continue
		}
		last = have
		if have == name {
			return nil
		}
		far := apart(folded, strings.ToLower(have))
		if far >= 0 && verb(have) == verb(name) || far >= 0 && far < 3 && verb(name) == "" {
			near = append(near, guess{have, far})
		}
	}
	slices.SortStableFunc(near, func(a, b guess) int { return a.far - b.far })
	var out []string
	for _, g := range near {
		if g.far > 2*near[0].far+1 || len(out) == maxSuggestions {
			break
		}
		out = append(out, g.name)
	}
	return out
}

// verb is what a permission lets do, as far as its name tells: "read",
// "readbasic", "readwrite", ...; "" for words that are not of the usual ones.
func verb(name string) string {
	for part := range strings.SplitSeq(strings.ToLower(name), ".") {
		switch part {
		case "read", "readbasic", "readwrite", "write", "create", "send", "manage", "fullcontrol":
			return part
		}
	}
	return ""
}

// apart is how far two folded names are from each other, in letters; less than
// 0 if too far to be meant. A missing .all counts as one letter, and so do
// separators left out.
func apart(a, b string) int {
	if a == b {
		return 0
	}
	extra := 0
	if x, y := strings.TrimSuffix(a, ".all"), strings.TrimSuffix(b, ".all"); (x == a) != (y == b) {
		a, b, extra = x, y, 1
		if a == b {
			return 1
		}
	}
	most := min(3, len(a)/4)
	if d := len(a) - len(b); d > most || -d > most {
		return -1
	}
	d := edits(a, b, most)
	if d < 0 {
		return -1
	}
	return d + extra
}

// edits counts the letters to add, drop, change or swap to make a of b; less
// than 0 if they are more than most.
func edits(a, b string, most int) int {
	var room [3][104]int
	before, last, next := room[0][:len(b)+1], room[1][:len(b)+1], room[2][:len(b)+1]
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		next[0] = i + 1
		least := next[0]
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next[j+1] = min(last[j]+cost, last[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
			least = min(least, next[j+1])
		}
		if least > most {
			return -1
		}
		before, last, next = last, next, before
	}
	if last[len(b)] > most {
		return -1
	}
	return last[len(b)]
}

package checks

import (
	"bytes"
	"slices"
	"sync"
	"time"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file counts failures that are alike without examining each in full. The
// first of a pattern is examined, and so is the first of every other subject;
// of the rest only count, places, times and apps are new. Those are kept beside
// and added at the end.

// maxVariants bounds what one worker keeps beside.
const maxVariants = 2048

type alikes struct {
	open     []*alike // those whose variants this tally adds
	variants int
}

// An alike is what was learnt from the first record of a pattern. All workers
// share it, so that each pattern is examined once and not once by each.
type alike struct {
	mu       sync.Mutex
	learnt   bool
	open     bool  // a tally has it among its open ones
	each     bool  // records of this pattern differ in a way that is not understood
	when     []int // by case: which of the record's moments is the case's; -1 it has none
	app      []int // by case: which of its names is the app; -1 it is none of them
	subjects []int // names that stand in a subject, or that a rule looked at
	variants map[string]*variant
}

// A variant is all records of a pattern that have the same subjects.
type variant struct {
	n      int   // records that were not examined in full
	failed int64 // cases of a record that failed
	cases  []tallied
}

// tallied is what one case of a variant's records adds up to.
type tallied struct {
	failed      bool
	found       []Finding
	nodes       []node // of found and what hangs beneath, in preorder
	first, last time.Time
	apps        map[string]bool
}

// A node is one finding. The words of findings that merge are those of the one
// whose witness stands first, so that a record with an earlier one is examined
// in full, whichever worker met it.
type node struct {
	home   int            // line of the record where the first witness stands
	least  evidence.Place // the first home of those that were examined
	lines  []int          // of the record, where the finding stands
	places []evidence.Place
}

// addAlike takes down one more record of a pattern.
func (t *Tally) addAlike(l *evidence.Like) {
	a := l.Pattern.Memo(func() any { return &alike{variants: map[string]*variant{}} }).(*alike)
	if a.add(t, l) {
		for _, c := range l.Cases() {
			t.examine(c)
		}
	}
	if t.like.variants > maxVariants {
		t.settle()
	}
}

// add counts a record, or learns from it; each: it is to be examined for itself.
func (a *alike) add(t *Tally, l *evidence.Like) (each bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.each {
		return true
	}
	v := a.variants[string(a.key(l))]
	if v == nil || v.before(l) {
		t.learn(a, v, l)
		return false
	}
	v.n++
	t.met(v.failed)
	for i := range v.cases {
		v.cases[i].add(l, a.when[i], a.app[i])
	}
	return false
}

// before tells whether a record's witnesses stand before those that were
// examined.
func (v *variant) before(l *evidence.Like) bool {
	for i := range v.cases {
		for _, n := range v.cases[i].nodes {
			if comparePlace(l.Place(n.home), n.least) < 0 {
				return true
			}
		}
	}
	return false
}

// key tells the variants of a pattern apart.
func (a *alike) key(l *evidence.Like) []byte {
	var key []byte
	for _, i := range a.subjects {
		key = append(append(key, l.Name(i)...), 0)
	}
	return key
}

// learn examines a record in full and remembers what it came to. old is what was
// learnt of its variant so far, from a record that stands behind it.
func (t *Tally) learn(a *alike, old *variant, l *evidence.Like) {
	v := &variant{}
	first := !a.learnt
	a.learnt = true
	asked := false
	for i, c := range l.Cases() {
		own := c.When
		found, sound := t.examine(c)
		asked = asked || c.AgentAsked()
		when, known := moment(l, own)
		if !sound || !known || !first && i >= len(a.when) {
			a.each = true
		}
		if first {
			a.when = append(a.when, when)
			a.app = append(a.app, nameIn(l, c.AppID()))
		}
		one, whole := newTallied(c.Failed, found, l)
		a.each = a.each || !whole
		v.cases = append(v.cases, one)
		if c.Failed {
			v.failed++
		}
	}
	if first {
		a.subjects = subjectNames(l, v)
		if k := l.Agent(); asked && k >= 0 && !slices.Contains(a.subjects, k) {
			a.subjects = append(a.subjects, k)
		}
	}
	if old != nil {
		a.each = a.each || !old.reword(v)
		return
	}
	if a.each {
		return
	}
	t.like.variants++
	if !a.open {
		a.open = true
		t.like.open = append(t.like.open, a)
	}
	a.variants[string(a.key(l))] = v
}

// reword takes over the words of a record that stands before the others; same
// is false where it came to other findings.
func (v *variant) reword(o *variant) (same bool) {
	if len(v.cases) != len(o.cases) {
		return false
	}
	for i := range v.cases {
		a, b := &v.cases[i], &o.cases[i]
		if len(a.nodes) != len(b.nodes) || len(a.found) != len(b.found) {
			return false
		}
		for k := range a.nodes {
			if comparePlace(b.nodes[k].least, a.nodes[k].least) < 0 {
				a.nodes[k].least = b.nodes[k].least
			}
		}
		a.found = b.found
	}
	return true
}

// moment finds which of the record's moments a case took. Two equal ones are
// equal in every record of the pattern, so the first will do.
func moment(l *evidence.Like, m evidence.Moment) (int, bool) {
	if m.IsZero() || m.Ref.Origin == evidence.FromClock {
		return -1, true
	}
	for i := 0; ; i++ {
		at, ok := l.Time(i)
		if !ok {
			return -1, false
		}
		if at.Equal(m.Time) {
			return i, true
		}
	}
}

// nameIn finds which of the record's names a text is.
func nameIn(l *evidence.Like, text string) int {
	for i := 0; text != ""; i++ {
		n := l.Name(i)
		if n == nil {
			break
		}
		if string(n) == text {
			return i
		}
	}
	return -1
}

// subjectNames finds the names that stand in the subjects of findings.
func subjectNames(l *evidence.Like, v *variant) (used []int) {
	var subjects []byte
	var gather func([]Finding)
	gather = func(fs []Finding) {
		for _, f := range fs {
			subjects = append(append(subjects, bytes.ToLower([]byte(f.Subject))...), '\n')
			gather(f.Explained)
		}
	}
	for _, c := range v.cases {
		gather(c.found)
	}
	for i := 0; ; i++ {
		n := l.Name(i)
		if n == nil {
			return used
		}
		if bytes.Contains(subjects, bytes.ToLower(n)) {
			used = append(used, i)
		}
	}
}

// newTallied starts counting; whole is false where a finding stands outside the
// record.
func newTallied(failed bool, found []Finding, l *evidence.Like) (c tallied, whole bool) {
	c, whole = tallied{failed: failed, found: found, apps: map[string]bool{}}, true
	var walk func([]Finding)
	walk = func(fs []Finding) {
		for _, f := range fs {
			at := home(f)
			n := node{home: l.Nth(at), least: at}
			whole = whole && n.home >= 0
			for _, p := range f.Places {
				at := l.Nth(p)
				whole = whole && at >= 0
				n.lines = append(n.lines, at)
			}
			c.nodes = append(c.nodes, n)
			walk(f.Explained)
		}
	}
	walk(found)
	return c, whole
}

// add counts one more record.
func (c *tallied) add(l *evidence.Like, when, app int) {
	if at, ok := l.Time(when); when >= 0 && ok {
		c.first, c.last = earliest(c.first, at), latest(c.last, at)
	}
	if app >= 0 {
		if name := l.Name(app); !c.apps[string(name)] {
			c.apps[string(name)] = true
		}
	}
	for i := range c.nodes {
		n := &c.nodes[i]
		for _, line := range n.lines {
			n.places = keep(n.places, l.Place(line))
		}
	}
}

// keep keeps the first places.
func keep(list []evidence.Place, p evidence.Place) []evidence.Place {
	if len(list) == keptPlaces && comparePlace(p, list[keptPlaces-1]) >= 0 {
		return list
	}
	return mergePlaces(list, []evidence.Place{p}, keptPlaces)
}

// settle adds what was kept beside to the findings.
func (t *Tally) settle() {
	for _, a := range t.like.open {
		a.mu.Lock()
		for _, v := range a.variants {
			t.fold(a, v)
		}
		clear(a.variants)
		a.open = false
		a.mu.Unlock()
	}
	t.like = alikes{}
}

// fold adds a variant's records: the findings of the one that was examined,
// with the counts of the others.
func (t *Tally) fold(a *alike, v *variant) {
	if v.n == 0 {
		return
	}
	for i, c := range v.cases {
		t.d.Examined += v.n
		if c.failed {
			t.d.Cases += v.n
		}
		var apps []string
		for name := range c.apps {
			apps = append(apps, name)
		}
		next := 0
		var copied func([]Finding) []Finding
		copied = func(fs []Finding) []Finding {
			fs = slices.Clone(fs)
			for k := range fs {
				f := &fs[k]
				f.Count *= v.n
				f.Places = c.nodes[next].places
				if f.First, f.Last = c.first, c.last; a.when[i] < 0 {
					f.First, f.Last = time.Time{}, time.Time{}
				}
				if a.app[i] >= 0 {
					f.Apps = mergeSorted(apps, nil)
				}
				next++
				f.Explained = copied(f.Explained)
			}
			return fs
		}
		for _, f := range copied(c.found) {
			t.take(f)
		}
	}
	v.n = 0
}

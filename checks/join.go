package checks

import "slices"

// This file merges diagnoses, as `graphdoctor merge` and engines on many
// machines do.

// Merge returns the diagnosis of what two diagnoses were made from, as if all of
// it had been examined together. It is associative and commutative; neither
// argument changes. Nil stands for the diagnosis of nothing.
func Merge(a, b *Diagnosis) *Diagnosis {
	t := NewTally(nil, Options{})
	for _, d := range []*Diagnosis{a, b} {
		if d == nil {
			continue
		}
		for _, f := range unhung(d) {
			t.take(f)
		}
		t.d.add(d)
	}
	return t.Diagnosis()
}

// unhung undoes the last ranking: what was found apart from its cause stands for
// itself again.
func unhung(d *Diagnosis) (out []Finding) {
	var lift func(f Finding) Finding
	lift = func(f Finding) Finding {
		var beside []Finding
		for _, e := range f.Explained {
			apart := e.Apart
			e.Apart = false
			e = lift(e)
			if apart {
				out = append(out, e)
			} else {
				beside = append(beside, e)
			}
		}
		f.Explained = beside
		return f
	}
	for _, f := range slices.Clone(d.Findings) {
		out = append(out, lift(f))
	}
	return out
}

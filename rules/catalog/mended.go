package catalog

import (
	_ "embed"
	"slices"
	"strings"
)

//go:embed errata.txt
var errata string

// Mended tells why errata.txt changed what the source says of a request; "" if
// it did not.
func (m Match) Mended() string {
	if !m.Errata {
		return ""
	}
	method := m.Method
	if m.As != "" {
		method = m.As
	}
	for r := range rows(errata) {
		if op := r.first(); op == "mend" || op == "rename" || !slices.Contains(strings.Split(r.cell(1), ","), method) {
			continue
		}
		if sameTemplate(byKey(r.cell(2)), byKey(m.Template)) {
			return r.cell(5) + " (" + r.cell(6) + ")"
		}
	}
	return ""
}

// sameTemplate compares templates whatever their keys are called.
func sameTemplate(a, b string) bool {
	for a != "" && b != "" {
		if a[0] == '{' && b[0] == '{' {
			i, j := strings.IndexByte(a, '}'), strings.IndexByte(b, '}')
			if i < 0 || j < 0 {
				return false
			}
			a, b = a[i+1:], b[j+1:]
			continue
		}
		if lower(a[0]) != lower(b[0]) {
			return false
		}
		a, b = a[1:], b[1:]
	}
	return a == b
}

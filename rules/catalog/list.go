package catalog

// This file lists what the tables hold, for tests and generators that go
// through all of it.

// Codes returns the number of every sign-in error in facts/aadsts.tsv.
func Codes() []string {
	var out []string
	for r := range rows(aadsts) {
		out = append(out, r.first())
	}
	return out
}

// DefenderCodes returns every code in facts/defender-errors.tsv.
func DefenderCodes() []string {
	var out []string
	for r := range rows(defenderErrors) {
		out = append(out, r.cell(0))
	}
	return out
}

// AllGraphErrors returns every row of facts/graph-errors.tsv.
func AllGraphErrors() []GraphError {
	var out []GraphError
	for r := range rows(graphErrors) {
		out = append(out, GraphError{Code: r.cell(0), Where: r.cell(1), HTTP: r.fields(2), Service: r.cell(3), Slugs: r.fields(4), Note: r.cell(5), Basis: r.cell(6)})
	}
	return out
}

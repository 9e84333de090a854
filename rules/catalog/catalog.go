// Package catalog holds what Microsoft Graph asks for and what its services
// say: which permissions each request needs, what a permission is, what an
// error code, an audience, a host, a role or a cmdlet stands for.
//
// Everything is text that people can review (permissions.txt, lost.txt,
// errata.txt, facts/*.tsv), embedded and searched in place: nothing is loaded,
// parsed or indexed when the program starts. permissions.txt and its kin are
// compiled by gen into catalog.bin, a trie of path segments in one string.
//
// The package knows no evidence and no finding, and imports nothing of ours.
package catalog

import _ "embed"

//go:generate go run ./gen

// bin is the compiled map; gen/pack.go tells its form.
//
//go:embed catalog.bin
var bin string

// Kind is who calls: an application alone, or on behalf of a user with a work
// or a personal account.
type Kind uint8

// The kinds, in the order of the map's columns.
const (
	Application Kind = iota
	Delegated
	Personal
)

// kindNames is how the tables spell the kinds.
var kindNames = [...]string{"application", "delegated", "personal"}

// String is the kind as contract and tables spell it: "application",
// "delegated" or "personal".
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// Source names where the permission map comes from: the repository
// ("microsoftgraph/microsoft-graph-devx-content"), its commit and the commit's
// date ("2026-08-07"). Every answer that rests on the map should name it.
func Source() (name, commit, date string) {
	at := section(secSource)
	name, at = textAt(at)
	commit, at = textAt(at)
	date, _ = textAt(at)
	return name, commit, date
}

package catalog

import (
	_ "embed"
	"strings"
)

//go:embed facts/aadsts.tsv
var aadsts string

// AADSTS is what is known of a sign-in error code.
type AADSTS struct {
	Code       string // digits only: "65001"
	Name       string // Microsoft's symbolic name; empty where the source has a sentence only
	Slug       string // the cause it stands for; "unknown" where no rule fits
	OAuth      string // the OAuth error that comes with it; depends on endpoint and flow
	OAuthBasis string // seen, or protocol: inferred, weak
	Transient  string // yes, no, or poll: ask again while the user signs in elsewhere
	Note       string
	Source     string // official, f-bader, thread, joined by +
}

// Code returns a sign-in error by its number, "65001" or "AADSTS65001". The
// source is facts/aadsts.tsv.
func Code(n string) (AADSTS, bool) {
	const prefix = "aadsts"
	n = strings.TrimSpace(n)
	if len(n) > len(prefix) && compareFold(n[:len(prefix)], prefix) == 0 {
		n = strings.TrimLeft(n[len(prefix):], " :")
	}
	r, ok := find(aadsts, n)
	if !ok {
		return AADSTS{}, false
	}
	return AADSTS{Code: r.cell(0), Name: r.cell(1), Slug: r.cell(2), OAuth: r.cell(3), OAuthBasis: r.cell(4), Transient: r.cell(5), Note: r.cell(7), Source: r.cell(6)}, true
}

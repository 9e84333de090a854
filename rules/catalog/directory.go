package catalog

import (
	_ "embed"
	"strings"
)

//go:embed facts/directory-roles.tsv
var directoryRoles string

//go:embed facts/client-apps.tsv
var clientApps string

//go:embed facts/ews-exchange.tsv
var exchange string

//go:embed facts/token-claims.tsv
var claims string

// RoleInfo is a directory role.
type RoleInfo struct {
	ID         string // template id, as in the wids claim and in roleTemplateId
	Name       string
	Privileged bool // Microsoft marks it privileged
	Implicit   bool // every principal of a kind has it, or the portal no longer offers it: it proves no admin right
}

func roleOf(r row) RoleInfo {
	return RoleInfo{ID: r.cell(0), Name: r.cell(1), Privileged: r.cell(2) == "yes", Implicit: r.cell(3) != "role"}
}

// Role returns a directory role by its template id. The source is
// facts/directory-roles.tsv.
func Role(templateID string) (RoleInfo, bool) {
	r, ok := find(directoryRoles, templateID)
	if !ok {
		return RoleInfo{}, false
	}
	return roleOf(r), true
}

// RoleByName returns a directory role by its display name, whatever the case.
func RoleByName(name string) (RoleInfo, bool) {
	for r := range rows(directoryRoles) {
		if strings.EqualFold(r.cell(1), name) {
			return roleOf(r), true
		}
	}
	return RoleInfo{}, false
}

// ClientInfo is a client application of Microsoft's own: its permissions cannot
// be extended by its users.
type ClientInfo struct {
	AppID  string
	Key    string // our short name, "azure-cli"
	Name   string
	Type   string // public, web, ...
	Public string // yes, no; empty if nobody tried
	Family string // member of the family of client ids: yes, no, empty
	Note   string
}

// Client returns a client application of Microsoft's by its id. The source is
// facts/client-apps.tsv.
func Client(appID string) (ClientInfo, bool) {
	r, ok := find(clientApps, appID)
	if !ok {
		return ClientInfo{}, false
	}
	return ClientInfo{AppID: r.cell(0), Key: r.cell(1), Name: r.cell(2), Type: r.cell(3), Public: r.cell(4), Family: r.cell(5), Note: r.cell(7)}, true
}

// ExchangeInfo is one setting of Exchange Online or Teams that lets an app in
// or keeps it out.
type ExchangeInfo struct {
	Key        string // "aap-deny"
	Slug       string // the cause it belongs to
	Inspect    string // the cmdlet that shows it; <...> are placeholders
	Parameters string // what to look at in its answer
	Mend       string // the cmdlet that changes it
	KeyedBy    string // whom it is set for
	Level      string
	Affects    string // EWS, Graph, ...
	Decides    string // how it decides, in words
	Source     string
}

// Exchange returns a row of facts/ews-exchange.tsv by its key.
func Exchange(key string) (ExchangeInfo, bool) {
	r, ok := find(exchange, key)
	if !ok {
		return ExchangeInfo{}, false
	}
	return exchangeOf(r), true
}

// ExchangeBySlug returns the rows that belong to a cause, in the table's order.
func ExchangeBySlug(slug string) []ExchangeInfo {
	var out []ExchangeInfo
	for r := range rows(exchange) {
		if r.cell(1) == slug {
			out = append(out, exchangeOf(r))
		}
	}
	return out
}

func exchangeOf(r row) ExchangeInfo {
	return ExchangeInfo{Key: r.cell(0), Slug: r.cell(1), Inspect: r.cell(2), Parameters: r.cell(3), Mend: r.cell(4), KeyedBy: r.cell(5), Level: r.cell(6), Affects: r.cell(7), Decides: r.cell(8), Source: r.cell(9)}
}

// ClaimInfo is a claim of a token.
type ClaimInfo struct {
	Name     string
	Place    string   // header, payload
	Versions []string // 1.0, 2.0, id, msa, ...
	Type     string
	Meaning  string
	Use      string // what it tells a diagnosis
	Basis    string // A, O: documented; S: seen; F: field knowledge
}

// Claim returns a claim by its name. The source is facts/token-claims.tsv.
func Claim(name string) (ClaimInfo, bool) {
	r, ok := find(claims, name)
	if !ok {
		return ClaimInfo{}, false
	}
	return claimOf(r), true
}

// ClaimAt returns a claim by its name and its place, "header" or "payload":
// nonce is one thing in the one and another in the other.
func ClaimAt(name, place string) (ClaimInfo, bool) {
	for r := range each(claims, name) {
		if r.cell(1) == place {
			return claimOf(r), true
		}
	}
	return ClaimInfo{}, false
}

func claimOf(r row) ClaimInfo {
	return ClaimInfo{Name: r.cell(0), Place: r.cell(1), Versions: r.fields(2), Type: r.cell(3), Meaning: r.cell(4), Use: r.cell(5), Basis: r.cell(6)}
}

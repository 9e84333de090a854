package checks

import (
	"time"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file is what `decode` answers, in plain values: rules fills it from the
// token and the tables, report renders it. Nothing in it is judged, and no
// value in it is the token or its signature.

// Decoded is a token in plain words. Persons are named in it, in Person and
// nowhere else.
type Decoded struct {
	Type     string   // "access token", "ID token", "opaque string", ...
	About    string   // what such a token is for, one phrase
	Readable bool     // the claims could be decoded
	Flaw     string   // why a malformed one cannot be read
	Stripped []string // what had to be taken off to read it: "Bearer ", quotes, line breaks
	Place    evidence.Place
	Version  string // of the token's format: "1.0", "2.0"; "" where it does not say

	Kind   string // "delegated", "application"; "" where nothing tells
	KindBy string // the claim that tells: "scp", "idtyp"

	Cloud      DecodedName // ID is the name of the table of clouds: "usgov-l4"
	CloudBy    string      // the claim that tells
	Issuer     string
	Tenant     DecodedName
	Audience   DecodedName // ID is the claim as it stands
	AudienceID string      // the API's application id, where the audience is known
	App        DecodedName
	AppProof   string // how the app proved itself, in words
	Object     string // the object id of the user or service principal

	Permissions []DecodedPermission // delegated ones, or those of the application
	AppRoles    []string            // roles of the app that a user has, in a delegated token
	Roles       []DecodedRole       // directory roles, of wids

	// Moments of the token; zero where it does not say.
	Issued, ValidFrom, Expires time.Time

	Header []DecodedClaim
	Person []DecodedClaim
	Claims []DecodedClaim // all others, by name
}

// A DecodedName is an id with the name and the remark that the tables have for it.
type DecodedName struct{ ID, Name, Note string }

// A DecodedPermission is one entry of scp or roles.
type DecodedPermission struct {
	Name         string
	Known        bool // in the table of Microsoft Graph's permissions, for this kind
	AdminConsent bool // only an administrator can grant it
	Level        int  // privilege level, 1 to 5; 0 unknown
}

// A DecodedRole is a directory role.
type DecodedRole struct {
	ID, Name   string // Name is "" where the table does not know the id
	Privileged bool   // Microsoft marks it privileged
	Implicit   bool   // no administrator role: every principal of a kind has it, or it is a retired one
	Note       string // what an id stands for that only looks like a role
}

// A DecodedClaim is a claim with its value as text: Values where it is a list.
type DecodedClaim struct {
	Name    string
	Value   string
	Values  []string
	Meaning string // "" where the table does not know the claim
}

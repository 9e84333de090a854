package rules

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file puts a token into plain words. It judges nothing: what a claim
// means and what an id is called comes from the catalog's tables.

// tokenAbout tells what each type of token is for.
var tokenAbout = map[evidence.TokenType]string{
	evidence.TokenAccess:    "lets the app call the API that aud names",
	evidence.TokenID:        "tells the app who signed in; no API takes it",
	evidence.TokenRefresh:   "is exchanged for new tokens at the token endpoint; no API takes it",
	evidence.TokenCode:      "is exchanged for tokens at the token endpoint, once; no API takes it",
	evidence.TokenCompact:   "an access token of a personal account, which only the service can read",
	evidence.TokenEncrypted: "only the API that it was made for can read its claims",
	evidence.TokenOpaque:    "nothing in its form tells what it is",
	evidence.TokenMalformed: "begins like a JWT and is none",
}

// personalClaims name or describe the person that a token speaks for, in the
// order in which they are told.
var personalClaims = []string{"name", "given_name", "family_name", "nickname", "upn", "unique_name", "preferred_username", "email", "emails",
	"verified_primary_email", "verified_secondary_email", "smtp", "phone_number", "acct", "idp", "altsecid", "onprem_sid", "puid", "login_hint",
	"ipaddr", "fwd", "ctry", "pwd_exp", "pwd_url"}

// toldClaims are those that have a field of their own.
var toldClaims = []string{"aud", "iss", "tid", "appid", "azp", "app_displayname", "appidacr", "azpacr", "oid", "scp", "roles", "wids", "iat", "nbf", "exp", "ver"}

// idClaims are random by nature and no secret: they name a key, a session or a
// token, and are there to be compared with logs.
var idClaims = []string{"kid", "x5t", "x5t#s256", "sub", "uti", "jti", "sid"}

// Decode puts a token into plain words. Persons are named in the answer; no
// value in it is the token, its signature or what looks like a secret. Names
// and meanings come from the catalog's tables.
func Decode(t *evidence.Token) checks.Decoded {
	if t == nil {
		return checks.Decoded{}
	}
	d := checks.Decoded{
		Type: t.Type.String(), About: tokenAbout[t.Type], Readable: t.Readable(), Flaw: t.Flaw, Stripped: t.Notes, Place: t.Place,
		Version: tell(t, t.Str("ver")), Issuer: tell(t, t.Str("iss")), Object: tell(t, t.Str("oid")),
		Header: decodeHeader(t),
	}
	if len(t.Claims) == 0 {
		return d
	}
	if kind, by := t.Kind(); kind != evidence.KindUnknown {
		d.Kind, d.KindBy = kind.String(), by
	}
	d.Cloud, d.CloudBy = decodeCloud(t)
	d.Tenant = decodeTenant(t)
	d.Audience, d.AudienceID = decodeAudience(t)
	d.App, d.AppProof = decodeApp(t)
	d.Permissions, d.AppRoles = decodePermissions(t, d.AudienceID == graphID)
	for _, id := range t.List("wids") {
		r, _ := catalog.Role(id)
		mark, _ := catalog.Claim("wids:" + id) // ids that only look like roles stand among the claims
		d.Roles = append(d.Roles, checks.DecodedRole{ID: tell(t, id), Name: r.Name, Privileged: r.Privileged, Implicit: r.Implicit || mark.Meaning != "", Note: mark.Meaning})
	}
	d.Issued, _ = t.Time("iat")
	d.ValidFrom, _ = t.Time("nbf")
	d.Expires, _ = t.Time("exp")
	decodeRest(t, &d)
	return d
}

func decodeHeader(t *evidence.Token) []checks.DecodedClaim {
	var out []checks.DecodedClaim
	for _, name := range slices.Sorted(maps.Keys(t.Header)) {
		out = append(out, decodeClaim(t, name, t.Header[name], "header"))
	}
	return out
}

// decodeRest tells every claim that has no field of its own.
func decodeRest(t *evidence.Token, d *checks.Decoded) {
	for _, name := range personalClaims {
		if t.Has(name) {
			d.Person = append(d.Person, decodeClaim(t, name, t.Claims[name], "payload"))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.Claims)) {
		if !slices.Contains(personalClaims, name) && !slices.Contains(toldClaims, name) {
			d.Claims = append(d.Claims, decodeClaim(t, name, t.Claims[name], "payload"))
		}
	}
}

func decodeClaim(t *evidence.Token, name string, value any, place string) checks.DecodedClaim {
	info, _ := catalog.ClaimAt(name, place)
	out := checks.DecodedClaim{Name: tell(t, name), Meaning: info.Meaning}
	list, ok := value.([]any)
	if !ok {
		out.Value = decodeValue(t, name, value, info.Type)
		return out
	}
	out.Values = []string{}
	for _, v := range list {
		out.Values = append(out.Values, decodeValue(t, name, v, info.Type))
	}
	return out
}

// decodeValue is a claim's value as it may be shown.
func decodeValue(t *evidence.Token, name string, value any, kind string) string {
	one := evidence.Token{Claims: map[string]any{name: value}}
	text := one.Str(name)
	if kind == "unix time" {
		if at, ok := one.Time(name); ok {
			return at.Format(time.RFC3339)
		}
	}
	if slices.Contains(idClaims, strings.ToLower(name)) && plainID(text) && !t.Holds(text) {
		return text
	}
	if text != "" && kind == "opaque" {
		return notShown(text)
	}
	return tell(t, text)
}

// tell makes a text of the token safe to print.
func tell(t *evidence.Token, text string) string {
	safe := evidence.Redacted(text)
	if safe == "<redacted>" || t.Holds(safe) {
		return notShown(text)
	}
	return safe
}

func notShown(text string) string {
	return fmt.Sprintf("(not shown: %d characters)", len([]rune(text)))
}

// plainID: short, of base64url characters, and no JSON in base64, which a token is.
func plainID(s string) bool {
	return len(s) <= 64 && !strings.HasPrefix(s, "eyJ") && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=") == ""
}

// decodeCloud tells the cloud that a token belongs to and by which claim. The
// audience comes first: the issuer of version 1 is the same in the global and
// in the US Government cloud.
func decodeCloud(t *evidence.Token) (checks.DecodedName, string) {
	byAud, okAud := audienceCloud(t.Str("aud"))
	byIss, okIss := catalog.CloudOf(hostOf(t.Str("iss")))
	gov := strings.HasPrefix(strings.ToUpper(t.Str("tenant_region_scope")), "USG")
	switch {
	case okAud && byAud.Name != "global":
		return cloudName(byAud), "aud"
	case okIss && byIss.Name != "global":
		return cloudName(byIss), "iss"
	case gov && strings.EqualFold(t.Str("tenant_region_sub_scope"), "DOD"):
		return cloudName(mustCloud("usgov-l5")), "tenant_region_sub_scope"
	case gov:
		return cloudName(mustCloud("usgov-l4")), "tenant_region_scope"
	case okAud:
		return cloudName(byAud), "aud"
	case okIss && slices.Contains(byIss.IssuersV1, hostOf(t.Str("iss"))):
		return checks.DecodedName{Name: "global or US Government", Note: "both have this issuer"}, "iss"
	case okIss:
		return cloudName(byIss), "iss"
	}
	return checks.DecodedName{}, ""
}

func cloudName(c catalog.Cloud) checks.DecodedName {
	n := checks.DecodedName{ID: c.Name}
	if len(c.Aliases) > 0 {
		n.Name = c.Aliases[0]
	}
	if c.Status == "closed" {
		n.Note = "closed"
	}
	return n
}

// hostOf is the host of an https address, "" of anything else.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" {
		return ""
	}
	return u.Host
}

func decodeTenant(t *evidence.Token) checks.DecodedName {
	id := t.Str("tid")
	if u, err := url.Parse(t.Str("iss")); id == "" && err == nil {
		if first, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/"); evidence.IsGUID(first) {
			id = first
		}
	}
	n := checks.DecodedName{ID: tell(t, id)}
	switch id {
	case consumerTenant:
		n.Name = "personal Microsoft accounts"
	case sharedTenant:
		n.Name = "Microsoft Services, which answers apps that name no tenant of their own"
	}
	return n
}

func decodeAudience(t *evidence.Token) (name checks.DecodedName, appID string) {
	aud := t.Str("aud")
	name.ID = tell(t, aud)
	if r, ok := catalog.ResourceByAudience(aud); ok {
		name.Name, appID = r.Name, r.AppID
		if r.Status != "" && r.Status != "live" {
			name.Note = strings.ReplaceAll(r.Status, "-", " ")
		}
		return name, appID
	}
	if aud != "" && aud == t.App() {
		name.Note = "the app itself"
	}
	return name, ""
}

// proofs are the values of appidacr and azpacr.
var proofs = map[string]string{"0": "nothing: a public client", "1": "a client secret", "2": "a certificate or another signed assertion"}

func decodeApp(t *evidence.Token) (app checks.DecodedName, proof string) {
	app = checks.DecodedName{ID: tell(t, t.App()), Name: tell(t, t.Str("app_displayname"))}
	if c, ok := catalog.Client(t.App()); ok {
		app.Name, app.Note = c.Name, "Microsoft's own client"
	}
	how := firstOf(t.Str("appidacr"), t.Str("azpacr"))
	if proof = proofs[how]; proof == "" {
		proof = tell(t, how)
	}
	return app, proof
}

// decodePermissions tells what scp and roles hold. Only Microsoft Graph's
// permissions are in the table.
func decodePermissions(t *evidence.Token, graph bool) (all []checks.DecodedPermission, appRoles []string) {
	names, kind := t.Scopes(), catalog.Delegated
	if k, _ := t.Kind(); k == evidence.AppOnly {
		names, kind = t.Roles(), catalog.Application
	} else {
		for _, r := range t.Roles() {
			appRoles = append(appRoles, tell(t, r))
		}
	}
	if t.Str("tid") == consumerTenant {
		kind = catalog.Personal
	}
	for _, name := range names {
		p := checks.DecodedPermission{Name: tell(t, name)}
		if info, ok := permissionOf(name, kind); ok && graph {
			p = checks.DecodedPermission{Name: info.Name, Known: true, AdminConsent: info.AdminConsent, Level: info.Level}
		}
		all = append(all, p)
	}
	return all, appRoles
}

// permissionOf looks a permission up by its name, or by its id where a
// registration's id was copied into a claim.
func permissionOf(name string, kind catalog.Kind) (catalog.PermissionInfo, bool) {
	if p, ok := catalog.Permission(name, kind); ok {
		return p, true
	}
	for _, p := range catalog.PermissionByID(name) {
		if p.Kind == kind {
			return p, true
		}
	}
	return catalog.PermissionInfo{}, false
}

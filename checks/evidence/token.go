package evidence

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// This file decodes tokens. A token's text never leaves it: what it hands out
// is decoded and redacted, and String gives "<token>" whatever the verb.

// TokenType is what a string that was sent or found as a token really is.
type TokenType uint8

// The types.
const (
	TokenAccess    TokenType = iota // a JWT access token
	TokenID                         // an ID token: proof of sign-in for the client, not for an API
	TokenRefresh                    // a refresh token
	TokenCode                       // an authorization code
	TokenCompact                    // the opaque ticket of personal accounts
	TokenEncrypted                  // a JWE: five parts, claims not readable
	TokenOpaque                     // some other string without structure
	TokenMalformed                  // meant to be a JWT and broken; Flaw says how
)

var tokenTypeNames = [...]string{"access token", "ID token", "refresh token", "authorization code",
	"opaque ticket of a personal account", "encrypted token (JWE)", "opaque string", "malformed token"}

func (t TokenType) String() string { return tokenTypeNames[t] }

// Use is how a token met the reader.
type Use uint8

// The uses. A token that merely stands nearby may be another call's.
const (
	Nearby    Use = iota // somewhere in the input
	Alone                // handed over by itself
	Sent                 // in the Authorization header of the call
	Assertion            // as the assertion of an on-behalf-of or client assertion request
	Answered             // in a token endpoint's answer
)

func (u Use) String() string {
	return [...]string{"nearby", "alone", "sent", "assertion", "answered"}[u]
}

// A Token is a decoded token. Claims are as they stand in it; Ref hands them
// out redacted.
type Token struct {
	Type   TokenType
	Use    Use
	Header map[string]any
	Claims map[string]any
	Notes  []string // what had to be stripped to read it: "Bearer " twice, quotes, line breaks ...
	Flaw   string   // why a malformed one cannot be read
	Place  Place
	// Partial: only some claims were pasted, so that an absent one tells nothing.
	Partial bool
	raw     string
}

// String never shows the token.
func (*Token) String() string { return "<token>" }

// GoString never shows the token.
func (*Token) GoString() string { return "<token>" }

// Format never shows the token, whatever the verb.
func (*Token) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("<token>")) }

// MarshalJSON never shows the token.
func (*Token) MarshalJSON() ([]byte, error) { return []byte(`"<token>"`), nil }

// longestCompared bounds the token that Holds searches; no server takes a
// header as long as that.
const longestCompared = 32 << 10

// Holds tells whether 20 consecutive characters of s stand in the token's own
// text. A token over 32 KiB is taken to hold whatever could be a piece of it.
func (t *Token) Holds(s string) bool {
	const secret = 20
	run := 0 // of characters that a token is made of
	for i := range len(s) {
		if run++; !isRunByte(s[i]) && s[i] != '.' {
			run = 0
		}
		if run >= secret && (len(t.raw) > longestCompared || strings.Contains(t.raw, s[i+1-secret:i+1])) {
			return true
		}
	}
	return false
}

// Readable tells whether the claims could be decoded.
func (t *Token) Readable() bool {
	return t != nil && (t.Type == TokenAccess || t.Type == TokenID)
}

// personClaims name a person or a machine of one; they are masked outside decode.
var personClaims = []string{"upn", "unique_name", "name", "family_name", "given_name", "ipaddr", "email",
	"preferred_username", "login_hint", "onprem_sid", "puid", "nickname", "verified_primary_email",
	"verified_secondary_email", "fwd", "pwd_url", "altsecid", "smtp", "emails", "phone_number", "aio", "rh", "uti", "nonce", "sid"}

// Ref makes a safe fact of a claim.
func (t *Token) Ref(claim string) Ref {
	r := Ref{Place: t.Place, Origin: FromToken, Field: claim, Value: safe(t.Str(claim))}
	if slices.Contains(personClaims, claim) && r.Value != "" {
		r.Value = "<user>"
		if strings.Contains(t.Str(claim), "#EXT#") {
			r.Value = "<user>#EXT#"
		}
	}
	return r
}

// Str returns a claim as text: numbers in decimal, lists joined by blanks, "" where absent.
func (t *Token) Str(claim string) string {
	if t == nil {
		return ""
	}
	return claimText(t.Claims[claim])
}

func claimText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case []any:
		parts := make([]string, 0, len(v))
		for _, e := range v {
			parts = append(parts, claimText(e))
		}
		return strings.Join(parts, " ")
	}
	b, _ := json.Marshal(v)
	return string(b)
}

// List returns a claim's elements: those of an array, or the words of a string.
func (t *Token) List(claim string) []string { return strings.Fields(t.Str(claim)) }

// Has tells whether the claim is there at all.
func (t *Token) Has(claim string) bool {
	if t == nil {
		return false
	}
	_, ok := t.Claims[claim]
	return ok
}

// Lacks tells whether the claim is certainly absent.
func (t *Token) Lacks(claim string) bool { return t != nil && !t.Partial && !t.Has(claim) }

// Time returns a claim in seconds since 1970 as a time.
func (t *Token) Time(claim string) (time.Time, bool) {
	f, err := strconv.ParseFloat(t.Str(claim), 64)
	if err != nil || math.IsNaN(f) || f <= 0 || f > 1e11 {
		return time.Time{}, false
	}
	return time.Unix(int64(f), 0).UTC(), true
}

// App is the client's application id: appid of version 1, azp of version 2.
func (t *Token) App() string {
	if a := t.Str("appid"); a != "" {
		return a
	}
	return t.Str("azp")
}

// appOnlyMark stands in wids of app-only tokens; it is no directory role.
const appOnlyMark = "0997a1d0-0d1d-4acb-b408-d5ca73121e90"

// Kind tells whether the token speaks for a user or for the application alone,
// and by which claim that is known.
func (t *Token) Kind() (Kind, string) {
	if !t.Readable() {
		return KindUnknown, ""
	}
	switch {
	case t.Str("idtyp") == "app":
		return AppOnly, "idtyp"
	case t.Has("scp"):
		return Delegated, "scp"
	case t.Str("idtyp") == "user":
		return Delegated, "idtyp"
	case slices.Contains(t.List("wids"), appOnlyMark):
		return AppOnly, "wids"
	case t.Has("xms_mirid"):
		return AppOnly, "xms_mirid"
	case t.Has("upn") || t.Has("unique_name") || t.Has("puid") || t.Has("amr") || t.Has("preferred_username"):
		return Delegated, firstClaim(t, "upn", "unique_name", "puid", "amr", "preferred_username")
	case t.Has("oid") && t.Str("oid") == t.Str("sub"):
		return AppOnly, "oid"
	case t.Has("roles"):
		return AppOnly, "roles"
	case !t.Has("oid") && (t.Has("appid") || t.Has("azp")):
		return AppOnly, "appid"
	}
	return KindUnknown, ""
}

func firstClaim(t *Token, names ...string) string {
	for _, n := range names {
		if t.Has(n) {
			return n
		}
	}
	return ""
}

// Scopes returns the delegated permissions without the OpenID ones' order changed.
func (t *Token) Scopes() []string { return t.List("scp") }

// Roles returns the application permissions, or a user's app roles.
func (t *Token) Roles() []string { return t.List("roles") }

// decodeToken classifies and decodes. It looks at the shape first, since the
// decoder gives one error for a kept "Bearer ", a cut token and a JWE alike.
func decodeToken(raw string, place Place) *Token {
	t := &Token{raw: raw, Place: place}
	text := raw
	if u := strings.ReplaceAll(strings.ReplaceAll(text, "%2E", "."), "%2e", "."); u != text {
		text = u
		t.Notes = append(t.Notes, "URL-encoding")
	}
	if strings.ContainsAny(text, "\r\n \t"+string(lineMark)) {
		text = strings.Map(func(r rune) rune {
			if r == '\r' || r == '\n' || r == ' ' || r == '\t' || r == lineMark {
				return -1
			}
			return r
		}, text)
		t.Notes = append(t.Notes, "line breaks")
	}
	parts := strings.Split(text, ".")
	switch {
	case !strings.HasPrefix(text, "eyJ") && !strings.HasPrefix(text, "ew"):
		t.Type = opaqueType(text)
		return t
	case len(parts) == 5:
		t.Type = TokenEncrypted
		t.Header, _ = decodePart(parts[0])
		return t
	}
	t.decodeJWT(text, parts)
	return t
}

func (t *Token) decodeJWT(text string, parts []string) {
	header, claims := parseJWT(text)
	if header == nil {
		header, _ = decodePart(parts[0])
	}
	// A signature that is no base64 leaves the claims readable.
	flaw := "it holds no claims"
	if len(claims) == 0 && len(parts) > 1 {
		m, err := decodePart(parts[1])
		if err != nil {
			flaw = "it is not base64url of a JSON object"
		} else {
			claims = m
		}
	}
	t.Header, t.Claims = header, claims
	switch {
	case len(parts) < 3:
		t.Type, t.Flaw = TokenMalformed, fmt.Sprintf("it has %s where a JWT has three: it is cut off", count(len(parts), "part"))
	case len(parts) > 3:
		t.Type, t.Flaw = TokenMalformed, fmt.Sprintf("it has %s where a JWT has three", count(len(parts), "part"))
	case len(claims) == 0:
		t.Type, t.Flaw = TokenMalformed, "its payload cannot be decoded: "+flaw
	case t.looksLikeID():
		t.Type = TokenID
	}
}

// looksLikeID: an ID token carries the client's nonce or hash and no scp, and
// its audience is the client itself.
func (t *Token) looksLikeID() bool {
	if t.Has("scp") || t.Has("roles") && t.Str("idtyp") == "app" || t.Str("idtyp") == "app" {
		return false
	}
	if t.Has("at_hash") || t.Has("c_hash") {
		return true
	}
	if t.Has("appid") || t.Has("appidacr") || t.Has("azp") {
		return false
	}
	// an access token always names the client beside the audience
	return t.Has("nonce") || !t.Has("roles") && isGUID(t.Str("aud")) && t.Has("tid") && (t.Has("upn") || t.Has("unique_name") || t.Has("preferred_username") || t.Has("name"))
}

func opaqueType(text string) TokenType {
	switch {
	case len(text) > 60 && (strings.HasPrefix(text, "EwA") || strings.HasPrefix(text, "EwB") || strings.HasPrefix(text, "EwC") || strings.HasPrefix(text, "EwD")):
		return TokenCompact
	case strings.HasPrefix(text, "M.C") && strings.Contains(text, "!"), strings.HasPrefix(text, "1.A"), strings.HasPrefix(text, "0.A") && len(text) > 900:
		return TokenRefresh
	case strings.HasPrefix(text, "0.A"), strings.HasPrefix(text, "M.R3"), strings.HasPrefix(text, "M.C"), strings.HasPrefix(text, "OAQAB"):
		return TokenCode
	}
	return TokenOpaque
}

func decodePart(part string) (map[string]any, error) {
	b, err := decodeBase64(part)
	if err != nil {
		return nil, err
	}
	var m map[string]any
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.UseNumber()
	err = dec.Decode(&m)
	return m, err
}

// decodeBase64 takes both alphabets, with and without padding.
func decodeBase64(s string) ([]byte, error) {
	s = strings.TrimRight(s, "=")
	if strings.ContainsAny(s, "+/") {
		return base64.RawStdEncoding.DecodeString(s)
	}
	return base64.RawURLEncoding.DecodeString(s)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

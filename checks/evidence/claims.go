package evidence

import (
	"encoding/json"
	"strings"
)

// This file reads tokens that somebody decoded before pasting them: the payload
// as JSON, as jwt.ms prints it, or as a listing of names and values.

// claimsObject takes an object that is a token's payload; it tells whether it
// was one.
func (s *scanner) claimsObject(n *node, line int) bool {
	aud := n.get("aud")
	if aud == nil || aud.isObject() || n.get("error", "errorCode", "error_description") != nil {
		return false
	}
	signs := 0
	for _, name := range []string{"iss", "exp", "iat", "tid", "appid", "azp", "scp", "roles", "ver", "oid"} {
		if n.get(name) != nil {
			signs++
		}
	}
	if signs < 3 {
		return false
	}
	claims := map[string]any{}
	for _, m := range n.members {
		claims[m.key] = claimValue(m.val)
	}
	s.decoded(claims, line)
	return true
}

// wholePayload is how many claims a payload has that nobody shortened.
const wholePayload = 12

// decoded reports a token of which only the claims were pasted.
func (s *scanner) decoded(claims map[string]any, line int) {
	t := &Token{Claims: claims, Place: Place{s.b.file, line}, Notes: []string{"decoded by the sender"}}
	t.Partial = len(claims) < wholePayload
	use := Nearby
	if !t.Partial && t.looksLikeID() {
		t.Type, use = TokenID, Answered // a library printed who signed in
	}
	s.b.token(t, use, line)
}

// claimValue is a node as a token's JSON would give it.
func claimValue(n *node) any {
	switch n.kind {
	case nodeArray:
		list := make([]any, 0, len(n.items))
		for _, it := range n.items {
			list = append(list, claimValue(it))
		}
		return list
	case nodeObject:
		m := map[string]any{}
		for _, it := range n.members {
			m[it.key] = claimValue(it.val)
		}
		return m
	case nodeString:
		return unsealPlain(n.text)
	}
	switch n.text {
	case "true":
		return true
	case "false":
		return false
	case "null", "":
		return nil
	}
	return json.Number(n.text)
}

// unsealPlain keeps a claim's text; what was sealed as a secret stays so.
func unsealPlain(v string) string { return unseal(v) }

// claimNames are claims that decide, as listings print them.
var claimNames = map[string]bool{"aud": true, "iss": true, "iat": true, "nbf": true, "exp": true, "appid": true, "azp": true, "scp": true, "roles": true, "wids": true, "tid": true,
	"idtyp": true, "oid": true, "sub": true, "ver": true, "upn": true, "unique_name": true, "preferred_username": true, "amr": true, "acrs": true, "xms_cc": true, "appidacr": true, "azpacr": true, "app_displayname": true, "name": true, "nonce": true, "xms_mirid": true, "acct": true, "idp": true}

// claimLine gathers a line "aud : https://graph.microsoft.com" of such a
// listing; it tells whether the line was taken.
func (s *scanner) claimLine(seg string, line int) bool {
	name, value, ok := cutField(seg)
	if !ok || !claimNames[name] {
		if s.claims != nil && ok {
			return false // another claim, or the next part of the text
		}
		return s.claimMore(seg)
	}
	value = strings.Trim(strings.TrimRight(strings.TrimSpace(value), ","), `"'`)
	if value == "" {
		return false
	}
	if s.claims == nil {
		s.claims, s.claimsLine = map[string]any{}, line
	}
	s.claims[name] = listValue(value)
	s.lastClaim = name
	return true
}

// claimMore takes a wrapped line of a list of scopes or roles.
func (s *scanner) claimMore(seg string) bool {
	if s.claims == nil || s.lastClaim != "scp" && s.lastClaim != "roles" {
		return false
	}
	words := strings.FieldsFunc(seg, func(r rune) bool { return r == ' ' || r == ',' || r == '}' || r == '…' })
	for _, w := range words {
		if !permissionWord(w) {
			return false
		}
	}
	if len(words) == 0 {
		return false
	}
	was, _ := s.claims[s.lastClaim].(string)
	s.claims[s.lastClaim] = strings.TrimSpace(was + " " + strings.Join(words, " "))
	return true
}

// listValue turns {A, B}, [A, B] and A B into the words of a claim.
func listValue(v string) string {
	if strings.HasPrefix(v, "{") || strings.HasPrefix(v, "[") {
		words := strings.FieldsFunc(strings.Trim(v, "{}[]"), func(r rune) bool { return r == ',' || r == ' ' || r == '"' || r == '\'' })
		return strings.Join(words, " ")
	}
	return v
}

// endClaims makes a token of the claims gathered, where they suffice for one.
func (s *scanner) endClaims() {
	claims, line := s.claims, s.claimsLine
	s.claims, s.lastClaim = nil, ""
	for _, name := range [...]string{"scp", "roles"} { // this claim alone, in a line of its own
		if told, ok := claims[name].(string); ok && len(claims) == 1 && !s.sawToken() && len(leadingPermissions(told)) == len(strings.FieldsFunc(told, func(r rune) bool { return r == ' ' || r == ',' })) {
			s.decoded(map[string]any{name: strings.Join(leadingPermissions(told), " ")}, line)
			return
		}
	}
	if len(claims) < 2 || claims["aud"] == nil && claims["scp"] == nil && claims["roles"] == nil {
		return
	}
	// what else stands so in no other listing
	for _, name := range []string{"iss", "aud", "appid", "azp", "tid", "idtyp", "wids", "upn"} {
		if claims[name] != nil {
			s.decoded(claims, line)
			return
		}
	}
}

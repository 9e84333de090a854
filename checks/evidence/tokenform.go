package evidence

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"
)

// This file brings a token into a normal form, once however often it repeats:
// the claims that may bear on a cause, with its names as names.

// A tokenForm is what a token is like. Its text alternates: literal, name,
// literal, name ...
type tokenForm struct {
	pieces [][]byte
	times  []time.Time // exp, nbf, iat
}

// maxTokens bounds the tokens that are remembered.
const maxTokens = 1024

// hidden claims differ from token to token without bearing on any cause; that
// they are there is kept.
var hiddenClaims = []string{"iat", "nbf", "exp", "uti", "rh", "aio", "groups", "name", "family_name", "given_name", "ipaddr", "nonce", "sid", "at_hash", "c_hash", "xms_st", "xms_ftd", "xms_tcdt", "signin_state", "platf", "deviceid"}

// namingClaims name someone, whatever their form.
var namingClaims = []string{"sub", "oid", "puid", "altsecid", "onprem_sid", "upn", "unique_name", "preferred_username", "email", "login_hint"}

// token writes a token by its form.
func (n *normal) token(w []byte) {
	f := n.cache[string(w)]
	if f == nil {
		if n.cache == nil || len(n.cache) >= maxTokens {
			n.cache = map[string]*tokenForm{}
		}
		f = n.formOf(decodeToken(string(w), Place{}))
		n.cache[string(w)] = f
	}
	n.toks = append(n.toks, f)
	for i, p := range f.pieces {
		if i%2 == 0 {
			n.text = append(n.text, p...)
		} else {
			n.name(p)
		}
	}
}

// formOf finds the form of a decoded token.
func (n *normal) formOf(t *Token) *tokenForm {
	f := &tokenForm{}
	var lit []byte
	name := func(w []byte) {
		f.pieces = append(f.pieces, lit, slices.Clone(w))
		lit = nil
	}
	lit = append(lit, "<token "+t.Type.String()+" "+t.Flaw+" "+claimText(t.Header["alg"])+" "+claimText(t.Header["typ"])...)
	if t.Claims == nil {
		lit = append(lit, t.raw...)
	}
	var claims []string
	for c := range t.Claims {
		claims = append(claims, c)
	}
	slices.Sort(claims)
	for _, c := range claims {
		lit = append(append(append(lit, ' '), c...), '=')
		text, _ := json.Marshal(t.Claims[c])
		switch {
		case slices.Contains(hiddenClaims, c):
		case slices.Contains(namingClaims, c):
			w := bytes.Trim(text, `"`)
			if at := bytes.IndexByte(w, '@'); at > 0 {
				if bytes.Contains(w[:at], []byte("#EXT#")) {
					lit = append(lit, "EXT"...)
				}
				name(w[:at])
				lit = append(lit, w[at:]...)
			} else {
				name(w)
			}
		default:
			for i := 0; i < len(text); {
				if i+36 <= len(text) && n.guid(text[i:i+36]) && n.known != nil && !n.known(text[i:i+36]) {
					name(text[i : i+36])
					i += 36
					continue
				}
				lit = append(lit, text[i])
				i++
			}
		}
	}
	f.pieces = append(f.pieces, append(lit, '>'))
	for _, c := range []string{"exp", "nbf", "iat"} {
		if at, ok := t.Time(c); ok {
			f.times = append(f.times, at)
		}
	}
	return f
}

package gatewaylog

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// A Token is one of the log's tokens. Its signature is random: nobody signed it.
type Token struct {
	Text, App string
}

// mint makes a token of 1.5 to 2 KB, as an app with many roles or a user in
// several groups has it.
func (g *generator) mint() Token {
	app := g.apps[g.r.IntN(len(g.apps))]
	iat := g.o.Start.Unix() - 600
	exp := iat + 86400
	if g.r.IntN(10) == 0 {
		exp = iat + 300 // had expired when the log began
	}
	claims := map[string]any{
		"aud": "https://graph.microsoft.com", "iss": "https://sts.windows.net/3f6e2b0c-9a41-4d7e-8c55-1b2a3c4d5e6f/", "tid": "3f6e2b0c-9a41-4d7e-8c55-1b2a3c4d5e6f",
		"iat": iat, "nbf": iat, "exp": exp, "appid": app, "appidacr": "1", "ver": "1.0", "oid": g.guid(), "uti": g.noise(16), "rh": "0." + g.noise(40),
	}
	if g.r.IntN(2) == 0 {
		claims["roles"] = []string{"User.Read.All", "Group.Read.All", "Mail.ReadBasic.All"}
		claims["idtyp"] = "app"
		claims["sub"] = claims["oid"]
	} else {
		claims["scp"] = "User.Read Mail.Read Files.Read.All openid profile"
		claims["upn"] = fmt.Sprintf("user%d@contoso.com", g.r.IntN(5000))
		claims["sub"] = g.noise(43)
	}
	var groups []string
	for range 6 + g.r.IntN(7) {
		groups = append(groups, g.guid())
	}
	claims["groups"] = groups
	body, _ := json.Marshal(claims)
	head := `{"typ":"JWT","nonce":"` + g.noise(43) + `","alg":"RS256","kid":"` + g.noise(27) + `"}`
	enc := base64.RawURLEncoding.EncodeToString
	return Token{enc([]byte(head)) + "." + enc(body) + "." + g.noise(342), app}
}

// noise is text as base64url has it.
func (g *generator) noise(n int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[g.r.IntN(len(alphabet))]
	}
	return string(b)
}

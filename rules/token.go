package rules

import (
	"fmt"
	"slices"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// Causes that lie in the token's form and time.
var tokenRules = []checks.Rule{
	{
		ID: "token-missing", Layer: checks.Token, Severity: checks.Error,
		Title:    "No bearer token reached the API",
		Check:    tokenMissing,
		RuledOut: tokenSent,
	},
	{
		ID: "token-malformed", Layer: checks.Token, Severity: checks.Error,
		Title: "What was sent is not a well-formed token",
		Check: tokenMalformed,
	},
	{
		ID: "token-expired", Layer: checks.Token, Severity: checks.Error,
		Title:    "The access token had expired when the request was made",
		Explains: []string{"signature-invalid"},
		Check:    tokenExpired,
		RuledOut: notExpired,
	},
	{
		ID: "token-not-yet-valid", Layer: checks.Token, Severity: checks.Error,
		Title: "The token is not valid yet: a clock is wrong",
		Check: tokenNotYetValid,
	},
	{
		ID: "token-opaque", Layer: checks.Token, Severity: checks.Error,
		Title:    "What was sent is an opaque string where an access token is needed",
		Explains: []string{"token-malformed"},
		Check:    tokenOpaque,
	},
	{
		ID: "id-token-used", Layer: checks.Token, Severity: checks.Error,
		Title:    "An ID token was sent as the access token",
		Explains: []string{"audience-mismatch", "no-permissions-in-token", "signature-invalid", "issuer-invalid", "client-assertion-invalid", "permission-missing"},
		Check:    idTokenUsed,
	},
}

var askJustBefore = fix("ask for a token just before the call and let the library's cache renew it; do not keep access tokens yourself", checks.Developer, "", "https://learn.microsoft.com/entra/identity-platform/msal-acquire-cache-tokens")

func tokenMissing(c *evidence.Case) []checks.Finding {
	if _, ok := c.Accepted(); ok {
		return nil
	}
	found := voiced(c, "token-missing", func(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
		return fmt.Sprintf("%s got no bearer token: the service says %q", callName(c), firstOf(s.Message, s.Code)), missingFixes(c)
	})
	if c.Call != nil && c.Call.Auth == evidence.AuthBearer && fitsOnly(found) {
		return nil
	}
	if c.Call == nil || c.Call.Status != 401 && len(found) == 0 && !refusedToken(c) && !(c.Call.Status == 0 && c.Failed && c.Call.Auth == evidence.AuthEmpty) || c.Call.Login() || !c.Call.Known() {
		return found
	}
	seen := checks.Witness{}
	msg := ""
	switch c.Call.Auth {
	case evidence.AuthEmpty:
		f, _ := c.Fact("authorization")
		seen, msg = checks.Shows(f), fmt.Sprintf("%s was sent with an empty Authorization header: nothing stands behind the word Bearer", callName(c))
	case evidence.AuthOther:
		f, _ := c.Fact("authorization")
		seen, msg = checks.Shows(f), fmt.Sprintf("%s was sent with %s where the API takes only Bearer and a token", callName(c), f.Value)
	case evidence.AuthAbsent:
		if readToken(c) {
			return found
		}
		r, _ := c.RequestRef()
		r.Field, r.Value = "headers", "no Authorization header"
		seen, msg = checks.Shows(r), fmt.Sprintf("%s was sent without an Authorization header", callName(c))
	default:
		return found
	}
	if len(found) == 0 {
		found = []checks.Finding{{Subject: subject(c), Fixes: missingFixes(c)}}
		if r, ok := c.StatusRef(); ok {
			found[0].Seen = []checks.Witness{checks.Fits(r)}
		}
	}
	found[0].Message = msg
	found[0].Seen = append([]checks.Witness{seen}, found[0].Seen...)
	return found
}

// readToken: the service says of a token what only its content tells, so one
// arrived, whatever headers the dump shows.
func readToken(c *evidence.Case) bool {
	h := hear(c)
	return slices.ContainsFunc([]string{"audience-mismatch", "token-expired", "token-not-yet-valid", "signature-invalid", "issuer-invalid", "wrong-tenant", "wrong-cloud"},
		func(id string) bool {
			return slices.ContainsFunc(h.voices[id], func(v voice) bool { return v.how == checks.HowSays })
		})
}

// refusedToken: the service speaks of the token, though no status was seen.
func refusedToken(c *evidence.Case) bool {
	_, ok := c.SaidAny("InvalidAuthenticationToken", "unauthenticated", "Authentication_MissingOrMalformed", "40001")
	return ok && c.Call.Status == 0
}

func missingFixes(c *evidence.Case) []checks.Fix {
	return []checks.Fix{fix("put the access token behind the word Bearer in the Authorization header, and check that the variable holds one at that moment (an asynchronous call may not have ended yet)", checks.Developer,
		`curl -H "Authorization: Bearer $TOKEN" `+urlArg(c), "")}
}

func tokenSent(c *evidence.Case) (evidence.Ref, string) {
	if c.Token != nil && c.Token.Use == evidence.Sent && c.Token.Readable() {
		return c.Token.Ref("aud"), "a readable token stood in the Authorization header"
	}
	return evidence.Ref{}, ""
}

package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

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
		return fmt.Sprintf("%s got no bearer token: the service says %q", callName(c), firstOf(s.Message, s.Code)), missingFixes
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
		found = []checks.Finding{{Subject: subject(c), Fixes: missingFixes}}
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

var missingFixes = []checks.Fix{
	fix("put the access token behind the word Bearer in the Authorization header, and check that the variable holds one at that moment (an asynchronous call may not have ended yet)", checks.Developer, `curl -H "Authorization: Bearer $TOKEN" "https://graph.microsoft.com/v1.0/me"`, ""),
}

func tokenSent(c *evidence.Case) (evidence.Ref, string) {
	if c.Token != nil && c.Token.Use == evidence.Sent && c.Token.Readable() {
		return c.Token.Ref("aud"), "a readable token stood in the Authorization header"
	}
	return evidence.Ref{}, ""
}

func tokenMalformed(c *evidence.Case) []checks.Finding {
	if _, ok := c.Accepted(); ok {
		return nil
	}
	t := c.Token
	broken := t != nil && t.Type == evidence.TokenMalformed
	found := voiced(c, "token-malformed", func(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
		return fmt.Sprintf("the token that %s carried is not well formed: the service says %q", callName(c), clip(firstOf(s.Message, s.Code))), malformedFixes
	})
	if _, ok := personal(c); ok && fitsOnly(found) && !broken {
		return nil // such an account's tokens are no JWTs: token-opaque says so
	}
	if t.Readable() && len(found) > 0 && slices.Contains(t.Notes, "quotes") {
		found[0].Message = "the token stands in quotation marks, which were sent as part of it"
		found[0].Seen = append([]checks.Witness{checks.Shows(evidence.Ref{Place: t.Place, Origin: evidence.FromToken, Field: "form", Value: "in quotation marks"})}, found[0].Seen...)
		found[0].Fixes = append([]checks.Fix{fix("take the quotation marks away: let the command print plain text", checks.Developer, "az account get-access-token --resource-type ms-graph --query accessToken --output tsv", "")}, malformedFixes...)
		return found
	}
	if t.Readable() && t.Use == evidence.Sent && len(t.Notes) == 0 && len(found) > 0 {
		found[0].Cap, found[0].CapReason = checks.Possible, "the token shown here is well formed"
		return found
	}
	if t != nil && t.Type != evidence.TokenMalformed && !t.Readable() && len(found) > 0 {
		found[0].Cap, found[0].CapReason = checks.Shown, "what was sent is "+article(t.Type.String())
	}
	spoken := len(found) > 0
	if !broken && !(t != nil && slices.Contains(t.Notes, "Bearer twice") && !t403(c)) {
		return found
	}
	if !spoken {
		if !c.Failed || t.Use != evidence.Sent && t.Use != evidence.Alone && !refusedToken401(c) {
			if t.Use != evidence.Alone {
				return nil
			}
		}
		found = []checks.Finding{{Fixes: malformedFixes, Subject: subject(c)}}
		if r, ok := c.StatusRef(); ok {
			found[0].Seen = []checks.Witness{checks.Fits(r)}
		}
	}
	flaw := t.Flaw
	if !broken {
		flaw = "the word Bearer stands in it twice"
	}
	found[0].Message = fmt.Sprintf("the token cannot be read: %s", flaw)
	found[0].Seen = append([]checks.Witness{checks.Shows(evidence.Ref{Place: t.Place, Origin: evidence.FromToken, Field: "form", Value: flaw})}, found[0].Seen...)
	return found
}

func t403(c *evidence.Case) bool { return c.Call != nil && c.Call.Status == 403 }

func refusedToken401(c *evidence.Case) bool { return c.Call != nil && c.Call.Status == 401 }

var malformedFixes = []checks.Fix{
	fix("send the whole token as the library handed it out: three parts joined by two dots, without quotes, blanks, line breaks, URL-encoding or a second Bearer; a copy from a console or a log is often truncated (cut off)", checks.Developer, "", ""),
	fix("count the parts of what is sent: a JWT has two dots", checks.Developer, `printf %s "$TOKEN" | tr -cd . | wc -c`, ""),
}

// clip keeps a quoted message short.
func clip(s string) string {
	if len(s) <= 160 {
		return s
	}
	return strings.ToValidUTF8(s[:160], "") + "…"
}

func firstOf(vs ...string) string {
	for _, v := range vs {
		if v != "" {
			return v
		}
	}
	return ""
}

func article(noun string) string {
	if noun != "" && strings.ContainsRune("aeiouAEIO", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

// skew is how far clocks may differ before a time proves anything.
const skew = 5 * time.Minute

// late returns by how much the token had expired at the request's own time.
func late(c *evidence.Case) (time.Duration, bool) {
	exp, ok := c.Token.Time("exp")
	if !ok || c.When.IsZero() {
		return 0, false
	}
	return c.When.Sub(exp), true
}

func tokenExpired(c *evidence.Case) []checks.Finding {
	if _, ok := c.Accepted(); ok {
		return nil
	}
	found := voiced(c, "token-expired", expiredWords)
	by, known := late(c)
	if !known {
		return found
	}
	clock := c.When.Ref.Origin == evidence.FromClock
	switch {
	case by <= 0 && len(found) > 0 && !clock && -by > skew && c.Token.Use == evidence.Sent:
		// the service says expired, the sent token contradicts it
		found[0].Cap, found[0].CapReason = checks.Possible, fmt.Sprintf("the token shown was valid for another %s", round(-by))
		return found
	case by <= 0:
		return found
	case clock && c.Failed && len(found) == 0:
		return nil // today's clock proves nothing about an old ticket
	}
	if !c.Failed && !clock && c.Call != nil {
		return nil
	}
	if c.Failed && c.Call != nil && (c.Call.Login() && c.Token.Use != evidence.Assertion || c.Call.Status >= 500 || c.Call.Status == 404 || c.Call.Status == 429 || c.Call.Status == 409) {
		return found
	}
	if len(found) == 0 && refusalOfOther(c) {
		return nil
	}
	if len(found) == 0 {
		found = []checks.Finding{{Subject: subject(c), Fixes: []checks.Fix{askJustBefore}}}
	}
	f := &found[0]
	f.Message = fmt.Sprintf("the token expired at %s, %s before the request", stamp(c.Token, "exp"), round(by))
	if clock {
		f.Message = fmt.Sprintf("the token expired at %s, %s ago by this machine's clock", stamp(c.Token, "exp"), round(by))
		f.Cap, f.CapReason, f.Severity = checks.Possible, "only this machine's clock speaks for it", checks.Note
	}
	exp := c.Token.Ref("exp")
	exp.Value = stamp(c.Token, "exp")
	witness := checks.Shows(exp)
	if clock {
		witness = checks.Fits(exp)
	}
	f.Seen = append([]checks.Witness{witness, checks.Fits(c.When.Ref)}, f.Seen...)
	if c.Token.Use == evidence.Nearby && f.Cap == 0 {
		f.Cap, f.CapReason = checks.Shown, "the token stands nearby, not in the request's header"
	}
	return found
}

// refusalOfOther: the answer is about something that only an accepted token
// meets, such as a permission.
func refusalOfOther(c *evidence.Case) bool {
	h := hear(c)
	for id, vs := range h.voices {
		switch id {
		case "token-expired", "audience-mismatch", "signature-invalid", "token-malformed", "token-missing", "token-revoked", "token-opaque", "issuer-invalid", "wrong-cloud", "unknown":
			continue
		}
		for _, v := range vs {
			if v.how == checks.HowSays && v.st.Carrier != evidence.InProse {
				return true
			}
		}
	}
	_, granted := c.SaidAny("Authorization_RequestDenied", "ErrorAccessDenied", "accessDenied", "Forbidden", "AccessDenied")
	return granted
}

func expiredWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	fixes := []checks.Fix{askJustBefore}
	if c.Flow == evidence.FlowOnBehalfOf || strings.HasPrefix(s.Code, "AADSTS5001") {
		fixes = []checks.Fix{fix("use the incoming token for the on-behalf-of exchange at once, and let the exchange's own cache and refresh token serve later calls; when the assertion has expired, answer 401 so that the client brings a new one", checks.Developer, "", "")}
	}
	at := s.Quoted("valid_to")
	if at != "" {
		return fmt.Sprintf("the token expired at %s: the service says %q", at, clip(firstOf(s.Message, s.Code))), fixes
	}
	return fmt.Sprintf("the service says that the token has expired: %q", clip(firstOf(s.Message, s.Code))), fixes
}

func stamp(t *evidence.Token, claim string) string {
	at, ok := t.Time(claim)
	if !ok {
		return "?"
	}
	return at.UTC().Format("2006-01-02 15:04:05Z")
}

// round prints a duration as people say it.
func round(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Hours()))
	case d >= 2*time.Minute:
		return fmt.Sprintf("%d minutes", int(d.Minutes()))
	}
	return fmt.Sprintf("%d seconds", int(d.Seconds()))
}

func notExpired(c *evidence.Case) (evidence.Ref, string) {
	if r, ok := c.Accepted(); ok {
		return r, "the API answered " + r.Value + ", so it accepted the token"
	}
	if by, ok := late(c); ok && by < 0 && c.When.Ref.Origin != evidence.FromClock {
		return c.Token.Ref("exp"), fmt.Sprintf("exp lies %s after the request", round(-by))
	}
	return evidence.Ref{}, ""
}

func tokenNotYetValid(c *evidence.Case) []checks.Finding {
	if _, ok := c.Accepted(); ok {
		return nil
	}
	found := voiced(c, "token-not-yet-valid", func(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
		return fmt.Sprintf("the token's nbf or iat lies after the time at which it was judged: the service says %q", clip(firstOf(s.Message, s.Code))), clockFixes
	})
	nbf, ok := c.Token.Time("nbf")
	if !ok {
		nbf, ok = c.Token.Time("iat")
	}
	if !ok || c.When.IsZero() || c.When.Ref.Origin == evidence.FromClock || !nbf.After(c.When.Time) {
		return found
	}
	early := nbf.Sub(c.When.Time)
	if early < skew && len(found) == 0 || refusalOfOther(c) && len(found) == 0 || c.Token.Use == evidence.Nearby && len(found) == 0 {
		return found
	}
	if len(found) == 0 {
		found = []checks.Finding{{Fixes: clockFixes, Subject: subject(c)}}
	}
	ref := c.Token.Ref("nbf")
	ref.Value = nbf.UTC().Format("2006-01-02 15:04:05Z")
	found[0].Message = fmt.Sprintf("the token is valid from %s, but the request was made %s earlier: a clock is wrong", ref.Value, round(early))
	found[0].Seen = append([]checks.Witness{checks.Shows(ref), checks.Fits(c.When.Ref)}, found[0].Seen...)
	return found
}

var clockFixes = []checks.Fix{
	fix("set the clock of the machine that issues or checks the token by NTP (time synchronisation), then ask for a new token", checks.Developer, "timedatectl status", ""),
	fix("allow a clock skew of up to five minutes where your own API validates tokens", checks.Developer, "", ""),
}

func tokenOpaque(c *evidence.Case) []checks.Finding {
	if _, ok := c.Accepted(); ok {
		return nil
	}
	t := c.Token
	if t.Readable() {
		return nil
	}
	found := voiced(c, "token-opaque", func(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
		return fmt.Sprintf("the service could not take what was sent for a token: %q", clip(firstOf(s.Message, s.Code))), opaqueFixes
	})
	if t == nil || t.Type == evidence.TokenMalformed {
		return found
	}
	if len(found) == 0 {
		if !c.Failed || !refusedToken401(c) && !refusedTokenSaid(c) || t.Use == evidence.Nearby && t.Type == evidence.TokenOpaque {
			return nil
		}
		found = []checks.Finding{{Subject: subject(c)}}
		if r, ok := c.StatusRef(); ok {
			found[0].Seen = []checks.Witness{checks.Fits(r)}
		}
	}
	f := &found[0]
	f.Message = fmt.Sprintf("what was sent as the bearer token is %s, not an access token for this API", article(t.Type.String()))
	f.Seen = append([]checks.Witness{checks.Shows(evidence.Ref{Place: t.Place, Origin: evidence.FromToken, Field: "form", Value: t.Type.String()})}, f.Seen...)
	f.Fixes = opaqueFixes
	if t.Type == evidence.TokenCompact {
		f.Fixes = append([]checks.Fix{fix("ask the v2.0 endpoint for a Graph scope (https://graph.microsoft.com/User.Read), not for wl.* or another resource's scopes: personal accounts get opaque tickets, and only one issued for Graph is taken by it", checks.Developer, "", "")}, opaqueFixes...)
	}
	return found
}

func refusedTokenSaid(c *evidence.Case) bool {
	_, ok := c.SaidAny("InvalidAuthenticationToken", "invalid_token", "unauthenticated")
	return ok
}

var opaqueFixes = []checks.Fix{
	fix("send the access_token of the token endpoint's answer; a refresh token, an authorization code or an encrypted token is no substitute", checks.Developer, "", ""),
}

func idTokenUsed(c *evidence.Case) []checks.Finding {
	if _, ok := c.Accepted(); ok {
		return nil
	}
	found := voiced(c, "id-token-used", func(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
		return fmt.Sprintf("an ID token was given where an access token is needed: %q", clip(firstOf(s.Message, s.Code))), idTokenFixes(c)
	})
	t := c.Token
	if !t.Readable() || t.Type != evidence.TokenID || !c.Failed || t.Use == evidence.Answered {
		return found
	}
	if c.Call != nil && c.Call.Status != 0 && c.Call.Status != 401 && c.Call.Status != 400 && len(found) == 0 && !saysOfToken(c) {
		return nil
	}
	if len(found) == 0 {
		found = []checks.Finding{{Subject: subject(c), Fixes: idTokenFixes(c)}}
	}
	f := &found[0]
	aud := t.Ref("aud")
	f.Message = fmt.Sprintf("the bearer token is an ID token: its aud is the client itself (%s), it has a nonce or a hash and no scp", aud.Value)
	f.Seen = append([]checks.Witness{checks.Shows(aud)}, f.Seen...)
	if s, ok := spokeOfToken(c); ok {
		f.Seen = append(f.Seen, checks.Fits(s.Ref))
	}
	return found
}

// saysOfToken: whatever the status, the words are about the token: its
// audience, issuer or signature.
func saysOfToken(c *evidence.Case) bool {
	for _, id := range []string{"audience-mismatch", "issuer-invalid", "signature-invalid"} {
		if slices.ContainsFunc(hear(c).voices[id], func(v voice) bool { return v.how == checks.HowSays }) {
			return true
		}
	}
	return false
}

// spokeOfToken is the service's refusal of the token.
func spokeOfToken(c *evidence.Case) (evidence.Statement, bool) {
	for _, s := range c.Said {
		if s.Carrier != evidence.InProse && (s.Code != "" || s.Message != "") {
			return s, true
		}
	}
	return evidence.Statement{}, false
}

func idTokenFixes(c *evidence.Case) []checks.Fix {
	if c.Flow == evidence.FlowOnBehalfOf {
		return []checks.Fix{fix("pass the middle tier an access token issued for it (scope api://<middle tier app id>/access_as_user) and use that as the assertion", checks.Developer, "", "")}
	}
	return []checks.Fix{
		fix("send the access_token, not the id_token: ask for a scope of the API and use the result's access token", checks.Developer, fmt.Sprintf("scope=https://%s/User.Read", graphHost(c)), "https://learn.microsoft.com/entra/identity-platform/access-tokens"),
	}
}

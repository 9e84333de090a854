package rules

import (
	"fmt"
	"slices"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file judges what was sent by its form: malformed, opaque, an ID token.

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
	if t.Readable() && slices.Contains(t.Notes, "no blank behind Bearer") && c.Failed {
		f := checks.Finding{Subject: subject(c), Message: "no blank stands between the word Bearer and the token, so that the API finds neither",
			Seen:  []checks.Witness{checks.Shows(evidence.Ref{Place: t.Place, Origin: evidence.FromRequest, Field: "authorization", Value: "Bearer<token>"})},
			Fixes: []checks.Fix{fix("put one blank between Bearer and the token", checks.Developer, `-H "Authorization: Bearer $TOKEN"`, "")}}
		if len(found) > 0 {
			f.Seen = append(f.Seen, found[0].Seen...)
		} else if r, ok := c.StatusRef(); ok {
			f.Seen = append(f.Seen, checks.Fits(r))
		}
		return []checks.Finding{f}
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

// orRefused returns the findings of a rule; where it has none, one that begins
// with what the service said, for the rule to put its own proof before.
func orRefused(c *evidence.Case, found []checks.Finding) []checks.Finding {
	if len(found) > 0 {
		return found
	}
	f := checks.Finding{Subject: subject(c)}
	if s, ok := spokeOfToken(c); ok {
		f.Seen = []checks.Witness{checks.Fits(s.Ref)}
	}
	return []checks.Finding{f}
}

// orAnswered is orRefused, with the bare status where nothing was said.
func orAnswered(c *evidence.Case, found []checks.Finding) []checks.Finding {
	found = orRefused(c, found)
	if r, ok := c.StatusRef(); ok && len(found[0].Seen) == 0 {
		found[0].Seen = []checks.Witness{checks.Fits(r)}
	}
	return found
}

func idTokenFixes(c *evidence.Case) []checks.Fix {
	if c.Flow == evidence.FlowOnBehalfOf {
		return []checks.Fix{fix("pass the middle tier an access token issued for it (scope api://<middle tier app id>/access_as_user) and use that as the assertion", checks.Developer, "", "")}
	}
	return []checks.Fix{
		fix("send the access_token, not the id_token: ask for a scope of the API and use the result's access token", checks.Developer, fmt.Sprintf("scope=https://%s/User.Read", graphHost(c)), "https://learn.microsoft.com/entra/identity-platform/access-tokens"),
	}
}

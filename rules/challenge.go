package rules

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// Causes in which the tenant's policies ask for more: at sign-in or, by a
// claims challenge, after it.
var challengeRules = []checks.Rule{
	{
		ID: "claims-challenge", Layer: checks.Call, Severity: checks.Error,
		Title:    "The API demands more of the sign-in: a claims challenge",
		Explains: []string{"mfa-required", "permission-missing"},
		Check:    claimsChallenge,
	},
	{
		ID: "token-revoked", Layer: checks.Call, Severity: checks.Error,
		Title:    "Continuous access evaluation has revoked the session: the token is valid by time and no longer accepted",
		Explains: []string{"claims-challenge", "token-expired"},
		Check:    tokenRevoked,
	},
	{
		ID: "mfa-required", Layer: checks.Acquire, Severity: checks.Error,
		Title: "The sign-in needs multi-factor authentication, or its registration",
		Check: stated("mfa-required", mfaWords),
	},
	{
		ID: "conditional-access-blocked", Layer: checks.Acquire, Severity: checks.Error,
		Title:    "A Conditional Access policy blocks the sign-in",
		Explains: []string{"mfa-required"},
		Check:    stated("conditional-access-blocked", accessWords),
	},
}

// challengeOf returns the claims challenge of a case, byte for byte.
func challengeOf(c *evidence.Case) (evidence.Statement, bool) {
	for _, s := range c.Said {
		if s.Claims != "" {
			return s, true
		}
	}
	return evidence.Statement{}, false
}

// demand is one thing that a claims string asks for, in plain words.
func demands(claims string) []string {
	var tree map[string]map[string]struct {
		Essential bool     `json:"essential"`
		Value     string   `json:"value"`
		Values    []string `json:"values"`
	}
	if json.Unmarshal([]byte(claims), &tree) != nil {
		return nil
	}
	var out []string
	for _, part := range []string{"access_token", "id_token", "userinfo"} {
		names := make([]string, 0, len(tree[part]))
		for n := range tree[part] {
			names = append(names, n)
		}
		sort.Strings(names)
		for _, n := range names {
			d := tree[part][n]
			values := d.Values
			if d.Value != "" {
				values = append([]string{d.Value}, values...)
			}
			out = append(out, demand(n, values))
		}
	}
	return out
}

func demand(name string, values []string) string {
	v := strings.Join(values, ", ")
	switch name {
	case "acrs":
		return "authentication context " + v + " (a step-up by Conditional Access)"
	case "amr":
		return "the authentication method " + v
	case "nbf":
		at := v
		if sec, err := json.Number(v).Int64(); err == nil {
			at = time.Unix(sec, 0).UTC().Format("2006-01-02 15:04:05Z")
		}
		return "a token issued after " + at + " (continuous access evaluation)"
	case "capolids":
		return "the Conditional Access policy " + v
	case "polids":
		return "the policy " + v
	case "deviceid", "xms_device":
		return "a registered device"
	case "xms_rp_ipaddr":
		return "a sign-in from the address that the API saw (" + v + ": strict location)"
	case "xms_cc":
		return "the client capability " + v
	}
	if v == "" {
		return name
	}
	return name + " = " + v
}

func claimsChallenge(c *evidence.Case) []checks.Finding {
	found := voiced(c, "claims-challenge", challengeWords)
	s, ok := challengeOf(c)
	if !ok || c.Call.Login() || hasNumber(c) {
		if ok && len(found) > 0 && found[0].Seen[0].How == checks.HowFits {
			found[0].Seen[0].How = checks.HowSays
		}
		if hasNumber(c) && len(found) > 0 && found[0].Seen[0].How != checks.HowSays {
			return nil
		}
		return found
	}
	if len(found) == 0 {
		found = []checks.Finding{{Subject: subject(c)}}
	}
	f := &found[0]
	f.Message, f.Fixes = challengeWords(c, s)
	ref := s.Ref
	ref.Field, ref.Value = "claims", strings.Join(demands(s.Claims), "; ")
	f.Seen = append([]checks.Witness{checks.Says(ref)}, f.Seen...)
	if c.Token.Readable() && c.Token.Has("acrs") {
		f.Seen = append(f.Seen, checks.Fits(c.Token.Ref("acrs")))
	}
	return found
}

// hasNumber: an AADSTS code stands beside the claims and says more.
func hasNumber(c *evidence.Case) bool {
	return slices.ContainsFunc(c.Said, func(s evidence.Statement) bool { return strings.HasPrefix(s.Code, "AADSTS") && slug(s) != "" })
}

func challengeWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	if s.Claims == "" {
		if other, ok := challengeOf(c); ok {
			s = other
		}
	}
	wants := demands(s.Claims)
	msg := fmt.Sprintf("the API wants more of the sign-in before it serves %s", callName(c))
	if len(wants) > 0 {
		msg += ": " + strings.Join(wants, "; ")
	} else if s.Message != "" {
		msg += fmt.Sprintf(": %q", clip(s.Message))
	}
	if asksMFA(c) {
		msg += "; it asks for multi-factor authentication (MFA)"
	}
	if c.Token.Readable() && c.Token.Has("acrs") {
		msg += "; the token has acrs " + c.Token.Ref("acrs").Value
	}
	return msg, RetryFixes(c, s.Claims)
}

// asksMFA: what was said names multi-factor authentication.
func asksMFA(c *evidence.Case) bool {
	for _, s := range c.Said {
		if f := evidence.Fold(s.Message); strings.Contains(f, "throughmfa") || strings.Contains(f, "withmfa") || strings.Contains(f, "mfaforazure") || strings.Contains(f, "multifactorauth") {
			return true
		}
	}
	return false
}

// RetryFixes are the ready ways to answer a challenge: the authorize URL and
// the library call with the claims, byte for byte.
func RetryFixes(c *evidence.Case, claims string) []checks.Fix {
	kind, _ := c.Kind()
	if kind == evidence.AppOnly {
		return []checks.Fix{
			fix("drop the cached token and ask for a new one: a daemon (client credentials) has no user to step up, so a policy for workload identities or the location must let it in", checks.Developer, "", "https://learn.microsoft.com/entra/identity-platform/app-resilience-continuous-access-evaluation"),
			fix("declare the client capability cp1, so that the library answers challenges by itself", checks.Developer, "", "https://learn.microsoft.com/entra/identity-platform/claims-challenge"),
		}
	}
	fixes := []checks.Fix{fix("sign the user in again interactively (re-authenticate) and pass the claims of the challenge on; then call with the new token", checks.Developer, retry(c, claims), "https://learn.microsoft.com/entra/identity-platform/claims-challenge")}
	fixes = append(fixes, retryURL(c, claims)...)
	return append(fixes, fix("declare the client capability cp1 (MSAL: clientCapabilities), so that the challenge comes with claims and the library can answer it", checks.Developer, "", ""))
}

// AuthorizeURL is the sign-in link that carries a claims string.
func AuthorizeURL(c *evidence.Case, claims string) string {
	t := c.TenantID()
	scope := consentScope(c)
	if f := factScope(c); strings.Contains(f, "://") {
		scope = f
	}
	redirect := "<redirect uri>"
	if f, ok := c.Fact("redirect_uri"); ok {
		redirect = url.QueryEscape(f.Value)
	}
	return fmt.Sprintf("https://%s/%s/oauth2/v2.0/authorize?client_id=%s&response_type=code&redirect_uri=%s&scope=%s&claims=%s",
		loginHost(c), or(t, "common"), appID(c), redirect, escaped(scope), url.QueryEscape(claims))
}

func tokenRevoked(c *evidence.Case) []checks.Finding {
	found := voiced(c, "token-revoked", revokedWords)
	if len(found) > 0 {
		return found
	}
	s, ok := challengeOf(c)
	if !ok || hasNumber(c) {
		return nil
	}
	// a challenge that asks for nothing but a newer token is a revocation
	ds := demands(s.Claims)
	if len(ds) != 1 || !strings.HasPrefix(ds[0], "a token issued after") {
		return nil
	}
	ref := s.Ref
	ref.Field, ref.Value = "claims", ds[0]
	f := checks.Finding{Subject: subject(c), Seen: []checks.Witness{checks.Says(ref)}}
	f.Message, f.Fixes = revokedWords(c, s)
	if c.Token.Readable() && c.Token.Has("iat") {
		r := c.Token.Ref("iat")
		r.Value = stamp(c.Token, "iat")
		f.Seen = append(f.Seen, checks.Fits(r))
	}
	return []checks.Finding{f}
}

// revocations tell what an answer's word means.
var revocations = []struct{ word, means string }{
	{"tokenissuedbeforerevocationtimestamp", "the user's sessions were revoked (password changed, account disabled, or \"revoke sessions\")"},
	{"tokencreatedwithoutdatedpolicies", "a Conditional Access policy changed after the token was issued"},
	{"locationconditionevaluationsatisfied", "the caller's network address is outside the locations that the policy allows"},
}

func revokedWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	kind, _ := c.Kind()
	if kind == evidence.KindUnknown && c.Flow == evidence.FlowClientCredentials {
		kind = evidence.AppOnly
	}
	means := ""
	folded := evidence.Fold(s.Message + s.Code)
	location := false
	for _, r := range revocations {
		if strings.Contains(folded, r.word) {
			means = r.means
			location = r.word == "locationconditionevaluationsatisfied"
		}
	}
	msg := "continuous access evaluation (CAE) rejected a token that is valid by time"
	if means != "" {
		msg += ": " + means
	} else if s.Claims != "" {
		msg += ": " + strings.Join(demands(s.Claims), "; ")
	}
	var fixes []checks.Fix
	if location {
		fixes = append(fixes, fix("call from a network that the location policy allows, or add the address to the named location (mind split tunnels and proxies: the address at sign-in and at the API differ)", checks.SecurityAdmin, "", "https://learn.microsoft.com/entra/identity/conditional-access/concept-continuous-access-evaluation"))
	}
	fixes = append(fixes, fix("throw the cached token away and get a new token with the challenge's claims; a user must sign in again (re-authenticate)", checks.Developer, retry(c, s.Claims), "https://learn.microsoft.com/entra/identity-platform/app-resilience-continuous-access-evaluation"))
	fixes = append(fixes, retryURL(c, s.Claims)...)
	return msg, append(fixes, fix("a daemon cannot answer an interactive challenge: let it drop its token cache and ask anew, and declare cp1 only if it handles challenges", checks.Developer, "", ""))
}

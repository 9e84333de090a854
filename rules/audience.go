package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// Causes that lie in whom the token is for and who issued it.
var audienceRules = []checks.Rule{
	{
		ID: "audience-mismatch", Layer: checks.Token, Severity: checks.Error,
		Title:    "The token is for another API than the one that was called",
		Explains: []string{"signature-invalid", "no-permissions-in-token", "permission-missing", "token-malformed", "issuer-invalid", "client-assertion-invalid"},
		Check:    audienceMismatch,
		RuledOut: audienceFits,
	},
	{
		ID: "wrong-cloud", Layer: checks.Token, Severity: checks.Error,
		Title:    "The token and the endpoint belong to different clouds",
		Explains: []string{"audience-mismatch", "signature-invalid", "tenant-not-found", "resource-not-in-tenant", "issuer-invalid", "service-unavailable"},
		Check:    wrongCloud,
	},
	{
		ID: "wrong-tenant", Layer: checks.Token, Severity: checks.Error,
		Title:    "The token was issued by another tenant than the one that holds the resource",
		Explains: []string{"no-permissions-in-token", "app-not-in-tenant", "issuer-invalid", "permission-missing"},
		Check:    wrongTenant,
	},
	{
		ID: "signature-invalid", Layer: checks.Token, Severity: checks.Error,
		Title: "The API could not verify the token's signature",
		Check: stated("signature-invalid", signatureWords),
	},
	{
		ID: "issuer-invalid", Layer: checks.Token, Severity: checks.Error,
		Title:    "The token's issuer or version is not what the API accepts",
		Explains: []string{"signature-invalid"},
		Check:    stated("issuer-invalid", issuerWords),
	},
	{
		ID: "no-permissions-in-token", Layer: checks.Token, Severity: checks.Error,
		Title:    "The token holds no permission at all",
		Explains: []string{"permission-missing", "user-privilege-insufficient"},
		Check:    withRegistration(noPermissions),
	},
}

// called returns the resource that the call's host belongs to.
func called(c *evidence.Case) (catalog.Resource, bool) {
	if c.Call == nil || c.Call.Host == "" || c.Call.Login() {
		return catalog.Resource{}, false
	}
	res, ok := catalog.ResourceByHost(c.Call.Host)
	if ok && res.Key == "mde" && !strings.Contains(c.Call.Host, "securitycenter") {
		// The two Defender APIs share a host; the path tells whose call it is.
		if slices.ContainsFunc(unifiedPaths, func(p string) bool { return strings.HasPrefix(c.Call.PathLower(), p) }) {
			return catalog.ResourceByKey("mtp")
		}
	}
	return res, ok
}

// unifiedPaths are of Microsoft 365 Defender (Threat Protection), not of
// Defender for Endpoint, on the host that both use.
var unifiedPaths = []string{"/api/advancedhunting", "/api/incidents", "/api/customdetections", "/api/streamingapi"}

func audienceMismatch(c *evidence.Case) []checks.Finding {
	if _, ok := c.Accepted(); ok && !stranger(c) {
		return nil
	}
	found := voiced(c, "audience-mismatch", audienceWords)
	t := c.Token
	if f, ok := mailAsked(c); ok {
		return []checks.Finding{f}
	}
	if t == nil {
		return askedElsewhere(c, found)
	}
	if !t.Readable() || t.Type == evidence.TokenID || t.Use == evidence.Answered && len(found) == 0 {
		return found
	}
	aud := t.Ref("aud")
	if t.Use == evidence.Assertion {
		return assertionAudience(c, found)
	}
	want, ok := called(c)
	if f, elsewhere := strayed(c, found); elsewhere {
		return f
	}
	if !ok || t.Str("aud") == "" || audienceIs(t.Str("aud"), want, c.Call.Host) {
		if ok && len(found) > 0 && t.Str("aud") != "" {
			if fitsOnly(found) {
				return nil
			}
			if slashOnly(found, t.Str("aud")) {
				found[0].Seen = append(found[0].Seen, checks.Shows(aud))
			} else if t.Use == evidence.Sent {
				found[0].Cap, found[0].CapReason = checks.Possible, "the token's aud is the API that was called"
			}
		}
		return found
	}
	if sameCloudTwin(c, t.Str("aud"), want) || !c.Failed {
		return found // another cloud's audience: wrong-cloud says so
	}
	if c.Call.Status == 404 || c.Call.Status == 429 || c.Call.Status >= 500 || c.Call.Status == 409 || c.Call.Status == 412 {
		return found
	}
	found = orAnswered(c, found)
	f := &found[0]
	f.Message = fmt.Sprintf("the token's aud is %q%s, but %s was called", aud.Value, named(t.Str("aud")), hostName(c, want))
	req, _ := c.RequestRef()
	f.Seen = append([]checks.Witness{checks.Shows(aud), checks.Fits(req)}, f.Seen...)
	f.Fixes = audienceFixes(c, want)
	if v, ok := c.Value("expected_audience"); ok && strings.HasPrefix(v.Value, "https://") {
		f.Message += fmt.Sprintf("; the API expects %q", v.Value)
	}
	if t.Use == evidence.Nearby {
		f.Cap, f.CapReason = checks.Shown, "the token stands nearby, not in the request's header"
		for _, w := range f.Seen {
			if w.How == checks.HowSays {
				f.Cap = 0
			}
		}
	}
	return found
}

// slashOnly: the service names the very audience that the token has, and wants
// it with a slash at the end, or without.
func slashOnly(found []checks.Finding, aud string) bool {
	return slices.ContainsFunc(found[0].Seen, func(w checks.Witness) bool {
		return w.How == checks.HowSays && strings.Contains(w.Value, "'"+aud+"'")
	}) && strings.Contains(found[0].Message, "trailing slash")
}

// strayed: a token for one of Microsoft's APIs was given to an API of one's
// own, which reports it as a bad signature or issuer.
func strayed(c *evidence.Case, found []checks.Finding) ([]checks.Finding, bool) {
	t := c.Token
	if _, known := called(c); known || !c.Failed || t.Use == evidence.Assertion || c.Call.Login() {
		return nil, false
	}
	if f, ok := challenged(c); ok {
		return []checks.Finding{f}, true
	}
	res, ok := catalog.ResourceByAudience(t.Str("aud"))
	if !ok || res.AppID == "" {
		return nil, false
	}
	for _, id := range []string{"signature-invalid", "issuer-invalid"} {
		for _, v := range hear(c).voices[id] {
			if v.how != checks.HowSays || v.st.Code == "InvalidAuthenticationToken" || strings.HasPrefix(v.st.Code, "AADSTS") {
				continue
			}
			if len(found) == 0 {
				found = []checks.Finding{{Subject: subject(c)}}
			}
			f := &found[0]
			f.Message = fmt.Sprintf("the token's aud is %q%s, but an API of your own got it: only %s itself can verify such a token", t.Ref("aud").Value, named(t.Str("aud")), res.Name)
			f.Seen = append([]checks.Witness{checks.Shows(t.Ref("aud")), checks.Fits(v.st.Ref)}, f.Seen...)
			f.Fixes = []checks.Fix{
				fix("ask for a token of your own API (its own scope, api://<app id>/...) and send that; Graph's scopes give a token for Graph alone", checks.Developer, "scope=api://<app id of the api>/.default", "https://learn.microsoft.com/entra/identity-platform/access-tokens"),
				fix("where the API must call Graph too: exchange the user's token for a Graph token by the on-behalf-of flow", checks.Developer, "", "https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow"),
			}
			return found, true
		}
	}
	return nil, false
}

// askedFor tells the resource that a token was asked for, where it is another
// one than the API that refused it.
func askedFor(c *evidence.Case) (evidence.Ref, catalog.Resource, bool) {
	want, ok := called(c)
	if !ok || c.Call.Status != 401 && !refusedToken(c) {
		return evidence.Ref{}, want, false
	}
	for _, f := range c.Facts {
		if f.Field != "resource" || f.Origin != evidence.FromRequest {
			continue
		}
		if got, known := catalog.ResourceByAudience(f.Value); known && got.AppID != "" && got.AppID != want.AppID {
			return f, want, true
		}
		return f, want, false
	}
	return evidence.Ref{}, want, false
}

// askedElsewhere: no token was seen, but the request for it named another API.
func askedElsewhere(c *evidence.Case, found []checks.Finding) []checks.Finding {
	f, want, ok := askedFor(c)
	if !ok {
		return found
	}
	found = orRefused(c, found)
	found[0].Message = fmt.Sprintf("the token was asked for the resource %q%s, but %s was called", f.Value, named(f.Value), hostName(c, want))
	found[0].Seen = append([]checks.Witness{checks.Shows(f)}, found[0].Seen...)
	if gone(want) {
		found[0].Fixes = leaveRetired(c, want)
		return found
	}
	scope := scopeFor(c, want)
	found[0].Fixes = []checks.Fix{fix("ask for a token of the API that is called: "+scope, checks.Developer, setting("scope", scope), "https://learn.microsoft.com/entra/identity-platform/scopes-oidc")}
	return found
}

// stranger: a 403 does not prove that a token of another resource was
// accepted where the services share a front door.
func stranger(c *evidence.Case) bool {
	want, ok := called(c)
	return ok && c.Token.Readable() && c.Token.Str("aud") != "" && c.Call.Status != 200 && !audienceIs(c.Token.Str("aud"), want, c.Call.Host)
}

// audienceIs tells whether an audience is right for a resource at a host.
func audienceIs(aud string, want catalog.Resource, host string) bool {
	got, ok := catalog.ResourceByAudience(aud)
	if ok && got.AppID == want.AppID && got.AppID != "" {
		if strings.Contains(aud, "sharepoint") && strings.Contains(host, "sharepoint") {
			return sharePointHost(aud, host)
		}
		// Key Vault takes its own audience, not the vault's URL
		return want.Key != "keyvault" || !strings.Contains(aud, host)
	}
	if strings.HasPrefix(aud, sharePointID) && strings.Contains(host, "sharepoint") {
		return sharePointHost(aud, host)
	}
	a := strings.TrimSuffix(strings.ToLower(aud), "/")
	if want.AppID == "" && slices.Contains(want.Audiences, a) {
		return true
	}
	return a == "https://"+host && want.Key != "keyvault" || a == strings.ToLower(want.AppID)
}

// sharePointID is SharePoint Online's application id.
const sharePointID = "00000003-0000-0ff1-ce00-000000000000"

// sharePointHost compares tenant hosts: contoso.sharepoint.com and
// contoso-admin.sharepoint.com are different audiences.
func sharePointHost(aud, host string) bool {
	a := strings.ToLower(strings.TrimSuffix(aud, "/"))
	if i := strings.Index(a, "@"); i >= 0 {
		a = a[:i]
	}
	a = strings.TrimPrefix(strings.TrimPrefix(a, sharePointID), "/")
	a = strings.TrimPrefix(a, "https://")
	return a == "" || a == host || strings.HasPrefix(a, "microsoft.sharepoint")
}

// sameCloudTwin: the audience is the same service in another cloud.
func sameCloudTwin(c *evidence.Case, aud string, want catalog.Resource) bool {
	a, okA := audienceCloud(aud)
	h, okH := catalog.CloudOf(c.Call.Host)
	if !okA || !okH || a.Name == h.Name {
		return false
	}
	return isGraph(c.Call.Host) && graphAudience(aud)
}

func graphAudience(aud string) bool {
	r, ok := catalog.ResourceByAudience(aud)
	return ok && r.AppID == graphID
}

func hostName(c *evidence.Case, want catalog.Resource) string {
	name := strings.TrimSuffix(want.Name, " [editorial name]")
	return fmt.Sprintf("%s (%s)", c.Call.Host, name)
}

func audienceFits(c *evidence.Case) (evidence.Ref, string) {
	want, ok := called(c)
	if !ok || !c.Token.Readable() || c.Token.Type == evidence.TokenID || c.Token.Use == evidence.Assertion || !audienceIs(c.Token.Str("aud"), want, c.Call.Host) {
		return evidence.Ref{}, ""
	}
	return c.Token.Ref("aud"), "aud names the API that was called"
}

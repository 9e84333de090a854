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
		Explains: []string{"audience-mismatch", "signature-invalid", "tenant-not-found", "issuer-invalid", "service-unavailable"},
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
		Check:    noPermissions,
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
			if t.Use == evidence.Sent {
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
	if len(found) == 0 {
		found = []checks.Finding{{Subject: subject(c)}}
		if s, ok := spokeOfToken(c); ok {
			found[0].Seen = []checks.Witness{checks.Fits(s.Ref)}
		} else if r, ok := c.StatusRef(); ok {
			found[0].Seen = []checks.Witness{checks.Fits(r)}
		}
	}
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

// strayed: a token for one of Microsoft's APIs was given to an API of one's
// own, which reports it as a bad signature or issuer.
func strayed(c *evidence.Case, found []checks.Finding) ([]checks.Finding, bool) {
	t := c.Token
	if _, known := called(c); known || !c.Failed || t.Use == evidence.Assertion || c.Call.Login() {
		return nil, false
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
	if len(found) == 0 {
		found = []checks.Finding{{Subject: subject(c)}}
		if s, ok := spokeOfToken(c); ok {
			found[0].Seen = []checks.Witness{checks.Fits(s.Ref)}
		}
	}
	found[0].Message = fmt.Sprintf("the token was asked for the resource %q%s, but %s was called", f.Value, named(f.Value), hostName(c, want))
	found[0].Seen = append([]checks.Witness{checks.Shows(f)}, found[0].Seen...)
	scope := scopeFor(c, want)
	found[0].Fixes = []checks.Fix{fix("ask for a token of the API that is called: "+scope, checks.Developer, "scope="+scope, "https://learn.microsoft.com/entra/identity-platform/scopes-oidc")}
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

// audienceCloud is the cloud that an audience's host belongs to.
func audienceCloud(aud string) (catalog.Cloud, bool) {
	host := strings.TrimPrefix(strings.TrimSuffix(strings.ToLower(aud), "/"), "https://")
	if strings.ContainsAny(host, "/") || !strings.Contains(host, ".") {
		return catalog.Cloud{}, false
	}
	return catalog.CloudOf(host)
}

// named adds the name of the API that an audience belongs to.
func named(aud string) string {
	if r, ok := catalog.ResourceByAudience(aud); ok && r.Name != "" {
		return " (" + strings.TrimSuffix(strings.TrimSuffix(r.Name, " [editorial name]"), " ") + ")"
	}
	if evidence.IsGUID(aud) {
		return " (an app registration of its own)"
	}
	return ""
}

func hostName(c *evidence.Case, want catalog.Resource) string {
	name := strings.TrimSuffix(want.Name, " [editorial name]")
	return fmt.Sprintf("%s (%s)", c.Call.Host, name)
}

// audienceFixes tells which scope gives a token for the called API.
func audienceFixes(c *evidence.Case, want catalog.Resource) []checks.Fix {
	scope := scopeFor(c, want)
	fixes := []checks.Fix{fix("ask for a token of the API that is called: scope "+scope, checks.Developer, "scope="+scope, "https://learn.microsoft.com/entra/identity-platform/scopes-oidc")}
	got, _ := catalog.ResourceByAudience(c.Token.Str("aud"))
	if got.Key == "aadgraph" && want.AppID == graphID {
		fixes = append(fixes, fix("Azure AD Graph (graph.windows.net) is retired: leave the v1 parameter resource=https://graph.windows.net and the ADAL library behind", checks.Developer, "", "https://learn.microsoft.com/graph/migrate-azure-ad-graph-overview"))
	}
	if want.Key == "mtp" || want.Key == "mde" {
		fixes = append(fixes, fix(fmt.Sprintf("grant the app the permissions of %q in its registration: the two Defender APIs have permissions of their own", strings.TrimSuffix(want.Name, " [editorial name]")), checks.AppAdmin, "", ""))
	}
	if got.AppID == "" && want.AppID != "" && c.Call != nil && got.Name == "" {
		fixes = append(fixes, fix("or call the API that the token is for; a middle tier exchanges such a token by the on-behalf-of flow first", checks.Developer, "", "https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow"))
	}
	return fixes
}

// scopeFor is the .default scope of the called API.
func scopeFor(c *evidence.Case, want catalog.Resource) string {
	host := ""
	if c.Call != nil {
		host = c.Call.Host
	}
	switch {
	case strings.Contains(host, "sharepoint"):
		return "https://" + host + "/.default"
	case want.AppID == graphID && host != "":
		return "https://" + host + "/.default"
	}
	if want.Key == "keyvault" && strings.HasSuffix(host, "vault.azure.net") {
		return "https://vault.azure.net/.default"
	}
	for _, a := range want.Audiences {
		if strings.HasPrefix(a, "https://") && !strings.ContainsAny(a, "*{") && !strings.HasSuffix(a, "/") && (strings.Contains(a, host) || host == "") {
			return a + "/.default"
		}
	}
	for _, a := range want.Audiences {
		if strings.HasPrefix(a, "https://") && !strings.ContainsAny(a, "*{") {
			return strings.TrimSuffix(a, "/") + "/.default"
		}
	}
	return or(want.AppID, "https://"+host) + "/.default"
}

func audienceWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	got, want := s.Quoted("audience"), s.Quoted("expected_audience")
	if got == "" && c.Token.Readable() {
		got = c.Token.Ref("aud").Value
	}
	var fixes []checks.Fix
	res, ok := called(c)
	if want == "" {
		if f, found := c.Fact("www-authenticate.resource"); found {
			want = f.Value
		}
	}
	if s.Code == "AADSTS500131" || s.Code == "AADSTS50013" || c.Flow == evidence.FlowOnBehalfOf {
		fixes = []checks.Fix{fix("send the middle tier a token issued for it, and use that as the assertion: the assertion's aud must be the app that presents it"+forApp(c), checks.Developer, "scope=api://"+appID(c)+"/.default", "https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow")}
	} else if want != "" && strings.HasPrefix(want, "https://") {
		fixes = append(fixes, fix("ask for a token with the audience that the API expects: "+want, checks.Developer, "scope="+strings.TrimSuffix(want, "/")+"/.default", ""))
	} else if ok {
		fixes = audienceFixes(c, res)
	} else {
		if want == "" && c.Call != nil && c.Call.Host != "" && c.Token.Readable() {
			want = "https://" + c.Call.Host
		}
		fixes = append(fixes,
			fix("ask for a token of the API that is called, by its own scope (resource): "+or(want, "its app id URI"), checks.Developer, "scope="+or(want, "<app id uri of the api>")+"/.default", ""),
			fix("if the API is yours: add the received audience to its list of valid (allowed) audiences, both the app id and the app id URI", checks.Developer, "", ""))
	}
	switch {
	case got != "" && want != "" && got != want && strings.TrimSuffix(got, "/") == strings.TrimSuffix(want, "/"):
		return fmt.Sprintf("the token's audience is %q and the API wants %q: they differ by the trailing slash", got, want),
			append([]checks.Fix{fix("write the slash twice in the scope of the v2.0 endpoint: one ends the resource, one parts it from .default", checks.Developer, "scope="+strings.TrimSuffix(want, "/")+"//.default", "https://learn.microsoft.com/entra/identity-platform/scopes-oidc")}, fixes...)
	case got != "" && want != "":
		return fmt.Sprintf("the token's audience is %q%s, the API accepts %q%s", got, named(got), want, named(want)), fixes
	case got != "":
		return fmt.Sprintf("the token's audience is %q%s, which the API does not accept", got, named(got)), fixes
	}
	return fmt.Sprintf("the API refuses the token's audience: %q", clip(firstOf(s.Message, s.Code))), fixes
}

func forApp(c *evidence.Case) string {
	if c.AppID() == "" {
		return ""
	}
	return " (" + c.AppID() + ")"
}

// assertionAudience: in an on-behalf-of request the assertion must be a token
// for the middle tier itself.
func assertionAudience(c *evidence.Case, found []checks.Finding) []checks.Finding {
	aud := c.Token.Str("aud")
	app := ""
	if f, ok := c.Fact("client_id"); ok {
		app = f.Value
	}
	res, known := catalog.ResourceByAudience(aud)
	if app != "" && strings.Contains(strings.ToLower(aud), strings.ToLower(app)) || !known && app == "" {
		return found
	}
	if !c.Failed {
		return found
	}
	if len(found) == 0 {
		found = []checks.Finding{{Subject: subject(c)}}
		if s, ok := spokeOfToken(c); ok {
			found[0].Seen = []checks.Witness{checks.Fits(s.Ref)}
		}
	}
	what := ""
	if known {
		what = " (" + res.Name + ")"
	}
	found[0].Message = fmt.Sprintf("the assertion is a token for %q%s, but an on-behalf-of exchange needs one issued for the middle tier itself%s", aud, what, forID(app))
	found[0].Seen = append([]checks.Witness{checks.Shows(c.Token.Ref("aud"))}, found[0].Seen...)
	found[0].Fixes = []checks.Fix{fix("let the client ask for the middle tier's own scope and send that token on; a Graph token cannot be exchanged", checks.Developer, "scope=api://"+or(app, "<middle tier app id>")+"/.default", "https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow")}
	return found
}

func forID(app string) string {
	if app == "" {
		return ""
	}
	return " (" + app + ")"
}

func audienceFits(c *evidence.Case) (evidence.Ref, string) {
	want, ok := called(c)
	if !ok || !c.Token.Readable() || c.Token.Type == evidence.TokenID || c.Token.Use == evidence.Assertion || !audienceIs(c.Token.Str("aud"), want, c.Call.Host) {
		return evidence.Ref{}, ""
	}
	return c.Token.Ref("aud"), "aud names the API that was called"
}

func wrongCloud(c *evidence.Case) []checks.Finding {
	found := voiced(c, "wrong-cloud", cloudWords)
	if len(found) > 0 && !fitsOnly(found) {
		return found
	}
	if !c.Failed {
		return nil
	}
	if _, ok := c.Accepted(); ok {
		return nil
	}
	host, okHost := cloud(c)
	if t := c.Token; t.Readable() && okHost {
		aud, ok := audienceCloud(t.Str("aud"))
		if ok && differ(aud, host) && (graphAudience(t.Str("aud")) || isGraph(c.Call.Host)) {
			req, _ := c.RequestRef()
			f := checks.Finding{Subject: subject(c), Seen: []checks.Witness{checks.Shows(t.Ref("aud")), checks.Fits(req)},
				Message: fmt.Sprintf("the token is for %s (%s cloud), but %s (%s cloud) was called", t.Str("aud"), aud.Name, c.Call.Host, host.Name),
				Fixes:   cloudFixes(c, host)}
			if gov := t.Str("tenant_region_scope"); strings.HasPrefix(strings.ToUpper(gov), "USG") {
				f.Seen = append(f.Seen, checks.Fits(t.Ref("tenant_region_scope")))
				if aud.Name == "global" && host.Name == "usgov-l4" && strings.EqualFold(t.Str("tenant_region_sub_scope"), "DOD") {
					f.Fixes = cloudFixes(c, mustCloud("usgov-l5"))
				}
			}
			return []checks.Finding{f}
		}
	}
	return authorityCloud(c)
}

// authorityCloud compares the sign-in host with the API's cloud, where a
// sovereign one stands beside a refusal to know the tenant or the app.
func authorityCloud(c *evidence.Case) []checks.Finding {
	auth, ok := c.Fact("authority_host")
	if !ok {
		return nil
	}
	a, okA := catalog.CloudOf(auth.Value)
	if okA && a.Name == "germany" && c.Failed {
		return []checks.Finding{{Subject: subject(c), Seen: []checks.Witness{checks.Shows(auth), checks.Fits(firstSaid(c).Ref)},
			Message: fmt.Sprintf("the sign-in went to %s of the German cloud (Microsoft Cloud Deutschland), which is closed and knows no tenant of the worldwide cloud", auth.Value),
			Fixes:   cloudFixes(c, mustCloud("global"))}}
	}
	var other evidence.Ref
	var o catalog.Cloud
	for _, f := range c.Facts {
		if f.Field == "scope" || f.Field == "resource" || f.Field == "www-authenticate.resource" || f.Field == "environment" {
			if cl, ok := cloudIn(f.Value); ok && differ(cl, a) {
				other, o = f, cl
			}
		}
	}
	if c.Call != nil && !c.Call.Login() {
		if cl, ok := cloud(c); ok && differ(cl, a) {
			other, _ = c.RequestRef()
			o = cl
		}
	}
	if !okA || other.Value == "" {
		return nil
	}
	f := checks.Finding{Subject: subject(c), Message: fmt.Sprintf("the authority %s is of the %s cloud, but %q is of the %s cloud", auth.Value, a.Name, other.Value, o.Name),
		Seen: []checks.Witness{checks.Shows(auth), checks.Fits(other)}, Fixes: cloudFixes(c, o)}
	if _, ok := c.SaidAny("AADSTS90002", "AADSTS700016", "AADSTS500011", "AADSTS90072", "InvalidAuthenticationToken", "AADSTS50049"); ok {
		for _, s := range c.Said {
			if s.Carrier != evidence.InProse && s.Code != "" {
				f.Seen = append(f.Seen, checks.Fits(s.Ref))
				break
			}
		}
	}
	return []checks.Finding{f}
}

// cloudIn finds a cloud by any host in a text.
func cloudIn(text string) (catalog.Cloud, bool) {
	for w := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ' ' || r == ',' || r == '/' }) {
		if strings.Contains(w, ".") && !evidence.IsPermission(w) {
			if cl, ok := catalog.CloudOf(strings.ToLower(w)); ok {
				return cl, true
			}
		}
	}
	switch strings.ToLower(text) {
	case "usgov":
		return mustCloud("usgov-l4"), true
	case "usgovdod":
		return mustCloud("usgov-l5"), true
	case "china":
		return mustCloud("china"), true
	}
	return catalog.Cloud{}, false
}

func mustCloud(name string) catalog.Cloud {
	cl, _ := catalog.CloudNamed(name)
	return cl
}

// differ: GCC uses the global hosts, and the two government clouds share a login.
func differ(a, b catalog.Cloud) bool {
	if a.Name == b.Name || a.Name == "" || b.Name == "" {
		return false
	}
	return !slices.ContainsFunc(a.LoginHosts, func(h string) bool { return slices.Contains(b.LoginHosts, h) }) || a.GraphHost != b.GraphHost && !slices.Equal(a.LoginHosts, b.LoginHosts) || a.GraphHost != b.GraphHost && strings.HasPrefix(a.Name, "usgov") && strings.HasPrefix(b.Name, "usgov")
}

func cloudWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	to := catalog.Cloud{}
	if cl, ok := cloudIn(s.Message); ok {
		to = cl
	} else if strings.HasPrefix(s.Code, "AADSTS90043") {
		to = otherCloud(c) // where the request went is where the account is not
	} else if cl, ok := cloud(c); ok {
		to = cl
	}
	msg := fmt.Sprintf("the sign-in endpoint and the tenant or resource belong to different clouds: %q", clip(firstOf(s.Message, s.Code)))
	return msg, cloudFixes(c, to)
}

// otherCloud is a cloud that the text names beside the one that was asked.
func otherCloud(c *evidence.Case) catalog.Cloud {
	asked, _ := cloud(c)
	for _, s := range c.Said {
		for _, mark := range [][2]string{{"onmschina.cn", "china"}, {"partner.microsoftonline.cn", "china"}, {"chinacloudapi.cn", "china"}, {"21Vianet", "china"}, {"onmicrosoft.us", "usgov-l4"}, {"microsoftonline.us", "usgov-l4"}} {
			if strings.Contains(s.Message, mark[0]) && mark[1] != asked.Name {
				return mustCloud(mark[1])
			}
		}
	}
	return catalog.Cloud{}
}

func cloudFixes(c *evidence.Case, to catalog.Cloud) []checks.Fix {
	login, graph := "<login host of the tenant's cloud>", "<Graph host of the tenant's cloud>"
	if to.GraphHost != "" {
		graph = to.GraphHost
	}
	if len(to.LoginHosts) > 0 {
		login = to.LoginHosts[0]
	}
	if to.GraphHost == "" {
		return []checks.Fix{
			fix("use the hosts of the tenant's own cloud throughout: login.microsoftonline.com and graph.microsoft.com worldwide, login.microsoftonline.us and graph.microsoft.us for US Government, login.partner.microsoftonline.cn (login.chinacloudapi.cn) and microsoftgraph.chinacloudapi.cn in China (21Vianet)", checks.Developer,
				fmt.Sprintf("authority=https://%s/%s scope=https://%s/.default", login, tenantID(c), graph), "https://learn.microsoft.com/graph/deployments"),
			fix("find the tenant's cloud by its domain", checks.Developer, "curl https://login.microsoftonline.com/"+tenantID(c)+"/v2.0/.well-known/openid-configuration", ""),
		}
	}
	return []checks.Fix{
		fix(fmt.Sprintf("use one cloud throughout: authority https://%s/%s, scope https://%s/.default, endpoint https://%s", login, tenantID(c), graph, graph), checks.Developer,
			fmt.Sprintf("authority=https://%s/%s scope=https://%s/.default", login, tenantID(c), graph), "https://learn.microsoft.com/graph/deployments"),
		fix("find the tenant's cloud by its domain", checks.Developer, "curl https://login.microsoftonline.com/"+tenantID(c)+"/v2.0/.well-known/openid-configuration", ""),
	}
}

func wrongTenant(c *evidence.Case) []checks.Finding {
	found := voiced(c, "wrong-tenant", tenantWords)
	t := c.Token
	if !t.Readable() || !c.Failed {
		return found
	}
	tid := t.Str("tid")
	kind, _ := t.Kind()
	if tid == sharedTenant && kind == evidence.AppOnly {
		f := checks.Finding{Subject: subject(c), Seen: []checks.Witness{checks.Shows(t.Ref("tid"))},
			Message: "the app-only token was issued by Microsoft's own shared tenant (tid " + sharedTenant + "): client credentials were sent to /common",
			Fixes:   []checks.Fix{fix("ask the token endpoint of the tenant that holds the data, not /common or /organizations", checks.Developer, fmt.Sprintf("https://%s/%s/oauth2/v2.0/token", loginHost(c), "<tenant id>"), "")}}
		if s, ok := spokeOfToken(c); ok {
			f.Seen = append(f.Seen, checks.Fits(s.Ref))
		}
		return []checks.Finding{f}
	}
	if len(found) > 0 {
		return found
	}
	if other := otherTenant(c); other.Value != "" && identityLost(c) {
		return []checks.Finding{{Subject: subject(c), Seen: []checks.Witness{checks.Shows(t.Ref("tid")), checks.Fits(other)},
			Message: fmt.Sprintf("the token is of tenant %s, but the call is about tenant %s", tid, other.Value),
			Fixes:   tenantFixes(c, other.Value)}}
	}
	return nil
}

// sharedTenant issues tokens for client credentials sent to /common.
const sharedTenant = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"

// identityLost: the answer is one that a stranger's token gets.
func identityLost(c *evidence.Case) bool {
	_, ok := c.SaidAny("Authorization_IdentityNotFound", "InvalidAuthenticationTokenTenant", "OrganizationFromTenantGuidNotFound")
	return ok
}

// otherTenant is a tenant named in the request that is not the token's.
func otherTenant(c *evidence.Case) evidence.Ref {
	tid := c.Token.Str("tid")
	for _, f := range c.Facts {
		if f.Field == "tenant" && evidence.IsGUID(f.Value) && !strings.EqualFold(f.Value, tid) {
			return f
		}
	}
	return evidence.Ref{}
}

func tenantWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	want, got := lastSegment(s.Quoted("expected_tenant")), lastSegment(s.Quoted("issuer"))
	if want == "" {
		want = lastSegment(s.Quoted("authority"))
	}
	if want == "" {
		return fmt.Sprintf("the token was issued by another tenant than the one that holds the resource: %q", clip(firstOf(s.Message, s.Code))), tenantFixes(c, "")
	}
	note := ""
	if got == sharedTenant {
		note = ", Microsoft's tenant for personal accounts and /common"
	}
	return fmt.Sprintf("the token was issued by tenant %s%s, but the resource belongs to tenant %s", or(got, "<unknown>"), note, want), tenantFixes(c, want)
}

func lastSegment(url string) string {
	url = strings.TrimSuffix(url, "/")
	return url[strings.LastIndexByte(url, '/')+1:]
}

func tenantFixes(c *evidence.Case, want string) []checks.Fix {
	t := or(want, "<tenant id>")
	return []checks.Fix{
		fix("sign in to the tenant that holds the resource: authority https://"+loginHost(c)+"/"+t, checks.Developer, "az login --tenant "+t, ""),
		fix("for a personal account or a guest: name the tenant explicitly, since /common signs such an account in to its home tenant", checks.User, "", ""),
	}
}

func signatureWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	msg := fmt.Sprintf("the signature of the token could not be verified: %q", clip(firstOf(s.Message, s.Code)))
	if c.Token.Readable() && graphAudience(c.Token.Str("aud")) && (!onGraph(c) || (c.Call == nil || c.Call.Host == "") && s.Code != "InvalidAuthenticationToken") {
		return fmt.Sprintf("a Microsoft Graph token (aud %s) was given to another API, and only Graph itself can verify its signature", c.Token.Ref("aud").Value),
			[]checks.Fix{fix("ask for a token of your own API (its own scope, api://...) and validate that; Graph tokens are for Graph alone", checks.Developer, "scope=api://"+appID(c)+"/.default", "")}
	}
	return msg, []checks.Fix{
		fix("ask for a fresh token and send it unchanged: any edit, truncation or re-encoding breaks the signature", checks.Developer, "", ""),
		fix("where your own API validates: take the keys from the metadata of the token's own issuer (v1 and v2, and each cloud, have their own) and renew them when a kid is unknown", checks.Developer, fmt.Sprintf("curl https://%s/%s/v2.0/.well-known/openid-configuration", loginHost(c), tenantID(c)), ""),
		fix("a signature error of a token for another API (check aud first) is a wrong audience, not bad keys", checks.Developer, "", ""),
	}
}

func issuerWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	got := s.Quoted("issuer")
	fixes := []checks.Fix{
		fix("make the API's expected issuer and version agree with the token: set requestedAccessTokenVersion (api.requestedAccessTokenVersion) of the API's registration to 2 for https://login.microsoftonline.com/<tenant>/v2.0, or accept https://sts.windows.net/<tenant>/ for version 1", checks.Developer,
			"az rest --method PATCH --uri https://graph.microsoft.com/v1.0/applications/<object id> --body '{\"api\":{\"requestedAccessTokenVersion\":2}}'", "https://learn.microsoft.com/entra/identity-platform/access-tokens"),
		fix("the version is decided by the API's registration, not by the endpoint that the client used; for a multi-tenant API validate the issuer per tenant", checks.Developer, "", ""),
	}
	if got != "" {
		return fmt.Sprintf("the token's issuer %q is not one that the API accepts", got), fixes
	}
	return fmt.Sprintf("the API does not accept the token's issuer: %q", clip(firstOf(s.Message, s.Code))), fixes
}

func noPermissions(c *evidence.Case) []checks.Finding {
	found := voiced(c, "no-permissions-in-token", noPermissionWords)
	t := c.Token
	if t.Readable() && (t.Has("scp") || t.Has("roles")) {
		return nil
	}
	if !t.Readable() || t.Type != evidence.TokenAccess || !c.Failed || t.Use == evidence.Assertion || t.Partial {
		return found
	}
	if c.Call != nil && (c.Call.Login() || c.Call.Status == 404 || c.Call.Status == 429 || c.Call.Status >= 500) {
		return found
	}
	kind, claim := t.Kind()
	if kind == evidence.KindUnknown || len(found) == 0 && !grants(t.Str("aud")) {
		return found
	}
	if len(found) == 0 {
		found = []checks.Finding{{Subject: subject(c)}}
		if s, ok := spokeOfToken(c); ok {
			found[0].Seen = []checks.Witness{checks.Fits(s.Ref)}
		} else if r, ok := c.StatusRef(); ok {
			found[0].Seen = []checks.Witness{checks.Fits(r)}
		}
	}
	aud := t.Ref("aud")
	f := &found[0]
	f.Message, f.Fixes = noPermissionWords(c, evidence.Statement{})
	ref := t.Ref(claim)
	ref.Field, ref.Value = "scp, roles", "neither is in the token"
	f.Seen = append([]checks.Witness{checks.Shows(ref), checks.Fits(aud)}, f.Seen...)
	if t.Use == evidence.Nearby {
		f.Cap, f.CapReason = checks.Shown, "the token stands nearby, not in the request's header"
	}
	return found
}

// grants tells an API that decides by scp and roles. Azure's own planes (ARM,
// Key Vault, Storage ...) and Dataverse decide by role assignments that no
// token shows, and what another's API asks for is not known here.
func grants(aud string) bool {
	r, ok := catalog.ResourceByAudience(aud)
	return ok && slices.Contains([]string{"msgraph", "aadgraph", "sharepoint", "exchange", "outlook", "mde", "mtp", "o365-management", "intune", "intune-api", "mcas", "partner-center", "planner", "onenote", "teams"}, r.Key)
}

func noPermissionWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	res := "this API"
	if c.Token.Readable() {
		if r, ok := catalog.ResourceByAudience(c.Token.Str("aud")); ok {
			res = strings.TrimSuffix(r.Name, " [editorial name]")
			if strings.HasPrefix(c.Token.Str("aud"), sharePointID) || strings.Contains(c.Token.Str("aud"), "sharepoint") {
				res = "SharePoint (Office 365 SharePoint Online)"
			}
		}
	}
	if !strings.Contains(res, "SharePoint") && c.Call != nil && strings.Contains(c.Call.Host, "sharepoint") {
		res = "SharePoint (Office 365 SharePoint Online)"
	}
	kind, _ := c.Kind()
	msg := fmt.Sprintf("the token for %s has neither scp nor roles: nothing was granted to %s for this API", res, appName(c))
	need := leastFor(c, kind)
	fixes := []checks.Fix{grantFix(c, kind, need, res)}
	fixes = append(fixes, grantCommands(c, kind, need)...)
	if s.Message != "" && !c.Token.Readable() {
		msg = fmt.Sprintf("the token holds no permission that the API can read: %q", clip(s.Message))
	}
	return msg, fixes
}

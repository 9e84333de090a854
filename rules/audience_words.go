package rules

import (
	"fmt"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file words what is wrong with a token's audience, and how to ask for the right one.

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

// audienceFixes tells which scope gives a token for the called API.
func audienceFixes(c *evidence.Case, want catalog.Resource) []checks.Fix {
	if gone(want) {
		return leaveRetired(c, want)
	}
	if mail := mailFixes(c); mail != nil {
		return mail
	}
	scope := scopeFor(c, want)
	fixes := []checks.Fix{fix("ask for a token of the API that is called: scope "+scope, checks.Developer, setting("scope", scope), "https://learn.microsoft.com/entra/identity-platform/scopes-oidc")}
	if v, ok := c.Fact("endpoint_version"); ok && v.Value == "v1" {
		_, resource := c.Fact("resource")
		if asked, ok := c.Fact("scope"); ok && !resource {
			fixes[0].Title = fmt.Sprintf("ask at the v2.0 endpoint (/oauth2/v2.0/token): the one that was called is v1's, which takes no scope (%s was ignored), only resource=, and without it gives a token of its default resource", asked.Value)
			fixes[0].Command = strings.TrimSpace("POST https://" + loginHost(c) + "/" + tenantID(c) + "/oauth2/v2.0/token scope=" + scope)
		}
	}
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

// gone tells whether an API is retired: a token for it would lead nowhere.
func gone(r catalog.Resource) bool {
	return r.Key == "aadgraph" || r.Status == "retired-api" || r.Status == "retired"
}

// leaveRetired tells how the call is made to Microsoft Graph: with the token at
// hand, where that is Graph's.
func leaveRetired(c *evidence.Case, from catalog.Resource) []checks.Fix {
	graph := "https://" + graphHost(c)
	to := or(replacement(c), graph+"/v1.0")
	name := strings.TrimSuffix(from.Name, " [editorial name]")
	var fixes []checks.Fix
	if c.Token.Readable() && graphAudience(c.Token.Str("aud")) {
		fixes = append(fixes, fix(fmt.Sprintf("call Microsoft Graph with this token: %s in place of %s (%s is retired)", to, c.Call.Host, name), checks.Developer, curl(c, to), "https://learn.microsoft.com/graph/migrate-azure-ad-graph-request-differences"))
	} else {
		fixes = append(fixes,
			fix(fmt.Sprintf("call Microsoft Graph in place of %s (%s is retired): %s", c.Call.Host, name, to), checks.Developer, curl(c, to), "https://learn.microsoft.com/graph/migrate-azure-ad-graph-request-differences"),
			fix("and ask for a token of Microsoft Graph: scope "+graph+"/.default", checks.Developer, setting("scope", graph+"/.default"), "https://learn.microsoft.com/entra/identity-platform/scopes-oidc"))
	}
	if hasWords(c, "AzureAD", "MSOnline", "Msol") {
		fixes = append(fixes, useGraphPowerShell())
	}
	return fixes
}

// curl is a request of Graph, "GET https://...", as a command; "" where no more
// than Graph's address is known.
func curl(c *evidence.Case, request string) string {
	method, url, ok := strings.Cut(request, " ")
	if !ok {
		method, url = or(c.Call.Method, "GET"), request
	}
	if strings.HasSuffix(url, "/v1.0") || strings.ContainsAny(url, "'\\ ") {
		return ""
	}
	return fmt.Sprintf("curl -X %s -H 'Authorization: Bearer <token>' '%s'", method, url)
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
		fixes = append(fixes, fix("ask for a token with the audience that the API expects: "+want, checks.Developer, setting("scope", want+"/.default"), ""))
	} else if ok {
		fixes = audienceFixes(c, res)
	} else {
		if want == "" && c.Call != nil && c.Call.Host != "" && c.Token.Readable() {
			want = "https://" + c.Call.Host
		}
		fixes = append(fixes,
			fix("ask for a token of the API that is called, by its own scope (resource): "+or(want, "its app id URI"), checks.Developer, setting("scope", or(want, "<app id uri of the api>")+"/.default"), ""),
			fix("if the API is yours: add the received audience to its list of valid (allowed) audiences, both the app id and the app id URI", checks.Developer, "", ""))
	}
	switch {
	case got != "" && want != "" && got != want && strings.TrimSuffix(got, "/") == strings.TrimSuffix(want, "/"):
		return fmt.Sprintf("the token's audience is %q and the API wants %q: they differ by the trailing slash", got, want),
			[]checks.Fix{slashFix(want)}
	case got != "" && want != "":
		return fmt.Sprintf("the token's audience is %q%s, the API accepts %q%s", got, named(got), want, named(want)), fixes
	case got != "":
		return fmt.Sprintf("the token's audience is %q%s, which the API does not accept", got, named(got)), fixes
	}
	return fmt.Sprintf("the API refuses the token's audience: %q", clip(firstOf(s.Message, s.Code))), fixes
}

// slashFix asks for an audience that ends in a slash, or in none.
func slashFix(want string) checks.Fix {
	const page = "https://learn.microsoft.com/entra/identity-platform/scopes-oidc"
	if strings.HasSuffix(want, "/") {
		return fix("write the slash twice in the scope of the v2.0 endpoint: one ends the resource, one parts it from .default", checks.Developer, setting("scope", want+"/.default"), page)
	}
	return fix("write the slash once in the scope of the v2.0 endpoint: it parts the resource from .default", checks.Developer, setting("scope", want+"/.default"), page)
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
	found = orRefused(c, found)
	what := ""
	if known {
		what = " (" + res.Name + ")"
	}
	found[0].Message = fmt.Sprintf("the assertion is a token for %q%s, but an on-behalf-of exchange needs one issued for the middle tier itself%s", aud, what, forID(app))
	found[0].Seen = append([]checks.Witness{checks.Shows(c.Token.Ref("aud"))}, found[0].Seen...)
	found[0].Fixes = []checks.Fix{fix("let the client ask for the middle tier's own scope and send that token on; a Graph token cannot be exchanged", checks.Developer, "scope=api://"+plain(app, "<middle tier app id>")+"/.default", "https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow")}
	return found
}

func forID(app string) string {
	if app == "" {
		return ""
	}
	return " (" + app + ")"
}

package rules

import (
	"fmt"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file judges a 401 whose challenge names the resource that a token must
// be for, as App Service Authentication and other gates of one's own give it.

// challenged: the token that was sent is for another resource than the one
// that the answer's challenge names.
func challenged(c *evidence.Case) (checks.Finding, bool) {
	t := c.Token
	if status(c) != 401 || t.Use != evidence.Sent || t.Str("aud") == "" {
		return checks.Finding{}, false
	}
	want, ok := c.Fact("www-authenticate.resource_id", "www-authenticate.resource")
	if !ok || sameResource(t.Str("aud"), want.Value) {
		return checks.Finding{}, false
	}
	aud := t.Ref("aud")
	scope := strings.TrimSuffix(want.Value, "/") + "/.default"
	if evidence.IsGUID(want.Value) {
		scope = "api://" + scope
	}
	f := checks.Finding{
		Subject: subject(c),
		Message: fmt.Sprintf("the token's aud is %q%s, but %s takes tokens for %s alone, as its challenge says", aud.Value, named(t.Str("aud")), c.Call.Host, want.Value),
		Seen:    []checks.Witness{checks.Shows(aud), checks.Shows(want)},
		Fixes: []checks.Fix{
			fix("ask for a token of the API that is called (its own application id URI, often api:// and the id of its challenge)", checks.Developer, setting("scope", scope), "https://learn.microsoft.com/entra/identity-platform/scopes-oidc"),
		},
	}
	if r, ok := catalog.ResourceByAudience(t.Str("aud")); ok && r.AppID == graphID {
		f.Fixes = append(f.Fixes, fix("where that API is to call Microsoft Graph for the user: it exchanges the token that it was sent by the on-behalf-of flow", checks.Developer, "", "https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow"))
	}
	if evidence.IsGUID(want.Value) {
		f.Fixes = append(f.Fixes, fix("if the token is for that very API under another name, add it to the allowed token audiences of App Service Authentication", checks.AppAdmin, "", "https://learn.microsoft.com/azure/app-service/configure-authentication-provider-aad"))
	}
	return f, true
}

// sameResource compares an audience with a resource that was named: its id,
// its URI, or the URI made of the id.
func sameResource(aud, want string) bool {
	a, w := strings.ToLower(strings.TrimSuffix(aud, "/")), strings.ToLower(strings.TrimSuffix(want, "/"))
	return a == w || strings.HasSuffix(a, "/"+w) || strings.HasSuffix(w, "/"+a)
}

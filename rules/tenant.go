package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file judges who issued the token: the tenant, the issuer, the signature.

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
	if strings.Contains(evidence.Fold(s.Message), "aadguestpft") {
		return guestWords(c, s)
	}
	want, got := lastSegment(s.Quoted("expected_tenant")), lastSegment(s.Quoted("issuer"))
	if w, g := expectedFound(s.Message); w != "" {
		want, got = w, g
	}
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

// guestWords: the service keeps what was asked for in the user's home tenant.
func guestWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	in := "the tenant that issued the token"
	if t := c.TenantID(); t != "" {
		in = "tenant " + t
	}
	home := homeTenant(c)
	return fmt.Sprintf("the signed-in user is a guest in %s and has no mailbox, calendar or tasks there, only in the home tenant: %q", in, clip(firstOf(s.Message, s.Code))), []checks.Fix{
		fix("sign the user in to the home tenant, and call with a token of that tenant: the app must ask the authority of the home tenant, and be consented there", checks.Developer, "https://"+loginHost(c)+"/"+home, "https://learn.microsoft.com/entra/external-id/user-properties"),
		fix("or use a member account of this tenant that has a mailbox", checks.User, "", ""),
		fix("no permission is missing: adding scopes will not help", checks.Developer, "", ""),
	}
}

// homeTenant is the tenant of a guest, by the token's identity provider.
func homeTenant(c *evidence.Case) string {
	if c.Token.Readable() {
		if id := lastSegment(c.Token.Str("idp")); evidence.IsGUID(id) && !strings.EqualFold(id, c.Token.Str("tid")) {
			return id
		}
	}
	return "<home tenant id>"
}

// servicesTenants are tenants of Microsoft's own whose issuers every vault takes.
var servicesTenants = []string{sharedTenant, "e2d54eb5-3869-4f70-8578-dee5fc7331f4", "33e01921-4d64-4f8c-a055-5bdaffd5e33d"}

// expectedFound reads "Expected one of <issuers>, found <issuer>": the one
// customer's tenant among the expected ones, and the token's.
func expectedFound(msg string) (want, got string) {
	_, rest, ok := strings.Cut(msg, "xpected one of ")
	if !ok {
		return "", ""
	}
	expected, found, ok := strings.Cut(rest, "found ")
	if !ok {
		return "", ""
	}
	tenant := func(word string) string {
		if t := lastSegment(strings.Trim(word, "'\",.")); evidence.IsGUID(t) {
			return t
		}
		return ""
	}
	for w := range strings.FieldsSeq(expected) {
		t := tenant(w)
		if t == "" || slices.Contains(servicesTenants, t) {
			continue
		}
		if want != "" {
			return "", "" // which of them holds the resource is not told
		}
		want = t
	}
	w, _, _ := strings.Cut(found, " ")
	return want, tenant(w)
}

func lastSegment(url string) string {
	url = strings.TrimSuffix(url, "/")
	return url[strings.LastIndexByte(url, '/')+1:]
}

func tenantFixes(c *evidence.Case, want string) []checks.Fix {
	t := plain(want, "<tenant id>")
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
	msg := fmt.Sprintf("the API does not accept the token's issuer: %q", clip(firstOf(s.Message, s.Code)))
	if got != "" {
		msg = fmt.Sprintf("the token's issuer %q is not one that the API accepts", got)
	}
	if api, ok := namedAPI(c); ok {
		if asked := factValue(c, "tenant"); evidence.IsGUID(asked) {
			msg += "; the token was asked of tenant " + asked
		}
		return fmt.Sprintf("%s; %s takes tokens of the tenant alone that holds the resource", msg, api.Name), tenantFixes(c, s.Quoted("expected_tenant"))
	}
	if at := factValue(c, "tenant"); at == "common" || at == "organizations" || at == "consumers" {
		return fmt.Sprintf("%s; the metadata of /%s has a placeholder in place of the issuer, which no token equals", msg, at), []checks.Fix{
			fix(fmt.Sprintf("give the validating side the metadata address of the tenant itself in place of /%s", at), checks.Developer, fmt.Sprintf("https://%s/<tenant id>/v2.0/.well-known/openid-configuration", loginHost(c)), "https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc"),
			fix("for accounts of several tenants compare the issuer with the token's own tid in place of {tenantid}", checks.Developer, "", "https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-the-issuer"),
		}
	}
	fixes := []checks.Fix{
		fix("make the API's expected issuer and version agree with the token: set requestedAccessTokenVersion (api.requestedAccessTokenVersion) of the API's registration to 2 for https://login.microsoftonline.com/<tenant>/v2.0, or accept https://sts.windows.net/<tenant>/ for version 1", checks.Developer,
			"az rest --method PATCH --uri https://graph.microsoft.com/v1.0/applications/<object id> --body '{\"api\":{\"requestedAccessTokenVersion\":2}}'", "https://learn.microsoft.com/entra/identity-platform/access-tokens"),
		fix("the version is decided by the API's registration, not by the endpoint that the client used; for a multi-tenant API validate the issuer per tenant", checks.Developer, "", ""),
	}
	return msg, fixes
}

// namedAPI is the API of Microsoft's that the failure is about: by the host that
// was called, or by the resource that the texts name.
func namedAPI(c *evidence.Case) (catalog.Resource, bool) {
	if r, ok := called(c); ok && r.AppID != "" {
		return r, true
	}
	look := func(text string) (catalog.Resource, bool) {
		for w := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(" ,;'\"=()", r) }) {
			if !strings.HasPrefix(w, "https://") {
				continue
			}
			if r, ok := catalog.ResourceByAudience(strings.TrimSuffix(w, ".")); ok && r.AppID != "" {
				return r, true
			}
		}
		return catalog.Resource{}, false
	}
	if r, ok := look(factValue(c, "www-authenticate.resource")); ok {
		return r, true
	}
	for _, s := range c.Said {
		if r, ok := look(s.Message); ok && strings.Contains(strings.ToLower(s.Message), "www-authenticate") {
			return r, true
		}
	}
	return catalog.Resource{}, false
}

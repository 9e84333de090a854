package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file judges the authority that was asked: one tenant's, or a name that
// stands for many.

// authorityMisfit: what the service says, and the registration where its
// signInAudience is known.
func authorityMisfit(c *evidence.Case) []checks.Finding {
	found := voiced(c, "single-tenant-on-common", authorityWords)
	if len(found) == 0 {
		return nil
	}
	admits, ok := audienceOf(c)
	switch {
	case !ok:
	case admits.Value == "AzureADMyOrg", admits.Value == "AzureADMultipleOrgs" && forConsumers(c), admits.Value == "PersonalMicrosoftAccount" && sharedAuthority(c) == "organizations":
		found[0].Seen = append(found[0].Seen, checks.Shows(admits))
	case admits.Value == "AzureADandPersonalMicrosoftAccount" && fitsOnly(found):
		return nil // it admits everybody: another of the causes that the words allow
	}
	return found
}

// audienceOf is signInAudience of the registration that stands beside the failure.
func audienceOf(c *evidence.Case) (evidence.Ref, bool) {
	if c.App != nil && c.App.Audience.Value != "" {
		return c.App.Audience, true
	}
	ids := map[string]bool{}
	for _, f := range c.Facts {
		if f.Field == "client_id" && evidence.IsGUID(f.Value) {
			ids[strings.ToLower(f.Value)] = true
		}
	}
	if len(ids) > 1 {
		return evidence.Ref{}, false // of which of the apps it is is not told
	}
	return c.Fact("signinaudience")
}

// forConsumers: the service for personal Microsoft accounts refused.
func forConsumers(c *evidence.Case) bool {
	return sharedAuthority(c) == "consumers" || factValue(c, "authority_host") == "login.live.com" || hasWords(c, "not enabled for consumers")
}

// consumerWords: a personal account was sent to an app that admits none.
func consumerWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	admits, known := audienceOf(c)
	msg := fmt.Sprintf("a personal Microsoft account signs in, and %s is not registered for such accounts", appName(c))
	if known {
		msg = fmt.Sprintf("a personal Microsoft account signs in, but signInAudience of %s is %s, which admits none", appName(c), admits.Value)
	}
	return msg, []checks.Fix{
		fix("sign in with a work or school account, through the tenant's own authority (/organizations for an app of many tenants)", checks.Developer, fmt.Sprintf("authority=https://%s/%s", loginHost(c), plain(realTenant(c), "<tenant id>")), ""),
		widen(fix("or, if personal accounts are meant to use the app, admit them (Authentication, Supported accounts); it needs requestedAccessTokenVersion 2", checks.AppAdmin, fmt.Sprintf("az ad app update --id %s --set api.requestedAccessTokenVersion=2 --sign-in-audience AzureADandPersonalMicrosoftAccount", appID(c)), "https://learn.microsoft.com/entra/identity-platform/supported-accounts-validation")),
		fix("if the id is wrong, send the application (client) id of the registration's overview page", checks.Developer, "client_id="+appID(c), ""),
	}
}

func authorityWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	t := plain(realTenant(c), "<tenant id>")
	tenantFix := fix("use the tenant's own authority in place of /common, /organizations or /consumers", checks.Developer, fmt.Sprintf("authority=https://%s/%s", loginHost(c), t), "")
	multiFix := widen(fix("or make the app multi-tenant", checks.AppAdmin, fmt.Sprintf("az ad app update --id %s --sign-in-audience AzureADMultipleOrgs", appID(c)), ""))
	if strings.Contains(evidence.Fold(s.Message), "notenabledforconsumers") {
		return consumerWords(c, s)
	}
	switch s.Code {
	case "AADSTS50194":
		return fmt.Sprintf("%s is registered for a single tenant, and /common is closed to such apps made since October 2018", appName(c)), []checks.Fix{tenantFix, multiFix}
	case "AADSTS9002332", "AADSTS9002331":
		who, path := "work and school accounts only", "/organizations (or the tenant id)"
		if s.Code == "AADSTS9002331" {
			who, path = "personal Microsoft accounts only", "/consumers"
		}
		return fmt.Sprintf("%s is registered for %s; use the authority %s", appName(c), who, path), []checks.Fix{
			fix("use the authority "+path, checks.Developer, fmt.Sprintf("authority=https://%s%s", loginHost(c), strings.Fields(path)[0]), ""),
			widen(fix("or widen signInAudience to AzureADandPersonalMicrosoftAccount", checks.AppAdmin, fmt.Sprintf("az ad app update --id %s --sign-in-audience AzureADandPersonalMicrosoftAccount", appID(c)), "")),
		}
	case "AADSTS50059", "AADSTS50128", "AADSTS90019":
		own := fmt.Sprintf("https://%s/%s/oauth2/v2.0/token", loginHost(c), t)
		if c.Call.Login() && c.Call.Path != "" {
			own = fmt.Sprintf("https://%s/%s%s", or(c.Call.Host, loginHost(c)), t, afterTenant(c.Call.Path))
		}
		tenantFix.Command = own
		if c.Flow == evidence.FlowClientCredentials {
			return fmt.Sprintf("the app asks for a token of its own at /%s, which names no tenant: an app without a user must name the tenant whose data it wants", sharedAuthority(c)), []checks.Fix{tenantFix}
		}
		return fmt.Sprintf("the request goes to /%s, which stands for any tenant, and no user is known yet who would tell which: that serves multi-tenant apps only, and %s is registered for one tenant (or not at all)", sharedAuthority(c), appName(c)), []checks.Fix{
			tenantFix,
			fix("see which accounts the registration admits (signInAudience)", checks.AppAdmin, fmt.Sprintf("az ad app show --id %s --query \"{name:displayName, audience:signInAudience}\"", appID(c)), ""),
			multiFix,
		}
	case "AADSTS9001023", "AADSTS90010":
		return fmt.Sprintf("this grant is not supported over /common or /consumers: %q", clip(s.Message)), []checks.Fix{
			fix("use the tenant's own authority, or /organizations", checks.Developer, fmt.Sprintf("authority=https://%s/%s", loginHost(c), or(realTenant(c), "organizations")), "")}
	}
	return fmt.Sprintf("the authority does not fit the accounts that %s is registered for (signInAudience): %q", appName(c), clip(firstOf(s.Message, s.Code))), []checks.Fix{
		tenantFix,
		fix("for work and school accounts of any tenant: /organizations; for personal ones: /consumers", checks.Developer, fmt.Sprintf("authority=https://%s/organizations", loginHost(c)), ""),
		multiFix,
	}
}

// tenantless: the code says that nothing in the request tells the tenant.
func tenantless(s evidence.Statement) bool { return slices.Contains(tenantlessCodes, s.Code) }

var tenantlessCodes = []string{"AADSTS50059", "AADSTS50128", "AADSTS90019"}

// sharedAuthority is the name in the authority that stands for many tenants,
// "" where one tenant is named or none is known.
func sharedAuthority(c *evidence.Case) string {
	if realTenant(c) != "" {
		return ""
	}
	for _, f := range c.Facts {
		if f.Field == "tenant" {
			switch v := strings.ToLower(f.Value); v {
			case "common", "organizations", "consumers":
				return v
			}
		}
	}
	for _, s := range c.Said {
		for _, name := range [...]string{"common", "organizations", "consumers"} {
			if strings.Contains(s.Message, "://"+loginHost(c)+"/"+name+"/") {
				return name
			}
		}
	}
	return ""
}

// afterTenant is what stands behind the tenant in a path of the sign-in service.
func afterTenant(path string) string {
	if i := strings.IndexByte(strings.TrimPrefix(path, "/"), '/'); i >= 0 {
		return path[i+1:]
	}
	return "/oauth2/v2.0/token"
}

// realTenant is the tenant's id or domain, unless it is one of the shared names.
func realTenant(c *evidence.Case) string {
	switch t := c.TenantID(); t {
	case "common", "organizations", "consumers":
		return ""
	default:
		return t
	}
}

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

func authorityWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	t := or(realTenant(c), "<tenant id>")
	tenantFix := fix("use the tenant's own authority in place of /common, /organizations or /consumers", checks.Developer, fmt.Sprintf("authority=https://%s/%s", loginHost(c), t), "")
	multiFix := widen(fix("or make the app multi-tenant", checks.AppAdmin, fmt.Sprintf("az ad app update --id %s --sign-in-audience AzureADMultipleOrgs", appID(c)), ""))
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

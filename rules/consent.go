package rules

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// Causes that lie in who has agreed to what.
var consentRules = []checks.Rule{
	{
		ID: "consent-missing", Layer: checks.Acquire, Severity: checks.Error,
		Title: "Nobody has consented to the permissions that the app asks for",
		Check: asksDeclared(stated("consent-missing", consentWords)),
	},
	{
		ID: "admin-consent-required", Layer: checks.Acquire, Severity: checks.Error,
		Title:    "The permission needs an administrator's consent",
		Explains: []string{"consent-missing"},
		Check:    asksDeclared(stated("admin-consent-required", adminWords)),
	},
	{
		ID: "consent-declined", Layer: checks.Acquire, Severity: checks.Error,
		Title: "The user cancelled the sign-in or declined to consent",
		Check: stated("consent-declined", declinedWords),
	},
	{
		ID: "resource-not-requested", Layer: checks.Acquire, Severity: checks.Error,
		Title: "The resource or permission is not among those that the app registration asks for",
		Check: stated("resource-not-requested", notRequestedWords),
	},
	{
		ID: "resource-not-in-tenant", Layer: checks.Acquire, Severity: checks.Error,
		Title: "The API that is asked for has no usable service principal in the tenant",
		Check: stated("resource-not-in-tenant", resourceAbsentWords),
	},
	{
		ID: "app-not-in-tenant", Layer: checks.Acquire, Severity: checks.Error,
		Title:    "The client application is not known in the tenant",
		Explains: []string{"no-permissions-in-token", "permission-missing"},
		Check:    appAbsent,
	},
	{
		ID: "user-not-assigned", Layer: checks.Acquire, Severity: checks.Error,
		Title: "The application admits assigned users or apps only, and this one is not assigned",
		Check: stated("user-not-assigned", notAssignedWords),
	},
}

// firstParty returns Microsoft's own client that the case is about.
func firstParty(c *evidence.Case) (catalog.ClientInfo, bool) {
	return catalog.Client(c.AppID())
}

func consentWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	app := appName(c)
	scope := ""
	if f, ok := c.Fact("scope"); ok && f.Value != "" {
		scope = " to " + clip(f.Value)
	}
	if c.Flow == evidence.FlowOnBehalfOf {
		return fmt.Sprintf("the user has consented to the client but nobody to the middle tier %s, whose on-behalf-of call needs permissions of its own", app), []checks.Fix{
			fix("list the client in the middle tier's knownClientApplications and let the client ask for api://<middle tier>/.default, so that one consent covers both", checks.Developer, fmt.Sprintf("az rest --method PATCH --uri \"https://graph.microsoft.com/v1.0/applications(appId='%s')\" --body '{\"api\":{\"knownClientApplications\":[\"<ids that are there>\",\"<client app id>\"]}}'", appID(c)), "https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow#gaining-consent-for-the-middle-tier-application"),
			fix("or have an administrator consent for the middle tier once", checks.AppAdmin, "", consentURL(c)),
		}
	}
	if cl, ok := firstParty(c); ok && (s.Code == "AADSTS65002" || isFirstPartyOnly(c)) {
		res := firstOf(s.Quoted("resource"), factValue(c, "resource"), "<api>")
		return fmt.Sprintf("%s is Microsoft's own client (%s): you cannot consent on its behalf for %s", cl.Name, cl.AppID, resourceName(res)), []checks.Fix{
			fix("use an app registration of your own as the client", checks.Developer, "", "https://learn.microsoft.com/entra/identity-platform/quickstart-register-app"),
			fix(fmt.Sprintf("or, where the API is yours, pre-authorize %s (%s) in the API's registration: Expose an API, authorized client applications", cl.Name, cl.AppID), checks.AppAdmin, "", ""),
		}
	}
	if s.Code == "AADSTS65002" {
		return "the client is one of Microsoft's own, and consent between first-party applications cannot be given by you", []checks.Fix{
			fix("use an app registration of your own as the client", checks.Developer, "", "https://learn.microsoft.com/entra/identity-platform/quickstart-register-app")}
	}
	fixes := []checks.Fix{
		fix("let the user sign in interactively once and consent", checks.User, authorize(c), ""),
		fix("or have an administrator consent for the whole tenant", checks.AppAdmin, fmt.Sprintf("az ad app permission admin-consent --id %s", appID(c)), consentURL(c)),
	}
	if c.Flow == evidence.FlowClientCredentials {
		fixes = fixes[1:]
		fixes[0].Title = "have an administrator grant the application permissions"
	}
	if c.Flow == evidence.FlowSilent || c.Flow == evidence.FlowRefresh {
		fixes = append(fixes, fix("a silent call cannot ask: catch the error and fall back to an interactive one", checks.Developer, "", ""))
	}
	return fmt.Sprintf("neither the user nor an administrator has consented to %s%s", app, scope), fixes
}

func isFirstPartyOnly(c *evidence.Case) bool {
	id := c.AppID()
	return id == azureCLI || id == "1950a258-227b-4e31-a9cf-717495945fc2" || id == "872cd9fa-d31f-45e0-9eab-6e460a02d1f1" || id == "aebc6443-996d-45c2-90f0-388ff96faa56"
}

// authorize is the finished sign-in link that asks for consent.
func authorize(c *evidence.Case) string {
	scope := or(factScope(c), consentScope(c))
	redirect := "<redirect uri>"
	if f, ok := c.Fact("redirect_uri"); ok {
		redirect = url.QueryEscape(f.Value)
	}
	return fmt.Sprintf("https://%s/%s/oauth2/v2.0/authorize?client_id=%s&response_type=code&redirect_uri=%s&scope=%s&prompt=consent", loginHost(c), or(c.TenantID(), "organizations"), appID(c), redirect, escaped(scope))
}

// escaped is a value for a link; a placeholder stays readable.
func escaped(v string) string {
	if strings.HasPrefix(v, "<") {
		return v
	}
	return url.QueryEscape(v)
}

// consentScope is what to ask consent for where the request named no scope: all
// that is registered for the resource at hand; a placeholder where that is not
// known.
func consentScope(c *evidence.Case) string {
	res := factValue(c, "resource")
	for _, name := range []string{"resource_app", "resource"} {
		if v, ok := c.Value(name); ok && res == "" {
			res = v.Value
		}
	}
	switch {
	case evidence.IsGUID(res) || strings.Contains(res, "://"):
		return strings.TrimSuffix(res, "/") + "/.default"
	case c.Call != nil && isGraph(c.Call.Host) || c.Token.Readable() && graphAudience(c.Token.Str("aud")):
		return "https://" + graphHost(c) + "/.default"
	}
	return "<scope>"
}

func adminWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	return fmt.Sprintf("%s asks for a permission that only an administrator may grant (or the tenant lets no user consent)", appName(c)), []checks.Fix{
		fix("have an administrator (Cloud Application Administrator or higher) grant admin consent by this link", checks.AppAdmin, fmt.Sprintf("az ad app permission admin-consent --id %s", appID(c)), consentURL(c)),
		fix("ask for less: drop the permissions that need an administrator", checks.Developer, "", ""),
		fix("or turn the admin consent request workflow on, so that users can ask", checks.AppAdmin, "", "https://learn.microsoft.com/entra/identity/enterprise-apps/configure-admin-consent-workflow"),
	}
}

func declinedWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	return fmt.Sprintf("the consent to %s was declined or the window was closed: %q", appName(c), clip(firstOf(s.Message, s.Code))), []checks.Fix{
		fix("sign in again and accept the consent, knowing what the app asks for", checks.User, authorize(c), ""),
		fix("handle the cancellation in the app (access_denied is an ordinary answer), and ask for fewer permissions at a time", checks.Developer, "", ""),
	}
}

// resourceName names a resource by id or URI.
func resourceName(r string) string {
	if res, ok := catalog.ResourceByAudience(r); ok && res.Name != "" {
		return strings.TrimSuffix(res.Name, " [editorial name]") + " (" + r + ")"
	}
	return r
}

func notRequestedWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	res := firstOf(s.Quoted("resource"), s.Quoted("resource_app"))
	what := "the resource it asks for"
	if res != "" {
		what = resourceName(res)
	}
	if cl, ok := firstParty(c); ok {
		return fmt.Sprintf("%s (%s) is Microsoft's own client: it has no permission for %s, and its registration cannot be edited", cl.Name, cl.AppID, what), []checks.Fix{
			fix(fmt.Sprintf("where the API is yours: pre-authorize %s (authorized client applications under Expose an API)", cl.AppID), checks.AppAdmin,
				fmt.Sprintf("az rest --method PATCH --uri https://graph.microsoft.com/v1.0/applications/<object id of the api> --body '{\"api\":{\"preAuthorizedApplications\":[<entries that are there>,{\"appId\":\"%s\",\"delegatedPermissionIds\":[\"<scope id>\"]}]}}'", cl.AppID), ""),
			fix("or use an app registration of your own as the client", checks.Developer, "", ""),
		}
	}
	msg := fmt.Sprintf("%s asks for %s, which is not in its registration's required permissions (requiredResourceAccess)", appName(c), what)
	if res == "" {
		msg = fmt.Sprintf("%s asks for a resource or permission that is not in its registration's required permissions (requiredResourceAccess)", appName(c))
	}
	return msg, []checks.Fix{
		fix("add a permission of that API to the app registration, then consent", checks.AppAdmin, fmt.Sprintf("az ad app permission add --id %s --api %s --api-permissions <permission id>=Scope", appID(c), plain(or(s.Quoted("resource_app"), guidOf(res)), "<api app id>")), consentURL(c)),
		fix("check the scope or resource in the request for a wrong or misspelt app id URI", checks.Developer, "", ""),
		fix("if the consent is older than the permission list: have an administrator consent again", checks.AppAdmin, "", consentURL(c)),
	}
}

func guidOf(s string) string {
	if evidence.IsGUID(s) {
		return s
	}
	return ""
}

func resourceAbsentWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	res := firstOf(s.Quoted("resource"), s.Quoted("resource_app"), factValue(c, "resource"))
	name := "the resource"
	if res != "" {
		name = resourceName(res)
	}
	tenant := firstOf(s.Quoted("directory"), c.TenantID(), "the tenant")
	if s.Code == "AADSTS500014" || strings.Contains(evidence.Fold(s.Message), "isdisabled") {
		return fmt.Sprintf("the service principal of %s is disabled in %s: a subscription has lapsed, or an administrator disabled it", name, tenant), []checks.Fix{
			fix("enable it: Enterprise applications, the application, Properties, \"Enabled for users to sign in\"", checks.AppAdmin, fmt.Sprintf("Get-MgServicePrincipal -Filter \"appId eq '%s'\" | ForEach-Object { Update-MgServicePrincipal -ServicePrincipalId $_.Id -AccountEnabled:$true }", or(guidOf(res), "<resource app id>")), ""),
			fix("or renew the subscription that brings the service", checks.SecurityAdmin, "", ""),
		}
	}
	fixes := []checks.Fix{
		fix("check the resource's URI in scope or resource for spelling, a missing api:// or a slash, and the tenant in the authority", checks.Developer, "", ""),
		fix("create the API's service principal in the tenant (an administrator's consent to the API does the same)", checks.AppAdmin, fmt.Sprintf("az ad sp create --id %s", or(guidOf(res), "<resource app id>")), ""),
	}
	switch subscribe := fix("subscribe to the service: it appears in a tenant with its first licence", checks.SecurityAdmin, "Get-MgSubscribedSku | Select-Object SkuPartNumber -ExpandProperty ServicePlans", "https://admin.microsoft.com/#/licenses"); {
	case strings.Contains(evidence.Fold(s.Message), "notsubscribedtoorenabled"):
		return fmt.Sprintf("%s has not subscribed to (or not enabled) the service %s, so it has no service principal there", tenantNamed(tenant), name), append([]checks.Fix{subscribe}, fixes[1], fixes[0])
	case s.Code == "AADSTS650052":
		fixes[0], fixes[1] = fixes[1], fixes[0]
		subscribe.Title = "or " + subscribe.Title
		fixes = append(fixes, subscribe)
	}
	note := ""
	if v1, isScope := strings.CutSuffix(res, "/.default"); isScope {
		return fmt.Sprintf("no API has the name %s: a scope of v2.0 (with /.default) was sent where the API's own name belongs, as the parameter resource takes it (v1.0 endpoint, managed identities, az --resource)", res), []checks.Fix{
			fix("send the resource without /.default, or use the parameter scope with the v2.0 endpoint", checks.Developer, "resource="+v1, "https://learn.microsoft.com/entra/identity-platform/scopes-oidc")}
	}
	if r, ok := catalog.ResourceByAudience(res); ok && r.AppID == graphID {
		note = "; every tenant has Microsoft Graph, so this tenant is most likely in another cloud"
		fixes = append([]checks.Fix{fix("ask for the Graph of the tenant's own cloud: https://microsoftgraph.chinacloudapi.cn in China (21Vianet), https://graph.microsoft.us for US Government", checks.Developer, setting("scope", otherGraph(c)+"/.default"), "https://learn.microsoft.com/graph/deployments")}, fixes[0])
	}
	return fmt.Sprintf("%s is not known in %s: it was never consented to or created there, or its name is wrong%s", name, tenant, note), fixes
}

// tenantNamed begins a sentence about a tenant.
func tenantNamed(t string) string {
	if t == "the tenant" {
		return t
	}
	return "the tenant " + t
}

// otherGraph is Graph's address in the cloud that the input names.
func otherGraph(c *evidence.Case) string {
	if cl, ok := catalog.CloudNamed(factValue(c, "environment")); ok && cl.GraphHost != "" {
		return "https://" + cl.GraphHost
	}
	return "<graph address of the tenant's cloud>"
}

func factValue(c *evidence.Case, name string) string {
	f, _ := c.Fact(name)
	return f.Value
}

func appAbsent(c *evidence.Case) []checks.Finding {
	found := voiced(c, "app-not-in-tenant", appAbsentWords)
	if f, ok := secretAsClient(c); ok {
		return []checks.Finding{f}
	}
	t := c.Token
	if len(found) > 0 && found[0].Seen[0].How == checks.HowFits && t.Readable() && t.Has("oid") {
		return nil
	}
	if !t.Readable() || t.Type != evidence.TokenAccess || !t.Lacks("oid") || !c.Failed || t.Str("tid") == sharedTenant {
		return found
	}
	kind, _ := t.Kind()
	if kind != evidence.AppOnly || c.Call.Login() || !onGraph(c) || c.Call != nil && (c.Call.Status == 404 || c.Call.Status == 429 || c.Call.Status >= 500) {
		return found
	}
	found = orRefused(c, found)
	ref := t.Ref("appid")
	ref.Field, ref.Value = "oid", "absent in an app-only token"
	f := &found[0]
	f.Message, f.Fixes = appAbsentWords(c, evidence.Statement{})
	f.Message = "the app-only token has no oid: " + f.Message
	f.Seen = append([]checks.Witness{checks.Shows(ref)}, f.Seen...)
	return found
}

// secretAsClient: the client id that was sent is the id of one of the app's
// credentials, by the registration that stands beside it.
func secretAsClient(c *evidence.Case) (checks.Finding, bool) {
	sent, ok := c.Fact("client_id")
	if !ok || c.App == nil || !c.Failed || strings.EqualFold(sent.Value, c.App.ID) {
		return checks.Finding{}, false
	}
	for _, cr := range c.App.Credentials {
		if cr.ID == "" || !strings.EqualFold(cr.ID, sent.Value) {
			continue
		}
		return checks.Finding{
			Subject: "app " + c.App.ID,
			Message: fmt.Sprintf("the client_id %s that was sent is the id of a credential (keyId, the Secret ID), not the application id %s", sent.Value, c.App.ID),
			Seen:    []checks.Witness{checks.Shows(sent), checks.Fits(cr.Ref)},
			Fixes:   []checks.Fix{fix("send the Application (client) ID of the registration's overview page as client_id", checks.Developer, "client_id="+c.App.ID, "")},
		}, true
	}
	return checks.Finding{}, false
}

func appAbsentWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	app := firstOf(s.Quoted("app"), c.AppID())
	dir := firstOf(s.Quoted("directory"), c.TenantID())
	where := "this tenant"
	if dir != "" {
		where = fmt.Sprintf("the tenant %q", dir)
	}
	fixes := []checks.Fix{
		fix("check the client id (application id, not object id or a placeholder) and the tenant in the authority: one of them is another's", checks.Developer, fmt.Sprintf("az ad app show --id %s --query \"{name:displayName, audience:signInAudience}\"", plain(app, "<app id>")), ""),
		fix("if both are right: have an administrator of that tenant consent, which creates the service principal", checks.AppAdmin, fmt.Sprintf("az ad sp create --id %s", plain(app, "<app id>")), consentURL(c)),
	}
	if t := c.TenantID(); t != "" && app != "" && strings.EqualFold(t, app) {
		fixes = append([]checks.Fix{fix("tenant and client id are the same value: one was pasted into the other's place", checks.Developer, "", "")}, fixes...)
	}
	if strings.Contains(app, "://") {
		return fmt.Sprintf("no application in %s has the identifier %q: in SAML it is the Issuer of the request, which must equal the Identifier (Entity ID) of the enterprise application", where, app), []checks.Fix{
			fix("set the Identifier (Entity ID) of the application's single sign-on to exactly this value (scheme, case and a slash at the end count), or let the application send the one that is set", checks.AppAdmin, fmt.Sprintf("az ad app update --id <app id> --identifier-uris $(az ad app show --id <app id> --query identifierUris --output tsv) %s", arg(app)), "https://learn.microsoft.com/entra/identity/enterprise-apps/add-application-portal-setup-sso"),
			fix("see whether any application has it, and whether this is the right tenant", checks.AppAdmin, "az ad app list --identifier-uri "+arg(app)+" --query \"[].{name:displayName, id:appId}\"", ""),
		}
	}
	if odd := placeholderID(app); odd {
		return fmt.Sprintf("the client id %q is no application id: a placeholder or an unresolved variable was sent", app), fixes
	}
	return fmt.Sprintf("%s has no service principal in %s: wrong tenant, wrong client id, or never consented there", or(app, "the app"), where), fixes
}

// placeholderID tells a client id that was never filled in.
func placeholderID(app string) bool {
	return app != "" && !evidence.IsGUID(app) && !strings.Contains(app, "://") && !strings.Contains(app, ".")
}

func notAssignedWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	if s.Code == "AADSTS501051" || c.Flow == evidence.FlowClientCredentials {
		caller, api := firstOf(s.Quoted("app"), c.AppID(), "<app id>"), firstOf(s.Quoted("resource"), "<api>")
		return fmt.Sprintf("application %s has no app role on %s, which requires assignment", caller, api), []checks.Fix{
			fix("assign the calling application an app role of the API (application permission), or turn \"Assignment required\" off on the API's enterprise application", checks.AppAdmin,
				fmt.Sprintf("$client = Get-MgServicePrincipal -Filter \"appId eq '%s'\"; $api = Get-MgServicePrincipal -Filter \"servicePrincipalNames/any(n:n eq '%s')\"; New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $client.Id -PrincipalId $client.Id -ResourceId $api.Id -AppRoleId <app role id>", plain(caller, "<app id>"), plain(api, "<api>")), "https://learn.microsoft.com/entra/identity-platform/howto-add-app-roles-in-apps"),
		}
	}
	return fmt.Sprintf("%s admits assigned users only, and the signed-in user (or a group of theirs) is not assigned", appName(c)), []checks.Fix{
		fix("assign the user or a group: Enterprise applications, the application, Users and groups (nested groups do not count)", checks.AppAdmin,
			fmt.Sprintf("$sp = Get-MgServicePrincipal -Filter \"appId eq '%s'\"; New-MgServicePrincipalAppRoleAssignedTo -ServicePrincipalId $sp.Id -ResourceId $sp.Id -PrincipalId <user id> -AppRoleId 00000000-0000-0000-0000-000000000000", appID(c)), "https://learn.microsoft.com/entra/identity/enterprise-apps/assign-user-or-group-access-portal"),
		widen(fix("or let everybody in: turn \"Assignment required\" off", checks.AppAdmin, "", "")),
	}
}

package rules

import (
	"fmt"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file words multi-factor authentication and Conditional Access at the sign-in.

func mfaWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	claims := s.Claims
	if claims == "" {
		if o, ok := challengeOf(c); ok {
			claims = o.Claims
		}
	}
	what := "the sign-in needs multi-factor authentication"
	switch s.Code {
	case "AADSTS50079", "AADSTS50072", "AADSTS53004", "AADSTS53010":
		what = "the user must first register for multi-factor authentication"
	case "AADSTS50078":
		what = "the user's multi-factor sign-in is older than the policy allows"
	}
	if r := s.Quoted("resource"); r != "" {
		what += " for " + resourceName(r)
	}
	fixes := []checks.Fix{fix("let the user sign in interactively and pass the challenge's claims on (MSAL: acquireToken with claims); a silent, password or daemon-style call can never satisfy it", checks.Developer, retry(c, claims), "https://learn.microsoft.com/entra/identity-platform/claims-challenge")}
	if c.Flow == evidence.FlowPassword {
		fixes = append([]checks.Fix{fix("leave the password (ROPC) flow: it cannot do multi-factor authentication; use the device code or authorization code flow, or app-only access", checks.Developer, "", "")}, fixes...)
	}
	if c.Flow == evidence.FlowOnBehalfOf {
		fixes = append([]checks.Fix{fix("hand the claims from the middle tier to the client (answer 401 with WWW-Authenticate and claims): the on-behalf-of call cannot show a prompt", checks.Developer, "", "https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow")}, fixes...)
	}
	if s.Code == "AADSTS50079" || s.Code == "AADSTS50072" {
		fixes = append(fixes, fix("the user registers a method", checks.User, "", "https://aka.ms/mysecurityinfo"))
	}
	if isAzureCLI(c) {
		fixes = append([]checks.Fix{fix("sign in again to that tenant", checks.User, "az login --tenant "+tenantID(c), "")}, fixes...)
	}
	return what, append(fixes, retryURL(c, claims)...)
}

func isAzureCLI(c *evidence.Case) bool {
	return c.AppID() == azureCLI || hasWords(c, "az login")
}

// azureCLI is Azure CLI's client id.
const azureCLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"

// accessControls say in words what a code's policy asks for.
var accessControls = map[string]string{
	"AADSTS53000":  "the device must be compliant (Intune)",
	"AADSTS53001":  "the device must be joined to the domain (hybrid joined)",
	"AADSTS53002":  "an approved client app must be used",
	"AADSTS53003":  "the policy does not allow a token to be issued",
	"AADSTS53009":  "the app must have an Intune app protection policy",
	"AADSTS530002": "the device must be compliant",
	"AADSTS530003": "the device must be managed",
	"AADSTS530035": "security defaults block the sign-in (legacy authentication, or a device flow)",
	"AADSTS50097":  "the device must authenticate itself",
	"AADSTS50129":  "the device must be joined to the workplace",
	"AADSTS530033": "the device must be managed",
	"AADSTS53011":  "the sign-in's risk blocks it",
	"AADSTS50005":  "the device's platform is not supported by the policy",
	"AADSTS50127":  "a broker app (Microsoft Authenticator or Company Portal) must be on the device",
	"AADSTS501271": "a broker app (Microsoft Authenticator or Company Portal) must be on the device",
	"AADSTS501292": "the app cannot meet the app protection policy that is asked for",
	"AADSTS53005":  "the app must have an Intune app protection policy",
	"AADSTS53008":  "the browser is not one that can show the device's state",
	"AADSTS501311": "the browser is not one that can show the device's state",
	"AADSTS530001": "the browser is not one that can show the device's state",
	"AADSTS50168":  "the browser did not show the device's state: Chrome needs the extension Microsoft Single Sign On",
	"AADSTS135011": "the device is disabled",
	"AADSTS130007": "the device is disabled",
	"AADSTS700003": "the device is not (or no longer) registered in the tenant",
}

// otherTenantPolicies are refusals of a whole tenant, which no Conditional
// Access policy made: by a network's tenant restrictions, or by the settings
// for access from or to other tenants.
func otherTenantPolicies(c *evidence.Case, s evidence.Statement) (string, []checks.Fix, bool) {
	tenant := firstOf(s.Quoted("resource"), s.Quoted("directory"), c.TenantID(), "the tenant")
	switch s.Code {
	case "AADSTS50002", "AADSTS500021", "AADSTS500022", "AADSTS500024", "AADSTS500025":
		return fmt.Sprintf("access to %s is denied by tenant restrictions: the network (or a policy on the device) that the sign-in came from admits certain tenants only", quoteIf(tenant)), []checks.Fix{
			fix("have those who run that network's proxy (header Restrict-Access-To-Tenants) or its tenant restrictions policy admit this tenant", checks.SecurityAdmin, "", "https://learn.microsoft.com/entra/identity/enterprise-apps/tenant-restrictions"),
			fix("or sign in from a network or device without these restrictions, where that is allowed", checks.User, "", ""),
		}, true
	case "AADSTS500212", "AADSTS500213":
		whose, way := "the user's home tenant does not let its users out", "outbound"
		if s.Code == "AADSTS500213" {
			whose, way = "the tenant does not let this user in", "inbound"
		}
		return fmt.Sprintf("the cross-tenant access settings forbid it: %s (%s)", whose, way), []checks.Fix{
			fix("allow the user (or a group) and the application in the "+way+" access settings for the other tenant: External Identities, Cross-tenant access settings", checks.SecurityAdmin, "Get-MgPolicyCrossTenantAccessPolicyPartner -CrossTenantAccessPolicyConfigurationPartnerTenantId <other tenant id> | ConvertTo-Json -Depth 8", "https://learn.microsoft.com/entra/external-id/cross-tenant-access-settings-b2b-collaboration"),
			fix("or sign in with an account of that tenant itself", checks.User, "", ""),
		}, true
	}
	return "", nil, false
}

func accessWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	if msg, fixes, ok := otherTenantPolicies(c, s); ok {
		return msg, fixes
	}
	what := "a Conditional Access policy blocks the sign-in"
	state := s.Quoted("device_state")
	if m, ok := accessControls[s.Code]; ok {
		what += ": " + m
	} else if s.Code == "AADSTS9001011" {
		what += fmt.Sprintf(": it asks for a state of the device (%s) that this platform cannot have", or(state, "as a joined domain"))
	} else if state != "" {
		what += fmt.Sprintf(": the device is not in the required state (%s)", state)
	} else if s.Code == "" {
		what += fmt.Sprintf(": %q", clip(s.Message))
	}
	if p, ok := c.Fact("policy"); ok {
		what += fmt.Sprintf(" (policy %q)", p.Value)
	}
	id := plain(or(c.IDs.Correlation, c.IDs.Request), "<correlation id>")
	fixes := []checks.Fix{
		fix("find the policy in the sign-in log: the entry with this correlation id, tab Conditional Access", checks.SecurityAdmin, fmt.Sprintf("Get-MgAuditLogSignIn -Filter \"correlationId eq '%s'\" | Select-Object -ExpandProperty AppliedConditionalAccessPolicies", id), "https://entra.microsoft.com/#view/Microsoft_AAD_IAM/SignInEventsV3Blade"),
		fix("meet what it asks for: a compliant or joined device, an approved app, an allowed location, no legacy or device code flow", checks.User, "", "https://learn.microsoft.com/entra/identity/conditional-access/troubleshoot-conditional-access"),
		widen(fix("or exclude this app or account from the policy, narrowly and with the security team's agreement", checks.SecurityAdmin, "", "")),
	}
	if s.Code == "AADSTS9001011" {
		fixes[1] = fix("have the policy ask this platform for what it can have (a compliant device, an app protection policy) and leave the domain join to Windows: Conditions, Device platforms", checks.SecurityAdmin, "Get-MgIdentityConditionalAccessPolicy -All | Select-Object DisplayName, Id, @{n='grant';e={$_.GrantControls.BuiltInControls}}", "https://learn.microsoft.com/entra/identity/conditional-access/concept-conditional-access-grant")
	}
	return what, fixes
}

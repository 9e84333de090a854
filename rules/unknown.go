package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// The honest doubt: something failed and the evidence does not decide.
var unknownRules = []checks.Rule{{
	ID: "unknown", Layer: checks.Call, Severity: checks.Error, Otherwise: true,
	Title: "The evidence does not decide the cause",
	Check: undecided,
}}

func undecided(c *evidence.Case) []checks.Finding {
	ref, ok := c.StatusRef()
	if !ok {
		ref = firstSaid(c).Ref
	}
	if ref.Value == "" {
		ref = evidence.Ref{Place: c.Place, Origin: evidence.FromPerson, Field: "text", Value: "something failed"}
		for _, s := range c.Said {
			ref = s.Ref
			break
		}
	}
	if n, ok := unplaced(c); ok {
		return n
	}
	probe, what := nextProbe(c)
	f := checks.Finding{
		Message: fmt.Sprintf("the evidence fits several causes or none; %s is missing", what),
		Subject: subject(c),
		Seen:    []checks.Witness{checks.Fits(ref)},
		Probe:   probe,
		Fixes:   []checks.Fix{fix(probe, checks.Developer, probeCommand(c, what), "")},
	}
	if said := compareWith(c); said != "" {
		f.Why = append(f.Why, said)
	}
	return []checks.Finding{f}
}

// compareWith tells what the refused request needs by the map, where nothing
// shows what the caller held: the reader can look whether it has that.
func compareWith(c *evidence.Case) string {
	a := judge(c)
	if st := status(c); a.known || !a.mapped || st != 401 && st != 403 || len(a.saidReq) > 0 {
		return ""
	}
	var parts []string
	for _, k := range []evidence.Kind{evidence.AppOnly, evidence.Delegated} {
		of := a
		of.kind, of.needs = k, a.match.NeedsAt(mapKind(k), seenAt(c))
		if l := of.byLevel(); of.needs.Supported && len(l) > 0 && (a.kind == evidence.KindUnknown || a.kind == k) {
			parts = append(parts, fmt.Sprintf("%s%s", kindWord(k), list(few(l, 2), "or")))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("by the map %s needs %s: look whether the caller has it before looking for a licence, a role or a policy", callName(c), strings.Join(parts, ", or "))
}

// unplaced: Microsoft Entra gave a number that no rule knows the cause of. Its
// own sentence is told, and where the sign-in log tells more.
func unplaced(c *evidence.Case) ([]checks.Finding, bool) {
	i := slices.IndexFunc(c.Said, func(s evidence.Statement) bool { return strings.HasPrefix(s.Code, "AADSTS") })
	if i < 0 || hasNumber(c) {
		return nil, false
	}
	s := c.Said[i]
	msg := "Microsoft Entra refuses with " + s.Code
	if row, ok := catalog.Code(strings.TrimPrefix(s.Code, "AADSTS")); ok && row.Name != "" && row.Name != "-" {
		msg += " (" + row.Name + ")"
	}
	if text := clip(strings.TrimPrefix(s.Message, s.Code+": ")); text != "" && text != s.Code {
		msg += fmt.Sprintf(": %q", text)
	}
	probe := "look the sign-in up in the sign-in log: its details name the policy, the device or the step that failed"
	command := "Get-MgAuditLogSignIn -Filter \"status/errorCode eq " + strings.TrimPrefix(s.Code, "AADSTS") + "\" -Top 5 | ConvertTo-Json -Depth 5"
	if id := c.IDs.Correlation; id != "" {
		command = "Get-MgAuditLogSignIn -Filter \"correlationId eq '" + plain(id, "<correlation id>") + "'\" | ConvertTo-Json -Depth 5"
	}
	return []checks.Finding{{
		Message: msg + "; no rule knows what stands behind this number",
		Subject: subject(c),
		Seen:    []checks.Witness{checks.Fits(s.Ref)},
		Probe:   probe,
		Fixes:   []checks.Fix{fix(probe, checks.SecurityAdmin, command, "https://login.microsoftonline.com/error?code="+strings.TrimPrefix(s.Code, "AADSTS"))},
	}}, true
}

// nextProbe chooses the one read-only thing that would decide, by what is
// missing from the case: request, body, token, role.
func nextProbe(c *evidence.Case) (probe, what string) {
	switch {
	case (c.Call == nil || c.Call.URL == "") && wantsToken(c):
		return "find the sign-in in the sign-in log (user and non-interactive sign-ins, service principals): its error code names what Microsoft Entra refused, such as multi-factor authentication for a password sign-in", "what Microsoft Entra answered"
	case c.Call == nil || c.Call.URL == "" && c.Call.Cmdlet == "":
		return "add the request that failed (method and URL) and the whole answer with its headers and body, as `curl -i` prints it", "the request"
	case len(c.Said) == 0 || bare(c) && status(c) >= 400 && !c.Token.Readable() || c.Own != nil && (c.Own.NoBody || c.Own.Truncated):
		return "add the whole body and the headers of the answer: the error code in it names the service that refused", "the answer's body"
	case !c.Token.Readable() && sessionProbe(c) != "":
		return "say as whom the tool is signed in: a user lacks a directory role or a scope, an application its permission or role", "the session's identity"
	case !c.Token.Readable():
		return "add the access token that was sent (it is read here only and never printed): aud, scp or roles, and wids decide", "the token"
	}
	kind, _ := c.Kind()
	if kind == evidence.Delegated {
		return "ask which directory roles and memberships the signed-in user has: the token's scopes suffice by the map", "the user's role"
	}
	return "ask for what the service principal was assigned beside its permissions: directory roles, ownership, policies of the service", "the service principal's role"
}

// sessionProbe asks a tool as whom it is signed in. Those who use one have no
// token at hand.
func sessionProbe(c *evidence.Case) string {
	if c.Call == nil {
		return ""
	}
	switch c.Call.Client {
	case "Azure CLI":
		return "az account show --query '{tenant:tenantId, name:user.name, type:user.type}'"
	case "Microsoft Graph PowerShell":
		return "Get-MgContext | Format-List AuthType, ClientId, TenantId, Account, Scopes"
	case "Terraform azuread":
		return "printenv ARM_TENANT_ID ARM_CLIENT_ID || az account show --query '{tenant:tenantId, name:user.name, type:user.type}'"
	}
	return ""
}

func probeCommand(c *evidence.Case, what string) string {
	switch what {
	case "what Microsoft Entra answered":
		return "Get-MgAuditLogSignIn -Filter \"status/errorCode ne 0\" -Top 10 | Select-Object CreatedDateTime, UserPrincipalName, AppDisplayName, @{n='code';e={$_.Status.ErrorCode}}"
	case "the request", "the answer's body":
		return `curl -i -H "Authorization: Bearer $TOKEN" ` + urlArg(c) + ` | graphdoctor`
	case "the session's identity":
		return sessionProbe(c)
	case "the token":
		return "graphdoctor --token token.txt response.txt"
	case "the user's role":
		return "Get-MgUserMemberOf -UserId <user> -All | Select-Object Id, @{n='name';e={$_.AdditionalProperties.displayName}}"
	}
	return "Get-MgServicePrincipalMemberOf -ServicePrincipalId <service principal id> -All"
}

// urlArg is the address that was called as an argument of a command. In single
// quotes the dollar sign of $filter stays what it is.
func urlArg(c *evidence.Case) string {
	return "'" + strings.ReplaceAll(urlOr(c), "'", "%27") + "'"
}

func urlOr(c *evidence.Case) string {
	if c.Call != nil && c.Call.URL != "" {
		if strings.HasPrefix(c.Call.URL, "/v1.0/") || strings.HasPrefix(c.Call.URL, "/beta/") {
			return "https://" + graphHost(c) + c.Call.URL
		}
		if c.Call.Host == "" && c.Call.Client == "SDK" && strings.HasPrefix(c.Call.URL, "/") { // its builders name the path alone
			return "https://" + graphHost(c) + "/v1.0" + c.Call.URL
		}
		return c.Call.URL
	}
	return "<url>"
}

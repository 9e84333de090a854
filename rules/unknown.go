package rules

import (
	"fmt"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
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
	probe, what := nextProbe(c)
	f := checks.Finding{
		Message: fmt.Sprintf("the evidence fits several causes or none; %s is missing", what),
		Subject: subject(c),
		Seen:    []checks.Witness{checks.Fits(ref)},
		Probe:   probe,
		Fixes:   []checks.Fix{fix(probe, checks.Developer, probeCommand(c, what), "")},
	}
	return []checks.Finding{f}
}

// nextProbe chooses the one read-only thing that would decide, by what is
// missing from the case: request, body, token, role.
func nextProbe(c *evidence.Case) (probe, what string) {
	switch {
	case (c.Call == nil || c.Call.URL == "") && wantsToken(c):
		return "find the sign-in in the sign-in log (user and non-interactive sign-ins, service principals): its error code names what Microsoft Entra refused, such as multi-factor authentication for a password sign-in", "what Microsoft Entra answered"
	case c.Call == nil || c.Call.URL == "" && c.Call.Cmdlet == "":
		return "add the request that failed (method and URL) and the whole answer with its headers and body, as `curl -i` prints it", "the request"
	case len(c.Said) == 0 || c.Own != nil && (c.Own.NoBody || c.Own.Truncated):
		return "add the whole body and the headers of the answer: the error code in it names the service that refused", "the answer's body"
	case !c.Token.Readable():
		return "add the access token that was sent (it is read here only and never printed): aud, scp or roles, and wids decide", "the token"
	}
	kind, _ := c.Kind()
	if kind == evidence.Delegated {
		return "ask which directory roles and memberships the signed-in user has: the token's scopes suffice by the map", "the user's role"
	}
	return "ask for what the service principal was assigned beside its permissions: directory roles, ownership, policies of the service", "the service principal's role"
}

func probeCommand(c *evidence.Case, what string) string {
	switch what {
	case "what Microsoft Entra answered":
		return "Get-MgAuditLogSignIn -Filter \"status/errorCode ne 0\" -Top 10 | Select-Object CreatedDateTime, UserPrincipalName, AppDisplayName, @{n='code';e={$_.Status.ErrorCode}}"
	case "the request", "the answer's body":
		return `curl -i -H "Authorization: Bearer $TOKEN" ` + urlArg(c) + ` | graphdoctor`
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
		return c.Call.URL
	}
	return "<url>"
}

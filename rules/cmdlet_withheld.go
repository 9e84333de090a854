package rules

import (
	"fmt"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file judges refusals of services that run Exchange's cmdlets for the
// caller (Bookings, Exchange's admin API): who has no role for a cmdlet is told
// that there is none of that name.

// withheldCmdlet is the cmdlet that a service could not run for the caller. What
// a console says of a module that is not installed is no service's answer: there
// the cmdlet is the one that was typed.
func withheldCmdlet(c *evidence.Case) (evidence.Statement, string, bool) {
	for _, s := range c.Said {
		folded := evidence.Fold(s.Message)
		if !strings.Contains(folded, "isnotrecognizedasanameofacmdlet") && !strings.Contains(folded, "isnotrecognizedasthenameofacmdlet") {
			continue
		}
		_, rest, _ := strings.Cut(s.Message, "he term '")
		name, _, ok := strings.Cut(rest, "'")
		verb, noun, dash := strings.Cut(name, "-")
		if !ok || !dash || verb == "" || noun == "" || strings.HasPrefix(noun, "Mg") {
			continue
		}
		if (s.Carrier == evidence.InBody || s.Code != "" && !strings.Contains(s.Code, "CommandNotFound")) && (c.Call == nil || !strings.EqualFold(c.Call.Cmdlet, name)) {
			return s, name, true
		}
	}
	return evidence.Statement{}, "", false
}

// withheld is the finding for a caller of that kind.
func withheld(c *evidence.Case, kind evidence.Kind) (checks.Finding, bool) {
	s, name, ok := withheldCmdlet(c)
	if !ok {
		return checks.Finding{}, false
	}
	who, id := "the signed-in user", userObject(c)
	if kind == evidence.AppOnly {
		who, id = appName(c), callerObject(c, "<object id of the service principal>")
	}
	const role = "Exchange Administrator"
	return checks.Finding{
		Subject: subject(c),
		Message: fmt.Sprintf("%s runs Exchange's %s for the caller, and %s has no Exchange role that holds this cmdlet: %q", callName(c), name, who, clip(s.Message)),
		Seen:    []checks.Witness{checks.Says(s.Ref)},
		Fixes: []checks.Fix{
			fix("find the least role of Exchange that holds the cmdlet, and make the caller a member of a role group with it", checks.ExchangeAdmin, "Get-ManagementRole -Cmdlet "+name, "https://learn.microsoft.com/exchange/permissions-exo/permissions-exo"),
			widen(fix("or assign the directory role "+role+" to the caller, which holds far more than this cmdlet", checks.SecurityAdmin,
				fmt.Sprintf("New-MgRoleManagementDirectoryRoleAssignment -PrincipalId %s -RoleDefinitionId %s -DirectoryScopeId /", id, roleID(role)), "https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference#exchange-administrator")),
			fix("no permission of Microsoft Graph is missing: adding scopes will not help", checks.Developer, "", ""),
		},
	}, true
}

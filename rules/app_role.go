package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file judges service principals that lack a role beside their permission.

func appRole(c *evidence.Case) []checks.Finding {
	if !c.Failed {
		return nil
	}
	a := judge(c)
	if a.kind == evidence.Delegated {
		return nil
	}
	if f, ok := mailProtocol(c); ok {
		return []checks.Finding{f}
	}
	if f, ok := withheld(c, a.kind); ok && a.kind == evidence.AppOnly {
		return []checks.Finding{f}
	}
	found := voiced(c, "app-role-insufficient", func(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) { return a.appRoleWords(c, s) })
	if len(found) > 0 && a.kind == evidence.AppOnly && hasWords(c, "resource owner") {
		found[0].Seen[0].How = checks.HowSays
		return found
	}
	if len(found) > 0 && found[0].Seen[0].How == checks.HowSays {
		return found
	}
	ref, refused := refusal(c)
	if !refused || a.kind != evidence.AppOnly || !a.known || me(c) {
		return found
	}
	if otherSays(c, "app-role-insufficient") || len(a.saidReq) > 0 && len(a.heldOf(a.saidReq)) == 0 {
		return nil // the service itself names a permission that is not held
	}
	_, ok := a.suffices()
	if !ok && !sensitive(c, a) {
		if a.mapped && a.needs.Supported {
			return nil
		}
		return found
	}
	if exchangeSaid(c) || sharePointPath(c) && !onDirectory(c) || teamsPath(c) && !onDirectory(c) || !a.refusedBySelf(c) {
		return nil
	}
	if len(found) == 0 {
		found = []checks.Finding{{Subject: subject(c), Seen: []checks.Witness{checks.Fits(ref)}}}
	}
	f := &found[0]
	f.Message, f.Fixes = a.appRoleWords(c, evidence.Statement{})
	held := a.heldRef
	held.Value = strings.Join(a.held, " ")
	f.Seen = append([]checks.Witness{checks.Shows(held)}, f.Seen...)
	f.Cap, f.CapReason = checks.Shown, "that the permission suffices rests on "+a.source()
	if bare(c) {
		f.Cap, f.CapReason = checks.Possible, "the answer was seen without a body"
	}
	return found
}

// bare: nothing but a status was seen of the answer.
func bare(c *evidence.Case) bool {
	return !slices.ContainsFunc(c.Said, func(s evidence.Statement) bool {
		return s.Carrier != evidence.InProse && (s.Code != "" || s.Carrier == evidence.InBody || s.Carrier == evidence.InHeader)
	})
}

// onDirectory: the refusal is the directory's.
func onDirectory(c *evidence.Case) bool {
	_, ok := c.SaidAny("Authorization_RequestDenied")
	return ok
}

func hasWords(c *evidence.Case, phrases ...string) bool {
	_, ok := c.SaidWords(phrases...)
	return ok
}

// sensitive: an act on a user that permissions alone do not allow an app.
func sensitive(c *evidence.Case, a access) bool {
	if c.Call == nil || !strings.HasPrefix(strings.ToLower(a.match.Template), "/users/{id}") {
		return false
	}
	for _, f := range c.Call.Body {
		if strings.HasPrefix(strings.ToLower(f), "passwordprofile") {
			return slices.ContainsFunc(a.held, func(h string) bool { return strings.HasSuffix(h, "ReadWrite.All") })
		}
	}
	return false
}

func (a access) appRoleWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	if msg, fixes, ok := azureWords(c, s); ok {
		return msg, fixes
	}
	if msg, fixes, ok := dataPlaneWords(c, s); ok {
		return msg, fixes
	}
	if msg, fixes, ok := dataverseWords(c, s); ok {
		return msg, fixes
	}
	sp := "<service principal object id>"
	sp = callerObject(c, sp)
	assign := func(role string) checks.Fix {
		return fix(fmt.Sprintf("assign the service principal the directory role %s", role), checks.SecurityAdmin,
			fmt.Sprintf("New-MgRoleManagementDirectoryRoleAssignment -PrincipalId %s -RoleDefinitionId %s -DirectoryScopeId /", sp, roleID(role)), "https://learn.microsoft.com/entra/identity/role-based-access-control/manage-roles-portal")
	}
	if sensitive(c, a) {
		fixes := grantFixes(c, evidence.AppOnly, "Microsoft Graph", "User-PasswordProfile.ReadWrite.All")
		return "setting a password by an app needs more than the user permissions that it holds: User-PasswordProfile.ReadWrite.All, or a directory role such as User Administrator for the service principal (Privileged Authentication Administrator where the target is an administrator)",
			append(fixes, assign(firstOr(a.rolesFor(c, s), "User Administrator")))
	}
	if c.Call != nil && strings.Contains(c.Call.Host, ".dynamics.com") {
		return fmt.Sprintf("%s has no application user with a security role in the Dataverse environment %s", appName(c), c.Call.Host), []checks.Fix{
			fix("add the app as an application user of the environment and give it a security role (Power Platform admin center, environment, Settings, Application users)", checks.AppAdmin, "", "https://learn.microsoft.com/power-platform/admin/manage-application-users"),
		}
	}
	if strings.Contains(evidence.Fold(s.Message), "resourceowner") {
		return fmt.Sprintf("the app is not an owner of the group (or other resource) that it adds to the catalog: %q", clip(s.Message)), []checks.Fix{
			fix("make the service principal an owner of that group", checks.AppAdmin, fmt.Sprintf("New-MgGroupOwner -GroupId %s -DirectoryObjectId %s", or(firstGUID(c, "resource.originId"), "<group id>"), sp), ""),
			widen(fix("or grant the application permission Group.ReadWrite.All", checks.AppAdmin, "", consentURL(c))),
		}
	}
	if strings.Contains(evidence.Fold(s.Message), "exoapponly") {
		f := fix("assign the service principal the least role that Exchange Online PowerShell accepts and the cmdlets need: Global Reader to read, Exchange Recipient Administrator for recipients, Exchange Administrator for the rest; beside the application permission Exchange.ManageAsApp", checks.SecurityAdmin,
			fmt.Sprintf("New-MgRoleManagementDirectoryRoleAssignment -PrincipalId %s -RoleDefinitionId <role id> -DirectoryScopeId /", sp), "https://learn.microsoft.com/powershell/exchange/app-only-auth-powershell-v2")
		return fmt.Sprintf("%s has no directory role that Exchange Online PowerShell accepts of an application: %q", appName(c), clip(s.Message)), []checks.Fix{f}
	}
	roles := slices.DeleteFunc(slices.Clone(a.rolesFor(c, s)), isDefault) // users alone have rights without a role
	var fixes []checks.Fix
	if len(roles) > 0 {
		f := assign(roles[0])
		if r := a.tabled(c); len(r.Sensitive) > 0 {
			f.URL = sensitivePage
			if top := r.Names[min(1, len(r.Names)-1)]; len(targetRoles(c)) == 0 && top != roles[0] {
				f.Title += fmt.Sprintf(" (%s where the target holds a higher role; Get-MgUserMemberOf lists them)", top)
			}
		}
		fixes = append(fixes, f)
	} else {
		fixes = append(fixes, fix("assign the service principal the directory role that the act needs, or make it an owner of the object", checks.SecurityAdmin, fmt.Sprintf("New-MgRoleManagementDirectoryRoleAssignment -PrincipalId %s -RoleDefinitionId <role id> -DirectoryScopeId /", sp), ""))
	}
	if s.Message != "" && !a.known {
		return fmt.Sprintf("the application needs a role, ownership or assignment beside its permission: %q", clip(s.Message)), fixes
	}
	what := "a directory role or ownership of the object"
	if tail := whoMay(c, a.tabled(c)); tail != "" {
		what = "a directory role; " + tail
	}
	if len(a.held) == 0 { // the token was not seen
		return fmt.Sprintf("%s may be refused although the app holds a sufficient permission: the service principal also needs %s", callName(c), what), fixes
	}
	return fmt.Sprintf("%s is refused although the app holds a sufficient permission (%s): the service principal also needs %s", callName(c), strings.Join(few(a.held, 4), ", "), what), fixes
}

func firstGUID(c *evidence.Case, field string) string {
	if c.Call != nil && evidence.IsGUID(c.Call.Fields[field]) {
		return c.Call.Fields[field]
	}
	return ""
}

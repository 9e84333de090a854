package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// Causes that lie beyond permissions: the caller's role, the tenant's licence,
// the resource's own membership.
var privilegeRules = []checks.Rule{
	{
		ID: "user-privilege-insufficient", Layer: checks.Call, Severity: checks.Error,
		Title: "The scope is granted, but the signed-in user may not do this",
		Check: userPrivilege,
	},
	{
		ID: "app-role-insufficient", Layer: checks.Call, Severity: checks.Error,
		Title: "The permission is granted, but the service principal also needs a role, ownership or an assignment",
		Check: appRole,
	},
	{
		ID: "license-missing", Layer: checks.Call, Severity: checks.Error,
		Title:    "The tenant or the user has no licence for the service",
		Explains: []string{"feature-disabled", "request-invalid", "not-found", "user-privilege-insufficient", "permission-missing"},
		Check:    stated("license-missing", licenseWords),
		RuledOut: nil,
	},
	{
		ID: "feature-disabled", Layer: checks.Call, Severity: checks.Error,
		Title: "The feature is switched off, or the operation is not allowed in this tenant",
		Check: stated("feature-disabled", featureWords),
	},
	{
		ID: "group-nested-unreadable", Layer: checks.Call, Severity: checks.Error,
		Title: "Members are hidden from this caller, or of a kind that it may not read",
		Check: hiddenMembers,
	},
	{
		ID: "security-role-missing", Layer: checks.Call, Severity: checks.Error,
		Title:    "The Defender API needs a role or permission that the caller lacks",
		Explains: []string{"permission-missing", "user-privilege-insufficient"},
		Check:    securityRole,
	},
}

// directoryRoles returns the admin roles of a user token by name, and whether
// the token tells roles at all.
func directoryRoles(t *evidence.Token) (names []string, told bool) {
	for _, id := range t.List("wids") {
		told = true
		if r, ok := catalog.Role(id); ok && !r.Implicit {
			names = append(names, r.Name)
		}
	}
	return names, told
}

func isGuest(t *evidence.Token) (evidence.Ref, bool) {
	if t.Str("acct") == "1" {
		return t.Ref("acct"), true
	}
	for _, claim := range []string{"upn", "unique_name", "preferred_username"} {
		if strings.Contains(t.Str(claim), "#EXT#") {
			return t.Ref(claim), true
		}
	}
	return evidence.Ref{}, false
}

func userPrivilege(c *evidence.Case) []checks.Finding {
	if !c.Failed {
		return nil
	}
	a := judge(c)
	if a.kind == evidence.AppOnly {
		return nil
	}
	if f, ok := withheld(c, a.kind); ok {
		return a.withRoles(c, []checks.Finding{f})
	}
	found := voiced(c, "user-privilege-insufficient", func(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) { return a.roleWords(c, s) })
	if len(found) > 0 && found[0].Seen[0].How == checks.HowSays {
		return a.withRoles(c, found)
	}
	ref, refused := refusal(c)
	if !refused || a.kind != evidence.Delegated || !a.known {
		return found
	}
	if _, ok := personal(c); ok && !a.personal {
		return found // what personal accounts are not served is no matter of roles
	}
	if f, ok := a.siteRights(c); ok {
		return a.withRoles(c, []checks.Finding{f})
	}
	holds := len(a.saidReq) > 0 && len(a.heldOf(a.saidReq)) > 0
	if _, ok := a.suffices(); !ok && !holds {
		if a.mapped && a.needs.Supported || len(a.saidReq) > 0 {
			return nil // the scope itself is missing
		}
		return found
	}
	if exchangeSaid(c) || !a.refusedBySelf(c) {
		return nil
	}
	if len(found) == 0 {
		found = []checks.Finding{{Subject: subject(c), Seen: []checks.Witness{checks.Fits(ref)}}}
	}
	f := &found[0]
	f.Message, f.Fixes = a.roleWords(c, evidence.Statement{})
	held := a.heldRef
	if by, ok := a.suffices(); ok {
		held.Value = by + " (suffices)"
	}
	f.Seen = append([]checks.Witness{checks.Shows(held)}, f.Seen...)
	f.Cap, f.CapReason = checks.Shown, "that the scope suffices rests on "+a.source()
	if bare(c) {
		f.Cap, f.CapReason = checks.Possible, "the answer was seen without a body"
	}
	return a.withRoles(c, found)
}

// withRoles adds what the token tells of the user's roles.
func (a access) withRoles(c *evidence.Case, found []checks.Finding) []checks.Finding {
	t := c.Token
	if !t.Readable() {
		return found
	}
	if ref, ok := isGuest(t); ok {
		found[0].Seen = append(found[0].Seen, checks.Fits(ref))
	}
	if names, told := directoryRoles(t); told {
		r := t.Ref("wids")
		r.Value = or(strings.Join(names, ", "), "no directory role")
		found[0].Seen = append(found[0].Seen, checks.Fits(r))
	}
	return found
}

// roleWords says which role or membership would do.
func (a access) roleWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	if msg, fixes, ok := azureWords(c, s); ok {
		return msg, fixes
	}
	if msg, fixes, ok := dataPlaneWords(c, s); ok {
		return msg, fixes
	}
	if msg, fixes, ok := dataverseWords(c, s); ok {
		return msg, fixes
	}
	if ref, ok := ownOnly(c); ok {
		return ownOnlyWords(c, ref)
	}
	roles := a.rolesFor(c, s)
	anyone := slices.ContainsFunc(roles, isDefault)
	roles = slices.DeleteFunc(roles, isDefault)
	who := "the signed-in user"
	guest := false
	has := ""
	if c.Token.Readable() {
		if _, ok := isGuest(c.Token); ok {
			who, guest = "the signed-in user, a guest,", true
		}
		names, told := directoryRoles(c.Token)
		switch {
		case len(names) > 0:
			has = "; the token shows " + list(few(names, 4), "and")
		case told:
			has = "; the token shows no directory role"
		}
	}
	var fixes []checks.Fix
	switch {
	case len(roles) > 0:
		fixes = append(fixes, fix(fmt.Sprintf("assign the user the least directory role that serves: %s", list(few(roles, 4), "or")), checks.SecurityAdmin,
			fmt.Sprintf("New-MgRoleManagementDirectoryRoleAssignment -PrincipalId %s -RoleDefinitionId %s -DirectoryScopeId /", userObject(c), roleID(roles[0])), "https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference"))
	case planner(c):
		fixes = append(fixes, fix("make the user a member of the group that owns the plan: Planner shows tasks only to members of their plan, administrators too", checks.User, "", ""))
	case teamsPath(c) || strings.Contains(evidence.Fold(s.Message), "initiator8orgid"):
		f := fix("have an owner of the team (or of the channel or chat) add the user: a Teams scope reaches only what the user belongs to, whatever the directory role", checks.TeamsAdmin, "", "")
		if team := after(c, "teams"); evidence.IsGUID(team) {
			f.Command = fmt.Sprintf("New-MgGroupMember -GroupId %s -DirectoryObjectId %s", team, userObject(c))
		}
		fixes = append(fixes, f)
	case intunePath(c):
		fixes = append(fixes, fix("give the user an Intune role (RBAC) whose permissions and scope tags cover the object", checks.SecurityAdmin, "", "https://learn.microsoft.com/mem/intune/fundamentals/role-based-access-control"))
	case sharePointPath(c):
		fixes = append(fixes, fix("give the user access to the site or file (a delegated token reaches only what its user may open)", checks.SharePointAdmin, "", ""))
	default:
		fixes = append(fixes, fix("give the user the directory role, ownership or membership that the act needs; the scope alone never exceeds the user's own rights", checks.SecurityAdmin, "", "https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference"))
	}
	if guest {
		fixes = append(fixes, fix("or use a member account: guests see and change less by the tenant's external collaboration settings", checks.User, "", ""))
	}
	if s.Message != "" && !a.known {
		return fmt.Sprintf("%s may not do this: %q", who, clip(s.Message)), fixes
	}
	what := "lacks the directory role, ownership or membership for it"
	if len(roles) > 0 {
		what = "needs a directory role such as " + list(few(roles, 3), "or")
	}
	if tail := whoMay(c, a.tabled(c)); tail != "" {
		has += "; " + tail
	}
	if len(roles) == 0 {
		switch {
		case planner(c):
			what, has = "is not a member of the plan", ""
		case teamsPath(c):
			what, has = "is no member of the team, channel or chat", ""
			if team := after(c, "teams"); team != "" {
				what = "is no member of team " + team
			}
		case intunePath(c):
			what, has = "has no Intune role (RBAC) whose permissions and scope tags cover the object", ""
		case sharePointPath(c):
			what, has = "has no access to the site or file", ""
		}
	}
	if anyone {
		what += ", since the tenant's user settings seem to withhold what every member may do by default"
		fixes = append(fixes, fix("or let members do it again: Entra ID, User settings (users can register applications)", checks.SecurityAdmin, "", "https://learn.microsoft.com/entra/fundamentals/users-default-permissions"))
	}
	msg := fmt.Sprintf("the scope for %s is granted, but %s %s%s", callName(c), who, what, has)
	return msg, fixes
}

// userObject is the object id of the signed-in user.
func userObject(c *evidence.Case) string {
	if kind, _ := c.Kind(); kind == evidence.Delegated {
		return callerObject(c, "<user id>")
	}
	return "<user id>"
}

// after is the segment of the path that stands behind one of this name.
func after(c *evidence.Case, name string) string {
	if c.Call == nil {
		return ""
	}
	segs := strings.Split(c.Call.Path, "/")
	for i, s := range segs[:len(segs)-1] {
		if strings.EqualFold(s, name) {
			return segs[i+1]
		}
	}
	return ""
}

// isDefault: the table's word for what users may do without any role.
func isDefault(role string) bool { return strings.HasPrefix(role, "default user") }

func planner(c *evidence.Case) bool { return strings.Contains(c.Call.PathLower(), "/planner") }

func teamsPath(c *evidence.Case) bool {
	p := c.Call.PathLower()
	return strings.Contains(p, "/teams") || strings.Contains(p, "/chats") || strings.Contains(p, "/channels") || strings.Contains(p, "/joinedteams")
}

func intunePath(c *evidence.Case) bool {
	p := c.Call.PathLower()
	if p == "" {
		p = strings.ToLower(matchOf(c).Template) // a cmdlet's
	}
	return strings.Contains(p, "/devicemanagement") || strings.Contains(p, "/deviceappmanagement") || c.Call != nil && strings.HasSuffix(c.Call.Host, "manage.microsoft.com")
}

// exchangeSaid: the answer is Exchange's; its rights are mailbox rights.
func exchangeSaid(c *evidence.Case) bool {
	for _, s := range c.Said {
		if strings.HasPrefix(s.Code, "Error") && s.Code != "ErrorInvalidRequest" {
			return true
		}
		if strings.EqualFold(s.Code, "ExtensionError") {
			_, known := watching(c)
			return !known || exchangePath(c) // any service behind a subscription answers so
		}
	}
	return false
}

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
			fmt.Sprintf("New-MgRoleManagementDirectoryRoleAssignment -PrincipalId <user id> -RoleDefinitionId %s -DirectoryScopeId /", roleID(roles[0])), "https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference"))
	case planner(c):
		fixes = append(fixes, fix("make the user a member of the group that owns the plan: Planner shows tasks only to members of their plan, administrators too", checks.User, "", ""))
	case teamsPath(c):
		fixes = append(fixes, fix("add the user to the team, channel or chat as member or owner: a Teams scope reaches only what the user belongs to", checks.User, "", ""))
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
	if planner(c) {
		what = "is not a member of the plan"
	}
	if anyone {
		what += ", since the tenant's user settings seem to withhold what every member may do by default"
		fixes = append(fixes, fix("or let members do it again: Entra ID, User settings (users can register applications)", checks.SecurityAdmin, "", "https://learn.microsoft.com/entra/fundamentals/users-default-permissions"))
	}
	msg := fmt.Sprintf("the scope for %s is granted, but %s %s%s", callName(c), who, what, has)
	return msg, fixes
}

// isDefault: the table's word for what users may do without any role.
func isDefault(role string) bool { return strings.HasPrefix(role, "default user") }

// rolesFor are the directory roles that serve the request: named by the
// service, else by the table of role requirements.
func (a access) rolesFor(c *evidence.Case, s evidence.Statement) []string {
	if strings.Contains(evidence.Fold(s.Message), "followingrolesisrequired") {
		if _, rest, ok := strings.Cut(s.Message, ":"); ok {
			var out []string
			for r := range strings.SplitSeq(rest, ",") {
				if r = strings.Trim(r, " .'\""); r != "" && len(r) < 60 {
					out = append(out, r)
				}
			}
			return out
		}
	}
	if strings.Contains(c.Call.PathLower(), "/security/") {
		return []string{"Security Reader", "Security Administrator"}
	}
	if a.match.Template == "" || c.Call == nil {
		return nil
	}
	for _, r := range catalog.RoleRequirements(or(c.Call.Method, a.match.Method), a.match.Template) {
		if !r.Fits(bodyFields(c), selected(c)) || len(r.DelegatedRoles) == 0 {
			continue
		}
		return slices.DeleteFunc(slices.Clone(r.DelegatedRoles), func(n string) bool { return strings.HasPrefix(n, "not ") })
	}
	if c.Call.Method == "PATCH" && strings.HasPrefix(strings.ToLower(a.match.Template), "/users/{id}") {
		return []string{"User Administrator"}
	}
	return nil
}

func roleID(name string) string {
	if r, ok := catalog.RoleByName(name); ok {
		return r.ID
	}
	return "<role id>"
}

func planner(c *evidence.Case) bool { return strings.Contains(c.Call.PathLower(), "/planner") }

func teamsPath(c *evidence.Case) bool {
	p := c.Call.PathLower()
	return strings.Contains(p, "/teams") || strings.Contains(p, "/chats") || strings.Contains(p, "/channels") || strings.Contains(p, "/joinedteams")
}

func intunePath(c *evidence.Case) bool {
	p := c.Call.PathLower()
	return strings.Contains(p, "/devicemanagement") || strings.Contains(p, "/deviceappmanagement") || c.Call != nil && strings.HasSuffix(c.Call.Host, "manage.microsoft.com")
}

// exchangeSaid: the answer is Exchange's; its rights are mailbox rights.
func exchangeSaid(c *evidence.Case) bool {
	for _, s := range c.Said {
		if strings.HasPrefix(s.Code, "Error") && s.Code != "ErrorInvalidRequest" || strings.EqualFold(s.Code, "ExtensionError") {
			return true
		}
	}
	return false
}

func appRole(c *evidence.Case) []checks.Finding {
	if !c.Failed {
		return nil
	}
	a := judge(c)
	if a.kind == evidence.Delegated {
		return nil
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
	if len(a.saidReq) > 0 && len(a.heldOf(a.saidReq)) == 0 {
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
	sp := "<service principal object id>"
	if c.Token.Readable() && c.Token.Str("oid") != "" {
		sp = c.Token.Ref("oid").Value
	}
	assign := func(role string) checks.Fix {
		return fix(fmt.Sprintf("assign the service principal the directory role %s", role), checks.SecurityAdmin,
			fmt.Sprintf("New-MgRoleManagementDirectoryRoleAssignment -PrincipalId %s -RoleDefinitionId %s -DirectoryScopeId /", sp, roleID(role)), "https://learn.microsoft.com/entra/identity/role-based-access-control/manage-roles-portal")
	}
	if sensitive(c, a) {
		fixes := []checks.Fix{grantFix(c, evidence.AppOnly, "User-PasswordProfile.ReadWrite.All", "Microsoft Graph")}
		fixes = append(fixes, grantCommands(c, evidence.AppOnly, "User-PasswordProfile.ReadWrite.All")...)
		return "setting a password by an app needs more than the user permissions that it holds: User-PasswordProfile.ReadWrite.All, or a directory role such as User Administrator for the service principal (Privileged Authentication Administrator where the target is an administrator)",
			append(fixes, assign("User Administrator"))
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
	roles := a.rolesFor(c, s)
	role := "that the act needs"
	var fixes []checks.Fix
	if len(roles) > 0 {
		fixes = append(fixes, assign(roles[0]))
		role = roles[0]
	} else {
		fixes = append(fixes, fix("assign the service principal the directory role that the act needs, or make it an owner of the object", checks.SecurityAdmin, fmt.Sprintf("New-MgRoleManagementDirectoryRoleAssignment -PrincipalId %s -RoleDefinitionId <role id> -DirectoryScopeId /", sp), ""))
	}
	_ = role
	if s.Message != "" && !a.known {
		return fmt.Sprintf("the application needs a role, ownership or assignment beside its permission: %q", clip(s.Message)), fixes
	}
	return fmt.Sprintf("%s is refused although the app holds a sufficient permission (%s): the service principal also needs a directory role or ownership of the object", callName(c), strings.Join(few(a.held, 4), ", ")), fixes
}

func firstGUID(c *evidence.Case, field string) string {
	if c.Call != nil && evidence.IsGUID(c.Call.Fields[field]) {
		return c.Call.Fields[field]
	}
	return ""
}

func licenseWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	text := evidence.Fold(s.Message + " " + s.Code)
	plan, where := "a licence for the service", "https://admin.microsoft.com/Adminportal/Home#/licenses"
	note := ""
	switch {
	case strings.Contains(text, "spo") || strings.Contains(text, "mysite") || sharePointPath(c):
		plan = "SharePoint Online (or OneDrive) in the tenant's and the user's plan"
		if strings.Contains(text, "mysite") {
			note = "; a user's OneDrive is created at the first visit"
		}
	case strings.Contains(text, "paymentrequired") || strings.Contains(text, "evaluationcapacity"):
		plan = "metered API billing (an Azure subscription linked to the app) or the licence model that the call names"
	case strings.Contains(text, "teams") || teamsPath(c):
		plan = "Microsoft Teams in the user's plan of this very tenant (a guest has none here)"
	case strings.Contains(text, "premium") || strings.Contains(text, "aadp") || strings.Contains(text, "entraid") || strings.Contains(text, "aad"):
		plan = "Microsoft Entra ID P1 or P2 (or ID Governance) in the tenant"
	case strings.Contains(text, "accountmode") || c.Call != nil && strings.Contains(c.Call.Host, "securit"):
		plan = "Microsoft Defender (for Endpoint or XDR), licensed and set up in the tenant"
	case intunePath(c) || strings.Contains(text, "targettenant") || strings.Contains(text, "intune"):
		plan = "Microsoft Intune, for the tenant and for the calling user"
	case strings.Contains(text, "organizationfromtenantguid") || strings.Contains(text, "mailbox") || strings.Contains(text, "rest"):
		plan = "Exchange Online in the tenant"
	case strings.Contains(text, "paymentrequired"):
		plan = "metered API billing (an Azure subscription linked to the app)"
	}
	who := ""
	if c.Token.Readable() {
		if _, ok := isGuest(c.Token); ok {
			who = " (the caller is a guest of this tenant)"
		}
	}
	return fmt.Sprintf("%s needs %s%s%s: the service says %q", callName(c), plan, who, note, clip(firstOf(s.Message, s.Code))), []checks.Fix{
		fix("assign (or buy) "+plan+"; a new licence can take some hours to act", checks.SecurityAdmin, "Get-MgSubscribedSku | Select-Object SkuPartNumber, ConsumedUnits", where),
		fix("your token and permissions are not the problem here: adding scopes will not help", checks.Developer, "", ""),
	}
}

func featureWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	return fmt.Sprintf("the tenant has this feature switched off or does not allow the operation: %q", clip(firstOf(s.Message, s.Code))), []checks.Fix{
		fix("have an administrator turn the feature on (enable it) for the tenant or the user in the service's admin center", checks.SecurityAdmin, "", adminCenter(c)),
		fix("if it is on, give the service's name, the time and the request id to its support: the token is not the problem", checks.Microsoft, "", ""),
	}
}

// adminCenter is where the service of the call is administered.
func adminCenter(c *evidence.Case) string {
	switch {
	case c.Call != nil && strings.Contains(c.Call.Host, "securit"):
		return "https://security.microsoft.com/securitysettings"
	case teamsPath(c):
		return "https://admin.teams.microsoft.com"
	case sharePointPath(c):
		return "https://admin.microsoft.com/sharepoint"
	case intunePath(c):
		return "https://intune.microsoft.com"
	}
	return "https://entra.microsoft.com"
}

func hiddenMembers(c *evidence.Case) []checks.Finding {
	found := voiced(c, "group-nested-unreadable", func(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) { return hiddenWords(c, "") })
	if !memberPath(c) {
		return nil
	}
	a := judge(c)
	switch {
	case c.Call.Empty && !c.Failed:
		v, ok := c.Fact("visibility")
		if !ok || !strings.EqualFold(v.Value, "HiddenMembership") || slices.Contains(a.held, "Member.Read.Hidden") {
			return nil
		}
		req, _ := c.RequestRef()
		f := checks.Finding{Subject: subject(c), Seen: []checks.Witness{checks.Shows(v), checks.Fits(req)}}
		f.Message, f.Fixes = hiddenWords(c, "the group's visibility is HiddenMembership, so its members are left out for a caller without Member.Read.Hidden: the list is empty, and no error is given")
		return []checks.Finding{f}
	case !c.Failed:
		n, ok := c.Fact("null_members")
		if !ok {
			return nil
		}
		f := checks.Finding{Subject: subject(c), Seen: []checks.Witness{checks.Shows(n)}}
		f.Message, f.Fixes = hiddenWords(c, fmt.Sprintf("%s members came back with id and type only: the caller may not read objects of that kind", n.Value))
		return []checks.Finding{f}
	}
	if len(found) > 0 && a.known {
		if _, ok := a.suffices(); !ok {
			return nil
		}
	}
	return found
}

func memberPath(c *evidence.Case) bool {
	p := c.Call.PathLower()
	return strings.Contains(p, "member") || strings.Contains(p, "/owners") || strings.Contains(p, "/registered")
}

func hiddenWords(c *evidence.Case, msg string) (string, []checks.Fix) {
	if msg == "" {
		msg = "a member of the group (a nested group, a service principal, a device) is of a kind that the caller may not read, and that breaks the read of the group"
	}
	kind, _ := c.Kind()
	need := "Member.Read.Hidden"
	if !strings.Contains(msg, "HiddenMembership") {
		need = "GroupMember.Read.All"
		if strings.Contains(msg, "id and type only") {
			need = "Directory.Read.All"
		}
	}
	fixes := []checks.Fix{grantFix(c, kind, need, "Microsoft Graph")}
	return msg, append(fixes, grantCommands(c, kind, need)...)
}

func securityRole(c *evidence.Case) []checks.Finding {
	if !c.Failed {
		return nil
	}
	defender := c.Call != nil && strings.Contains(c.Call.Host, "securit") && !isGraph(c.Call.Host)
	target := false
	for _, s := range c.Said {
		target = target || s.Target != "" && s.Carrier != evidence.InProse
	}
	found := voiced(c, "security-role-missing", securityWords)
	if len(found) == 0 && onDefender(c) {
		found = voiced(c, "permission-missing", securityWords) // the same words, spoken by a Defender API
		if s := neededBy(c); len(found) > 0 && len(s.Needed) > 0 {
			found[0].Message, found[0].Fixes = securityWords(c, s)
		}
	}
	if !defender && !target && (c.Call == nil || c.Call.Host != "") {
		return nil
	}
	if len(found) > 0 && found[0].Seen[0].How == checks.HowFits {
		if c.Call != nil && c.Call.Status == 401 {
			return nil
		}
	}
	return found
}

// onDefender: the call went to an API of Defender itself, not through Graph.
func onDefender(c *evidence.Case) bool {
	r, ok := called(c)
	return ok && (r.Key == "mde" || r.Key == "mtp")
}

// neededBy is the statement that lists what the call needs.
func neededBy(c *evidence.Case) evidence.Statement {
	for _, s := range c.Said {
		if len(s.Needed) > 0 {
			return s
		}
	}
	return evidence.Statement{}
}

func securityWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	need := list(few(s.Needed, 4), "or")
	family := "Microsoft Threat Protection (Microsoft 365 Defender)"
	if c.Call != nil && strings.Contains(c.Call.Host, "securitycenter") {
		family = "WindowsDefenderATP (Defender for Endpoint)"
	}
	msg := fmt.Sprintf("the Defender API refuses %s: %q", callName(c), clip(firstOf(s.Message, s.Code)))
	if len(s.Needed) > 0 {
		msg = fmt.Sprintf("%s needs the application permission %s of %s", callName(c), need, family)
		switch {
		case s.HasHeld && len(s.Held) == 0:
			msg += "; the token held none of that API's permissions"
		case s.HasHeld:
			msg += "; the token held " + strings.Join(s.Held, ", ")
		}
	}
	for _, f := range c.Facts {
		if strings.HasPrefix(f.Field, "declared.") && !slices.Contains(s.Needed, f.Value) {
			msg += fmt.Sprintf(" (%s, which was granted, belongs to the other Defender API or is another permission)", f.Value)
			break
		}
	}
	fixes := []checks.Fix{fix(fmt.Sprintf("in the app registration add, under \"APIs my organization uses\", %s of %s as application permission, and grant admin consent", or(strings.Join(s.Needed, " or "), "the permission"), family), checks.AppAdmin, "", consentURL(c))}
	if kind, _ := c.Kind(); kind != evidence.AppOnly {
		fixes = append(fixes, fix("for a user's token: give the user a Defender role (unified RBAC), or Security Reader", checks.SecurityAdmin, "", "https://learn.microsoft.com/defender-xdr/manage-rbac"))
	}
	if s.Target != "" {
		fixes = append(fixes, fix("give Microsoft's support the tracking id "+s.Target, checks.Microsoft, "", ""))
	}
	return msg, fixes
}

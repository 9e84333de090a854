package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file judges each declared permission by itself: does it exist, is it
// still to be used, how far does it reach, who must consent.

// aboutPermission makes a finding about a declared permission.
func aboutPermission(subject, message string, d evidence.Declared) checks.Finding {
	return checks.Finding{Subject: subject, Message: message, Seen: []checks.Witness{checks.Shows(d.Ref)}}
}

// permissionUnknown finds ids and names that Microsoft Graph does not have.
func permissionUnknown(p *posture) []checks.Finding {
	var out []checks.Finding
	for _, d := range p.app.Declared {
		if !ofGraph(d.Resource) {
			continue
		}
		switch {
		case d.ID != "" && len(catalog.PermissionByID(d.ID)) == 0:
			out = append(out, p.strangeID(d))
		case d.ID == "" && len(catalog.PermissionKinds(d.Name)) == 0:
			out = append(out, p.strangeName(d))
		case d.ID == "" && d.Kind != evidence.KindUnknown && d.List == evidence.KindUnknown:
			if _, ok := catalog.Permission(d.Name, mapKind(d.Kind)); !ok {
				out = append(out, p.absentKind(d))
			}
		case d.ID == "" && d.List != evidence.KindUnknown:
			if info, ok := catalog.Permission(d.Name, mapKind(d.List)); !ok {
				d.Kind = d.List
				out = append(out, p.absentKind(d))
			} else if info.Name != d.Name {
				out = append(out, p.misspelt(d, info.Name))
			}
		}
	}
	return out
}

// tableDate says how old the list of permissions is.
func tableDate() string {
	_, _, date := catalog.Source()
	return date
}

const referencePage = "https://learn.microsoft.com/graph/permissions-reference"

func (p *posture) strangeID(d evidence.Declared) checks.Finding {
	f := aboutPermission(d.ID, fmt.Sprintf("Microsoft Graph has no permission with the id %s (list of %s)", d.ID, tableDate()), d)
	f.Fixes = []checks.Fix{p.dropID(d.ID)}
	foreign, ok := catalog.ForeignPermission(d.ID)
	if !ok {
		f.Fixes = append(f.Fixes, fix("look up the id of the permission that you mean", checks.Developer, "graphdoctor explain Mail.Read", referencePage))
		return f
	}
	f.Message = fmt.Sprintf("%s is the id of %s of %s, not of Microsoft Graph", d.ID, foreign.Name, foreign.API.Name)
	if infos := catalog.PermissionKinds(foreign.Name); len(infos) > 0 {
		i := max(0, slices.IndexFunc(infos, func(i catalog.PermissionInfo) bool { return i.Kind == mapKind(d.Kind) }))
		f.Message += fmt.Sprintf("; there %s has the id %s", infos[i].Name, infos[i].ID)
		f.Fixes = append([]checks.Fix{fix("write "+infos[i].ID+" in its place", checks.Developer, "graphdoctor explain "+infos[i].Name, referencePage)}, f.Fixes...)
	}
	return f
}

func (p *posture) dropID(id string) checks.Fix {
	return fix("remove the entry from the registration", checks.AppAdmin, fmt.Sprintf("az ad app permission delete --id %s --api %s --api-permissions %s", plain(p.app.ID, "<app id>"), graphID, id), referencePage)
}

func (p *posture) strangeName(d evidence.Declared) checks.Finding {
	f := aboutPermission(d.Name, fmt.Sprintf("Microsoft Graph has no permission %q (list of %s)", d.Name, tableDate()), d)
	f.Fixes = []checks.Fix{fix("look up the permission that the calls need", checks.Developer, "", referencePage)}
	if meant := catalog.Suggest(d.Name); len(meant) > 0 {
		f.Message += "; it may mean " + list(few(meant, 3), "or")
		f.Fixes = []checks.Fix{fix("write "+meant[0]+", if that is meant", checks.Developer, "graphdoctor explain "+meant[0], referencePage)}
	}
	return f
}

// absentKind: the name exists, in the other kind only.
func (p *posture) absentKind(d evidence.Declared) checks.Finding {
	info := catalog.PermissionKinds(d.Name)[0]
	f := aboutPermission(d.Name, fmt.Sprintf("Microsoft Graph has no %s permission %s; it has one of that name as %s permission only", d.Kind, d.Name, info.Kind), d)
	f.Fixes = []checks.Fix{fix(fmt.Sprintf("declare it as %s permission, if the flow can use that; else look up another for the calls", info.Kind), checks.Developer, "graphdoctor explain "+info.Name, referencePage)}
	return f
}

// misspelt: infrastructure code looks names up letter by letter.
func (p *posture) misspelt(d evidence.Declared, right string) checks.Finding {
	f := aboutPermission(d.Name, fmt.Sprintf("the permission %s is written %q, and the look-up minds upper and lower case", right, d.Name), d)
	f.Fixes = []checks.Fix{fix("write "+right, checks.Developer, "graphdoctor explain "+right, referencePage)}
	return f
}

// permissionDeprecated finds what Microsoft hides or has disabled.
func permissionDeprecated(p *posture) []checks.Finding {
	var out []checks.Finding
	for _, h := range p.held {
		if !h.info.Hidden && h.info.Enabled || slices.Contains(signIn, strings.ToLower(h.name)) {
			continue
		}
		state := "hidden, so that the portal does not offer it"
		if !h.info.Enabled {
			state = "disabled, so that new consents to it fail"
		}
		f := aboutPermission(h.name, fmt.Sprintf("Microsoft marks the %s permission %s as %s", h.kind, h.name, state), h.Declared)
		f.Fixes = []checks.Fix{fix("find the present least permission for the calls that need it", checks.Developer, "graphdoctor explain "+h.name, referencePage)}
		if by := p.replacement(h); by != "" {
			f.Message += "; " + by + " serves the same calls of the app"
			f.Fixes = []checks.Fix{p.declare(h.kind, []string{by}), p.remove(h)}
			f.Fixes[0].Widens = false
		}
		out = append(out, f)
	}
	return out
}

// replacement is a permission in use today for the calls that h serves.
func (p *posture) replacement(h held) string {
	calls := breaking(p.reliant(h.kind), h.kind, slices.DeleteFunc(slices.Clone(p.names(h.kind, false)), func(n string) bool { return n == h.name }))
	if len(calls) == 0 {
		return ""
	}
	for _, q := range calls[0].needs[h.kind].Any {
		info, ok := catalog.Permission(q, h.kind)
		if ok && q != h.name && !info.Hidden && info.Enabled && info.ID != "" && !info.RSC && len(breaking(calls, h.kind, []string{q})) == 0 {
			return q
		}
	}
	return ""
}

// mighty is the privilege level that is noted even without a known way to
// control of the tenant.
const mighty = 4

// permissionHighPrivilege finds application permissions that lead to the whole
// tenant.
func permissionHighPrivilege(p *posture) []checks.Finding {
	var out []checks.Finding
	for _, h := range p.held {
		if h.kind != catalog.Application {
			continue
		}
		reason, page, ok := catalog.Takeover(h.name)
		var f checks.Finding
		switch {
		case ok:
			f = aboutPermission(h.name, fmt.Sprintf("with the application permission %s the app can take over the tenant: %s", h.name, reason), h.Declared)
			f.Fixes = []checks.Fix{fix("take a narrower permission, or a flow with a signed-in administrator", checks.Developer, "graphdoctor explain "+h.name, page)}
		case h.info.Level >= mighty && !h.RSC && !h.info.RSC:
			f = aboutPermission(h.name, fmt.Sprintf("%s has privilege level %d, the highest that Microsoft gives to application permissions", h.name, h.info.Level), h.Declared)
			f.Severity = checks.Note
			f.Fixes = []checks.Fix{fix("take a narrower permission where one serves the calls", checks.Developer, "graphdoctor explain "+h.name, referencePage)}
		default:
			continue
		}
		f.Fixes = append(f.Fixes, fix(fmt.Sprintf("or say why it must be: an allow entry in .graphdoctor.yaml with rule permission-high-privilege, subject %s, a reason and a day to look again", h.name), checks.SecurityAdmin, "", ""))
		out = append(out, f)
	}
	return out
}

// adminConsentNeeded lists what only an administrator can consent to. What an
// export shows as granted needs nobody any more.
func adminConsentNeeded(p *posture) []checks.Finding {
	var names []string
	var seen []checks.Witness
	for _, h := range p.held {
		if h.RSC || h.Granted || h.kind == catalog.Delegated && !h.info.AdminConsent || p.app.HasGrants && p.granted(h) {
			continue
		}
		names = append(names, h.name)
		seen = append(seen, checks.Shows(h.Ref))
	}
	if len(names) == 0 {
		return nil
	}
	f := checks.Finding{Subject: label(p.app), Seen: seen[:min(len(seen), 5)], Message: fmt.Sprintf("an administrator must consent to %s before %s works", list(few(names, 5), "and"), label(p.app))}
	if p.app.Owned {
		f.Fixes = []checks.Fix{fix("approve the requests in the SharePoint admin center under API access, once the package is there", checks.SharePointAdmin, "", "https://learn.microsoft.com/sharepoint/api-access")}
		return []checks.Finding{f}
	}
	link := fmt.Sprintf("https://%s/<tenant id>/adminconsent?client_id=%s", p.loginHost(), plain(p.app.ID, "<app id>"))
	f.Fixes = []checks.Fix{fix("read what is asked for, then consent at the URL or by the command", checks.AppAdmin, "az ad app permission admin-consent --id "+plain(p.app.ID, "<app id>"), link)}
	return []checks.Finding{f}
}

// clouds names the clouds of the configuration in the catalog's words.
var clouds = map[string]string{"global": "global", "usgov": "usgov-l4", "usgov-dod": "usgov-l5", "china": "china"}

// loginHost is the sign-in host of the app's cloud.
func (p *posture) loginHost() string {
	if c, ok := catalog.CloudNamed(clouds[p.app.Policy.Cloud]); ok && len(c.LoginHosts) > 0 {
		return c.LoginHosts[0]
	}
	return "login.microsoftonline.com"
}

// granted tells whether the export has a declared permission.
func (p *posture) granted(h held) bool {
	return slices.ContainsFunc(p.app.Grants, func(g evidence.Grant) bool { return grantOf(g, h) })
}

func grantOf(g evidence.Grant, h held) bool {
	if g.Resource != "" && !ofGraph(g.Resource) || mapKind(g.Kind) != h.kind {
		return false
	}
	if g.ID != "" {
		return strings.EqualFold(g.ID, h.info.ID) || listed(h.info.OtherIDs, g.ID)
	}
	return strings.EqualFold(g.Name, h.name)
}

// grantMissing finds what is declared and not granted.
func grantMissing(p *posture) []checks.Finding {
	if !p.app.HasGrants {
		return nil
	}
	var out []checks.Finding
	for _, h := range p.held {
		if h.RSC || h.Granted || p.granted(h) {
			continue
		}
		f := aboutPermission(h.name, fmt.Sprintf("the %s permission %s is declared, but the export of grants does not have it", h.kind, h.name), h.Declared)
		if h.kind == catalog.Delegated && !h.info.AdminConsent {
			f.Severity = checks.Note
			f.Message += "; users may consent to it at their first sign-in"
		}
		f.Fixes = []checks.Fix{
			fix("consent for the tenant, once the registration asks for what is needed and no more", checks.AppAdmin, "az ad app permission admin-consent --id "+plain(p.app.ID, "<app id>"), "https://learn.microsoft.com/entra/identity/enterprise-apps/grant-admin-consent"),
			p.remove(h),
		}
		out = append(out, f)
	}
	return out
}

// grantUndeclared finds what is granted and not declared.
func grantUndeclared(p *posture) []checks.Finding {
	if p.app.Managed || p.app.Partial && len(p.app.Kin) == 0 {
		return nil
	}
	var out []checks.Finding
	for _, g := range p.app.Grants {
		name, kind := p.grantName(g)
		if name == "" || slices.Contains(signIn, strings.ToLower(name)) || slices.ContainsFunc(p.held, func(h held) bool { return grantOf(g, h) }) || p.hidden() {
			continue
		}
		f := checks.Finding{Subject: name, Seen: []checks.Witness{checks.Shows(g.Ref), checks.Fits(p.declaredRef())}, Cap: checks.Shown, CapReason: "the export is as old as its file",
			Message: fmt.Sprintf("the tenant grants %s the %s permission %s, which the registration does not declare", label(p.app), kind, name)}
		f.Fixes = []checks.Fix{fix("delete the grant, where nothing needs it; else declare the permission", checks.AppAdmin, "Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId <service principal id> -All | Format-List Id, AppRoleId, ResourceDisplayName, CreatedDateTime", "https://learn.microsoft.com/entra/identity/enterprise-apps/manage-application-permissions")}
		out = append(out, f)
	}
	return out
}

// grantName is the permission of Microsoft Graph that a grant is of; "" for
// other APIs, whose lists are not known.
func (p *posture) grantName(g evidence.Grant) (string, catalog.Kind) {
	kind := mapKind(g.Kind)
	if g.Resource != "" && !ofGraph(g.Resource) {
		return "", kind
	}
	if g.ID != "" {
		for _, info := range catalog.PermissionByID(g.ID) {
			if info.Kind == kind {
				return info.Name, kind
			}
		}
		return "", kind
	}
	info, ok := catalog.Permission(g.Name, kind)
	if !ok {
		return "", kind
	}
	return info.Name, kind
}

// legacyDeclared finds what an app asks of APIs that are no more: their
// permissions, calls to them, libraries for them.
func legacyDeclared(p *posture) []checks.Finding {
	var out []checks.Finding
	for _, d := range p.app.Declared {
		r, ok := api(d.Resource)
		if !ok || !strings.HasPrefix(r.Status, "retired") {
			continue
		}
		f := aboutPermission(r.Name, fmt.Sprintf("the app declares permissions of %s (%s), which is retired; they do not count in Microsoft Graph", r.Name, r.AppID), d)
		f.Fixes = []checks.Fix{
			fix("declare the permissions of Microsoft Graph that the calls need, then delete these", checks.AppAdmin, fmt.Sprintf("az ad app permission delete --id %s --api %s", plain(p.app.ID, "<app id>"), r.AppID), "https://learn.microsoft.com/graph/migrate-azure-ad-graph-overview"),
		}
		out = append(out, f)
	}
	for _, c := range p.app.Calls {
		r, ok := catalog.ResourceByHost(c.Host)
		if !ok || !strings.HasPrefix(r.Status, "retired") {
			continue
		}
		f := checks.Finding{Subject: r.Name, Message: fmt.Sprintf("%s %s%s calls %s, which is retired", c.Method, c.Host, c.Path, r.Name),
			Seen: []checks.Witness{checks.Shows(need{call: c}.ref())}}
		to := fix("call Microsoft Graph in its place", checks.Developer, "", "https://learn.microsoft.com/graph/migrate-azure-ad-graph-request-differences")
		if by := replacement(&evidence.Case{Call: c}); by != "" {
			to.Title = "call " + by + " in its place"
			to.Command = "graphdoctor need '" + by + "'"
		}
		f.Fixes = []checks.Fix{to}
		out = append(out, f)
	}
	for _, l := range p.app.Legacy {
		f := checks.Finding{Subject: l.Value, Message: fmt.Sprintf("the code uses %s, which is retired", l.Value), Seen: []checks.Witness{checks.Shows(l)}}
		f.Fixes = []checks.Fix{fix("move to MSAL, Azure Identity or Microsoft Graph PowerShell", checks.Developer, "", "https://learn.microsoft.com/entra/identity-platform/msal-migration")}
		out = append(out, f)
	}
	return out
}

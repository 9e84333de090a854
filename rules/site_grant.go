package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file judges the grants that a SharePoint site gives to apps whose
// permission is for chosen sites only: which role an act needs, and which the
// evidence shows.

// siteRoles are the roles of such a grant, the least first.
// Source: https://learn.microsoft.com/graph/permissions-selected-overview
var siteRoles = []string{"read", "write", "manage", "fullcontrol"}

// siteRole is the least role of a site's grant by which the request can be made.
func siteRole(c *evidence.Case) string {
	p := siteAct(c)
	switch {
	case c.Call == nil || or(method(c), "GET") == "GET":
		return "read"
	case strings.Contains(p, "/permissions"):
		return "fullcontrol"
	case strings.Contains(p, "/drive"), strings.Contains(p, "/items"), strings.Contains(p, "/pages"):
		return "write"
	case strings.Contains(p, "/lists"), strings.Contains(p, "/columns"), strings.Contains(p, "/contenttypes"), strings.Contains(p, "/subsites"), strings.HasSuffix(p, "/sites/{id}"):
		return "manage"
	}
	return "write"
}

// siteAct is the path of the act, by its template where the map knows it.
func siteAct(c *evidence.Case) string {
	if m := matchOf(c); m.Template != "" {
		return strings.ToLower(m.Template)
	}
	return c.Call.PathLower()
}

// shownGrant is the role that a site's grant was seen to give to the app, in a
// call beside the failure that made or changed it.
func shownGrant(c *evidence.Case) (evidence.Ref, string) {
	for _, b := range c.Beside {
		if b.Status < 200 || b.Status > 299 || b.Method != "POST" && b.Method != "PATCH" || !strings.Contains(b.PathLower(), "/sites/") || !strings.Contains(b.PathLower(), "/permissions") {
			continue
		}
		app := ""
		for name, value := range b.Fields {
			if strings.HasSuffix(name, "application.id") {
				app = value
			}
		}
		role := strings.ToLower(b.Fields["roles"])
		if id := c.AppID(); role != "" && (app == "" || id == "" || strings.EqualFold(app, id)) {
			return evidence.Ref{Place: b.Place, Origin: evidence.FromRequest, Field: "roles", Value: role}, role
		}
	}
	return evidence.Ref{}, ""
}

// onSite: the request is for one named site or drive, or what lies in it: a
// grant on the site would reach it, whatever the map lists for the path.
func onSite(c *evidence.Case) bool {
	m := matchOf(c)
	if strings.Contains(c.Call.PathLower(), "/permissions") {
		return false // who shares may need more than any grant has
	}
	return strings.HasPrefix(m.Template, "/sites/{id}") || strings.HasPrefix(m.Template, "/drives/{id}") || strings.Contains(c.Call.Host, "sharepoint")
}

// siteID is the site that the call names, or a call beside it that granted.
func siteID(c *evidence.Case) string {
	for _, call := range append([]*evidence.Call{c.Call}, c.Beside...) {
		if call == nil || call != c.Call && !strings.Contains(call.PathLower(), "/permissions") {
			continue
		}
		segs := strings.Split(call.Path, "/")
		for i, s := range segs {
			if strings.EqualFold(s, "sites") && i+1 < len(segs) && segs[i+1] != "" && !strings.HasPrefix(segs[i+1], "{") {
				return segs[i+1]
			}
		}
	}
	return "<site id>"
}

func (a access) siteGrant(c *evidence.Case, perm string) (string, []checks.Fix) {
	name, display := appID(c), "<app name>"
	if c.Token.Readable() {
		display = quotable(c.Token.Ref("app_displayname").Value, display)
	}
	role := siteRole(c)
	msg := fmt.Sprintf("%s alone reaches nothing: the site must also grant the app access, and it was refused", perm)
	if role != "read" {
		msg = fmt.Sprintf("%s alone reaches nothing: the site must also grant the app the role %s for %s, and it was refused", perm, role, callName(c))
	}
	if _, has := shownGrant(c); has != "" && slices.Index(siteRoles, has) < slices.Index(siteRoles, role) {
		msg = fmt.Sprintf("%s reaches what the site's grant allows, and that is %s: %s needs the role %s", perm, has, callName(c), role)
	}
	wide := map[string]string{"read": "Sites.Read.All", "write": "Sites.ReadWrite.All", "manage": "Sites.Manage.All", "fullcontrol": "Sites.FullControl.All"}[role]
	pnp := map[string]string{"read": "Read", "write": "Write", "manage": "Manage", "fullcontrol": "FullControl"}[role]
	same := fix("the same with PnP PowerShell", checks.SharePointAdmin, fmt.Sprintf("Grant-PnPAzureADAppSitePermission -AppId %s -DisplayName %q -Site <site url> -Permissions %s", name, display, pnp), "")
	if role == "manage" || role == "fullcontrol" { // which a first grant by PnP cannot give
		same = fix("the same with PnP PowerShell, which raises a grant that is there", checks.SharePointAdmin, fmt.Sprintf("Get-PnPAzureADAppSitePermission -AppIdentity %s -Site <site url>; Set-PnPAzureADAppSitePermission -PermissionId <id of the grant> -Site <site url> -Permissions %s", name, pnp), "")
	}
	return msg, []checks.Fix{
		fix(fmt.Sprintf("grant the app the role %s on this one site (by somebody with Sites.FullControl.All)", role), checks.SharePointAdmin,
			azRest("POST", fmt.Sprintf("https://%s/v1.0/sites/%s/permissions", graphHost(c), siteID(c)), fmt.Sprintf(`{"roles":["%s"],"grantedToIdentities":[{"application":{"id":"%s","displayName":"%s"}}]}`, role, name, strings.ReplaceAll(display, `"`, ""))), "https://learn.microsoft.com/graph/api/site-post-permissions"),
		same,
		widen(fix("or give the app access to every site: "+wide, checks.AppAdmin, "", consentURL(c))),
	}
}

// siteRights: SharePoint refused a user whose scope reaches every site that the
// user may open, by a request that is not in the evidence: what is left are the
// user's own rights.
func (a access) siteRights(c *evidence.Case) (checks.Finding, bool) {
	s, refused := c.SaidAny("accessDenied")
	if !refused || a.kind != evidence.Delegated || !a.known || a.mapped || len(a.saidReq) > 0 || c.Call != nil && c.Call.Path != "" || !a.refusedBySelf(c) {
		return checks.Finding{}, false
	}
	full := a.heldOf([]string{"Sites.FullControl.All", "Sites.Manage.All", "AllSites.FullControl", "AllSites.Manage"})
	if len(full) == 0 {
		return checks.Finding{}, false
	}
	held := a.heldRef
	held.Value = full[0]
	f := checks.Finding{Subject: subject(c), Seen: []checks.Witness{checks.Shows(held), checks.Fits(s.Ref)}}
	f.Message = fmt.Sprintf("the token holds %s, by which the app reaches every site that the signed-in user may open; SharePoint refused (%q), so the user has no rights on the site", full[0], clip(firstOf(s.Message, s.Code)))
	f.Fixes = []checks.Fix{
		fix("put the user into the group of the refused site that holds the least that the work needs: visitors to read, members to change", checks.SharePointAdmin, "Add-SPOUser -Site <site url> -LoginName <user> -Group <group of the site>", "https://learn.microsoft.com/powershell/module/microsoft.online.sharepoint.powershell/add-spouser"),
		widen(fix("or run it as the application (certificate) with an application permission for sites, which asks for no user's rights", checks.Developer, "", "https://learn.microsoft.com/graph/auth-v2-service")),
		fix("no directory role gives rights on a site's content: SharePoint Administrator and Global Administrator must add themselves as well", checks.Developer, "", ""),
	}
	f.Cap, f.CapReason = checks.Shown, "the request is not in the evidence"
	return f, true
}

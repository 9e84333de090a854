package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file holds the permission causes that depend on the resource, the
// account or the version rather than on a list of names.

func betaOnly(c *evidence.Case) []checks.Finding {
	if !c.Failed || c.Call == nil {
		return nil
	}
	found := voiced(c, "beta-only", betaWords)
	v1 := strings.HasPrefix(c.Call.Path, "/v1.0")
	if !v1 || len(found) == 0 {
		if c.Call.Path != "" && !v1 {
			return nil // it was beta already, or no version is known
		}
		return found
	}
	m := matchOf(c)
	if m.How != catalog.Exact {
		return found
	}
	req, _ := c.RequestRef()
	f := &found[0]
	f.Message, f.Fixes = betaWords(c, evidence.Statement{})
	f.Seen = append([]checks.Witness{checks.Shows(req)}, f.Seen...)
	f.Cap, f.CapReason = checks.Shown, "the permission map knows "+m.Template+" but not in which version"
	return found
}

func betaWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	path := "/…"
	if c.Call != nil && c.Call.Path != "" {
		path = strings.TrimPrefix(c.Call.Path, "/v1.0")
	}
	return fmt.Sprintf("%s is not known to v1.0, but Graph's permission map has it: it is of beta", callName(c)), []checks.Fix{
		fix("call the beta version, knowing that it may change", checks.Developer, azRest(or(method(c), "GET"), "https://"+graphHost(c)+"/beta"+path, ""), "https://learn.microsoft.com/graph/versioning-and-support"),
		fix("or check the spelling of the segment that the message names", checks.Developer, "", ""),
	}
}

// selectedScopes are permissions that give nothing until a resource grants it.
func selectedScopes(held []string) []string {
	var out []string
	for _, h := range held {
		if strings.HasSuffix(h, ".Selected") {
			out = append(out, h)
		}
	}
	return out
}

func resourceGrant(c *evidence.Case) []checks.Finding {
	if !c.Failed {
		return nil
	}
	a := judge(c)
	found := voiced(c, "resource-specific-consent", func(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) { return a.grantWords(c, s) })
	if len(found) > 0 && found[0].Seen[0].How == checks.HowSays && found[0].Cap == 0 {
		return found
	}
	if r, ok := teamSelected(a); ok && len(found) == 0 {
		f := checks.Finding{Subject: subject(c), Seen: []checks.Witness{checks.Says(r)}}
		f.Message, f.Fixes = a.grantWords(c, a.said)
		f.Fixes[0].Title = "install (or reinstall) the Teams app in that team or chat, with the resource-specific permissions in its manifest (authorization.permissions.resourceSpecific): " + strings.Join(few(rscOf(a.saidReq), 3), ", ")
		return []checks.Finding{f}
	}
	sel := selectedScopes(a.held)
	for _, f := range c.Facts {
		if f.Field == "declared.application" && strings.HasSuffix(f.Value, ".Selected") && len(sel) == 0 {
			sel = append(sel, f.Value)
			a.heldRef = f
		}
	}
	site := sharePointPath(c)
	if len(sel) == 0 || !site || c.Call == nil && len(found) == 0 {
		if a.known && len(sel) == 0 {
			return nil
		}
		return found
	}
	if !siteRefused(c) {
		return found
	}
	if a.mapped && a.known && !onSite(c) {
		if _, ok := a.needs.Suffices(a.held); !ok {
			return nil // the request needs more than a site grant gives
		}
	}
	if wider := wide(a.held); wider != "" {
		return nil
	}
	ref, ok := refusal(c)
	if !ok {
		ref, _ = c.StatusRef()
	}
	if len(found) == 0 {
		found = []checks.Finding{{Subject: subject(c), Seen: []checks.Witness{checks.Fits(ref)}}}
	}
	held := a.heldRef
	held.Value = strings.Join(sel, " ")
	f := &found[0]
	f.Message, f.Fixes = a.siteGrant(c, sel[0])
	f.Seen = append([]checks.Witness{checks.Shows(held)}, f.Seen...)
	f.Cap, f.CapReason = checks.Shown, "whether the site has granted the app anything is not in the evidence"
	if grant, role := shownGrant(c); role != "" {
		f.Seen = append(f.Seen, checks.Shows(grant))
		f.CapReason = "whether the site's grant was changed since is not in the evidence"
	}
	f.Probe = "list the site's grants with an administrator's token: GET https://" + graphHost(c) + "/v1.0/sites/" + plain(siteID(c), "<site id>") + "/permissions"
	return found
}

// teamSelected: the app works by resource-specific consent, and nothing was
// consented for this team or chat: the marker role stands alone.
func teamSelected(a access) (evidence.Ref, bool) {
	if !a.said.HasHeld || len(rscOf(a.saidReq)) == 0 {
		return evidence.Ref{}, false
	}
	for _, h := range a.said.Held {
		if h != "Group.Selected" && h != "Chat.Selected" && h != "Team.Selected" {
			return evidence.Ref{}, false
		}
	}
	return a.said.Ref, len(a.said.Held) > 0
}

// rscOf are the resource-specific permissions among names.
func rscOf(names []string) []string {
	var out []string
	for _, n := range names {
		if strings.HasSuffix(n, ".Group") || strings.HasSuffix(n, ".Chat") {
			out = append(out, n)
		}
	}
	return out
}

func siteRefused(c *evidence.Case) bool {
	if c.Call != nil && c.Call.Status == 404 {
		return true
	}
	_, ok := refusal(c)
	if ok {
		return true
	}
	return c.Call != nil && (c.Call.Status == 401 || c.Call.Status == 403)
}

// wide is a held permission that reaches all sites, so that no grant is needed.
func wide(held []string) string {
	for _, h := range held {
		if strings.HasPrefix(h, "Sites.") && strings.HasSuffix(h, ".All") && !strings.Contains(h, "Selected") || h == "Files.Read.All" || h == "Files.ReadWrite.All" {
			return h
		}
	}
	return ""
}

// sharePointPath: the call goes to sites, drives or lists.
func sharePointPath(c *evidence.Case) bool {
	if c.Call == nil {
		return false
	}
	p := strings.ToLower(c.Call.Path)
	return strings.Contains(c.Call.Host, "sharepoint") || strings.Contains(p, "/sites") || strings.Contains(p, "/drive") || strings.Contains(p, "/lists") || strings.Contains(p, "/shares/")
}

// grantWords words what was said: a protected API, a Teams grant, a site grant.
func (a access) grantWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	if strings.Contains(evidence.Fold(s.Message), "protectedapi") {
		return fmt.Sprintf("%s is a protected API: besides the permission the app needs Microsoft's approval (or resource-specific consent in the team or chat)", callName(c)), []checks.Fix{
			fix("request access to the protected Teams APIs for the app, once, by Microsoft's form", checks.AppAdmin, "", "https://learn.microsoft.com/graph/teams-protected-apis"),
			fix("or use resource-specific consent (ChannelMessage.Read.Group, ChatMessage.Read.Chat) through a Teams app installed in that team or chat", checks.TeamsAdmin, "", "https://learn.microsoft.com/microsoftteams/platform/graph-api/rsc/resource-specific-consent"),
		}
	}
	if sharePointPath(c) {
		return a.siteGrant(c, "Sites.Selected")
	}
	return fmt.Sprintf("%s needs a grant on the team, chat or site itself: %q", callName(c), clip(firstOf(s.Message, s.Code))), []checks.Fix{
		fix("install the Teams app in that team or chat with the resource-specific permissions in its manifest (authorization.permissions.resourceSpecific)", checks.TeamsAdmin, "", "https://learn.microsoft.com/microsoftteams/platform/graph-api/rsc/resource-specific-consent"),
	}
}

// personal tells whether the caller is a personal Microsoft account.
func personal(c *evidence.Case) (evidence.Ref, bool) {
	if c.Token.Readable() && c.Token.Str("tid") == consumerTenant {
		return c.Token.Ref("tid"), true
	}
	if c.Token.Readable() && strings.HasPrefix(c.Token.Str("unique_name"), "live.com#") && strings.Contains(c.Token.Str("idp"), "live.com") && c.Token.Str("tid") == "" {
		return c.Token.Ref("idp"), true
	}
	if c.Token != nil && c.Token.Type == evidence.TokenCompact {
		return evidence.Ref{Place: c.Token.Place, Origin: evidence.FromToken, Field: "form", Value: c.Token.Type.String()}, true
	}
	for _, f := range c.Facts {
		if f.Field == "tenant" && (f.Value == consumerTenant || f.Value == "consumers") || f.Field == "account" && strings.HasPrefix(f.Value, "CID") {
			return f, true
		}
	}
	return evidence.Ref{}, false
}

// consumerTenant is the tenant of personal Microsoft accounts.
const consumerTenant = "9188040d-6c67-4c5b-b112-36a304b66dad"

func personalUnsupported(c *evidence.Case) []checks.Finding {
	if !c.Failed {
		return nil
	}
	found := voiced(c, "personal-account-unsupported", personalWords)
	who, ok := personal(c)
	if !ok {
		if c.Token.Readable() && len(found) > 0 && found[0].Seen[0].How == checks.HowFits {
			return nil
		}
		return found
	}
	m := matchOf(c)
	if m.Template == "" || m.MethodMissing || m.Needs(catalog.Personal).Supported || !m.Needs(catalog.Delegated).Supported {
		return found
	}
	ref, refused := refusal(c)
	if !refused {
		s, spoke := spokeOfToken(c)
		if !spoke || c.Call.Status == 429 || c.Call.Status >= 500 || slices.Contains([]string{"InvalidAuthenticationToken"}, s.Code) {
			return found
		}
		ref = s.Ref
	}
	if len(found) == 0 {
		found = []checks.Finding{{Subject: subject(c), Seen: []checks.Witness{checks.Fits(ref)}}}
	}
	found[0].Message, found[0].Fixes = personalWords(c, evidence.Statement{})
	found[0].Seen = append([]checks.Witness{checks.Shows(who)}, found[0].Seen...)
	found[0].Cap, found[0].CapReason = checks.Shown, "that personal accounts are not served rests on Microsoft's permission map"
	return found
}

func personalWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	return fmt.Sprintf("%s serves work and school accounts only, and the caller is a personal Microsoft account", callName(c)), []checks.Fix{
		fix("sign in with a work or school account of a tenant that has the service", checks.User, "", ""),
		fix("or use the part of the API that personal accounts have (/me/messages, /me/events, /me/drive, /me/contacts, /me/onenote)", checks.Developer, "", "https://learn.microsoft.com/graph/permissions-reference"),
	}
}

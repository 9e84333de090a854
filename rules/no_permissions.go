package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file judges a token that holds no permission at all.

func noPermissions(c *evidence.Case) []checks.Finding {
	found := voiced(c, "no-permissions-in-token", noPermissionWords)
	t := c.Token
	if t.Readable() && (t.Has("scp") || t.Has("roles")) {
		return nil
	}
	if !t.Readable() || t.Type != evidence.TokenAccess || !c.Failed || t.Use == evidence.Assertion || t.Partial {
		return found
	}
	if c.Call != nil && (c.Call.Login() || c.Call.Status == 404 || c.Call.Status == 429 || c.Call.Status >= 500) {
		return found
	}
	kind, claim := t.Kind()
	if kind == evidence.KindUnknown || len(found) == 0 && !grants(t.Str("aud")) {
		return found
	}
	found = orAnswered(c, found)
	aud := t.Ref("aud")
	f := &found[0]
	f.Message, f.Fixes = noPermissionWords(c, evidence.Statement{})
	ref := t.Ref(claim)
	ref.Field, ref.Value = "scp, roles", "neither is in the token"
	f.Seen = append([]checks.Witness{checks.Shows(ref), checks.Fits(aud)}, f.Seen...)
	if t.Use == evidence.Nearby {
		f.Cap, f.CapReason = checks.Shown, "the token stands nearby, not in the request's header"
	}
	return found
}

// grants tells an API that decides by scp and roles. Azure's own planes (ARM,
// Key Vault, Storage ...) and Dataverse decide by role assignments that no
// token shows, and what another's API asks for is not known here.
func grants(aud string) bool {
	r, ok := catalog.ResourceByAudience(aud)
	return ok && slices.Contains([]string{"msgraph", "aadgraph", "sharepoint", "exchange", "outlook", "mde", "mtp", "o365-management", "intune", "intune-api", "mcas", "partner-center", "planner", "onenote", "teams"}, r.Key)
}

func noPermissionWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	res := "this API"
	if c.Token.Readable() {
		if r, ok := catalog.ResourceByAudience(c.Token.Str("aud")); ok {
			res = strings.TrimSuffix(r.Name, " [editorial name]")
			if strings.HasPrefix(c.Token.Str("aud"), sharePointID) || strings.Contains(c.Token.Str("aud"), "sharepoint") {
				res = "SharePoint (Office 365 SharePoint Online)"
			}
		}
	}
	if !strings.Contains(res, "SharePoint") && c.Call != nil && strings.Contains(c.Call.Host, "sharepoint") {
		res = "SharePoint (Office 365 SharePoint Online)"
	}
	kind, _ := c.Kind()
	msg := fmt.Sprintf("the token for %s has neither scp nor roles: nothing was granted to %s for this API", res, appName(c))
	need := leastFor(c, kind)
	fixes := grantFixes(c, kind, res, need)
	if s.Message != "" && !c.Token.Readable() {
		msg = fmt.Sprintf("the token holds no permission that the API can read: %q", clip(s.Message))
	}
	return msg, fixes
}

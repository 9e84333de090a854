package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file judges the roles that the Defender APIs ask for.

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
	api := defenderAPI(c, s)
	family := apiTitle(api)
	msg := fmt.Sprintf("the Defender API refuses %s: %q", callName(c), clip(firstOf(s.Message, s.Code)))
	if len(s.Needed) > 0 {
		msg = fmt.Sprintf("%s needs the application permission %s of %s", callName(c), need, family)
		switch {
		case s.HasHeld && len(s.Held) == 0 && c.Token.Readable() && len(c.Token.Roles()) > 0:
			msg += "; the token holds " + strings.Join(few(c.Token.Roles(), 4), ", ")
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
	fixes := defenderGrants(c, api, s.Needed)
	if kind, _ := c.Kind(); kind != evidence.AppOnly {
		fixes = append(fixes, fix("for a user's token: give the user a Defender role (unified RBAC), or Security Reader", checks.SecurityAdmin, "", "https://learn.microsoft.com/defender-xdr/manage-rbac"))
	}
	if s.Target != "" {
		fixes = append(fixes, fix("give Microsoft's support the tracking id "+s.Target, checks.Microsoft, "", ""))
	}
	return msg, fixes
}

// defenderAPI is the API whose permissions the call needs: told by their names,
// else by the host or by the token's audience.
func defenderAPI(c *evidence.Case, s evidence.Statement) catalog.Resource {
	for _, n := range s.Needed {
		if r, ok := catalog.ResourceByFamily(n); ok {
			return r
		}
	}
	if r, ok := called(c); ok && (r.Key == "mde" || r.Key == "mtp") {
		return r
	}
	if c.Token.Readable() {
		if r, ok := catalog.ResourceByAudience(c.Token.Str("aud")); ok && (r.Key == "mde" || r.Key == "mtp") {
			return r
		}
	}
	r, _ := catalog.ResourceByKey("mtp")
	return r
}

// apiTitle names an API as the portal lists it, and as people call it.
func apiTitle(r catalog.Resource) string {
	switch r.Key {
	case "mde":
		return r.Name + " (Defender for Endpoint)"
	case "mtp":
		return r.Name + " (Microsoft 365 Defender)"
	}
	return r.Name
}

// defenderGrants add an application permission of a Defender API: to the app
// registration, or to the managed identity, which has none.
func defenderGrants(c *evidence.Case, api catalog.Resource, needed []string) []checks.Fix {
	what := or(strings.Join(needed, " or "), "the permission")
	if !managed(c) {
		return []checks.Fix{fix(fmt.Sprintf("in the app registration add, under \"APIs my organization uses\", %s of %s as application permission, and grant admin consent", what, apiTitle(api)), checks.AppAdmin, "", consentURL(c))}
	}
	sp := identityObject(c)
	command := fmt.Sprintf("$api = Get-MgServicePrincipal -Filter \"appId eq '%s'\"; New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId %s -PrincipalId %s -ResourceId $api.Id -AppRoleId ($api.AppRoles | Where-Object Value -eq '%s').Id", api.AppID, sp, sp, firstOr(needed, "<permission>"))
	return []checks.Fix{fix(fmt.Sprintf("assign the app role %s of %s to the managed identity (it has no app registration to edit), then wait for a new token: its tokens are cached for up to a day", what, apiTitle(api)), checks.AppAdmin, command, "https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/grant-managed-identity-application-permissions")}
}

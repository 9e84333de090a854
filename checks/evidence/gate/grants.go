package gate

import (
	"strings"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file reads exports of what a tenant granted: appRoleAssignments and
// oauth2PermissionGrants, as Graph, `az rest`, `az ad app permission
// list-grants` and PowerShell write them.

// isGrant tells an appRoleAssignment or an oauth2PermissionGrant.
func isGrant(v *Value) bool {
	return v.Has("appRoleId") && v.Has("principalId") && v.Has("resourceId") ||
		v.Get("scope").is(String) && v.Has("clientId") && v.Has("consentType", "resourceId")
}

// defaultRole is the app role that stands for access without any role.
const defaultRole = "00000000-0000-0000-0000-000000000000"

// readGrant reads one of them; a grant to a user or a group is none of an app.
func readGrant(v *Value, file string) []evidence.Grant {
	at := place(file, v.Line)
	base := evidence.Grant{ResourceID: strings.ToLower(shown(v.Str("resourceId"))), Resource: shown(v.Str("resourceDisplayName"))}
	if v.Has("appRoleId") {
		id := strings.ToLower(v.Str("appRoleId"))
		if kind := v.Str("principalType"); kind != "" && !strings.EqualFold(kind, "ServicePrincipal") || !evidence.IsGUID(id) || id == defaultRole {
			return nil
		}
		g := base
		g.ID, g.Kind = id, evidence.AppOnly
		g.Principal, g.PrincipalID = shown(v.Str("principalDisplayName")), strings.ToLower(shown(v.Str("principalId")))
		g.Ref = fact(at, "appRoleAssignments", id)
		return []evidence.Grant{g}
	}
	var out []evidence.Grant
	for _, name := range strings.Fields(v.Str("scope")) {
		g := base
		g.Name, g.Kind, g.PrincipalID = shown(name), evidence.Delegated, strings.ToLower(shown(v.Str("clientId")))
		g.Principal = shown(v.Str("clientDisplayName"))
		g.OneUser = strings.EqualFold(v.Str("consentType"), "Principal")
		g.Ref = fact(at, "oauth2PermissionGrants", g.Name)
		out = append(out, g)
	}
	return out
}

// emptyGrants: an export that holds nothing, known by its context.
func emptyGrants(v *Value) bool {
	context := strings.ToLower(v.Str("@odata.context"))
	return v.Get("value").is(List) && (strings.Contains(context, "approleassign") || strings.Contains(context, "oauth2permissiongrants"))
}

// nameResources gives grants whose API is known by its object id only the name
// that another grant has for that id.
func nameResources(grants []evidence.Grant) {
	names := map[string]string{}
	for _, g := range grants {
		if g.Resource != "" && g.ResourceID != "" {
			names[g.ResourceID] = g.Resource
		}
	}
	for i := range grants {
		if grants[i].Resource == "" {
			grants[i].Resource = names[grants[i].ResourceID]
		}
	}
}

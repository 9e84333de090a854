package catalog

import (
	"slices"
	"testing"
)

// TestGateFacts: the gate's tables are in order, and name what exists.
func TestGateFacts(t *testing.T) {
	for name, table := range map[string]string{"takeover": takeovers, "api-names": apiNames, "foreign-permissions": foreign} {
		last, n := "", 0
		for r := range rows(table) {
			if last != "" && compareFold(last, r.first()) >= 0 {
				t.Errorf("%s: %q stands behind %q", name, r.first(), last)
			}
			last, n = r.first(), n+1
		}
		if n == 0 {
			t.Errorf("%s is empty", name)
		}
	}
	for r := range rows(takeovers) {
		if _, ok := Permission(r.first(), Application); !ok {
			t.Errorf("takeover: %s is no application permission", r.first())
		}
		if r.cell(1) == "" || r.cell(2) == "" {
			t.Errorf("takeover: %s lacks its reason or source", r.first())
		}
	}
	for _, must := range []string{"RoleManagement.ReadWrite.Directory", "AppRoleAssignment.ReadWrite.All", "Application.ReadWrite.All", "Directory.ReadWrite.All"} {
		if _, _, ok := Takeover(must); !ok {
			t.Errorf("takeover lacks %s", must)
		}
	}
	for r := range rows(apiNames) {
		if _, ok := ResourceByAudience(r.cell(1)); !ok {
			t.Errorf("api-names: %s has an app id that no table knows", r.first())
		}
	}
	for r := range rows(foreign) {
		f, ok := ForeignPermission(r.first())
		if !ok || f.API.Name == "" || f.Name == "" || slices.Contains(f.Kinds, Kind(255)) || len(f.Kinds) == 0 {
			t.Errorf("foreign-permissions: %s is read as %+v", r.first(), f)
		}
		if len(PermissionByID(r.first())) > 0 {
			t.Errorf("foreign-permissions: %s is a permission of Microsoft Graph", r.first())
		}
	}
	for _, name := range []string{"Microsoft Graph", "MicrosoftGraph", "microsoft graph", "msgraph"} {
		if r, ok := ResourceNamed(name); !ok || r.AppID != "00000003-0000-0000-c000-000000000000" {
			t.Errorf("%q names %+v", name, r)
		}
	}
}

// TestBelow: a path's beginning gives all that may follow, and nothing else.
func TestBelow(t *testing.T) {
	mail := Below("https://graph.microsoft.com/v1.0/users/{id}/messages", Application)
	if !slices.Contains(mail, "Mail.ReadWrite") || slices.Contains(mail, "Sites.Read.All") {
		t.Errorf("below /users/{id}/messages: %v", mail)
	}
	if all := Below("", Delegated); !slices.Contains(all, "Sites.Read.All") || !slices.Contains(all, "Mail.Read") || len(all) < 400 {
		t.Errorf("the whole map has %d permissions", len(all))
	}
	if none := Below("/no-such-thing", Delegated); len(none) > 0 {
		t.Errorf("below what is not there: %v", none)
	}
	for _, name := range mail {
		if _, ok := Permission(name, Application); !ok {
			t.Errorf("%s is no application permission", name)
		}
	}
}

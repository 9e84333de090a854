package rules

import (
	"strings"
	"testing"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// TestReplacement: calls of the retired APIs and the requests that replace them.
func TestReplacement(t *testing.T) {
	const tenant = "/2f1e0d9c-1111-4222-8333-444455556666"
	for _, c := range []struct{ method, host, path, want string }{
		{"GET", "graph.windows.net", tenant + "/users/adele@contoso.com", "GET https://graph.microsoft.com/v1.0/users/adele@contoso.com"},
		{"GET", "graph.windows.net", "/contoso.onmicrosoft.com/tenantDetails", "GET https://graph.microsoft.com/v1.0/organization"},
		{"POST", "graph.windows.net", "/myorganization/groups/g1/$links/members", "POST https://graph.microsoft.com/v1.0/groups/g1/members/$ref"},
		{"DELETE", "graph.windows.net", tenant + "/groups/g1/$links/members/u1", "DELETE https://graph.microsoft.com/v1.0/groups/g1/members/u1/$ref"},
		{"GET", "graph.windows.net", tenant + "/applicationsByAppId/a1/owners", "GET https://graph.microsoft.com/v1.0/applications(appId='a1')/owners"},
		{"POST", "outlook.office.com", "/api/v2.0/me/sendmail", "POST https://graph.microsoft.com/v1.0/me/sendMail"},
		{"GET", "outlook.office365.com", "/api/v2.0/Me/Folders/Inbox/messages", "GET https://graph.microsoft.com/v1.0/me/mailFolders/Inbox/messages"},
		{"GET", "graph.windows.net", tenant + "/nothingKnown", ""},
		{"GET", "graph.microsoft.com", "/v1.0/users", ""},
	} {
		got := replacement(&evidence.Case{Call: &evidence.Call{Method: c.method, Host: c.host, Path: c.path}})
		if got != c.want {
			t.Errorf("%s %s%s: %q, want %q", c.method, c.host, c.path, got, c.want)
		}
	}
}

// TestRetiredTable: what a row leads to is a request that Microsoft Graph has.
func TestRetiredTable(t *testing.T) {
	n := 0
	for f := range tableRows(retiredTable) {
		if len(f) != 4 {
			t.Errorf("%q has %d fields, want 4", f, len(f))
			continue
		}
		n++
		to := "/v1.0" + strings.ReplaceAll(f[3], "{id}", "x1")
		known := strings.HasSuffix(to, "/subscriptions") // its permission depends on what is subscribed to, so the map leaves it out
		for _, tail := range []string{"", "/x1", "/overrides", "/authorizationPolicy"} {
			known = known || catalog.Find("GET", to+tail).Template != "" || catalog.Find("POST", to+tail).Template != ""
		}
		if !known {
			t.Errorf("%s leads to %s, which the permission map does not have", f[2], f[3])
		}
	}
	if n < 60 {
		t.Errorf("only %d operations", n)
	}
}

package catalog

import (
	"strings"
	"testing"
)

// TestFind: the ways in which people and programs write a request.
func TestFind(t *testing.T) {
	const messages = "/users/{id}/messages"
	for _, c := range []struct {
		method, url, template string
		how                   How
	}{
		{"GET", "https://graph.microsoft.com/v1.0/users/adele@contoso.com/messages", messages, Exact},
		{"get", "graph.microsoft.com/v1.0/users/adele@contoso.com/messages", messages, Exact},
		{"HEAD", "/users/1/messages", messages, Exact},
		{"GET", "users/1/messages", messages, Exact},
		{"GET", "//users//1//messages/", messages, Exact},
		{"GET", "/V1.0/USERS/1/MESSAGES", messages, Exact},
		{"GET", "https://graph.microsoft.us/beta/users/1/messages?$top=5#x", messages, Exact},
		{"GET", "https://dod-graph.microsoft.us/v1.0/users/1/messages", messages, Exact},
		{"GET", "https://microsoftgraph.chinacloudapi.cn/v1.0/users/1/messages", messages, Exact},
		{"GET", "https://graph.microsoft.com:443/v1.0/users/1/messages", messages, Exact},
		{"GET", "/users('adele@contoso.com')/messages", messages, Exact},
		{"GET", "/users(%27a%2Fb%27)/messages", messages, Exact},
		{"GET", "/users/a%2Fb/messages", messages, Exact},
		{"GET", "/users/{user-id}/messages", messages, Exact},
		{"GET", "/users/<upn>/messages", messages, Exact},
		{"GET", "/users/:id/messages", messages, Exact},
		{"GET", "'/users/1/messages'", messages, Exact},
		{"GET", "<https://graph.microsoft.com/v1.0/users/1/messages>", messages, Exact},
		{"GET", "{{baseUrl}}/v1.0/users/1/messages", messages, Exact},
		{"GET", "/v1.0/contoso.onmicrosoft.com/users/1/messages", messages, Exact},
		{"GET", "https://graph.microsoft.com/v1.0/me/ HTTP/1.1", "/me", Exact},
		{"GET", "/users/1/messages/$count", messages, Tail},
		{"GET", "/groups/1/members/microsoft.graph.user", "/groups/{id}/members", Cast},
		{"GET", "/reports/getMailboxUsageDetail(period='D7')", "/reports/getMailboxUsageDetail(period={id})", Exact},
		{"GET", "/me/drive/root:/a/b c/d.txt:/content", "/me/drive/root:/{id}:/content", Exact},
		{"GET", "/me/drive/root:/a.txt", "/me/drive/root:/{id}", Exact},
		{"GET", "/users/1/calendar", "/users/{id}/calendars", Cast},
		{"DELETE", "/me/events/1/attachments/2", "/me/events/{id}/attachments", Cast},
		{"POST", "/users/1/extensions", "/users/{id}", Cast},
		{"POST", "/users/1/managedDevices/2/retire", "/deviceManagement/managedDevices/{id}/retire", Cast},
		{"GET", "/policies/conditionalAccessPolicies", "/identity/conditionalAccess/policies", Cast},
		{"GET", "/conditionalAccess/policies/1", "/identity/conditionalAccess/policies/{id}", Cast},
		{"GET", "/me/teamwork/installedApps", "/users/{id}/teamwork/installedApps", Me},
		{"POST", "/groups/1/members/$ref", "/groups/{id}/members", Lost},
		{"GET", "/security/informationProtection/policy/labels", "", None},
		{"GET", "/no/such/thing", "", None},
	} {
		m := Find(c.method, c.url)
		if !strings.EqualFold(m.Template, c.template) || m.How != c.how {
			t.Errorf("Find(%s %s) = %s (%s), want %s (%s)", c.method, c.url, m.Template, m.How, c.template, c.how)
		}
		if c.how == None && m.Why == "" {
			t.Errorf("Find(%s %s) tells no reason", c.method, c.url)
		}
	}
}

// TestAs: a request that is looked up as another one says so.
func TestAs(t *testing.T) {
	m := Find("POST", "/users/1/extensions")
	if m.As != "PATCH" || m.Via == "" || m.Method != "POST" {
		t.Errorf("got as %q via %q", m.As, m.Via)
	}
	if m := Find("GET", "/users/1/messages"); m.As != "" || m.Via != "" {
		t.Errorf("a plain look-up has as %q via %q", m.As, m.Via)
	}
}

// TestNotFound: what is wrong is named, and nothing is told to be free.
func TestNotFound(t *testing.T) {
	for _, c := range []struct{ method, url, why string }{
		{"FETCH", "/me", `unknown method "FETCH"`},
		{"GET", "https://management.azure.com/subscriptions", "is Azure Resource Manager, not Microsoft Graph"},
		{"GET", "https://graph.windows.net/contoso.com/users", "not Microsoft Graph"},
		{"GET", "https://example.com/v1.0/me", "example.com is no host of Microsoft Graph"},
		{"GET", "", "names no path"},
		{"GET", "https://graph.microsoft.com/v1.0", "names no path"},
		{"GET", "/" + strings.Repeat("a/", 60), "more segments"},
		{"GET", "/" + strings.Repeat("a", 20<<10), "longer than"},
		{"POST", "/$batch", "a batch needs what the requests inside it need"},
		{"POST", "/subscriptions", "the resource it watches"},
		{"DELETE", "/subscriptions/1", "the resource it watches"},
		{"GET", "/me/flubber", "unknown, not free"},
	} {
		m := Find(c.method, c.url)
		if m.How != None || !strings.Contains(m.Why, c.why) {
			t.Errorf("Find(%s %.40s) = %s, %q; want %q", c.method, c.url, m.How, m.Why, c.why)
		}
		for k := Application; k <= Personal; k++ {
			n := m.Needs(k)
			if _, ok := n.Suffices([]string{"Directory.ReadWrite.All"}); ok || n.Known {
				t.Errorf("Find(%s %.40s) knows what %s needs", c.method, c.url, k)
			}
		}
	}
	m := Find("DELETE", "/me/messages")
	if !m.MethodMissing || strings.Join(m.Methods, " ") != "GET POST" {
		t.Errorf("DELETE /me/messages: method missing %t, has %q", m.MethodMissing, m.Methods)
	}
}

// TestNarrowest: of several marks the one that reaches less far leads.
func TestNarrowest(t *testing.T) {
	for _, c := range []struct {
		method, path string
		kind         Kind
		want         string
	}{
		{"GET", "/groups", Application, "Group.ReadBasic.All"},
		{"GET", "/groups", Delegated, "Group.ReadBasic.All"},
		{"GET", "/users/{id}/manager", Application, "User.Read.All"},
		{"GET", "/deviceManagement/deviceConfigurations", Application, "DeviceManagementConfiguration.Read.All"},
		{"GET", "/users/{id}/messages", Application, "Mail.ReadBasic.All"},
		{"GET", "/me/messages", Delegated, "Mail.ReadBasic"},
		{"GET", "/groups/{id}/drive/items/{id}", Application, "Files.Read.All"},
		{"POST", "/applications/{id}/addPassword", Application, "Application.ReadWrite.OwnedBy"},
	} {
		n := Find(c.method, c.path).Needs(c.kind)
		if len(n.Narrowest) == 0 || n.Narrowest[0] != c.want || n.Least[0] != c.want {
			t.Errorf("%s %s, %s: narrowest %q of %q, want %s first", c.method, c.path, c.kind, n.Narrowest, n.Least, c.want)
		}
		if s := LeastSet([]Match{Find(c.method, c.path)}, c.kind).Names(); len(s) != 1 || s[0] != c.want {
			t.Errorf("%s %s, %s: least set %q, want %s", c.method, c.path, c.kind, s, c.want)
		}
	}
}

// TestSuggest: misspelt permissions are guessed, right ones are not.
func TestSuggest(t *testing.T) {
	for in, want := range map[string]string{
		"User.Raed":                             "User.Read",
		"user.read":                             "User.Read",
		"Mail.Reads":                            "Mail.Read",
		"Users.Read":                            "User.Read",
		"Group.Write":                           "",
		"User.Read":                             "",
		"xyzzy":                                 "",
		"https://graph.microsoft.com/Mail.Reed": "Mail.Read",
	} {
		got := Suggest(in)
		if want == "" && len(got) > 0 || want != "" && (len(got) == 0 || got[0] != want) {
			t.Errorf("Suggest(%q) = %q, want %q first", in, got, want)
		}
	}
}

// FuzzFind: any text ends in an answer.
func FuzzFind(f *testing.F) {
	for _, s := range []string{"/users('x')/messages", "/me/drive/root:/a:/content", "/f(a='1',b=2)/x", "/users/%2", "((((", ":://", "/a:/b:/c:"} {
		f.Add("GET", s)
	}
	f.Fuzz(func(t *testing.T, method, url string) {
		m := Find(method, url)
		if (m.Template == "") != (m.How == None) {
			t.Fatalf("template %q with %s", m.Template, m.How)
		}
		if m.How == None && m.Why == "" {
			t.Fatal("no match and no reason")
		}
	})
}

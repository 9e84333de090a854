package evidence

import (
	"context"
	"strings"
	"testing"
)

// caseIn reads the one case of a text.
func caseIn(t *testing.T, text string) *Case {
	t.Helper()
	all := casesIn(t, text)
	if len(all) != 1 {
		t.Fatalf("%d cases, want 1", len(all))
	}
	return all[0]
}

func casesIn(t *testing.T, text string) []*Case {
	t.Helper()
	var out []*Case
	for c, err := range Read(context.Background(), Input{Name: "-", Reader: strings.NewReader(text)}) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

const forbidden = `{"error":{"code":"Forbidden","message":"Access is denied to this resource."}}`

// The failed request is the one that was refused, however the text names it.
func TestWhichRequestFailed(t *testing.T) {
	for name, row := range map[string]struct {
		text, path, host string
		status           int
	}{
		"a list of addresses with their status": {"https://graph.microsoft.com/v1.0/me  200\nhttps://graph.microsoft.com/v1.0/me/messages  403\n" + forbidden, "/v1.0/me/messages", "graph.microsoft.com", 403},
		"an arrow before the status":            {"https://graph.microsoft.com/v1.0/me -> 200 OK\nhttps://graph.microsoft.com/v1.0/me/events -> 403 Forbidden\n", "/v1.0/me/events", "graph.microsoft.com", 403},
		"a number that is no status":            {"GET https://graph.microsoft.com/v1.0/users 403\nhttps://graph.microsoft.com/v1.0/groups 200 times\n" + forbidden, "/v1.0/users", "graph.microsoft.com", 403},
		"a builder and the trace of its request": {"Unhandled exception. Microsoft.Graph.Models.ODataErrors.ODataError: Access is denied to this resource.\n   at Microsoft.Graph.Users.Item.Messages.MessagesRequestBuilder.GetAsync(Action`1 c)\n\nfiddler: GET https://graph.microsoft.com/v1.0/users/9cdf819f-3ed6-4d8b-8b9e-f9ba14de5c79/messages  403\n",
			"/v1.0/users/9cdf819f-3ed6-4d8b-8b9e-f9ba14de5c79/messages", "graph.microsoft.com", 403},
		"a base address in the field host": {"GET /v1.0/me 403 " + forbidden + "\nhost: https://graph.microsoft.com\n", "/v1.0/me", "graph.microsoft.com", 403},
		"a field host that names none":     {"GET /v1.0/me 403 " + forbidden + "\nhost: (the gateway, see above)\n", "/v1.0/me", "", 403},
		"an address that the console cut":  {"Line |\n 122 |  … x = Invoke-RestMethod -Method Get -Uri \"https://graph.microso …\n     |  " + forbidden + "\n", "", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			c := caseIn(t, row.text)
			got := Call{}
			if c.Call != nil {
				got = *c.Call
			}
			if got.Path != row.path || got.Host != row.host || got.Status != row.status {
				t.Errorf("path %q, host %q, status %d; want %q, %q, %d", got.Path, got.Host, got.Status, row.path, row.host, row.status)
			}
		})
	}
}

// What a program prints for nothing is no id, and brackets are no part of one.
func TestIDs(t *testing.T) {
	head := "GET https://graph.microsoft.com/v1.0/me\nHTTP/1.1 403 Forbidden\n"
	for value, want := range map[string]string{"null": "", "None": "", "-": "", "<5d3d1a5e-1b5c-4b6e-9a6e-0c1d2e3f4a5b>": "5d3d1a5e-1b5c-4b6e-9a6e-0c1d2e3f4a5b"} {
		if c := caseIn(t, head+"request-id: "+value+"\n\n"+forbidden); c.IDs.Request != want {
			t.Errorf("request-id %s: %q, want %q", value, c.IDs.Request, want)
		}
	}
	repr := "(Pdb) r.text\n'{\\r\\n  \"error\": {\\r\\n    \"code\": \"Forbidden\",\\r\\n    \"message\": \"no\",\\r\\n    \"innerError\": {\\r\\n      \"request-id\": \"40ad403a-a57a-4d9c-9640-e8e9461dbb02\"\\r\\n    }\\r\\n  }\\r\\n}'\n"
	if c := caseIn(t, head+repr); c.IDs.Request != "40ad403a-a57a-4d9c-9640-e8e9461dbb02" || c.Said[0].Message != "no" {
		t.Errorf("a string's repr: %+v, %q", c.IDs, c.Said[0].Message)
	}
}

// A PowerShell debug dump names the request's body before anything is answered.
func TestAnnouncedBody(t *testing.T) {
	c := caseIn(t, "DEBUG: ==== HTTP REQUEST ====\nHTTP Method:\nPATCH\nAbsolute Uri:\nhttps://graph.microsoft.com/v1.0/users/a@contoso.com\nHeaders:\nAccept : application/json\nBody:\n{ \"passwordProfile\": { \"password\": \"***\" } }\nDEBUG: ==== HTTP RESPONSE ====\nStatus Code:\nForbidden\nBody:\n"+forbidden)
	if !strings.Contains(strings.Join(c.Call.Body, " "), "passwordProfile") {
		t.Errorf("body %q", c.Call.Body)
	}
	if c = caseIn(t, "POST https://graph.microsoft.com/v1.0/users\nResponse body:\n{\"id\":\"1\",\"displayName\":\"x\",\"userPrincipalName\":\"y\"}\nand then 403 Forbidden\n"); len(c.Call.Body) > 0 {
		t.Errorf("an answer is read as the request's body: %q", c.Call.Body)
	}
}

// Words of another exchange are marked, and what is left of a message that was
// cut off is no message.
func TestWhatTheServiceDidNotSay(t *testing.T) {
	cs := casesIn(t, "{\"lvl\":\"warn\",\"msg\":\"GET https://graph.microsoft.com/v1.0/users/delta 429\",\"retryAfter\":14}\n{\"lvl\":\"info\",\"msg\":\"GET https://graph.microsoft.com/v1.0/users/delta 200\"}\n{\"lvl\":\"info\",\"msg\":\"secret reloaded from the volume, version 8\"}\n")
	if len(cs) != 1 {
		t.Fatalf("%d cases", len(cs))
	}
	for _, s := range cs[0].Said {
		if strings.Contains(s.Message, "reloaded") && !s.Aside {
			t.Errorf("%q is taken for this answer's", s.Message)
		}
	}
	if cs[0].Mended.Field == "" {
		t.Error("the same request's later success is not seen")
	}
	if got := cs[0].Call.Response["retry-after"]; got != "14" {
		t.Errorf("retryAfter is %q", got)
	}
	for _, text := range []string{"b'{\"error\":{\"code\":\"InvalidAuthenticationToken\",\"message\":\"'... (output truncated at 64 bytes)", "https://portal.contoso.com/auth/callback?error=access_denied&state=8Yk1c"} {
		for _, s := range caseIn(t, text).Said {
			if s.Code != "" && s.Message != "" {
				t.Errorf("%s says %q", s.Code, s.Message)
			}
		}
	}
}

// A token whose blank behind Bearer is missing is whole.
func TestBearerWithoutBlank(t *testing.T) {
	token := Mint(map[string]any{"aud": "https://graph.microsoft.com", "scp": "User.Read"})
	c := caseIn(t, "GET https://graph.microsoft.com/v1.0/me\nAuthorization: Bearer"+token+"\n\nHTTP/1.1 401 Unauthorized\n\n"+forbidden)
	if !c.Token.Readable() || len(c.Token.Notes) != 1 || c.Token.Notes[0] != noBlank {
		t.Fatalf("token %+v", c.Token)
	}
	c = caseIn(t, "GET https://graph.microsoft.com/v1.0/me\nAuthorization: Bearer "+token+"\n\nHTTP/1.1 401 Unauthorized\n\n"+forbidden)
	if !c.Token.Readable() || len(c.Token.Notes) != 0 {
		t.Fatalf("token %+v", c.Token)
	}
}

// A quotation is the service's sentence, not the line that a program made of it.
func TestSpeech(t *testing.T) {
	for text, want := range map[string]string{
		"2024-10-03 09:53:02.877 WARNING (MainThread) [custom_components.o365] Error getting events - 404 Client Error: Not Found for url: https://graph.microsoft.com/v1.0/me": "Error getting events - 404 Client Error: Not Found",
		"2023-01-10T10:31:42.9034417Z ERROR: (Unauthorized) AKV10032: Invalid issuer.":                                                                                          "(Unauthorized) AKV10032: Invalid issuer.",
		"System.InvalidOperationException: Access is denied to this resource.":                                                                                                  "Access is denied to this resource.",
		"resultReason           : This run profile is quarantined":                                                                                                              "This run profile is quarantined",
		"AADSTS70003: The access grant 'code' is not supported.  Trace ID: f306591e  Correlation ID: d8ec  Timestamp: x":                                                        "AADSTS70003: The access grant 'code' is not supported.",
		"Error: no": "Error: no",
		"Access is denied. Check credentials and try again.": "Access is denied. Check credentials and try again.",
		"https://graph.microsoft.com/Mail.Read openid":       "https://graph.microsoft.com/Mail.Read openid",
	} {
		if got := Speech(text); got != want {
			t.Errorf("%q\n got %q\nwant %q", text, got, want)
		}
	}
}

// Ids stand in messages, addresses, command lines and records.
func TestIDsInPassing(t *testing.T) {
	for name, row := range map[string]struct{ text, want string }{
		"app named before its id": {"AADSTS50105: Your administrator has configured the application Contoso Lab ('24aa3bbf-b2f7-4554-ad42-66d176fba9df') to block users.", "24aa3bbf-b2f7-4554-ad42-66d176fba9df"},
	} {
		if got := caseIn(t, row.text).AppID(); got != row.want {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
	c := caseIn(t, "PS C:\\> New-Auth -tenantID \"221f69cf-5930-44c1-a22b-8fd8ad1d09cf\" -includeDeviceLogin\nAADSTS65002: Consent between first party application '1950a258-227b-4e31-a9cf-717495945fc2' and first party resource '996def3d-b36c-4153-8607-a6fd3c01b89f' must be configured via preauthorization.\n")
	if v, _ := c.Value("resource"); v.Value != "996def3d-b36c-4153-8607-a6fd3c01b89f" || c.TenantID() != "221f69cf-5930-44c1-a22b-8fd8ad1d09cf" {
		t.Errorf("resource %q, tenant %q", v.Value, c.TenantID())
	}
	if f, _ := caseIn(t, "$ az account get-access-token --resource 819b6da2-b2ed-4a06-8b92-9aa13fda878a\nAADSTS65001: The user or administrator has not consented to use the application.\n").Fact("resource"); f.Value != "819b6da2-b2ed-4a06-8b92-9aa13fda878a" {
		t.Errorf("resource %q", f.Value)
	}
	if got := caseIn(t, "GET https://graph.microsoft.com/v1.0/cfe68a31-7b0c-4a0e-8a0a-0a2b7f6f3c11/groups 403\n"+forbidden).TenantID(); got != "cfe68a31-7b0c-4a0e-8a0a-0a2b7f6f3c11" {
		t.Errorf("a path's tenant: %q", got)
	}
	if got := caseIn(t, "$ curl -A 'contoso-archiver/2.3' https://outlook.office365.com/api/v2.0/me\nHTTP/1.1 403 Forbidden\n").Call.UserAgent(); got != "contoso-archiver/2.3" {
		t.Errorf("user agent %q", got)
	}
}

// A client's own number and the service's answer below it are one failure.
func TestOneFailureToldTwice(t *testing.T) {
	c := caseIn(t, "taskpane.js:121 {\n  \"status\": \"failed\",\n  \"error\": { \"name\": \"GenericTokenError\", \"message\": \"An internal error has occurred.\", \"code\": 9018 }\n}\nPOST https://graph.microsoft.com/v1.0/me/sendMail  403\n"+forbidden)
	if _, ok := c.SaidAny("9018"); !ok || c.Call == nil || c.Call.Status != 403 {
		t.Errorf("%+v", c)
	}
	if cs := casesIn(t, "AADSTS65001: The user or administrator has not consented.\n\nPOST https://graph.microsoft.com/v1.0/me/sendMail  403\n"+forbidden); len(cs) != 2 {
		t.Errorf("%d cases of two failures", len(cs))
	}
}

package evidence

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// told renders what Calls yields, one line each.
func told(text string) []string {
	var out []string
	for c, err := range Calls(context.Background(), Input{Name: "f", Reader: strings.NewReader(text)}) {
		if err != nil {
			out = append(out, "error "+err.Error())
			continue
		}
		l := fmt.Sprintf("%d %s", c.Place.Line, strings.TrimSpace(c.Method+" "+c.URL+c.Cmdlet))
		for name, v := range map[string][]string{"params": c.Params, "select": c.Select, "body": c.Body} {
			if len(v) > 0 {
				l += " " + name + "=" + strings.Join(v, ",")
			}
		}
		out = append(out, l)
	}
	return out
}

// TestCalls: every carrier of requests, told apart by content.
func TestCalls(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"list", "\n# calls of the app\nGET /me\nPATCH https://graph.microsoft.com/v1.0/users/1 {\"accountEnabled\": false}\n\n/users/1/messages # inbox\nget users/{id}/manager\n",
			[]string{"3 GET /me", "4 PATCH https://graph.microsoft.com/v1.0/users/1 body=accountEnabled", "6 GET /users/1/messages", "7 GET users/{id}/manager"}},
		{"odd lines of a list", "GET /me\nFETCH /me\nhello there world\nGET\nGET /a b\nGET /b\nGET /c\nGET /d\nGET /e\nGET /f",
			[]string{"1 GET /me", "2 FETCH /me", `error f:3: "hello there world" is neither a URL, a path nor a Graph PowerShell cmdlet`, "error f:4: GET names no URL", `error f:5: "b" stands behind the URL; a blank belongs into it only after the question mark`, "6 GET /b", "7 GET /c", "8 GET /d", "9 GET /e", "10 GET /f"}},
		{"blanks in a query", "GET /users?$filter=startswith(a,'b c') and d eq 'e' HTTP/1.1", []string{"1 GET /users?$filter=startswith(a,'b c') and d eq 'e' select=a"}},
		{"functions and keys", "/reports/getOffice365ActiveUserDetail(period='D7')\n/users('a b')/messages\n/me/drive/root:/a b/c d.txt:/content",
			[]string{"1 GET /reports/getOffice365ActiveUserDetail(period='D7')", "2 GET /users('a b')/messages", "3 GET /me/drive/root:/a b/c d.txt:/content"}},
		{"hosts without scheme", "graph.microsoft.com/v1.0/me\nPOST v1.0/users", []string{"1 GET graph.microsoft.com/v1.0/me", "2 POST v1.0/users"}},
		{"cmdlets", "$u = get-mguser -UserId 1\nNew-MgGroupMember -GroupId 1 -DirectoryObjectId 2",
			[]string{"1 Get-Mguser params=UserId", "2 New-MgGroupMember params=GroupId,DirectoryObjectId"}},
		{"batch", `{"requests":[{"id":"1","method":"GET","url":"/me"},
{"id":"2","method":"POST","url":"/subscriptions","body":{"resource":"/me/messages"}}]}`,
			[]string{"1 GET /me", "2 POST /subscriptions body=resource"}},
		{"curl", "curl -X POST 'https://graph.microsoft.com/v1.0/users/1/messages' \\\n  -H 'Content-Type: application/json' -d '{\"subject\":\"x\"}'",
			[]string{"1 POST https://graph.microsoft.com/v1.0/users/1/messages body=subject"}},
		{"HAR with a batch and a preflight", `{"log":{"entries":[
{"request":{"method":"OPTIONS","url":"https://graph.microsoft.com/v1.0/me"},"response":{"status":200}},
{"request":{"method":"GET","url":"https://graph.microsoft.com/v1.0/me"},"response":{"status":200}},
{"request":{"method":"POST","url":"https://login.microsoftonline.com/common/oauth2/v2.0/token"},"response":{"status":200}},
{"request":{"method":"POST","url":"https://graph.microsoft.com/beta/$batch","postData":{"text":"{\"requests\":[{\"id\":\"1\",\"method\":\"GET\",\"url\":\"/groups\"}]}"}},"response":{"status":200}}]}}`,
			[]string{"3 GET https://graph.microsoft.com/v1.0/me", "5 GET https://graph.microsoft.com/beta/groups"}},
		{"log", "2026-11-21T10:00:00Z INFO GET https://graph.microsoft.com/v1.0/me 200\n2026-11-21T10:00:01Z WARN GET https://graph.microsoft.com/v1.0/me/messages 403\n2026-11-21T10:00:02Z calling https://graph.microsoft.com/v1.0/groups\n2026-11-21T10:00:03Z calling https://graph.microsoft.com/v1.0/users",
			[]string{"1 GET https://graph.microsoft.com/v1.0/me", "2 GET https://graph.microsoft.com/v1.0/me/messages", "3 https://graph.microsoft.com/v1.0/groups", "4 https://graph.microsoft.com/v1.0/users"}},
		{"JSON lines", "{\"method\":\"GET\",\"url\":\"https://graph.microsoft.com/v1.0/me\"}\n{\"method\":\"DELETE\",\"url\":\"https://graph.microsoft.com/v1.0/me/events/1\"}",
			[]string{"1 GET https://graph.microsoft.com/v1.0/me", "2 DELETE https://graph.microsoft.com/v1.0/me/events/1"}},
		{"code", "await client.api('/me/messages').get();\nawait client.api('/me/events').post(event);",
			[]string{"1 GET https://graph.microsoft.com/v1.0/me/messages", "2 POST https://graph.microsoft.com/v1.0/me/events"}},
		{"raw HTTP", "GET https://graph.microsoft.com/v1.0/me HTTP/1.1\nHost: graph.microsoft.com\n\nHTTP/1.1 200 OK\n\n{}", []string{"1 GET https://graph.microsoft.com/v1.0/me"}},
		{"nothing", "just words\nand more of them", []string{"error f:1: " + ErrNoCall.Error()}},
		{"empty", "", []string{"error f: " + ErrEmpty.Error()}},
		{"binary", "\x00\x01\x02", []string{"error f:1: " + errBinary.Error()}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, told(c.in)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestCallsMany: a log of more requests than a diagnosis keeps is read whole.
func TestCallsMany(t *testing.T) {
	var b strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&b, "2026-11-21T10:00:00Z GET https://graph.microsoft.com/v1.0/users/%d 200 -\n", i)
	}
	if n := len(told(b.String())); n != 3000 {
		t.Errorf("%d of 3000 requests", n)
	}
}

// TestCallsSafe: what a URL holds of a token or of control characters does not
// come out.
func TestCallsSafe(t *testing.T) {
	token := Mint(map[string]any{"aud": "x"})
	for _, in := range []string{"GET /me?access_token=" + token, "GET /me\x1b[31m", "curl https://graph.microsoft.com/v1.0/me?access_token=" + token} {
		for _, l := range told(in) {
			if strings.Contains(l, token[:20]) || strings.Contains(l, "\x1b") {
				t.Errorf("%q came out as %q", in, l)
			}
		}
	}
}

func TestParseCall(t *testing.T) {
	at := Place{File: "argument 1"}
	for _, in := range []string{"", "hello", "GET", "Foo-MgThing -X", "curl"} {
		if c, err := ParseCall(in, at); err == nil {
			t.Errorf("ParseCall(%q) = %s %s, want an error", in, c.Method, c.URL)
		}
	}
	c, err := ParseCall("curl https://graph.microsoft.com/v1.0/me", at)
	if err != nil || c.URL != "https://graph.microsoft.com/v1.0/me" || c.Place != at || !c.Asked {
		t.Errorf("%+v, %v", c, err)
	}
}

// FuzzCalls: any text ends, and what comes out has a place in it.
func FuzzCalls(f *testing.F) {
	for _, s := range []string{"GET /me\nPOST /users {\"a\":1}", `{"requests":[{"id":"1","method":"GET","url":"/me"}]}`, "Get-MgUser -All", "curl -d @x https://graph.microsoft.com/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		lines := 1 + strings.Count(text, "\n") + strings.Count(text, "\r")
		for c, err := range Calls(context.Background(), Input{Name: "f", Reader: strings.NewReader(text)}) {
			at := Place{}
			if p := (*Problem)(nil); errors.As(err, &p) {
				at = p.Place
			} else {
				at = c.Place
			}
			if at.Line > lines {
				t.Fatalf("line %d of %d", at.Line, lines)
			}
		}
	})
}

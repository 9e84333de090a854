package evidence

import (
	"context"
	"strings"
	"testing"
)

// TestStrayToken: a token that merely stands near is not judged where time,
// permissions or the app contradict; one that fits, or that was sent, is.
func TestStrayToken(t *testing.T) {
	claims := map[string]any{"aud": "https://graph.microsoft.com", "iss": "https://sts.windows.net/2f1e0d9c-1111-4222-8333-444455556666/", "appid": "6f0a1c1e-aaaa-4bbb-8ccc-1234567890ab",
		"idtyp": "app", "roles": []any{"User.Read.All"}, "iat": 1795224000, "exp": 1795227900}
	const failed = "HTTP/1.1 403 Forbidden\nDate: %DATE%\nContent-Type: application/json\n\n{\"error\":{\"code\":\"Forbidden\",\"message\":\"%SAID%\"}}\n\nmy token:\n%TOKEN%\n"
	for name, tt := range map[string]struct {
		date, said string
		sent       bool
		want       string // words of the reason, "" where the token is kept
	}{
		"fits":                {"Sat, 21 Nov 2026 01:30:00 GMT", "no", false, ""},
		"issued later":        {"Sat, 21 Nov 2026 00:30:00 GMT", "no", false, "after the failure"},
		"clocks a bit apart":  {"Sat, 21 Nov 2026 01:15:00 GMT", "no", false, ""},
		"other permissions":   {"Sat, 21 Nov 2026 01:30:00 GMT", "Missing role permissions on the request. API requires one of 'Chat.Read.All'. Roles on the request 'Mail.Read, Files.Read.All'.", false, "none of the permissions"},
		"the same permission": {"Sat, 21 Nov 2026 01:30:00 GMT", "Missing role permissions on the request. API requires one of 'Chat.Read.All'. Roles on the request 'User.Read.All, Files.Read.All'.", false, ""},
		"sent, and later":     {"Sat, 21 Nov 2026 00:30:00 GMT", "no", true, ""},
	} {
		text := strings.NewReplacer("%DATE%", tt.date, "%SAID%", tt.said, "%TOKEN%", Mint(claims)).Replace(failed)
		if tt.sent {
			text = "GET /v1.0/users HTTP/1.1\nHost: graph.microsoft.com\nAuthorization: Bearer " + Mint(claims) + "\n\n" + text[:strings.Index(text, "my token")]
		}
		for c, err := range Read(context.Background(), Input{Name: "x", Reader: strings.NewReader(text)}) {
			if err != nil || c == nil {
				t.Fatal(name, err)
			}
			f, dropped := c.Fact("token.stray")
			if dropped != (tt.want != "") || dropped && !strings.Contains(f.Value, tt.want) || dropped == (c.Token != nil) {
				t.Errorf("%s: dropped %t (%q), token kept %t", name, dropped, f.Value, c.Token != nil)
			}
		}
	}
}

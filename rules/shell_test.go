package rules

import (
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/graphdoctor/graphdoctor/checks"
)

// TestShell: a command that people copy does nothing that the evidence wrote
// into it. Every address, id and user agent of the samples is replaced by one
// that a shell would run.
func TestShell(t *testing.T) {
	const hostile = "x$(id)`id`;id"
	inputs := map[string]*regexp.Regexp{
		"mail addresses": regexp.MustCompile(`[A-Za-z0-9._-]+(@(?:contoso|fabrikam)\.)`),
		"names in paths": regexp.MustCompile(`(?:users|groups|teams)/[^/?\s"'\\{}()<>]+(/)`),
		"ids":            regexp.MustCompile(`[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}()`),
		"quoted values":  regexp.MustCompile(`'[A-Za-z0-9._/:@-]{2,80}(')`),
		"redirect URIs":  regexp.MustCompile(`https?://(?:localhost|app\.contoso\.com)[^\s"'\\<>&]*()`),
	}
	n := 0
	for _, s := range loadSamples(t, "") {
		for what, re := range inputs {
			input := re.ReplaceAllStringFunc(s.Input, func(m string) string {
				tail := re.FindStringSubmatch(m)[1]
				if m[0] == '\'' {
					return "'" + hostile + tail
				}
				if i := strings.Index(m, "://"); i > 0 {
					return m + "/" + hostile
				}
				if i := strings.IndexByte(m, '/'); i > 0 {
					return m[:i+1] + hostile + tail
				}
				return hostile + tail
			})
			if input == s.Input {
				continue
			}
			for _, f := range diagnose(t, input).Findings {
				for _, c := range commandsOf(f) {
					n++
					if runs(c) {
						t.Errorf("%s, %s: %s would run what the evidence says:\n%s", s.Path, what, f.Rule.ID, c)
					}
				}
			}
		}
	}
	t.Logf("%d commands", n)
	if n < 500 {
		t.Error("too few commands")
	}
}

// runs tells whether a shell would run the hostile value: a substitution does
// inside of double quotes too, and single quotes inside of those are letters.
// Calls of a library are no shell's.
func runs(command string) bool {
	for _, call := range []string{"WithClaims(", "acquireTokenPopup(", "claims_challenge=", "ClaimsRequest."} {
		if strings.Contains(command, call) {
			return false
		}
	}
	var quote byte
	for i := 0; i < len(command); i++ {
		switch c := command[i]; {
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case c == quote:
			quote = 0
		case quote == '\'':
		case strings.HasPrefix(command[i:], "$(id)"), strings.HasPrefix(command[i:], "`id`"), quote == 0 && strings.HasPrefix(command[i:], ";id"):
			return true
		}
	}
	return false
}

func commandsOf(f checks.Finding) []string {
	out := []string{f.Probe}
	for _, x := range f.Fixes {
		out = append(out, x.Command)
	}
	return out
}

// TestShellClaims: neither does what a token says of itself. Its claims are
// planted where no text is searched for them.
func TestShellClaims(t *testing.T) {
	const hostile = "x$(id)`id`;id"
	mint := func(claims map[string]any) string {
		for _, name := range []string{"appid", "tid", "oid", "app_displayname"} {
			claims[name] = hostile
		}
		claims["aud"], claims["iss"], claims["iat"], claims["exp"] = "https://graph.microsoft.com", "https://sts.windows.net/"+hostile+"/", 1795240000, 1795243900
		part := func(v any) string {
			b, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			return base64.RawURLEncoding.EncodeToString(b)
		}
		return part(map[string]any{"alg": "RS256", "typ": "JWT"}) + "." + part(claims) + "." + strings.Repeat("s", 86)
	}
	app := mint(map[string]any{"roles": []string{"Sites.Selected", "User.Read.All", "Mail.Send"}, "idtyp": "app"})
	user := mint(map[string]any{"scp": "User.Read Sites.Selected Mail.Send", "upn": hostile + "@contoso.com", "idtyp": "user"})
	managed := mint(map[string]any{"roles": []string{"User.Read.All"}, "idtyp": "app", "xms_mirid": "/subscriptions/" + hostile + "/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm"})
	n := 0
	for _, token := range []string{app, user, managed} {
		for request, body := range map[string]string{
			"GET /v1.0/sites/contoso.sharepoint.com:/sites/hr": `{"error":{"code":"accessDenied","message":"Access denied"}}`,
			"PATCH /v1.0/users/adele@contoso.com":              `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation."}}`,
			"GET /v1.0/groups":                                 `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation."}}`,
			"POST /v1.0/users/adele@contoso.com/sendMail":      `{"error":{"code":"ErrorAccessDenied","message":"Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings."}}`,
			"GET /v1.0/me":                                     `{"error":{"code":"Authorization_IdentityNotFound","message":"The identity of the calling application could not be established."}}`,
		} {
			method, path, _ := strings.Cut(request, " ")
			input := method + " https://graph.microsoft.com" + path + "\nAuthorization: Bearer " + token + "\n\nHTTP/1.1 403 Forbidden\n\n" + body + "\n"
			for _, f := range diagnose(t, input).Findings {
				for _, c := range commandsOf(f) {
					n++
					if runs(c) {
						t.Errorf("%s: %s would run what the token says:\n%s", request, f.Rule.ID, c)
					}
				}
			}
		}
	}
	if n < 30 {
		t.Errorf("only %d commands", n)
	}
}

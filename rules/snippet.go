package rules

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"sort"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file prints the library calls that answer a claims challenge. The
// claims string stands in them byte for byte.

// snippets is one call a language; %s is the claims string, quoted as that
// language quotes it.
var snippets = map[string]struct {
	form  string
	quote func(string) string
}{
	"csharp":          {"await app.AcquireTokenInteractive(scopes).WithClaims(%s).ExecuteAsync();", quoteVerbatim},
	"javascript":      {"await msalInstance.acquireTokenPopup({ scopes, claims: %s });", quoteJS},
	"python":          {"result = app.acquire_token_interactive(scopes, claims_challenge=%s)", quoteJS},
	"java":            {"app.acquireToken(InteractiveRequestParameters.builder(redirectUri).scopes(scopes).claims(ClaimsRequest.formatAsClaimsRequest(%s)).build());", quoteJS},
	"go":              {"result, err := client.AcquireTokenInteractive(ctx, scopes, public.WithClaims(%s))", quoteGo},
	"azurecli":        {"az login --tenant <tenant id> --claims-challenge %s", quoteBase64},
	"azurepowershell": {"Connect-AzAccount -Tenant <tenant id> -ClaimsChallenge %s", quoteBase64},
	"powershell":      {"$token = Get-MsalToken -ClientId $clientId -Scopes $scopes -Interactive -ExtraQueryParameters @{ claims = %s }", quotePS},
}

// SnippetLanguages are the languages that there is a retry for.
func SnippetLanguages() []string {
	var out []string
	for n := range snippets {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}

// Snippet is the retry in one language; ok is false for an unknown one.
func Snippet(language, claims string) (string, bool) {
	language = strings.ToLower(language)
	switch language {
	case "c#", "cs", ".net", "dotnet":
		language = "csharp"
	case "js", "typescript", "ts", "node":
		language = "javascript"
	case "py":
		language = "python"
	case "golang":
		language = "go"
	case "pwsh", "ps":
		language = "powershell"
	}
	s, ok := snippets[language]
	if !ok {
		return "", false
	}
	return fmt.Sprintf(s.form, s.quote(claims)), true
}

// retry is the sign-in that answers a challenge, as the program that failed
// would write it: a library's call, or where its language does not show the
// link that anybody can open.
func retry(c *evidence.Case, claims string) string {
	if claims == "" {
		return ""
	}
	if s, ok := Snippet(c.Language, claims); ok {
		return strings.Replace(s, "<tenant id>", tenantID(c), 1)
	}
	return AuthorizeURL(c, claims)
}

// retryURL adds the link where the retry is a library's call.
func retryURL(c *evidence.Case, claims string) []checks.Fix {
	if _, ok := Snippet(c.Language, claims); !ok || claims == "" {
		return nil
	}
	return []checks.Fix{fix("the same as an authorize URL", checks.User, AuthorizeURL(c, claims), "")}
}

// quoteJS quotes as JSON does, which JavaScript, Python and Java read alike.
func quoteJS(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s)
	return strings.TrimSuffix(b.String(), "\n")
}

func quoteGo(s string) string {
	if !strings.ContainsAny(s, "`\r") {
		return "`" + s + "`"
	}
	return fmt.Sprintf("%q", s)
}

func quoteVerbatim(s string) string { return `@"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// quoteBase64 is how command lines take claims.
func quoteBase64(s string) string { return `"` + base64.StdEncoding.EncodeToString([]byte(s)) + `"` }

func quotePS(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

package rules

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
)

// This file prints the library calls that answer a claims challenge. The
// claims string stands in them byte for byte.

// snippets is one call a language; %s is the claims string, quoted as that
// language quotes it.
var snippets = map[string]struct {
	form  string
	quote func(string) string
}{
	"csharp":     {"await app.AcquireTokenInteractive(scopes).WithClaims(%s).ExecuteAsync();", quoteVerbatim},
	"javascript": {"await msalInstance.acquireTokenPopup({ scopes, claims: %s });", quoteJS},
	"python":     {"result = app.acquire_token_interactive(scopes, claims_challenge=%s)", quoteJS},
	"java":       {"app.acquireToken(InteractiveRequestParameters.builder(redirectUri).scopes(scopes).claims(ClaimsRequest.formatAsClaimsRequest(%s)).build());", quoteJS},
	"go":         {"result, err := client.AcquireTokenInteractive(ctx, scopes, public.WithClaims(%s))", quoteGo},
	"powershell": {"$token = Get-MsalToken -ClientId $clientId -Scopes $scopes -Interactive -ExtraQueryParameters @{ claims = %s }", quotePS},
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

func snippet(language, claims string) string {
	if claims == "" {
		return ""
	}
	s, _ := Snippet(language, claims)
	return s
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

func quotePS(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

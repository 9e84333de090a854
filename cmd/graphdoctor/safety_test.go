package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/report"
	"golang.org/x/tools/txtar"
)

// window is how many consecutive characters of a secret no output may hold.
const window = 20

// leak finds the first window of a secret in an output, "" if there is none.
func leak(output, secret string) string {
	if len(secret) < window {
		if len(secret) > 7 && strings.Contains(output, secret) {
			return secret
		}
		return ""
	}
	grams := map[string]bool{}
	for i := 0; i+window <= len(secret); i++ {
		grams[secret[i:i+window]] = true
	}
	for i := 0; i+window <= len(output); i++ {
		if grams[output[i:i+window]] {
			return output[i : i+window]
		}
	}
	return ""
}

// everyFormat diagnoses an input and returns what each format, standard error
// included, says of it.
func everyFormat(t testing.TB, input string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	args := []string{"diagnose", "--now", "2026-11-21T02:00:00Z", "--why-not", "token-expired,permission-missing"}
	var out, errs bytes.Buffer
	for _, f := range report.Formats {
		args = append(args, "--format", f.Name+"="+filepath.Join(dir, f.Name))
	}
	run(args, strings.NewReader(input), &out, &errs)
	said := map[string]string{"stdout": out.String(), "stderr": errs.String()}
	for _, f := range report.Formats {
		b, err := os.ReadFile(filepath.Join(dir, f.Name))
		if err != nil {
			t.Fatal(err)
		}
		said[f.Name] = string(b)
	}
	return said
}

// tokenCases are the cases that carry a token, with the token.
func tokenCases(t testing.TB) map[string][2]string {
	t.Helper()
	out := map[string][2]string{}
	err := filepath.WalkDir("../../testdata/cases", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".txtar") {
			return err
		}
		ar, err := txtar.ParseFile(path)
		if err != nil {
			return err
		}
		var input string
		var claims map[string]any
		for _, f := range ar.Files {
			switch f.Name {
			case "input":
				input = string(f.Data)
			case "claims.json":
				if err := json.Unmarshal(f.Data, &claims); err != nil {
					return fmt.Errorf("%s: %w", path, err)
				}
			}
		}
		if claims != nil && strings.Contains(input, "{{TOKEN}}") {
			token := evidence.Mint(claims)
			out[path] = [2]string{strings.ReplaceAll(input, "{{TOKEN}}", token), token}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// personal are claims that no output but decode's may show.
var personal = []string{"upn", "unique_name", "preferred_username", "name", "given_name", "family_name", "ipaddr", "email"}

// TestNoTokenLeaks: no format shows any part of a token, nor a person whom only
// the token names, on any case.
func TestNoTokenLeaks(t *testing.T) {
	n := 0
	for path, c := range tokenCases(t) {
		n++
		input, token := c[0], c[1]
		parts := strings.Split(token, ".")
		rest := strings.ReplaceAll(input, token, "")
		for format, said := range everyFormat(t, input) {
			for _, secret := range parts[1:] {
				if got := leak(said, secret); got != "" {
					t.Errorf("%s: %s shows %q of the token", path, format, got)
				}
			}
			for _, who := range persons(token) {
				if strings.Contains(said, who) && !strings.Contains(rest, who) {
					t.Errorf("%s: %s shows %q, whom only the token names", path, format, who)
				}
			}
		}
	}
	if n < 80 {
		t.Errorf("only %d cases carry a token", n)
	}
}

// TestDecodeLeaksNoToken: decode names persons, and shows no part of the token
// but what its readable claims say.
func TestDecodeLeaksNoToken(t *testing.T) {
	for path, c := range tokenCases(t) {
		for _, format := range report.DecodedFormats {
			var out, errs bytes.Buffer
			run([]string{"decode", "--verbose", "--format", format}, strings.NewReader(c[0]), &out, &errs)
			if out.Len() == 0 {
				t.Errorf("%s: decode as %s finds no token: %s", path, format, errs.String())
			}
			for _, secret := range strings.Split(c[1], ".") {
				if got := leak(out.String()+errs.String(), secret); got != "" {
					t.Errorf("%s: decode as %s shows %q of the token", path, format, got)
				}
			}
		}
	}
}

func persons(token string) []string {
	var out []string
	for _, c := range evidenceOf(token) {
		for _, claim := range personal {
			if v := c.Token.Str(claim); len(v) > 5 {
				out = append(out, v)
			}
		}
	}
	return out
}

// planted are secrets of many kinds as they stand in what people paste: the
// text, with %s where the secret stands, and the secret.
var planted = []struct{ text, secret string }{
	{"POST https://login.microsoftonline.com/common/oauth2/v2.0/token\n\nclient_id=6f0a1c1e-aaaa-4bbb-8ccc-1234567890ab&grant_type=client_credentials&client_secret=%s&scope=x\n\nHTTP/1.1 400 Bad Request\n\n{\"error\":\"invalid_client\"}", "Abc8Q~3fGh7JkLmNoPqRsTuVwXyZ0123456789ab"},
	{"{\"clientSecret\": \"%s\", \"error\": \"AADSTS7000215: Invalid client secret provided.\"}", "Abc8Q~3fGh7JkLmNoPqRsTuVwXyZ0123456789ab"},
	{"AZURE_CLIENT_SECRET=%s\nAADSTS7000215: Invalid client secret provided.", "Abc8Q~3fGh7JkLmNoPqRsTuVwXyZ0123456789ab"},
	{"https://app.contoso.com/cb?code=%s&state=1\nAADSTS54005: OAuth2 Authorization code was already redeemed", "0.AXkA7Vn2Qz9R1kS3xT5vU8wYzAbCdEfGhIjKlMnOpQrStUvWxYz0123456789.AgABBAIAAAApTwJmzXqdR4BN2miheQMYAgDs_wUA9P8"},
	{"refresh_token=%s\n{\"error\":\"invalid_grant\",\"error_description\":\"AADSTS700082: The refresh token has expired\"}", "1.AXkA7Vn2Qz9R1kS3xT5vU8wYzAbCdEfGhIjKlMnOpQrStUvWxYz0123456789.AgABBAEAAAApTwJmzXqdR4BN2miheQMYAgDs_wUA9P8"},
	{"Cookie: ESTSAUTHPERSISTENT=%s; path=/\nHTTP/1.1 401 Unauthorized\n\n{\"error\":{\"code\":\"InvalidAuthenticationToken\",\"message\":\"Access token is empty.\"}}", "0.AXkA7Vn2Qz9R1kS3xT5vU8wYzAbCdEfGhIjKlMnOpQrStUv"},
	{"Set-Cookie: buid=%s; HttpOnly\nHTTP/1.1 403 Forbidden", "0.AXkA7Vn2Qz9R1kS3xT5vU8wYzAbCdEfGhIjKlMnOpQrStUv"},
	{"grant_type=password&username=adele%%40contoso.com&password=%s\nAADSTS50126: Error validating credentials due to invalid username or password.", "Sup3rSecretPassw0rd!2026xyz"},
	{"https://contoso.blob.core.windows.net/c/f?sv=2024-08-04&se=2026-12-01&sr=b&sp=r&sig=%s\n403 AuthenticationFailed", "Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MGFiY2RlZmdoaWprbG0%3D"},
	{"DefaultEndpointsProtocol=https;AccountName=contoso;AccountKey=%s;EndpointSuffix=core.windows.net\nerror: 403", "Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6MDEyMzQ1Njc4OQ=="},
	{"Authorization: Basic %s\nHTTP/1.1 401 Unauthorized", "YWRlbGU6U3VwM3JTZWNyZXRQYXNzdzByZCEyMDI2eHl6"},
	{"curl -u adele:%s https://graph.microsoft.com/v1.0/me\nHTTP/1.1 401 Unauthorized", "Sup3rSecretPassw0rd!2026xyz"},
	{"https://adele:%s@contoso.example/x\nHTTP/1.1 401 Unauthorized", "Sup3rSecretPassw0rd2026xyz"},
	{"-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\nAADSTS700027: The certificate is not registered", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"},
	{"access_token=%s\nHTTP/1.1 401 Unauthorized", "EwBgA8l6BAAU7p9QDpi/D7xJLwsTgCg3TskyTaQAAXu71AU9f4YS4rOK5xoO/SU5HZKSXtCsDe0Pj7uSc5Ug"},
	{"{\"device_code\":\"%s\",\"error\":\"authorization_pending\"}", "GAQABAAEAAAD--DLA3VO7QrddgJg7WevrAgDs_wQA9P8KtKj8aFkBb"},
	{"client_assertion=%s\nAADSTS700024: Client assertion is not within its valid time range.", "eyJhbGciOiJSUzI1NiIsIng1dCI6IjEyMyJ9.eyJpc3MiOiJhcHAiLCJhdWQiOiJ4In0.c2lnbmF0dXJlLW9mLXRoZS1hc3NlcnRpb24tMTIz"},
	{"$secret = ConvertTo-SecureString '%s' -AsPlainText -Force\nConnect-MgGraph : AADSTS7000215: Invalid client secret provided.", "Abc8Q~3fGh7JkLmNoPqRsTuVwXyZ0123456789ab"},
	{"x-functions-key: %s\nHTTP/1.1 401 Unauthorized", "abcDEF1234567890ghiJKL0987654321mnoPQR=="},
	{"GITHUB_TOKEN=%s\nerror: AADSTS70021: No matching federated identity record found", "ghp_16C7e42F292c6912E7710c838347Ae178B4a"},
	{"SAMLResponse=%s\nAADSTS750054: SAMLRequest or SAMLResponse must be present", "PHNhbWxwOlJlc3BvbnNlIHhtbG5zOnNhbWxwPSJ1cm46b2FzaXM6bmFtZXM6dGM6U0FNTDoyLjA6cHJvdG9jb2wiPg=="},
}

// TestNoSecretLeaks: no format shows a secret of any kind.
func TestNoSecretLeaks(t *testing.T) {
	for _, p := range planted {
		input := fmt.Sprintf(p.text, p.secret)
		for format, said := range everyFormat(t, input) {
			if got := leak(said, p.secret); got != "" {
				t.Errorf("%s shows %q of %.40q", format, got, p.text)
			}
		}
	}
}

// FuzzOutputs plants a token into arbitrary text: no format may show 20
// consecutive characters of its payload or signature.
func FuzzOutputs(f *testing.F) {
	token := evidence.Mint(map[string]any{"aud": "https://graph.microsoft.com", "tid": "2f1e0d9c-1111-4222-8333-444455556666", "scp": "Mail.Read", "appid": "6f0a1c1e-aaaa-4bbb-8ccc-1234567890ab", "exp": 1795228000, "upn": "adele@contoso.com"})
	for _, p := range planted {
		f.Add([]byte(p.text), uint16(len(p.text)/2))
	}
	f.Add([]byte("GET https://graph.microsoft.com/v1.0/me\nAuthorization: Bearer \n\nHTTP/1.1 401 Unauthorized\n\n{\"error\":{\"code\":\"InvalidAuthenticationToken\",\"message\":\"x\"}}"), uint16(62))
	parts := strings.Split(token, ".")
	f.Fuzz(func(t *testing.T, text []byte, at uint16) {
		if len(text) > 4096 {
			return
		}
		i := int(at) % (len(text) + 1)
		input := string(text[:i]) + token + string(text[i:])
		for format, said := range everyFormat(t, input) {
			for _, secret := range parts[1:] {
				if got := leak(said, secret); got != "" {
					t.Errorf("%s shows %q", format, got)
				}
			}
		}
	})
}

func evidenceOf(text string) []*evidence.Case {
	var out []*evidence.Case
	for c := range evidence.Read(context.Background(), evidence.Input{Name: "-", Reader: strings.NewReader(text)}) {
		if c != nil && c.Token != nil {
			out = append(out, c)
		}
	}
	return out
}

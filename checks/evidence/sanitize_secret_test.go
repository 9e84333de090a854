package evidence

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand"
	"net/url"
	"strings"
	"testing"
)

var testKey = []byte("the key of the tests")

func copyOf(t testing.TB, input string) string {
	t.Helper()
	var out bytes.Buffer
	if _, err := Sanitize(strings.NewReader(input), &out, SanitizeOptions{Key: testKey}); err != nil && !errors.Is(err, ErrEmpty) {
		t.Fatal(err)
	}
	return out.String()
}

// random makes n characters of an alphabet; secrets are made at run time, so
// that no scanner takes this file for a leak.
func random(r *rand.Rand, alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.Intn(len(alphabet))]
	}
	return string(b)
}

const (
	base62  = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	hexes   = "0123456789abcdef"
	capital = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
)

// A planted secret: where it stands ({} marks the place) and what it is.
type planted struct{ name, carrier, secret string }

// plant makes one secret of every kind.
func plant(r *rand.Rand) []planted {
	word := func(n int) string { return random(r, base62, n) }
	b64 := func(n int) string { // with a digit, as keys of this length have
		b := make([]byte, n)
		r.Read(b)
		return base64.StdEncoding.EncodeToString(b)
	}
	url64 := func(n int) string { return random(r, base62+"-_", n) }
	entra := func() string { return word(3) + "8Q~" + random(r, base62+"_.~-", 30) + word(4) }
	password := func() string { return "Pw" + random(r, base62+"!#*", 12) + "7x" }
	jwt := func() string {
		return Mint(map[string]any{"aud": "https://graph.microsoft.com", "oid": "4f3c2b1a-90ab-4cde-8f01-23456789abcd", "name": "Isaiah Langer", "uti": word(22), "sub": word(43)})
	}
	jweHead := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RSA-OAEP","enc":"A128CBC-HS256"}`))
	jwe := "." + url64(342) + "." + url64(22) + "." + url64(200) + "." + url64(22)
	signature := func(token string) string { return token[strings.LastIndexByte(token, '.')+1:] }
	access, assertion, idToken, prt := jwt(), jwt(), jwt(), jwt()
	pem := "MIIE" + random(r, base62+"+/", 60) + "\n" + random(r, base62+"+/", 64) + "\n" + random(r, base62+"+/", 40)
	return []planted{
		{"access token", "Authorization: Bearer " + strings.Replace(access, signature(access), "{}", 1), signature(access)},
		{"encrypted token", "Authorization: Bearer " + jweHead + "{}", jwe},
		{"ticket of a personal account", "authorization: bearer {}", "EwB4A8l6BAAU" + b64(300)},
		{"refresh token in a form", "grant_type=refresh_token&refresh_token={}&scope=openid", "0.AXoA" + url64(40) + ".AgABAAEAAAD" + url64(600)},
		{"refresh token in a cache", `{"RefreshToken": {"uid.utid-login.windows.net-refreshtoken-1--": {"credential_type": "RefreshToken", "secret": "{}"}}}`, "1.AVsA" + url64(700)},
		{"refresh token of a personal account", `{"refresh_token":"{}"}`, "M.C5" + random(r, capital, 4) + "_BAY.0.U.-" + random(r, base62+"!*", 300)},
		{"client secret in a form", "client_id=6c8a1f0e-9d3b-4f27-8a55-0d1e2f3a4b5c&client_secret={}&grant_type=client_credentials", entra()},
		{"client secret in JSON", `{"client_secret": "{}"}`, entra()},
		{"client secret in the environment", "export AZURE_CLIENT_SECRET={}", entra()},
		{"client secret in PowerShell", `$ClientSecret = "{}"`, entra()},
		{"client secret as a secure string", `$s = ConvertTo-SecureString "{}" -AsPlainText -Force`, entra()},
		{"client secret in settings", `"AzureAd": { "TenantId": "common", "ClientSecret": "{}" }`, entra()},
		{"client secret in nested settings", "AzureAd__ClientSecret={}", entra()},
		{"client secret behind a flag", "az login --service-principal -u app --tenant contoso.com --client-secret {}", entra()},
		{"client secret by its shape", "we tried {} and it did not work", entra()},
		{"client secret as a GUID", "client_secret={}&x=1", "5d0c7a3e-41b2-4c8f-9e61-7ab3f2d4c895"},
		{"authorization code in an address", "GET /callback?code={}&state=x&session_state=y HTTP/1.1", "0.AXoA" + url64(60) + "." + url64(500)},
		{"authorization code in a form", "grant_type=authorization_code&code={}&redirect_uri=https%3A%2F%2Fapp.contoso.com", "1.AVsA" + url64(400)},
		{"code of a personal account", `{"code": "{}"}`, "M.C" + random(r, "0123456789", 3) + "_BAY.2.U." + word(36)},
		{"proof key", "code_verifier={}", url64(43)},
		{"cookie", "Cookie: ESTSAUTHPERSISTENT={}; path=/", "0.AXoA" + url64(300)},
		{"short cookie", "Cookie: sid={}", word(14)},
		{"set-cookie", "Set-Cookie: .AspNetCore.Cookies={}; path=/; secure; httponly", url64(200)},
		{"cookie in a HAR header", `{"name": "Cookie", "value": "a={}"}`, word(40)},
		{"cookie in a HAR list", `"cookies": [{"name": "x", "value": "1"}, {"name": "AppSession", "value": "{}", "path": "/"}]`, word(16)},
		{"assertion", "client_assertion_type=x&client_assertion=" + strings.Replace(assertion, signature(assertion), "{}", 1) + "&scope=x", signature(assertion)},
		{"SAML response", "SAMLResponse={}&RelayState=x", strings.ReplaceAll(b64(600), "+", "%2B")},
		{"SAS signature", "https://st.blob.core.windows.net/c/f?sv=2022-11-02&sr=b&sig={}&se=2026-11-21", url.QueryEscape(b64(32))},
		{"signed address of a workflow", "https://prod-1.westus.logic.azure.com/workflows/x/triggers/manual/paths/invoke?sp=%2F&sv=1.0&sig={}", url64(43)},
		{"storage key", "DefaultEndpointsProtocol=https;AccountName=stcontoso;AccountKey={};EndpointSuffix=core.windows.net", b64(64)},
		{"bus key", "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey={}", b64(32)},
		{"password of the flow", "grant_type=password&username=adele%40contoso.com&password={}", url.QueryEscape(password())},
		{"password of a database", "Server=tcp:db.database.windows.net;User ID=sa;Password={};Encrypt=True", password()},
		{"basic credentials", "Authorization: Basic {}", base64.StdEncoding.EncodeToString([]byte("svc-graph:" + password()))},
		{"credentials in an address", "git clone https://bot:{}@dev.azure.com/contoso/p/_git/r", password()},
		{"credentials for curl", "curl -u 'bot:{}' https://graph.microsoft.com/v1.0/me", password()},
		{"kubeconfig token", "    token: {}", "k8s" + word(40)},
		{"kubeconfig key", "    client-key-data: {}", b64(300)},
		{"netrc", "machine graph.microsoft.com login adele password {}", password()},
		{"password behind a flag", "Connect-Thing -UserName adele -Password {}", password()},
		{"api key", "x-api-key: {}", random(r, hexes, 32)},
		{"subscription key", "Ocp-Apim-Subscription-Key: {}", random(r, hexes, 32)},
		{"function key", "https://fn.azurewebsites.net/api/run?code={}", url64(54) + "=="},
		{"private key", "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", pem},
		{"private key in one line", `{"private_key": "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----\n"}`, strings.ReplaceAll(pem, "\n", `\n`)},
		{"device code", `{"user_code": "x", "device_code": "{}"}`, "DAQABAAEAAAD" + url64(200)},
		{"user code", `{"user_code": "{}", "verification_uri": "https://microsoft.com/devicelogin"}`, random(r, capital, 8) + "7"},
		{"user code in a sentence", "open the page https://microsoft.com/devicelogin and enter the code {} to authenticate.", random(r, capital, 8) + "7"},
		{"primary refresh token", "x-ms-RefreshTokenCredential: " + strings.Replace(prt, signature(prt), "{}", 1), signature(prt)},
		{"id token in a fragment", "https://app.contoso.com/#id_token=" + strings.Replace(idToken, signature(idToken), "{}", 1) + "&state=1", signature(idToken)},
		{"validation token", "POST /hook?validationToken={} HTTP/1.1", word(40)},
		{"client state", `{"changeType": "created", "clientState": "{}"}`, word(24)},
		{"GitHub token", "remote: using {} for push", "ghp_" + word(36)},
		{"GitHub fine-grained token", "GH_TOKEN=github_pat_{}", word(22) + "_" + word(59)},
		{"GitLab token", "PRIVATE-TOKEN: {}", "glpat-" + word(20)},
		{"Slack token", "slack says {} is revoked", "xoxb-" + random(r, "0123456789", 12) + "-" + random(r, "0123456789", 12) + "-" + word(24)},
		{"Slack webhook", "https://hooks.slack.com/services/{}", "T" + random(r, capital, 8) + "/B" + random(r, capital, 8) + "/" + word(24)},
		{"Teams webhook", "https://contoso.webhook.office.com/webhookb2/x/IncomingWebhook/{}", random(r, hexes, 32) + "/" + "4f3c2b1a-90ab-4cde-8f01-23456789abcd"},
		{"npm token", "//registry.npmjs.org/:_authToken={}", "npm_" + word(36)},
		{"AWS key id", "aws configure set {}", "AKIA" + random(r, capital, 16)},
		{"AWS secret key", "aws_secret_access_key = {}", word(13) + "/" + word(7) + "/" + word(18)},
		{"AWS secret without a name", "the second one is {} I think", word(13) + "/K7" + word(5) + "/b" + word(17)},
		{"Google key", "key is {}", "AIza" + url64(34) + "Q"},
		{"Stripe key", "STRIPE={}", "sk_live_" + word(24)},
		{"SendGrid key", "SENDGRID={}", "SG." + url64(22) + "." + url64(43)},
		{"DevOps token", "AZDO_PERSONAL_ACCESS_TOKEN={}", random(r, "abcdefghijklmnopqrstuvwxyz234567", 52)},
		{"Windows credentials", "Authorization: Negotiate {}", "YII" + b64(300)},
		{"request digest", "X-RequestDigest: {},21 Nov 2026 08:00:00 -0000", "0x" + strings.ToUpper(random(r, hexes, 64))},
		{"flow token", `"sFT":"x","flowToken":"{}"`, "AQABAAEAAAD" + url64(300)},
		{"sealed principal", "X-MS-CLIENT-PRINCIPAL-TOKEN: {}", b64(90)},
		{"random text without a name", "it printed {} and stopped", word(40)},
		{"certificate's password", `"CertificatePassword": "{}"`, password()},
		{"two-part password in YAML", "password: '{}'", password()},
	}
}

// survives returns a piece of a secret that stands in a text: twelve
// characters, or the whole of a shorter one.
func survives(secret, text string) string {
	n := min(12, len(secret))
	for i := 0; i+n <= len(secret); i++ {
		if strings.Contains(text, secret[i:i+n]) {
			return secret[i : i+n]
		}
	}
	return ""
}

// ways are how a line reaches a log.
var ways = []struct {
	name string
	wrap func(string) string
}{
	{"as it is", func(s string) string { return s }},
	{"in a log line", func(s string) string {
		return "2026-11-21T08:00:00Z INFO app " + strings.ReplaceAll(s, "\n", "\n  ") + " end"
	}},
	{"in a JSON string", func(s string) string { b, _ := json.Marshal(map[string]string{"message": s}); return string(b) }},
	{"in JSON in a JSON string", func(s string) string {
		b, _ := json.Marshal(map[string]string{"m": s})
		b, _ = json.Marshal(map[string]string{"message": string(b)})
		return string(b)
	}},
	{"percent-encoded", func(s string) string { return "GET /log?text=" + url.QueryEscape(s) + " HTTP/1.1" }},
	{"with entities", func(s string) string {
		return "<td>" + strings.NewReplacer("&", "&amp;", `"`, "&quot;", "'", "&#39;", "<", "&lt;").Replace(s) + "</td>"
	}},
	{"in base64", func(s string) string {
		return `"content": {"encoding": "base64", "text": "` + base64.StdEncoding.EncodeToString([]byte(s)) + `"}`
	}},
	{"with line ends of Windows", func(s string) string { return "x\r\n" + strings.ReplaceAll(s, "\n", "\r\n") + "\r\ny" }},
}

// TestPlanted: no secret of any kind survives, however it is carried.
func TestPlanted(t *testing.T) {
	kinds := map[string]bool{}
	for seed := range int64(8) {
		for _, p := range plant(rand.New(rand.NewSource(seed))) {
			kinds[p.name] = true
			for _, way := range ways {
				in := way.wrap(strings.Replace(p.carrier, "{}", p.secret, 1))
				out := copyOf(t, in)
				if way.name == "in base64" {
					out = decodedWords(out)
				}
				if piece := survives(p.secret, out); piece != "" {
					t.Errorf("%s, %s: %q survives:\n%s\n%s", p.name, way.name, piece, in, out)
				}
				if twice := copyOf(t, copyOf(t, in)); twice != copyOf(t, in) {
					t.Errorf("%s, %s: a copy of the copy differs:\n%s\n%s", p.name, way.name, copyOf(t, in), twice)
				}
			}
		}
	}
	if len(kinds) < 40 {
		t.Errorf("only %d kinds are planted", len(kinds))
	}
	t.Logf("%d kinds, carried in %d ways", len(kinds), len(ways))
}

// decodedWords is a text with what base64 it holds beside it in the clear.
func decodedWords(text string) string {
	var b strings.Builder
	b.WriteString(text)
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return r == '"' || r == ' ' }) {
		if d, err := decodeBase64(w); err == nil {
			fmt.Fprintf(&b, "\n%s", d)
		}
	}
	return b.String()
}

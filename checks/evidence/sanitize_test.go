package evidence

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"runtime"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
)

// TestSanitizeRelations: what was equal stays equal, what differed by a sign
// differs by that sign.
func TestSanitizeRelations(t *testing.T) {
	const app, tenant = "6c8a1f0e-9d3b-4f27-8a55-0d1e2f3a4b5c", "0c2d7e91-5b4a-4c38-9f10-a1b2c3d4e5f6"
	word := func(in string) string {
		return strings.TrimSuffix(strings.TrimPrefix(copyOf(t, "x "+in+" x"), "x "), " x")
	}
	same := func(a, b string) {
		t.Helper()
		if a != b {
			t.Errorf("%q and %q should be equal", a, b)
		}
	}
	g := word(app)
	if g == app || len(g) != 36 || g[14] != '4' || !isGUID(g) {
		t.Errorf("%s became %s", app, g)
	}
	same(strings.ToUpper(g), word(strings.ToUpper(app)))
	same("{"+g+"}", word("{"+app+"}"))
	same(strings.ReplaceAll(g, "-", ""), word(strings.ReplaceAll(app, "-", "")))
	same("client_id="+g+"&client_secret="+g+"&x=1", word("client_id="+app+"&client_secret="+app+"&x=1"))
	same("https://login.microsoftonline.com/"+g+"/oauth2/v2.0/token?client_id="+g, word("https://login.microsoftonline.com/"+app+"/oauth2/v2.0/token?client_id="+app))
	if word(app) == word(tenant) {
		t.Error("two ids became one")
	}
	same(g[:20]+"\n"+g[20:], word(app[:20]+"\n"+app[20:]))
	reply := word("https://portal.contoso.com:8443/Signin-oidc")
	same(reply+"/", word("https://portal.contoso.com:8443/Signin-oidc/"))
	same(strings.Replace(reply, "https", "http", 1), word("http://portal.contoso.com:8443/Signin-oidc"))
	same(strings.Replace(reply, "8443", "443", 1), word("https://portal.contoso.com:443/Signin-oidc"))
	same(strings.Replace(reply, "Signin", "signin", 1), word("https://portal.contoso.com:8443/signin-oidc"))
	same("redirect_uri="+strings.NewReplacer(":", "%3A", "/", "%2F").Replace(reply)+"&x=1", word("redirect_uri=https%3A%2F%2Fportal.contoso.com%3A8443%2FSignin-oidc&x=1"))

	mail := word("adele.vance@contoso.com")
	name, domain, _ := strings.Cut(mail, "@")
	org := strings.TrimSuffix(domain, ".com")
	same(org+".onmicrosoft.com", word("contoso.onmicrosoft.com"))
	same("https://"+org+".sharepoint.com/", word("https://contoso.sharepoint.com/"))
	same("https://"+org+"-my.sharepoint.com/personal/"+strings.ReplaceAll(name, ".", "_")+"_"+org+"_com/Documents", word("https://contoso-my.sharepoint.com/personal/adele_vance_contoso_com/Documents"))
	same(name+"_"+domain+"#EXT#@"+org+".onmicrosoft.com", word("adele.vance_contoso.com#EXT#@contoso.onmicrosoft.com"))
	same(strings.ReplaceAll(mail, "@", "%40"), word("adele.vance%40contoso.com"))
	same(strings.ToLower(mail), strings.ToLower(word("Adele.Vance@Contoso.com")))
	same(name+"@outlook.com", word("adele.vance@outlook.com"))
}

// TestSanitizeKeeps: what is the same for everybody stays.
func TestSanitizeKeeps(t *testing.T) {
	for _, in := range []string{
		"00000000-0000-0000-0000-000000000000", consumerTenant, "11111111-2222-3333-4444-555555555555",
		"https://graph.microsoft.com/v1.0/users?$filter=startswith(displayName,'A')", "https://login.microsoftonline.com/organizations/oauth2/v2.0/token", "https://sts.windows.net/", "http://localhost:3000/auth", "127.0.0.1:8080", "http://169.254.169.254/metadata/identity/oauth2/token",
		"api://AzureADTokenExchange", "AADSTS50076: Due to a configuration change made by your administrator", "Authorization_RequestDenied", "DeviceManagementConfiguration.ReadWrite.All",
		"user-agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.6099.71", "manager@odata.bind", "2026-11-21T08:00:00.1234567Z", "at Microsoft.Graph.Users.Item.Messages.MessagesRequestBuilder.GetAsync(Action`1 requestConfiguration)",
		`{"displayName": "Global Reader Policy"}`, `client_secret=***&client_secret=$SECRET&password=<password>`, "Authorization: Bearer eyJ0eXAi...", "password is wrong", "Bearer realm=\"\", client_id=\"x\"",
		`claims="eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwgInZhbHVlIjoiMTYwNDEwNjY1MSJ9fX0="`,
	} {
		want := in
		if strings.HasSuffix(in, "eyJ0eXAi...") {
			want = strings.Replace(in, "eyJ0eXAi", "***", 1)
		}
		if got := copyOf(t, in+"\n"); got != want+"\n" && got != in+"\n" {
			t.Errorf("%q became %q", in, got)
		}
	}
	const id = "9e0b7f4d-02f1-4a53-8b6e-3b6f3b1c2d4e"
	var out bytes.Buffer
	if _, err := Sanitize(strings.NewReader(strings.ToUpper(id)), &out, SanitizeOptions{Known: func(s string) bool { return s == id }}); err != nil || out.String() != strings.ToUpper(id) {
		t.Errorf("a known id became %q, %v", out.String(), err)
	}
}

// TestSanitizePersons: nothing that tells a person survives, however carried.
func TestSanitizePersons(t *testing.T) {
	for _, p := range []struct{ carrier, private string }{
		{"{}", "isaiah.langer@contoso.com"}, {"user {} failed", "isaiah@sub.contoso.co.uk"}, {"GET https://graph.microsoft.com/v1.0/users/{}/messages", "ilanger@contoso.com"},
		{"login_hint={}&x=1", "isaiah%40contoso.com"}, {`"upn":"{}"`, `isaiah\u0040contoso.com`}, {`{"userPrincipalName": "{}"}`, "Isaiah_Langer@contoso.onmicrosoft.com"},
		{`{"userDisplayName": "{}"}`, "Isaiah Langer"}, {`{"displayName": "{}", "mail": null}`, "Isaiah Langer"}, {`{"givenName": "{}"}`, "Isaiah"}, {"surname : {}", "Langer"}, {`{"emailAddress": {"name": "{}", "address": "x@contoso.com"}}`, "Langer, Isaiah"},
		{"From: {} <isaiah@contoso.com>", "Isaiah Langer"}, {`{"userDisplayName": "Łukasz Żółć"} and {} said`, "Łukasz Żółć"}, {`{"displayName": "{}"}`, "山田 太郎子"},
		{"client {} refused", "20.190.129.34"}, {`"ipAddress":"{}"`, "2603:1026:c03:601e::5"}, {"from [{}]:443", "2a01:111:f402:f04e::109"}, {"X-Forwarded-For: {}, 1.1.1.9", "93.184.216.34"},
		{"call {} now", "+44 20 7946 0958"}, {`"mobilePhone": "{}"`, "(425) 555-0109"}, {`"businessPhones": ["{}"]`, "+1 425 555 0109"},
		{`C:\Users\{}\AppData\Local`, "ilanger"}, {`"C:\\Users\\{}\\source"`, "ilanger"}, {"/home/{}/app.py", "ilanger"}, {"file:///Users/{}/x", "ilanger"}, {"{}@build7:~/src$ curl x", "ilanger"},
		{`"onPremisesSamAccountName": "{}"`, "ilanger"}, {"S-1-5-21-{}-1104", "1004336348-1177238915-682003330"}, {`"streetAddress": "{}"`, "9256 Towne Center"},
		{"https://contoso-my.sharepoint.com/personal/{}/Documents", "ilanger_contoso_com"}, {"$filter=displayName eq '{}'", "Isaiah Langer"}, {`{"typ": "name", "val": "{}"}`, "Isaiah Langer"},
		{"tenant {} here", "contoso.onmicrosoft.com"}, {"https://{}/sites/hr", "contoso.sharepoint.com"}, {"oid {}", "4f3c2b1a-90ab-4cde-8f01-23456789abcd"},
	} {
		for _, way := range ways {
			in := way.wrap(strings.Replace(p.carrier, "{}", p.private, 1))
			out := copyOf(t, in)
			if way.name == "in base64" {
				out = decodedWords(out)
			}
			if way.name == "percent-encoded" && strings.ContainsAny(p.private, " %\\():") {
				continue // names and numbers are recognised in the clear
			}
			if strings.Contains(out, p.private) || !strings.ContainsAny(p.private, " +()") && strings.Contains(strings.ToLower(out), strings.ToLower(p.private)) {
				t.Errorf("%s: %q survives:\n%s\n%s", way.name, p.private, in, out)
			}
		}
	}
}

// TestSanitizeTokens: a token's stand-in is of the same type, with the same
// flaw, the same notes and the same claims but for persons and ids.
func TestSanitizeTokens(t *testing.T) {
	whole := Mint(map[string]any{"aud": "https://graph.microsoft.com", "iss": "https://sts.windows.net/0c2d7e91-5b4a-4c38-9f10-a1b2c3d4e5f6/", "iat": 1763712000, "nbf": 1763712000, "exp": 1763715600, "scp": "Mail.Read User.Read", "roles": []string{"Mail.Read"},
		"wids": []string{"b79fbf4d-3ef9-4689-8143-76b194e85509"}, "idtyp": "user", "ver": "1.0", "acrs": []string{"c1"}, "amr": []string{"pwd", "mfa"}, "xms_cc": []string{"cp1"}, "acct": 0, "appid": "6c8a1f0e-9d3b-4f27-8a55-0d1e2f3a4b5c", "tid": "0c2d7e91-5b4a-4c38-9f10-a1b2c3d4e5f6",
		"oid": "4f3c2b1a-90ab-4cde-8f01-23456789abcd", "sub": "4f3c2b1a-90ab-4cde-8f01-23456789abcd", "name": "Al Bo", "upn": "al@contoso.com", "ipaddr": "1.2.3.4", "uti": "q3Zf0mB1TkWvK2xJ8yP6uA", "rh": "0.AXoAkX4tDEpbOEyfEKGyw9Tl9gMAAAAAAAAAwAAAAAAAAAB6AAA."})
	parts := strings.Split(whole, ".")
	wrapped := parts[0] + ".\n" + parts[1]
	for i := 76; i < len(wrapped); i += 77 {
		wrapped = wrapped[:i] + "\n" + wrapped[i:]
	}
	for name, in := range map[string]string{
		"whole": whole, "header": "Authorization: Bearer " + whole, "bearer twice": "Authorization: Bearer Bearer " + whole, "quoted": `Authorization: Bearer "` + whole + `"`,
		"percent-encoded": strings.ReplaceAll(whole, ".", "%2E"), "no signature": parts[0] + "." + parts[1] + ".", "two parts": parts[0] + "." + parts[1], "cut in the signature": whole[:len(whole)-100],
		"cut in the payload": whole[:len(whole)-400], "cut one later": whole[:len(whole)-401], "cut two later": whole[:len(whole)-402], "cut three later": whole[:len(whole)-403], "payload is no JSON": parts[0] + "." + parts[0][3:] + "." + parts[2],
		"four parts": whole + "." + parts[2], "bad signature": parts[0] + "." + parts[1] + "." + parts[2][:30] + "!" + parts[2][30:], "broken lines": parts[0][:60] + "\n" + parts[0][60:] + "." + parts[1] + "." + parts[2], "lines of 76": "Authorization: Bearer " + wrapped + "." + parts[2],
		"encrypted": "Authorization: Bearer " + parts[0] + "." + parts[2] + "." + parts[2][:22] + "." + parts[2] + "." + parts[2][:22], "ticket": "Authorization: Bearer EwB4" + strings.Repeat("A8l6BAAUkj1N", 40), "code": "code=0.AXoA" + parts[2], "refresh token": "refresh_token=1.AXoA" + parts[2] + parts[2], "refresh": "refresh_token=M.C5" + parts[2] + "!x",
	} {
		t.Run(name, func(t *testing.T) {
			out := copyOf(t, in)
			a, b := tokensOf(in), tokensOf(out)
			if d := cmp.Diff(a, b); d != "" || len(a) == 0 {
				t.Errorf("the tokens differ (-original +copy), %d of them:\n%s", len(a), d)
			}
			if strings.Contains(out, parts[2][:12]) || strings.Contains(out, parts[2][len(parts[2])-12:]) {
				t.Error("the signature survives")
			}
			if strings.Count(in, "\n") != strings.Count(out, "\n") {
				t.Errorf("%d lines became %d", strings.Count(in, "\n"), strings.Count(out, "\n"))
			}
			if again := copyOf(t, out); again != out {
				t.Errorf("a copy of the copy differs:\n%s\n%s", out, again)
			}
		})
	}
}

// tokensOf describes the tokens and secrets of a text by what a diagnosis goes by.
func tokensOf(text string) (out []string) {
	if t := bareToken(text); t != nil {
		out = append(out, fmt.Sprintf("alone %v %q %q", t.Type, t.Flaw, t.Notes))
	}
	v := newVault()
	v.seal(text)
	for _, t := range v.tokens {
		line := fmt.Sprintf("%v flaw %q notes %q alg %v", t.Type, t.Flaw, t.Notes, t.Header["alg"])
		for _, c := range []string{"aud", "iat", "nbf", "exp", "scp", "roles", "wids", "idtyp", "ver", "acrs", "amr", "xms_cc", "acct"} {
			line += " " + c + "=" + t.Str(c)
		}
		line += fmt.Sprintf(" oid is sub: %v, issuer is tenant's: %v", t.Str("oid") == t.Str("sub"), strings.Contains(t.Str("iss"), t.Str("tid")))
		out = append(out, line)
	}
	for _, s := range v.secrets {
		out = append(out, s.name+": "+s.shape)
	}
	return out
}

// TestSanitizeShape: JSON stays JSON with the same members, line by line or whole.
func TestSanitizeShape(t *testing.T) {
	documents := 0
	for _, in := range append(seeds(t), `{"log":{"version":"1.2","entries":[{"request":{"headers":[{"name":"Cookie","value":"a=\"q\\\\x\"; b=ü\u00e9\n"}],"cookies":[{"name":"a","value":"1\u002b2"}]}}]}}`) {
		out := copyOf(t, in)
		ins, outs := []string{in}, []string{out}
		if !json.Valid([]byte(in)) {
			ins, outs = strings.Split(in, "\n"), strings.Split(out, "\n")
		}
		if len(ins) != len(outs) {
			t.Errorf("%d lines became %d:\n%s", len(ins), len(outs), in)
			continue
		}
		for i := range ins {
			if len(ins[i]) < 10 || !json.Valid([]byte(ins[i])) {
				continue
			}
			documents++
			if d := cmp.Diff(outlineOf(ins[i]), outlineOf(outs[i])); d != "" {
				t.Errorf("the structure changed:\n%s\n%s", ins[i], d)
			}
		}
	}
	if documents < 100 {
		t.Errorf("only %d documents were compared", documents)
	}
}

// outlineOf is a document's structure: members and the kinds of values.
func outlineOf(text string) any {
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return err.Error()
	}
	var walk func(v any) any
	walk = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			for k, x := range v {
				v[k] = walk(x)
			}
			return v
		case []any:
			for i, x := range v {
				v[i] = walk(x)
			}
			return v
		case string:
			return "text"
		case float64:
			return "number"
		}
		return v
	}
	return walk(v)
}

// TestSanitizeChunks: the copy does not depend on where a stream is cut.
func TestSanitizeChunks(t *testing.T) {
	var all strings.Builder
	r := rand.New(rand.NewSource(1))
	for _, s := range seeds(t) {
		all.WriteString(s + "\n")
	}
	for _, p := range plant(r) {
		all.WriteString(strings.Replace(p.carrier, "{}", p.secret, 1) + "\n")
	}
	in := all.String()
	var want bytes.Buffer
	if _, err := sanitizeChunks(strings.NewReader(in), &want, SanitizeOptions{Key: testKey}, 64<<20); err != nil {
		t.Fatal(err)
	}
	for _, chunk := range []int{48 << 10, 100_000, 300_000} {
		var got bytes.Buffer
		if _, err := sanitizeChunks(strings.NewReader(in), &got, SanitizeOptions{Key: testKey}, chunk); err != nil {
			t.Fatal(err)
		}
		a, b := strings.Split(want.String(), "\n"), strings.Split(got.String(), "\n")
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				t.Fatalf("pieces of %d: line %d differs:\n%.300s\n%.300s", chunk, i+1, a[i], b[i])
			}
		}
		if len(a) != len(b) {
			t.Errorf("pieces of %d: %d lines, want %d", chunk, len(b), len(a))
		}
	}
}

func TestSanitizeEncodings(t *testing.T) {
	const text = "Authorization: Basic c3ZjOlBhJCR3MHJkNzc=\r\nuser adele@contoso.com\r\n"
	want := copyOf(t, text)
	if strings.Contains(want, "adele") || strings.Contains(want, "c3Zj") || !strings.Contains(want, "\r\n") {
		t.Fatalf("the plain copy is %q", want)
	}
	units := utf16.Encode([]rune("\ufeff" + text))
	var little, zipped, zst bytes.Buffer
	_ = binary.Write(&little, binary.LittleEndian, units)
	var big bytes.Buffer
	_ = binary.Write(&big, binary.BigEndian, units)
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	zw, _ := zstd.NewWriter(&zst)
	_, _ = zw.Write([]byte(text))
	_ = zw.Close()
	for name, in := range map[string]string{"UTF-16 little": little.String(), "UTF-16 big": big.String(), "gzip": zipped.String(), "zstd": zst.String(), "UTF-8 with a mark": "\ufeff" + text} {
		if got := copyOf(t, in); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := copyOf(t, "caf\xe9 adele@contoso.com"); !strings.HasPrefix(got, "café ") {
		t.Errorf("Latin-1 became %q", got)
	}
	if _, err := Sanitize(strings.NewReader("\x00\x01\x02binary"), io.Discard, SanitizeOptions{}); err == nil {
		t.Error("binary data was taken for text")
	}
	if _, err := Sanitize(strings.NewReader(""), io.Discard, SanitizeOptions{}); !errors.Is(err, ErrEmpty) {
		t.Errorf("nothing to copy: %v", err)
	}
}

// endless makes a stream of n bytes of a repeated text, without keeping it.
type endless struct {
	text string
	at   int
	left int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := 0
	for n < len(p) && n < e.left {
		k := copy(p[n:min(len(p), e.left)], e.text[e.at:])
		n += k
		e.at = (e.at + k) % len(e.text)
	}
	e.left -= n
	return n, nil
}

// peak counts what is written and watches the heap.
type peak struct {
	n, heap uint64
}

func (p *peak) Write(b []byte) (int, error) {
	if p.n>>22 != (p.n+uint64(len(b)))>>22 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		p.heap = max(p.heap, m.HeapInuse)
	}
	p.n += uint64(len(b))
	return len(b), nil
}

// TestSanitizeMemory: memory is bounded for a log, for one endless line and for
// one endless word.
func TestSanitizeMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 36 MB")
	}
	token := Mint(map[string]any{"aud": "https://graph.microsoft.com", "upn": "adele@contoso.com"})
	for name, text := range map[string]string{
		"log":  `{"time":"2026-11-21T08:00:00Z","user":"adele@contoso.com","id":"4f3c2b1a-90ab-4cde-8f01-23456789abcd","auth":"Bearer ` + token + `","url":"https://graph.microsoft.com/v1.0/users/adele%40contoso.com/messages?$top=10"}` + "\n",
		"line": `{"time":"2026-11-21T08:00:00Z","user":"adele@contoso.com","cookie":"a=x7Gh2kQ9"},`,
		"word": "aB3dE5gH7jK9mN1p",
	} {
		p := &peak{}
		size := 12 << 20
		if _, err := Sanitize(&endless{text: text, left: size}, p, SanitizeOptions{Key: testKey}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if p.n < uint64(size) || p.n > uint64(size)*2 {
			t.Errorf("%s: %d bytes became %d", name, size, p.n)
		}
		t.Logf("%s: heap at most %d MiB", name, p.heap>>20)
		if p.heap > 64<<20 {
			t.Errorf("%s: the heap grew to %d MiB", name, p.heap>>20)
		}
	}
}

// TestSanitizeMap: the sender's list holds ids and persons, no secret.
func TestSanitizeMap(t *testing.T) {
	in := "adele@contoso.com adele@contoso.com 4f3c2b1a-90ab-4cde-8f01-23456789abcd client_secret=Qx78Q~abcdefghij0123456789klmnop"
	var out bytes.Buffer
	m, err := Sanitize(strings.NewReader(in), &out, SanitizeOptions{Key: testKey, Keep: true})
	if err != nil {
		t.Fatal(err)
	}
	back := out.String()
	for _, p := range m.Pairs {
		back = strings.ReplaceAll(back, p.StandIn, p.Original)
	}
	if !strings.HasPrefix(back, "adele@contoso.com adele@contoso.com 4f3c2b1a-90ab-4cde-8f01-23456789abcd client") || strings.Contains(back, "abcdefghij") {
		t.Errorf("the list leads back to %q", back)
	}
	if len(m.Pairs) != 2 || m.Replaced["secret"] != 1 {
		t.Errorf("the list is %+v", m)
	}
	m, _ = Sanitize(strings.NewReader(in), io.Discard, SanitizeOptions{Key: testKey, Keep: true, MaxPairs: 1})
	if len(m.Pairs) != 1 || m.Dropped == 0 {
		t.Errorf("a full list has %d pairs and %d dropped", len(m.Pairs), m.Dropped)
	}
	other, _ := Sanitize(strings.NewReader(in), &out, SanitizeOptions{})
	if len(other.Key) < 16 || bytes.Equal(other.Key, testKey) {
		t.Error("no new key was taken")
	}
}

// FuzzSanitize: it ends, does not grow beyond measure, leaves no planted secret
// and changes nothing the second time.
func FuzzSanitize(f *testing.F) {
	for _, s := range seeds(f) {
		if len(s) < 8_000 {
			f.Add(s, uint16(len(s)/2))
		}
	}
	for i, p := range plant(rand.New(rand.NewSource(3))) {
		f.Add(strings.Replace(p.carrier, "{}", p.secret, 1), uint16(i))
	}
	r := rand.New(rand.NewSource(4))
	token := Mint(map[string]any{"aud": "https://graph.microsoft.com", "name": "Isaiah Langer", "upn": "ilanger@contoso.com"})
	token = token[:strings.LastIndexByte(token, '.')+1]
	signature, secret := random(r, base62, 342), random(r, base62, 3)+"8Q~"+random(r, base62, 34)
	f.Fuzz(func(t *testing.T, in string, at uint16) {
		if _, err := Sanitize(strings.NewReader(in), io.Discard, SanitizeOptions{}); err != nil {
			return // binary, or a broken compression
		}
		once := copyOf(t, in)
		if looksBinary([]byte(once)) {
			return // so many characters that no text has: it was about to be refused
		}
		if len(once) > 8*len(in)+256 {
			t.Fatalf("%d bytes became %d", len(in), len(once))
		}
		if json.Valid([]byte(in)) && !json.Valid([]byte(once)) {
			t.Fatalf("it is JSON no more:\n%s\n%s", in, once)
		}
		if twice := copyOf(t, once); twice != once {
			t.Fatalf("a copy of the copy differs:\n%q\n%q\n%q", in, once, twice)
		}
		k := cutRune(in, min(int(at), len(in)))
		planted := in[:k] + "\nAuthorization: Bearer " + token + signature + "\nclient_secret=" + secret + "\n" + in[k:]
		out := copyOf(t, planted)
		if p := survives(signature, out) + survives(secret, out); p != "" {
			t.Fatalf("%q survives in\n%q", p, out)
		}
	})
}

// Names in a person's column are replaced below a caption too, and the column's
// own name stays.
func TestSanitizeBelowCaption(t *testing.T) {
	const in = "Sign-in log\n\nDate,Request ID,User,Status\n2026-11-20,a1,Lee Gu,Failure\n"
	var out strings.Builder
	if _, err := Sanitize(strings.NewReader(in), &out, SanitizeOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.Contains(got, "Lee") || !strings.HasPrefix(got, "Sign-in log\n\nDate,Request ID,User,Status\n2026-11-20,a1,") {
		t.Errorf("the copy is\n%s", got)
	}
}

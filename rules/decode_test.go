package rules

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
	"pgregory.net/rapid"
)

// tokenOf reads one token as the command does.
func tokenOf(t interface{ Fatalf(string, ...any) }, text string) *evidence.Token {
	for c := range evidence.Read(context.Background(), evidence.Input{Name: "-", Reader: strings.NewReader(text)}) {
		if c != nil && c.Token != nil {
			return c.Token
		}
	}
	t.Fatalf("no token was found")
	return nil
}

var userClaims = map[string]any{
	"aud": "https://graph.microsoft.com", "iss": "https://sts.windows.net/489be1c4-245e-4b80-810f-d8f6d0e18672/", "tid": "489be1c4-245e-4b80-810f-d8f6d0e18672",
	"appid": "04b07795-8ddb-461a-bbee-02f9e1bf7b46", "app_displayname": "a name that the table knows better", "appidacr": "0", "oid": "11111111-aaaa-4bbb-8ccc-222222222222",
	"scp": "Mail.Read openid Directory.ReadWrite.All Foo.Bar", "roles": []any{"Approver"}, "ver": "1.0", "iat": 1795226400, "nbf": 1795226340, "exp": 1795231400,
	"wids": []any{"62e90394-69f5-4237-9190-012177145e10", "b79fbf4d-3ef9-4689-8143-76b194e85509", "99999999-69f5-4237-9190-012177145e10"},
	"upn":  "adele@contoso.com", "name": "Adele Vance", "ipaddr": "203.0.113.7", "acct": 0, "amr": []any{"pwd", "mfa"}, "xms_tcdt": 1395226400, "uti": "yvK8mHc9lUqVn0sYz1oBAA",
	"aio": "E2ZgYGBgYJiTK3d1ghsE2ZgYGBgYJiTK3d1ghs", "zeta": map[string]any{"a": 1}, "alpha": true,
}

func TestDecodeUser(t *testing.T) {
	d := Decode(tokenOf(t, evidence.Mint(userClaims)))
	want := checks.Decoded{
		Type: "access token", About: "lets the app call the API that aud names", Readable: true, Place: evidence.Place{File: "-", Line: 1}, Version: "1.0",
		Kind: "delegated", KindBy: "scp", Cloud: checks.DecodedName{ID: "global", Name: "AzurePublicCloud"}, CloudBy: "aud",
		Issuer: "https://sts.windows.net/489be1c4-245e-4b80-810f-d8f6d0e18672/", Tenant: checks.DecodedName{ID: "489be1c4-245e-4b80-810f-d8f6d0e18672"},
		Audience: checks.DecodedName{ID: "https://graph.microsoft.com", Name: "Microsoft Graph"}, AudienceID: graphID,
		App: checks.DecodedName{ID: "04b07795-8ddb-461a-bbee-02f9e1bf7b46", Name: "Microsoft Azure CLI", Note: "Microsoft's own client"}, AppProof: "nothing: a public client",
		Object: "11111111-aaaa-4bbb-8ccc-222222222222",
		Permissions: []checks.DecodedPermission{
			{Name: "Mail.Read", Known: true, Level: catalog.Level("Mail.Read", catalog.Delegated)}, {Name: "openid", Known: true},
			{Name: "Directory.ReadWrite.All", Known: true, AdminConsent: true, Level: catalog.Level("Directory.ReadWrite.All", catalog.Delegated)}, {Name: "Foo.Bar"},
		},
		AppRoles: []string{"Approver"},
		Roles: []checks.DecodedRole{{ID: "62e90394-69f5-4237-9190-012177145e10", Name: "Global Administrator", Privileged: true},
			{ID: "b79fbf4d-3ef9-4689-8143-76b194e85509", Implicit: true, Note: "not an admin role; user tokens carry it"}, {ID: "99999999-69f5-4237-9190-012177145e10"}},
		Issued: time.Unix(1795226400, 0).UTC(), ValidFrom: time.Unix(1795226340, 0).UTC(), Expires: time.Unix(1795231400, 0).UTC(),
		Header: []checks.DecodedClaim{{Name: "alg", Value: "RS256", Meaning: "signature algorithm"}, {Name: "kid", Value: "(not shown: 27 characters)", Meaning: "signing key id"},
			{Name: "typ", Value: "JWT", Meaning: "kind of token; at+jwt or absent elsewhere"}},
		Person: []checks.DecodedClaim{{Name: "name", Value: "Adele Vance", Meaning: "display name"}, {Name: "upn", Value: "adele@contoso.com", Meaning: "user principal name"},
			{Name: "acct", Value: "0", Meaning: "member 0, guest 1"}, {Name: "ipaddr", Value: "203.0.113.7", Meaning: "address at sign-in"}},
		Claims: []checks.DecodedClaim{
			{Name: "aio", Value: "(not shown: 38 characters)", Meaning: "reuse bookkeeping"}, {Name: "alpha", Value: "true"},
			{Name: "amr", Values: []string{"pwd", "mfa"}, Meaning: "methods used at sign-in"}, {Name: "uti", Value: "yvK8mHc9lUqVn0sYz1oBAA", Meaning: "token id, as jti"},
			{Name: "xms_tcdt", Value: "2014-03-19T10:53:20Z", Meaning: "tenant creation time"}, {Name: "zeta", Value: `{"a":1}`},
		},
	}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeKinds(t *testing.T) {
	guid := "11111111-2222-3333-4444-555555555555"
	with := func(kv ...any) map[string]any {
		m := map[string]any{"aud": graphID, "iss": "https://sts.windows.net/" + guid + "/", "appid": guid, "app_displayname": "Night job"}
		for i := 0; i < len(kv); i += 2 {
			m[kv[i].(string)] = kv[i+1]
		}
		return m
	}
	for name, c := range map[string]struct {
		claims map[string]any
		got    func(checks.Decoded) any
		want   any
	}{
		"application":          {with("idtyp", "app", "roles", []any{"Mail.Read"}), func(d checks.Decoded) any { return d.Kind + " by " + d.KindBy }, "application by idtyp"},
		"its permissions":      {with("idtyp", "app", "roles", []any{"Mail.Read"}), func(d checks.Decoded) any { return d.Permissions[0].Known && d.Permissions[0].AdminConsent }, true},
		"of another API":       {with("aud", "https://management.azure.com", "scp", "user_impersonation"), func(d checks.Decoded) any { return d.Audience.Name }, "Azure Resource Manager"},
		"permissions there":    {with("aud", "https://management.azure.com", "scp", "Mail.Read"), func(d checks.Decoded) any { return d.Permissions[0].Known }, false},
		"a name of its own":    {with(), func(d checks.Decoded) any { return d.App.Name + d.App.Note }, "Night job"},
		"a certificate":        {with("appidacr", "2"), func(d checks.Decoded) any { return d.AppProof }, "a certificate or another signed assertion"},
		"version 2":            {with("appidacr", nil, "azpacr", "1"), func(d checks.Decoded) any { return d.AppProof }, "a client secret"},
		"tenant of the issuer": {with(), func(d checks.Decoded) any { return d.Tenant.ID }, guid},
		"personal accounts":    {with("tid", consumerTenant), func(d checks.Decoded) any { return d.Tenant.Name }, "personal Microsoft accounts"},
		"either cloud":         {with(), func(d checks.Decoded) any { return d.Cloud.Name }, "global or US Government"},
		"government by region": {with("tenant_region_scope", "USGov"), func(d checks.Decoded) any { return d.Cloud.ID + " by " + d.CloudBy }, "usgov-l4 by tenant_region_scope"},
		"defence by region":    {with("tenant_region_scope", "USG", "tenant_region_sub_scope", "DOD"), func(d checks.Decoded) any { return d.Cloud.ID }, "usgov-l5"},
		"government by aud":    {with("aud", "https://graph.microsoft.us/"), func(d checks.Decoded) any { return d.Cloud.ID + " by " + d.CloudBy }, "usgov-l4 by aud"},
		"China by iss":         {with("iss", "https://sts.chinacloudapi.cn/"+guid+"/"), func(d checks.Decoded) any { return d.Cloud.ID + " by " + d.CloudBy }, "china by iss"},
		"global by iss v2":     {with("iss", "https://login.microsoftonline.com/"+guid+"/v2.0"), func(d checks.Decoded) any { return d.Cloud.ID + " by " + d.CloudBy }, "global by iss"},
		"for the app itself":   {with("aud", guid), func(d checks.Decoded) any { return d.Audience.Note }, "the app itself"},
		"a retired API":        {with("aud", "https://graph.windows.net"), func(d checks.Decoded) any { return d.Audience.Note != "" }, true},
		"an empty list":        {with("amr", []any{}), func(d checks.Decoded) any { return fmt.Sprint(d.Claims) }, fmt.Sprint([]checks.DecodedClaim{{Name: "amr", Values: []string{}, Meaning: "methods used at sign-in"}})},
	} {
		for k, v := range c.claims {
			if v == nil {
				delete(c.claims, k)
			}
		}
		if got := c.got(Decode(tokenOf(t, evidence.Mint(c.claims)))); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestDecodeOtherTypes(t *testing.T) {
	whole := evidence.Mint(userClaims)
	parts := strings.Split(whole, ".")
	for name, c := range map[string]struct {
		text, kind string
		flaw       bool
	}{
		"personal account": {"EwBwA8l6BAAU" + strings.Repeat("aZ09", 30), "opaque ticket of a personal account", false},
		"cut off":          {parts[0] + "." + parts[1][:40], "malformed token", true},
		"encrypted":        {strings.Join([]string{parts[0], "aGVhZGVy", "aXY", parts[1], "dGFn"}, "."), "encrypted token (JWE)", false},
		"ID token":         {evidence.Mint(map[string]any{"aud": "11111111-2222-3333-4444-555555555555", "nonce": "abc", "iss": "https://login.microsoftonline.com/common/v2.0", "preferred_username": "adele@contoso.com"}), "ID token", false},
	} {
		d := Decode(tokenOf(t, "Bearer "+c.text))
		if d.Type != c.kind || (d.Flaw != "") != c.flaw || d.About == "" || len(d.Stripped) == 0 {
			t.Errorf("%s: %q, flaw %q, about %q, stripped %q", name, d.Type, d.Flaw, d.About, d.Stripped)
		}
	}
	if d := Decode(nil); d.Type != "" {
		t.Errorf("no token: %+v", d)
	}
	for i := evidence.TokenAccess; i <= evidence.TokenMalformed; i++ {
		if tokenAbout[i] == "" {
			t.Errorf("%s: nothing says what it is for", i)
		}
	}
}

// Ids are random, and told: they are compared with logs and key sets. One that
// is a piece of the token itself is not.
func TestDecodeIDs(t *testing.T) {
	head := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","kid":"nOo3ZDrODXEK1jKWhXslHR_KXEg","nonce":"q9Lm2VbK0s7Xz4Tn8Rw1Yc6Hd3Jf5Pg"}`))
	parts := strings.Split(evidence.Mint(userClaims), ".")
	d := Decode(tokenOf(t, head+"."+parts[1]+"."+parts[2]))
	want := []checks.DecodedClaim{{Name: "alg", Value: "RS256", Meaning: "signature algorithm"}, {Name: "kid", Value: "nOo3ZDrODXEK1jKWhXslHR_KXEg", Meaning: "signing key id"},
		{Name: "nonce", Value: "(not shown: 31 characters)", Meaning: "Graph access tokens only: hash trick that makes third-party signature checks fail"}}
	if diff := cmp.Diff(want, d.Header); diff != "" {
		t.Error(diff)
	}
	d = Decode(tokenOf(t, evidence.Mint(userClaims))) // its kid is a piece of its signature
	if kid := d.Header[1]; kid.Name != "kid" || kid.Value != "(not shown: 27 characters)" {
		t.Errorf("a piece of the signature is told: %+v", kid)
	}
}

// Every claim is told exactly once.
func TestDecodeTellsEachClaimOnce(t *testing.T) {
	d := Decode(tokenOf(t, evidence.Mint(userClaims)))
	var told []string
	for _, c := range slices.Concat(d.Person, d.Claims) {
		told = append(told, c.Name)
	}
	for name := range userClaims {
		n := 0
		for _, x := range told {
			if x == name {
				n++
			}
		}
		if own := slices.Contains(toldClaims, name); own && n != 0 || !own && n != 1 {
			t.Errorf("%s is told %d times; has a field of its own: %v", name, n, own)
		}
	}
}

// Secrets are never told: neither the token (whole or in pieces), nor another
// token or a secret that stands in one of its claims.
func TestDecodeKeepsSecrets(t *testing.T) {
	names := rapid.SampledFrom([]string{"sub", "uti", "kid", "name", "upn", "aud", "iss", "scp", "roles", "wids", "appid", "app_displayname", "oid", "tid", "ver", "appidacr", "own", "aio", "login_hint", "xms_tcdt", "exp"})
	rapid.Check(t, func(t *rapid.T) {
		inner := evidence.Mint(map[string]any{"aud": graphID, "name": "Other Person", "n": rapid.Int().Draw(t, "n")})
		claims := map[string]any{"aud": "https://graph.microsoft.com", "scp": "User.Read", "exp": 1795231400}
		name := names.Draw(t, "claim")
		switch rapid.IntRange(0, 3).Draw(t, "how") {
		case 0:
			claims[name] = inner
		case 1:
			claims[name] = []any{"a", "Bearer " + inner}
		case 2:
			claims[name] = map[string]any{"access_token": inner}
		case 3:
			claims["assertion "+inner] = "x"
		}
		token := evidence.Mint(claims)
		var b bytes.Buffer
		d := Decode(tokenOf(t, token))
		if err := json.NewEncoder(&b).Encode(d); err != nil {
			t.Fatal(err)
		}
		for _, secret := range slices.Concat(strings.Split(token, ".")[1:], strings.Split(inner, ".")[1:]) {
			for i := 0; i+20 <= len(secret); i++ {
				if strings.Contains(b.String(), secret[i:i+20]) {
					t.Fatalf("%s of a token is told: %s", secret[i:i+20], b.String())
				}
			}
		}
	})
}

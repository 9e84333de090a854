package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/graphdoctor/graphdoctor/checks"
)

// decodedUser is a user's token with everything in it.
func decodedUser() checks.Decoded {
	start := testOptions.Now.Add(-85 * time.Minute)
	groups := make([]string, 14)
	for i := range groups {
		groups[i] = fmt.Sprintf("11111111-2222-3333-4444-%012d", i)
	}
	return checks.Decoded{
		Type: "access token", About: "lets the app call the API that aud names", Readable: true, Stripped: []string{`the word "Bearer"`, "line breaks"}, Place: at("token.txt", 3),
		Flaw: "its signature is cut off", Version: "1.0", Kind: "delegated", KindBy: "scp", Cloud: checks.DecodedName{ID: "usgov-l4", Name: "GCCHigh", Note: "a note"}, CloudBy: "aud",
		Issuer: "https://sts.windows.net/489be1c4-245e-4b80-810f-d8f6d0e18672/", Tenant: checks.DecodedName{ID: "489be1c4-245e-4b80-810f-d8f6d0e18672", Name: "Contoso", Note: "home"},
		Audience: checks.DecodedName{ID: "https://graph.microsoft.us", Name: "Microsoft Graph", Note: "live"}, AudienceID: graphAppID,
		App: checks.DecodedName{ID: "04b07795-8ddb-461a-bbee-02f9e1bf7b46", Name: "Microsoft Azure CLI", Note: "Microsoft's own client"}, AppProof: "nothing: a public client",
		Object:      "33333333-2222-3333-4444-555555555555",
		Permissions: []checks.DecodedPermission{{Name: "Mail.Read", Known: true, Level: 2}, {Name: "Directory.ReadWrite.All", Known: true, AdminConsent: true, Level: 4}, {Name: "Foo.Bar"}},
		AppRoles:    []string{"Approver"},
		Roles: []checks.DecodedRole{{ID: "62e90394-69f5-4237-9190-012177145e10", Name: "Global Administrator", Privileged: true}, {ID: "2af84b1e-32c8-42b7-82bc-daa82404023b", Name: "Restricted Guest User", Implicit: true},
			{ID: "b79fbf4d-3ef9-4689-8143-76b194e85509", Implicit: true, Note: "not an admin role; user tokens carry it"}, {ID: "00000000-69f5-4237-9190-012177145e10"}},
		Issued: start, ValidFrom: start, Expires: start.Add(83 * time.Minute),
		Header: []checks.DecodedClaim{{Name: "alg", Value: "RS256", Meaning: "signature algorithm"}, {Name: "x-own", Value: "1"}},
		Person: []checks.DecodedClaim{{Name: "upn", Value: "adele@contoso.com", Meaning: "user principal name"}},
		Claims: []checks.DecodedClaim{{Name: "amr", Values: []string{"pwd", "mfa"}, Meaning: "methods used at sign-in"}, {Name: "groups", Values: groups, Meaning: "group ids"},
			{Name: "xms_own", Value: `{"a":1}`}, {Name: "none", Values: []string{}}},
	}
}

// decodedOpaque is a string without claims.
func decodedOpaque() checks.Decoded {
	return checks.Decoded{Type: "opaque string", About: "nothing in its form tells what it is", Place: at("-", 1)}
}

func decodedWritten(t testing.TB, d checks.Decoded, format string, o Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteDecoded(&b, d, format, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDecodedGolden(t *testing.T) {
	for name, d := range map[string]checks.Decoded{"user": decodedUser(), "opaque": decodedOpaque()} {
		for _, f := range DecodedFormats {
			got := decodedWritten(t, d, f, testOptions)
			path := filepath.Join(goldenDir, "decoded-"+name+"."+f)
			if *update {
				if err := errors.Join(os.MkdirAll(goldenDir, 0o777), os.WriteFile(path, got, 0o666)); err != nil {
					t.Fatal(err)
				}
				continue
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))), string(got)); diff != "" {
				t.Errorf("%s (-golden +now; -update accepts it):\n%s", path, diff)
			}
		}
	}
}

// Every value of a decoded token is told in every form, with --verbose.
func TestDecodedTellsAll(t *testing.T) {
	n := 0
	d := poisonAny(decodedUser(), func(_ int, old string) string {
		if old == "" {
			return ""
		}
		n++
		return fmt.Sprintf("q%dq", n)
	})
	d.Kind = "delegated"
	for _, f := range DecodedFormats {
		o := testOptions
		o.Verbose, o.Width = true, 0
		out := string(decodedWritten(t, d, f, o))
		for i := 1; i <= n; i++ {
			if q := fmt.Sprintf("q%dq", i); !strings.Contains(strings.ToLower(out), q) && !notTold(d, f, q) {
				t.Errorf("%s does not tell %s", f, q)
			}
		}
	}
}

// notTold: Kind has been put back; the id of the audience's app is for machines;
// Markdown names no place.
func notTold(d checks.Decoded, format, q string) bool {
	return !strings.Contains(fmt.Sprintf("%+v", d), q) || format != "json" && q == d.AudienceID || format == "markdown" && q == d.Place.File
}

// poisonAny replaces every string of a decoded token.
func poisonAny(d checks.Decoded, set func(n int, old string) string) checks.Decoded {
	n := 0
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.String:
			n++
			v.SetString(set(n, v.String()))
		case reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		case reflect.Struct:
			if v.Type() == reflect.TypeFor[time.Time]() {
				return
			}
			for i := range v.NumField() {
				walk(v.Field(i))
			}
		}
	}
	walk(reflect.ValueOf(&d).Elem())
	return d
}

func TestDecodedHostile(t *testing.T) {
	for _, h := range append([]string{strings.Join(hostile, " ")}, hostile...) {
		d := poisonAny(decodedUser(), func(int, string) string { return h })
		calm := poisonAny(decodedUser(), func(int, string) string { return "calm" })
		for _, f := range DecodedFormats {
			for _, width := range []int{0, 40} {
				o := testOptions
				o.Width = width
				if said := wrong(t, f, decodedWritten(t, d, f, o), decodedWritten(t, calm, f, o)); said != "" {
					t.Errorf("%q in %s: %s", h, f, said)
				}
			}
		}
	}
}

func TestDecodedWidths(t *testing.T) {
	for _, width := range []int{24, 60, 80, 200} {
		for _, verbose := range []bool{false, true} {
			o := testOptions
			o.Width, o.Verbose = width, verbose
			tooWide(t, fmt.Sprint("decoded at ", width), string(decodedWritten(t, decodedUser(), "text", o)), width, nil)
		}
	}
}

func TestDecodedFails(t *testing.T) {
	for _, f := range DecodedFormats {
		whole := len(decodedWritten(t, decodedUser(), f, testOptions))
		for _, room := range []int{0, whole / 2, whole - 1} {
			if err := WriteDecoded(&fullWriter{room}, decodedUser(), f, testOptions); !errors.Is(err, errFull) {
				t.Errorf("%s into %d of %d bytes: error %v", f, room, whole, err)
			}
		}
	}
	err := WriteDecoded(&bytes.Buffer{}, decodedUser(), "jsn", testOptions)
	if want := `unknown format "jsn" (did you mean "json"?): one of text, json, markdown`; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// No list in the JSON of an empty token is null.
func TestDecodedJSONLists(t *testing.T) {
	var doc map[string]any
	if err := json.Unmarshal(decodedWritten(t, decodedOpaque(), "json", testOptions), &doc); err != nil {
		t.Fatal(err)
	}
	for _, list := range []string{"stripped", "permissions", "app_roles", "directory_roles", "user", "claims", "header"} {
		if l, ok := doc[list].([]any); !ok || len(l) != 0 {
			t.Errorf("%s is %v", list, doc[list])
		}
	}
}

func TestSpell(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 seconds", time.Second: "1 second", 59 * time.Second: "59 seconds", 60 * time.Second: "1 minute", 61 * time.Second: "1 minute 1 second",
		85 * time.Minute: "1 hour 25 minutes", 24 * time.Hour: "1 day", 49 * time.Hour: "2 days 1 hour", 100 * 24 * time.Hour: "100 days",
		400 * 24 * time.Hour: "1 year 35 days", 3 * 366 * 24 * time.Hour: "3 years", 200 * 366 * 24 * time.Hour: "200 years",
	} {
		if got := spell(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
	now := testOptions.Now
	for _, c := range []struct {
		name string
		at   time.Time
		want string
	}{{"issued", now.Add(-time.Minute), "1 minute ago"}, {"expires", now.Add(-time.Minute), "expired 1 minute ago"}, {"expires", now.Add(time.Minute), "in 1 minute"}, {"valid from", now, "now"}} {
		if got := relative(c.name, c.at, now); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if got := relative("expires", now, time.Time{}); got != "" {
		t.Errorf("without a present: %q", got)
	}
}

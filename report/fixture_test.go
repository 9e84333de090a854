package report

import (
	"bytes"
	"os"
	"testing"
	"time"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file holds the diagnoses that the tests render. The rich one is
// testdata/diagnosis.json; the others are written here.

var testOptions = Options{
	Width: 80, Version: "1.0.0", Catalog: Catalog{"microsoftgraph/microsoft-graph-devx-content", "2026-08-07"},
	Rules: testRules, Now: time.Date(2026, 11, 21, 2, 30, 0, 0, time.UTC),
}

var testRules = []checks.Rule{
	{ID: "token-expired", Layer: checks.Token, Severity: checks.Error, Title: "The access token had expired when the request was made"},
	{ID: "audience-mismatch", Layer: checks.Token, Severity: checks.Error, Title: "The token is for another API than the one that was called", Explains: []string{"signature-invalid"},
		Doc: "# audience-mismatch\n\nThe token is for another API.\n\n## How to mend it\n\nAsk for the scope `https://graph.microsoft.com/.default`.\n"},
	{ID: "signature-invalid", Layer: checks.Token, Severity: checks.Error, Title: "The API could not verify the token's signature"},
	{ID: "permission-missing", Layer: checks.Call, Severity: checks.Error, Title: "The token lacks a permission that the request needs"},
	{ID: "throttled", Layer: checks.Call, Severity: checks.Error, NotAuth: true, Title: "The service asked for fewer requests"},
	{ID: "unknown", Layer: checks.Call, Severity: checks.Error, Otherwise: true, Title: "The evidence does not decide the cause"},
	{ID: "legacy-endpoint", Layer: checks.App, Severity: checks.Warning, Title: "A retired API is in use"},
	{ID: "permission-high-privilege", Layer: checks.App, Severity: checks.Warning, Title: "A declared permission can take over the tenant"},
	{ID: "permission-excess", Layer: checks.App, Severity: checks.Warning, Title: "The app declares more than its calls need"},
	{ID: "call-not-covered", Layer: checks.App, Severity: checks.Error, Title: "No declared permission covers a call"},
}

func testRule(id string) *checks.Rule {
	for i := range testRules {
		if testRules[i].ID == id {
			return &testRules[i]
		}
	}
	return nil
}

// rich is one diagnosis with everything in it.
func rich(t testing.TB) *checks.Diagnosis {
	t.Helper()
	b, err := os.ReadFile("../testdata/diagnosis.json")
	if err != nil {
		t.Fatal(err)
	}
	d, err := ReadJSON(bytes.NewReader(b), testRule)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func at(file string, line int) evidence.Place { return evidence.Place{File: file, Line: line} }

func ref(origin evidence.Origin, field, value, file string, line int) evidence.Ref {
	return evidence.Ref{Place: at(file, line), Origin: origin, Field: field, Value: value}
}

func found(id, message string, s checks.Strength) checks.Finding {
	return checks.Finding{Rule: testRule(id), Message: message, Strength: s, Count: 1}
}

// doubtful is what a bare 403 gives: nothing decides.
func doubtful() *checks.Diagnosis {
	probe := "add the access token that was sent (it is read here only and never printed): aud, scp or roles, and wids decide"
	f := found("unknown", "the evidence fits several causes or none; the token is missing", checks.Possible)
	f.Seen = []checks.Witness{checks.Fits(ref(evidence.FromService, "status", "403 Forbidden", "-", 1))}
	f.Fixes = []checks.Fix{{Title: probe, Who: checks.Developer, Command: "graphdoctor --token token.txt response.txt"}}
	f.Why = []string{"possible: service status fits"}
	f.Probe, f.Subject, f.Places = probe, "GET /users/{id}/messages", []evidence.Place{at("-", 1)}
	second := found("permission-missing", "GET /users/{id}/messages needs one of Mail.ReadBasic.All, Mail.Read or Mail.ReadWrite", checks.Possible)
	second.Fixes = []checks.Fix{{Title: "grant the least of them as an application permission", Who: checks.AppAdmin, Widens: true}}
	return &checks.Diagnosis{
		Findings: []checks.Finding{f, second}, Cases: 1, Examined: 1, Probe: probe,
		Support: evidence.IDs{Request: "6f0b7e1c-8f2d-4b7a-9a53-2a4f2a6f0c11", Timestamp: "2026-11-21T02:00:00"},
	}
}

// gatewayLog is a night's log: four causes, thousands of calls.
func gatewayLog() *checks.Diagnosis {
	night := time.Date(2026, 11, 20, 21, 3, 12, 0, time.UTC)
	wrong := found("audience-mismatch", `the token's aud is "https://management.core.windows.net/" (Azure Resource Manager), but graph.microsoft.com (Microsoft Graph) was called`, checks.Proven)
	wrong.Count, wrong.First, wrong.Last = 10211, night, night.Add(5*time.Hour)
	wrong.Subject = "GET /users/{id}/messages"
	wrong.Apps = []string{"04b07795-8ddb-461a-bbee-02f9e1bf7b46", "11111111-2222-3333-4444-555555555555", "22222222-2222-3333-4444-555555555555"}
	wrong.Places = []evidence.Place{at("logs/gateway-01.log.gz", 1041), at("logs/gateway-01.log.gz", 1077), at("logs/gateway-02.log.gz", 3)}
	wrong.Seen = []checks.Witness{
		checks.Shows(ref(evidence.FromToken, "aud", "https://management.core.windows.net/", "logs/gateway-01.log.gz", 1041)),
		checks.Fits(ref(evidence.FromService, "error.code", "InvalidAuthenticationToken", "logs/gateway-01.log.gz", 1041)),
	}
	wrong.Fixes = []checks.Fix{{Title: "ask for a token of the API that is called: scope https://graph.microsoft.com/.default", Who: checks.Developer,
		Command: "scope=https://graph.microsoft.com/.default", URL: "https://learn.microsoft.com/entra/identity-platform/scopes-oidc"}}
	wrong.Why = []string{"proven: token aud shows it; service error.code fits"}
	late := found("token-expired", "the token expired 12 minutes before the request", checks.Shown)
	late.Count, late.First, late.Last = 602, night.Add(time.Hour), night.Add(90*time.Minute)
	late.Subject, late.Apps = "app 11111111-2222-3333-4444-555555555555", []string{"11111111-2222-3333-4444-555555555555"}
	late.Places = []evidence.Place{at("logs/gateway-01.log.gz", 88)}
	late.Seen = []checks.Witness{checks.Shows(ref(evidence.FromToken, "exp", "2026-11-20T21:48:00Z", "logs/gateway-01.log.gz", 88))}
	late.Fixes = []checks.Fix{{Title: "ask for a token just before the call and let the SDK's cache renew it", Who: checks.Developer}}
	late.Why = []string{"shown: token exp shows it"}
	busy := found("throttled", "429 with Retry-After 17", checks.Stated)
	busy.Count, busy.First, busy.Last, busy.Subject = 98, night.Add(3*time.Hour), night.Add(3*time.Hour), "POST /$batch"
	busy.Seen = []checks.Witness{checks.Says(ref(evidence.FromService, "status", "429", "logs/gateway-02.log.gz", 12))}
	busy.Places = []evidence.Place{at("logs/gateway-02.log.gz", 12)}
	doubt := found("unknown", "the evidence fits several causes or none; the token is missing", checks.Possible)
	doubt.Count, doubt.Subject = 3, "DELETE /groups/{id}/members/{id}/$ref"
	return &checks.Diagnosis{Findings: []checks.Finding{wrong, late, busy, doubt}, Cases: 10914, Examined: 2_204_118, Problem: 0}
}

// gateRun is what lint finds in one app.
func gateRun() *checks.Diagnosis {
	miss := found("call-not-covered", "no declared permission covers GET /users/{id}/calendarView; least: Calendars.ReadBasic.All", checks.Shown)
	miss.Subject, miss.Places = "GET /users/{id}/calendarView", []evidence.Place{at("calls.txt", 3)}
	miss.Fixes = []checks.Fix{{Title: "declare Calendars.ReadBasic.All as an application permission", Who: checks.Developer, Widens: true,
		Command: "az ad app permission add --id 11111111-2222-3333-4444-555555555555 --api 00000003-0000-0000-c000-000000000000 --api-permissions 242b9d9e-ed24-4d09-9a52-f43769beb9d4=Role"}}
	high := found("permission-high-privilege", "RoleManagement.ReadWrite.Directory lets the app make itself Global Administrator", checks.Shown)
	high.Subject, high.Places = "RoleManagement.ReadWrite.Directory", []evidence.Place{at("infra/app registration.json", 41)}
	more := found("permission-excess", "Mail.ReadWrite is declared; Mail.Read covers every call", checks.Shown)
	more.Subject, more.Places, more.Severity = "Mail.ReadWrite", []evidence.Place{at("infra/app registration.json", 28)}, checks.Note
	return &checks.Diagnosis{Findings: []checks.Finding{miss, high, more}, Unresolved: checks.Unresolved{Calls: 12, Permissions: 1, Places: []evidence.Place{at("src/mail.ts", 10)}}}
}

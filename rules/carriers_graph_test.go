package rules

import (
	"encoding/json"
	"fmt"
	"strconv"
	"testing"
)

// graphSaid is one answer for each cause that Graph's own words decide.
var graphSaid = []struct {
	status     int
	code, text string
	slug       string
}{
	{401, "InvalidAuthenticationToken", "Access token is empty.", "token-missing"},
	{401, "InvalidAuthenticationToken", "Access token validation failure. Invalid audience.", "audience-mismatch"},
	{401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.", "token-expired"},
	{401, "InvalidAuthenticationToken", "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp", "token-revoked"},
	{400, "BadRequest", "/me request is only valid with delegated authentication flow.", "me-with-app-only"},
	{403, "ErrorAccessDenied", "Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings.", "app-access-policy-blocked"},
	{404, "MailboxNotEnabledForRESTAPI", "The mailbox is either inactive, soft-deleted, or is hosted on-premise.", "mailbox-unavailable"},
	{429, "TooManyRequests", "Too many requests. Please retry after 12 seconds.", "throttled"},
	{503, "ServiceUnavailable", "The service is temporarily unavailable.", "service-unavailable"},
	{404, "Request_ResourceNotFound", "Resource '7f0a1c1e-1111-4bbb-8ccc-1234567890ab' does not exist or one of its queried reference-property objects are not present.", "not-found"},
	{400, "Request_BadRequest", "Invalid value specified for property 'mailNickname' of resource 'User'.", "request-invalid"},
	{403, "Forbidden", "Missing scope permissions on the request. API requires one of 'Chat.Read, Chat.ReadWrite'. Scopes on the request 'User.Read'", "permission-missing"},
	{400, "BadRequest", "Tenant does not have a SPO license.", "license-missing"},
	{403, "Forbidden", "Invoked API requires Protected API access in application-only context when not using Resource Specific Consent.", "resource-specific-consent"},
	{400, "Request_MultipleObjectsWithSameKeyValue", "Another object with the same value for property userPrincipalName already exists.", "conflict"},
	{401, "NoPermissionsInAccessToken", "The token contains no permissions, or permissions can not be understood.", "no-permissions-in-token"},
	{403, "Authentication_MSGraphPermissionMissing", "Calling principal does not have required MSGraph permissions AuditLog.Read.All", "permission-missing"},
}

const (
	at      = "https://graph.microsoft.com/v1.0/things/7f0a1c1e-1111-4bbb-8ccc-1234567890ab"
	inner   = `"innerError":{"date":"2026-11-20T15:30:08","request-id":"3c1d5a0e-6a4f-4c1f-9d5a-0e6a4f4c1f9d","client-request-id":"3c1d5a0e-6a4f-4c1f-9d5a-0e6a4f4c1f9d"}`
	reqID   = "3c1d5a0e-6a4f-4c1f-9d5a-0e6a4f4c1f9d"
	dateRFC = "Fri, 20 Nov 2026 15:30:08 GMT"
)

func graphBody(code, text string) string {
	return fmt.Sprintf(`{"error":{"code":%q,"message":%s,%s}}`, code, string(must(json.Marshal(text))), inner)
}

var reasonPhrases = map[int]string{400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests", 503: "Service Unavailable"}

// graphCarriers are the shapes in which one answer of Graph reaches people.
var graphCarriers = []struct {
	name string
	form func(status int, code, text string) string
}{
	{"curl -i", func(st int, c, m string) string {
		return fmt.Sprintf("$ curl -i -H \"Authorization: Bearer $TOKEN\" %s\nHTTP/2 %d\ncontent-type: application/json\ndate: %s\n\n%s\n", at, st, dateRFC, graphBody(c, m))
	}},
	{"body", func(st int, c, m string) string { return graphBody(c, m) }},
	{"har", func(st int, c, m string) string {
		return fmt.Sprintf(`{"log":{"version":"1.2","entries":[{"startedDateTime":"2026-11-20T15:30:08Z","request":{"method":"GET","url":%q,"headers":[{"name":"Accept","value":"*/*"},{"name":"Authorization","value":"[redacted]"}]},"response":{"status":%d,"headers":[],"content":{"mimeType":"application/json","text":%s}}}]}}`, at, st, strconv.Quote(graphBody(c, m)))
	}},
	{"dotnet v4", func(st int, c, m string) string {
		return fmt.Sprintf("Unhandled exception. Status Code: %s\nMicrosoft.Graph.ServiceException: Code: %s\nMessage: %s\nInner error:\n\tAdditionalData:\n\tdate: 2026-11-20T15:30:08\n\trequest-id: %s\n\tclient-request-id: %s\nClientRequestId: %s\n\n   at Microsoft.Graph.HttpProvider.SendAsync(HttpRequestMessage request, HttpCompletionOption completionOption, CancellationToken cancellationToken)\n", reasonPhrases[st], c, m, reqID, reqID, reqID)
	}},
	{"dotnet v5", func(st int, c, m string) string {
		return fmt.Sprintf("Unhandled exception. Microsoft.Graph.Models.ODataErrors.ODataError: %s\n   at Microsoft.Kiota.Http.HttpClientLibrary.HttpClientRequestAdapter.ThrowIfFailedResponseAsync(HttpResponseMessage response, Dictionary`2 errorMapping, Activity activityForAttributes, CancellationToken cancellationToken)\nError code: %s\nResponseStatusCode: %d\n", m, c, st)
	}},
	{"java", func(st int, c, m string) string {
		return fmt.Sprintf("com.microsoft.graph.http.GraphServiceException: Error code: %s\nError message: %s\n\nGET %s\nSdkVersion : graph-java/v5.0.0\n[...]\n\n%d : %s\n[...]\n\n[Some information was truncated for brevity, enable debug logging for more details]\n\tat com.microsoft.graph.http.GraphServiceException.createFromResponse(GraphServiceException.java:419)\n", c, m, at, st, reasonPhrases[st])
	}},
	{"javascript", func(st int, c, m string) string {
		return fmt.Sprintf("GraphError: %s\n    at new GraphError (/app/node_modules/@microsoft/microsoft-graph-client/lib/src/GraphError.js:40:28)\n    at process.processTicksAndRejections (node:internal/process/task_queues:95:5) {\n  statusCode: %d,\n  code: '%s',\n  requestId: '%s',\n  date: 2026-11-20T15:30:08.000Z,\n  body: `%s`,\n  headers: Headers { [Symbol(map)]: [Object: null prototype] {} }\n}\n", m, st, c, reqID, graphBody(c, m)[len(`{"error":`):len(graphBody(c, m))-1])
	}},
	{"python sdk", func(st int, c, m string) string {
		return fmt.Sprintf("msgraph.generated.models.o_data_errors.o_data_error.ODataError: \n        APIError\n        Code: %d\n        message: None\n        error: MainError(additional_data={}, code='%s', details=None, inner_error=InnerError(additional_data={}, client_request_id='%s', date=datetime.datetime(2026, 11, 20, 15, 30, 8), odata_type=None, request_id='%s'), message=%q, target=None)\n", st, c, reqID, reqID, m)
	}},
	{"requests", func(st int, c, m string) string {
		return fmt.Sprintf("Traceback (most recent call last):\n  File \"/app/main.py\", line 12, in <module>\n    r.raise_for_status()\nrequests.exceptions.HTTPError: %d Client Error: %s for url: %s\n%s\n", st, reasonPhrases[st], at, graphBody(c, m))
	}},
	{"powershell 7", func(st int, c, m string) string {
		return fmt.Sprintf("PS /home/adele> Get-MgThing\nGet-MgThing_List: %s\n\nStatus: %d (%s)\nErrorCode: %s\nDate: 2026-11-20T15:30:08\n\nHeaders:\nrequest-id                    : %s\nclient-request-id             : %s\nDate                          : %s\n", m, st, reasonCodeName(st), c, reqID, reqID, dateRFC)
	}},
	{"powershell 5.1", func(st int, c, m string) string {
		return fmt.Sprintf("PS C:\\> Get-MgThing\nGet-MgThing : %s\nAt line:1 char:1\n+ Get-MgThing\n+ ~~~~~~~~~~~\n    + CategoryInfo          : InvalidOperation: ({ Top = , Skip =...ndProperty =  }:<>f__AnonymousType0`9) [Get-MgThing_List], RestException`1\n    + FullyQualifiedErrorId : %s,Microsoft.Graph.PowerShell.Cmdlets.GetMgThing_List\n", m, c)
	}},
	{"batch", func(st int, c, m string) string {
		return fmt.Sprintf(`{"responses":[{"id":"1","status":%d,"headers":{"Content-Type":"application/json"},"body":%s}]}`, st, graphBody(c, m))
	}},
	{"terraform", func(st int, c, m string) string {
		return fmt.Sprintf("╷\n│ Error: Could not retrieve things\n│ \n│   with data.azuread_thing.x,\n│   on main.tf line 3, in data \"azuread_thing\" \"x\":\n│    3: data \"azuread_thing\" \"x\" {\n│ \n│ ThingsClient.BaseClient.Get(): unexpected status %d with OData error: %s: %s\n╵\n", st, c, m)
	}},
	{"json log", func(st int, c, m string) string {
		return fmt.Sprintf("{\"ts\":\"2026-11-20T15:30:08Z\",\"level\":\"error\",\"msg\":\"graph call failed\",\"method\":\"GET\",\"url\":%q,\"status\":%d,\"body\":%s}\n", at, st, strconv.Quote(graphBody(c, m)))
	}},
	{"plain log", func(st int, c, m string) string {
		return fmt.Sprintf("2026-11-20 15:30:08.123 ERROR GraphService - GET %s returned %d: %s\n", at, st, graphBody(c, m))
	}},
	{"invoke-restmethod", func(st int, c, m string) string {
		return fmt.Sprintf("PS C:\\> Invoke-RestMethod -Uri %s -Headers $h\nInvoke-RestMethod : %s\nAt line:1 char:1\n+ Invoke-RestMethod -Uri %s ...\n", at, graphBody(c, m), at)
	}},
	{"guzzle", func(st int, c, m string) string {
		return fmt.Sprintf("PHP Fatal error:  Uncaught GuzzleHttp\\Exception\\ClientException: Client error: `GET %s` resulted in a `%d %s` response:\n%s\n in /var/www/vendor/guzzlehttp/guzzle/src/Exception/RequestException.php:113\nStack trace:\n#0 /var/www/vendor/guzzlehttp/guzzle/src/Middleware.php(72)\n", at, st, reasonPhrases[st], graphBody(c, m))
	}},
	{"az rest", func(st int, c, m string) string {
		return fmt.Sprintf("ERROR: %s(%s)\n", reasonPhrases[st], graphBody(c, m))
	}},
	{"flow run", func(st int, c, m string) string {
		return fmt.Sprintf(`{"statusCode":%d,"headers":{"request-id":%q,"Date":%q},"body":%s}`, st, reqID, dateRFC, graphBody(c, m))
	}},
}

func reasonCodeName(st int) string {
	return map[int]string{400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 429: "TooManyRequests", 503: "ServiceUnavailable"}[st]
}

// TestGraphCarriers: one answer means one cause, whichever carrier brings it.
func TestGraphCarriers(t *testing.T) {
	for _, carrier := range graphCarriers {
		for _, s := range graphSaid {
			d := diagnose(t, carrier.form(s.status, s.code, s.text))
			got := "nothing"
			if len(d.Findings) > 0 {
				got = d.Findings[0].Rule.ID
			}
			if got != s.slug {
				t.Errorf("%s: %s %.40q gives %s, want %s", carrier.name, s.code, s.text, got, s.slug)
			}
		}
	}
}

package gatewaylog

type call struct{ method, url string }

// calls are what the gateway's clients ask for; # is an id, @ a user's address.
var calls = []call{
	{"GET", "https://graph.microsoft.com/v1.0/users/#/messages?$top=25&$select=subject,from"},
	{"GET", "https://graph.microsoft.com/v1.0/users/@/calendarView?startDateTime=2026-11-20T00:00:00Z&endDateTime=2026-11-27T00:00:00Z"},
	{"GET", "https://graph.microsoft.com/v1.0/groups/#/members?$select=id,displayName"},
	{"GET", "https://graph.microsoft.com/v1.0/me/drive/root/children"},
	{"POST", "https://graph.microsoft.com/v1.0/users/@/sendMail"},
	{"GET", "https://graph.microsoft.com/v1.0/sites/contoso.sharepoint.com,#,#/lists"},
	{"POST", "https://graph.microsoft.com/v1.0/subscriptions"},
	{"GET", "https://graph.microsoft.com/v1.0/teams/#/channels"},
	{"PATCH", "https://graph.microsoft.com/v1.0/users/#"},
	{"GET", "https://graph.microsoft.com/beta/auditLogs/signIns?$top=50"},
}

type failure struct {
	share         int // of a hundred failures
	status        int
	method, url   string // "" keeps the request's own
	code, message string
	login         bool
	oauth         string
}

// failures are refusals as the services word them.
var failures = []failure{
	{share: 34, status: 403, method: "GET", url: "https://graph.microsoft.com/v1.0/users/#/messages", code: "ErrorAccessDenied", message: "Access is denied. Check credentials and try again."},
	{share: 22, status: 403, method: "PATCH", url: "https://graph.microsoft.com/v1.0/users/#", code: "Authorization_RequestDenied", message: "Insufficient privileges to complete the operation."},
	{share: 14, status: 401, code: "InvalidAuthenticationToken", message: "Lifetime validation failed, the token is expired."},
	{share: 8, status: 401, method: "GET", url: "https://graph.microsoft.com/v1.0/me/messages", code: "InvalidAuthenticationToken", message: "Access token validation failure. Invalid audience."},
	{share: 6, status: 403, method: "GET", url: "https://graph.microsoft.com/v1.0/reports/getOffice365ActiveUserDetail(period='D7')", code: "UnknownError", message: "Missing role permissions on the request. API requires one of 'Reports.Read.All'. Roles on the request 'User.Read.All'."},
	{share: 5, status: 400, method: "POST", url: "https://login.microsoftonline.com/3f6e2b0c-9a41-4d7e-8c55-1b2a3c4d5e6f/oauth2/v2.0/token", login: true, oauth: "invalid_grant", code: "AADSTS65001", message: "AADSTS65001: The user or administrator has not consented to use the application with ID '%s' named 'gateway'. Send an interactive authorization request for this user and resource. Trace ID: %s Correlation ID: %s Timestamp: %s"},
	{share: 4, status: 401, method: "POST", url: "https://login.microsoftonline.com/3f6e2b0c-9a41-4d7e-8c55-1b2a3c4d5e6f/oauth2/v2.0/token", login: true, oauth: "invalid_client", code: "AADSTS7000222", message: "AADSTS7000222: The provided client secret keys for app '%s' are expired. Trace ID: %s Correlation ID: %s Timestamp: %s"},
	{share: 3, status: 429, code: "TooManyRequests", message: "Too many requests"},
	{share: 2, status: 404, code: "ResourceNotFound", message: "Resource could not be discovered."},
	{share: 2, status: 503, code: "ServiceUnavailable", message: "The service is temporarily unavailable. Please retry."},
}

var agents = []string{
	"graph-gateway/4.2", "Graph-dotnet-5.61.0", "azsdk-python-msgraph/1.12.0", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36", "python-requests/2.32.3", "axios/1.7.9",
}

package rules

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// signInSaid is one message for each cause that a number names, as Entra words it.
var signInSaid = []struct{ code, text, slug string }{
	{"50076", "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '00000003-0000-0000-c000-000000000000'.", "mfa-required"},
	{"53003", "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.", "conditional-access-blocked"},
	{"65001", "The user or administrator has not consented to use the application with ID '6f0a1c1e-aaaa-4bbb-8ccc-1234567890ab' named 'contoso-app'. Send an interactive authorization request for this user and resource.", "consent-missing"},
	{"90094", "The grant requires admin permission.", "admin-consent-required"},
	{"65004", "User declined to consent to access the app.", "consent-declined"},
	{"650057", "Invalid resource. The client has requested access to a resource which is not listed in the requested permissions in the client's application registration. Client app ID: 6f0a1c1e-aaaa-4bbb-8ccc-1234567890ab(contoso-app). Resource value from request: api://orders.", "resource-not-requested"},
	{"500011", "The resource principal named api://orders was not found in the tenant named Contoso. This can happen if the application has not been installed by the administrator of the tenant.", "resource-not-in-tenant"},
	{"700016", "Application with identifier '6f0a1c1e-aaaa-4bbb-8ccc-1234567890ab' was not found in the directory 'Contoso'.", "app-not-in-tenant"},
	{"7000112", "Application '6f0a1c1e-aaaa-4bbb-8ccc-1234567890ab'(contoso-app) is disabled.", "app-disabled"},
	{"90002", "Tenant 'contoso.onmicrosoft.com' not found. Check to make sure you have the correct tenant ID.", "tenant-not-found"},
	{"50020", "User account 'adele@outlook.com' from identity provider 'live.com' does not exist in tenant 'Contoso' and cannot access the application '6f0a1c1e-aaaa-4bbb-8ccc-1234567890ab'(contoso-app) in that tenant.", "account-not-in-tenant"},
	{"50194", "Application '6f0a1c1e-aaaa-4bbb-8ccc-1234567890ab'(contoso-app) is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such apps created after '10/15/2018'.", "single-tenant-on-common"},
	{"50105", "Your administrator has configured the application contoso-app ('6f0a1c1e-aaaa-4bbb-8ccc-1234567890ab') to block users unless they are specifically granted ('assigned') access to the application.", "user-not-assigned"},
	{"50126", "Error validating credentials due to invalid username or password.", "user-account-problem"},
	{"7000215", "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '6f0a1c1e-aaaa-4bbb-8ccc-1234567890ab'.", "client-secret-invalid"},
	{"7000222", "The provided client secret keys for app '6f0a1c1e-aaaa-4bbb-8ccc-1234567890ab' are expired.", "client-secret-expired"},
	{"700027", "The certificate with identifier used to sign the client assertion is not registered on application.", "client-assertion-invalid"},
	{"7000218", "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.", "client-auth-missing"},
	{"700025", "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.", "client-auth-unexpected"},
	{"50011", "The redirect URI 'http://localhost:3000/' specified in the request does not match the redirect URIs configured for the application '6f0a1c1e-aaaa-4bbb-8ccc-1234567890ab'.", "redirect-uri-mismatch"},
	{"9002326", "Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type. Request origin: 'http://localhost:3000'.", "spa-redirect-required"},
	{"700054", "response_type 'id_token' is not enabled for the application.", "response-type-not-enabled"},
	{"70011", "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope user.read mail.read is not valid.", "scope-invalid"},
	{"700082", "The refresh token has expired due to inactivity. The token was issued on 2026-01-01T00:00:00.0000000Z and was inactive for 90.00:00:00.", "grant-invalid"},
	{"50058", "A silent sign-in request was sent but no user is signed in.", "session-missing"},
	{"90072", "User account '{EmailHidden}' from identity provider 'https://sts.windows.net/6f0a1c1e-aaaa-4bbb-8ccc-1234567890ab/' does not exist in tenant 'Contoso' and cannot access the application.", "account-not-in-tenant"},
	{"65005", "The app needs access to a service ('https://contoso.crm.dynamics.com') that your organization 'Contoso' has not subscribed to or enabled. Contact your IT Admin to review the configuration of your service subscriptions.", "resource-not-in-tenant"},
	{"160021", "Application requested a user session which does not exist.", "session-missing"},
	{"9001011", "Device policy contains unsupported required device state: compliant.", "conditional-access-blocked"},
	{"500131", "Assertion audience does not match the Client app presenting the assertion.", "audience-mismatch"},
}

const ids = "Trace ID: 45e59f5f-7766-43c0-95e4-5b88f12a4900 Correlation ID: cbbe00e6-7867-4429-99e4-462804767667 Timestamp: 2026-11-20 15:30:08Z"

// signInCarriers are the shapes in which one sign-in error reaches people.
var signInCarriers = []struct {
	name string
	form func(code, text string) string
}{
	{"oauth json", func(c, m string) string {
		return fmt.Sprintf(`{"error":"invalid_grant","error_description":%q,"error_codes":[%s],"timestamp":"2026-11-20 15:30:08Z","trace_id":"45e59f5f-7766-43c0-95e4-5b88f12a4900","correlation_id":"cbbe00e6-7867-4429-99e4-462804767667","error_uri":"https://login.microsoftonline.com/error?code=%s"}`, "AADSTS"+c+": "+m+"\r\n"+ids, c, c)
	}},
	{"python dict", func(c, m string) string {
		return fmt.Sprintf("{'error': 'invalid_grant', 'error_description': \"AADSTS%s: %s %s\", 'error_codes': [%s], 'correlation_id': 'cbbe00e6-7867-4429-99e4-462804767667'}", c, m, ids, c)
	}},
	{"msal.net", func(c, m string) string {
		return "Unhandled exception. Microsoft.Identity.Client.MsalServiceException: A configuration issue is preventing authentication - check the error message from the server for details. Original exception: AADSTS" + c + ": " + m + " " + ids + "\n   at Microsoft.Identity.Client.OAuth2.OAuth2Client.ThrowServerException(HttpResponse response, RequestContext requestContext)\n   at Contoso.Program.Main(String[] args)\n"
	}},
	{"msal4j", func(c, m string) string {
		return "java.util.concurrent.ExecutionException: com.microsoft.aad.msal4j.MsalServiceException: AADSTS" + c + ": " + m + " " + ids + "\n\tat java.base/java.util.concurrent.CompletableFuture.reportGet(CompletableFuture.java:396)\n\tat com.contoso.Main.main(Main.java:12)\n"
	}},
	{"msal.js", func(c, m string) string {
		return "ServerError: invalid_grant: " + c + " - [2026-11-20 15:30:08Z]: AADSTS" + c + ": " + m + " " + ids + " - Correlation ID: cbbe00e6-7867-4429-99e4-462804767667 - Trace ID: 45e59f5f-7766-43c0-95e4-5b88f12a4900\n    at ResponseHandler.validateTokenResponse (/app/node_modules/@azure/msal-common/lib/index.cjs.js:100:15)\n"
	}},
	{"go azidentity", func(c, m string) string {
		return "2026/11/20 15:30:08 ClientSecretCredential authentication failed\nPOST https://login.microsoftonline.com/2f1e0d9c-1111-4222-8333-444455556666/oauth2/v2.0/token\n--------------------------------------------------------------------------------\nRESPONSE 401 Unauthorized\n--------------------------------------------------------------------------------\n{\n  \"error\": \"invalid_client\",\n  \"error_description\": " + strconv.Quote("AADSTS"+c+": "+m+" "+ids) + ",\n  \"error_codes\": [\n    " + c + "\n  ]\n}\n--------------------------------------------------------------------------------\nTo troubleshoot, visit https://aka.ms/azsdk/go/identity/troubleshoot#client-secret\n"
	}},
	{"az", func(c, m string) string { return "ERROR: AADSTS" + c + ": " + m + " " + ids + "\n" }},
	{"terraform", func(c, m string) string {
		return "╷\n│ Error: building client: unable to obtain access token: AADSTS" + c + ": " + m + "\n│ " + ids + "\n│\n│   with provider[\"registry.terraform.io/hashicorp/azuread\"],\n│   on main.tf line 9, in provider \"azuread\":\n│    9: provider \"azuread\" {\n╵\n"
	}},
	{"redirect", func(c, m string) string {
		return "https://app.contoso.com/callback?error=invalid_request&error_description=" + url.QueryEscape("AADSTS"+c+": "+m+"\r\n"+ids) + "&error_uri=https%3a%2f%2flogin.microsoftonline.com%2ferror%3fcode%3d" + c + "&state=x\n"
	}},
	{"fragment", func(c, m string) string {
		return "Navigated to http://localhost:4200/#error=access_denied&error_description=" + url.PathEscape("AADSTS"+c+": "+m+"\r\n"+ids) + "\n"
	}},
	{"page", func(c, m string) string {
		return "<!DOCTYPE html><html><head><title>Sign in to your account</title></head><body><div id=\"service_exception_message\">AADSTS" + c + ": " + strings.ReplaceAll(m, "'", "&#39;") + "</div><div>Correlation ID: cbbe00e6-7867-4429-99e4-462804767667</div></body></html>"
	}},
	{"page text", func(c, m string) string {
		return "Sign in\nSorry, but we're having trouble signing you in.\n\nAADSTS" + c + ": " + m + "\n\nTroubleshooting details\nRequest Id: 45e59f5f-7766-43c0-95e4-5b88f12a4900\nCorrelation Id: cbbe00e6-7867-4429-99e4-462804767667\nTimestamp: 2026-11-20T15:30:08Z\nMessage: AADSTS" + c + ": " + m + "\n"
	}},
	{"sign-in log", func(c, m string) string {
		return fmt.Sprintf(`{"id":"66ea54eb-6301-4ee5-be62-ff5a759b0100","createdDateTime":"2026-11-20T15:30:08Z","userPrincipalName":"adele@contoso.com","appId":"6f0a1c1e-aaaa-4bbb-8ccc-1234567890ab","appDisplayName":"contoso-app","status":{"errorCode":%s,"failureReason":%q,"additionalDetails":null}}`, c, m)
	}},
	{"powershell", func(c, m string) string {
		return "PS C:\\> Connect-MgGraph -ClientId 6f0a1c1e-aaaa-4bbb-8ccc-1234567890ab -TenantId contoso.onmicrosoft.com\nConnect-MgGraph : AADSTS" + c + ": " + m + "\nAt line:1 char:1\n+ Connect-MgGraph -ClientId 6f0a1c1e-aaaa-4bbb-8ccc-1234567890ab -TenantId ...\n+ ~~~~~~~~~~~~~~~\n    + CategoryInfo          : AuthenticationError: (:) [Connect-MgGraph], AuthenticationFailedException\n    + FullyQualifiedErrorId : Microsoft.Graph.PowerShell.Authentication.Cmdlets.ConnectMgGraph\n"
	}},
	{"json log", func(c, m string) string {
		return fmt.Sprintf("{\"time\":\"2026-11-20T15:30:08Z\",\"level\":\"error\",\"msg\":\"token request failed\",\"err\":%q}\n", "oauth2: \"invalid_grant\" \"AADSTS"+c+": "+m+" "+ids+"\"")
	}},
	{"plain log", func(c, m string) string {
		return "2026-11-20 15:30:08,123 ERROR [worker-3] c.c.auth.TokenService - could not get a token: AADSTS" + c + ": " + m + " " + ids + "\n"
	}},
	{"oauth2-proxy", func(c, m string) string {
		return "[2026/11/20 15:30:08] [oauthproxy.go:840] Error redeeming code during OAuth2 callback: token exchange failed: oauth2: cannot fetch token: 400 Bad Request\nResponse: " + fmt.Sprintf(`{"error":"invalid_request","error_description":%q,"error_codes":[%s]}`, "AADSTS"+c+": "+m+" "+ids, c) + "\n"
	}},
	{"ticket", func(c, m string) string {
		return "Hi team, since this morning our users cannot sign in to the portal. They get this:\n\nAADSTS" + c + ": " + m + "\n\nCan somebody please look? Thanks, Megan\n"
	}},
	{"quoted mail", func(c, m string) string {
		return "> From: Adele\n> To: support\n>\n> the app says AADSTS" + c + ": " + m + "\n> " + ids + "\n"
	}},
	{"logfmt", func(c, m string) string {
		return fmt.Sprintf("time=2026-11-20T15:30:08Z level=error msg=\"could not acquire token\" component=graph error=%q\n", "invalid_grant: AADSTS"+c+": "+m+" "+ids)
	}},
	{"box in a pipeline", func(c, m string) string {
		return "2026-11-20T15:30:08.1234567Z ╷\n2026-11-20T15:30:08.1234567Z │ Error: unable to build authorizer for the API: could not acquire a token\n2026-11-20T15:30:08.1234567Z │ \n2026-11-20T15:30:08.1234567Z │ invalid_grant: AADSTS" + c + ": " + m + " " + ids + "\n2026-11-20T15:30:08.1234567Z ╵\n"
	}},
	{"csv", func(c, m string) string {
		return "timestamp,level,logger,message\n2026-11-20T15:30:08Z,ERROR,auth,\"token request failed: AADSTS" + c + ": " + strings.ReplaceAll(m, `"`, `""`) + " " + ids + "\"\n"
	}},
	{"azure identity", func(c, m string) string {
		return "azure.core.exceptions.ClientAuthenticationError: Authentication failed: AADSTS" + c + ": " + m + " " + ids + "\nTo mitigate this issue, please refer to the troubleshooting guidelines here at https://aka.ms/azsdk/python/identity/clientsecretcredential/troubleshoot.\n"
	}},
	{"msal for ios", func(c, m string) string {
		form := strings.NewReplacer("%3A", ":", "%2C", ",", "%28", "(", "%29", ")").Replace(url.QueryEscape("AADSTS" + c + ": " + m))
		return "2026-11-20 15:30:08.530 Contoso[3121:98812] Could not acquire token: Error Domain=MSALErrorDomain Code=-50000 \"(null)\" UserInfo={MSALErrorDescriptionKey=" + form + "\nTrace+ID:+45e59f5f-7766-43c0-95e4-5b88f12a4900\nCorrelation+ID:+cbbe00e6-7867-4429-99e4-462804767667\nTimestamp:+2026-11-20+15:30:08Z, MSALOAuthErrorKey=invalid_request, MSALInternalErrorCodeKey=-42002}\n"
	}},
	{"guzzle", func(c, m string) string {
		return "[2026-11-20 15:30:08] production.ERROR: Client error: `POST https://login.microsoftonline.com/2f1e0d9c-1111-4222-8333-444455556666/oauth2/v2.0/token` resulted in a `400 Bad Request` response:\n" + fmt.Sprintf(`{"error":"invalid_grant","error_description":"AADSTS%s: %s (truncated...)`, c, m[:min(len(m), 70)]) + "\n"
	}},
	{"page's script", func(c, m string) string {
		return "<!DOCTYPE html>\n<html><head><title>Sign in to your account</title>\n<script type=\"text/javascript\">//<![CDATA[\n$Config={\"fShowPersistentCookiesWarning\":false,\"iErrorCode\":" + c + ",\"strMainMessage\":\"Sorry, but we\\u2019re having trouble signing you in.\",\"strServiceExceptionMessage\":" + strconv.Quote("AADSTS"+c+": "+m) + ",\"sErrorCode\":\"" + c + "\",\"correlationId\":\"cbbe00e6-7867-4429-99e4-462804767667\",\"urlNoCookies\":\"https://login.microsoftonline.com/cookiesdisabled\"};\n//]]></script></head><body><div id=\"lightbox\">Sorry, but we&#x2019;re having trouble signing you in.</div></body></html>\n"
	}},
	{"unescaped twice", func(c, m string) string {
		return `{"statusCode":500,"body":"{\"message\":\"{\\\"error\\\":\\\"invalid_grant\\\",\\\"error_description\\\":\\\"AADSTS` + c + `: ` + strings.ReplaceAll(m, `"`, "") + `\\\"}\"}"}`
	}},
}

// TestCarriers: one error means one cause, whichever carrier brings it.
func TestCarriers(t *testing.T) {
	for _, carrier := range signInCarriers {
		for _, s := range signInSaid {
			d := diagnose(t, carrier.form(s.code, s.text))
			got := "nothing"
			if len(d.Findings) > 0 {
				got = d.Findings[0].Rule.ID
			}
			if got != s.slug {
				t.Errorf("%s: AADSTS%s gives %s, want %s", carrier.name, s.code, got, s.slug)
			}
		}
	}
}

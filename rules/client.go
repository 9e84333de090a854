package rules

import (
	"fmt"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// Causes that lie in the client: its credential, its registration, its request.
var clientRules = []checks.Rule{
	{
		ID: "client-secret-invalid", Layer: checks.Acquire, Severity: checks.Error,
		Title: "The client secret is wrong",
		Check: stated("client-secret-invalid", secretWords),
	},
	{
		ID: "client-secret-expired", Layer: checks.Acquire, Severity: checks.Error,
		Title: "The client secret has expired",
		Check: stated("client-secret-expired", secretExpiredWords),
	},
	{
		ID: "client-assertion-invalid", Layer: checks.Acquire, Severity: checks.Error,
		Title: "The client's certificate or federated credential is refused",
		Check: stated("client-assertion-invalid", assertionWords),
	},
	{
		ID: "client-auth-missing", Layer: checks.Acquire, Severity: checks.Error,
		Title: "The client sent no secret or assertion, or must be allowed as a public client",
		Check: stated("client-auth-missing", authMissingWords),
	},
	{
		ID: "client-auth-unexpected", Layer: checks.Acquire, Severity: checks.Error,
		Title: "A public client or single-page app sent a secret, which it may not have",
		Check: stated("client-auth-unexpected", authUnexpectedWords),
	},
	{
		ID: "redirect-uri-mismatch", Layer: checks.Acquire, Severity: checks.Error,
		Title: "The redirect URI is not registered, or is of the wrong platform",
		Check: stated("redirect-uri-mismatch", redirectWords),
	},
	{
		ID: "spa-redirect-required", Layer: checks.Acquire, Severity: checks.Error,
		Title: "The platform of the redirect URI does not fit: single-page app against Web",
		Check: stated("spa-redirect-required", spaWords),
	},
	{
		ID: "response-type-not-enabled", Layer: checks.Acquire, Severity: checks.Error,
		Title: "The registration does not allow this kind of token from the authorize endpoint",
		Check: stated("response-type-not-enabled", responseTypeWords),
	},
	{
		ID: "scope-invalid", Layer: checks.Acquire, Severity: checks.Error,
		Title: "The scope (or resource) of the request is wrong",
		Check: stated("scope-invalid", scopeWords),
	},
	{
		ID: "app-disabled", Layer: checks.Acquire, Severity: checks.Error,
		Title: "The application or its service principal is disabled or not allowed",
		Check: stated("app-disabled", disabledWords),
	},
	{
		ID: "grant-type-unsupported", Layer: checks.Acquire, Severity: checks.Error,
		Title: "The flow is not allowed for this client or user",
		Check: stated("grant-type-unsupported", grantTypeWords),
	},
	{
		ID: "credential-unavailable", Layer: checks.Acquire, Severity: checks.Error,
		Title:    "No credential could be had on this machine",
		Explains: []string{"session-missing", "token-missing"},
		Check:    stated("credential-unavailable", credentialWords),
	},
}

func addSecret(c *evidence.Case) checks.Fix {
	return fix("make a new secret, copy its Value at once (not the Secret ID) and store it where the app reads it", checks.AppAdmin,
		fmt.Sprintf("az ad app credential reset --id %s --append", appID(c)), "https://learn.microsoft.com/entra/identity-platform/how-to-add-credentials")
}

var betterCredential = fix("better than a secret: a certificate, a managed identity or workload identity federation, which need no renewal by hand", checks.Developer, "", "https://learn.microsoft.com/entra/workload-id/workload-identity-federation")

func secretWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	app := firstOf(s.Quoted("app"), c.AppID())
	msg := "the client secret is not the one registered"
	if app != "" {
		msg += " for app " + app
	}
	if f, ok := c.Fact("client_secret"); ok && f.Value == "a GUID" {
		return msg + ": the value sent is shaped like a GUID, so the secret's id was sent in place of its value",
			[]checks.Fix{addSecret(c), betterCredential}
	}
	if f, ok := c.Fact("client_secret"); ok && strings.Contains(f.Value, "percent") {
		return msg + ": the value sent looks percent-encoded twice", []checks.Fix{fix("encode the secret exactly once in the form body", checks.Developer, "", ""), addSecret(c)}
	}
	return msg + ": often the secret's id was sent in place of its value, or another app's or an old secret", []checks.Fix{
		addSecret(c),
		fix("check what reaches the library: no quotes, no blanks or line break at the end, + / and = encoded once in a form body", checks.Developer, "", ""),
		betterCredential,
	}
}

func secretExpiredWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	msg := "the client secret of " + appName(c) + " has expired"
	return msg, []checks.Fix{
		addSecret(c),
		fix("see when each credential ends", checks.AppAdmin, fmt.Sprintf("az ad app credential list --id %s --query \"[].{name:displayName, ends:endDateTime}\" -o table", appID(c)), ""),
		betterCredential,
	}
}

func assertionWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	folded := evidence.Fold(s.Message)
	subject, issuer, audience := s.Quoted("subject"), s.Quoted("issuer"), s.Quoted("audience")
	show := fix("look at the federated credentials of the app and compare issuer, subject and audience letter by letter", checks.AppAdmin, fmt.Sprintf("az ad app federated-credential list --id %s", appID(c)), "https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust")
	switch {
	case s.Code == "AADSTS7002138":
		return fmt.Sprintf("the assertion's subject %q differs from the federated credential's only by upper and lower case, and the comparison is case-sensitive", subject),
			[]checks.Fix{fix("write the subject in the federated credential with exactly the case that the issuer sends", checks.AppAdmin, federated(c, issuer, subject), ""), show}
	case s.Code == "AADSTS700213" || s.Code == "AADSTS70021" && subject != "":
		return fmt.Sprintf("no federated credential of the app has the assertion's subject %q", subject),
			[]checks.Fix{fix("add a federated credential with exactly this subject (environment, branch, tag and pull request give different ones)", checks.AppAdmin, federated(c, issuer, subject), ""), show}
	case s.Code == "AADSTS700211":
		return fmt.Sprintf("no federated credential of the app has the assertion's issuer %q", issuer),
			[]checks.Fix{fix("set the issuer in the federated credential to exactly this value (a slash at the end counts)", checks.AppAdmin, federated(c, issuer, subject), ""), show}
	case s.Code == "AADSTS700212":
		return fmt.Sprintf("no federated credential of the app has the assertion's audience %q", audience),
			[]checks.Fix{fix("ask the issuer for a token with the audience api://AzureADTokenExchange, or set that audience in the federated credential", checks.AppAdmin, "", ""), show}
	case s.Code == "AADSTS700024" || s.Code == "AADSTS70021" || strings.Contains(folded, "validtimerange"):
		at := s.Quoted("valid_to")
		if at != "" {
			at = " (it ended at " + at + ")"
		}
		return "the client assertion is not within its valid time range" + at, []checks.Fix{
			fix("make the client assertion anew for each token request instead of caching it: give the library a callback that signs it, not a ready string", checks.Developer, "", ""),
			fix("check the machine's clock", checks.Developer, "timedatectl status", ""),
		}
	case s.Code == "AADSTS700027" || strings.Contains(folded, "thumbprint") || strings.Contains(folded, "keynotfound") || strings.Contains(folded, "certificate"):
		thumb := s.Quoted("thumbprint")
		if thumb != "" {
			thumb = " " + thumb
		}
		return fmt.Sprintf("the certificate%s that signed the client assertion is not (or no longer) registered on the app, or has expired", thumb), []checks.Fix{
			fix("upload the public part of the certificate that the app really uses", checks.AppAdmin, fmt.Sprintf("az ad app credential reset --id %s --append --cert @<certificate.pem>", appID(c)), "https://learn.microsoft.com/entra/identity-platform/certificate-credentials"),
			fix("compare the thumbprints", checks.AppAdmin, fmt.Sprintf("az ad app show --id %s --query keyCredentials[].{thumbprint:customKeyIdentifier,ends:endDateTime}", appID(c)), ""),
			fix("if you build the assertion yourself: x5t is the base64url of the SHA-1 thumbprint's bytes (x5t#S256 of SHA-256), aud is the token endpoint, iss and sub are the app id", checks.Developer, "", ""),
		}
	}
	return fmt.Sprintf("the client assertion (certificate or federated credential) is refused: %q", clip(firstOf(s.Message, s.Code))), []checks.Fix{
		fix("check the assertion: aud is the token endpoint (or api://AzureADTokenExchange for federation), iss and sub are as registered, exp lies ahead, the certificate is on the app", checks.Developer, "", "https://learn.microsoft.com/entra/identity-platform/certificate-credentials"), show}
}

func federated(c *evidence.Case, issuer, subject string) string {
	return fmt.Sprintf(`az ad app federated-credential create --id %s --parameters '{"name":"<name>","issuer":"%s","subject":"%s","audiences":["api://AzureADTokenExchange"]}'`, appID(c), or(issuer, "<issuer>"), or(subject, "<subject>"))
}

func authMissingWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	public := c.Flow == evidence.FlowDeviceCode || c.Flow == evidence.FlowPassword || c.Flow == evidence.FlowInteractive || strings.Contains(evidence.Fold(s.Message), "mobile")
	allow := fix("if it is a desktop, mobile or command-line app: allow public client flows (isFallbackPublicClient) and register its redirect URI under \"Mobile and desktop applications\"", checks.AppAdmin, fmt.Sprintf("az ad app update --id %s --is-fallback-public-client true", appID(c)), "")
	send := fix("if it is a web app or daemon: send client_secret or client_assertion with the token request", checks.Developer, "", "https://learn.microsoft.com/entra/identity-platform/how-to-add-credentials")
	fixes := []checks.Fix{send, allow}
	if public {
		fixes = []checks.Fix{allow, send}
	}
	return fmt.Sprintf("%s is registered as a confidential client, but the request carried no client_secret or client_assertion (or it should be a public client)", appName(c)), fixes
}

func authUnexpectedWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	return "the client is a public one (or its redirect URI is of a single-page or native platform), yet a client_secret or assertion was sent", []checks.Fix{
		fix("drop the client secret from the request: a public client proves itself by PKCE and its redirect URI", checks.Developer, "", ""),
		fix("or, if the app runs on a server, register its redirect URI under the platform Web and keep the secret", checks.AppAdmin, fmt.Sprintf("az ad app update --id %s --web-redirect-uris %s", appID(c), or(factValue(c, "redirect_uri"), "<redirect uri>")), ""),
	}
}

func redirectWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	uri := firstOf(s.Quoted("redirect_uri"), s.Quoted("quoted_url"), factValue(c, "redirect_uri"))
	if uri == "" && (s.Code == "AADSTS500113" || strings.Contains(evidence.Fold(s.Message), "noreplyaddress")) {
		return fmt.Sprintf("no redirect URI (reply address) is registered for %s", appName(c)), []checks.Fix{
			fix("register the redirect URI that the app sends", checks.AppAdmin, fmt.Sprintf("az ad app update --id %s --web-redirect-uris <redirect uri>", appID(c)), "")}
	}
	if folded := evidence.Fold(s.Message); strings.Contains(folded, "signaturehash") || strings.Contains(folded, "bundleid") {
		return fmt.Sprintf("the redirect URI %s does not fit the app that was built: %q", uri, clip(s.Message)), []checks.Fix{
			fix("take the value of this build: on Android msauth://<package name>/<signature hash of the key that signs this build, URL-encoded>, on iOS msauth.<bundle id>://auth; register it and put the same in the app's configuration", checks.Developer, "keytool -exportcert -alias <alias> -keystore <keystore> | openssl sha1 -binary | openssl base64", "https://learn.microsoft.com/entra/identity-platform/tutorial-v2-android"),
		}
	}
	if uri == "" {
		return fmt.Sprintf("the redirect URI of the request is not registered for %s: %q", appName(c), clip(firstOf(s.Message, s.Code))), []checks.Fix{
			fix("register exactly the redirect URI that the app sends", checks.AppAdmin, fmt.Sprintf("az ad app update --id %s --web-redirect-uris <redirect uri>", appID(c)), "https://learn.microsoft.com/entra/identity-platform/reply-url")}
	}
	fixes := []checks.Fix{}
	msg := fmt.Sprintf("the redirect URI %q of the request is not registered for %s", uri, appName(c))
	if plain := strings.HasPrefix(uri, "http://"); plain && !loopback(uri) {
		msg += ": it begins with http, which only localhost may, so a proxy in front of the app has probably ended TLS"
		fixes = append(fixes, fix("let the app build https: pass X-Forwarded-Proto and X-Forwarded-Host on from the proxy and trust them, so that "+strings.Replace(uri, "http://", "https://", 1)+" is sent", checks.Developer, "", ""))
	}
	return msg, append(fixes,
		fix("register exactly this URI (scheme, host, port, path, case and a slash at the end all count), under the platform that the app is: web, spa or publicClient", checks.AppAdmin, fmt.Sprintf("az ad app update --id %s --web-redirect-uris %s", appID(c), strings.Replace(uri, "http://", httpOf(uri), 1)), "https://learn.microsoft.com/entra/identity-platform/reply-url"),
		fix("see what is registered", checks.AppAdmin, fmt.Sprintf("az ad app show --id %s --query \"{web:web.redirectUris, spa:spa.redirectUris, native:publicClient.redirectUris}\"", appID(c)), ""))
}

func httpOf(uri string) string {
	if loopback(uri) {
		return "http://"
	}
	return "https://"
}

func loopback(uri string) bool {
	rest := strings.TrimPrefix(uri, "http://")
	return strings.HasPrefix(rest, "localhost") || strings.HasPrefix(rest, "127.0.0.1") || strings.HasPrefix(rest, "[::1]")
}

func spaWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	uri := or(firstOf(s.Quoted("redirect_uri"), factValue(c, "redirect_uri")), "<redirect uri>")
	toWeb := fix("if the code is redeemed on a server: register the redirect URI under the platform Web (and remove it from SPA), and send the secret", checks.AppAdmin, fmt.Sprintf("az ad app update --id %s --web-redirect-uris %s", appID(c), uri), "https://learn.microsoft.com/entra/identity-platform/reply-url")
	toSPA := fix("if the code is redeemed in the browser: register the redirect URI under the platform single-page application (SPA) and use PKCE (MSAL.js 2 or later)", checks.AppAdmin, fmt.Sprintf("az rest --method PATCH --uri https://graph.microsoft.com/v1.0/applications/<object id of %s> --body '{\"spa\":{\"redirectUris\":[\"%s\"]}}'", appID(c), uri), "")
	switch s.Code {
	case "AADSTS9002325", "AADSTS9002327":
		msg := "the redirect URI is registered as single-page application (SPA), whose code may only be redeemed by the browser, cross-origin and with PKCE; a server redeems it here"
		if s.Code == "AADSTS9002325" {
			msg = "the redirect URI is registered as single-page application (SPA), so PKCE (a code_verifier) is required, and the request has none"
		}
		return msg, []checks.Fix{toWeb, fix("or send code_challenge and code_verifier (PKCE)", checks.Developer, "", "")}
	}
	return "the code is redeemed across origins (in the browser), but the redirect URI is registered as Web, not as single-page application (SPA)", []checks.Fix{toSPA, toWeb}
}

func responseTypeWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	rt := firstOf(s.Quoted("response_type"), factValue(c, "response_type"))
	if mode := factValue(c, "response_mode"); s.Code == "AADSTS900491" || s.Code == "AADSTS70007" {
		return fmt.Sprintf("the response_mode %q does not go with the response type %q", mode, rt), []checks.Fix{fix("use response_mode=form_post or fragment for tokens, query for a code alone", checks.Developer, "", "")}
	}
	box, command := "ID tokens", "--enable-id-token-issuance true"
	if strings.Contains(rt, "token") && !strings.Contains(rt, "id_token") || s.Code == "AADSTS700051" {
		box, command = "Access tokens", "--enable-access-token-issuance true"
	}
	return fmt.Sprintf("response_type %q is not enabled for %s: %s by the implicit or hybrid grant are not ticked in its registration", or(rt, "token"), appName(c), box), []checks.Fix{
		fix("move to the authorization code flow with PKCE (response_type=code), which needs no such switch", checks.Developer, "", "https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow"),
		widen(fix(fmt.Sprintf("or tick %q under Authentication, implicit grant and hybrid flows", box), checks.AppAdmin, fmt.Sprintf("az ad app update --id %s %s", appID(c), command), "")),
	}
}

func scopeWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	scope := firstOf(factScope(c), s.Quoted("scope"))
	folded := evidence.Fold(s.Message)
	text := s.Message
	switch {
	case strings.Contains(folded, "thescope") && strings.Contains(scopeText(text), ","), strings.Contains(scope, ",") && !strings.Contains(scope, "://"):
		return fmt.Sprintf("the scopes are joined by a comma (%q); they must be separated by a space (blank)", or(scopeText(text), scope)), []checks.Fix{
			fix("separate scopes by spaces", checks.Developer, "scope="+strings.Join(strings.Fields(strings.ReplaceAll(or(scopeText(text), scope), ",", " ")), "%20"), "")}
	case strings.Contains(folded, "defaultscopecantbecombined") || strings.Contains(scope, ".default") && len(strings.Fields(scope)) > 1 || strings.Contains(folded, "defaultscope") && strings.Contains(folded, "combin"):
		return fmt.Sprintf("/.default is mixed with other scopes (%q): .default stands for all registered permissions of one resource and goes alone", clip(or(scopeText(text), scope))), []checks.Fix{
			fix("ask either for <resource>/.default alone (with openid, profile, offline_access at most) or for single scopes of one resource", checks.Developer, "scope=https://"+graphHost(c)+"/.default", "https://learn.microsoft.com/entra/identity-platform/scopes-oidc#the-default-scope")}
	case s.Code == "AADSTS1002012" || c.Flow == evidence.FlowClientCredentials && !strings.Contains(scope, ".default"):
		return fmt.Sprintf("client credentials take only a scope that ends in /.default, not %q: application permissions are granted beforehand", clip(or(scope, scopeText(text)))), []checks.Fix{
			fix("ask for the resource's .default scope", checks.Developer, "scope=https://"+graphHost(c)+"/.default", "")}
	case s.Code == "AADSTS28000" || s.Code == "AADSTS700022" || s.Code == "AADSTS70011" && resources(scope) > 1 || strings.Contains(folded, "morethanoneresource"):
		return fmt.Sprintf("the scope names several resources at once (%q); one token is for one resource", clip(or(scope, scopeText(text)))), []checks.Fix{
			fix("ask for each resource in a request of its own; only the first may be joined with openid, profile and offline_access", checks.Developer, "", "")}
	case s.Code == "AADSTS901002":
		return "the v1 parameter resource was sent to the v2.0 endpoint, which takes scope", []checks.Fix{
			fix("send scope=<resource>/.default in place of resource=<resource>, or use the endpoint without /v2.0", checks.Developer, "scope="+or(strings.TrimSuffix(factValue(c, "resource"), "/"), "https://"+graphHost(c))+"/.default", "")}
	case s.Code != "AADSTS70011" && strings.Contains(folded, "parameterscope") || s.Code == "AADSTS900144":
		return "the request has no scope parameter, or an empty one", []checks.Fix{fix("send a scope (v2.0 endpoint) or a resource (v1 endpoint)", checks.Developer, "scope=https://"+graphHost(c)+"/.default", "")}
	}
	if named := or(scopeText(text), scope); named != "" {
		return fmt.Sprintf("the scope %q is not valid: the API publishes no such scope, or the resource in front is missing or wrong", clip(named)), []checks.Fix{
			fix("spell the scope as the API publishes it, with the resource in front (https://"+graphHost(c)+"/Mail.Read), separated by spaces, of one resource", checks.Developer, "", "https://learn.microsoft.com/graph/permissions-reference"),
			fix("for client credentials use https://"+graphHost(c)+"/.default", checks.Developer, "scope=https://"+graphHost(c)+"/.default", ""),
		}
	}
	return fmt.Sprintf("the scope is not valid: %q", clip(firstOf(s.Message, s.Code))), []checks.Fix{
		fix("spell the scope as the API publishes it, with the resource in front (https://"+graphHost(c)+"/Mail.Read), separated by spaces, of one resource", checks.Developer, "", "https://learn.microsoft.com/graph/permissions-reference"),
		fix("for client credentials use https://"+graphHost(c)+"/.default", checks.Developer, "", ""),
	}
}

func factScope(c *evidence.Case) string { return factValue(c, "scope") }

// scopeText is the scope that a message quotes between "The scope" and "is not valid".
func scopeText(msg string) string {
	i := strings.Index(msg, "he scope ")
	if i < 0 {
		return ""
	}
	rest := msg[i+9:]
	if j := strings.Index(rest, " is not valid"); j > 0 {
		return strings.Trim(rest[:j], "'\"")
	}
	return ""
}

// resources counts the different resources that a scope string names.
func resources(scope string) int {
	seen := map[string]bool{}
	for _, s := range strings.Fields(scope) {
		if i := strings.Index(s, "://"); i > 0 {
			rest := s[i+3:]
			if j := strings.IndexByte(rest, '/'); j > 0 {
				rest = rest[:j]
			}
			seen[rest] = true
		}
	}
	return len(seen)
}

func disabledWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	app := firstOf(s.Quoted("app"), c.AppID(), "<app id>")
	return fmt.Sprintf("%s is disabled in the tenant or not allowed there: %q", appName(c), clip(firstOf(s.Message, s.Code))), []checks.Fix{
		fix("enable its service principal, if an administrator of yours disabled it: Enterprise applications, Properties, \"Enabled for users to sign in\"", checks.AppAdmin, fmt.Sprintf("Get-MgServicePrincipal -Filter \"appId eq '%s'\" | ForEach-Object { Update-MgServicePrincipal -ServicePrincipalId $_.Id -AccountEnabled:$true }", app), ""),
		fix("if the application's owner or Microsoft disabled it (see disabledByMicrosoftStatus), use another app registration", checks.Developer, fmt.Sprintf("az ad app show --id %s --query disabledByMicrosoftStatus", app), ""),
	}
}

func grantTypeWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	g := factValue(c, "grant_type")
	msg := fmt.Sprintf("the flow is not allowed here: %q", clip(firstOf(s.Message, s.Code)))
	if g != "" {
		msg = fmt.Sprintf("grant_type %q is not allowed here: %q", g, clip(firstOf(s.Message, s.Code)))
	}
	fixes := []checks.Fix{}
	if c.Flow == evidence.FlowPassword || g == "password" || strings.Contains(strings.ToLower(s.Code), "wstrust") || strings.Contains(s.Code, "federated") {
		fixes = append(fixes, fix("leave the password flow (ROPC): it fails for federated users, for personal accounts and with multi-factor authentication; use device code, authorization code or app-only access", checks.Developer, "", "https://learn.microsoft.com/entra/identity-platform/v2-oauth-ropc"))
	}
	return msg, append(fixes, fix("use a grant type that the endpoint knows (authorization_code, client_credentials, refresh_token, urn:ietf:params:oauth:grant-type:jwt-bearer, urn:ietf:params:oauth:grant-type:device_code), sent as a form body", checks.Developer, "grant_type=client_credentials", "https://learn.microsoft.com/entra/identity-platform/authentication-flows-app-scenarios"))
}

func credentialWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	folded := evidence.Fold(s.Message)
	all := ""
	for _, o := range c.Said {
		all += evidence.Fold(o.Message)
	}
	var fixes []checks.Fix
	if strings.Contains(all, "azlogin") || strings.Contains(all, "azurecli") {
		fixes = append(fixes, fix("on a developer's machine: sign in to Azure CLI (and have az on the PATH)", checks.User, "az login --tenant "+tenantID(c), ""))
	}
	if strings.Contains(all, "managedidentity") || strings.Contains(all, "imds") || strings.Contains(all, "169254") || strings.Contains(all, "msi") || strings.Contains(all, "identitynotfound") {
		fixes = append(fixes, fix("in Azure: turn the managed identity on for this resource (or assign the user-assigned one whose client id is set); outside Azure there is none", checks.AppAdmin, "az vm identity assign --name <vm> --resource-group <group>", "https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/overview"))
	}
	if strings.Contains(all, "environment") {
		fixes = append(fixes, fix("elsewhere: set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET (or AZURE_CLIENT_CERTIFICATE_PATH) for the process", checks.Developer, "export AZURE_TENANT_ID="+tenantID(c)+" AZURE_CLIENT_ID="+appID(c), ""))
	}
	if strings.Contains(all, "connectazaccount") || strings.Contains(all, "azurepowershell") {
		fixes = append(fixes, fix("or sign in to Azure PowerShell", checks.User, "Connect-AzAccount -Tenant "+tenantID(c), ""))
	}
	fixes = append(fixes, fix("name the one credential that fits the place instead of trying the whole chain (DefaultAzureCredential), so that its own error is seen", checks.Developer, "", "https://learn.microsoft.com/azure/developer/intro/passwordless-overview"))
	_ = folded
	return fmt.Sprintf("no credential could be had on this machine, so no token was asked for: %q", clip(firstOf(s.Message, s.Code))), fixes
}

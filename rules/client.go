package rules

import (
	"fmt"
	"slices"
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
	if issuer == "" && strings.HasPrefix(subject, "repo:") {
		issuer = "https://token.actions.githubusercontent.com" // such subjects are GitHub's; an enterprise's own issuer is seldom
	}
	return fmt.Sprintf(`az ad app federated-credential create --id %s --parameters '{"name":"<name>","issuer":"%s","subject":"%s","audiences":["api://AzureADTokenExchange"]}'`, appID(c), quotable(issuer, "<issuer>"), quotable(subject, "<subject>"))
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
		fix("or, if the app runs on a server, register its redirect URI under the platform Web and keep the secret", checks.AppAdmin, addRedirect(c, or(factValue(c, "redirect_uri"), "<redirect uri>")), ""),
	}
}

func disabledWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	app := plain(firstOf(s.Quoted("app"), c.AppID()), "<app id>")
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
	return msg, append(fixes, fix("use a grant type that the endpoint knows (authorization_code, client_credentials, refresh_token, urn:ietf:params:oauth:grant-type:jwt-bearer, urn:ietf:params:oauth:grant-type:device_code), sent as a form body", checks.Developer, "grant_type="+nearestGrant(c), "https://learn.microsoft.com/entra/identity-platform/authentication-flows-app-scenarios"))
}

// nearestGrant is the grant type that the other parameters of the request are
// those of.
func nearestGrant(c *evidence.Case) string {
	sent := func(name string) bool {
		if _, ok := c.Fact(name); ok {
			return true
		}
		return c.Call != nil && slices.Contains(c.Call.Body, name)
	}
	switch {
	case sent("code"):
		return "authorization_code"
	case sent("refresh_token"):
		return "refresh_token"
	case sent("device_code"):
		return "urn:ietf:params:oauth:grant-type:device_code"
	case sent("assertion"):
		return "urn:ietf:params:oauth:grant-type:jwt-bearer"
	}
	return "client_credentials"
}

package rules

import (
	"fmt"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file words what is wrong with a redirect URI or a response type.

// addRedirect is the command that adds a Web redirect URI, or one of a mobile or
// desktop app where the scheme is such an app's own. It sets the whole list, so
// that the ones that are there are read and given again.
func addRedirect(c *evidence.Case, uri string) string {
	if scheme, _, ok := strings.Cut(uri, ":"); ok && scheme != "http" && scheme != "https" {
		return fmt.Sprintf("az ad app update --id %s --public-client-redirect-uris $(az ad app show --id %s --query publicClient.redirectUris --output tsv) %s", appID(c), appID(c), arg(uri))
	}
	return fmt.Sprintf("az ad app update --id %s --web-redirect-uris $(az ad app show --id %s --query web.redirectUris --output tsv) %s", appID(c), appID(c), arg(uri))
}

func redirectWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	uri := firstOf(s.Quoted("redirect_uri"), s.Quoted("quoted_url"), factValue(c, "redirect_uri"))
	if uri == "" && (s.Code == "AADSTS500113" || strings.Contains(evidence.Fold(s.Message), "noreplyaddress")) {
		return fmt.Sprintf("no redirect URI (reply address) is registered for %s", appName(c)), []checks.Fix{
			fix("register the redirect URI that the app sends", checks.AppAdmin, addRedirect(c, "<redirect uri>"), "")}
	}
	if folded := evidence.Fold(s.Message); strings.Contains(folded, "signaturehash") || strings.Contains(folded, "bundleid") {
		return fmt.Sprintf("the redirect URI %sdoes not fit the app that was built: %q", spaced(uri), clip(s.Message)), []checks.Fix{
			fix("take the value of this build: on Android msauth://<package name>/<signature hash of the key that signs this build, URL-encoded>, on iOS msauth.<bundle id>://auth; register it and put the same in the app's configuration", checks.Developer, "keytool -exportcert -alias <alias> -keystore <keystore> | openssl sha1 -binary | openssl base64", "https://learn.microsoft.com/entra/identity-platform/tutorial-v2-android"),
		}
	}
	if uri == "" {
		return fmt.Sprintf("the redirect URI of the request is not registered for %s: %q", appName(c), clip(firstOf(s.Message, s.Code))), []checks.Fix{
			fix("register exactly the redirect URI that the app sends", checks.AppAdmin, addRedirect(c, "<redirect uri>"), "https://learn.microsoft.com/entra/identity-platform/reply-url")}
	}
	fixes := []checks.Fix{}
	msg := fmt.Sprintf("the redirect URI %q of the request is not registered for %s", uri, appName(c))
	if plain := strings.HasPrefix(uri, "http://"); plain && !loopback(uri) {
		msg += ": it begins with http, which only localhost may, so a proxy in front of the app has probably ended TLS"
		fixes = append(fixes, fix("let the app build https: pass X-Forwarded-Proto and X-Forwarded-Host on from the proxy and trust them, so that "+strings.Replace(uri, "http://", "https://", 1)+" is sent", checks.Developer, "", ""))
	}
	fixes = append(fixes,
		fix("register exactly this URI (scheme, host, port, path, case and a slash at the end all count), under the platform that the app is: web, spa or publicClient", checks.AppAdmin, addRedirect(c, strings.Replace(uri, "http://", httpOf(uri), 1)), "https://learn.microsoft.com/entra/identity-platform/reply-url"),
		fix("see what is registered", checks.AppAdmin, fmt.Sprintf("az ad app show --id %s --query \"{web:web.redirectUris, spa:spa.redirectUris, native:publicClient.redirectUris}\"", appID(c)), ""))
	if strings.HasPrefix(uri, "msauth://") || strings.HasPrefix(uri, "msauth.") {
		fixes = append(fixes, fix("if another build works: this one is signed with another key or has another bundle id, which is a part of the URI", checks.Developer, "keytool -exportcert -alias <alias> -keystore <keystore> | openssl sha1 -binary | openssl base64", "https://learn.microsoft.com/entra/identity-platform/tutorial-v2-android"))
	}
	return msg, fixes
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
	toWeb := fix("if the code is redeemed on a server: register the redirect URI under the platform Web (and remove it from SPA), and send the secret", checks.AppAdmin, addRedirect(c, uri), "https://learn.microsoft.com/entra/identity-platform/reply-url")
	toSPA := fix("if the code is redeemed in the browser: register the redirect URI under the platform single-page application (SPA) and use PKCE (MSAL.js 2 or later)", checks.AppAdmin, fmt.Sprintf("az rest --method PATCH --uri \"https://%s/v1.0/applications(appId='%s')\" --body '{\"spa\":{\"redirectUris\":[\"<uris that are there>\",\"%s\"]}}'", graphHost(c), appID(c), uri), "")
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

// spaced is a value and a blank, or nothing.
func spaced(s string) string {
	if s == "" {
		return ""
	}
	return s + " "
}

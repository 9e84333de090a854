package rules

import (
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
)

// signInRequestFixes mend a request to the sign-in service that is wrong in its
// form: SAML, by its numbers, or OAuth.
func signInRequestFixes(number string) []checks.Fix {
	switch {
	case number == "75011":
		return []checks.Fix{
			fix("have the application leave RequestedAuthnContext out of its SAML request, or ask with Comparison=\"minimum\": the user's session was made by another method (multi-factor, certificate, Windows) than the one it names", checks.Developer, "", "https://learn.microsoft.com/troubleshoot/entra/entra-id/app-integration/error-code-aadsts75011-auth-method-mismatch"),
			fix("to see that it is this: sign out, and sign in with a password in a private window", checks.User, "", ""),
		}
	case strings.HasPrefix(number, "75") || number == "76021" || number == "76026":
		return []checks.Fix{fix("compare the application's SAML request with what Microsoft Entra takes: binding, signature, time, NameID format", checks.Developer, "", "https://learn.microsoft.com/entra/identity-platform/single-sign-on-saml-protocol")}
	}
	return []checks.Fix{fix("compare the request's parameters and their encoding with the page of the flow; a library (MSAL) builds them right", checks.Developer, "", "https://learn.microsoft.com/entra/identity-platform/authentication-flows-app-scenarios")}
}

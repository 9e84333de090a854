package rules

import (
	"fmt"
	"strings"
	"time"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file judges the rest of a registration: switches, whom it admits, the
// tokens of its API; and entries of the configuration that excuse nothing.

func implicitGrant(p *posture) []checks.Finding {
	var out []checks.Finding
	for _, s := range p.app.Implicit {
		what := "access tokens"
		if strings.Contains(s.Field, "IdToken") {
			what = "ID tokens"
		}
		out = append(out, checks.Finding{Subject: s.Field, Seen: []checks.Witness{checks.Shows(s)},
			Message: fmt.Sprintf("%s is true, so that the authorize endpoint hands %s out in the address bar", s.Field, what),
			Fixes: []checks.Fix{fix("move to the authorization code flow with PKCE, then turn it off", checks.Developer,
				"az ad app update --id "+plain(p.app.ID, "<app id>")+" --enable-access-token-issuance false --enable-id-token-issuance false", "https://learn.microsoft.com/entra/identity-platform/v2-oauth2-implicit-grant-flow")}})
	}
	return out
}

func publicClient(p *posture) []checks.Finding {
	s := p.app.PublicClient
	if s.Field == "" || len(p.app.Credentials) == 0 {
		return nil
	}
	c := p.app.Credentials[0]
	return []checks.Finding{{Subject: label(p.app), Seen: []checks.Witness{checks.Shows(s), checks.Shows(c.Ref)},
		Message: fmt.Sprintf("%s allows public client flows (%s) although it holds a %s, so that anybody can start a device code or password sign-in in its name", label(p.app), s.Field, credentialName(c)),
		Fixes: []checks.Fix{fix("turn public client flows off, or give the public part a registration of its own", checks.AppAdmin,
			"az ad app update --id "+plain(p.app.ID, "<app id>")+" --is-fallback-public-client false", "https://learn.microsoft.com/entra/identity-platform/msal-client-applications")}}}
}

// audiences is signInAudience for the words of the configuration.
var audiences = map[string]string{"single": "AzureADMyOrg", "multi": "AzureADMultipleOrgs", "multi-and-personal": "AzureADandPersonalMicrosoftAccount", "personal": "PersonalMicrosoftAccount"}

func audienceUnfit(p *posture) []checks.Finding {
	a := p.app.Audience
	if a.Field == "" {
		return nil
	}
	subject := "signInAudience " + a.Value
	if want := audiences[p.app.Policy.Audience]; want != "" && !strings.EqualFold(want, a.Value) {
		return []checks.Finding{{Subject: subject, Seen: []checks.Witness{checks.Shows(a), checks.Fits(p.app.Policy.Ref)},
			Message: fmt.Sprintf("signInAudience is %s, but by .graphdoctor.yaml the app is meant for %s (%s)", a.Value, p.app.Policy.Audience, want),
			Fixes: []checks.Fix{fix("set signInAudience to what is meant, or correct audience: in .graphdoctor.yaml", checks.AppAdmin,
				"az ad app update --id "+plain(p.app.ID, "<app id>")+" --sign-in-audience "+want, "https://learn.microsoft.com/entra/identity-platform/supported-accounts-validation")}}}
	}
	var bad *evidence.Ref
	for i, at := range p.app.Authority {
		if fitsAuthority(a.Value, at.Value) {
			return nil // the code has an address that fits; which one it uses is not known
		}
		if bad == nil {
			bad = &p.app.Authority[i]
		}
	}
	if bad == nil {
		return nil
	}
	return []checks.Finding{{Subject: subject, Seen: []checks.Witness{checks.Shows(a), checks.Shows(*bad)},
		Message: fmt.Sprintf("signInAudience is %s, but the code signs in at /%s", a.Value, bad.Value),
		Fixes:   []checks.Fix{fix("use the authority of the audience: "+authorityFor(a.Value), checks.Developer, "", "https://learn.microsoft.com/entra/identity-platform/msal-client-application-configuration")}}}
}

// fitsAuthority tells whether accounts of an audience can sign in at an
// authority: common, organizations, consumers, or a tenant.
func fitsAuthority(audience, at string) bool {
	at = strings.ToLower(at)
	switch audience {
	case "AzureADMyOrg":
		return at != "common" && at != "organizations" && at != "consumers"
	case "AzureADMultipleOrgs":
		return at != "consumers"
	case "PersonalMicrosoftAccount":
		return at == "consumers" || at == "common" || at == personalTenant
	}
	return true
}

// personalTenant is the tenant of all personal accounts.
const personalTenant = "9188040d-6c67-4c5b-b112-36a304b66dad"

func authorityFor(audience string) string {
	switch audience {
	case "AzureADMyOrg":
		return "the tenant's id"
	case "AzureADMultipleOrgs":
		return "/organizations"
	case "PersonalMicrosoftAccount":
		return "/consumers"
	}
	return "/common"
}

func tokenVersion(p *posture) []checks.Finding {
	a := p.app
	if a.Policy.APITokens == "" && a.Policy.APIAudience == "" || a.TokenVersion.Field == "" || !a.Exposes {
		return nil
	}
	patch := fix("", checks.AppAdmin, "", "https://learn.microsoft.com/entra/identity-platform/access-tokens")
	want := strings.TrimPrefix(a.Policy.APITokens, "v")
	message := ""
	switch {
	case want != "" && want != a.TokenVersion.Value:
		message = fmt.Sprintf("requestedAccessTokenVersion is %s, but the API validates v%s tokens", a.TokenVersion.Value, want)
		patch.Title = "set requestedAccessTokenVersion to " + want
		patch.Command = fmt.Sprintf(`az rest --method PATCH --uri "https://graph.microsoft.com/v1.0/applications(appId='%s')" --body '{"api":{"requestedAccessTokenVersion":%s}}'`, plain(a.ID, "<app id>"), want)
	case a.TokenVersion.Value == "2" && strings.Contains(a.Policy.APIAudience, "://"):
		message = fmt.Sprintf("the API validates the audience %q, but tokens of version 2 have the app id in aud", a.Policy.APIAudience)
		patch.Title, patch.Who = "let the API accept the app id as audience", checks.Developer
	case a.TokenVersion.Value == "1" && evidence.IsGUID(a.Policy.APIAudience) && len(a.URIs) > 0:
		message = fmt.Sprintf("the API validates the audience %s, but tokens of version 1 have the identifier URI in aud that the caller asked for", a.Policy.APIAudience)
		patch.Title, patch.Who = "let the API accept the identifier URI as audience too, or set version 2", checks.Developer
	default:
		return nil
	}
	return []checks.Finding{{Subject: label(a), Message: message, Seen: []checks.Witness{checks.Shows(a.TokenVersion), checks.Fits(a.Policy.Ref)}, Fixes: []checks.Fix{patch}}}
}

// allowUnused tells of entries that excuse nothing any more.
func allowUnused(p *posture) []checks.Finding {
	var out []checks.Finding
	for _, a := range p.app.Policy.Stale {
		what, mend := "allow entry", "delete the entry"
		if a.Baseline {
			what, mend = "baseline line", "write the baseline anew"
		}
		message := fmt.Sprintf("the %s for %s %q matches no finding any more", what, a.Rule, a.Subject)
		if a.Ended {
			message = fmt.Sprintf("the %s for %s %q ended on %s, so the finding stands again", what, a.Rule, a.Subject, a.Until.Format(time.DateOnly))
			mend = "mend the fault, or give a new day and say in the reason why it took longer"
		}
		f := checks.Finding{Subject: a.Rule + " " + a.Subject, Message: message, Seen: []checks.Witness{checks.Shows(a.Ref)}, Fixes: []checks.Fix{fix(mend, checks.Developer, "", "")}}
		if a.Baseline {
			f.Fixes[0].Command = "graphdoctor lint --write-baseline ."
		}
		out = append(out, f)
	}
	return out
}

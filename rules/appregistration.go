package rules

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file judges the rest of a registration: reply URLs, switches, whom it
// admits, what proves that it is the app.

// nativeReply is Microsoft's own reply URL for apps that have none.
const nativeReply = "/common/oauth2/nativeclient"

// A reply is a reply URL taken apart.
type reply struct {
	scheme, host, path string
	wild               bool // has a *
	open               bool // the host is not known before deployment
}

func replyOf(uri string) reply {
	var r reply
	scheme, rest, ok := strings.Cut(uri, "://")
	if !ok {
		scheme, rest, _ = strings.Cut(uri, ":")
	}
	r.scheme = strings.ToLower(scheme)
	r.host, r.path, _ = strings.Cut(rest, "/")
	r.path = "/" + r.path
	r.wild = strings.Contains(uri, "*")
	r.host = strings.ToLower(r.host)
	r.open = strings.Contains(r.host, "{") || strings.Contains(r.scheme, "{")
	if u, err := url.Parse("https://" + r.host); err == nil {
		r.host = u.Hostname()
	}
	return r
}

func (r reply) loopback() bool {
	return r.host == "localhost" || r.host == "::1" || strings.HasPrefix(r.host, "127.") || strings.HasSuffix(r.host, ".localhost")
}

func (r reply) web() bool { return r.scheme == "https" || r.scheme == "http" }

func redirectUnsafe(p *posture) []checks.Finding {
	var out []checks.Finding
	for _, u := range p.app.Redirects {
		r := replyOf(u.URI)
		var why string
		var mend checks.Fix
		switch {
		case r.wild:
			why = "has a wildcard, so that codes and tokens can go to pages that nobody meant"
			mend = fix("register the full URL of the page, and keep the user's place in the state parameter", checks.Developer, "", "https://learn.microsoft.com/entra/identity-platform/reply-url")
		case r.scheme == "http" && !r.open && !r.loopback():
			why = "is plain http, so that codes and tokens can be read on the way"
			mend = fix("register the https form; behind a proxy let the app build https (X-Forwarded-Proto)", checks.Developer, "", "https://learn.microsoft.com/entra/identity-platform/reply-url")
		case r.web() && !r.open && !r.loopback() && len(p.app.Policy.Hosts) > 0 && !p.ours(r):
			why = "leads to " + r.host + ", which is none of the app's hosts (" + list(few(p.app.Policy.Hosts, 4), "and") + ")"
			mend = fix("remove it, or name the host under hosts: in .graphdoctor.yaml", checks.Developer, "", "https://learn.microsoft.com/entra/identity-platform/reply-url")
		default:
			continue
		}
		f := checks.Finding{Subject: u.URI, Message: fmt.Sprintf("the reply URL %q %s", u.URI, why), Seen: []checks.Witness{checks.Shows(u.Ref)}, Fixes: []checks.Fix{mend}}
		out = append(out, f)
	}
	return out
}

// ours tells whether a host is one of the app's, or below one.
func (p *posture) ours(r reply) bool {
	for _, h := range p.app.Policy.Hosts {
		h = strings.ToLower(strings.TrimPrefix(strings.TrimPrefix(h, "*"), "."))
		if r.host == h || strings.HasSuffix(r.host, "."+h) {
			return true
		}
	}
	return strings.EqualFold(r.path, nativeReply) && strings.HasPrefix(r.host, "login.")
}

// platforms is where the reply URLs of a flow belong.
var platforms = map[string]string{"web": "web", "obo": "web", "spa": "spa", "mobile": "native"}

var platformNames = map[string]string{"web": "Web", "spa": "single-page application", "native": "mobile and desktop applications"}

func redirectPlatform(p *posture) []checks.Finding {
	want := map[string]bool{}
	for _, f := range p.app.Policy.Flows {
		if at := platforms[f]; at != "" {
			want[at] = true
		}
	}
	var out []checks.Finding
	seen := map[string]evidence.Redirect{}
	for _, u := range p.app.Redirects {
		r := replyOf(u.URI)
		key := strings.ToLower(strings.TrimSuffix(u.URI, "/"))
		if other, ok := seen[key]; ok && !r.open {
			out = append(out, double(u, other))
			continue
		}
		seen[key] = u
		if f, ok := misplaced(u, r, want); ok {
			out = append(out, f)
		}
	}
	return out
}

// double: two reply URLs that are equal but for a slash, case or platform.
func double(u, other evidence.Redirect) checks.Finding {
	how := "differ only by a slash or by case, and the app sends one of them"
	if u.URI == other.URI {
		how = "are the same, and one URL cannot stand under two platforms"
		if u.Platform == other.Platform {
			how = "are the same"
		}
	}
	return checks.Finding{Subject: u.URI, Message: fmt.Sprintf("the reply URLs %q and %q %s", other.URI, u.URI, how),
		Seen:  []checks.Witness{checks.Shows(u.Ref), checks.Shows(other.Ref)},
		Fixes: []checks.Fix{fix("remove the one that the app does not send", checks.AppAdmin, "", "https://learn.microsoft.com/entra/identity-platform/reply-url")}}
}

// misplaced: a reply URL under a platform that its scheme or the flow rules out.
func misplaced(u evidence.Redirect, r reply, want map[string]bool) (checks.Finding, bool) {
	var why, to string
	switch {
	case u.Platform == "" || r.scheme == "" || strings.Contains(r.scheme, "{"):
		return checks.Finding{}, false
	case !r.web() && u.Platform != "native":
		why, to = fmt.Sprintf("has the scheme %s of a native app", r.scheme), "native"
	case len(want) > 0 && !want[u.Platform] && !strings.EqualFold(r.path, nativeReply):
		for at := range want {
			if to == "" || at < to {
				to = at
			}
		}
		why = "belongs there by the app's flow"
	default:
		return checks.Finding{}, false
	}
	message := fmt.Sprintf("the reply URL %q stands under %s, but %s", u.URI, platformNames[u.Platform], why)
	if why == "belongs there by the app's flow" {
		message = fmt.Sprintf("the reply URL %q stands under %s, but the app's flow redeems its codes under %s", u.URI, platformNames[u.Platform], platformNames[to])
	}
	return checks.Finding{Subject: u.URI, Message: message, Seen: []checks.Witness{checks.Shows(u.Ref)},
		Fixes: []checks.Fix{fix("move it to "+platformNames[to], checks.AppAdmin, "", "https://learn.microsoft.com/entra/identity-platform/reply-url")}}, true
}

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
				"az ad app update --id "+or(p.app.ID, "<app id>")+" --enable-access-token-issuance false --enable-id-token-issuance false", "https://learn.microsoft.com/entra/identity-platform/v2-oauth2-implicit-grant-flow")}})
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
			"az ad app update --id "+or(p.app.ID, "<app id>")+" --is-fallback-public-client false", "https://learn.microsoft.com/entra/identity-platform/msal-client-applications")}}}
}

func credentialName(c evidence.Credential) string {
	switch {
	case c.Name != "":
		return fmt.Sprintf("%s %q", credentialKind(c), c.Name)
	case c.ID != "":
		return credentialKind(c) + " " + c.ID
	}
	return credentialKind(c)
}

func credentialKind(c evidence.Credential) string {
	if c.Kind == "federated" {
		return "federated credential"
	}
	return c.Kind
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
				"az ad app update --id "+or(p.app.ID, "<app id>")+" --sign-in-audience "+want, "https://learn.microsoft.com/entra/identity-platform/supported-accounts-validation")}}}
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

// What the configuration leaves open.
const (
	soon       = 30 * 24 * time.Hour
	longEnough = 365 * 24 * time.Hour
)

func days(d time.Duration) string {
	n := int(d.Hours() / 24)
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}

// credentials calls judge for each credential of an app.
func credentials(c *evidence.Case, judge func(evidence.Credential) (string, checks.Severity, []checks.Fix)) []checks.Finding {
	if c.App == nil {
		return nil
	}
	var out []checks.Finding
	for _, cr := range c.App.Credentials {
		message, severity, fixes := judge(cr)
		if message == "" {
			continue
		}
		out = append(out, checks.Finding{Subject: credentialName(cr), Message: message, Severity: severity, Seen: []checks.Witness{checks.Shows(cr.Ref)}, Fixes: fixes})
	}
	return out
}

func (p *posture) renew(c evidence.Credential) []checks.Fix {
	id := or(p.app.ID, "<app id>")
	drop := fmt.Sprintf("az ad app credential delete --id %s --key-id %s", id, or(c.ID, "<key id>"))
	if c.Kind == "certificate" {
		drop += " --cert"
	}
	return []checks.Fix{
		fix("add a new credential beside the old one, and give it to the app", checks.AppAdmin, "az ad app credential reset --id "+id+" --append --display-name <name> --years 1", "https://learn.microsoft.com/entra/identity-platform/how-to-add-credentials"),
		fix("delete the old one, where nothing uses it", checks.AppAdmin, drop, ""),
	}
}

func credentialExpired(c *evidence.Case) []checks.Finding {
	return credentials(c, func(cr evidence.Credential) (string, checks.Severity, []checks.Fix) {
		if cr.End.IsZero() || cr.Never || cr.End.After(c.When.Time) {
			return "", 0, nil
		}
		return fmt.Sprintf("the %s expired on %s, %s ago", credentialName(cr), cr.End.Format(time.DateOnly), days(c.When.Sub(cr.End))), 0, stand(c.App).renew(cr)
	})
}

func credentialExpiring(c *evidence.Case) []checks.Finding {
	return credentials(c, func(cr evidence.Credential) (string, checks.Severity, []checks.Fix) {
		within := c.App.Policy.ExpireWithin
		if within == 0 {
			within = soon
		}
		left := cr.End.Sub(c.When.Time)
		if cr.End.IsZero() || cr.Never || left <= 0 || left > within {
			return "", 0, nil
		}
		return fmt.Sprintf("the %s expires on %s, in %s", credentialName(cr), cr.End.Format(time.DateOnly), days(left)), 0, stand(c.App).renew(cr)
	})
}

func credentialLongLived(c *evidence.Case) []checks.Finding {
	better := false
	if c.App != nil {
		for _, cr := range c.App.Credentials {
			better = better || cr.Kind != "secret"
		}
	}
	return credentials(c, func(cr evidence.Credential) (string, checks.Severity, []checks.Fix) {
		if cr.Kind != "secret" {
			return "", 0, nil
		}
		most := c.App.Policy.MaxLifetime
		if most == 0 {
			most = longEnough
		}
		from := cr.Start
		if from.IsZero() {
			from = c.When.Time // it lives at least from now
		}
		fixes := []checks.Fix{
			fix("take a managed identity, workload identity federation or a certificate in its place", checks.Developer, "az ad app federated-credential create --id "+or(c.App.ID, "<app id>")+" --parameters credential.json", "https://learn.microsoft.com/entra/workload-id/workload-identity-federation"),
			fix("or make it short", checks.AppAdmin, "az ad app credential reset --id "+or(c.App.ID, "<app id>")+" --append --display-name <name> --years 1", "https://learn.microsoft.com/entra/identity-platform/security-best-practices-for-app-registration"),
		}
		switch {
		case cr.Never:
			return fmt.Sprintf("the %s has no end", credentialName(cr)), 0, fixes
		case !cr.End.IsZero() && cr.End.Before(c.When.Time):
			return "", 0, nil // credential-expired
		case !cr.End.IsZero() && cr.End.Sub(from) > most+24*time.Hour:
			return fmt.Sprintf("the %s lives for %s, longer than %s", credentialName(cr), days(cr.End.Sub(from)), days(most)), 0, fixes
		case cr.Lasts > most+24*time.Hour:
			return fmt.Sprintf("the %s is made for %s, longer than %s", credentialName(cr), days(cr.Lasts), days(most)), 0, fixes
		case !better:
			return fmt.Sprintf("the app proves itself by the %s only; a certificate or federation would do without a secret", credentialName(cr)), checks.Note, fixes[:1]
		}
		return "", 0, nil
	})
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
		patch.Command = fmt.Sprintf(`az rest --method PATCH --uri "https://graph.microsoft.com/v1.0/applications(appId='%s')" --body '{"api":{"requestedAccessTokenVersion":%s}}'`, or(a.ID, "<app id>"), want)
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

package rules

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// Causes that lie in the sign-in: the tenant, the account, the grant, the session.
var signinRules = []checks.Rule{
	{
		ID: "tenant-not-found", Layer: checks.Acquire, Severity: checks.Error,
		Title: "The tenant id or domain is wrong, or has no subscription",
		Check: tenantAbsent,
	},
	{
		ID: "account-not-in-tenant", Layer: checks.Acquire, Severity: checks.Error,
		Title: "The account is not in the app's tenant, or is of a kind that the app does not admit",
		Check: stated("account-not-in-tenant", accountWords),
	},
	{
		ID: "single-tenant-on-common", Layer: checks.Acquire, Severity: checks.Error,
		Title: "The authority does not fit the accounts that the app is registered for",
		Check: authorityMisfit,
	},
	{
		ID: "user-account-problem", Layer: checks.Acquire, Severity: checks.Error,
		Title: "The user's account or password stops the sign-in",
		Check: stated("user-account-problem", userWords),
	},
	{
		ID: "grant-invalid", Layer: checks.Acquire, Severity: checks.Error,
		Title: "The code or refresh token is expired, used, revoked or another client's",
		Check: stated("grant-invalid", grantWords),
	},
	{
		ID: "device-code-pending", Layer: checks.Acquire, Severity: checks.Error,
		Title: "The device code sign-in is waiting, was declined or has run out",
		Check: stated("device-code-pending", deviceWords),
	},
	{
		ID: "session-missing", Layer: checks.Acquire, Severity: checks.Error,
		Title: "There is no signed-in session to work silently with",
		Check: stated("session-missing", sessionWords),
	},
}

func tenantAbsent(c *evidence.Case) []checks.Finding {
	return voiced(c, "tenant-not-found", func(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
		t := firstOf(s.Quoted("directory"), c.TenantID(), factValue(c, "tenant"))
		msg := "the tenant was not found"
		if tenantless(s) && t == "" {
			return "the request names no tenant, and nothing else in it (a user, a certificate) tells one", []checks.Fix{
				fix("put the tenant's id (Directory ID of the Entra overview page) or its verified domain into the authority", checks.Developer, fmt.Sprintf("https://%s/<tenant id>/oauth2/v2.0/token", loginHost(c)), ""),
				fix("see whether the variable that holds the tenant is empty where the app runs", checks.Developer, "", ""),
			}
		}
		if t != "" {
			msg = fmt.Sprintf("the tenant %q was not found", t)
		}
		if rest, ok := strings.CutPrefix(t, "common"); ok && rest != "" {
			msg += fmt.Sprintf(": the word common and the id %s were joined into one", rest)
		} else if strings.ContainsAny(t, "{}$<>%") {
			msg += ": it is a placeholder that was never filled in"
		} else if app := c.AppID(); app != "" && strings.EqualFold(app, t) {
			msg += ": it is the client id, sent in the tenant's place"
		} else {
			msg += ": wrong id or domain, another cloud, or no subscription"
		}
		return msg, []checks.Fix{
			fix("put the tenant's id (Directory ID of the Entra overview page) or its verified domain into the authority", checks.Developer, fmt.Sprintf("https://%s/<tenant id>/oauth2/v2.0/token", loginHost(c)), ""),
			fix("ask the metadata endpoint whether the tenant exists in this cloud", checks.Developer, fmt.Sprintf("curl https://%s/%s/v2.0/.well-known/openid-configuration", loginHost(c), arg(or(t, "<tenant id>"))), ""),
		}
	})
}

func accountWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	values := quotations(s.Message) // user, provider, tenant, application: the same order in every language
	idp, named := s.Quoted("idp"), ""
	if len(values) > 2 && strings.Contains(values[0], "@") && !strings.Contains(values[1], " ") {
		idp, named = firstOf(idp, values[1]), values[2]
	}
	tenant := firstOf(s.Quoted("directory"), named, c.TenantID(), "the tenant")
	personal := strings.Contains(idp, "live.com")
	msg := fmt.Sprintf("the account is not a member or guest of %s", quoteIf(tenant))
	if personal {
		msg = fmt.Sprintf("a personal Microsoft account (live.com) signed in, and it is no guest of %s", quoteIf(tenant))
	} else if idp != "" {
		msg += fmt.Sprintf(" (it comes from %s)", idp)
	}
	if s.Code == "AADSTS50034" {
		msg = fmt.Sprintf("the user name does not exist in %s", quoteIf(tenant))
	}
	if s.Code == "AADSTS500200" {
		msg = "the account is a personal Microsoft account, and the app or endpoint admits work and school accounts only"
	}
	if s.Code == "AADSTS500208" {
		return "the account's domain may not sign in at this host: accounts of an external (customer) tenant sign in at the tenant's own <name>.ciamlogin.com, not at login.microsoftonline.com", []checks.Fix{
			fix("use the external tenant's authority", checks.Developer, "authority=https://"+or(hostLike(c, ".ciamlogin.com"), "<tenant name>.ciamlogin.com")+"/", "https://learn.microsoft.com/entra/external-id/customers/concept-authentication-methods-customers"),
			fix("where staff sign in: use an account of a workforce tenant, with that tenant's authority", checks.User, "prompt=select_account", ""),
		}
	}
	if s.Code == "AADSTS500201" || s.Code == "AADSTS50178" {
		msg += ": " + clip(s.Message)
	}
	return msg, []checks.Fix{
		fix("sign out and in with an account of that tenant (another account was remembered by the browser)", checks.User, "prompt=select_account", ""),
		fix("or invite the account as a guest", checks.AppAdmin, fmt.Sprintf("New-MgInvitation -InvitedUserEmailAddress %s -InviteRedirectUrl https://myapps.microsoft.com/?tenantId=%s", arg(mailOr(s.Quoted("user"), "<mail address>")), tenantID(c)), ""),
		widen(fix("or admit more kinds of account: signInAudience AzureADMultipleOrgs or AzureADandPersonalMicrosoftAccount, with the authority /organizations or /common", checks.AppAdmin, fmt.Sprintf("az ad app update --id %s --sign-in-audience AzureADMultipleOrgs", appID(c)), "")),
	}
}

// quotations are the values in quotes of a message, whichever quotes its language has.
func quotations(msg string) (values []string) {
	const opening, closing = "'\"‘“„«「", "'\"’”“»」"
	for {
		i := strings.IndexAny(msg, opening)
		if i < 0 {
			return values
		}
		_, size := utf8.DecodeRuneInString(msg[i:])
		msg = msg[i+size:]
		j := strings.IndexAny(msg, closing)
		if j < 0 {
			return values
		}
		values = append(values, strings.TrimSpace(msg[:j]))
		_, size = utf8.DecodeRuneInString(msg[j:])
		msg = msg[j+size:]
	}
}

// mailOr is the account that a message names, unless the service has hidden it.
func mailOr(v, placeholder string) string {
	if !strings.Contains(v, "@") {
		return placeholder
	}
	return v
}

// hostLike is a host name with a certain end that the evidence names, "" if none.
func hostLike(c *evidence.Case, end string) string {
	for _, s := range c.Said {
		for w := range strings.FieldsSeq(strings.NewReplacer("/", " ", ",", " ", "(", " ", ")", " ", "\"", " ").Replace(s.Message)) {
			if w = strings.ToLower(strings.Trim(w, ".:;")); strings.HasSuffix(w, end) && len(w) > len(end) {
				return w
			}
		}
	}
	return ""
}

func quoteIf(s string) string {
	if s == "the tenant" {
		return s
	}
	return fmt.Sprintf("tenant %q", s)
}

// accountCodes say in words what stops the account.
var accountCodes = map[string]struct{ what, do, who string }{
	"AADSTS50126": {"the user name or password is wrong", "enter the right password, or reset it", checks.User},
	"AADSTS50053": {"the account is locked: too many wrong passwords, or a sign-in from an address that is blocked", "wait until the lock ends, then unlock or reset the password; look for old passwords in scripts", checks.User},
	"AADSTS50057": {"the user account is disabled", "have an administrator enable the account (accountEnabled)", checks.SecurityAdmin},
	"AADSTS50055": {"the password has expired", "sign in interactively and set a new password", checks.User},
	"AADSTS50056": {"there is no password for the user in this directory, or it is wrong", "sign in interactively; a federated or passwordless user cannot use the password flow", checks.User},
	"AADSTS50144": {"the on-premises password has expired", "change the password on-premises", checks.User},
	"AADSTS50125": {"the user must register or reset the password first", "sign in interactively once", checks.User},
	"AADSTS50014": {"the guest has not redeemed the invitation", "open the invitation and accept it", checks.User},
}

func userWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	if b2cNumber(s) == "AADB2C90118" {
		return "the user chose \"Forgot your password?\": the sign-in user flow answers so, and the app must start the password reset flow", []checks.Fix{
			fix("turn on self-service password reset within the sign-up and sign-in user flow (recommended user flows do it by themselves)", checks.AppAdmin, "", "https://learn.microsoft.com/azure/active-directory-b2c/add-password-reset-policy"),
			fix("or catch this number at the redirect URI and send the user to the password reset user flow's authorize address", checks.Developer, "", "https://learn.microsoft.com/azure/active-directory-b2c/add-password-reset-policy#set-up-a-password-reset-policy-legacy"),
		}
	}
	a, ok := accountCodes[s.Code]
	if !ok {
		a.what, a.do, a.who = fmt.Sprintf("the user's account stops the sign-in: %q", clip(firstOf(s.Message, s.Code))), "look at the user's state: enabled, not locked, password set and not expired", checks.SecurityAdmin
	}
	return a.what, []checks.Fix{
		fix(a.do, a.who, "", "https://aka.ms/sspr"),
		fix("look at the account and its sign-in log", checks.SecurityAdmin, "Get-MgUser -UserId <user> -Property accountEnabled,lastPasswordChangeDateTime | Format-List", ""),
		fix("a service should not sign in as a user: use client credentials, a managed identity or federation", checks.Developer, "", ""),
	}
}

func grantWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	what := "the code or refresh token is no longer (or was never) good for this client"
	switch s.Code {
	case "AADSTS700082":
		what = "the refresh token has expired: it was not used for longer than it lives"
	case "AADSTS700084":
		what = "the refresh token of a single-page app has expired: it lives 24 hours"
	case "AADSTS50173":
		what = "the grant was revoked: the password was changed or reset, or the sessions were revoked"
	case "AADSTS54005":
		what = "the authorization code was already redeemed: a code can be used once"
	case "AADSTS70008":
		what = "the code or refresh token has expired or was revoked"
	case "AADSTS501481", "AADSTS501482":
		what = "the code_verifier does not match the code_challenge (PKCE)"
	case "AADSTS70043":
		what = "the sign-in is older than the sign-in frequency policy allows"
	case "AADSTS700005":
		what = "the code was issued by another tenant than the one that redeems it"
	case "AADSTS50132", "AADSTS50133":
		what = "the session is no longer good: the password was changed, or the session was revoked or is too old"
	}
	if at, by := s.Quoted("endpoint"), s.Quoted("issued_for"); at != "" && by != "" && b2c(s) {
		return fmt.Sprintf("the code or refresh token was issued by the user flow %s, and was sent to the token endpoint of %s: each user flow (policy) redeems its own", by, at), []checks.Fix{
			fix("send it to the token endpoint of the user flow that issued it (keep the flow's name, claim tfp or acr, with the token cache)", checks.Developer, b2cEndpoint(c, at, by), "https://learn.microsoft.com/azure/active-directory-b2c/authorization-code-flow"),
			fix("after a password reset or profile edit start the sign-in flow anew instead of redeeming its old code there", checks.Developer, "", ""),
		}
	}
	cmd := ""
	if isAzureCLI(c) {
		cmd = "az logout && az login --tenant " + tenantID(c)
	}
	return what, []checks.Fix{
		fix("sign in again interactively to get a new grant, and keep the refresh token that the newest answer brings", checks.User, cmd, ""),
		fix("redeem a code once, within minutes, with the same client_id, redirect_uri and code_verifier with which it was asked for (a reload or a double request redeems it twice)", checks.Developer, "", "https://learn.microsoft.com/entra/identity-platform/refresh-tokens"),
		fix("catch invalid_grant and start the interactive flow; let the library keep the tokens", checks.Developer, "", ""),
	}
}

func deviceWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	what := "the device code sign-in is still waiting for the user: this answer is part of the polling, not a failure"
	switch {
	case s.Code == "AADSTS70020" || s.Code == "AADSTS70019" || strings.Contains(s.Code, "expired"):
		what = "the device code has run out before the user signed in (it lives 15 minutes)"
	case s.Code == "authorization_declined":
		what = "the user declined the device code sign-in"
	case s.Code == "AADSTS70018" || s.Code == "bad_verification_code" || s.Code == "AADSTS90119":
		what = "the device code is not known: mistyped, used or of another client"
	case s.Code == "AADSTS50199":
		what = "the sign-in waits for the user to confirm the app"
	}
	return what, []checks.Fix{
		fix("open the page, enter the code and finish the sign-in, then let the app go on polling at the given interval", checks.User, "", "https://microsoft.com/devicelogin"),
		fix("start the device code flow again for a new code; treat authorization_pending as \"ask again\"", checks.Developer, "", "https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code"),
	}
}

func sessionWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	folded := evidence.Fold(s.Message + " " + s.Code)
	switch {
	case strings.Contains(folded, "interactioninprogress"):
		return "another interactive sign-in of the same page is still running (interaction_in_progress)", []checks.Fix{
			fix("await handleRedirectPromise() before any loginRedirect or acquireTokenRedirect, and start only one interaction at a time; stale state is cleared with the session storage", checks.Developer, "await msalInstance.handleRedirectPromise();", "https://learn.microsoft.com/entra/msal/javascript/browser/errors")}
	case strings.Contains(folded, "usernull") || strings.Contains(folded, "accountorloginhint"):
		return "the silent call names no account: the token cache has none for this user (it was restarted, or is not shared)", []checks.Fix{
			fix("catch the exception and challenge the user again (Microsoft.Identity.Web: AuthorizeForScopes), and keep the token cache in a distributed store", checks.Developer, "services.AddDistributedTokenCaches();", "https://learn.microsoft.com/entra/msal/dotnet/how-to/token-cache-serialization"),
			fix("pass the account from the cache to acquireTokenSilent", checks.Developer, "", "")}
	case slices.Contains([]string{"AADSTS16001", "AADSTS16002", "AADSTS160011", "AADSTS160021"}, s.Code):
		return fmt.Sprintf("the page asks silently for a session (sid or account) that this browser no longer has, or that does not fit: %q", clip(s.Message)), []checks.Fix{
			fix("sign out of all accounts and in again; if that does not end it, delete the site data of login.microsoftonline.com (a private window that works shows that it is stale)", checks.User, "", fmt.Sprintf("https://%s/common/oauth2/v2.0/logout", loginHost(c))),
			fix("in an app of one's own: drop the remembered sid or account, ask with login_hint, and fall back to an interactive sign-in on interaction_required", checks.Developer, "prompt=select_account", "https://learn.microsoft.com/entra/identity-platform/scenario-spa-acquire-token"),
		}
	case strings.Contains(folded, "connectmggraph"):
		return "no Microsoft Graph session: Connect-MgGraph was not called in this session", []checks.Fix{fix("sign in first", checks.User, "Connect-MgGraph -Scopes <scopes>", "")}
	}
	return fmt.Sprintf("there is no signed-in session to work silently with: %q", clip(firstOf(s.Message, s.Code))), []checks.Fix{
		fix("fall back to an interactive sign-in (popup or redirect) when the silent one says login_required or interaction_required", checks.Developer, "", "https://learn.microsoft.com/entra/identity-platform/scenario-spa-acquire-token"),
		fix("browsers that block third-party cookies break hidden frames: use refresh tokens (authorization code with PKCE)", checks.Developer, "", "https://learn.microsoft.com/entra/identity-platform/reference-third-party-cookies-spas"),
		fix("sign in", checks.User, signinCommand(c), ""),
	}
}

func signinCommand(c *evidence.Case) string {
	if isAzureCLI(c) {
		return "az login --tenant " + tenantID(c)
	}
	return ""
}

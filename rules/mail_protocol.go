package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file judges IMAP, POP and SMTP with OAuth: whom the token is for, what
// it holds, and whose mailbox the session names.

const mailOAuthPage = "https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth"

// mailNeeds are the permissions of Office 365 Exchange Online for a protocol.
var mailNeeds = map[string]struct{ delegated, application, enabled string }{
	"imap": {"IMAP.AccessAsUser.All", "IMAP.AccessAsApp", "ImapEnabled"},
	"pop":  {"POP.AccessAsUser.All", "POP.AccessAsApp", "PopEnabled"},
	"smtp": {"SMTP.Send", "SMTP.SendAsApp", "SmtpClientAuthenticationDisabled"},
}

// mailFixes ask for a token that Exchange's mail servers take; nil where the
// failure is of no mail protocol.
func mailFixes(c *evidence.Case) []checks.Fix {
	protocol := factValue(c, "protocol")
	need, ok := mailNeeds[protocol]
	if !ok {
		return nil
	}
	const why = "Exchange's mail servers take tokens for https://outlook.office.com or https://outlook.office365.com alone, whatever the name of the scope"
	if kind, _ := c.Kind(); kind == evidence.AppOnly {
		return []checks.Fix{
			fix("ask for the scope of Exchange Online; "+why, checks.Developer, "scope=https://outlook.office365.com/.default", mailOAuthPage),
			fix(fmt.Sprintf("the registration needs the application permission %s of Office 365 Exchange Online, not of Microsoft Graph", need.application), checks.AppAdmin, "", consentURL(c)),
		}
	}
	return []checks.Fix{
		fix("ask for the scope under Outlook's name; "+why, checks.Developer, "scope=https://outlook.office.com/"+need.delegated+" offline_access", mailOAuthPage),
		fix("ask for mail scopes and scopes of Microsoft Graph in two token requests: one token is for one API", checks.Developer, "", ""),
	}
}

// mailAsked: no token is at hand, but the mail scope was asked for under another
// API's name, and the token that this gives is that API's.
func mailAsked(c *evidence.Case) (checks.Finding, bool) {
	need, ok := mailNeeds[factValue(c, "protocol")]
	if !ok || c.Token != nil || !c.Failed {
		return checks.Finding{}, false
	}
	scope := "https://" + graphHost(c) + "/" + need.delegated
	for _, s := range c.Said {
		if !strings.Contains(s.Message, scope) {
			continue
		}
		asked := evidence.Ref{Place: s.Ref.Place, Origin: evidence.FromRequest, Field: "scope", Value: scope}
		return mailElsewhere(c, asked), true
	}
	for _, f := range c.Facts {
		if f.Field == "scope" && strings.Contains(f.Value, scope) {
			f.Value = scope
			return mailElsewhere(c, f), true
		}
	}
	return checks.Finding{}, false
}

func mailElsewhere(c *evidence.Case, asked evidence.Ref) checks.Finding {
	req, _ := c.RequestRef()
	return checks.Finding{
		Subject: subject(c), Seen: []checks.Witness{checks.Shows(asked), checks.Fits(req)}, Fixes: mailFixes(c),
		Message: fmt.Sprintf("the scope was asked for under Microsoft Graph's name (%s), so the token is for Graph, and Exchange's mail server was called", asked.Value),
		Cap:     checks.Shown, CapReason: "the token itself is not in the evidence",
	}
}

// mailScopeMissing: the token is Exchange's, and lacks the protocol's permission.
func mailScopeMissing(c *evidence.Case) (checks.Finding, bool) {
	need, ok := mailNeeds[factValue(c, "protocol")]
	want, known := called(c)
	if !ok || !known || !c.Token.Readable() || !c.Failed || !audienceIs(c.Token.Str("aud"), want, c.Call.Host) {
		return checks.Finding{}, false
	}
	kind, _ := c.Token.Kind()
	held, claim, perm := c.Token.Scopes(), "scp", need.delegated
	if kind == evidence.AppOnly {
		held, claim, perm = c.Token.Roles(), "roles", need.application
	}
	if len(held) == 0 || slices.Contains(held, perm) {
		return checks.Finding{}, false
	}
	said := firstSaid(c).Ref
	return checks.Finding{
		Subject: "app " + c.AppID(), Seen: []checks.Witness{checks.Shows(c.Token.Ref(claim)), checks.Fits(said)},
		Message: fmt.Sprintf("the token is for Exchange, but holds %s and not %s, which %s needs", strings.Join(few(held, 4), ", "), perm, strings.ToUpper(factValue(c, "protocol"))),
		Fixes:   append([]checks.Fix{fix(fmt.Sprintf("grant the app %s of Office 365 Exchange Online and ask for it", perm), checks.AppAdmin, "", consentURL(c))}, mailFixes(c)[:1]...),
	}, true
}

// mailboxUnopened: the mail server took the user's token and did not open the
// mailbox that the session names.
func mailboxUnopened(c *evidence.Case) (checks.Finding, bool) {
	kind, _ := c.Kind()
	st, said := c.SaidWords("User is authenticated but not connected")
	if !said || kind == evidence.AppOnly || !c.Failed {
		return checks.Finding{}, false
	}
	protocol := factValue(c, "protocol")
	box, named := c.Fact("mailbox")
	m := arg(or(box.Value, "<mailbox>"))
	f := checks.Finding{Subject: "mailbox", Seen: []checks.Witness{checks.Says(st.Ref)},
		Message: fmt.Sprintf("Exchange took the user's token and did not open the mailbox %s: it is not the user's own and not shared with the user, or the protocol is off for it", strings.Trim(m, "<>")),
		Cap:     checks.Shown, CapReason: "what rights the user has on the mailbox is not in the evidence",
		Probe: "Get-MailboxPermission -Identity " + m + "; Get-CASMailbox -Identity " + m + " | Format-List ImapEnabled,PopEnabled",
	}
	see := fix("see whether the protocol is on for the mailbox", checks.ExchangeAdmin, fmt.Sprintf("Get-CASMailbox -Identity %s | Format-List ImapEnabled,PopEnabled", m), "")
	share := fix("give the user who signs in full access to the mailbox", checks.ExchangeAdmin, fmt.Sprintf("Add-MailboxPermission -Identity %s -User <user> -AccessRights FullAccess -AutoMapping $false", m), mailOAuthPage)
	own := fix("or sign in as that account itself, where it is no shared mailbox", checks.User, "login_hint="+m, "")
	f.Fixes = []checks.Fix{share, own, see}
	if named && c.Token.Readable() && otherAccount(c, box.Value) {
		f.Seen = append(f.Seen, checks.Shows(box))
		f.Message = fmt.Sprintf("another account signed in than the one whose mailbox is opened: Exchange took the token, but its user has no rights on the mailbox %s", m)
	} else if named && c.Token.Readable() {
		f.Seen[0] = checks.Fits(st.Ref)
		f.Message = fmt.Sprintf("Exchange took the user's own token and did not open the mailbox %s: %s is off for it, or it has no mailbox in Exchange Online", m, strings.ToUpper(or(protocol, "the protocol")))
		f.Fixes = []checks.Fix{see}
	}
	return f, true
}

// otherAccount: the token's user is not the one that is named.
func otherAccount(c *evidence.Case, user string) bool {
	known := false
	for _, claim := range []string{"upn", "unique_name", "preferred_username", "email"} {
		v := c.Token.Str(claim)
		if strings.EqualFold(v, user) {
			return false
		}
		known = known || v != ""
	}
	return known
}

// mailProtocol: IMAP, POP or SMTP refuses an app whose token holds the
// permission for it: Exchange must know the service principal, and give it the
// mailbox.
func mailProtocol(c *evidence.Case) (checks.Finding, bool) {
	kind, _ := c.Kind()
	if kind != evidence.AppOnly || !c.Token.Readable() || !hasWords(c, "AUTHENTICATE failed", "Authentication unsuccessful", "Logon failure: unknown user name or bad password", "User is authenticated but not connected") {
		return checks.Finding{}, false
	}
	held := ""
	for _, r := range []string{"IMAP.AccessAsApp", "POP.AccessAsApp", "SMTP.SendAsApp"} {
		if slices.Contains(c.Token.Roles(), r) {
			held = r
			break
		}
	}
	if held == "" {
		return checks.Finding{}, false
	}
	m := arg(mailboxName(c))
	oid := callerObject(c, "<object id of the service principal>")
	ref := c.Token.Ref("roles")
	return checks.Finding{
		Subject: "app " + c.AppID(),
		Message: fmt.Sprintf("the token holds %s, but Exchange refuses %s: its service principal must be registered in Exchange and be given the mailbox", held, appName(c)),
		Seen:    []checks.Witness{checks.Shows(ref), checks.Fits(firstSaid(c).Ref)},
		Fixes: []checks.Fix{
			fix("register the service principal in Exchange Online (its object id is that of the enterprise application)", checks.ExchangeAdmin, fmt.Sprintf("New-ServicePrincipal -AppId %s -ObjectId %s", appID(c), oid), "https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth"),
			fix("give it the mailbox", checks.ExchangeAdmin, fmt.Sprintf("Add-MailboxPermission -Identity %s -User %s -AccessRights FullAccess", m, oid), ""),
		},
		Cap: checks.Shown, CapReason: "what Exchange knows of the service principal is not in the evidence",
		Probe: "Get-ServicePrincipal -Identity " + appID(c) + "; Get-MailboxPermission -Identity " + m,
	}, true
}

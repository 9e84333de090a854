package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// Causes that lie in Exchange: the mailbox, the rights on it, the policies
// over apps.
var mailboxRules = []checks.Rule{
	{
		ID: "mailbox-unavailable", Layer: checks.Call, Severity: checks.Error,
		Title:    "The mailbox is not there for the API: unlicensed, deleted, inactive or on-premises",
		Explains: []string{"not-found", "mailbox-access-denied", "request-invalid"},
		Check:    mailboxUnavailable,
	},
	{
		ID: "mailbox-access-denied", Layer: checks.Call, Severity: checks.Error,
		Title:    "The signed-in user has no rights on that mailbox, calendar or folder",
		Explains: []string{"not-found", "user-privilege-insufficient"},
		Check:    mailboxDenied,
	},
	{
		ID: "ews-policy-blocked", Layer: checks.Call, Severity: checks.Error,
		Title:    "An Exchange policy on EWS and REST applications (allow or block list by User-Agent) refuses the app",
		Explains: []string{"permission-missing", "mailbox-access-denied", "user-privilege-insufficient"},
		Check:    ewsBlocked,
	},
	{
		ID: "app-access-policy-blocked", Layer: checks.Call, Severity: checks.Error,
		Title:    "An application access policy (or RBAC for Applications) keeps the app away from this mailbox or user",
		Explains: []string{"permission-missing", "mailbox-access-denied", "ews-policy-blocked", "app-role-insufficient"},
		Check:    appPolicyBlocked,
	},
}

// exchangePath: the call goes to mail, calendar, contacts or settings of a mailbox.
func exchangePath(c *evidence.Case) bool {
	p := aboutPath(c)
	for _, w := range []string{"/messages", "/mailfolders", "mailfolders(", "/sendmail", "/events", "/calendar", "/contacts", "/mailboxsettings", "/findmeetingtimes", "/getschedule", "/outlook", "/people", "/inferenceclassification", "/contactfolders", "/getmailtips"} {
		if strings.Contains(p, w) {
			return true
		}
	}
	return c.Call != nil && (strings.Contains(c.Call.Host, "outlook") || strings.Contains(p, "/ews/"))
}

// aboutPath is the path that the call is about: for a subscription, that of
// the resource it watches.
func aboutPath(c *evidence.Case) string {
	if r, ok := watching(c); ok {
		return "/" + strings.TrimPrefix(strings.ToLower(r.Value), "/")
	}
	if c.Call != nil && c.Call.Path == "" && c.Call.Cmdlet != "" {
		return strings.ToLower(matchOf(c).Template)
	}
	return c.Call.PathLower()
}

// otherMailbox tells whether the call is for a mailbox that is not the signed-in user's.
func otherMailbox(c *evidence.Case) (string, bool) {
	t := target(c)
	if t == "" || me(c) {
		return "", false
	}
	if c.Token.Readable() {
		for _, claim := range []string{"upn", "unique_name", "oid", "preferred_username", "email"} {
			if strings.EqualFold(c.Token.Str(claim), t) {
				return t, false
			}
		}
	}
	return t, true
}

func mailboxUnavailable(c *evidence.Case) []checks.Finding {
	found := voiced(c, "mailbox-unavailable", mailboxWords)
	if len(found) > 0 && found[0].Seen[0].How == checks.HowFits && !exchangePath(c) && aboutPath(c) != "" {
		return nil
	}
	if len(found) > 0 && onFact(c, "recipienttypedetails", "mailuser", "mailcontact", "usermailbox") && found[0].Seen[0].How == checks.HowFits {
		if f, ok := c.Fact("recipienttypedetails"); ok && !strings.EqualFold(f.Value, "usermailbox") {
			found[0].Seen = append(found[0].Seen, checks.Shows(f))
		}
	}
	return found
}

func onFact(c *evidence.Case, name string, values ...string) bool {
	f, ok := c.Fact(name)
	return ok && slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(v, f.Value) })
}

func mailboxName(c *evidence.Case) string {
	if f, ok := c.Fact("parameter.userid"); ok && strings.Contains(f.Value, "@") {
		return f.Value
	}
	if t := target(c); t != "" && !strings.HasPrefix(t, "{") {
		return t
	}
	if f, ok := c.Fact("mailbox"); ok {
		return f.Value
	}
	if f, ok := c.Fact("account"); ok && strings.Contains(f.Value, "@") {
		return f.Value
	}
	return "<mailbox>"
}

func mailboxWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	m, name := arg(mailboxName(c)), mailboxName(c)
	if m == "<mailbox>" {
		name = "that user"
	}
	if c.Token.Readable() && me(c) {
		if _, ok := isGuest(c.Token); ok {
			return fmt.Sprintf("the signed-in user is a guest, who has no mailbox in this tenant, only in the home tenant (%q)", clip(firstOf(s.Message, s.Code))), []checks.Fix{
				fix("sign the user in to the home tenant (authority https://"+loginHost(c)+"/"+homeTenant(c)+"), and call with a token of that tenant", checks.Developer, "", "https://learn.microsoft.com/entra/external-id/user-properties"),
				fix("or use a member account of this tenant that has a mailbox", checks.User, "", ""),
				fix("no permission is missing: adding scopes will not help", checks.Developer, "", ""),
			}
		}
	}
	return fmt.Sprintf("Exchange Online has no usable mailbox for %s: it is unlicensed, soft-deleted, inactive or on-premises (%q)", name, clip(firstOf(s.Message, s.Code))), []checks.Fix{
		fix("look what the mailbox is: UserMailbox is right, MailUser is on-premises, nothing is unlicensed", checks.ExchangeAdmin, fmt.Sprintf("Get-Recipient -Identity %s | Format-List RecipientTypeDetails", m), ""),
		fix("assign the user a licence with Exchange Online and wait until the mailbox is made, or migrate the on-premises mailbox to Exchange Online", checks.ExchangeAdmin, fmt.Sprintf("Get-MgUserLicenseDetail -UserId %s", m), "https://learn.microsoft.com/graph/hybrid-rest-support"),
		fix("no permission is missing: adding scopes will not help", checks.Developer, "", ""),
	}
}

func quoted(s evidence.Statement) string {
	if s.Message == "" {
		return ""
	}
	return fmt.Sprintf(" (%q)", clip(s.Message))
}

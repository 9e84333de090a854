package rules

import (
	"fmt"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file words what Exchange Online says to clients that submit mail by SMTP.

// smtpWords: SMTP AUTH is switched off. The mailbox's own setting goes before
// the organisation's, so that one mailbox can be let in alone.
// Source: https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/authenticated-client-smtp-submission
func smtpWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	const page = "https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/authenticated-client-smtp-submission"
	where := "the organisation"
	if strings.Contains(evidence.Fold(s.Message), "disabledforthemailbox") {
		where = "this mailbox"
	}
	box := "<mailbox>"
	if m := mailboxName(c); m != "" {
		box = arg(m)
	}
	return fmt.Sprintf("SMTP AUTH (SmtpClientAuthentication) is switched off for %s, so Exchange refuses every client that signs in by SMTP, whatever its password or token: %q", where, clip(s.Message)), []checks.Fix{
		fix("send by Microsoft Graph, which needs no SMTP AUTH (application permission Mail.Send, kept to the mailbox by RBAC for Applications)", checks.Developer, "POST https://graph.microsoft.com/v1.0/users/"+box+"/sendMail", "https://learn.microsoft.com/graph/api/user-sendmail"),
		widen(fix("or allow SMTP AUTH for this one mailbox: its setting goes before the organisation's (security defaults must be off)", checks.ExchangeAdmin, "Set-CASMailbox -Identity "+box+" -SmtpClientAuthenticationDisabled $false", page)),
		widen(fix("or, for all mailboxes, which is rarely meant", checks.ExchangeAdmin, "Set-TransportConfig -SmtpClientAuthenticationDisabled $false", page)),
	}
}

package rules

import (
	"fmt"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file judges calls to what Microsoft has retired.

// legacy: Azure AD Graph, ADAL, Outlook REST and their kin.
func legacy(c *evidence.Case) []checks.Finding {
	if !c.Failed {
		return nil
	}
	found := voiced(c, "legacy-endpoint", legacyWords)
	if len(found) > 0 {
		return found
	}
	res, ok := called(c)
	if !ok || res.Key != "aadgraph" && res.Status != "retired-api" && res.Status != "retired" || c.Call.Status == 0 && !refusedAtAll(c) {
		if env, okEnv := c.Fact("envelope"); okEnv {
			return envelopeOnly(c, env)
		}
		return nil
	}
	if _, _, elsewhere := askedFor(c); elsewhere {
		return nil
	}
	if c.Token.Readable() && !audienceIs(c.Token.Str("aud"), res, c.Call.Host) {
		return nil // audience-mismatch wins unless the retired API refused as such
	}
	req, _ := c.RequestRef()
	f := checks.Finding{Subject: subject(c), Seen: []checks.Witness{checks.Shows(req)}}
	if s, okS := spokeOfToken(c); okS {
		f.Seen = append(f.Seen, checks.Fits(s.Ref))
	}
	f.Message, f.Fixes = legacyWords(c, evidence.Statement{})
	return []checks.Finding{f}
}

func refusedAtAll(c *evidence.Case) bool {
	_, ok := spokeOfToken(c)
	return ok
}

// envelopeOnly: an odata.error body without a URL is Azure AD Graph's form.
func envelopeOnly(c *evidence.Case, env evidence.Ref) []checks.Finding {
	if c.Call != nil && c.Call.Host != "" && !strings.Contains(c.Call.Host, "windows.net") || !refusedAtAll(c) || otherSays(c, "legacy-endpoint") {
		return nil
	}
	f := checks.Finding{Subject: subject(c), Seen: []checks.Witness{checks.Fits(env)}}
	f.Message, f.Fixes = legacyWords(c, evidence.Statement{})
	return []checks.Finding{f}
}

func legacyWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	what := "a retired API or library is in use (Azure AD Graph, ADAL, Outlook REST, MSOnline or AzureAD PowerShell)"
	res, ok := called(c)
	if ok && res.Key == "aadgraph" {
		what = "Azure AD Graph (graph.windows.net) is retired and refuses apps"
	}
	if s.Message != "" {
		what += fmt.Sprintf(": %q", clip(s.Message))
	}
	if f := evidence.Fold(s.Message); strings.Contains(f, "basicauth") {
		return fmt.Sprintf("a password was sent to Exchange Online by SMTP, IMAP or POP, which it takes no longer (basic authentication is retired): %q", clip(s.Message)), []checks.Fix{
			fix("send and read mail by Microsoft Graph (Mail.Send, Mail.Read)", checks.Developer, "POST https://graph.microsoft.com/v1.0/users/<mailbox>/sendMail", "https://learn.microsoft.com/graph/api/user-sendmail"),
			fix("or keep the protocol and sign in by OAuth (XOAUTH2) with SMTP.Send, IMAP.AccessAsUser.All or POP.AccessAsUser.All", checks.Developer, "", "https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth"),
		}
	}
	var fixes []checks.Fix
	if to := replacement(c); to != "" {
		fixes = append(fixes, fix("the same request in Microsoft Graph", checks.Developer, to, "https://learn.microsoft.com/graph/migrate-azure-ad-graph-request-differences"))
	}
	if hasWords(c, "AzureAD", "Get-AzureAD", "MSOnline", "Msol") {
		fixes = append(fixes, useGraphPowerShell())
	}
	if f := evidence.Fold(s.Message + s.Code); strings.Contains(f, "tokenretrieval") || strings.Contains(f, "clientaccesstoken") {
		return "the add-in asks Outlook for a legacy Exchange token, which is switched off for the organisation", []checks.Fix{
			fix("let the add-in sign in by nested app authentication (NAA) with MSAL and call Microsoft Graph", checks.Developer, "", "https://learn.microsoft.com/office/dev/add-ins/develop/enable-nested-app-authentication-in-your-add-in"),
			widen(fix("or, for a short while, allow legacy Exchange tokens again", checks.ExchangeAdmin, "Set-AuthenticationPolicy -AllowLegacyExchangeTokens -Identity <policy>", "https://learn.microsoft.com/office/dev/add-ins/outlook/faq-nested-app-auth-outlook-legacy-tokens")),
		}
	}
	return what, append(fixes,
		fix("move the calls to Microsoft Graph (https://graph.microsoft.com) and the library to MSAL or Azure Identity", checks.Developer, "", "https://learn.microsoft.com/graph/migrate-azure-ad-graph-overview"),
	)
}

func useGraphPowerShell() checks.Fix {
	return fix("use Microsoft Graph PowerShell (or Microsoft Entra PowerShell) in place of the AzureAD and MSOnline modules", checks.Developer, "Install-Module Microsoft.Graph -Scope CurrentUser; Connect-MgGraph", "https://learn.microsoft.com/powershell/microsoftgraph/azuread-msoline-cmdlet-map")
}

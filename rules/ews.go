package rules

import (
	"fmt"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file judges Exchange's policy on EWS and REST clients, and the retirement of EWS.

// odataDisabled: Exchange's one sentence for two different policies.
func odataDisabled(c *evidence.Case) (evidence.Statement, bool) {
	return c.SaidWords("Access to OData is disabled")
}

// raop: Exchange's mark of the app's own policy.
func raop(c *evidence.Case) (evidence.Statement, bool) {
	for _, s := range c.Said {
		if strings.Contains(s.Message, "[RAOP]") || strings.Contains(evidence.Fold(s.Message), "blockedbytenantconfigured") {
			return s, true
		}
	}
	return evidence.Statement{}, false
}

func ewsBlocked(c *evidence.Case) []checks.Finding {
	if _, ok := raop(c); ok || policyShown(c).Value != "" && listShown(c).Value == "" {
		return nil
	}
	found := voiced(c, "ews-policy-blocked", ewsWords)
	s, ok := odataDisabled(c)
	if !ok {
		if len(found) > 0 && found[0].Seen[0].How == checks.HowFits {
			if exchangeSaid(c) && !retired(c) {
				return bareExchange(c, found)
			}
		}
		return ewsRetired(c, found)
	}
	if len(found) == 0 {
		found = []checks.Finding{{Subject: subject(c)}}
	}
	f := &found[0]
	f.Message, f.Fixes = ewsWords(c, s)
	says := checks.Says(s.Ref)
	f.Seen = []checks.Witness{says}
	for _, name := range []string{"ewsapplicationaccesspolicy", "ewsallowlist", "ewsblocklist", "ewsenabled"} {
		if r, ok := c.Fact(name); ok && r.Value != "" {
			w := checks.Fits(r)
			if name == "ewsapplicationaccesspolicy" {
				w = checks.Shows(r)
			}
			f.Seen = append(f.Seen, w)
		}
	}
	kind, ref := c.Kind()
	if kind == evidence.AppOnly {
		f.Why = append(f.Why, "the same sentence can come from an application access policy, which only app-only tokens meet: test that too")
		f.Fixes = append(f.Fixes, fix("rule out an application access policy", checks.ExchangeAdmin, fmt.Sprintf("Test-ApplicationAccessPolicy -Identity %s -AppId %s", arg(mailboxName(c)), appID(c)), ""))
		_ = ref
	}
	return found
}

// bareExchange keeps the mere possibility only where nothing is known of the caller.
func bareExchange(c *evidence.Case, found []checks.Finding) []checks.Finding {
	kind, _ := c.Kind()
	if kind != evidence.KindUnknown || c.Call != nil && c.Call.Path != "" {
		return nil
	}
	return found
}

// retired: the call went to EWS itself.
func retired(c *evidence.Case) bool {
	return strings.Contains(c.Call.PathLower(), "/ews/") || hasWords(c, "exchange.asmx", "ExchangeService", "Exchange Web Services")
}

// ewsRetired: a 403 from EWS since its retirement began needs the
// organisation's switch and list.
func ewsRetired(c *evidence.Case, found []checks.Finding) []checks.Finding {
	if !retired(c) || !c.Failed || c.Call == nil || c.Call.Status != 403 && len(found) == 0 {
		return found
	}
	r, ok := c.Fact("ewsenabled")
	list, okList := c.Fact("ewsallowedappids")
	late := !c.When.IsZero() && c.When.Ref.Origin != evidence.FromClock && c.When.Format("2006-01") >= "2026-10"
	if !late && !ok && !okList && len(found) == 0 {
		return found
	}
	if len(found) == 0 {
		found = []checks.Finding{{Subject: subject(c)}}
	}
	f := &found[0]
	f.Message = "Exchange Online blocks EWS since October 2026 unless the organisation has EwsEnabled True and lists the app in EwsAllowedAppIDs; it goes for good on 2027-04-01"
	ids := quotable(list.Value, "<ids that are there>")
	if list.Value != "" && c.AppID() != "" && !strings.Contains(strings.ToLower(list.Value), strings.ToLower(c.AppID())) {
		f.Message = fmt.Sprintf("EwsAllowedAppIDs holds %s and not %s, and Exchange Online lets no other app use EWS since October 2026; EWS goes for good on 2027-04-01", list.Value, c.AppID())
	}
	f.Fixes = []checks.Fix{
		widen(fix("allow the app for the time being (the command sets the whole list)", checks.ExchangeAdmin, fmt.Sprintf("Set-OrganizationConfig -EwsEnabled $true -EwsAllowedAppIDs \"%s,%s\"", ids, appID(c)), "")),
		fix("move the app to Microsoft Graph before April 2027", checks.Developer, "", "https://learn.microsoft.com/graph/migrate-exchange-web-services-overview"),
	}
	if list.Value == "" {
		f.Fixes = append([]checks.Fix{fix("look at the organisation's switch and list", checks.ExchangeAdmin, "Get-OrganizationConfig -RetrieveEwsOperationAccessPolicy | Format-List EwsEnabled, EwsAllowedAppIDs", "")}, f.Fixes...)
	}
	if st, okS := c.StatusRef(); okS {
		f.Seen = append(f.Seen, checks.Fits(st))
	}
	if ok {
		f.Seen = append([]checks.Witness{checks.Shows(r)}, f.Seen...)
	}
	if okList {
		f.Seen = append([]checks.Witness{checks.Shows(list)}, f.Seen...)
	}
	return found
}

// agent is the User-Agent that the policy's list is matched with.
func agent(c *evidence.Case) string {
	if ua := c.Call.UserAgent(); ua != "" {
		if i := strings.IndexAny(ua, "/ "); i > 0 {
			ua = ua[:i]
		}
		return ua + "*"
	}
	return "<the app's User-Agent>*"
}

func ewsWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	m := arg(mailboxName(c))
	policy := ""
	if r, ok := c.Fact("ewsapplicationaccesspolicy"); ok {
		policy = fmt.Sprintf(" (here: %s)", r.Value)
	}
	msg := fmt.Sprintf("EwsApplicationAccessPolicy%s, an allow or block list (EwsAllowList, EwsBlockList) by User-Agent, keeps the app out: %q", policy, clip(firstOf(s.Message, s.Code)))
	fixes := []checks.Fix{
		fix("inspect the organisation's and the mailbox's policy", checks.ExchangeAdmin, fmt.Sprintf("Get-OrganizationConfig | Format-List Ews*; Get-CASMailbox -Identity %s | Format-List Ews*", m), ""),
		fix("with EnforceAllowList: add the app's User-Agent to the list, at the level where the policy stands", checks.ExchangeAdmin, fmt.Sprintf("Set-CASMailbox -Identity %s -EwsAllowList @{Add=%s}", m, quotePS(agent(c))), ""),
		fix("the same for the organisation", checks.ExchangeAdmin, fmt.Sprintf("Set-OrganizationConfig -EwsAllowList @{Add=%s}", quotePS(agent(c))), ""),
		fix("with EnforceBlockList: take the User-Agent out of the list; a change takes some time to act", checks.ExchangeAdmin, fmt.Sprintf("Set-OrganizationConfig -EwsBlockList @{Remove=%s}", quotePS(agent(c))), ""),
	}
	return msg, fixes
}

// policyShown is the output of a cmdlet that shows an application access
// policy at work on this app.
func policyShown(c *evidence.Case) evidence.Ref {
	for _, f := range c.Facts {
		if f.Field == "accesspolicy" && strings.EqualFold(f.Value, "DenyAccess") {
			return f // deny wins over whatever else is printed
		}
	}
	for _, f := range c.Facts {
		if f.Origin == evidence.FromPerson {
			continue
		}
		switch v := strings.ToLower(f.Value); f.Field {
		case "accesscheckresult":
			if v == "denied" {
				return f
			}
		case "inscope":
			if v == "false" {
				return f
			}
		case "accesspolicy":
			if id := c.AppID(); id == "" || !strings.Contains(v, "-") || strings.Contains(v, strings.ToLower(id)) {
				return f
			}
		}
	}
	return evidence.Ref{}
}

// listShown is the output of a cmdlet that shows the EWS policy at work.
func listShown(c *evidence.Case) evidence.Ref {
	if f, ok := c.Fact("ewsapplicationaccesspolicy"); ok && strings.HasPrefix(strings.ToLower(f.Value), "enforce") {
		return f
	}
	return evidence.Ref{}
}

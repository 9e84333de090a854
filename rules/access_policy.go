package rules

import (
	"fmt"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file judges application access policies: of Exchange, by policy or RBAC for Applications, and of Teams.

func appPolicyBlocked(c *evidence.Case) []checks.Finding {
	if !c.Failed {
		return nil
	}
	kind, kindRef := c.Kind()
	found := voiced(c, "app-access-policy-blocked", policyWords)
	if s, ok := raop(c); ok {
		f := checks.Finding{Subject: subject(c), Seen: []checks.Witness{checks.Says(s.Ref)}}
		f.Message, f.Fixes = policyWords(c, s)
		if kind == evidence.AppOnly {
			f.Seen = append(f.Seen, checks.Fits(kindRef))
		}
		if r := policyShown(c); r.Value != "" {
			f.Seen = append(f.Seen, checks.Shows(r))
		}
		if r, ok := c.Fact("accesscheckresult"); ok && strings.EqualFold(r.Value, "Granted") {
			f.Why = append(f.Why, "Test-ApplicationAccessPolicy says Granted: then RBAC for Applications limits the app, or the change has not reached the mailbox yet")
			f.Fixes = append([]checks.Fix{rbacTest(c)}, f.Fixes...)
		}
		return []checks.Finding{f}
	}
	if kind == evidence.Delegated && !meetings(c) {
		return nil
	}
	if len(found) > 0 && found[0].Seen[0].How == checks.HowSays {
		return found
	}
	if r := policyShown(c); r.Value != "" && listShown(c).Value == "" && (exchangeDenied(c) || len(found) > 0) {
		found = orRefused(c, found)
		found[0].Message, found[0].Fixes = policyWords(c, evidence.Statement{})
		found[0].Seen = append([]checks.Witness{checks.Shows(r)}, found[0].Seen...)
		return found
	}
	if _, ok := odataDisabled(c); ok {
		if r, tested := c.Fact("accesscheckresult"); listShown(c).Value != "" || tested && strings.EqualFold(r.Value, "Granted") {
			return nil
		}
		if kind == evidence.AppOnly && len(found) > 0 {
			found[0].Seen = append(found[0].Seen, checks.Fits(kindRef))
			return found
		}
		return nil
	}
	return limitedApp(c, found, kind, kindRef)
}

// limitedApp: an app-only call with a sufficient permission that Exchange
// refuses for one mailbox.
func limitedApp(c *evidence.Case, found []checks.Finding, kind evidence.Kind, kindRef evidence.Ref) []checks.Finding {
	a := judge(c)
	if kind != evidence.AppOnly || me(c) {
		if kind == evidence.Delegated {
			return nil
		}
		return found
	}
	by, ok := a.suffices()
	if !ok || !exchangePath(c) && !meetings(c) || !exchangeDenied(c) && !(meetings(c) && c.Call.Status == 403) {
		if a.known && len(found) > 0 && found[0].Seen[0].How == checks.HowFits {
			return nil
		}
		return found
	}
	found = orRefused(c, found)
	held := a.heldRef
	held.Value = by + " (suffices)"
	f := &found[0]
	f.Message, f.Fixes = policyWords(c, evidence.Statement{})
	f.Seen = append([]checks.Witness{checks.Shows(held), checks.Fits(kindRef)}, f.Seen...)
	f.Cap, f.CapReason = checks.Shown, "no policy was seen; that the permission suffices rests on "+a.source()
	if bare(c) {
		f.Cap, f.CapReason = checks.Possible, "the answer was seen without a body"
	}
	f.Probe = fmt.Sprintf("Test-ApplicationAccessPolicy -Identity %s -AppId %s", mailboxName(c), appID(c))
	return found
}

func meetings(c *evidence.Case) bool {
	return strings.Contains(c.Call.PathLower(), "onlinemeeting") || hasWords(c, "application access policy found for this app")
}

func rbacTest(c *evidence.Case) checks.Fix {
	return fix("test RBAC for Applications", checks.ExchangeAdmin, fmt.Sprintf("Test-ServicePrincipalAuthorization -Identity %s -Resource %s", appID(c), mailboxName(c)), "")
}

func policyWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	m := mailboxName(c)
	if meetings(c) {
		u := or(strings.Trim(target(c), "{}"), "<user id>")
		return fmt.Sprintf("no Teams application access policy lets %s act for that organiser: an app-only call to online meetings needs one%s", appName(c), quoted(s)), []checks.Fix{
			fix("create a policy that names the app", checks.TeamsAdmin, fmt.Sprintf("New-CsApplicationAccessPolicy -Identity graph-meetings -AppIds \"%s\" -Description \"online meetings by Graph\"", appID(c)), ""),
			fix("grant it to the organiser; it takes up to 30 minutes to act", checks.TeamsAdmin, fmt.Sprintf("Grant-CsApplicationAccessPolicy -PolicyName graph-meetings -Identity %s", u), "https://learn.microsoft.com/graph/cloud-communication-online-meeting-application-access-policy"),
			widen(fix("or to everybody", checks.TeamsAdmin, "Grant-CsApplicationAccessPolicy -PolicyName graph-meetings -Global", "")),
		}
	}
	return fmt.Sprintf("Exchange lets %s into other mailboxes only, not into %s: an application access policy, or the scope of RBAC for Applications%s", appName(c), m, quoted(s)), []checks.Fix{
		fix("test the pair of app and mailbox", checks.ExchangeAdmin, fmt.Sprintf("Test-ApplicationAccessPolicy -Identity %s -AppId %s", m, appID(c)), ""),
		fix("list the app's policies", checks.ExchangeAdmin, fmt.Sprintf("Get-ApplicationAccessPolicy | Where-Object AppId -eq %s | Format-List ScopeName, AccessRight, Identity", appID(c)), ""),
		fix("add the mailbox to the policy's mail-enabled security group (not the app to more mailboxes than it needs); it can take more than an hour to act", checks.ExchangeAdmin, fmt.Sprintf("Add-DistributionGroupMember -Identity <scope group> -Member %s", m), ""),
		rbacTest(c),
	}
}

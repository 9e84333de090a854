package rules

import (
	"fmt"
	"slices"
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
			if rest := slices.DeleteFunc(slices.Clone(f.Fixes), func(x checks.Fix) bool { return x.Command == rbacTest(c).Command }); len(rest) < len(f.Fixes) {
				f.Fixes = append([]checks.Fix{rbacTest(c)}, rest...) // the one test that is left
			}
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
	if !ok || otherSays(c, "app-access-policy-blocked") || !exchangePath(c) && !meetings(c) || !exchangeDenied(c) && !(meetings(c) && c.Call.Status == 403) {
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
	if len(shownPolicies(c)) > 0 {
		f.CapReason = "that the policy stands as it was told is not in the evidence; that the permission suffices rests on " + a.source()
	}
	if r := policyShown(c); r.Value != "" {
		f.Cap, f.CapReason = 0, ""
		f.Seen = append(f.Seen, checks.Shows(r))
		return found
	}
	f.Probe = fmt.Sprintf("Test-ApplicationAccessPolicy -Identity %s -AppId %s", arg(mailboxName(c)), appID(c))
	if len(shownPolicies(c)) > 0 {
		f.Fixes = slices.DeleteFunc(f.Fixes, func(x checks.Fix) bool { return x.Command == f.Probe })
	}
	return found
}

func meetings(c *evidence.Case) bool {
	return strings.Contains(c.Call.PathLower(), "onlinemeeting") || hasWords(c, "application access policy found for this app")
}

func rbacTest(c *evidence.Case) checks.Fix {
	return fix("test RBAC for Applications", checks.ExchangeAdmin, fmt.Sprintf("Test-ServicePrincipalAuthorization -Identity %s -Resource %s", appID(c), arg(mailboxName(c))), "")
}

func policyWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	if meetings(c) {
		u := or(strings.Trim(target(c), "{}"), "<user id>")
		return fmt.Sprintf("no Teams application access policy lets %s act for that organiser: an app-only call to online meetings needs one%s", appName(c), quoted(s)), []checks.Fix{
			fix("create a policy that names the app", checks.TeamsAdmin, fmt.Sprintf("New-CsApplicationAccessPolicy -Identity graph-meetings -AppIds \"%s\" -Description \"online meetings by Graph\"", appID(c)), ""),
			fix("grant it to the organiser; it takes up to 30 minutes to act", checks.TeamsAdmin, fmt.Sprintf("Grant-CsApplicationAccessPolicy -PolicyName graph-meetings -Identity %s", arg(u)), "https://learn.microsoft.com/graph/cloud-communication-online-meeting-application-access-policy"),
			widen(fix("or to everybody", checks.TeamsAdmin, "Grant-CsApplicationAccessPolicy -PolicyName graph-meetings -Global", "")),
		}
	}
	return exchangePolicyWords(c, s)
}

// A shownPolicy is one that a cmdlet printed.
type shownPolicy struct{ right, group string }

// shownPolicies are the application access policies in the evidence, as they
// were printed: AccessRight and ScopeName of each stand side by side.
func shownPolicies(c *evidence.Case) []shownPolicy {
	var rights, groups []string
	for _, f := range c.Facts {
		switch f.Field {
		case "accesspolicy":
			right, app, _ := strings.Cut(f.Value, " ")
			if id := c.AppID(); app != "" && id != "" && !strings.EqualFold(app, id) {
				right = "" // another app's
			}
			rights = append(rights, right)
		case "scopename":
			groups = append(groups, f.Value)
		}
	}
	var out []shownPolicy
	for i, g := range groups {
		p := shownPolicy{group: g}
		if len(rights) == len(groups) {
			if p.right = rights[i]; p.right == "" {
				continue
			}
		}
		out = append(out, p)
	}
	return out
}

// exchangePolicyWords words what Exchange's policies do here. What the evidence
// has tested already is not asked for again: the change comes first then.
func exchangePolicyWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	m, name := arg(mailboxName(c)), mailboxName(c)
	if strings.HasPrefix(m, "<") {
		name = "this mailbox"
	}
	tested, _ := c.Fact("accesscheckresult")
	scope, byRole := c.Fact("inscope")
	policies := shownPolicies(c)
	group, deny := "<scope group>", false
	for _, p := range policies {
		if strings.EqualFold(p.right, "DenyAccess") {
			group, deny = p.group, true
		} else if !deny {
			group = p.group
		}
	}
	byRole = byRole && strings.EqualFold(scope.Value, "False")
	msg := fmt.Sprintf("Exchange lets %s into other mailboxes only, not into %s: an application access policy, or the scope of RBAC for Applications%s", appName(c), name, quoted(s))
	change := fix("add the mailbox to the policy's mail-enabled security group (not the app to more mailboxes than it needs); it can take more than an hour to act", checks.ExchangeAdmin, fmt.Sprintf("Add-DistributionGroupMember -Identity %s -Member %s", arg(group), m), "")
	switch {
	case deny:
		msg = fmt.Sprintf("the application access policy DenyAccess on the group %q shuts %s out of %s (deny wins over RestrictAccess)%s", group, appName(c), name, quoted(s))
		change = fix("take the mailbox out of the group whose members are denied to the app; it can take more than an hour to act", checks.ExchangeAdmin, fmt.Sprintf("Remove-DistributionGroupMember -Identity %s -Member %s", arg(group), m), "")
	case byRole:
		msg = fmt.Sprintf("RBAC for Applications in Exchange does not let %s into %s: the scope of its role does not hold the mailbox%s", appName(c), name, quoted(s))
		change = fix("widen the scope of the app's role so that it holds the mailbox, or assign the role with a scope that does; it takes 30 minutes to 2 hours", checks.ExchangeAdmin, fmt.Sprintf("New-ManagementRoleAssignment -App %s -Role %q -CustomResourceScope <scope>", appID(c), or(factValue(c, "rolename"), "Application Mail.Read")), "https://learn.microsoft.com/exchange/permissions-exo/application-rbac")
	case len(policies) > 0 && policies[0].right != "":
		msg = fmt.Sprintf("the application access policy %s lets %s into the members of the group %q only, and %s is none%s", policies[0].right, appName(c), group, name, quoted(s))
	}
	var fixes []checks.Fix
	if tested.Value == "" {
		fixes = append(fixes, fix("test the pair of app and mailbox", checks.ExchangeAdmin, fmt.Sprintf("Test-ApplicationAccessPolicy -Identity %s -AppId %s", m, appID(c)), ""))
	}
	if len(policies) == 0 && !byRole {
		fixes = append(fixes, fix("list the app's policies", checks.ExchangeAdmin, fmt.Sprintf("Get-ApplicationAccessPolicy | Where-Object AppId -eq %s | Format-List ScopeName, AccessRight, Identity", appID(c)), ""))
	}
	if deny || byRole || policyShown(c).Value != "" || len(policies) > 0 {
		fixes = append([]checks.Fix{change}, fixes...)
	} else {
		fixes = append(fixes, change)
	}
	if scope.Value == "" {
		fixes = append(fixes, rbacTest(c))
	}
	return msg, fixes
}

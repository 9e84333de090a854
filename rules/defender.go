package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file judges the roles that the Defender APIs ask for.

func securityRole(c *evidence.Case) []checks.Finding {
	if !c.Failed {
		return nil
	}
	defender := c.Call != nil && strings.Contains(c.Call.Host, "securit") && !isGraph(c.Call.Host)
	target := false
	for _, s := range c.Said {
		target = target || s.Target != "" && s.Carrier != evidence.InProse
	}
	found := voiced(c, "security-role-missing", securityWords)
	if len(found) == 0 && onDefender(c) {
		found = voiced(c, "permission-missing", securityWords) // the same words, spoken by a Defender API
		if s := neededBy(c); len(found) > 0 && len(s.Needed) > 0 {
			found[0].Message, found[0].Fixes = securityWords(c, s)
		}
	}
	if !defender && !target && (c.Call == nil || c.Call.Host != "") {
		return nil
	}
	if len(found) > 0 && found[0].Seen[0].How == checks.HowFits {
		if c.Call != nil && c.Call.Status == 401 {
			return nil
		}
	}
	return found
}

// onDefender: the call went to an API of Defender itself, not through Graph.
func onDefender(c *evidence.Case) bool {
	r, ok := called(c)
	return ok && (r.Key == "mde" || r.Key == "mtp")
}

// neededBy is the statement that lists what the call needs.
func neededBy(c *evidence.Case) evidence.Statement {
	for _, s := range c.Said {
		if len(s.Needed) > 0 {
			return s
		}
	}
	return evidence.Statement{}
}

func securityWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	need := list(few(s.Needed, 4), "or")
	family := "Microsoft Threat Protection (Microsoft 365 Defender)"
	if c.Call != nil && strings.Contains(c.Call.Host, "securitycenter") {
		family = "WindowsDefenderATP (Defender for Endpoint)"
	}
	msg := fmt.Sprintf("the Defender API refuses %s: %q", callName(c), clip(firstOf(s.Message, s.Code)))
	if len(s.Needed) > 0 {
		msg = fmt.Sprintf("%s needs the application permission %s of %s", callName(c), need, family)
		switch {
		case s.HasHeld && len(s.Held) == 0:
			msg += "; the token held none of that API's permissions"
		case s.HasHeld:
			msg += "; the token held " + strings.Join(s.Held, ", ")
		}
	}
	for _, f := range c.Facts {
		if strings.HasPrefix(f.Field, "declared.") && !slices.Contains(s.Needed, f.Value) {
			msg += fmt.Sprintf(" (%s, which was granted, belongs to the other Defender API or is another permission)", f.Value)
			break
		}
	}
	fixes := []checks.Fix{fix(fmt.Sprintf("in the app registration add, under \"APIs my organization uses\", %s of %s as application permission, and grant admin consent", or(strings.Join(s.Needed, " or "), "the permission"), family), checks.AppAdmin, "", consentURL(c))}
	if kind, _ := c.Kind(); kind != evidence.AppOnly {
		fixes = append(fixes, fix("for a user's token: give the user a Defender role (unified RBAC), or Security Reader", checks.SecurityAdmin, "", "https://learn.microsoft.com/defender-xdr/manage-rbac"))
	}
	if s.Target != "" {
		fixes = append(fixes, fix("give Microsoft's support the tracking id "+s.Target, checks.Microsoft, "", ""))
	}
	return msg, fixes
}

package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file judges memberships that are hidden or nested.

func hiddenMembers(c *evidence.Case) []checks.Finding {
	found := voiced(c, "group-nested-unreadable", func(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) { return hiddenWords(c, "") })
	if !memberPath(c) {
		return nil
	}
	a := judge(c)
	switch {
	case c.Call.Empty && !c.Failed:
		v, ok := c.Fact("visibility")
		if !ok || !strings.EqualFold(v.Value, "HiddenMembership") || slices.Contains(a.held, "Member.Read.Hidden") {
			return nil
		}
		req, _ := c.RequestRef()
		f := checks.Finding{Subject: subject(c), Seen: []checks.Witness{checks.Shows(v), checks.Fits(req)}}
		f.Message, f.Fixes = hiddenWords(c, "the group's visibility is HiddenMembership, so its members are left out for a caller without Member.Read.Hidden: the list is empty, and no error is given")
		return []checks.Finding{f}
	case !c.Failed:
		n, ok := c.Fact("null_members")
		if !ok {
			return nil
		}
		f := checks.Finding{Subject: subject(c), Seen: []checks.Witness{checks.Shows(n)}}
		f.Message, f.Fixes = hiddenWords(c, fmt.Sprintf("%s members came back with id and type only: the caller may not read objects of that kind", n.Value))
		return []checks.Finding{f}
	}
	if len(found) > 0 && a.known {
		if _, ok := a.suffices(); !ok {
			return nil
		}
	}
	return found
}

func memberPath(c *evidence.Case) bool {
	p := c.Call.PathLower()
	return strings.Contains(p, "member") || strings.Contains(p, "/owners") || strings.Contains(p, "/registered")
}

func hiddenWords(c *evidence.Case, msg string) (string, []checks.Fix) {
	if msg == "" {
		msg = "a member of the group (a nested group, a service principal, a device) is of a kind that the caller may not read, and that breaks the read of the group"
	}
	kind, _ := c.Kind()
	need := "Member.Read.Hidden"
	if !strings.Contains(msg, "HiddenMembership") {
		need = "GroupMember.Read.All"
		if strings.Contains(msg, "id and type only") {
			need = "Directory.Read.All"
		}
	}
	return msg, grantFixes(c, kind, "Microsoft Graph", need)
}

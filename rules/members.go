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
		kind, need := unreadKind(c)
		if _, has := a.readsKind(need); has {
			return nil
		}
		f := checks.Finding{Subject: subject(c), Seen: []checks.Witness{checks.Shows(n)}}
		f.Message, f.Fixes = hiddenWords(c, fmt.Sprintf("%s members came back with id and type only: the caller may list the members but not read %s, and no error is given", n.Value, kind))
		if a.known {
			held := a.heldRef
			held.Value = strings.Join(a.held, " ")
			f.Message += "; held: " + strings.Join(few(a.held, 5), ", ")
			f.Seen = append(f.Seen, checks.Fits(held))
		}
		of, _ := c.Kind()
		f.Fixes = grantFixes(c, of, "Microsoft Graph", need)
		f.Fixes[0].URL = or(f.Fixes[0].URL, "https://learn.microsoft.com/graph/permissions-overview#limited-information-returned-for-inaccessible-member-objects")
		return []checks.Finding{f}
	}
	if len(found) > 0 && a.known {
		if _, ok := a.suffices(); !ok {
			return nil
		}
	}
	return found
}

// unreadKind is the kind of the members that came back empty, in words, and the
// least permission by which they can be read.
func unreadKind(c *evidence.Case) (words, need string) {
	switch strings.ToLower(factValue(c, "odata_type")) {
	case "user":
		return "users", "User.ReadBasic.All"
	case "device":
		return "devices", "Device.Read.All"
	case "serviceprincipal":
		return "service principals", "Application.Read.All"
	case "group":
		return "groups", "Group.Read.All"
	case "orgcontact":
		return "organizational contacts", "OrgContact.Read.All"
	}
	return "objects of their kinds", "Directory.Read.All"
}

// readsKind is a held permission by which members of a kind can be read: the
// one that is needed, a wider one, or one for the whole directory.
func (a access) readsKind(need string) (string, bool) {
	noun, _, _ := strings.Cut(need, ".")
	for _, h := range a.held {
		of, rest, _ := strings.Cut(h, ".")
		if (of == noun || of == "Directory") && strings.HasSuffix(rest, ".All") {
			return h, true
		}
	}
	return "", false
}

func memberPath(c *evidence.Case) bool {
	if c.Call != nil && c.Call.Path == "" {
		cmdlet := strings.ToLower(c.Call.Cmdlet)
		return strings.HasPrefix(cmdlet, "get-mg") && (strings.Contains(cmdlet, "member") || strings.Contains(cmdlet, "owner") || strings.Contains(cmdlet, "registered"))
	}
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
	}
	return msg, grantFixes(c, kind, "Microsoft Graph", need)
}

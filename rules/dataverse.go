package rules

import (
	"fmt"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file words what Dataverse refuses for want of a privilege: its security
// roles decide there, in users' and in applications' names.

// verbs of Dataverse's privileges; the longer ones first.
var dataverseVerbs = [...]string{"AppendTo", "Append", "Assign", "Create", "Delete", "Read", "Share", "Write"}

// dataverseWords names the privilege that is missing, and the table it is for;
// ok is false where the service did not speak of one.
func dataverseWords(c *evidence.Case, s evidence.Statement) (msg string, fixes []checks.Fix, ok bool) {
	privilege := privilegeIn(s.Message)
	if privilege == "" && !strings.Contains(evidence.Fold(s.Message), "rightsforrecord") && !strings.Contains(s.Message, "SecLib::") {
		return "", nil, false
	}
	who := "the caller"
	if id := firstGUIDIn(s.Message, "Principal user (Id=", "CallingUser: ", "User: ", "with id "); id != "" {
		who = "the Dataverse user " + id
	}
	env := "the environment"
	if c.Call != nil && strings.Contains(c.Call.Host, ".dynamics.") {
		env = c.Call.Host
	}
	const page = "https://learn.microsoft.com/power-platform/admin/security-roles-privileges"
	if privilege == "" {
		return fmt.Sprintf("%s has no right to this one record in %s: %q", who, env, clip(s.Message)), []checks.Fix{
			fix("share the record with the user or a team of the user's, or widen the role's depth (user, business unit, organisation) for that table", checks.AppAdmin, "", page),
		}, true
	}
	act, table := privilege, ""
	if v, ok := strings.CutPrefix(privilege, "prv"); ok {
		for _, verb := range dataverseVerbs {
			if rest, ok := strings.CutPrefix(v, verb); ok && rest != "" {
				act, table = verb, strings.ToLower(rest)
				break
			}
		}
	}
	what := fmt.Sprintf("the privilege %s", privilege)
	if table != "" {
		what += fmt.Sprintf(" (%s on the table %s)", act, table)
	}
	return fmt.Sprintf("no security role of %s in %s holds %s", who, env, what), []checks.Fix{
		fix(fmt.Sprintf("have a system administrator of the environment give the user, or a team of the user's, a security role with %s (Power Platform admin center, the environment, Settings, Users + permissions, Security roles)", what), checks.AppAdmin, "", page),
		fix("leave scopes and consent as they are: in Dataverse the token only says who calls", checks.Developer, "", ""),
	}, true
}

// privilegeIn is the privilege that a message names, "prvReadAccount"; "" if none.
func privilegeIn(text string) string {
	for w := range strings.FieldsFuncSeq(text, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_')
	}) {
		if strings.HasPrefix(w, "prv") && len(w) > 6 && w[3] >= 'A' && w[3] <= 'Z' {
			return w
		}
	}
	return ""
}

// firstGUIDIn is the id that stands behind one of the marks; "" if none.
func firstGUIDIn(text string, marks ...string) string {
	for _, m := range marks {
		if _, rest, ok := strings.Cut(text, m); ok && len(rest) >= 36 && evidence.IsGUID(rest[:36]) {
			return rest[:36]
		}
	}
	return ""
}

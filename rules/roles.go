package rules

import (
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file finds the directory roles that an act asks for, by the service's
// words and by the table of role requirements.

// rolesFor are the directory roles that serve the request: named by the
// service, else by the table of role requirements.
func (a access) rolesFor(c *evidence.Case, s evidence.Statement) []string {
	if strings.Contains(evidence.Fold(s.Message), "followingrolesisrequired") {
		if _, rest, ok := strings.Cut(s.Message, ":"); ok {
			var out []string
			for r := range strings.SplitSeq(rest, ",") {
				if r = strings.Trim(r, " .'\""); r != "" && len(r) < 60 {
					out = append(out, r)
				}
			}
			return out
		}
	}
	if strings.Contains(c.Call.PathLower(), "/security/") {
		return []string{"Security Reader", "Security Administrator"}
	}
	if a.match.Template == "" || c.Call == nil {
		return nil
	}
	if r := a.tabled(c); len(r.Names) > 0 {
		return r.Names
	}
	if or(c.Call.Method, a.match.Method) == "PATCH" && strings.HasPrefix(strings.ToLower(a.match.Template), "/users/{id}") {
		return []string{"User Administrator"}
	}
	return nil
}

// tabled are the roles that the table of role requirements has for the request,
// narrowed by what the target holds, as far as that was seen.
func (a access) tabled(c *evidence.Case) catalog.Roles {
	if a.match.Template == "" || c.Call == nil {
		return catalog.Roles{}
	}
	target := targetRoles(c)
	r := catalog.RolesFor(or(c.Call.Method, a.match.Method), a.match.Template, bodyFields(c), selected(c), target)
	if a.kind == evidence.AppOnly && len(r.Sensitive) > 0 && (len(target) == 0 || strings.HasPrefix(r.AppOnly, "User Administrator")) {
		// an app is refused a sensitive property only where the target is an
		// administrator of some kind, or where it sets a password
		r.Names = slices.DeleteFunc(r.Names, func(n string) bool {
			return n == "Password Administrator" || n == "Helpdesk Administrator" || n == "Authentication Administrator"
		})
	}
	return r
}

// targetRoles are the directory roles of the user that the request is about,
// where a listing of the memberships stands beside the failure.
func targetRoles(c *evidence.Case) []string {
	who := strings.ToLower(target(c))
	if who == "" {
		return nil
	}
	var out []string
	add := func(text string) {
		for _, n := range catalog.RoleNames() {
			if i := strings.Index(text, n); i >= 0 {
				text = text[:i] + text[i+len(n):]
				if !slices.Contains(out, n) {
					out = append(out, n)
				}
			}
		}
	}
	for _, s := range c.Said {
		low := strings.ToLower(s.Message)
		i := strings.Index(low, "memberof")
		if i < 0 || !strings.Contains(low, who) {
			continue
		}
		add(s.Message[i:])
		for _, o := range c.Said {
			// what was printed right below the question
			if d := o.Ref.Line - s.Ref.Line; o.Ref.Origin == evidence.FromService && o.Carrier == evidence.InProse && d > 0 && d < 4 && len(o.Message) < 200 {
				add(o.Message)
			}
		}
	}
	return out
}

// whoMay says of a sensitive act that the target's own roles decide who may do it.
func whoMay(c *evidence.Case, r catalog.Roles) string {
	if len(r.Sensitive) == 0 {
		return ""
	}
	said := r.Sensitive[0] + " is a sensitive property, for which the target's own roles decide who may act"
	if len(r.Sensitive) > 1 {
		said = list(r.Sensitive, "and") + " are sensitive properties, for which the target's own roles decide who may act"
	}
	if held := targetRoles(c); len(held) > 0 {
		said += ": the target holds " + list(few(held, 3), "and")
	}
	return said
}

const sensitivePage = "https://learn.microsoft.com/entra/identity/role-based-access-control/privileged-roles-permissions#who-can-perform-sensitive-actions"

func roleID(name string) string {
	if r, ok := catalog.RoleByName(name); ok {
		return r.ID
	}
	return "<role id>"
}

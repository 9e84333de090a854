package rules

import (
	"fmt"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file words the refusals of APIs that serve a delegated token nothing but
// the signed-in user's own objects, whatever their role.

// ownOnly: the service says that another user than the signed-in one was named.
func ownOnly(c *evidence.Case) (evidence.Statement, bool) {
	return c.SaidWords("is not the logged in user", "is not the signed in user")
}

func ownOnlyWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	f := fix("call it for the signed-in user: /me in place of /users/{id}", checks.Developer, "", "")
	if c.Call != nil {
		if rest := behindUser(c.Call.Path); rest != "" {
			f.Command = strings.TrimSpace(fmt.Sprintf("%s https://%s%s", c.Call.Method, or(c.Call.Host, "graph.microsoft.com"), rest))
		}
	}
	return fmt.Sprintf("with a delegated token %s serves the signed-in user alone, and another user was named: %q", callName(c), clip(s.Message)), []checks.Fix{
		f, fix("or let that user sign in, or call with an app-only token where the API has an application permission for it", checks.Developer, "", ""),
	}
}

// behindUser is a path with /me in place of the user that it names.
func behindUser(path string) string {
	before, rest, ok := strings.Cut(path, "/users/")
	if !ok {
		return ""
	}
	_, rest, _ = strings.Cut(rest, "/")
	if rest == "" {
		return before + "/me"
	}
	return before + "/me/" + rest
}

package report

import (
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
)

// This file holds the words for what stands beside the findings: that there are
// none, what was not read or not resolved, and the ids of a support case.

// nothing says that there is nothing to say.
func nothing(d *checks.Diagnosis, o Options) string {
	line := "Nothing found: what was read shows no authorization failure"
	if o.Gate {
		line = "Nothing found: what the app declares and what it calls agree"
	}
	if o.Gate && d.Examined == 0 {
		line = "Nothing was compared: there is no app registration in what was read"
	}
	if d.Examined > 0 && !o.Gate {
		line += " (" + count(d.Examined, "part", "parts") + " examined)"
	}
	if d.Problem > 0 {
		line += "; " + unread(d)
	}
	return line + "."
}

func unread(d *checks.Diagnosis) string {
	return count(d.Problem, "part could not be read", "parts could not be read")
}

// unresolved says what the gate could not resolve, "" where it could all.
func unresolved(u checks.Unresolved) string {
	var parts []string
	if u.Calls > 0 {
		parts = append(parts, count(u.Calls, "call", "calls"))
	}
	if u.Permissions > 0 {
		parts = append(parts, count(u.Permissions, "permission", "permissions"))
	}
	if len(parts) == 0 {
		return ""
	}
	line := "Not resolved: " + strings.Join(parts, " and ")
	var at []string
	for _, p := range u.Places {
		at = append(at, where(p))
	}
	if len(at) > 0 {
		line += " (" + few(at, 3) + ")"
	}
	return line
}

// ids are the support ids that are known, with the names Microsoft uses.
func ids(d *checks.Diagnosis) [][2]string {
	var out [][2]string
	for _, p := range [...][2]string{
		{"request-id", d.Support.Request}, {"client-request-id", d.Support.ClientRequest},
		{"correlation id", d.Support.Correlation}, {"trace id", d.Support.Trace}, {"timestamp", d.Support.Timestamp},
	} {
		if p[1] != "" {
			out = append(out, p)
		}
	}
	return out
}

package catalog

import (
	"strings"
	"testing"
)

// TestRolesFor: the role covers every property that is sent, and reaches the target.
func TestRolesFor(t *testing.T) {
	for _, x := range []struct{ body, target, first, never string }{
		{"passwordProfile passwordProfile.password", "", "Password Administrator", ""},
		{"mobilePhone", "", "Password Administrator", ""},
		{"department", "", "User Administrator", "Password Administrator"},
		{"mobilePhone department", "", "User Administrator", "Helpdesk Administrator"},
		{"accountEnabled", "", "Authentication Administrator", "Password Administrator"},
		{"mobilePhone", "Helpdesk Administrator", "Helpdesk Administrator", "Password Administrator"},
		{"passwordProfile", "Global Administrator", "Privileged Authentication Administrator", "User Administrator"},
		{"passwordProfile", "Exchange Administrator", "Privileged Authentication Administrator", "User Administrator"}, // not in the matrix
		{"department", "Global Administrator", "User Administrator", "Password Administrator"},                         // not sensitive
	} {
		var target []string
		if x.target != "" {
			target = []string{x.target}
		}
		r := RolesFor("PATCH", "/users/{id}", strings.Fields(x.body), nil, target)
		if len(r.Names) == 0 || r.Names[0] != x.first || x.never != "" && strings.Contains(strings.Join(r.Names, ";"), x.never) {
			t.Errorf("%s on %s: %v", x.body, x.target, r.Names)
		}
	}
	if r := RolesFor("GET", "/auditLogs/signIns", nil, nil, nil); len(r.Names) == 0 || r.Names[0] != "Reports Reader" {
		t.Errorf("sign-ins: %v", r.Names)
	}
	// the two Defender APIs
	for p, key := range map[string]string{"Machine.Isolate": "mde", "Ti.ReadWrite.All": "mde", "AdvancedHunting.Read.All": "mtp", "advancedquery.read.all": "mde", "User.Read.All": ""} {
		if r, ok := ResourceByFamily(p); ok != (key != "") || r.Key != key {
			t.Errorf("%s: %q", p, r.Key)
		}
	}
}

package rules

import (
	"regexp"
	"testing"
)

// TestAdvice holds whole pieces of advice: what the first finding of a case must
// tell its reader, and what would send him to the wrong place.
func TestAdvice(t *testing.T) {
	for _, x := range []struct {
		path, want, not string // want: all of these, parted by " && "; not: none of them
	}{
		// permissions of Defender are told apart by their names
		{"own/services/mde-playbook-machine-read-missing", `WindowsDefenderATP`, `Threat Protection`},
		// a managed identity has no registration and nobody consents for it
		{"own/permission/mde-isolate-playbook-device-lookup", `-ServicePrincipalId 23093cb9-521b-4b5a-ab0d-4a8c1960f631 && holds Machine\.Isolate && Value -eq 'Machine\.Read\.All'`, `adminconsent|in the app registration add|none of that API`},
		// every property that is sent must be covered by the role
		{"shared/a026-guest-app-administrator-updates-user", `fe930be7-5e62-47db-91af-98c3a49a38b1 && -PrincipalId 50d82869`, `966707d0|Password Administrator|<user id>`},
		// for sensitive properties the target's own roles decide
		{"own/permission/runbook-mobile-phone-needs-a-role-too", `sensitive property && target holds Helpdesk Administrator && 729827e3`, `966707d0`},
		{"authored/several/transcript-401-403-and-role", `target holds Global Administrator && 7be44c8a`, `966707d0`},
	} {
		s, err := loadSample(casesDir + "/" + x.path + ".txtar")
		if err != nil {
			t.Error(err)
			continue
		}
		found := diagnose(t, s.Input).Findings
		if len(found) == 0 {
			t.Errorf("%s: nothing is found", x.path)
			continue
		}
		said := told(found[0])
		for _, w := range regexp.MustCompile(` && `).Split(x.want, -1) {
			if !regexp.MustCompile(w).MatchString(said) {
				t.Errorf("%s does not tell %s: %s", x.path, w, said)
			}
		}
		if x.not != "" {
			if m := regexp.MustCompile(x.not).FindString(said); m != "" {
				t.Errorf("%s tells %q: %s", x.path, m, said)
			}
		}
	}
}

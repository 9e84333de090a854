// Package rules holds what is known: one literal a root cause, in the table of
// its family. To write the literal is to register it.
package rules

import (
	"embed"
	"slices"
	"sync"

	"github.com/graphdoctor/graphdoctor/checks"
)

//go:embed doc/*.md
var docs embed.FS

// All returns every rule of the diagnosis, in the order of the families.
var All = sync.OnceValue(func() []checks.Rule {
	all := slices.Concat(tokenRules, audienceRules, permissionRules, privilegeRules, mailboxRules, challengeRules,
		consentRules, clientRules, signinRules, serviceRules, provisioningRules, unknownRules)
	for i, r := range all {
		// a token that was never obtained is missed at the call
		if r.Layer == checks.Acquire && r.ID != "user-not-assigned" /* which provisioning explains already */ && !slices.Contains(r.Explains, "token-missing") {
			all[i].Explains = append(slices.Clip(r.Explains), "token-missing")
		}
	}
	return all
})

// Doc returns a rule's page in Markdown, "" if it has none. Pages are read
// only when asked for.
func Doc(id string) string {
	b, err := docs.ReadFile("doc/" + id + ".md")
	if err != nil {
		return ""
	}
	return string(b)
}

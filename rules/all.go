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
	return slices.Concat(tokenRules, audienceRules, permissionRules, privilegeRules, mailboxRules, challengeRules,
		consentRules, clientRules, signinRules, serviceRules, provisioningRules, unknownRules)
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

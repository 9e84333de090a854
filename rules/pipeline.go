package rules

import (
	"fmt"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file holds a token, the pipeline's own or the app's, against what the
// calls need: lint --token.

// ownToken tells whether a case is such a token with calls.
func ownToken(c *evidence.Case) bool {
	return c.App != nil && c.Token.Readable() && c.Call == nil
}

func pipelineLacks(c *evidence.Case) []checks.Finding {
	held, kind, ref, ok := c.Held()
	if !ownToken(c) || !ok || !tokenForGraph(c) {
		return nil
	}
	var out []checks.Finding
	for _, n := range stand(c.App).needs {
		k := mapKind(kind)
		needs := n.needs[k]
		if _, ok := n.covers(k, held); ok || !n.mapped() || n.call.Guess != "" {
			continue
		}
		message := fmt.Sprintf("the token's %s permissions do not cover %s", kind, n.subject())
		var fixes []checks.Fix
		if p := stand(c.App); n.supported(k) {
			add := p.toAdd(n, k, held)
			message += ", which needs " + wanted(n, k, needs, held, add)
			fixes = []checks.Fix{p.declare(k, add)}
		} else {
			message += fmt.Sprintf(", which no %s permission covers", k)
			if k == catalog.Application && n.me() {
				message += ": an app alone has no /me"
			}
			fixes = []checks.Fix{fix("make this call in the other flow", checks.Developer, "graphdoctor need '"+n.subject()+"'", "https://learn.microsoft.com/graph/auth/auth-concepts")}
		}
		out = append(out, checks.Finding{Subject: n.subject(), Message: message, Cap: checks.Shown, CapReason: onMap,
			Seen: []checks.Witness{checks.Shows(n.ref()), checks.Shows(ref)}, Fixes: fixes})
	}
	return out
}

func tokenForGraph(c *evidence.Case) bool {
	r, ok := catalog.ResourceByAudience(c.Token.Str("aud"))
	return ok && r.AppID == graphID
}

// pipelineAudience: the token is for another API than the calls go to.
func pipelineAudience(c *evidence.Case) []checks.Finding {
	if !ownToken(c) || c.Token.Str("aud") == "" || tokenForGraph(c) || len(stand(c.App).needs) == 0 {
		return nil
	}
	aud := c.Token.Ref("aud")
	name := aud.Value
	if r, ok := catalog.ResourceByAudience(c.Token.Str("aud")); ok && r.Name != "" {
		name = r.Name
	}
	return []checks.Finding{{Subject: "aud " + aud.Value, Message: fmt.Sprintf("the token is for %s, but the app calls Microsoft Graph", name),
		Seen:  []checks.Witness{checks.Shows(aud), checks.Fits(stand(c.App).needs[0].ref())},
		Fixes: []checks.Fix{fix("ask for a token of Microsoft Graph", checks.Developer, "az account get-access-token --resource-type ms-graph", "https://learn.microsoft.com/entra/identity-platform/scopes-oidc")}}}
}

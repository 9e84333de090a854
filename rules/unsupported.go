package rules

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file judges requests that a kind of token cannot make at all.

// me tells a request for the signed-in user.
func me(c *evidence.Case) bool {
	if c.Call == nil {
		return false
	}
	p := strings.ToLower(c.Call.Path)
	p = strings.TrimPrefix(strings.TrimPrefix(p, "/v1.0"), "/beta")
	return p == "/me" || strings.HasPrefix(p, "/me/") || strings.HasPrefix(p, "/me(")
}

func meAppOnly(c *evidence.Case) []checks.Finding {
	if !c.Failed {
		return nil
	}
	found := voiced(c, "me-with-app-only", meWords)
	kind, ref := c.Kind()
	if !me(c) || kind != evidence.AppOnly {
		if kind == evidence.Delegated && c.Token.Readable() {
			return nil
		}
		if len(found) > 0 && found[0].Seen[0].How == checks.HowFits && !me(c) {
			return nil // a 400 that says nothing of /me
		}
		return found
	}
	if c.Call.Status == 429 || c.Call.Status >= 500 || !onGraph(c) && c.Call.Host != "" {
		return found
	}
	if early(c) {
		return found
	}
	found = orRefused(c, found)
	req, _ := c.RequestRef()
	found[0].Message, found[0].Fixes = meWords(c, evidence.Statement{})
	witness := checks.Shows(ref)
	found[0].Seen = append([]checks.Witness{witness, checks.Shows(req)}, found[0].Seen...)
	if c.Token.Readable() && c.Token.Use == evidence.Nearby && ref.Origin == evidence.FromToken {
		found[0].Why = append(found[0].Why, "the token stands nearby, not in the request's header")
	}
	return found
}

// early: the token itself was refused before anybody looked at /me.
func early(c *evidence.Case) bool {
	for _, id := range []string{"audience-mismatch", "token-expired", "signature-invalid", "token-malformed"} {
		for _, v := range hear(c).voices[id] {
			if v.how == checks.HowSays {
				return true
			}
		}
	}
	return false
}

func meWords(c *evidence.Case, _ evidence.Statement) (string, []checks.Fix) {
	path := "/me"
	rest := ""
	if c.Call != nil && c.Call.Path != "" && me(c) {
		path = c.Call.Path
		if i := strings.Index(strings.ToLower(path), "/me"); i >= 0 {
			rest = path[i+3:]
		}
	}
	version := "v1.0"
	if c.Call != nil && strings.HasPrefix(c.Call.Path, "/beta") {
		version = "beta"
	}
	method := "GET"
	if c.Call != nil && c.Call.Method != "" {
		method = c.Call.Method
	}
	return fmt.Sprintf("%s stands for the signed-in user, and an app-only token (client credentials) has none", path), []checks.Fix{
		fix("name the user: /users/{id or user principal name} in place of /me", checks.Developer, fmt.Sprintf("%s https://%s/%s/users/<user id>%s", method, graphHost(c), version, rest), ""),
		fix("or sign a user in (delegated flow: authorization code, device code) and keep /me", checks.Developer, "", "https://learn.microsoft.com/graph/auth-v2-user"),
	}
}

func appOnlyUnsupported(c *evidence.Case) []checks.Finding {
	if !c.Failed {
		return nil
	}
	a := judge(c)
	found := voiced(c, "app-only-unsupported", func(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) { return a.userNeeded(c) })
	if a.kind == evidence.Delegated {
		return nil
	}
	ref, refused := refusal(c)
	if migrates(a.saidReq) {
		f := checks.Finding{Subject: subject(c), Seen: []checks.Witness{checks.Says(a.said.Ref)}}
		f.Message = fmt.Sprintf("%s by an application alone is open to migration only (%s); ordinary use needs a signed-in user", callName(c), strings.Join(a.saidReq, ", "))
		_, f.Fixes = a.userNeeded(c)
		if a.kindRef.Field != "" {
			f.Seen = append(f.Seen, checks.Fits(a.kindRef))
		}
		return []checks.Finding{f}
	}
	if len(found) > 0 && found[0].Seen[0].How == checks.HowSays {
		return found
	}
	if me(c) || a.kind != evidence.AppOnly || !a.mapped || a.needs.Supported && !migrates(a.needs.Any) || !a.other.Supported || !refused {
		if a.mapped && a.needs.Supported {
			return nil
		}
		return found
	}
	if len(found) == 0 {
		found = []checks.Finding{{Subject: subject(c), Seen: []checks.Witness{checks.Fits(ref)}}}
	}
	found[0].Message, found[0].Fixes = a.userNeeded(c)
	found[0].Seen = append([]checks.Witness{checks.Shows(a.kindRef)}, found[0].Seen...)
	a.capMap(c, &found[0])
	if e, ok := a.match.Ended(catalog.Application); ok {
		found[0].CapReason = "it rests on Microsoft's announcement (" + e.Source + ")"
	}
	return found
}

func (a access) userNeeded(c *evidence.Case) (string, []checks.Fix) {
	need := ""
	if a.mapped {
		user := a
		user.kind, user.needs = evidence.Delegated, a.match.Needs(catalog.Delegated)
		if l := user.byLevel(); len(l) > 0 && user.needs.Supported {
			need = l[0]
		}
	}
	msg := fmt.Sprintf("%s has no application permission: it works for a signed-in user only", callName(c))
	if e, ok := a.match.Ended(catalog.Application); ok && !a.needs.Supported {
		msg = fmt.Sprintf("%s has taken no app-only token since %s, whatever it holds: it works for a signed-in user only", callName(c), e.Since.Format("2006-01-02"))
	}
	fixes := []checks.Fix{fix(fmt.Sprintf("sign a user in and call with the delegated permission %s", or(need, "of this API")), checks.Developer, scopeHint(c, need), "https://learn.microsoft.com/graph/auth-v2-user")}
	if p := ""; c.Call != nil && strings.Contains(strings.ToLower(c.Call.Path), "/messages") && strings.Contains(strings.ToLower(c.Call.Path+c.Call.Cmdlet), "chat") || c.Call != nil && strings.Contains(strings.ToLower(c.Call.Path), "/channels/") {
		_ = p
		fixes = append(fixes, fix("to post to Teams without a user, write a bot or an incoming webhook (workflow) instead", checks.Developer, "", "https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/send-proactive-messages"))
	}
	return msg, fixes
}

func scopeHint(c *evidence.Case, need string) string {
	if need == "" {
		return ""
	}
	return fmt.Sprintf("scopes: [\"https://%s/%s\"]", graphHost(c), need)
}

func delegatedUnsupported(c *evidence.Case) []checks.Finding {
	if !c.Failed {
		return nil
	}
	a := judge(c)
	found := voiced(c, "delegated-unsupported", func(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) { return a.appNeeded(c) })
	ref, refused := refusal(c)
	if a.kind != evidence.Delegated || !a.mapped || a.needs.Supported || !a.other.Supported || !refused || a.match.How != catalog.Exact {
		return found
	}
	if len(found) == 0 {
		found = []checks.Finding{{Subject: subject(c), Seen: []checks.Witness{checks.Fits(ref)}}}
	}
	found[0].Message, found[0].Fixes = a.appNeeded(c)
	found[0].Seen = append([]checks.Witness{checks.Shows(a.kindRef)}, found[0].Seen...)
	a.capMap(c, &found[0])
	return found
}

func (a access) appNeeded(c *evidence.Case) (string, []checks.Fix) {
	need := ""
	if a.mapped {
		if n := a.match.Needs(catalog.Application); len(n.Least) > 0 {
			need = n.Least[0]
		}
	}
	return fmt.Sprintf("%s has no delegated permission: it works with an app-only token only", callName(c)), append([]checks.Fix{
		fix(fmt.Sprintf("call with client credentials and the application permission %s", or(need, "of this API")), checks.Developer, fmt.Sprintf("grant_type=client_credentials&client_id=%s&scope=https://%s/.default", ownApp(c), graphHost(c)), ""),
	}, grantCommands(c, evidence.AppOnly, need)...)
}

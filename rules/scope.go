package rules

import (
	"fmt"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file words what is wrong with a scope.

func scopeWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	scope := firstOf(factScope(c), s.Quoted("scope"))
	folded := evidence.Fold(s.Message)
	text := s.Message
	switch {
	case strings.Contains(folded, "thescope") && strings.Contains(scopeText(text), ","), strings.Contains(scope, ",") && !strings.Contains(scope, "://"):
		return fmt.Sprintf("the scopes are joined by a comma (%q); they must be separated by a space (blank)", or(scopeText(text), scope)), []checks.Fix{
			fix("separate scopes by spaces", checks.Developer, "scope="+strings.Join(strings.Fields(strings.ReplaceAll(or(scopeText(text), scope), ",", " ")), "%20"), "")}
	case strings.Contains(folded, "defaultscopecantbecombined") || strings.Contains(scope, ".default") && len(strings.Fields(scope)) > 1 || strings.Contains(folded, "defaultscope") && strings.Contains(folded, "combin"):
		return fmt.Sprintf("/.default is mixed with other scopes (%q): .default stands for all registered permissions of one resource and goes alone", clip(or(scopeText(text), scope))), []checks.Fix{
			fix("ask either for <resource>/.default alone (with openid, profile, offline_access at most) or for single scopes of one resource", checks.Developer, setting("scope", defaultScope(c, or(scope, scopeText(text)))), "https://learn.microsoft.com/entra/identity-platform/scopes-oidc#the-default-scope")}
	case s.Code == "AADSTS1002012" || c.Flow == evidence.FlowClientCredentials && !strings.Contains(scope, ".default"):
		return fmt.Sprintf("client credentials take only a scope that ends in /.default, not %q: application permissions are granted beforehand", clip(or(scope, scopeText(text)))), []checks.Fix{
			fix("ask for the resource's .default scope", checks.Developer, setting("scope", defaultScope(c, or(scope, scopeText(text)))), "")}
	case s.Code == "AADSTS28000" || s.Code == "AADSTS700022" || s.Code == "AADSTS70011" && resources(scope) > 1 || strings.Contains(folded, "morethanoneresource"):
		named := ""
		if all := or(scope, scopeText(text)); all != "" {
			named = fmt.Sprintf(" (%q)", clip(all))
		}
		return "the scope names several resources at once" + named + "; one token is for one resource", []checks.Fix{
			fix("ask for each resource in a request of its own; only the first may be joined with openid, profile and offline_access", checks.Developer, "", "")}
	case s.Code == "AADSTS901002":
		return "the v1 parameter resource was sent to the v2.0 endpoint, which takes scope", []checks.Fix{
			fix("send scope=<resource>/.default in place of resource=<resource>, or use the endpoint without /v2.0", checks.Developer, setting("scope", or(strings.TrimSuffix(factValue(c, "resource"), "/"), "https://"+graphHost(c))+"/.default"), "")}
	case s.Code != "AADSTS70011" && strings.Contains(folded, "parameterscope") || s.Code == "AADSTS900144":
		return "the request has no scope parameter, or an empty one", []checks.Fix{fix("send a scope (v2.0 endpoint) or a resource (v1 endpoint)", checks.Developer, "scope=https://"+graphHost(c)+"/.default", "")}
	}
	if named := or(scopeText(text), scope); named != "" {
		return fmt.Sprintf("the scope %q is not valid: the API publishes no such scope, or the resource in front is missing or wrong", clip(named)), []checks.Fix{
			fix("spell the scope as the API publishes it, with the resource in front (https://"+graphHost(c)+"/Mail.Read), separated by spaces, of one resource", checks.Developer, "", "https://learn.microsoft.com/graph/permissions-reference"),
			fix("for client credentials use "+defaultScope(c, named), checks.Developer, setting("scope", defaultScope(c, named)), ""),
		}
	}
	return fmt.Sprintf("the scope is not valid: %q", clip(firstOf(s.Message, s.Code))), []checks.Fix{
		fix("spell the scope as the API publishes it, with the resource in front (https://"+graphHost(c)+"/Mail.Read), separated by spaces, of one resource", checks.Developer, "", "https://learn.microsoft.com/graph/permissions-reference"),
		fix("for client credentials use https://"+graphHost(c)+"/.default", checks.Developer, "", ""),
	}
}

// defaultScope is the .default scope of the resource that a scope names: of Graph
// for bare names of its permissions, of nobody known for several resources.
func defaultScope(c *evidence.Case, scope string) string {
	found := ""
	for _, w := range strings.Fields(strings.ReplaceAll(scope, ",", " ")) {
		r := scopeResource(c, w)
		if r == "" {
			continue
		}
		if found != "" && found != r {
			return "<resource>/.default"
		}
		found = r
	}
	switch {
	case found != "":
		return found + "/.default"
	case factValue(c, "resource") != "":
		return strings.TrimSuffix(factValue(c, "resource"), "/") + "/.default"
	}
	return "https://" + graphHost(c) + "/.default"
}

// scopeResource is the resource that one scope is of; "" for those of sign-in
// itself, which belong to every resource.
func scopeResource(c *evidence.Case, scope string) string {
	scope = strings.Trim(scope, "'\"")
	switch strings.ToLower(scope) {
	case "openid", "profile", "email", "offline_access", ".default":
		return ""
	}
	scheme, rest, ok := strings.Cut(scope, "://")
	if !ok {
		scheme, rest = "", scope
	}
	i := strings.LastIndexByte(rest, '/')
	if i <= 0 {
		if ok || evidence.IsGUID(rest) {
			return scope
		}
		return "https://" + graphHost(c)
	}
	if !ok && !evidence.IsGUID(rest[:i]) {
		return "<resource>" // in front of the name stands something that is no resource
	}
	rest = rest[:i]
	if ok {
		return scheme + "://" + rest
	}
	return rest
}

func factScope(c *evidence.Case) string { return factValue(c, "scope") }

// scopeText is the scope that a message quotes between "The scope" and "is not valid".
func scopeText(msg string) string {
	for _, mark := range []string{"he scope ", "Scope "} { // AADSTS70011, AADSTS28000
		_, rest, ok := strings.Cut(msg, mark)
		if j := strings.Index(rest, " is not valid"); ok && j > 0 {
			return strings.Trim(rest[:j], "'\"")
		}
	}
	return ""
}

// resources counts the different resources that a scope string names.
func resources(scope string) int {
	seen := map[string]bool{}
	for _, s := range strings.Fields(scope) {
		if i := strings.Index(s, "://"); i > 0 {
			rest := s[i+3:]
			if j := strings.IndexByte(rest, '/'); j > 0 {
				rest = rest[:j]
			}
			seen[rest] = true
		}
	}
	return len(seen)
}

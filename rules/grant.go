package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file words how permissions are granted, with the complete commands.

// The clients of Microsoft that ask for any scope: Microsoft Graph Command Line
// Tools and Graph Explorer.
const (
	graphPowerShell = "14d82eec-204b-4c2f-b7e8-296a70dab67e"
	graphExplorer   = "de8bc8b5-d9f9-48b1-a8ad-b748da725064"
)

// grantFixes are who grants permissions of a resource, in words, and the
// commands for it. Several permissions are needed together; none, or "", says
// that the name is not known.
func grantFixes(c *evidence.Case, k evidence.Kind, resource string, needs ...string) []checks.Fix {
	needs = slices.DeleteFunc(slices.Clone(needs), func(n string) bool { return n == "" })
	commands := grantCommands(c, k, needs...)
	if k == evidence.Delegated && len(commands) > 0 && (asksAnyScope(c) || !slices.ContainsFunc(needs, adminConsents)) {
		if asksAnyScope(c) {
			return commands // its registration is Microsoft's
		}
		return append([]checks.Fix{commands[0], grantFix(c, k, resource, needs)}, commands[1:]...) // the user's own consent is enough
	}
	return append([]checks.Fix{grantFix(c, k, resource, needs)}, commands...)
}

// asksAnyScope: the client is one of Microsoft's that takes more scopes by
// consent alone.
func asksAnyScope(c *evidence.Case) bool {
	switch c.AppID() {
	case graphPowerShell, graphExplorer:
		return true
	case "":
		return c.Call != nil && c.Call.Client == "Microsoft Graph PowerShell"
	}
	return false
}

// ownApp is the client id for commands that only the owner of an app can run.
func ownApp(c *evidence.Case) string {
	if _, ok := firstParty(c); ok {
		return "<your app id>"
	}
	return appID(c)
}

// grantFix says in words who grants what.
func grantFix(c *evidence.Case, k evidence.Kind, resource string, needs []string) checks.Fix {
	if cl, ok := fixedClient(c); ok && k == evidence.Delegated && len(needs) > 0 {
		return fix(fmt.Sprintf("sign in with a client whose permissions can be chosen: %s is Microsoft's own and has a fixed set of them", cl.Name), checks.User, "Connect-MgGraph -Scopes "+quotedList(needs), "")
	}
	kindWord := "application"
	if k == evidence.Delegated {
		kindWord = "delegated"
	}
	if k == evidence.KindUnknown {
		kindWord = "delegated or application"
	}
	what := "permission that the request needs"
	if len(needs) > 0 {
		what = plural(len(needs), "permission") + " " + list(needs, "and")
	}
	title := fmt.Sprintf("add the %s %s of %s to the app registration, have it consented, then get a new token", kindWord, what, resource)
	link := consentURL(c)
	if cl, ok := firstParty(c); ok && k == evidence.AppOnly {
		title = fmt.Sprintf("make an app registration of your own in place of %s, add the application %s of %s to it and have it consented", cl.Name, what, resource)
		link = "https://learn.microsoft.com/entra/identity-platform/quickstart-register-app"
	}
	if c.Token.Readable() && c.Token.Has("xms_mirid") {
		what = strings.Replace(what, "permission", "app role", 1)
		title = fmt.Sprintf("assign the %s of %s to the managed identity (it has no app registration to edit), then wait for a new token: its tokens are cached for up to a day", what, resource)
		if k == evidence.AppOnly {
			link = ""
		}
	}
	return fix(title, checks.AppAdmin, "", link)
}

// adminConsents tells whether only an administrator can consent to a scope.
func adminConsents(scope string) bool {
	p, ok := catalog.Permission(scope, catalog.Delegated)
	return !ok || p.AdminConsent
}

// fixedClient is the one of Microsoft's own clients that made the call, unless
// that asks for whatever scope it is told to.
func fixedClient(c *evidence.Case) (catalog.ClientInfo, bool) {
	cl, ok := firstParty(c)
	return cl, ok && cl.AppID != graphPowerShell && cl.AppID != graphExplorer
}

// grantCommands are the complete commands that add and grant permissions of
// Graph; none where one of them has no known id.
func grantCommands(c *evidence.Case, k evidence.Kind, needs ...string) []checks.Fix {
	kind, suffix := catalog.Delegated, "=Scope"
	if k == evidence.AppOnly {
		kind, suffix = catalog.Application, "=Role"
	}
	var ids []string
	for _, n := range needs {
		p, ok := catalog.Permission(n, kind)
		if !ok || p.ID == "" {
			return nil
		}
		ids = append(ids, p.ID)
	}
	if len(ids) == 0 || !onGraph(c) {
		return nil
	}
	app := ownApp(c)
	add := fmt.Sprintf("az ad app permission add --id %s --api %s --api-permissions %s && ", app, graphID, strings.Join(ids, suffix+" ")+suffix)
	if k == evidence.AppOnly {
		return assignCommands(c, add, ids)
	}
	if cl, ok := fixedClient(c); ok {
		return []checks.Fix{fix(fmt.Sprintf("or use an app registration of your own in place of %s", cl.Name), checks.Developer, "", "https://learn.microsoft.com/entra/identity-platform/quickstart-register-app")}
	}
	who := checks.User
	if slices.ContainsFunc(needs, adminConsents) {
		who = checks.AppAdmin
	}
	if c.AppID() == graphExplorer {
		return []checks.Fix{fix("in Graph Explorer, on the tab \"Modify permissions\", consent to "+list(needs, "and"), who, "", "https://developer.microsoft.com/graph/graph-explorer")}
	}
	if c.Call != nil && c.Call.Client == "Microsoft Graph PowerShell" || asksAnyScope(c) {
		return []checks.Fix{fix("connect again with the "+plural(len(needs), "scope"), who, "Disconnect-MgGraph; Connect-MgGraph -Scopes "+quotedList(needs), "")}
	}
	scopes := make([]string, len(needs))
	for i, n := range needs {
		scopes[i] = "https://" + graphHost(c) + "/" + n
	}
	return []checks.Fix{
		fix("ask for the "+plural(len(needs), "scope")+" at sign-in (MSAL): granted when the user or an administrator consents", checks.Developer, "scopes: ["+quotedList(scopes)+"]", ""),
		fix("or add it to the registration and consent for everybody with Azure CLI", checks.AppAdmin, add+"az ad app permission admin-consent --id "+app, ""),
	}
}

// assignCommands grant app roles of Graph, by id: to the managed identity, or to
// the app registration, whose requested permissions are added first.
func assignCommands(c *evidence.Case, add string, ids []string) []checks.Fix {
	assign := func(sp string) string {
		var b strings.Builder
		for _, id := range ids {
			fmt.Fprintf(&b, "; New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId %s -PrincipalId %s -ResourceId $graph.Id -AppRoleId %s", sp, sp, id)
		}
		return fmt.Sprintf("$graph = Get-MgServicePrincipal -Filter \"appId eq '%s'\"", graphID) + b.String()
	}
	if c.Token.Readable() && c.Token.Has("xms_mirid") || c.Flow == evidence.FlowManagedIdentity {
		sp := "<object id of the managed identity>"
		sp = callerObject(c, sp)
		return []checks.Fix{fix("assign the "+plural(len(ids), "app role")+" to the managed identity with Microsoft Graph PowerShell", checks.AppAdmin, assign(sp), "")}
	}
	return []checks.Fix{
		fix("the same with Azure CLI", checks.AppAdmin, add+"az ad app permission admin-consent --id "+ownApp(c), ""),
		fix("the same with Microsoft Graph PowerShell", checks.AppAdmin, fmt.Sprintf("$app = Get-MgServicePrincipal -Filter \"appId eq '%s'\"; ", ownApp(c))+assign("$app.Id"), ""),
	}
}

// quotedList is "a","b" as shells and code take it.
func quotedList(names []string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(q, ",")
}

package rules

import (
	_ "embed"
	"fmt"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file words how a permission is granted, with the complete commands.

// grantFix says in words who grants what.
func grantFix(c *evidence.Case, k evidence.Kind, need, resource string) checks.Fix {
	kindWord := "application"
	who := checks.AppAdmin
	if k == evidence.Delegated {
		kindWord = "delegated"
		if p, ok := catalog.Permission(need, catalog.Delegated); ok && !p.AdminConsent {
			who = checks.User
		}
	}
	if k == evidence.KindUnknown {
		kindWord = "delegated or application"
	}
	title := fmt.Sprintf("add the %s permission %s of %s to the app registration, have it consented, then get a new token", kindWord, or(need, "that the request needs"), resource)
	if c.Token.Readable() && c.Token.Has("xms_mirid") {
		title = fmt.Sprintf("assign the app role %s of %s to the managed identity (it has no app registration to edit), then wait for a new token: its tokens are cached for up to a day", or(need, "that the request needs"), resource)
	}
	link := ""
	if k != evidence.AppOnly || !c.Token.Has("xms_mirid") {
		link = consentURL(c)
	}
	return fix(title, who, "", link)
}

// grantCommands are the complete commands that add and grant a permission.
func grantCommands(c *evidence.Case, k evidence.Kind, need string) []checks.Fix {
	if need == "" || !onGraph(c) {
		return nil
	}
	app := appID(c)
	if k == evidence.AppOnly {
		p, ok := catalog.Permission(need, catalog.Application)
		if !ok || p.ID == "" {
			return nil
		}
		if c.Token.Readable() && c.Token.Has("xms_mirid") || c.Flow == evidence.FlowManagedIdentity {
			sp := "<object id of the managed identity>"
			if c.Token.Readable() && c.Token.Str("oid") != "" {
				sp = c.Token.Ref("oid").Value
			}
			return []checks.Fix{fix("assign the app role to the managed identity with Microsoft Graph PowerShell", checks.AppAdmin,
				fmt.Sprintf("$graph = Get-MgServicePrincipal -Filter \"appId eq '%s'\"; New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId %s -PrincipalId %s -ResourceId $graph.Id -AppRoleId %s", graphID, sp, sp, p.ID), "")}
		}
		return []checks.Fix{
			fix("the same with Azure CLI", checks.AppAdmin, fmt.Sprintf("az ad app permission add --id %s --api %s --api-permissions %s=Role && az ad app permission admin-consent --id %s", app, graphID, p.ID, app), ""),
			fix("the same with Microsoft Graph PowerShell", checks.AppAdmin, fmt.Sprintf("$app = Get-MgServicePrincipal -Filter \"appId eq '%s'\"; $graph = Get-MgServicePrincipal -Filter \"appId eq '%s'\"; New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $app.Id -PrincipalId $app.Id -ResourceId $graph.Id -AppRoleId %s", app, graphID, p.ID), ""),
		}
	}
	p, ok := catalog.Permission(need, catalog.Delegated)
	if !ok || p.ID == "" {
		return nil
	}
	if c.Call != nil && c.Call.Client == "Microsoft Graph PowerShell" || app == graphPowerShell {
		return []checks.Fix{fix("connect again with the scope", checks.User, fmt.Sprintf("Disconnect-MgGraph; Connect-MgGraph -Scopes %q", need), "")}
	}
	fixes := []checks.Fix{fix("ask for the scope at sign-in (MSAL): it is granted when the user or an administrator consents", checks.Developer, fmt.Sprintf("scopes: [\"https://%s/%s\"]", graphHost(c), need), "")}
	if cl, ok := catalog.Client(c.AppID()); ok {
		return []checks.Fix{fix(fmt.Sprintf("use an app registration of your own: %s is Microsoft's, its permissions cannot be extended by you", cl.Name), checks.Developer, "", "")}
	}
	return append(fixes, fix("add and grant it with Azure CLI", checks.AppAdmin, fmt.Sprintf("az ad app permission add --id %s --api %s --api-permissions %s=Scope && az ad app permission grant --id %s --api %s --scope %s", app, graphID, p.ID, app, graphID, need), ""))
}

// graphPowerShell is the client id of Microsoft Graph Command Line Tools.
const graphPowerShell = "14d82eec-204b-4c2f-b7e8-296a70dab67e"

package rules

import (
	"fmt"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file words what a licence or a switched-off feature withholds.

func licenseWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	text := evidence.Fold(s.Message + " " + s.Code)
	plan, where := "a licence for the service", "https://admin.microsoft.com/Adminportal/Home#/licenses"
	note := ""
	switch {
	case strings.Contains(text, "spo") || strings.Contains(text, "mysite") || sharePointPath(c):
		plan = "SharePoint Online (or OneDrive) in the tenant's and the user's plan"
		if strings.Contains(text, "mysite") {
			note = "; a user's OneDrive is created at the first visit"
		}
	case strings.Contains(text, "paymentrequired") || strings.Contains(text, "evaluationcapacity"):
		plan = "metered API billing (an Azure subscription linked to the app) or the licence model that the call names"
	case strings.Contains(text, "teams") || teamsPath(c):
		plan = "Microsoft Teams in the user's plan of this very tenant (a guest has none here)"
	case strings.Contains(text, "premium") || strings.Contains(text, "aadp") || strings.Contains(text, "entraid") || strings.Contains(text, "aad"):
		plan = "Microsoft Entra ID P1 or P2 (or ID Governance) in the tenant"
	case strings.Contains(text, "accountmode") || c.Call != nil && strings.Contains(c.Call.Host, "securit"):
		plan = "Microsoft Defender (for Endpoint or XDR), licensed and set up in the tenant"
	case intunePath(c) || strings.Contains(text, "targettenant") || strings.Contains(text, "intune"):
		plan = "Microsoft Intune, for the tenant and for the calling user"
	case strings.Contains(text, "organizationfromtenantguid") || strings.Contains(text, "mailbox") || strings.Contains(text, "rest"):
		plan = "Exchange Online in the tenant"
	case strings.Contains(text, "paymentrequired"):
		plan = "metered API billing (an Azure subscription linked to the app)"
	}
	who := ""
	if c.Token.Readable() {
		if _, ok := isGuest(c.Token); ok {
			who = " (the caller is a guest of this tenant)"
		}
	}
	return fmt.Sprintf("%s needs %s%s%s: the service says %q", callName(c), plan, who, note, clip(firstOf(s.Message, s.Code))), []checks.Fix{
		fix("assign (or buy) "+plan+"; a new licence can take some hours to act", checks.SecurityAdmin, "Get-MgSubscribedSku | Select-Object SkuPartNumber, ConsumedUnits", where),
		fix("your token and permissions are not the problem here: adding scopes will not help", checks.Developer, "", ""),
	}
}

func featureWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	return fmt.Sprintf("the tenant has this feature switched off or does not allow the operation: %q", clip(firstOf(s.Message, s.Code))), []checks.Fix{
		fix("have an administrator turn the feature on (enable it) for the tenant or the user in the service's admin center", checks.SecurityAdmin, "", adminCenter(c)),
		fix("if it is on, give the service's name, the time and the request id to its support: the token is not the problem", checks.Microsoft, "", ""),
	}
}

// adminCenter is where the service of the call is administered.
func adminCenter(c *evidence.Case) string {
	switch {
	case c.Call != nil && strings.Contains(c.Call.Host, "securit"):
		return "https://security.microsoft.com/securitysettings"
	case teamsPath(c):
		return "https://admin.teams.microsoft.com"
	case sharePointPath(c):
		return "https://admin.microsoft.com/sharepoint"
	case intunePath(c):
		return "https://intune.microsoft.com"
	}
	return "https://entra.microsoft.com"
}

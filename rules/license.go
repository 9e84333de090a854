package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file words what a licence or a switched-off feature withholds.

func licenseWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	text := evidence.Fold(s.Message + " " + s.Code)
	plan := licensePlan(c, text)
	note := ""
	if strings.Contains(text, "mysite") {
		note = "; a user's OneDrive is created at the first visit"
	}
	fixes := []checks.Fix{
		fix(plan.assign+"; a new licence can take some hours to act", checks.SecurityAdmin, "Get-MgSubscribedSku | Select-Object SkuPartNumber, ConsumedUnits", "https://admin.microsoft.com/Adminportal/Home#/licenses"),
		fix("your token and permissions are not the problem here: adding scopes will not help", checks.Developer, "", ""),
	}
	if c.Token.Readable() {
		if _, ok := isGuest(c.Token); ok {
			note += "; the caller is a guest of this tenant, whose licences are those of the home tenant"
			home := fix("or call with an account of this tenant, or for the guest's own data with a token of the guest's home tenant", checks.Developer, "", "https://learn.microsoft.com/entra/external-id/user-properties")
			fixes = append(fixes[:1], home, fixes[1])
		}
	}
	said := firstOf(s.Message, s.Code)
	if s.Code != "" && strings.Contains(strings.ToLower(s.Code), "licen") && !strings.Contains(strings.ToLower(said), "licen") {
		said = s.Code + ": " + said // the code tells what the sentence does not
	}
	return fmt.Sprintf("%s needs %s%s: the service says %q", callName(c), plan.needs, note, clip(said)), fixes
}

// A plan is what a service wants to be licensed: as it follows "needs", and as
// an act.
type plan struct{ needs, assign string }

func licensePlan(c *evidence.Case, text string) plan {
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
	}
	switch {
	case has("invalidlicense") && hasWords(c, "SecurityInsight", "Sentinel"):
		return plan{"a licence in this tenant for the product that the data connector of Microsoft Sentinel reads", "buy the product that the data connector reads (Defender for Endpoint, Entra ID P1 ...) for the tenant, or leave the connector out"}
	case has("spo", "mysite") || sharePointPath(c):
		return plan{"SharePoint Online (or OneDrive) in a plan of the tenant and of the user", "assign the user a plan with SharePoint Online (or OneDrive), and buy one where the tenant has none"}
	case has("paymentrequired", "evaluationcapacity"):
		return plan{"metered API billing (an Azure subscription linked to the app) or the licence model that the call names", "link the app to an Azure subscription for metered billing, or name the licence model in the call"}
	case has("teams", "applicablesku", "appliablesku") && !intunePath(c) || teamsPath(c) || strings.HasSuffix(c.Call.PathLower(), "/team"):
		return plan{"Microsoft Teams in the plan that the user has in this tenant", "assign the user a plan with Microsoft Teams in this tenant"}
	case has("premium", "aadp", "entraid", "aad"):
		return plan{"Microsoft Entra ID P1 or P2 (or ID Governance) in the tenant", "buy Microsoft Entra ID P1 or P2 (or ID Governance) for the tenant"}
	case has("accountmode") || c.Call != nil && strings.Contains(c.Call.Host, "securit"):
		return plan{"Microsoft Defender (for Endpoint or XDR) to be licensed and set up in the tenant", "buy Microsoft Defender (for Endpoint or XDR) and finish its set-up in the tenant"}
	case intunePath(c) || has("targettenant", "intune"):
		return plan{"Microsoft Intune, for the tenant and for the calling user", "assign the calling user a plan with Microsoft Intune, and buy one where the tenant has none"}
	case has("organizationfromtenantguid", "mailbox", "rest"):
		return plan{"Exchange Online in the tenant", "buy a plan with Exchange Online for the tenant"}
	}
	return plan{"a licence for the service", "assign the user (or buy for the tenant) a plan that holds the service"}
}

func featureWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	if msg, fixes, ok := teamsSwitch(c, s); ok {
		return msg, fixes
	}
	if strings.Contains(evidence.Fold(s.Message), "smtpclientauthenticationisdisabled") {
		return smtpWords(c, s)
	}
	if strings.Contains(evidence.Fold(s.Message), "apiisnotaccessibleforapplication") {
		return fmt.Sprintf("Power BI does not let %s in: the tenant's settings keep service principals from its APIs, or this one out of the group that may: %q", appName(c), clip(s.Message)), []checks.Fix{
			fix("have a Fabric administrator allow service principals to call Fabric public APIs, for a security group that holds this one alone (Fabric admin portal, Tenant settings, Developer settings)", checks.SecurityAdmin, "", "https://learn.microsoft.com/power-bi/developer/embedded/embed-service-principal"),
			fix("add the service principal to that group and to the workspace; remove permissions of the Power BI Service that need an administrator's consent from the app: they stand in its way", checks.AppAdmin, "", "https://learn.microsoft.com/power-bi/developer/embedded/embed-service-principal"),
		}
	}
	if msg, fixes, ok := networkWords(c, s); ok {
		return msg, fixes
	}
	return fmt.Sprintf("the tenant has this feature switched off or does not allow the operation: %q", clip(firstOf(s.Message, s.Code))), []checks.Fix{
		fix("have an administrator turn the feature on (enable it) for the tenant or the user in the service's admin center", checks.SecurityAdmin, "", adminCenter(c)),
		fix("if it is on, give the service's name, the time and the request id to its support: the token is not the problem", checks.Microsoft, "", ""),
	}
}

// teamsSwitch words what a setting or a policy of Teams withholds, whatever the
// token holds: each has a cmdlet of its own.
func teamsSwitch(c *evidence.Case, s evidence.Statement) (string, []checks.Fix, bool) {
	text := evidence.Fold(s.Message + " " + s.Code)
	said := clip(firstOf(s.Message, s.Code))
	page := "https://learn.microsoft.com/microsoftteams/platform/graph-api/meeting-transcripts/overview-transcripts"
	noScope := fix("no permission and no application access policy overrides it: adding scopes will not help", checks.Developer, "", "")
	switch {
	case strings.Contains(text, "graphaccessto"):
		return fmt.Sprintf("the tenant's Teams setting does not let Graph read meeting transcripts: %q", said), []checks.Fix{
			fix("let Graph read transcripts: Teams admin center, Meetings, Meeting settings, Transcript API access; it takes up to an hour to act", checks.TeamsAdmin, "Set-CsTeamsMeetingConfiguration -Identity Global -EnableGraphTranscriptAccess $true", page),
			noScope,
		}, true
	case strings.Contains(text, "speakerattribution"):
		return fmt.Sprintf("the tenant's Teams setting gives Graph transcripts without speakers only: %q", said), []checks.Fix{
			fix("ask for the transcript's content in the format without speakers, or let Graph read the speakers too", checks.TeamsAdmin, "Set-CsTeamsMeetingConfiguration -Identity Global -EnableAttributedTranscripts $true", page),
			noScope,
		}, true
	case strings.Contains(text, "apppermissionpolicy"):
		user := or(guidAfter(s.Message, "UserObjectId"), "<user id>")
		app := "the app"
		if id := guidAfter(s.Message, "AppId"); id != "" {
			app = "the Teams app " + id
		}
		return fmt.Sprintf("the Teams app permission policy of user %s blocks %s: %q", user, app, said), []checks.Fix{
			fix("find the policy that the user has", checks.TeamsAdmin, fmt.Sprintf("Get-CsOnlineUser -Identity %s | Select-Object TeamsAppPermissionPolicy", user), ""),
			fix("allow the app in that policy (Teams admin center, Teams apps, Permission policies; or Manage apps, where apps are managed one by one), or give the user a policy that allows it", checks.TeamsAdmin, fmt.Sprintf("Grant-CsTeamsAppPermissionPolicy -Identity %s -PolicyName <policy>", user), "https://learn.microsoft.com/microsoftteams/teams-app-permission-policies"),
			fix("your token and permissions are not the problem here: adding scopes will not help", checks.Developer, "", ""),
		}, true
	}
	return "", nil, false
}

// guidAfter is the GUID that a message names behind a label.
func guidAfter(msg, label string) string {
	_, rest, ok := strings.Cut(msg, label+": ")
	if ok && len(rest) >= 36 && evidence.IsGUID(rest[:36]) {
		return rest[:36]
	}
	return ""
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

package rules

import (
	"regexp"
	"testing"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
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
		// nothing leads back to a retired API
		{"own/carriers/har-angular-aadgraph-says-expired", `with this token: GET https://graph\.microsoft\.com/v1\.0/users`, `scope=https://graph\.windows\.net`},
		{"own/carriers/functions-powershell-msi-token-for-directory", `v1\.0/servicePrincipals && scope=https://graph\.microsoft\.com`, `scope=https://graph\.windows\.net`},
		{"own/carriers/azuread-module-graph-token-called-expired", `Install-Module Microsoft\.Graph`, `scope=https://graph\.windows\.net`},
		// an issued token tells where the tenant lives
		{"own/carriers/go-sdk-gov-token-to-worldwide-graph", `endpoint https://graph\.microsoft\.us`, `scope https://graph\.microsoft\.com|login\.microsoftonline\.com`},
		// the scope is of the resource that was asked for
		{"own/signin/client-credentials-delegated-scope", `scope=6a8b4b39-c021-437c-b060-5a14a3fd65f3/\.default`, `graph\.microsoft`},
		// one fix for the slash, and none that takes it away again
		{"own/carriers/batch-account-trailing-slash-network-panel", `scope=https://batch\.core\.windows\.net//\.default`, `windows\.net/\.default`},
		// an API of Microsoft's has no registration to edit; /common has no issuer
		{"own/carriers/functions-host-storage-issuer-did-not-match", `Azure Storage && az login --tenant`, `requestedAccessTokenVersion`},
		{"own/carriers/docker-loguru-joserfc-iss-common", `placeholder && openid-configuration`, `requestedAccessTokenVersion`},
		// the tenants that the service names
		{"own/carriers/actions-keyvault-akv10032-hardcoded-tenant", `by tenant 93c64acc && az login --tenant a793e55e-3651-410c-9004-1a13288f1c7b`, `<tenant id>`},
		// the permission that the service names in passing
		{"own/permission/intunecd-conditional-access-application-condition", `application permission Application\.Read\.All && 9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30=Role`, `that the request needs of`},
		// the folder right follows the method, and what the listing shows
		{"authored/exchange/mad-reviewer-creates-event", `holds Reviewer && Set-MailboxFolderPermission .*-AccessRights Author`, `Add-MailboxFolderPermission`},
		// what lies in no folder
		{"own/services/home-assistant-shared-mailbox-settings", `-AccessRights FullAccess && in no folder`, `Add-MailboxFolderPermission|Inbox folder`},
		// whom each service serves
		{"own/permission/channel-messages-of-a-team-the-user-is-not-in", `no member of team 69d322c4 && New-MgGroupMember -GroupId 69d322c4-8493-4b9f-91e8-712a427a50b7 -DirectoryObjectId c34207b7`, `shows no directory role|ownership`},
		{"own/services/intune-managed-devices-plain-user-401", `Intune role`, `ownership`},
		// a licence in words that fit, and guests
		{"shared/c008-teams-disabled-for-guest", `assign the user a plan with Microsoft Teams && caller is a guest && home tenant`, `\) \(`},
		{"own/services/create-team-no-applicable-sku", `Microsoft Teams`, `needs a licence`},
		{"own/services/guest-has-no-mailbox-here", `guest, who has no mailbox in this tenant`, `<mailbox>`},
		{"own/services/send-as-denied-shared-address", `SendAs`, `ask for Mail\.Send\.Shared`},
		// addresses that stand in the evidence; what the service itself says to do
		{"authored/notauth/handshake-forbidden", `https://hooks\.contoso\.com/graph\?validationToken`, `<notification url>`},
		{"own/services/webhook-validation-forbidden-app-insights", `azurewebsites\.net/api/CallRecordWebhook\?validationToken`, `<notification url>`},
		{"authored/notauth/upn-exists-400", `whose it is`, `as done|no second try|another name`},
		{"own/services/planner-details-etag-of-the-task", `newest ETag`, `already exists|no second try`},
		{"authored/notauth/page-token-expired", `first page`, `reference page`},
		// commands that a shell runs, with the request's own method
		{"authored/map/beta-action-on-v1", `az rest --method POST --uri https://graph\.microsoft\.com/beta/`, `GET https`},
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

// TestDefaultScope: the resource of a scope is its own, never a guess.
func TestDefaultScope(t *testing.T) {
	c := &evidence.Case{}
	for scope, want := range map[string]string{
		"Mail.Read User.Read openid":            "https://graph.microsoft.com/.default",
		"":                                      "https://graph.microsoft.com/.default",
		"api://3580b76a/access_as_user profile": "api://3580b76a/.default",
		"https://contoso.sharepoint.com/AllSites.Read":                                          "https://contoso.sharepoint.com/.default",
		"https://batch.core.windows.net//.default":                                              "https://batch.core.windows.net//.default",
		"6a8b4b39-c021-437c-b060-5a14a3fd65f3/full_access":                                      "6a8b4b39-c021-437c-b060-5a14a3fd65f3/.default",
		"https://graph.microsoft.com/Mail.Read https://management.azure.com/user_impersonation": "<resource>/.default",
		"aks-aad-server/.default":                                                               "<resource>/.default",
	} {
		if got := defaultScope(c, scope); got != want {
			t.Errorf("%q: %s, want %s", scope, got, want)
		}
	}
}

// TestConsequence: a token that was never obtained is no cause of its own.
func TestConsequence(t *testing.T) {
	s, err := loadSample(casesDir + "/authored/several/consent-then-empty-token-401.txtar")
	if err != nil {
		t.Fatal(err)
	}
	found := diagnose(t, s.Input).Findings
	if len(found) != 1 || len(found[0].Explained) != 1 || found[0].Explained[0].Rule.ID != "token-missing" {
		t.Errorf("%v", every(found))
	}
}

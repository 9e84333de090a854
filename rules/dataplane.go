package rules

import (
	"fmt"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file words refusals of services that keep lists of their own of who may
// do what with their data: none of them asks a permission of the app registration.

// A dataPlane is one such service: the sentence by which it is known (folded),
// and what lets a caller in. %s stands for the caller's object id.
type dataPlane struct {
	mark, what, act, command, url string
}

var dataPlanes = []dataPlane{
	{"doesnothaverequiredrbacpermissions", "Azure Cosmos DB has no data role for the caller (Owner and Contributor of the account are none)", "assign a data role of Cosmos DB on the account, such as Cosmos DB Built-in Data Reader", "az cosmosdb sql role assignment create --account-name <account> --resource-group <group> --scope / --principal-id %s --role-definition-id 00000000-0000-0000-0000-000000000001", "https://learn.microsoft.com/azure/cosmos-db/how-to-setup-rbac"},
	{"sendclaimsarerequired", "Service Bus (or Event Hubs) has no data role for the caller to send", "assign the role Azure Service Bus Data Sender (or Azure Event Hubs Data Sender) on the namespace, queue or topic", "az role assignment create --assignee-object-id %s --assignee-principal-type ServicePrincipal --role 'Azure Service Bus Data Sender' --scope <resource id>", "https://learn.microsoft.com/azure/service-bus-messaging/service-bus-managed-service-identity"},
	{"listenclaimsarerequired", "Service Bus (or Event Hubs) has no data role for the caller to receive", "assign the role Azure Service Bus Data Receiver (or Azure Event Hubs Data Receiver) on the namespace, queue or subscription", "az role assignment create --assignee-object-id %s --assignee-principal-type ServicePrincipal --role 'Azure Service Bus Data Receiver' --scope <resource id>", "https://learn.microsoft.com/azure/service-bus-messaging/service-bus-managed-service-identity"},
	{"credentialshaveinsufficientaccess", "the caller has no role on the Log Analytics workspace (or Application Insights resource) that it asks", "assign the role Log Analytics Reader on the workspace", "az role assignment create --assignee-object-id %s --assignee-principal-type ServicePrincipal --role 'Log Analytics Reader' --scope <resource id>", "https://learn.microsoft.com/azure/azure-monitor/logs/manage-access"},
	{"tokenidentifiedprincipal", "the token was accepted, but the database has no user for its principal", "have the server's Entra administrator make a user of the database for it (by its display name) and give it a role there", "CREATE USER [<name of the app or user>] FROM EXTERNAL PROVIDER; ALTER ROLE db_datareader ADD MEMBER [<name of the app or user>];", "https://learn.microsoft.com/azure/azure-sql/database/authentication-aad-configure"},
	{"tf400813", "Azure DevOps does not know the caller as a member of the organisation, or gives it no access level", "add the user or service principal to the organisation (Organization settings, Users) with an access level, and to the project; the organisation must be connected to the token's tenant", "", "https://learn.microsoft.com/azure/devops/integrate/get-started/authentication/service-principal-managed-identity"},
	{"vs800075", "the Azure DevOps project is not there, or the caller is no member of it", "check the project's name and organisation, and add the identity that runs the pipeline (its build service account) to the project", "", "https://learn.microsoft.com/azure/devops/pipelines/process/access-tokens"},
	{"tf401019", "the repository of Azure DevOps is not there, or the caller may not read it", "check the repository's name, and give the identity Read on it (for a pipeline: its build service account, and the limits on its job's scope)", "", "https://learn.microsoft.com/azure/devops/pipelines/process/access-tokens"},
	{"tf401027", "the caller lacks a Git permission in Azure DevOps", "give the identity the permission that the message names on that repository (for a pipeline: its build service account)", "", "https://learn.microsoft.com/azure/devops/pipelines/scripts/git-commands"},
	{"updateroleassignmenttoallowaccess", "no role assignment of Azure lets the caller do this in the cluster (AKS with Azure RBAC)", "assign a role of Azure Kubernetes Service RBAC, such as Reader, on the cluster or namespace", "az role assignment create --assignee-object-id %s --role 'Azure Kubernetes Service RBAC Reader' --scope <resource id>", "https://learn.microsoft.com/azure/aks/manage-azure-rbac"},
}

// dataPlaneWords words such a refusal; ok is false where it is none.
func dataPlaneWords(c *evidence.Case, s evidence.Statement) (msg string, fixes []checks.Fix, ok bool) {
	text := evidence.Fold(s.Message + " " + s.Code)
	for _, p := range dataPlanes {
		if !strings.Contains(text, p.mark) {
			continue
		}
		caller := callerObject(c, "<object id of the caller>")
		if v, ok := c.Value("azure_caller"); ok {
			caller = plain(v.Value, caller)
		}
		command := p.command
		if strings.Contains(command, "%s") {
			command = fmt.Sprintf(command, caller)
		}
		if callerKind(c) != evidence.AppOnly {
			command = strings.Replace(command, "--assignee-principal-type ServicePrincipal", "--assignee-principal-type <ServicePrincipal or User>", 1)
		}
		return fmt.Sprintf("%s: %q", p.what, clip(firstOf(s.Message, s.Code))), []checks.Fix{
			fix(p.act, checks.SecurityAdmin, command, p.url),
			fix("leave the app registration's permissions as they are: this service asks none of them", checks.Developer, "", ""),
		}, true
	}
	return "", nil, false
}

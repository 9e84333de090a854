package rules

import (
	"fmt"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file words credentials that could not be had where the app runs.

func credentialWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	all := ""
	for _, o := range c.Said {
		all += evidence.Fold(o.Message)
	}
	var fixes []checks.Fix
	if strings.Contains(all, "azlogin") && !strings.Contains(all, "azloginidentity") || strings.Contains(all, "azurecli") {
		fixes = append(fixes, fix("on a developer's machine: sign in to Azure CLI (and have az on the PATH)", checks.User, "az login --tenant "+tenantID(c), ""))
	}
	if strings.Contains(all, "managedidentity") || strings.Contains(all, "imds") || strings.Contains(all, "169254") || strings.Contains(all, "msi") || strings.Contains(all, "identitynotfound") || strings.Contains(all, "assignedident") {
		fixes = append(fixes, assignIdentity(c))
	}
	if strings.Contains(all, "environment") {
		fixes = append(fixes, fix("elsewhere: set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET (or AZURE_CLIENT_CERTIFICATE_PATH) for the process", checks.Developer, "export AZURE_TENANT_ID="+tenantID(c)+" AZURE_CLIENT_ID="+appID(c), ""))
	}
	if strings.Contains(all, "connectazaccount") || strings.Contains(all, "azurepowershell") {
		fixes = append(fixes, fix("or sign in to Azure PowerShell", checks.User, "Connect-AzAccount -Tenant "+tenantID(c), ""))
	}
	fixes = append(fixes, fix("name the one credential that fits the place instead of trying the whole chain (DefaultAzureCredential), so that its own error is seen", checks.Developer, "", "https://learn.microsoft.com/azure/developer/intro/passwordless-overview"))
	if strings.Contains(all, "notokenfile") {
		fixes = append([]checks.Fix{fix("for workload identity on Kubernetes: label the pod azure.workload.identity/use: \"true\" and give it the annotated service account, so that the webhook mounts the token file (AZURE_FEDERATED_TOKEN_FILE); restart the pod", checks.Developer, `kubectl patch deployment <deployment> --type merge --patch '{"spec":{"template":{"metadata":{"labels":{"azure.workload.identity/use":"true"}}}}}'`, "https://learn.microsoft.com/azure/aks/workload-identity-overview")}, fixes...)
	}
	switch {
	case strings.Contains(all, "tcp169254169254") || strings.Contains(all, "unreach169254169254") || strings.Contains(all, "econnrefused169254169254") || strings.Contains(all, "etimedout169254169254") || strings.Contains(all, "unreachablenetwork169254169254"):
		return "the managed identity endpoint (169.254.169.254) cannot be reached: this machine is not in Azure, or a container's or network's rules keep the process from it", append([]checks.Fix{
			fix("outside Azure use another credential: az login on a developer's machine, a certificate or workload identity federation in a pipeline; on App Service, Functions and Container Apps the library must see IDENTITY_ENDPOINT", checks.Developer, "curl -s -H Metadata:true 'http://169.254.169.254/metadata/instance?api-version=2021-02-01'", "https://learn.microsoft.com/azure/developer/intro/passwordless-overview")}, fixes[:len(fixes)-1]...)
	case strings.Contains(all, "multipleuserassigned"):
		return "several user-assigned managed identities are on this machine, and the request does not say which it wants", append([]checks.Fix{
			fix("name the identity: its client id in AZURE_CLIENT_ID, or client_id in the request", checks.Developer, "az login --identity --client-id <client id of the identity>", "https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token")}, fixes...)
	case strings.Contains(all, "identitynotfound") || strings.Contains(all, "managedidentityfoundforspecified") || strings.Contains(all, "assignedtothisresource") || strings.Contains(all, "propermanagedidentity"):
		return fmt.Sprintf("the managed identity endpoint answered, but the identity that was asked for is not assigned to this machine: %q", clip(firstOf(s.Message, s.Code))), fixes
	}
	return fmt.Sprintf("no credential could be had on this machine, so no token was asked for: %q", clip(firstOf(s.Message, s.Code))), fixes
}

// assignIdentity gives the machine its managed identity: where the evidence
// names the machine, by a whole command.
func assignIdentity(c *evidence.Case) checks.Fix {
	const page = "https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/overview"
	title := "in Azure: turn the managed identity on for this resource (or assign the user-assigned one whose client id is set); outside Azure there is none"
	group, name, scaleSet := machine(c)
	switch {
	case scaleSet:
		return fix("assign the user-assigned identity that is asked for to the scale set (on AKS: to the node pool's), or ask for the one that is assigned", checks.AppAdmin, fmt.Sprintf("az vmss identity assign --name %s --resource-group %s --identities <resource id of the identity>", arg(name), arg(group)), page)
	case name != "":
		return fix(title, checks.AppAdmin, fmt.Sprintf("az vm identity assign --name %s --resource-group %s --identities <resource id of the identity>", arg(name), arg(group)), page)
	}
	return fix(title, checks.AppAdmin, "az vm identity assign --name <vm> --resource-group <group>", page)
}

// machine is the virtual machine or scale set that an address of Azure names.
func machine(c *evidence.Case) (group, name string, scaleSet bool) {
	texts := []string{factValue(c, "unsent")}
	if c.Call != nil {
		texts = append(texts, c.Call.Path)
	}
	for _, s := range c.Said {
		texts = append(texts, s.Message)
	}
	for _, t := range texts {
		group = segmentAfter(t, "/resourcegroups/")
		if name = segmentAfter(t, "/virtualmachinescalesets/"); name != "" && group != "" {
			return group, name, true
		}
		if name = segmentAfter(t, "/virtualmachines/"); name != "" && group != "" {
			return group, name, false
		}
	}
	return "", "", false
}

// segmentAfter is the segment of a path that follows a piece of it, in lower case.
func segmentAfter(text, piece string) string {
	i := strings.Index(strings.ToLower(text), piece)
	if i < 0 {
		return ""
	}
	rest := text[i+len(piece):]
	if j := strings.IndexAny(rest, "/?: '\""); j >= 0 {
		rest = rest[:j]
	}
	return rest
}

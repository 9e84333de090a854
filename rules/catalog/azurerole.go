package catalog

import (
	_ "embed"
	"strings"
)

//go:embed facts/azure-roles.tsv
var azureRoles string

// AzureRole is the least built-in role of Azure RBAC that allows an action
// ("Microsoft.KeyVault/vaults/secrets/getSecret/action"): by
// facts/azure-roles.tsv, else Reader for what ends in /read and Contributor for
// the rest, where known tells that the table has it. Assigning roles is not
// in Contributor, so it always stands in the table.
func AzureRole(action string) (role string, known bool) {
	best := 0
	for r := range rows(azureRoles) {
		key := r.first()
		if len(key) > best && len(action) >= len(key) && strings.EqualFold(action[:len(key)], key) && (len(action) == len(key) || strings.HasSuffix(key, "/")) {
			best, role = len(key), r.cell(1)
		}
	}
	switch {
	case role != "":
		return role, true
	case strings.HasSuffix(strings.ToLower(action), "/read"):
		return "Reader", false
	}
	return "Contributor", false
}

package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file words what Azure's role assignments (RBAC) and the access policies
// of a vault refuse: permissions of an app registration decide nothing there.

// forCaller drops the one of a pair of causes that only the caller's kind
// tells apart: an application lacks a role as a user does.
func forCaller(c *evidence.Case, slugs []string) []string {
	const app, user = "app-role-insufficient", "user-privilege-insufficient"
	if len(slugs) != 2 || !slices.Contains(slugs, app) || !slices.Contains(slugs, user) {
		return slugs
	}
	switch callerKind(c) {
	case evidence.AppOnly:
		return []string{app}
	case evidence.Delegated:
		return []string{user}
	}
	return slugs
}

// callerKind is the caller's kind, also by the client that Key Vault names:
// Microsoft's own public clients sign users in.
func callerKind(c *evidence.Case) evidence.Kind {
	if k, _ := c.Kind(); k != evidence.KindUnknown {
		return k
	}
	if v, ok := c.Value("azure_app"); ok {
		if cl, ok := catalog.Client(v.Value); ok && cl.Public == "yes" {
			return evidence.Delegated
		}
		return evidence.AppOnly // an app of one's own that asks Azure itself has an identity of its own, but for rare exceptions
	}
	return evidence.KindUnknown
}

const rbacPage = "https://learn.microsoft.com/azure/role-based-access-control/role-assignments-cli"

// azureWords words a refusal by a role assignment or an access policy; ok is
// false where the service did not speak of one.
func azureWords(c *evidence.Case, s evidence.Statement) (msg string, fixes []checks.Fix, ok bool) {
	val := func(name string) string {
		v, _ := c.Value(name)
		return v.Value
	}
	caller := plain(val("azure_caller"), "<object id of the caller>")
	kind := callerKind(c)
	who, typ := "the caller", "<ServicePrincipal or User>"
	if kind == evidence.AppOnly {
		typ = "ServicePrincipal"
	}
	switch {
	case kind == evidence.Delegated:
		who, typ = "the signed-in user", "User"
	case val("azure_app") != "":
		who = "app " + val("azure_app")
	case kind == evidence.AppOnly:
		who = "the application"
	}
	if val("azure_caller") != "" {
		who += " (object id " + caller + ")"
	}
	if vault := val("vault"); vault != "" {
		what, act := vaultPermission(val("vault_permission"))
		return fmt.Sprintf("the access policies of the key vault %s do not give %s the permission %q", vault, who, val("vault_permission")), []checks.Fix{
			fix("have somebody who manages the vault add it to the caller's access policy", checks.SecurityAdmin, addToPolicy(arg(vault), caller, what, act), "https://learn.microsoft.com/azure/key-vault/general/assign-access-policy"),
			fix(notByScopes, checks.Developer, "", ""),
		}, true
	}
	action := val("azure_action")
	_, storage := c.SaidAny("AuthorizationPermissionMismatch", "InsufficientAccountPermissions")
	storage = storage || hasWords(c, "not authorized to perform this operation using this permission")
	if _, named := c.SaidAny("ForbiddenByRbac", "AuthorizationFailed", "LinkedAuthorizationFailed"); !named && !storage && action == "" {
		return "", nil, false
	}
	scope := or(val("azure_scope"), "<resource id>")
	role, _ := catalog.AzureRole(action)
	switch {
	case action != "":
		msg = fmt.Sprintf("no role assignment of Azure allows %s %s on %s", who, action, or(val("azure_scope"), "the resource"))
	case storage:
		role = storageRole(c)
		msg = fmt.Sprintf("%s holds no data role of Azure on the storage account (Owner and Contributor hold none): %q", who, clip(firstOf(s.Message, s.Code)))
	default:
		role = "<role>"
		msg = fmt.Sprintf("no role assignment of Azure (RBAC) allows %s this: %q", who, clip(firstOf(s.Message, s.Code)))
	}
	return msg, []checks.Fix{
		fix(fmt.Sprintf("have an owner of the resource assign the role %q (or a wider one that holds the act) on it; it acts after some minutes, for data up to ten, with a new token", role), checks.SecurityAdmin,
			fmt.Sprintf("az role assignment create --assignee-object-id %s --assignee-principal-type %s --role %s --scope %s", caller, typ, arg(role), arg(namedScope(scope))), rbacPage),
		fix(notByScopes, checks.Developer, "", ""),
	}, true
}

const notByScopes = "leave the app registration as it is: Azure resources ask no permission of it, only role assignments (or access policies) of the resource"

// storageRole is the least data role of Azure Storage that serves the call.
func storageRole(c *evidence.Case) string {
	kind := "Blob"
	if c.Call != nil {
		switch host := strings.ToLower(c.Call.Host); {
		case strings.Contains(host, ".queue."):
			kind = "Queue"
		case strings.Contains(host, ".table."):
			kind = "Table"
		}
		if m := c.Call.Method; m != "" && m != "GET" && m != "HEAD" {
			return "Storage " + kind + " Data Contributor"
		}
	}
	return "Storage " + kind + " Data Reader"
}

// addToPolicy is the command that adds a permission to a caller's access policy.
// It sets the whole list of that kind, so that those that are there are read and
// given again.
func addToPolicy(vault, caller, kind, act string) string {
	return fmt.Sprintf(`az keyvault set-policy --name %[1]s --object-id %[2]s --%[3]s-permissions %[4]s $(az keyvault show --name %[1]s --query "properties.accessPolicies[?objectId=='%[2]s'].permissions.%[3]ss[]" --output tsv)`, vault, caller, kind, act)
}

// namedScope is the scope that a refusal names, without a secret's version: a
// role on one secret is narrower than one on its vault, and serves.
func namedScope(scope string) string {
	segs := strings.Split(scope, "/")
	for i, s := range segs {
		if strings.EqualFold(s, "vaults") && i > 0 && strings.EqualFold(segs[i-1], "microsoft.keyvault") && len(segs) > i+4 {
			return strings.Join(segs[:i+4], "/")
		}
	}
	return scope
}

// vaultPermission parts "secrets get" into the kind that the command names and
// the act.
func vaultPermission(p string) (kind, act string) {
	kind, act, _ = strings.Cut(p, " ")
	switch strings.TrimSuffix(kind, "s") {
	case "key", "certificate", "storage":
		return strings.TrimSuffix(kind, "s"), or(act, "get")
	}
	return "secret", or(act, "get")
}

// networkWords words a refusal by the network rules of an Azure resource: the
// caller's rights were not looked at.
func networkWords(c *evidence.Case, s evidence.Statement) (msg string, fixes []checks.Fix, ok bool) {
	text := evidence.Fold(s.Code + " " + s.Message)
	if !slices.ContainsFunc([]string{"forbiddenbyfirewall", "forbiddenbyconnection", "clientaddressisnotauthorized", "publicnetworkaccessisdisabled", "publicaccessisdisabledplease", "virtualnetworkfirewallrules"}, func(w string) bool { return strings.Contains(text, w) }) {
		return "", nil, false
	}
	what := "the resource"
	if v, ok := c.Value("vault_name", "vault"); ok {
		what = "the key vault " + v.Value
	}
	from := "this network"
	command := ""
	if v, ok := c.Value("client_address"); ok {
		from = "the address " + v.Value
		if vault, ok := c.Value("vault_name", "vault"); ok {
			command = fmt.Sprintf("az keyvault network-rule add --name %s --ip-address %s", arg(vault.Value), arg(v.Value))
		}
	}
	return fmt.Sprintf("the network rules of %s keep %s out; your token and roles were not the reason: %q", what, from, clip(firstOf(s.Message, s.Code))), []checks.Fix{
		fix("call from a network that the resource allows (its virtual network, a private endpoint), where it was closed on purpose", checks.Developer, "", "https://learn.microsoft.com/azure/key-vault/general/network-security"),
		widen(fix("or have somebody who manages the resource allow "+from, checks.SecurityAdmin, command, "https://learn.microsoft.com/azure/key-vault/general/network-security")),
	}, true
}

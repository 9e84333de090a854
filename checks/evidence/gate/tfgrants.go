package gate

import (
	"cmp"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file reads what a Terraform module grants, and to whom.

// principal is the app of a service principal, or a managed identity.
func (t *tfApps) principal(b tfBlock, it *iteration, attr string) *evidence.App {
	a := b.block.Body.Attributes[attr]
	if a == nil {
		return nil
	}
	refs := t.references(a.Expr, it)
	for _, ref := range refs {
		if app := t.apps[t.clients[ref]]; app != nil {
			return app
		}
		if app := t.apps[ref]; app != nil {
			return app
		}
	}
	name := b.label(1)
	for _, ref := range refs {
		if !strings.Contains(ref, "[") && !strings.HasPrefix(ref, "each.") && !strings.HasPrefix(ref, "var.") {
			name = ref
			break
		}
	}
	if strings.HasPrefix(name, "azuread_service_principal.") || strings.HasPrefix(name, "data.azuread_service_principal.") || strings.HasPrefix(name, "azuread_") {
		if len(t.apps) == 1 && !strings.HasPrefix(name, "data.") {
			for _, app := range t.apps {
				return app
			}
		}
	}
	if t.managed[name] == nil {
		app := &evidence.App{Form: "Terraform", Name: shown(strings.TrimPrefix(name, "data.")), Managed: true, Place: place(b.file, b.line())}
		t.managed[name] = app
		t.piece.Apps = append(t.piece.Apps, app)
	}
	return t.managed[name]
}

// roleAssignment reads a grant of an application permission. Code that grants
// it declares it.
func (t *tfApps) roleAssignment(b tfBlock, it *iteration) {
	id := orNull(t.attr(b.block.Body, "app_role_id", it))
	d := evidence.Declared{Resource: t.resourceOf(b, it, "resource_object_id"), Kind: evidence.AppOnly, Granted: true}
	fill(&d, id)
	if id.Kind != Unresolved && !isAPI(d.Resource, id) {
		return // a role of an app of the tenant's own
	}
	a := t.principal(b, it, "principal_object_id")
	if a == nil {
		return
	}
	r := registration{file: b.file, app: a}
	if id.Kind == Unresolved || id.Kind == Null {
		r.open(&Value{Line: b.line()}, "the app role of a grant is computed at deployment")
		return
	}
	d.Ref = fact(place(b.file, max(b.line(), id.Line)), "azuread_app_role_assignment", d.Name+d.ID)
	a.Declared = append(a.Declared, d)
}

// isAPI: the resource is one of Microsoft's, by its name or the reference.
func isAPI(resource string, id *Value) bool { return resource != "" || id.Has("#permission") }

func (t *tfApps) delegatedGrant(b tfBlock, it *iteration) {
	resource := t.resourceOf(b, it, "resource_service_principal_object_id")
	if resource == "" {
		return
	}
	a := t.principal(b, it, "service_principal_object_id")
	if a == nil {
		return
	}
	for _, name := range t.attr(b.block.Body, "claim_values", it).itemsOf() {
		if text := name.text(); text != "" {
			a.Declared = append(a.Declared, evidence.Declared{Resource: resource, Name: shown(text), Kind: evidence.Delegated, Granted: true, Ref: fact(place(b.file, name.Line), "claim_values", text)})
		}
	}
}

// resourceOf is the API that an expression refers to, by app id or name.
func (t *tfApps) resourceOf(b tfBlock, it *iteration, attr string) string {
	a := b.block.Body.Attributes[attr]
	if a == nil {
		return ""
	}
	for _, ref := range t.references(a.Expr, it) {
		if api := t.apis[ref]; api != "" {
			return api
		}
	}
	return ""
}

// graphResource reads msgraph_resource: its body is what Graph takes.
func (t *tfApps) graphResource(b tfBlock, it *iteration) {
	url := strings.ToLower(orNull(t.attr(b.block.Body, "url", it)).Text)
	if strings.Trim(url, "/") != "applications" {
		return
	}
	v := t.attr(b.block.Body, "body", it)
	if !v.is(Object) {
		return
	}
	a := ReadApplication(v, b.file, "Terraform (msgraph)")
	a.Place.Line = b.line()
	a.Name = cmp.Or(a.Name, shown(b.label(1)))
	t.add(b, it, a)
}

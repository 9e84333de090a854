package gate

import (
	"cmp"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// This file reads Terraform: the resources of the azuread and msgraph providers
// that make up a registration. Files of one folder are one module; local modules
// are read with the arguments of each call.

// tfApps builds the registrations of one module.
type tfApps struct {
	*tfEval
	piece   *Piece
	apps    map[string]*evidence.App // by resource address
	managed map[string]*evidence.App
}

// resources reads registrations first, then what is attached to them.
func (t *tfApps) resources() {
	for _, b := range t.module.blocks("resource") {
		switch b.label(0) {
		case "azuread_application", "azuread_application_registration":
			t.each(b, func(it *iteration) { t.application(b, it) })
		case "msgraph_resource":
			t.each(b, func(it *iteration) { t.graphResource(b, it) })
		}
	}
	for _, b := range t.module.blocks("resource") {
		if read := tfAttached[b.label(0)]; read != nil {
			t.each(b, func(it *iteration) { read(t, b, it) })
		}
	}
}

// tfAttached are resources that add to a registration.
var tfAttached = map[string]func(*tfApps, tfBlock, *iteration){
	"azuread_application_api_access":                             (*tfApps).apiAccess,
	"azuread_application_redirect_uris":                          (*tfApps).redirectURIs,
	"azuread_application_fallback_public_client":                 (*tfApps).fallback,
	"azuread_application_password":                               (*tfApps).password,
	"azuread_application_certificate":                            (*tfApps).certificate,
	"azuread_application_federated_identity_credential":          (*tfApps).federated,
	"azuread_application_flexible_federated_identity_credential": (*tfApps).federated,
	"azuread_application_identifier_uri":                         (*tfApps).identifierURI,
	"azuread_application_permission_scope":                       (*tfApps).exposes,
	"azuread_application_app_role":                               (*tfApps).exposes,
	"azuread_service_principal_password":                         (*tfApps).password,
	"azuread_service_principal_certificate":                      (*tfApps).certificate,
	"azuread_app_role_assignment":                                (*tfApps).roleAssignment,
	"azuread_service_principal_delegated_permission_grant":       (*tfApps).delegatedGrant,
}

// attr is an attribute of a block as a tree; nil where it is not set.
func (t *tfApps) attr(b *hclsyntax.Body, name string, it *iteration) *Value {
	a := b.Attributes[name]
	if a == nil {
		return nil
	}
	return t.tree(a.Expr, it)
}

// application reads azuread_application and azuread_application_registration:
// the tree that Graph has, out of the names that Terraform has.
func (t *tfApps) application(b tfBlock, it *iteration) {
	body := b.block.Body
	v := &Value{Kind: Object, Line: b.line()}
	get := func(from *hclsyntax.Body, name string) *Value { return t.attr(from, name, it) }
	v.set("displayName", get(body, "display_name"))
	v.set("appId", Text("", b.line()))
	v.set("signInAudience", get(body, "sign_in_audience"))
	v.set("identifierUris", get(body, "identifier_uris"))
	v.set("isFallbackPublicClient", get(body, "fallback_public_client_enabled"))
	api := &Value{Kind: Object, Line: b.line()}
	api.set("requestedAccessTokenVersion", get(body, "requested_access_token_version"))
	grant := &Value{Kind: Object, Line: b.line()}
	grant.set("enableAccessTokenIssuance", get(body, "implicit_access_token_issuance_enabled"))
	grant.set("enableIdTokenIssuance", get(body, "implicit_id_token_issuance_enabled"))
	web := &Value{Kind: Object, Line: b.line()}
	var access, secrets, roles []*Value
	t.inner(body, it, func(kind string, in *hclsyntax.Body, line int, it *iteration) {
		get := func(name string) *Value { return t.attr(in, name, it) }
		uris := func() *Value {
			o := &Value{Kind: Object, Line: line}
			o.set("redirectUris", get("redirect_uris"))
			return o
		}
		switch kind {
		case "required_resource_access":
			if t.ownAPI(in, "resource_app_id", it) {
				return
			}
			access = append(access, t.required(in, line, it))
		case "web":
			web.set("redirectUris", get("redirect_uris"))
			t.inner(in, it, func(kind string, in *hclsyntax.Body, _ int, it *iteration) {
				if kind == "implicit_grant" {
					grant.set("enableAccessTokenIssuance", t.attr(in, "access_token_issuance_enabled", it))
					grant.set("enableIdTokenIssuance", t.attr(in, "id_token_issuance_enabled", it))
				}
			})
		case "single_page_application":
			v.set("spa", uris())
		case "public_client":
			v.set("publicClient", uris())
		case "api":
			api.set("requestedAccessTokenVersion", get("requested_access_token_version"))
			t.inner(in, it, func(kind string, _ *hclsyntax.Body, line int, _ *iteration) {
				if kind == "oauth2_permission_scope" {
					api.set("oauth2PermissionScopes", &Value{Kind: List, Items: []*Value{{Kind: Object, Line: line}}, Line: line})
				}
			})
		case "app_role":
			roles = append(roles, &Value{Kind: Object, Line: line})
		case "password":
			s := &Value{Kind: Object, Line: line}
			s.set("displayName", get("display_name"))
			s.set("startDateTime", get("start_date"))
			s.set("endDateTime", get("end_date"))
			secrets = append(secrets, s)
		}
	})
	web.set("implicitGrantSettings", grant)
	v.set("web", web)
	v.set("api", api)
	v.set("requiredResourceAccess", &Value{Kind: List, Items: access, Line: b.line()})
	v.set("passwordCredentials", &Value{Kind: List, Items: secrets, Line: b.line()})
	v.set("appRoles", &Value{Kind: List, Items: roles, Line: b.line()})
	a := ReadApplication(v, b.file, "Terraform")
	if a.Name == "" {
		a.Name = shown(b.label(1))
	}
	t.add(b, it, a)
}

func (t *tfApps) add(b tfBlock, it *iteration, a *evidence.App) {
	address := b.label(0) + "." + b.label(1)
	if t.apps[address] == nil {
		t.apps[address] = a
	}
	if it != nil && it.key != "" {
		t.apps[address+"["+it.key+"]"] = a
	}
	t.piece.Apps = append(t.piece.Apps, a)
}

// required reads one required_resource_access block.
func (t *tfApps) required(in *hclsyntax.Body, line int, it *iteration) *Value {
	api := &Value{Kind: Object, Line: line}
	api.set("resourceAppId", t.attr(in, "resource_app_id", it))
	list := &Value{Kind: List, Line: line}
	t.inner(in, it, func(kind string, in *hclsyntax.Body, line int, it *iteration) {
		if kind != "resource_access" {
			return
		}
		p := &Value{Kind: Object, Line: line}
		p.set("id", t.attr(in, "id", it))
		p.set("type", t.attr(in, "type", it))
		list.Items = append(list.Items, p)
	})
	api.set("resourceAccess", list)
	return api
}

// ownAPI tells an API that is an app of the tenant's own: its permissions are not
// known here, and are none of Microsoft Graph.
func (t *tfApps) ownAPI(in *hclsyntax.Body, name string, it *iteration) bool {
	a := in.Attributes[name]
	if a == nil {
		return false
	}
	for _, ref := range t.references(a.Expr, it) {
		if strings.HasPrefix(ref, "azuread_application.") || strings.HasPrefix(ref, "azuread_application_registration.") || strings.HasPrefix(ref, "data.azuread_application.") {
			return true
		}
	}
	return false
}

// of finds the registration that an expression refers to; where it is not known
// and there is one only, that.
func (t *tfApps) of(b tfBlock, it *iteration, names ...string) *evidence.App {
	for _, name := range names {
		a := b.block.Body.Attributes[name]
		if a == nil {
			continue
		}
		for _, address := range t.references(a.Expr, it) {
			if app := t.apps[address]; app != nil {
				return app
			}
		}
	}
	if len(t.apps) == 1 {
		for _, a := range t.apps {
			return a
		}
	}
	return nil
}

func (t *tfApps) apiAccess(b tfBlock, it *iteration) {
	a := t.of(b, it, "application_id", "application_object_id")
	if a == nil {
		a = t.principal(b, it, "application_id") // a managed identity
	}
	if a == nil {
		return
	}
	r := registration{file: b.file, app: a}
	if t.ownAPI(b.block.Body, "api_client_id", it) {
		return
	}
	api := orNull(t.attr(b.block.Body, "api_client_id", it))
	for _, at := range [...]struct{ name, kind string }{{"role_ids", "Role"}, {"scope_ids", "Scope"}} {
		list := t.attr(b.block.Body, at.name, it)
		if list.is(Unresolved) {
			r.open(list, at.name+" is computed at deployment")
		}
		for _, id := range list.itemsOf() {
			p := &Value{Kind: Object, Line: id.Line}
			p.set("id", id)
			p.set("type", Text(at.kind, id.Line))
			r.permission(api.text(), api, p)
		}
	}
}

func (t *tfApps) redirectURIs(b tfBlock, it *iteration) {
	a := t.of(b, it, "application_id")
	if a == nil {
		return
	}
	part := map[string]string{"web": "web", "spa": "spa", "publicclient": "publicClient"}[strings.ToLower(orNull(t.attr(b.block.Body, "type", it)).Text)]
	o := &Value{Kind: Object, Line: b.line()}
	o.set("redirectUris", t.attr(b.block.Body, "redirect_uris", it))
	v := &Value{Kind: Object, Line: b.line()}
	v.set(part, o)
	r := registration{file: b.file, app: a}
	r.redirects(v)
}

func (t *tfApps) fallback(b tfBlock, it *iteration) {
	if a := t.of(b, it, "application_id"); a != nil {
		v := &Value{Kind: Object, Line: b.line()}
		v.set("isFallbackPublicClient", t.attr(b.block.Body, "enabled", it))
		r := registration{file: b.file, app: a}
		r.publicClient(v)
	}
}

func (t *tfApps) password(b tfBlock, it *iteration) { t.credential(b, it, "secret") }

func (t *tfApps) certificate(b tfBlock, it *iteration) { t.credential(b, it, "certificate") }

func (t *tfApps) federated(b tfBlock, it *iteration) { t.credential(b, it, "federated") }

// credential reads a credential that stands by itself. A relative end moves
// with the deployment, so that only its length says anything.
func (t *tfApps) credential(b tfBlock, it *iteration, kind string) {
	a := t.of(b, it, "application_id", "application_object_id", "service_principal_id")
	if a == nil && b.block.Body.Attributes["service_principal_id"] != nil {
		a = t.principal(b, it, "service_principal_id")
	}
	if a == nil {
		return
	}
	v := &Value{Kind: Object, Line: b.line()}
	v.set("displayName", t.attr(b.block.Body, "display_name", it))
	v.set("startDateTime", t.attr(b.block.Body, "start_date", it))
	v.set("endDateTime", t.attr(b.block.Body, "end_date", it))
	r := registration{file: b.file, app: a}
	c := r.credential(kind, b.label(0), v)
	c.Name = cmp.Or(c.Name, shown(b.label(1)))
	c.Ref.Value = c.Name
	for _, name := range []string{"end_date_relative"} {
		if x := t.attr(b.block.Body, name, it); x.is(String) && c.End.IsZero() {
			if d, ok := hours(x.Text); ok {
				c.Lasts, c.Ref.Line = d, x.Line
			}
		}
	}
	if c.End.IsZero() && c.Lasts == 0 && kind == "secret" && t.attr(b.block.Body, "end_date", it) == nil && t.attr(b.block.Body, "end_date_relative", it) == nil {
		c.Lasts = twoYears // what Entra sets where nothing is said
	}
	a.Credentials = append(a.Credentials, c)
}

func (t *tfApps) identifierURI(b tfBlock, it *iteration) {
	if a := t.of(b, it, "application_id"); a != nil {
		a.Exposes = true
		if u := t.attr(b.block.Body, "identifier_uri", it); u.is(String) {
			a.URIs = append(a.URIs, fact(place(b.file, u.Line), "identifierUris", unfilled(u.Text)))
		}
	}
}

func (t *tfApps) exposes(b tfBlock, it *iteration) {
	if a := t.of(b, it, "application_id"); a != nil {
		a.Exposes = true
	}
}

package gate

import (
	"cmp"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file reads an app registration: the application object of Microsoft
// Graph and `az ad app show`, the portal's manifests old and new, and whatever
// infrastructure code was turned into that shape. Only the fields that are named
// here are read, and never the value of a credential.

// isApplication tells an application object from other objects, above all from
// a service principal, which shares half of its fields.
func isApplication(v *Value) bool {
	if v.Has("servicePrincipalType", "appOwnerOrganizationId", "servicePrincipalNames") {
		return false
	}
	if v.Get("requiredResourceAccess").is(List) {
		return true
	}
	named := v.Has("appId", "signInAudience") && v.Has("displayName", "name")
	return named && v.Has("web", "spa", "publicClient", "api", "passwordCredentials", "keyCredentials", "replyUrlsWithType", "replyUrls", "identifierUris")
}

// ReadApplication reads one application object. Form says what it was written
// as, for messages.
func ReadApplication(v *Value, file, form string) *evidence.App {
	r := registration{file: file, app: &evidence.App{Form: form, Place: place(file, v.Line)}}
	a := r.app
	if id := v.Str("appId"); evidence.IsGUID(id) {
		a.ID = strings.ToLower(id)
	}
	if name := v.Str("displayName", "name"); v.Get("displayName").known() || v.Get("name").known() {
		a.Name = shown(unfilled(name))
	}
	r.permissions(v)
	r.redirects(v)
	r.implicit(v)
	r.publicClient(v)
	r.audience(v)
	r.api(v)
	r.credentials(v)
	return a
}

// registration is the reading of one object.
type registration struct {
	file string
	app  *evidence.App
}

func (r *registration) ref(v *Value, field, value string) evidence.Ref {
	return fact(place(r.file, v.Line), field, value)
}

func (v *Value) known() bool { return v != nil && v.Kind != Unresolved && v.Kind != Null }

// templated tells a part that a toolkit fills in at deployment: ${{VAR}},
// {{state.x}}, #{VAR}#, __VAR__.
func templated(s string) bool { return unfilled(s) != s }

// unfilled puts "{}" where placeholders stand.
func unfilled(s string) string {
	for _, m := range [...][2]string{{"${{", "}}"}, {"{{", "}}"}, {"#{", "}#"}, {"$(", ")"}, {"${", "}"}} {
		for {
			i := strings.Index(s, m[0])
			if i < 0 {
				break
			}
			j := strings.Index(s[i+len(m[0]):], m[1])
			if j < 0 {
				break
			}
			s = s[:i] + "{}" + s[i+len(m[0])+j+len(m[1]):]
		}
	}
	return s
}

// permissions reads requiredResourceAccess.
func (r *registration) permissions(v *Value) {
	list := v.Get("requiredResourceAccess")
	if list.is(Unresolved) {
		r.open(list, "requiredResourceAccess is computed at deployment")
		return
	}
	for _, api := range list.itemsOf() {
		if !api.is(Object) {
			r.open(api, "an entry of requiredResourceAccess is computed at deployment")
			continue
		}
		resource := api.Str("resourceAppId")
		access := api.Get("resourceAccess")
		if access.is(Unresolved) {
			r.open(access, "resourceAccess is computed at deployment")
		}
		for _, p := range access.itemsOf() {
			r.permission(resource, api.Get("resourceAppId"), p)
		}
	}
}

func (v *Value) itemsOf() []*Value {
	if v.is(List) {
		return v.Items
	}
	return nil
}

func (r *registration) open(v *Value, why string) {
	r.app.Open = append(r.app.Open, evidence.Open{Permission: true, Why: why, Place: place(r.file, v.Line)})
}

// permission reads one entry of resourceAccess.
func (r *registration) permission(resource string, api, v *Value) {
	if !v.is(Object) {
		r.open(v, "a permission is computed at deployment")
		return
	}
	d := evidence.Declared{Resource: shown(resource)}
	switch strings.ToLower(v.Str("type")) {
	case "scope", "delegated":
		d.Kind = evidence.Delegated
	case "role", "application", "approle":
		d.Kind = evidence.AppOnly
	}
	id := v.Get("id")
	if id == nil {
		id = v
	}
	fill(&d, id)
	if api.is(Object) && d.Resource == "" {
		d.Resource = shown(api.Str("#api"))
	}
	switch {
	case id.is(Unresolved), d.ID == "" && d.Name == "":
		r.open(id, "the id of a permission is computed at deployment")
		return
	case templated(d.ID+d.Name) || templated(d.Resource):
		r.open(id, "the id of a permission is a placeholder")
		return
	case d.Resource == "" && api.is(Unresolved):
		r.open(api, "the API of a permission is computed at deployment")
		return
	}
	d.Ref = r.ref(v, "requiredResourceAccess", cmp.Or(d.Name, d.ID))
	if id.is(String) || id.is(Object) {
		d.Ref.Line = id.Line
	}
	r.app.Declared = append(r.app.Declared, d)
}

// fill takes an id, a name, or a reference that infrastructure code makes to a
// permission by name.
func fill(d *evidence.Declared, id *Value) {
	if id.is(Object) {
		d.Name = shown(id.Str("#permission"))
		d.List = kindNamed(id.Str("#list"))
		if d.Kind == evidence.KindUnknown {
			d.Kind = d.List
		}
		if api := id.Str("#api"); api != "" && (d.Resource == "" || !evidence.IsGUID(d.Resource)) {
			d.Resource = shown(api)
		}
		return
	}
	if text := strings.TrimSpace(id.text()); evidence.IsGUID(text) {
		d.ID = strings.ToLower(text)
	} else {
		d.Name = shown(text)
	}
}

func (v *Value) text() string {
	if v.is(String) || v.is(Number) {
		return v.Text
	}
	return ""
}

// NamedPermission is a reference to a permission by its name in the list of
// app roles ("Role") or scopes ("Scope") of an API, as infrastructure code
// writes it in place of an id.
func NamedPermission(api, list, name string, line int) *Value {
	v := &Value{Kind: Object, Line: line}
	v.set("#permission", Text(name, line))
	v.set("#list", Text(list, line))
	v.set("#api", Text(api, line))
	return v
}

func kindNamed(list string) evidence.Kind {
	switch list {
	case "Role":
		return evidence.AppOnly
	case "Scope":
		return evidence.Delegated
	}
	return evidence.KindUnknown
}

// redirects reads reply URLs of every form.
func (r *registration) redirects(v *Value) {
	add := func(platform, field string, list *Value) {
		for _, u := range list.itemsOf() {
			uri := u
			p := platform
			if u.is(Object) { // replyUrlsWithType, redirectUriSettings
				uri = u.Get("url")
				if uri == nil {
					uri = u.Get("uri")
				}
				switch strings.ToLower(u.Str("type")) {
				case "web":
					p = "web"
				case "spa":
					p = "spa"
				case "installedclient", "publicclient":
					p = "native"
				}
			}
			if text := uri.text(); text != "" {
				r.app.Redirects = append(r.app.Redirects, evidence.Redirect{URI: shown(unfilled(text)), Platform: p, Ref: r.ref(uri, field, unfilled(text))})
			}
		}
	}
	for _, at := range [...]struct{ part, platform string }{{"web", "web"}, {"spa", "spa"}, {"publicClient", "native"}} {
		list := v.Get(at.part, "redirectUris")
		if list == nil {
			list = v.Get(at.part, "redirectUriSettings")
		}
		add(at.platform, at.part+".redirectUris", list)
	}
	add("", "replyUrlsWithType", v.Get("replyUrlsWithType"))
	if v.Get("replyUrlsWithType") == nil {
		add("", "replyUrls", v.Get("replyUrls"))
	}
}

func (r *registration) implicit(v *Value) {
	grant := v.Get("web", "implicitGrantSettings")
	on := func(from *Value, name, field string) {
		if x := from.Get(name); x.is(Bool) && x.Text == "true" {
			r.app.Implicit = append(r.app.Implicit, r.ref(x, field, "true"))
		}
	}
	on(grant, "enableAccessTokenIssuance", "web.implicitGrantSettings.enableAccessTokenIssuance")
	on(grant, "enableIdTokenIssuance", "web.implicitGrantSettings.enableIdTokenIssuance")
	on(v, "oauth2AllowImplicitFlow", "oauth2AllowImplicitFlow")
	on(v, "oauth2AllowIdTokenImplicitFlow", "oauth2AllowIdTokenImplicitFlow")
}

func (r *registration) publicClient(v *Value) {
	for _, name := range []string{"isFallbackPublicClient", "allowPublicClient", "publicClient"} {
		if x := v.Get(name); x.is(Bool) && x.Text == "true" {
			r.app.PublicClient = r.ref(x, name, "true")
		}
	}
}

func (r *registration) audience(v *Value) {
	if x := v.Get("signInAudience"); x.is(String) && !templated(x.Text) {
		r.app.Audience = r.ref(x, "signInAudience", x.Text)
	} else if x := v.Get("availableToOtherTenants"); x.is(Bool) {
		value := "AzureADMyOrg"
		if x.Text == "true" {
			value = "AzureADMultipleOrgs"
		}
		r.app.Audience = r.ref(x, "availableToOtherTenants", value)
	}
}

// api reads what the app offers to others.
func (r *registration) api(v *Value) {
	r.app.TokenVersion = r.ref(v, "api.requestedAccessTokenVersion", "1") // null and absent mean 1
	for _, x := range []*Value{v.Get("api", "requestedAccessTokenVersion"), v.Get("accessTokenAcceptedVersion")} {
		switch {
		case x.is(Number), x.is(String) && len(x.Text) == 1:
			r.app.TokenVersion = r.ref(x, "api.requestedAccessTokenVersion", x.Text)
		case x.is(Unresolved):
			r.app.TokenVersion = evidence.Ref{}
		}
	}
	for _, u := range v.Get("identifierUris").itemsOf() {
		r.app.URIs = append(r.app.URIs, r.ref(u, "identifierUris", unfilled(u.text())))
	}
	r.app.Exposes = len(r.app.URIs) > 0
	for _, list := range []*Value{v.Get("api", "oauth2PermissionScopes"), v.Get("oauth2Permissions"), v.Get("appRoles")} {
		r.app.Exposes = r.app.Exposes || len(list.itemsOf()) > 0
	}
}

func (r *registration) credentials(v *Value) {
	for _, at := range [...]struct{ field, kind string }{
		{"passwordCredentials", "secret"}, {"keyCredentials", "certificate"}, {"federatedIdentityCredentials", "federated"},
	} {
		for _, c := range v.Get(at.field).itemsOf() {
			if c.is(Object) {
				r.app.Credentials = append(r.app.Credentials, r.credential(at.kind, at.field, c))
			}
		}
	}
}

// forever is the year from which an end means none: tools write 2299 or 9999.
const forever = 2200

func (r *registration) credential(kind, field string, v *Value) evidence.Credential {
	c := evidence.Credential{Kind: kind, Name: shown(unfilled(v.Str("displayName", "name"))), Ref: r.ref(v, field, "")}
	if id := v.Str("keyId", "id"); evidence.IsGUID(id) {
		c.ID = strings.ToLower(id)
	}
	if t, ok := moment(v.Str("startDateTime", "startDate")); ok {
		c.Start = t
	}
	for _, name := range []string{"endDateTime", "endDate"} {
		if t, ok := moment(v.Str(name)); ok {
			c.End, c.Never = t, t.Year() >= forever
			c.Ref.Line = v.Get(name).Line
		}
	}
	c.Ref.Value = cmp.Or(c.Name, c.ID, kind)
	return c
}

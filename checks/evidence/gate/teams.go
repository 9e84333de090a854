package gate

import (
	"cmp"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file reads what apps inside Microsoft 365 declare: Teams manifests
// (webApplicationInfo, authorization) and SharePoint Framework packages
// (webApiPermissionRequests). They name permissions instead of ids.

// isTeamsManifest tells the manifest of a Teams or Microsoft 365 app.
func isTeamsManifest(v *Value) bool {
	return v.Has("manifestVersion") && v.Has("webApplicationInfo", "authorization", "bots", "staticTabs", "configurableTabs", "composeExtensions")
}

// readTeams reads a Teams manifest; nil where it declares nothing about
// permissions.
func readTeams(v *Value, file string) *evidence.App {
	info := v.Get("webApplicationInfo")
	a := &evidence.App{Form: "Teams manifest", Place: place(file, v.Line)}
	if id := info.Str("id"); evidence.IsGUID(id) {
		a.ID = strings.ToLower(id)
	}
	if name := v.Get("name"); name.is(Object) {
		a.Name = shown(unfilled(name.Str("short")))
	}
	r := registration{file: file, app: a}
	for _, p := range info.All("applicationPermissions") { // the older place
		r.specific(p, p.text(), "")
	}
	for _, p := range v.Get("authorization", "permissions").All("resourceSpecific") {
		r.specific(p, p.Str("name"), p.Str("type"))
	}
	if len(a.Declared) == 0 && a.ID == "" {
		return nil
	}
	return a
}

// specific adds a resource-specific permission.
func (r *registration) specific(v *Value, name, kind string) {
	if name == "" || templated(name) {
		r.open(v, "the name of a resource-specific permission is a placeholder")
		return
	}
	d := evidence.Declared{Resource: "Microsoft Graph", Name: shown(name), Kind: evidence.AppOnly, RSC: true, Ref: r.ref(v, "authorization.permissions.resourceSpecific", name)}
	if strings.EqualFold(kind, "Delegated") {
		d.Kind = evidence.Delegated
	}
	r.app.Declared = append(r.app.Declared, d)
}

// spfxRequests finds the permission requests of a SharePoint Framework package.
func spfxRequests(v *Value) *Value {
	for _, name := range []string{"webApiPermissionRequests", "graphPermissionRequests"} {
		for _, from := range []*Value{v.Get("solution"), v} {
			if list := from.Get(name); list.is(List) {
				return list
			}
		}
	}
	return nil
}

// readSPFx reads them. They are delegated permissions of an app that all
// solutions of the tenant share.
func readSPFx(v, list *Value, file string) *evidence.App {
	a := &evidence.App{Form: "SharePoint Framework package", Place: place(file, list.Line), Owned: true, Name: shown(unfilled(v.Get("solution").Str("name")))}
	r := registration{file: file, app: a}
	for _, p := range list.Items {
		name, resource := p.Str("scope"), cmp.Or(p.Str("resource"), p.Str("appId"))
		if p.is(String) {
			name = p.Text
		}
		if name == "" || templated(name+resource) {
			r.open(p, "the name of a permission is a placeholder")
			continue
		}
		for one := range strings.FieldsSeq(strings.ReplaceAll(name, ",", " ")) {
			a.Declared = append(a.Declared, evidence.Declared{Resource: shown(cmp.Or(resource, "Microsoft Graph")), Name: shown(one), Kind: evidence.Delegated, Ref: r.ref(p, "webApiPermissionRequests", one)})
		}
	}
	return a
}

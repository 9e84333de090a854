package gate

import (
	"strings"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file takes registrations and grants out of the resources of a Bicep file
// or an ARM template.

// graphResources reads the resources of the Microsoft Graph extension.
func (p *Piece) graphResources(s *scope, form string) {
	apps := map[string]*evidence.App{}
	for _, d := range s.sorted() {
		if d.kind != "microsoft.graph/applications" || d.existing {
			continue
		}
		for _, v := range bodies(s.eval(d.body)) {
			a := ReadApplication(v, p.File, form)
			a.Place.Line = d.line
			if a.Name == "" {
				a.Name = shown(d.name)
			}
			if apps[d.name] == nil {
				apps[d.name] = a
			}
			p.Apps = append(p.Apps, a)
		}
	}
	g := granting{piece: p, scope: s, apps: apps, form: form, managed: map[string]*evidence.App{}}
	for _, d := range s.sorted() {
		switch d.kind {
		case "microsoft.graph/approleassignedto":
			for _, v := range bodies(s.eval(d.body)) {
				g.role(v, d.line)
			}
		case "microsoft.graph/oauth2permissiongrants":
			for _, v := range bodies(s.eval(d.body)) {
				g.scopes(v, d.line)
			}
		case "microsoft.graph/applications/federatedidentitycredentials":
			for _, a := range g.owners(d) {
				a.Credentials = append(a.Credentials, evidence.Credential{Kind: "federated", Name: shown(d.name), Ref: fact(place(p.File, d.line), "federatedIdentityCredentials", d.name)})
			}
		}
	}
}

// owners are the apps that a federated credential is of: the one it is declared
// in or names, or all where that is not told.
func (g *granting) owners(d *declaration) []*evidence.App {
	if a := g.apps[d.parent]; a != nil {
		return []*evidence.App{a}
	}
	for name, a := range g.apps {
		if p := g.scope.property(d, "parent"); p != nil && p.op == opName && p.text == name {
			return []*evidence.App{a}
		}
		if p := g.scope.property(d, "name"); p != nil && len(p.args) > 1 && p.args[1].op == opMember && p.args[1].args[0].text == name {
			return []*evidence.App{a}
		}
	}
	return g.piece.Apps
}

// bodies are the objects that a declaration makes: one, or one for each turn.
func bodies(v *Value) []*Value {
	if v.is(List) {
		return v.Items
	}
	if v.is(Object) {
		return []*Value{v}
	}
	return nil
}

func (s *scope) sorted() []*declaration {
	var out []*declaration
	for _, d := range s.decls {
		out = append(out, d)
	}
	for i := range out { // by line; few
		for j := i; j > 0 && (out[j].line < out[j-1].line || out[j].line == out[j-1].line && out[j].name < out[j-1].name); j-- {
			out[j], out[j-1] = out[j-1], out[j]
		}
	}
	return out
}

// granting reads grants that the same code makes.
type granting struct {
	piece   *Piece
	scope   *scope
	apps    map[string]*evidence.App
	form    string
	managed map[string]*evidence.App
}

// api is the app id of the API that a grant is of.
func (g *granting) api(v *Value) string {
	if d := g.scope.decls[v.Str(markResource)]; d != nil {
		if p := g.scope.property(d, "appId"); p != nil {
			return g.scope.eval(p).Text
		}
	}
	return ""
}

// holder is the app that a grant is made to: the app of a service principal of
// the same code, or a managed identity.
func (g *granting) holder(v *Value, line int) *evidence.App {
	name := v.Str(markResource)
	d := g.scope.decls[name]
	if d != nil && d.kind == "microsoft.graph/serviceprincipals" {
		if p := g.scope.property(d, "appId"); p != nil {
			if a := g.apps[g.scope.eval(p).Str(markResource)]; a != nil {
				return a
			}
		}
	}
	if name == "" {
		name = v.Text
		if len(g.piece.Apps) == 1 && v.Kind == Unresolved {
			return g.piece.Apps[0]
		}
	}
	a := g.managed[name]
	if a == nil {
		a = &evidence.App{Form: g.form, Name: shown(name), Managed: true, Place: place(g.piece.File, line)}
		g.managed[name] = a
		g.piece.Apps = append(g.piece.Apps, a)
	}
	return a
}

// ofMicrosoft: the grant is of an API that is known by a fixed id, not of an
// app of the tenant's own.
func (g *granting) ofMicrosoft(resource, id *Value) bool {
	return evidence.IsGUID(g.api(resource)) || id.Has("#permission") && evidence.IsGUID(id.Str("#api")) || resource.Str(markResource) == "" && id.is(String)
}

func (g *granting) role(v *Value, line int) {
	if !g.ofMicrosoft(orNull(v.Get("resourceId")), orNull(v.Get("appRoleId"))) {
		return
	}
	a := g.holder(orNull(v.Get("principalId")), line)
	r := registration{file: g.piece.File, app: a}
	id := orNull(v.Get("appRoleId"))
	d := evidence.Declared{Resource: g.api(orNull(v.Get("resourceId"))), Kind: evidence.AppOnly, Granted: true}
	fill(&d, id)
	if id.Kind == Unresolved || d.ID == "" && d.Name == "" || templated(d.ID+d.Name) {
		r.open(&Value{Line: line}, "the app role of a grant is computed at deployment")
		return
	}
	d.Ref = fact(place(g.piece.File, max(line, id.Line)), "appRoleAssignedTo", d.Name+d.ID)
	a.Declared = append(a.Declared, d)
}

func (g *granting) scopes(v *Value, line int) {
	a := g.holder(orNull(v.Get("clientId")), line)
	r := registration{file: g.piece.File, app: a}
	scope := orNull(v.Get("scope"))
	if !scope.is(String) || templated(scope.Text) {
		r.open(&Value{Line: line}, "the scopes of a grant are computed at deployment")
		return
	}
	for name := range strings.FieldsSeq(scope.Text) {
		a.Declared = append(a.Declared, evidence.Declared{Resource: g.api(orNull(v.Get("resourceId"))), Name: shown(name), Kind: evidence.Delegated, Granted: true, Ref: fact(place(g.piece.File, scope.Line), "oauth2PermissionGrants", name)})
	}
}

func orNull(v *Value) *Value {
	if v == nil {
		return &Value{}
	}
	return v
}

func cmpName(name string, i int) string {
	if name == "" || strings.HasPrefix(name, "[") {
		return "#" + string(rune('a'+i%26))
	}
	return name
}

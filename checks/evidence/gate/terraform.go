package gate

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// This file reads Terraform: the resources of the azuread and msgraph providers
// that make up a registration. Files of one folder are one module; local modules
// are read with the arguments of each call.

// A tfFile is one file of a module.
type tfFile struct {
	name string
	text []byte
}

// maxTerraform bounds one file.
const maxTerraform = 2 << 20

// joinTerraform reads the modules of all folders.
func joinTerraform(pieces *[]*Piece, res *Result) {
	byDir := map[string][]*tfFile{}
	var dirs []string
	for _, p := range *pieces {
		if p.module == nil {
			continue
		}
		dir := path.Dir(p.File)
		if byDir[dir] == nil {
			dirs = append(dirs, dir)
		}
		byDir[dir] = append(byDir[dir], p.module)
	}
	slices.Sort(dirs)
	modules := map[string]*tfModule{}
	for _, dir := range dirs {
		m, problems := parseModule(dir, byDir[dir])
		modules[dir] = m
		res.Problems = append(res.Problems, problems...)
	}
	called := map[string]bool{}
	for _, m := range modules {
		for _, c := range m.calls() {
			called[path.Join(m.dir, c.source)] = true
		}
	}
	for _, dir := range dirs {
		if called[dir] {
			continue
		}
		p := &Piece{File: path.Join(dir, byDir[dir][0].name[strings.LastIndexByte(byDir[dir][0].name, '/')+1:])}
		r := &tfReader{modules: modules, piece: p, steps: maxModules}
		r.module(modules[dir], nil, 0)
		if !p.empty() {
			*pieces = append(*pieces, p)
		}
	}
}

// A tfModule is the files of one folder, parsed.
type tfModule struct {
	dir    string
	bodies []tfBody
	keys   map[string]bool // every short text in it, any of which may be a permission's name
	values map[string]cty.Value
	roots  map[string]bool // what its expressions begin with
}

type tfBody struct {
	file string
	body *hclsyntax.Body
}

func parseModule(dir string, files []*tfFile) (*tfModule, []error) {
	m := &tfModule{dir: dir, keys: map[string]bool{}, values: map[string]cty.Value{}, roots: map[string]bool{}}
	var problems []error
	for _, f := range files {
		if len(f.text) > maxTerraform {
			problems = append(problems, problem(f.name, 0, errLong))
			continue
		}
		if err := tooDeep(f.text); err != nil {
			problems = append(problems, problem(f.name, 0, err))
			continue
		}
		parsed, diags := hclsyntax.ParseConfig(f.text, f.name, hcl.InitialPos)
		for _, d := range diags {
			if d.Severity == hcl.DiagError {
				line := 0
				if d.Subject != nil {
					line = d.Subject.Start.Line
				}
				problems = append(problems, problem(f.name, line, hclError(d)))
				break // one a file: the rest follows from it
			}
		}
		body, ok := parsed.Body.(*hclsyntax.Body)
		if !ok {
			continue
		}
		if strings.HasSuffix(f.name, ".tfvars") {
			if base := path.Base(f.name); base == "terraform.tfvars" || strings.HasSuffix(base, ".auto.tfvars") {
				m.tfvars(body)
			}
			continue
		}
		m.bodies = append(m.bodies, tfBody{f.name, body})
		m.gatherKeys(body)
	}
	return m, problems
}

func hclError(d *hcl.Diagnostic) error {
	return errText(strings.ToLower(d.Summary[:min(1, len(d.Summary))]) + d.Summary[min(1, len(d.Summary)):])
}

type errText string

func (e errText) Error() string { return shown(string(e)) }

// tfvars takes the values that are set for a root module.
func (m *tfModule) tfvars(body *hclsyntax.Body) {
	for name, a := range body.Attributes {
		if v, diags := a.Expr.Value(nil); !diags.HasErrors() {
			m.values[name] = v
		}
	}
	m.gatherKeys(body)
}

// gatherKeys takes down the texts of a module: those by which permissions are
// looked up are among them.
func (m *tfModule) gatherKeys(body *hclsyntax.Body) {
	_ = hclsyntax.VisitAll(body, func(n hclsyntax.Node) hcl.Diagnostics {
		if t, ok := n.(*hclsyntax.LiteralValueExpr); ok && t.Val.Type() == cty.String && t.Val.IsKnown() && !t.Val.IsNull() {
			m.key(t.Val.AsString())
		}
		if t, ok := n.(*hclsyntax.ScopeTraversalExpr); ok {
			m.traversalKeys(t.Traversal)
			m.roots[t.Traversal.RootName()] = true
		}
		if t, ok := n.(*hclsyntax.RelativeTraversalExpr); ok {
			m.traversalKeys(t.Traversal)
		}
		if o, ok := n.(*hclsyntax.ObjectConsKeyExpr); ok {
			if k := hcl.ExprAsKeyword(o); k != "" {
				m.key(k)
			}
		}
		return nil
	})
}

func (m *tfModule) traversalKeys(t hcl.Traversal) {
	for _, step := range t {
		if i, ok := step.(hcl.TraverseIndex); ok && i.Key.Type() == cty.String {
			m.key(i.Key.AsString())
		}
	}
}

// maxKeys bounds the texts kept of one module.
const maxKeys = 2000

func (m *tfModule) key(s string) {
	if len(s) > 2 && len(s) < 80 && !strings.ContainsAny(s, "/ :${}\n") && len(m.keys) < maxKeys && !evidence.IsGUID(s) {
		m.keys[s] = true
	}
}

// A tfCall is a call of a local module.
type tfCall struct {
	source string
	block  *hclsyntax.Block
}

func (m *tfModule) calls() []tfCall {
	var out []tfCall
	for _, b := range m.blocks("module") {
		if a := b.block.Body.Attributes["source"]; a != nil {
			if v, diags := a.Expr.Value(nil); !diags.HasErrors() && v.Type() == cty.String && (strings.HasPrefix(v.AsString(), "./") || strings.HasPrefix(v.AsString(), "../")) {
				out = append(out, tfCall{v.AsString(), b.block})
			}
		}
	}
	return out
}

// A tfBlock is a block and its file.
type tfBlock struct {
	file  string
	block *hclsyntax.Block
}

func (b tfBlock) label(i int) string {
	if i < len(b.block.Labels) {
		return b.block.Labels[i]
	}
	return ""
}

func (b tfBlock) line() int { return b.block.DefRange().Start.Line }

// blocks are the blocks of a type, in the order of files and lines.
func (m *tfModule) blocks(kind string) []tfBlock {
	var out []tfBlock
	for _, body := range m.bodies {
		for _, b := range body.body.Blocks {
			if b.Type == kind {
				out = append(out, tfBlock{body.file, b})
			}
		}
	}
	return out
}

// Limits of evaluation.
const (
	maxModules   = 200
	maxInstances = 200 // of one resource with for_each
	moduleDepth  = 6
)

// tfReader reads modules into a piece.
type tfReader struct {
	modules map[string]*tfModule
	piece   *Piece
	steps   int
}

// module reads one module with its arguments; it returns what it puts out.
func (r *tfReader) module(m *tfModule, args map[string]cty.Value, depth int) map[string]cty.Value {
	if r.steps--; m == nil || r.steps < 0 || depth > moduleDepth {
		return nil
	}
	e := newTFEval(m, args)
	for _, c := range m.calls() {
		in := map[string]cty.Value{}
		for name, a := range c.block.Body.Attributes {
			in[name] = e.value(a.Expr, nil)
		}
		child := r.modules[path.Join(m.dir, c.source)]
		if child != nil && len(c.block.Labels) > 0 {
			keys := child.keys
			child.keys = mergeKeys(keys, m.keys)
			e.modules[c.block.Labels[0]] = cty.DynamicVal
			if out := r.module(child, in, depth+1); out != nil {
				e.modules[c.block.Labels[0]] = cty.ObjectVal(out)
			}
			child.keys = keys
		}
	}
	e.prepare()
	t := &tfApps{tfEval: e, piece: r.piece, apps: map[string]*evidence.App{}, managed: map[string]*evidence.App{}}
	t.resources()
	return e.outputs()
}

func mergeKeys(a, b map[string]bool) map[string]bool {
	out := map[string]bool{}
	for k := range a {
		out[k] = true
	}
	for k := range b {
		if len(out) < maxKeys {
			out[k] = true
		}
	}
	return out
}

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

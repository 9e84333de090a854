package gate

import (
	"errors"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file reads Bicep files with resources of the Microsoft Graph extension,
// and the ARM templates that they are compiled to.

// bicep reads one file.
func (p *Piece) bicep(text string) []error {
	if len(text) > maxTerraform {
		return []error{problem(p.File, 0, errLong)}
	}
	s, problems := parseBicep(p.File, text)
	p.graphResources(s, "Bicep")
	return problems
}

func newScope() *scope {
	left := maxSteps
	return &scope{names: map[string]*expr{}, decls: map[string]*declaration{}, values: map[string]*Value{}, busy: map[string]bool{}, left: &left}
}

// parseBicep reads declarations. A statement that cannot be read is a problem,
// and reading goes on with the next.
func parseBicep(file, text string) (*scope, []error) {
	s := newScope()
	var problems []error
	p := &exprParser{s: text, line: 1}
	for p.i < len(p.s) {
		start, line := p.i, p.line
		if err := p.statement(s); err != nil {
			problems = append(problems, problem(file, p.line, err))
			p.i, p.line = start, line
		}
		p.skipLine(start)
	}
	return s, problems
}

// skipLine goes to the next line at which a statement can begin. A statement
// that was not read is left line by line.
func (p *exprParser) skipLine(start int) {
	if p.i == start || p.i < len(p.s) && p.s[p.i] != '\n' {
		j := strings.IndexByte(p.s[p.i:], '\n')
		if j < 0 {
			p.i = len(p.s)
			return
		}
		p.i += j
	}
	if p.i < len(p.s) {
		p.i++
		p.line++
	}
}

func (p *exprParser) statement(s *scope) (err error) {
	defer func() {
		if e := recover(); e != nil {
			var known exprError
			if x, ok := e.(exprError); ok && errors.As(x, &known) {
				err = known.error
				return
			}
			panic(e)
		}
		p.wrap, p.depth = 0, 0
	}()
	p.space(true)
	if p.i >= len(p.s) || p.at("}") || p.at("]") {
		return nil
	}
	if p.at("@") {
		p.i++
		p.expression()
		return nil
	}
	j := p.i
	for j < len(p.s) && isWordByte(p.s[j]) {
		j++
	}
	word := p.s[p.i:j]
	line := p.line
	switch word {
	case "param", "var":
		p.i = j
		name := p.name()
		if p.toEquals() {
			p.space(true)
			s.names[name] = p.body()
		}
	case "resource":
		p.i = j
		p.inner = nil
		d := p.resource()
		d.line = line
		s.decls[d.name] = d
		for _, in := range p.inner {
			s.decls[in.name] = in
		}
	case "module", "output", "targetScope", "metadata", "using", "import", "extension", "provider", "func", "type", "assert", "extends":
		p.i = j
		p.skipBalanced()
	}
	return nil
}

// toEquals goes over a type to the equals sign of a default, and tells whether
// there is one.
func (p *exprParser) toEquals() bool {
	depth := 0
	for p.i < len(p.s) {
		switch c := p.s[p.i]; c {
		case '\'':
			p.quoted()
			continue
		case '{', '[', '(':
			depth++
		case '}', ']', ')':
			depth--
		case '=':
			if depth <= 0 {
				p.i++
				return true
			}
		case '\n':
			if depth <= 0 {
				return false
			}
			p.line++
		}
		p.i++
	}
	return false
}

// skipBalanced goes over a statement that says nothing here.
func (p *exprParser) skipBalanced() {
	depth := 0
	for p.i < len(p.s) {
		switch c := p.s[p.i]; {
		case c == '\'':
			p.quoted()
			continue
		case p.at("//") || p.at("/*"):
			p.space(false)
			continue
		case c == '{' || c == '[' || c == '(':
			depth++
		case c == '}' || c == ']' || c == ')':
			depth--
		case c == '\n':
			if depth <= 0 {
				return
			}
			p.line++
		}
		p.i++
	}
}

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

// isTemplate tells an ARM template with resources of Microsoft Graph.
func isTemplate(v *Value) bool {
	return v.Has("resources") && strings.Contains(strings.ToLower(v.Str("$schema")), "deploymenttemplate")
}

// template reads an ARM template as Bicep compiles it.
func (p *Piece) template(v *Value) {
	s := newScope()
	for _, f := range v.Get("parameters").fields() {
		if d := f.Value.Get("defaultValue"); d != nil {
			s.names[f.Name] = armExpr(d)
		}
	}
	for _, f := range v.Get("variables").fields() {
		s.names[f.Name] = armExpr(f.Value)
	}
	add := func(name string, r *Value) {
		kind, _, _ := strings.Cut(strings.ToLower(r.Str("type")), "@")
		if kind == "microsoft.resources/deployments" {
			if inner := r.Get("properties", "template"); isTemplate(inner) {
				p.template(inner)
			}
			return
		}
		body := r.Get("properties")
		if body == nil {
			body = r
		}
		s.decls[name] = &declaration{name: name, kind: kind, existing: r.True("existing"), body: armExpr(body), line: r.Line}
	}
	switch rs := v.Get("resources"); {
	case rs.is(Object):
		for _, f := range rs.Fields {
			add(f.Name, f.Value)
		}
	case rs.is(List):
		for i, r := range rs.Items {
			add(cmpName(r.Str("name"), i), r)
		}
	}
	p.graphResources(s, "ARM template")
}

func cmpName(name string, i int) string {
	if name == "" || strings.HasPrefix(name, "[") {
		return "#" + string(rune('a'+i%26))
	}
	return name
}

// armExpr makes an expression of a value in which texts in brackets are
// expressions.
func armExpr(v *Value) *expr {
	switch v.Kind {
	case String:
		if t := v.Text; strings.HasPrefix(t, "[") && strings.HasSuffix(t, "]") && !strings.HasPrefix(t, "[[") {
			return parseARM(t[1:len(t)-1], v.Line)
		}
		text := v.Text
		if strings.HasPrefix(text, "[[") {
			text = text[1:]
		}
		return &expr{op: opString, text: text, line: v.Line}
	case Object:
		e := &expr{op: opObject, line: v.Line}
		for _, f := range v.Fields {
			e.keys = append(e.keys, &expr{op: opString, text: f.Name, line: v.Line})
			e.args = append(e.args, armExpr(f.Value))
		}
		return e
	case List:
		e := &expr{op: opArray, line: v.Line}
		for _, it := range v.Items {
			e.args = append(e.args, armExpr(it))
		}
		return e
	case Null:
		return &expr{op: opWord, text: "null", line: v.Line}
	}
	return &expr{op: opWord, text: v.Text, line: v.Line}
}

func parseARM(text string, line int) (e *expr) {
	defer func() {
		if x := recover(); x != nil {
			if _, ok := x.(exprError); !ok {
				panic(x)
			}
			e = &expr{op: opName, text: "an expression", line: line}
		}
	}()
	p := &exprParser{s: text, line: line, arm: true}
	e = p.expression()
	setLine(e, line)
	return e
}

// setLine puts a whole expression on its one line.
func setLine(e *expr, line int) {
	if e == nil {
		return
	}
	e.line = line
	for _, list := range [][]*expr{e.args, e.keys} {
		for _, a := range list {
			setLine(a, line)
		}
	}
}

package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file judges kinds: a call that the app's flow cannot make, a permission
// that is declared in the kind that the flow does not use.

// meByDaemon: a request about the signed-in user, by an app that signs none in.
func meByDaemon(p *posture) []checks.Finding {
	var out []checks.Finding
	for i, n := range p.needs {
		if p.judged[i].verdict != isUnsupported || !n.me() || !p.onlyApp() {
			continue
		}
		f := p.aboutCalls(n.subject(), fmt.Sprintf("%s asks for the signed-in user, and the app's flow (%s) has none", n.subject(), p.flow), []need{n})
		f.Fixes = []checks.Fix{
			fix("name the user: call /users/{id} in place of /me", checks.Developer, "graphdoctor need '"+n.match.Method+" "+strings.Replace(n.match.Template, "/me", "/users/{id}", 1)+"'", "https://learn.microsoft.com/graph/api/user-get"),
			fix("or sign a user in, and say so in .graphdoctor.yaml (app: flow:)", checks.Developer, "", "https://learn.microsoft.com/entra/identity-platform/authentication-flows-app-scenarios"),
		}
		p.settleGuess(&f, n)
		out = append(out, f)
	}
	return out
}

func (p *posture) onlyApp() bool {
	return p.said && len(p.kinds) == 1 && p.kinds[0] == catalog.Application
}

// appOnlyDeclared: an API without application permissions, called by a daemon.
func appOnlyDeclared(p *posture) []checks.Finding {
	if !p.onlyApp() {
		return nil
	}
	return p.unsupported(func(n need) bool { return !n.me() }, catalog.Application,
		"sign a user in for this call (web, device code or on-behalf-of flow): the API acts for users only", "https://learn.microsoft.com/graph/auth-v2-user")
}

// delegatedDeclared: an API for applications alone, called for a user.
func delegatedDeclared(p *posture) []checks.Finding {
	if p.uses(catalog.Application) {
		return nil
	}
	return p.unsupported(func(need) bool { return true }, catalog.Delegated,
		"make this call with the app's own credential (client credentials), from a server", "https://learn.microsoft.com/graph/auth-v2-service")
}

func (p *posture) unsupported(about func(need) bool, k catalog.Kind, title, link string) []checks.Finding {
	var out []checks.Finding
	for i, n := range p.needs {
		if p.judged[i].verdict != isUnsupported || !about(n) {
			continue
		}
		f := p.aboutCalls(n.subject(), fmt.Sprintf("%s has no %s permission, which is what the app's flow (%s) uses", n.subject(), k, or(p.flow, "by its declared permissions")), []need{n})
		f.Fixes = []checks.Fix{fix(title, checks.Developer, "graphdoctor need '"+n.subject()+"'", link)}
		if n.match.Earlier(k).Supported {
			p.doubt(&f, "an earlier edition of the map has such a permission")
		} else {
			p.settleGuess(&f, n)
		}
		out = append(out, f)
	}
	return out
}

// declaredWrongKind gathers, for each permission in the wrong kind, the calls
// that it leaves uncovered; and finds ids whose type is not their own.
func declaredWrongKind(p *posture) []checks.Finding {
	out := p.typeAgainstList()
	if !p.callable() {
		return out
	}
	by := map[string][]need{}
	var order []held
	for i, n := range p.needs {
		h := p.judged[i].other
		if p.judged[i].verdict != isWrongKind {
			continue
		}
		if by[h.name] == nil {
			order = append(order, h)
		}
		by[h.name] = append(by[h.name], n)
	}
	for _, h := range order {
		want := p.kinds[0]
		f := p.aboutCalls(h.name, fmt.Sprintf("%s is declared as %s permission, but the app's flow (%s) uses %s ones, so %s not covered",
			h.name, h.kind, p.flow, want, requests(by[h.name])), by[h.name])
		f.Seen = append([]checks.Witness{checks.Shows(h.Ref)}, f.Seen...)
		f.Fixes = []checks.Fix{p.declare(want, []string{h.name}), p.remove(h)}
		if slices.ContainsFunc(by[h.name], func(n need) bool { return n.call.Guess == "" }) {
			out = append(out, f)
			continue
		}
		p.settleGuess(&f, by[h.name][0])
		out = append(out, f)
	}
	return out
}

// typeAgainstList: the type beside an id says one kind, the id is of the other.
func (p *posture) typeAgainstList() []checks.Finding {
	var out []checks.Finding
	for _, d := range p.app.Declared {
		if !ofGraph(d.Resource) || d.Kind == evidence.KindUnknown {
			continue
		}
		name, is := d.Name, d.List
		if d.ID != "" {
			if _, ok := lookUp(d); ok {
				continue
			}
			infos := catalog.PermissionByID(d.ID)
			if len(infos) == 0 {
				continue // permission-unknown
			}
			name, is = infos[0].Name, flip(d.Kind)
		}
		if is == evidence.KindUnknown || is == d.Kind {
			continue
		}
		types := map[evidence.Kind]string{evidence.Delegated: "Scope", evidence.AppOnly: "Role"}
		f := checks.Finding{Subject: name, Seen: []checks.Witness{checks.Shows(d.Ref)},
			Message: fmt.Sprintf("the id of the %s permission %s stands with type %s, which is the type of %s ones", is, name, types[d.Kind], d.Kind)}
		f.Fixes = []checks.Fix{
			fix(fmt.Sprintf("write type %s, or take the id of the %s permission %s", types[is], d.Kind, otherID(name, d.Kind)), checks.Developer, "graphdoctor explain "+name, "https://learn.microsoft.com/graph/api/resources/resourceaccess"),
		}
		out = append(out, f)
	}
	return out
}

func otherID(name string, k evidence.Kind) string {
	if info, ok := catalog.Permission(name, mapKind(k)); ok && info.ID != "" {
		return name + " (" + info.ID + ")"
	}
	return name
}

package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file joins what decides about an app before it runs: what it declares,
// in which kinds its flow can use it, and what its calls need.

// posture is that judgement for one app.
type posture struct {
	app    *evidence.App
	held   []held // permissions of Microsoft Graph that are known, each once
	needs  []need // the calls, each request once
	at     map[string]int
	kinds  []catalog.Kind
	judged []judgement                     // of needs, one for one
	own    [2]struct{ mine, all []string } // names by kind: the app's, and those of its kin as well
	said   bool                            // the kinds follow from a flow, said or evident
	flow   string                          // that flow, for messages
}

// held is a declared permission of Microsoft Graph.
type held struct {
	evidence.Declared
	name string
	kind catalog.Kind
	info catalog.PermissionInfo
}

// need is a request that the app makes, from one place or many.
type need struct {
	call  *evidence.Call
	match catalog.Match
	extra []catalog.ExtraNeed
	count int
	needs [3]catalog.Needs // by kind
}

// lastPosture keeps the judgement of the app at hand: every rule asks for it.
var lastPosture atomic.Pointer[posture]

// stand judges an app.
func stand(app *evidence.App) *posture {
	if p := lastPosture.Load(); p != nil && p.app == app {
		return p
	}
	p := &posture{app: app, held: heldBy(app), at: map[string]int{}}
	for _, c := range app.Calls {
		p.add(c)
	}
	p.flows()
	p.own[0], p.own[1] = p.gatherNames(catalog.Application), p.gatherNames(catalog.Delegated)
	p.judged = make([]judgement, len(p.needs))
	for i, n := range p.needs {
		p.judged[i].verdict, p.judged[i].other = p.judgeNeed(n)
	}
	lastPosture.Store(p)
	return p
}

// api is the API of a declared permission or a grant, by id or name.
func api(resource string) (catalog.Resource, bool) {
	if r, ok := catalog.ResourceNamed(resource); ok {
		return r, true
	}
	return catalog.ResourceByAudience(resource)
}

func ofGraph(resource string) bool {
	r, ok := api(resource)
	return ok && r.AppID == graphID
}

// heldBy lists the permissions of Microsoft Graph that an app declares and that
// exist in the kind they are declared in.
func heldBy(app *evidence.App) []held {
	var out []held
	for _, d := range app.Declared {
		if !ofGraph(d.Resource) {
			continue
		}
		info, ok := lookUp(d)
		if !ok || slices.ContainsFunc(out, func(h held) bool { return h.name == info.Name && h.kind == info.Kind }) {
			continue
		}
		out = append(out, held{Declared: d, name: info.Name, kind: info.Kind, info: info})
	}
	return out
}

// lookUp finds a declared permission of Microsoft Graph in its kind.
func lookUp(d evidence.Declared) (catalog.PermissionInfo, bool) {
	kind := mapKind(d.Kind)
	if d.Kind == evidence.KindUnknown {
		return catalog.PermissionInfo{}, false
	}
	if d.ID == "" {
		return catalog.Permission(d.Name, kind)
	}
	for _, info := range catalog.PermissionByID(d.ID) {
		if info.Kind == kind {
			return info, true
		}
	}
	return catalog.PermissionInfo{}, false
}

// add takes a call to Microsoft Graph; equal requests count once.
func (p *posture) add(c *evidence.Call) {
	if c.Host != "" && !isGraph(c.Host) || c.Login() {
		return
	}
	same := fmt.Sprint(c.Method, " ", c.Host, c.Path, " ", c.Cmdlet, c.Params, c.Select, c.Body, c.Guess)
	if i, ok := p.at[same]; ok {
		p.needs[i].count++
		return
	}
	n := need{call: c, match: found(c), count: 1}
	n.extra = catalog.Extra(n.match, c.Select, c.Body)
	for k := range n.needs {
		n.needs[k] = n.match.Needs(catalog.Kind(k))
	}
	key := fmt.Sprint(n.subject(), " ", len(n.extra), n.call.Guess)
	if i, ok := p.at[key]; ok {
		p.needs[i].count++
		p.at[same] = i
		return
	}
	p.at[key], p.at[same] = len(p.needs), len(p.needs)
	p.needs = append(p.needs, n)
}

// found looks a call up, by its URL or by its cmdlet.
func found(c *evidence.Call) catalog.Match {
	if c.Path != "" {
		url := c.Path
		if c.Host != "" {
			url = "https://" + c.Host + c.Path
		}
		return catalog.Find(cmp.Or(c.Method, "GET"), url)
	}
	if info, ok := catalog.Cmdlet(c.Cmdlet, c.Params...); ok && len(info.Templates) > 0 {
		return catalog.Find(info.Method, info.Templates[0])
	}
	return catalog.Match{How: catalog.None, Why: "no request is known for " + c.Cmdlet}
}

// subject is the request by its template, so that a thousand users are one.
func (n need) subject() string {
	if n.match.Template != "" {
		return n.match.Method + " " + n.match.Template
	}
	if n.call.Path == "" {
		return n.call.Cmdlet
	}
	return strings.TrimSpace(n.call.Method + " " + generic(n.call.Path))
}

// mapped: the map has the request itself, of today.
func (n need) mapped() bool {
	switch n.match.How {
	case catalog.Exact, catalog.Tail, catalog.Cast:
		return !n.match.MethodMissing && !n.match.Lost
	}
	return false
}

// ref is where the call stands.
func (n need) ref() evidence.Ref {
	v := strings.TrimSpace(n.call.Method + " " + cmp.Or(n.call.URL, n.call.Cmdlet))
	return evidence.Ref{Place: n.call.Place, Origin: evidence.FromRequest, Field: "call", Value: v}
}

func (n need) me() bool {
	return n.match.Template == "/me" || strings.HasPrefix(n.match.Template, "/me/")
}

// covers tells whether permissions of a kind suffice for a request, properties
// included, and by which.
func (n need) covers(k catalog.Kind, names []string) (by string, ok bool) {
	if k == catalog.Application && n.me() {
		return "", false // an app has no /me, whatever the map lists
	}
	by, ok = n.needs[k].Suffices(names)
	if !ok {
		by = n.wider(k, names)
		ok = by != ""
	}
	for _, e := range n.extra {
		met := e.Met(k, names)
		if e.Instead {
			if met && slices.Contains(e.Kinds, k) && len(n.missingExtra(k, names)) == 0 {
				return firstHeld(e.Permissions, names), true
			}
			continue
		}
		ok = ok && met
	}
	return by, ok
}

// wider is a permission that is the wider form of one that would suffice, as
// Mail.ReadWrite is of Mail.Read: where the map has the narrow one only, that is
// a gap of the map more often than a refusal.
func (n need) wider(k catalog.Kind, names []string) string {
	needs := n.needs[k]
	for _, one := range needs.Any {
		if len(needs.Also[one]) > 0 {
			continue // half of a pair: a wider half does not make it whole
		}
		if h := widerHeld(one, names, k == catalog.Delegated); h != "" {
			return h
		}
	}
	return ""
}

// missingExtra are the properties whose own needs are not met.
func (n need) missingExtra(k catalog.Kind, names []string) []catalog.ExtraNeed {
	var out []catalog.ExtraNeed
	for _, e := range n.extra {
		if !e.Instead && !e.Met(k, names) {
			out = append(out, e)
		}
	}
	return out
}

func firstHeld(any, names []string) string {
	for _, a := range any {
		if slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(a, n) }) {
			return a
		}
	}
	return ""
}

// names are the permissions of a kind, with those of other apps that may make
// the same calls where kin is wanted.
func (p *posture) names(k catalog.Kind, kin bool) []string {
	own := p.own[0]
	if k != catalog.Application {
		own = p.own[1]
	}
	if kin {
		return own.all
	}
	return own.mine
}

func (p *posture) gatherNames(k catalog.Kind) (out struct{ mine, all []string }) {
	names := func(hs []held) (out []string) {
		for _, h := range hs {
			if h.kind == k {
				out = append(out, h.name)
			}
		}
		return out
	}
	out.mine = names(p.held)
	out.all = out.mine
	for _, other := range p.app.Kin {
		out.all = append(out.all[:len(out.all):len(out.all)], names(heldBy(other))...)
	}
	return out
}

// flowKinds is the kind of permission that a flow uses.
var flowKinds = map[string]catalog.Kind{"daemon": catalog.Application, "web": catalog.Delegated, "spa": catalog.Delegated, "mobile": catalog.Delegated, "obo": catalog.Delegated}

// flows settles which kinds of permission the app can use: as its owner says;
// else one that cannot sign users in is a daemon; else as it declares.
func (p *posture) flows() {
	for _, f := range p.app.Policy.Flows {
		if k, ok := flowKinds[f]; ok && !slices.Contains(p.kinds, k) {
			p.kinds = append(p.kinds, k)
		}
	}
	a := p.app
	switch {
	case len(p.kinds) > 0:
		p.said, p.flow = true, strings.Join(a.Policy.Flows, ", ")
	case a.Managed:
		p.kinds, p.said, p.flow = []catalog.Kind{catalog.Application}, true, "managed identity"
	case a.Owned:
		p.kinds, p.said, p.flow = []catalog.Kind{catalog.Delegated}, true, "SharePoint Framework"
	case p.daemon():
		p.kinds, p.said, p.flow = []catalog.Kind{catalog.Application}, true, "daemon, since it has a credential, no reply URL and no public client flows"
	default:
		p.kinds = []catalog.Kind{catalog.Application, catalog.Delegated}
	}
	for i, k := range p.kinds {
		if k == catalog.Delegated && a.Policy.Audience == "personal" {
			p.kinds[i] = catalog.Personal
		}
	}
}

// daemon: the registration leaves no way to sign a user in, and application
// permissions are declared. An API could still act on behalf of a user, so one
// that exposes anything is none.
func (p *posture) daemon() bool {
	a := p.app
	return len(a.Redirects) == 0 && a.PublicClient.Field == "" && !a.Exposes && len(a.Kin) == 0 && len(a.Credentials) > 0 &&
		slices.ContainsFunc(a.Declared, func(d evidence.Declared) bool { return d.Kind == evidence.AppOnly })
}

// uses tells whether the app's flow uses permissions of a kind.
func (p *posture) uses(k catalog.Kind) bool {
	return slices.Contains(p.kinds, k) || k == catalog.Delegated && slices.Contains(p.kinds, catalog.Personal)
}

// covered tells whether a request is covered in a kind that the flow uses.
func (p *posture) covered(n need, kin bool) bool {
	return slices.ContainsFunc(p.kinds, func(k catalog.Kind) bool {
		_, ok := n.covers(k, p.names(k, kin))
		return ok
	})
}

// label names the app for sentences and where a finding is about all of it.
func label(a *evidence.App) string {
	switch {
	case a.Name != "":
		return a.Name
	case a.ID != "":
		return a.ID
	}
	return a.Place.File
}

package rules

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file joins the three things that decide a refused permission: what the
// request needs (by the service's own words, else by the map), what the caller
// held, and in which kind.

// access is that judgement for one case.
type access struct {
	kind    evidence.Kind
	kindRef evidence.Ref
	held    []string
	heldRef evidence.Ref
	known   bool // held is known

	said    evidence.Statement // the statement that names permissions
	saidReq []string           // needed, by the service
	match   catalog.Match
	needs   catalog.Needs // by the map, for the caller's kind
	other   catalog.Needs // for the other kind
	extra   []catalog.ExtraNeed
	mapped  bool // the map knows the request

	personal bool // needs is the column of personal accounts
	told     bool // held is what a pasted registration declares, not what a token shows
}

// lastJudged keeps the judgement of the case at hand: a dozen rules ask for it.
var lastJudged atomic.Pointer[judged]

type judged struct {
	c *evidence.Case
	a access
}

// judge gathers the access facts of a case.
func judge(c *evidence.Case) access {
	if j := lastJudged.Load(); j != nil && j.c == c {
		return j.a
	}
	a := gather(c)
	lastJudged.Store(&judged{c, a})
	return a
}

func gather(c *evidence.Case) access {
	a := access{}
	a.kind, a.kindRef = c.Kind()
	var heldAs evidence.Kind
	a.held, heldAs, a.heldRef, a.known = c.Held()
	if a.kind == evidence.KindUnknown && a.known {
		a.kind, a.kindRef = heldAs, a.heldRef // a session that lists its scopes is a user's
	}
	a.tellHeld(c)
	for _, s := range c.Said {
		if len(s.Needed) > 0 && len(a.saidReq) == 0 {
			a.said, a.saidReq = s, s.Needed
			if a.kind == evidence.KindUnknown {
				a.kind, a.kindRef = s.Kind, s.Ref
			}
		}
	}
	a.match = matchOf(c)
	a.mapped = a.match.How != catalog.None && a.match.Template != "" && !a.match.MethodMissing
	if a.mapped {
		a.needs, a.other = a.match.Needs(mapKind(a.kind)), a.match.Needs(mapKind(flip(a.kind)))
		if _, ok := personal(c); ok && a.kind == evidence.Delegated && a.match.Needs(catalog.Personal).Supported {
			a.needs, a.personal = a.match.Needs(catalog.Personal), true
		}
		a.extra = catalog.Extra(a.match, selected(c), bodyFields(c))
	}
	return a
}

// tellHeld takes what stands in a pasted registration for what the caller held,
// where neither token nor service tells and the rows are all of one kind.
func (a *access) tellHeld(c *evidence.Case) {
	if a.known {
		return
	}
	if scopes := clientScopes(c); len(scopes) > 0 && a.kind == evidence.Delegated {
		a.held, a.known = scopes, true
		a.heldRef, _ = c.RequestRef()
		a.heldRef.Field, a.heldRef.Value = "client", c.Call.Client
		return
	}
	var app, user []string
	var ref evidence.Ref
	for _, f := range c.Facts {
		switch f.Field {
		case "declared.application":
			app, ref = append(app, f.Value), f
		case "declared.delegated":
			user, ref = append(user, f.Value), f
		}
	}
	switch {
	case len(app) > 0 && len(user) == 0 && a.kind != evidence.Delegated:
		a.held, a.kind = app, evidence.AppOnly
	case len(user) > 0 && len(app) == 0 && a.kind == evidence.Delegated:
		a.held = user
	default:
		return
	}
	a.heldRef, a.told = ref, true
	if a.kindRef.Field == "" {
		a.kindRef = ref
	}
}

//go:embed clientscopes.tsv
var clientScopeTable string

// clientScopes are the scopes that one of Microsoft's own clients has in every
// tenant.
func clientScopes(c *evidence.Case) []string {
	if c.Call == nil || c.Call.Client == "" {
		return nil
	}
	for row := range strings.Lines(clientScopeTable) {
		if client, scopes, ok := strings.Cut(strings.TrimSpace(row), "\t"); ok && client == c.Call.Client {
			return strings.Fields(scopes)
		}
	}
	return nil
}

// flip is the other kind; an unknown one is taken for delegated.
func flip(k evidence.Kind) evidence.Kind {
	if k == evidence.AppOnly {
		return evidence.Delegated
	}
	return evidence.AppOnly
}

func mapKind(k evidence.Kind) catalog.Kind {
	if k == evidence.AppOnly {
		return catalog.Application
	}
	return catalog.Delegated
}

func selected(c *evidence.Case) []string {
	if c.Call == nil {
		return nil
	}
	return c.Call.Select
}

func bodyFields(c *evidence.Case) []string {
	if c.Call == nil {
		return nil
	}
	return c.Call.Body
}

// matchOf finds the request in the map: by its URL, or by the cmdlet.
func matchOf(c *evidence.Case) catalog.Match {
	if c.Call == nil {
		return catalog.Match{}
	}
	if c.Call.Path != "" && (c.Call.Host == "" || isGraph(c.Call.Host)) {
		url := c.Call.Path
		if c.Call.Host != "" {
			url = "https://" + c.Call.Host + c.Call.Path
		}
		if m := catalog.Find(or(c.Call.Method, "GET"), url); m.Template != "" {
			return m
		}
	}
	if c.Call.Cmdlet != "" {
		var params []string
		for _, f := range c.Facts {
			if f.Field == "parameter" {
				params = append(params, f.Value)
			}
		}
		if info, ok := catalog.Cmdlet(c.Call.Cmdlet, params...); ok && len(info.Templates) > 0 {
			m := catalog.Find(info.Method, info.Templates[0])
			return m
		}
	}
	return catalog.Match{}
}

// suffices tells whether what is held is enough by the map, and by which.
func (a access) suffices() (string, bool) {
	if !a.mapped || !a.known || !a.needs.Supported {
		return "", false
	}
	by, ok := a.needs.Suffices(a.held)
	if !ok {
		if by = a.wider(); by == "" {
			return "", false
		}
	}
	for _, e := range a.extra {
		if !e.Met(mapKind(a.kind), a.held) {
			return "", false
		}
	}
	return by, true
}

// writes tells whether a held permission is the wider form of one that would
// suffice. Where the map lists only the narrow form, that is a gap of the map
// more often than a refusal, so nothing is claimed on it.
func (a access) writes() bool { return a.wider() != "" }

// wider is a held permission that is the wider form of one that would suffice:
// ReadWrite, Manage or FullControl of Read, or for a user's token .All of the
// plain one. Personal accounts have no .All.
func (a access) wider() string {
	if a.actsAsUser() {
		return actAsUser
	}
	for _, need := range a.needs.Any {
		if len(a.needs.Also[need]) > 0 {
			continue // half of a pair: a wider half does not make it whole
		}
		if h := a.widerOf(need); h != "" {
			return h
		}
	}
	return ""
}

// actAsUser lets an app do in the directory whatever its user may do. The map
// lists it for few operations, yet Microsoft's own tools (Azure CLI) live on it.
const actAsUser = "Directory.AccessAsUser.All"

// actsAsUser: it is held, and the request is one on the directory.
func (a access) actsAsUser() bool {
	return a.kind == evidence.Delegated && slices.Contains(a.held, actAsUser) && slices.ContainsFunc(a.needs.Any, func(need string) bool {
		noun, _, _ := strings.Cut(need, ".")
		return slices.Contains([]string{"Directory", "Application", "AppRegistration", "AppRoleAssignment", "DelegatedPermissionGrant"}, noun)
	})
}

// widerOf is a held permission that is the wider form of another.
func (a access) widerOf(need string) string {
	forms := []string{strings.Replace(need, ".Read", ".ReadWrite", 1)}
	for _, verb := range []string{".Read.", ".ReadWrite.", ".Manage."} {
		if strings.Contains(need, verb) {
			forms = append(forms, strings.Replace(need, verb, ".FullControl.", 1), strings.Replace(need, verb, ".Manage.", 1))
		}
	}
	if a.kind == evidence.Delegated && !a.personal && !strings.HasSuffix(need, ".All") {
		forms = append(forms, need+".All", forms[0]+".All")
	}
	for _, h := range a.held {
		if slices.ContainsFunc(forms, func(w string) bool { return w != need && strings.EqualFold(h, w) }) {
			return h
		}
	}
	return ""
}

// pair tells the two permissions that the request needs together, where the
// first needs another beside it, and which of the two the caller lacks.
func (a access) pair(first string) (both, lacks []string) {
	if !a.mapped || first == "" || len(a.needs.Also[first]) == 0 {
		return nil, nil
	}
	also := a.needs.Also[first]
	second := also[0]
	if held := a.heldOf(also); len(held) > 0 {
		second = held[0]
	}
	both = []string{first, second}
	for _, p := range both {
		if len(a.heldOf([]string{p})) == 0 && a.widerOf(p) == "" {
			lacks = append(lacks, p)
		}
	}
	if len(lacks) == 0 {
		lacks = both
	}
	return both, lacks
}

// shared tells whether a .Shared scope is held whose plain form would suffice:
// for another user's mailbox Exchange takes it, though the map does not list it.
func (a access) shared() bool {
	if !strings.HasPrefix(a.match.Template, "/users/{id}/") {
		return false
	}
	return slices.ContainsFunc(a.held, func(h string) bool {
		plain, ok := strings.CutSuffix(h, ".Shared")
		if !ok {
			return false
		}
		_, enough := a.needs.Suffices([]string{plain})
		return enough
	})
}

// missingExtra is the first property whose own permission is not held.
func (a access) missingExtra() (catalog.ExtraNeed, bool) {
	for _, e := range a.extra {
		if !e.Met(mapKind(a.kind), a.held) {
			return e, true
		}
	}
	return catalog.ExtraNeed{}, false
}

// heldOf returns the held permissions among names.
func (a access) heldOf(names []string) []string {
	var out []string
	for _, h := range a.held {
		if slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, h) }) {
			out = append(out, h)
		}
	}
	return out
}

// least is what the request needs at least: as the service says, else as the map has it.
func (a access) least() []string {
	if len(a.saidReq) > 0 {
		return orderLeast(a.saidReq, a.needs)
	}
	if a.mapped {
		return a.byLevel()
	}
	return nil
}

// byLevel lists what suffices by the map: the least privileged first, then the
// others by their privilege level, so that the reader knows what else would do.
func (a access) byLevel() []string {
	out := slices.Clone(a.needs.Any)
	kind := mapKind(a.kind)
	collection, _, _ := strings.Cut(strings.TrimPrefix(a.match.Template, "/"), "/")
	rank := func(name string) int {
		r := 10
		if p, ok := catalog.Permission(name, kind); ok && p.Level > 0 {
			r = p.Level * 2
		}
		if strings.Contains(name, "ReadWrite") || strings.Contains(name, "FullControl") || strings.Contains(name, "Manage") {
			r++
		}
		noun, _, _ := strings.Cut(name, ".")
		switch {
		case slices.Index(a.needs.Least, name) == 0:
			return -100
		case strings.EqualFold(noun, collection) || strings.EqualFold(noun+"s", collection):
			r -= 4 // of the resource itself: what people know and grant
		case strings.Contains(noun, "-") || strings.HasPrefix(noun, "Agent"):
			r += 10
		}
		return r
	}
	slices.SortStableFunc(out, func(x, y string) int { return rank(x) - rank(y) })
	return out
}

// orderLeast puts the service's list in the map's order of privilege.
func orderLeast(said []string, n catalog.Needs) []string {
	out := slices.Clone(said)
	slices.SortStableFunc(out, func(x, y string) int {
		return rankIn(n, x) - rankIn(n, y)
	})
	return out
}

func rankIn(n catalog.Needs, name string) int {
	for i, p := range n.Any {
		if strings.EqualFold(p, name) {
			return i
		}
	}
	if strings.Contains(name, "ReadBasic") {
		return 1000
	}
	if strings.Contains(name, "ReadWrite") || strings.Contains(name, "FullControl") {
		return 1002
	}
	return 1001
}

// leastFor names the least permission for the call, for rules that only advise.
func leastFor(c *evidence.Case, k evidence.Kind) string {
	m := matchOf(c)
	if m.Template == "" {
		return ""
	}
	n := m.Needs(mapKind(k))
	if len(n.Least) > 0 {
		return n.Least[0]
	}
	if len(n.Any) > 0 {
		return n.Any[0]
	}
	return ""
}

// bestGuess chooses the one permission to name in the fix.
func (a access) first() string {
	l := a.least()
	if len(l) == 0 {
		return ""
	}
	return l[0]
}

// grantFix says in words who grants what.
func grantFix(c *evidence.Case, k evidence.Kind, need, resource string) checks.Fix {
	kindWord := "application"
	who := checks.AppAdmin
	if k == evidence.Delegated {
		kindWord = "delegated"
		if p, ok := catalog.Permission(need, catalog.Delegated); ok && !p.AdminConsent {
			who = checks.User
		}
	}
	if k == evidence.KindUnknown {
		kindWord = "delegated or application"
	}
	title := fmt.Sprintf("add the %s permission %s of %s to the app registration, have it consented, then get a new token", kindWord, or(need, "that the request needs"), resource)
	if c.Token.Readable() && c.Token.Has("xms_mirid") {
		title = fmt.Sprintf("assign the app role %s of %s to the managed identity (it has no app registration to edit), then wait for a new token: its tokens are cached for up to a day", or(need, "that the request needs"), resource)
	}
	link := ""
	if k != evidence.AppOnly || !c.Token.Has("xms_mirid") {
		link = consentURL(c)
	}
	return fix(title, who, "", link)
}

// grantCommands are the complete commands that add and grant a permission.
func grantCommands(c *evidence.Case, k evidence.Kind, need string) []checks.Fix {
	if need == "" || !onGraph(c) {
		return nil
	}
	app := appID(c)
	if k == evidence.AppOnly {
		p, ok := catalog.Permission(need, catalog.Application)
		if !ok || p.ID == "" {
			return nil
		}
		if c.Token.Readable() && c.Token.Has("xms_mirid") || c.Flow == evidence.FlowManagedIdentity {
			sp := "<object id of the managed identity>"
			if c.Token.Readable() && c.Token.Str("oid") != "" {
				sp = c.Token.Ref("oid").Value
			}
			return []checks.Fix{fix("assign the app role to the managed identity with Microsoft Graph PowerShell", checks.AppAdmin,
				fmt.Sprintf("$graph = Get-MgServicePrincipal -Filter \"appId eq '%s'\"; New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId %s -PrincipalId %s -ResourceId $graph.Id -AppRoleId %s", graphID, sp, sp, p.ID), "")}
		}
		return []checks.Fix{
			fix("the same with Azure CLI", checks.AppAdmin, fmt.Sprintf("az ad app permission add --id %s --api %s --api-permissions %s=Role && az ad app permission admin-consent --id %s", app, graphID, p.ID, app), ""),
			fix("the same with Microsoft Graph PowerShell", checks.AppAdmin, fmt.Sprintf("$app = Get-MgServicePrincipal -Filter \"appId eq '%s'\"; $graph = Get-MgServicePrincipal -Filter \"appId eq '%s'\"; New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $app.Id -PrincipalId $app.Id -ResourceId $graph.Id -AppRoleId %s", app, graphID, p.ID), ""),
		}
	}
	p, ok := catalog.Permission(need, catalog.Delegated)
	if !ok || p.ID == "" {
		return nil
	}
	if c.Call != nil && c.Call.Client == "Microsoft Graph PowerShell" || app == graphPowerShell {
		return []checks.Fix{fix("connect again with the scope", checks.User, fmt.Sprintf("Disconnect-MgGraph; Connect-MgGraph -Scopes %q", need), "")}
	}
	fixes := []checks.Fix{fix("ask for the scope at sign-in (MSAL): it is granted when the user or an administrator consents", checks.Developer, fmt.Sprintf("scopes: [\"https://%s/%s\"]", graphHost(c), need), "")}
	if cl, ok := catalog.Client(c.AppID()); ok {
		return []checks.Fix{fix(fmt.Sprintf("use an app registration of your own: %s is Microsoft's, its permissions cannot be extended by you", cl.Name), checks.Developer, "", "")}
	}
	return append(fixes, fix("add and grant it with Azure CLI", checks.AppAdmin, fmt.Sprintf("az ad app permission add --id %s --api %s --api-permissions %s=Scope && az ad app permission grant --id %s --api %s --scope %s", app, graphID, p.ID, app, graphID, need), ""))
}

// graphPowerShell is the client id of Microsoft Graph Command Line Tools.
const graphPowerShell = "14d82eec-204b-4c2f-b7e8-296a70dab67e"

// source tells what a claim that rests on the map rests on.
func (a access) source() string {
	name, commit, date := catalog.Source()
	if a.match.Lost {
		return "an earlier version of Microsoft's permission map"
	}
	_ = commit
	return fmt.Sprintf("Microsoft's permission map (%s, %s)", name, date)
}

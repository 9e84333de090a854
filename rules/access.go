package rules

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

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

// lastJudged keeps the judgements of the cases at hand: a dozen rules ask for them.
var lastJudged recent[judged]

type judged struct {
	c *evidence.Case
	a access
}

// judge gathers the access facts of a case.
func judge(c *evidence.Case) access {
	last := lastJudged.of(c)
	if j := last.Load(); j != nil && j.c == c {
		return j.a
	}
	a := gather(c)
	last.Store(&judged{c, a})
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
		if need, ok := codeNeeds(s); ok && s.HasHeld && len(s.Needed) == 0 {
			s.Needed = need // the service tells what it was given, and by its code what it wants
		}
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
		a.needs, a.other = a.match.NeedsAt(mapKind(a.kind), seenAt(c)), a.match.Needs(mapKind(flip(a.kind)))
		if _, ok := personal(c); ok && a.kind == evidence.Delegated && a.match.Needs(catalog.Personal).Supported {
			a.needs, a.personal = a.match.Needs(catalog.Personal), true
		}
		a.extra = catalog.Extra(a.match, selected(c), bodyFields(c))
	}
	return a
}

// seenAt is the failure's own time, zero where the evidence has none.
func seenAt(c *evidence.Case) time.Time {
	if c.When.Ref.Origin == evidence.FromClock {
		return time.Time{}
	}
	return c.When.Time
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
	names := c.Call.Body
	refer := func(field, url string) {
		if kind := referred(url); kind != "" {
			names = append(slices.Clip(names), field+"/"+kind)
		}
	}
	for _, field := range slices.Sorted(maps.Keys(c.Call.Fields)) {
		if strings.HasSuffix(field, "@odata.id") || strings.HasSuffix(field, "@odata.bind") {
			refer(field, c.Call.Fields[field])
		}
	}
	if f, ok := c.Fact("parameter.odataid"); ok {
		refer("@odata.id", f.Value)
	}
	if c.Call.Cmdlet != "" && !strings.HasPrefix(c.Call.Cmdlet, "Get-") {
		for _, f := range c.Facts { // a cmdlet's parameters are named as what they send
			if f.Field == "parameter" && !slices.Contains(names, f.Value) {
				names = append(slices.Clip(names), f.Value)
			}
		}
	}
	return names
}

// referred is the collection of the object that an address in a body names:
// what the caller needs depends on it.
func referred(url string) string {
	_, path, ok := strings.Cut(url, "://")
	if !ok {
		return ""
	}
	for i, s := range strings.Split(path, "/") {
		if i > 0 && s != "v1.0" && s != "beta" {
			kind, _, _ := strings.Cut(s, "(")
			return kind
		}
	}
	return ""
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

// source tells what a claim that rests on the map rests on.
func (a access) source() string {
	name, commit, date := catalog.Source()
	if a.match.Lost {
		return "an earlier version of Microsoft's permission map"
	}
	_ = commit
	return fmt.Sprintf("Microsoft's permission map (%s, %s)", name, date)
}

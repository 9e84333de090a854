package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file tells what one request needs: by kind of caller, by property, by
// directory role, and how sure all of it is.

// describe fills in what the map says of a request.
func (n *needer) describe(r *checks.NeedRequest, m catalog.Match, c *evidence.Call) {
	if r.Template == "" {
		r.Template = m.Template
	}
	r.Match, r.As = string(m.How), m.As
	if m.MethodMissing {
		r.Match = string(catalog.None)
	}
	if r.How == "" {
		r.How = howSure(m)
	}
	r.Errata = m.Mended()
	r.Kinds = make([]checks.NeedKind, len(n.kinds))
	for i, k := range n.kinds {
		r.Kinds[i] = n.kind(m, k)
	}
	r.Extra = extras(m, c)
	for i := range r.Extra {
		r.Extra[i].Met = met(r.Extra[i], r.Kinds)
	}
	r.More = furtherNeeds(r, m, c)
	for _, q := range catalog.RoleRequirements(m.Method, m.Template) {
		if q.Fits(c.Body, c.Select) {
			r.Roles = append(r.Roles, checks.NeedRole{Operation: q.Operation, Roles: q.DelegatedRoles, AppOnly: q.AppOnlyNeeds, Target: q.Target, Note: q.Note, Source: q.Source})
		}
	}
	for _, k := range n.kinds {
		if e, ok := m.Ended(k); ok {
			r.Notes = append(r.Notes, fmt.Sprintf("%s (since %s): what the map has for it is left out", e.Why, e.Since.Format("2006-01-02")))
		}
	}
	if where, source, ok := catalog.BetaOnly(or(m.Template, strings.TrimPrefix(c.Path, "/v1.0"))); ok && m.Version == "v1.0" && (c.Status < 200 || c.Status >= 300) {
		said := fmt.Sprintf("%s is documented for beta alone (%s): the call goes to /beta, not /v1.0", where, source)
		r.Notes = append(r.Notes, said)
		if c.Asked {
			n.problem(c.Place, "%s %s: %s", r.Method, short(c.URL), said)
		}
	}
}

// howSure says in words what a match other than exact means.
func howSure(m catalog.Match) string {
	switch {
	case m.MethodMissing:
		return fmt.Sprintf("the map has %s for %s, not %s: unknown, not free", strings.Join(m.Methods, ", "), m.Template, m.Method)
	case m.How == catalog.None:
		return m.Why
	case m.As != "":
		return fmt.Sprintf("found as %s %s: %s", m.As, m.Template, m.Via)
	case m.Via != "":
		return fmt.Sprintf("found as %s: %s", m.Template, m.Via)
	case m.How == catalog.Tail:
		return fmt.Sprintf("found without the end of its path: it needs what %s needs", m.Template)
	case m.How == catalog.Cast:
		return fmt.Sprintf("found without its type cast, as %s", m.Template)
	case m.How == catalog.Me && strings.HasPrefix(m.Template, "/me"):
		return fmt.Sprintf("the map has %s alone: what /users/{id} needs may differ", m.Template)
	case m.How == catalog.Me:
		return fmt.Sprintf("the map has %s alone: what /me needs may be less", m.Template)
	case m.How == catalog.Lost:
		return "an earlier edition of the map had it, today's has not: the permissions may have changed"
	case m.How == catalog.Parent:
		return fmt.Sprintf("a guess: the map has only %s, which stands above it", m.Template)
	}
	return ""
}

// kind tells what one kind of caller needs. Requests that need the same share
// the answer.
func (nr *needer) kind(m catalog.Match, k catalog.Kind) checks.NeedKind {
	switch {
	case k == catalog.Application && needsUser(m):
		// the map gives some /me requests application permissions, from pages
		// that list both addresses; no app-only token has a /me
		return checks.NeedKind{Kind: k.String(), Known: m.Needs(k).Known, Instead: instead(m)}
	case k == catalog.Application && m.How == catalog.Me:
		return checks.NeedKind{Kind: k.String()} // found as /me: nothing is known of an app
	case m.Set(k) == 0:
		return checks.NeedKind{Kind: k.String(), Known: m.Needs(k).Known, Earlier: m.Earlier(k).Any}
	}
	id := setKind(m.Set(k), k)
	out, ok := nr.shared[id]
	if !ok {
		out = nr.supported(m, k)
		nr.shared[id] = out
	}
	return out
}

// supported tells what a kind needs that can make the request.
func (nr *needer) supported(m catalog.Match, k catalog.Kind) checks.NeedKind {
	n := m.Needs(k)
	out := checks.NeedKind{Kind: k.String(), Known: n.Known, Supported: n.Supported, Least: n.Narrowest, Marked: n.Least, AnyOf: n.Any, Also: n.Also}
	if len(out.Least) == 0 {
		out.Least = unmarked(m, k)
	}
	first := out.Least[0]
	if info, ok := nr.permission(first, k); ok {
		out.Consent, out.Resource = info.AdminConsent, info.RSC
	}
	if out.Resource {
		if s := catalog.LeastSet([]catalog.Match{m}, k).Names(); len(s) > 0 && s[0] != first {
			out.Tenant = s[0]
		}
	}
	return out
}

// unmarked chooses where the map marks none least privileged.
func unmarked(m catalog.Match, k catalog.Kind) []string {
	n := m.Needs(k)
	for _, p := range catalog.LeastSet([]catalog.Match{m}, k).Names() {
		if slices.Contains(n.Any, p) {
			return []string{p}
		}
	}
	return n.Any[:1]
}

// needsUser tells a request to /me.
func needsUser(m catalog.Match) bool {
	if m.How == catalog.Me {
		return !isMe(m.Template) // the map has it for /users/{id} alone
	}
	return isMe(m.Template)
}

func isMe(template string) bool { return template == "/me" || strings.HasPrefix(template, "/me/") }

// instead is the request to /users/{id} that does for an app what /me does for
// a user.
func instead(m catalog.Match) *checks.NeedInstead {
	template := m.Template
	if isMe(template) {
		template = "/users/{id}" + strings.TrimPrefix(template, "/me")
	}
	u := catalog.Find(m.Method, template)
	n := u.Needs(catalog.Application)
	if !n.Supported {
		return nil
	}
	least := n.Narrowest
	if len(least) == 0 {
		least = unmarked(u, catalog.Application)
	}
	return &checks.NeedInstead{Method: m.Method, Template: u.Template, Least: least}
}

// extras tells what the properties asked for need on top.
func extras(m catalog.Match, c *evidence.Call) []checks.NeedExtra {
	var out []checks.NeedExtra
	for _, e := range catalog.Extra(m, c.Select, c.Body) {
		out = joinExtra(out, e)
	}
	return append(out, expanded(m, c)...)
}

// met tells whether the permission to take of every kind is the one that a
// property takes as well.
func met(e checks.NeedExtra, kinds []checks.NeedKind) bool {
	return !slices.ContainsFunc(kinds, func(k checks.NeedKind) bool {
		return k.Supported && slices.Contains(e.Kinds, k.Kind) && k.Least[0] != e.Permissions[0]
	})
}

// joinExtra adds a property to the others that need the same.
func joinExtra(all []checks.NeedExtra, e catalog.ExtraNeed) []checks.NeedExtra {
	x := checks.NeedExtra{Where: e.Where, Properties: []string{e.Property}, Permissions: e.Permissions, Note: e.Note, Source: e.Source}
	for _, k := range e.Kinds {
		x.Kinds = append(x.Kinds, k.String())
	}
	for i, o := range all {
		if o.Where == x.Where && slices.Equal(o.Permissions, x.Permissions) && slices.Equal(o.Kinds, x.Kinds) && o.Note == x.Note {
			if !slices.Contains(o.Properties, e.Property) {
				all[i].Properties = append(slices.Clone(o.Properties), e.Property)
			}
			return all
		}
	}
	return append(all, x)
}

// expanded tells what $expand needs: the right to read what is expanded, by the
// map's own row for it.
func expanded(m catalog.Match, c *evidence.Call) []checks.NeedExtra {
	var out []checks.NeedExtra
	for _, name := range expandNames(c.Query) {
		for _, path := range []string{m.Template + "/" + name, m.Template + "/{id}/" + name} {
			e := catalog.Find("GET", path)
			if e.How != catalog.Exact || e.MethodMissing {
				continue
			}
			byKind := map[string]bool{}
			for k := catalog.Application; k <= catalog.Personal; k++ {
				own, more := m.Needs(k), e.Needs(k)
				if !own.Supported || !more.Supported {
					continue
				}
				if _, ok := more.Suffices(first(own)); ok {
					continue
				}
				least := more.Any
				if len(more.Narrowest) > 0 {
					least = slices.Concat(more.Narrowest, more.Any[len(more.Narrowest):])
				}
				x := checks.NeedExtra{Where: "expand", Properties: []string{name}, Permissions: least, Kinds: []string{k.String()}, Source: "the map: GET " + e.Template}
				byKind[k.String()] = true
				out = append(out, x)
			}
			break
		}
	}
	return out
}

// first is the permission to take first.
func first(n catalog.Needs) []string {
	if len(n.Any) == 0 {
		return nil
	}
	return n.Any[:1]
}

// expandNames returns the navigation properties in $expand.
func expandNames(query string) []string {
	var out []string
	for part := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(part, "=")
		name = strings.ToLower(strings.TrimPrefix(strings.Replace(name, "%24", "$", 1), "$"))
		if name != "expand" {
			continue
		}
		depth, start := 0, 0
		for i := 0; i <= len(value); i++ {
			switch {
			case i == len(value) || value[i] == ',' && depth == 0:
				p, _, _ := strings.Cut(value[start:i], "(")
				if p = strings.TrimSpace(p); p != "" && !strings.ContainsAny(p, "/%*$") {
					out = append(out, p)
				}
				start = i + 1
			case value[i] == '(':
				depth++
			case value[i] == ')':
				depth--
			}
		}
	}
	return out
}

// furtherNeeds lists the properties that the request does not ask for and that
// would need more than the permission it is told to take. Of a body nothing is
// said where the body was seen.
func furtherNeeds(r *checks.NeedRequest, m catalog.Match, c *evidence.Call) []checks.NeedExtra {
	var out []checks.NeedExtra
	for _, e := range catalog.Extras(m) {
		if e.Where == "body" && len(c.Body) > 0 || e.Where != "body" && len(c.Select) > 0 || e.Asked(c.Select, c.Body) {
			continue
		}
		var kinds []catalog.Kind
		for _, k := range e.Kinds {
			i := slices.IndexFunc(r.Kinds, func(n checks.NeedKind) bool { return n.Kind == k.String() })
			if i >= 0 && r.Kinds[i].Supported && !e.Met(k, r.Kinds[i].Least[:1]) {
				kinds = append(kinds, k)
			}
		}
		if e.Kinds = kinds; len(kinds) > 0 {
			out = joinExtra(out, e)
		}
	}
	return joinWhere(out)
}

// joinWhere makes one of those that differ only in how they are asked for.
func joinWhere(all []checks.NeedExtra) []checks.NeedExtra {
	var out []checks.NeedExtra
	for _, e := range all {
		i := slices.IndexFunc(out, func(o checks.NeedExtra) bool {
			return slices.Equal(o.Permissions, e.Permissions) && slices.Equal(o.Kinds, e.Kinds)
		})
		if i < 0 {
			out = append(out, e)
			continue
		}
		o := &out[i]
		o.Properties = slices.Concat(o.Properties, e.Properties)
		if !slices.Contains(strings.Split(o.Where, ","), e.Where) {
			o.Where += "," + e.Where
		}
	}
	return out
}

// watched finds what a subscription needs where the resource that it is for was
// seen: what reading that resource needs.
func watched(m catalog.Match, c *evidence.Call) (catalog.Match, bool) {
	resource := c.Fields["resource"]
	if m.How != catalog.None || resource == "" || !strings.HasSuffix(strings.ToLower(strings.TrimRight(c.Path, "/")), "/subscriptions") {
		return m, false
	}
	w := catalog.Find("GET", resource)
	return w, w.Template != "" && !w.MethodMissing
}

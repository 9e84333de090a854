package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file looks up in the app's registration, where one was given beside a
// failure, what the call lacked: declared and not consented to, declared as the
// other kind, or not declared at all. It is a second origin, so that what token
// or service merely show becomes proven.

// A registration is what an app's registration says of the permissions that
// would do.
type registration struct {
	right, other []held // in the caller's kind, and in the other one
	all          []held // everything that it declares of Microsoft Graph
	ref          evidence.Ref
}

// registered looks the permissions that would do up in the registration; ok is
// false where there is none, or it is another app's.
func (a access) registered(c *evidence.Case) (r registration, ok bool) {
	if c.App == nil || c.App.Partial || otherApp(c) {
		return r, false
	}
	right, other := a.wanted()
	r.all = heldBy(c.App)
	var names []string
	for _, h := range r.all {
		names = append(names, h.name+" ("+h.kind.String()+")")
		switch {
		case a.kind != evidence.KindUnknown && h.kind != mapKind(a.kind):
			if listed(other, h.name) {
				r.other = append(r.other, h)
			}
		case listed(right, h.name) || a.kind == evidence.KindUnknown && listed(other, h.name):
			r.right = append(r.right, h)
		}
	}
	r.ref = evidence.Ref{Place: c.App.Place, Origin: evidence.FromRegistration, Field: "requiredResourceAccess", Value: or(strings.Join(few(names, 8), ", "), "no permission of Microsoft Graph")}
	return r, len(right)+len(other) > 0
}

// wanted are the permissions that would do: by the service's words, else by the
// map. In the other kind the map's own list counts too.
func (a access) wanted() (right, other []string) {
	if len(a.saidReq) > 0 {
		return a.saidReq, slices.Concat(a.saidReq, a.other.Any)
	}
	if !a.mapped {
		return nil, nil
	}
	return a.needs.Any, slices.Concat(a.needs.Any, a.other.Any)
}

// otherApp: the registration is of another app than the one that called.
func otherApp(c *evidence.Case) bool {
	caller := c.AppID()
	return c.App.ID != "" && caller != "" && !strings.EqualFold(c.App.ID, caller)
}

// missingOrUndeclared is permission-missing, where need be by the registration
// alone.
func missingOrUndeclared(c *evidence.Case) []checks.Finding {
	found := permissionMissing(c)
	if c.App == nil || !c.Failed || len(found) > 0 && !fitsOnly(found) {
		return found
	}
	a := judge(c)
	if r, ok := a.registered(c); ok {
		if by := a.undeclared(c, r); len(by) > 0 {
			return by
		}
	}
	return found
}

// withRegistration adds what the registration says to what a check found about a
// permission that is lacking.
func withRegistration(check func(*evidence.Case) []checks.Finding) func(*evidence.Case) []checks.Finding {
	return func(c *evidence.Case) []checks.Finding {
		found := check(c)
		if c.App == nil || !c.Failed {
			return found
		}
		a := judge(c)
		r, ok := a.registered(c)
		switch {
		case !ok && len(found) > 0 && !c.App.Partial && otherApp(c):
			found[0].Why = append(found[0].Why, fmt.Sprintf("the registration that was given is of %s, another app than the caller %s, and says nothing here", c.App.ID, c.AppID()))
		case !ok:
		case len(found) > 0 && !fitsOnly(found):
			a.settle(c, r, &found[0])
		}
		return found
	}
}

// settle joins what the registration says to a finding that a permission is
// lacking.
func (a access) settle(c *evidence.Case, r registration, f *checks.Finding) {
	if slices.ContainsFunc(f.Seen, func(w checks.Witness) bool { return w.Field == r.ref.Field }) {
		return // it rests on the registration already
	}
	switch {
	case len(r.right) > 0:
		h := r.right[0]
		f.Message += fmt.Sprintf("; the registration declares %s as %s permission, so it was not consented to since, or the token is older than the consent", h.name, h.kind)
		f.Seen = append(f.Seen, checks.Shows(declaredAs(h)))
		f.Fixes = consentDeclared(c, h)
	case len(r.other) > 0:
		return // permission-type-mismatch says so
	default:
		f.Message += "; the registration declares none of them"
		f.Seen = append(f.Seen, checks.Shows(r.ref))
	}
	if f.Cap == checks.Shown && strings.HasPrefix(f.CapReason, "it rests on ") {
		f.Cap, f.CapReason = 0, ""
	}
}

// declaredAs is a declared permission as evidence, by its name.
func declaredAs(h held) evidence.Ref {
	ref := h.Ref
	ref.Value = fmt.Sprintf("%s (%s)", h.name, h.kind)
	return ref
}

// consentDeclared are the fixes where the registration is right already.
func consentDeclared(c *evidence.Case, h held) []checks.Fix {
	fixes := []checks.Fix{
		fix(fmt.Sprintf("have the declared %s permission %s consented to for the tenant", h.kind, h.name), checks.AppAdmin, "az ad app permission admin-consent --id "+appID(c), consentURL(c)),
		fix("then get a new token: one from before the consent, or from a cache, does not have it", checks.Developer, "", "https://learn.microsoft.com/entra/identity-platform/access-tokens"),
	}
	if h.kind == catalog.Delegated && !h.info.AdminConsent {
		user := fix("let the user sign in once more and consent to "+h.name, checks.User, authorize(c), "")
		fixes = append([]checks.Fix{user}, fixes...)
	}
	return fixes
}

// undeclared is the finding where neither token nor list of permissions was seen,
// and the registration has none that would do, in either kind.
func (a access) undeclared(c *evidence.Case, r registration) []checks.Finding {
	ref, refused := refusal(c)
	if !refused || a.known || !a.mapped || a.kind == evidence.KindUnknown && len(a.saidReq) == 0 && !a.needs.Supported && !a.other.Supported || len(r.right)+len(r.other) > 0 || !a.refusedBySelf(c) {
		return nil
	}
	f := checks.Finding{Subject: subject(c), Seen: []checks.Witness{checks.Shows(r.ref), checks.Fits(ref)}}
	f.Message, f.Fixes = a.missingWords(c, evidence.Statement{})
	f.Message += "; the registration declares none of them"
	f.Cap, f.CapReason = checks.Shown, "the token was not seen, and an app can ask for more than it declares"
	return []checks.Finding{f}
}

// asksDeclared adds to a refused consent what the registration says of the
// permissions that were asked for.
func asksDeclared(check func(*evidence.Case) []checks.Finding) func(*evidence.Case) []checks.Finding {
	return func(c *evidence.Case) []checks.Finding {
		found := check(c)
		if len(found) == 0 || c.App == nil || c.App.Partial || otherApp(c) {
			return found
		}
		asked := askedScopes(c)
		if len(asked) == 0 {
			return found
		}
		var absent []string
		f := &found[0]
		all := heldBy(c.App)
		for _, name := range asked {
			i := slices.IndexFunc(all, func(h held) bool { return h.kind == catalog.Delegated && strings.EqualFold(h.name, name) })
			if i < 0 {
				absent = append(absent, name)
				continue
			}
			f.Seen = append(f.Seen, checks.Shows(declaredAs(all[i])))
		}
		if len(absent) > 0 {
			f.Why = append(f.Why, "the registration does not declare "+list(few(absent, 5), "and")+": an administrator's consent by the registration does not cover what it does not declare")
		} else {
			f.Message += "; the registration declares " + list(few(asked, 5), "and") + ", so only the consent is missing"
		}
		return found
	}
}

// askedScopes are the permissions of Microsoft Graph that a sign-in asked for.
func askedScopes(c *evidence.Case) []string {
	f, ok := c.Fact("scope")
	if !ok {
		return nil
	}
	var out []string
	for _, s := range strings.Fields(f.Value) {
		if i := strings.LastIndexByte(s, '/'); i >= 0 {
			if api, ok := catalog.ResourceByAudience(s[:i]); !ok || api.AppID != graphID {
				continue
			}
			s = s[i+1:]
		}
		if s != ".default" && !slices.Contains(signIn, strings.ToLower(s)) {
			out = append(out, s)
		}
	}
	return out
}

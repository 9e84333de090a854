package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file judges subscriptions to change notifications: what they need is
// decided by the resource that they watch.

// watching is the resource of the subscription that was refused: of the
// request's body, or of an object that a program printed of it before the
// service's answer to a creation.
func watching(c *evidence.Case) (evidence.Ref, bool) {
	if r := callField(c, "resource"); r != "" && strings.HasSuffix(c.Call.PathLower(), "/subscriptions") {
		ref, _ := c.RequestRef()
		ref.Field, ref.Value = "resource", r
		return ref, true
	}
	if c.Call != nil && c.Call.Path != "" || !hasWords(c, "Operation: Create") {
		return evidence.Ref{}, false
	}
	for _, f := range c.Facts {
		if f.Field == "resource" && f.Origin == evidence.FromRequest && !strings.Contains(f.Value, ":") {
			return f, true
		}
	}
	return evidence.Ref{}, false
}

func callField(c *evidence.Case, name string) string {
	if c.Call == nil {
		return ""
	}
	return c.Call.Fields[name]
}

// subscriptionMissing: the caller holds nothing that reads what the subscription
// watches. Who holds more than the documentation asks for is not accused, nor
// who may read the resource itself by the map.
func (a access) subscriptionMissing(c *evidence.Case) (checks.Finding, bool) {
	ref, refused := refusal(c)
	res, ok := watching(c)
	if !ok || !refused || !a.known || a.kind == evidence.KindUnknown || a.kind == evidence.AppOnly && exchangePath(c) || !a.refusedBySelf(c) {
		return checks.Finding{}, false
	}
	need, source, ok := catalog.Subscription(res.Value, mapKind(a.kind))
	if !ok || len(a.heldOf(need)) > 0 || slices.ContainsFunc(need, func(n string) bool { return widerHeld(n, a.held, a.kind == evidence.Delegated) != "" }) {
		return checks.Finding{}, false
	}
	path, _, _ := strings.Cut("/"+strings.Trim(res.Value, "/"), "?")
	if _, reads := catalog.Find("GET", path).Needs(mapKind(a.kind)).Suffices(a.held); reads {
		return checks.Finding{}, false
	}
	held := a.heldRef
	held.Value = or(strings.Join(a.held, " "), "(empty)")
	f := checks.Finding{Subject: subject(c), Seen: []checks.Witness{checks.Shows(held), checks.Fits(res), checks.Fits(ref)}}
	f.Message = fmt.Sprintf("a subscription to %q needs %s%s: who watches a resource must be able to read it; held: %s", res.Value, kindWord(a.kind), list(need, "or"), or(strings.Join(few(a.held, 5), ", "), "nothing"))
	f.Fixes = grantFixes(c, a.kind, "Microsoft Graph", need[0])
	f.Cap, f.CapReason = checks.Shown, "it rests on the documentation of subscriptions ("+source+")"
	return f, true
}

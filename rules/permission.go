package rules

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// Causes that lie in which permissions the caller holds, and of which kind.
var permissionRules = []checks.Rule{
	{
		ID: "permission-missing", Layer: checks.Call, Severity: checks.Error,
		Title:    "The token holds no permission that the request needs",
		Check:    withRegistration(missingOrUndeclared),
		RuledOut: permissionHeld,
	},
	{
		ID: "permission-type-mismatch", Layer: checks.Call, Severity: checks.Error,
		Title:    "The permission was granted in the wrong kind: delegated against application",
		Explains: []string{"permission-missing", "user-privilege-insufficient", "no-permissions-in-token"},
		Check:    typeMismatch,
	},
	{
		ID: "app-only-unsupported", Layer: checks.Call, Severity: checks.Error,
		Title:    "The API cannot be called by an application alone: it needs a signed-in user",
		Explains: []string{"permission-missing", "conflict", "request-invalid", "resource-specific-consent", "permission-type-mismatch"},
		Check:    appOnlyUnsupported,
	},
	{
		ID: "delegated-unsupported", Layer: checks.Call, Severity: checks.Error,
		Title:    "The API cannot be called for a signed-in user: it needs an app-only token",
		Explains: []string{"permission-missing", "request-invalid", "permission-type-mismatch", "user-privilege-insufficient"},
		Check:    delegatedUnsupported,
	},
	{
		ID: "me-with-app-only", Layer: checks.Call, Severity: checks.Error,
		Title:    "A /me request was made with an app-only token, which has no signed-in user",
		Explains: []string{"permission-missing", "permission-type-mismatch", "request-invalid", "mailbox-access-denied", "not-found"},
		Check:    meAppOnly,
	},
	{
		ID: "beta-only", Layer: checks.Call, Severity: checks.Error,
		Title:    "The API or the permission exists in beta only",
		Explains: []string{"not-found", "request-invalid"},
		Check:    betaOnly,
	},
	{
		ID: "resource-specific-consent", Layer: checks.Call, Severity: checks.Error,
		Title:    "A grant on the resource itself is missing: site, team, chat or protected API",
		Explains: []string{"permission-missing", "not-found", "app-role-insufficient"},
		Check:    resourceGrant,
	},
	{
		ID: "personal-account-unsupported", Layer: checks.Call, Severity: checks.Error,
		Title:    "The API does not serve personal Microsoft accounts",
		Explains: []string{"permission-missing", "mailbox-unavailable", "not-found", "request-invalid"},
		Check:    personalUnsupported,
	},
}

func permissionMissing(c *evidence.Case) []checks.Finding {
	a := judge(c)
	found := voiced(c, "permission-missing", func(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) { return a.missingWords(c, s) })
	if !c.Failed {
		return nil
	}
	if f, ok := mailScopeMissing(c); ok {
		return []checks.Finding{f}
	}
	if scope, ok := a.wantsShared(c); ok && len(a.saidReq) == 0 {
		return a.sharedMissing(c, scope)
	}
	if len(a.saidReq) == 0 && a.mapped && a.kind == evidence.Delegated && (a.writes() || a.shared()) {
		if fitsOnly(found) || len(found) == 0 {
			return nil // what is held covers it, whatever the map's list leaves out
		}
		return found
	}
	if onDefender(c) {
		return nil // the Defender APIs' own refusals are security-role-missing
	}
	if a.kind == evidence.Delegated && a.mapped && a.match.How == catalog.Exact && !a.needs.Supported && a.other.Supported && len(a.saidReq) == 0 && !a.personal {
		return nil // no delegated permission exists for it: delegated-unsupported says so
	}
	if by, ok := a.suffices(); ok && len(a.saidReq) == 0 {
		if fitsOnly(found) || len(found) == 0 {
			return nil
		}
		if need := a.specialNeed(c, evidence.Statement{}); len(need) == 0 || len(a.heldOf(need)) > 0 {
			found[0].Why = append(found[0].Why, "by "+a.source()+" "+by+" suffices for "+a.match.Template+"; the service says otherwise, and its words stand")
		}
		return found
	}
	if len(a.saidReq) > 0 {
		return a.namedMissing(c, found)
	}
	if f, ok := a.subscriptionMissing(c); ok {
		return []checks.Finding{f}
	}
	if _, ok := a.siteRights(c); ok {
		return nil // no permission reaches further: the user's rights on the site do
	}
	ref, refused := refusal(c)
	if !refused || len(found) > 0 && found[0].Cap == checks.Possible {
		return found
	}
	if e, ok := a.missingExtra(); ok && !(a.kind == evidence.AppOnly && sensitive(c, a)) && (a.known || len(e.Permissions) > 0) && a.refusedBySelf(c) {
		return a.extraMissing(c, e, ref, found)
	}
	if !a.known && !a.told || !a.mapped || !a.needs.Supported || a.kind == evidence.KindUnknown || strings.HasSuffix(c.Call.PathLower(), "/subscriptions") {
		if _, other := otherMailbox(c); strings.HasSuffix(c.Call.PathLower(), "/subscriptions") && fitsOnly(found) && exchangeSaid(c) && (other || a.kind == evidence.AppOnly) {
			return nil // what a subscription needs is decided by its resource
		}
		return found
	}
	if a.kind == evidence.AppOnly && me(c) || c.Token.Readable() && !c.Token.Has("scp") && !c.Token.Has("roles") {
		return found
	}
	if len(a.held) == 0 && !c.Token.Readable() || a.writes() {
		return found
	}
	if _, ok := a.needs.Suffices(a.held); ok && a.told {
		return found // what was declared suffices; whether it was granted is not known
	}
	if len(found) == 0 {
		found = []checks.Finding{{Subject: subject(c), Seen: []checks.Witness{checks.Fits(ref)}}}
	}
	f := &found[0]
	f.Message, f.Fixes = a.missingWords(c, evidence.Statement{})
	held := a.heldRef
	held.Value = or(strings.Join(a.held, " "), "(empty)")
	f.Seen = append([]checks.Witness{checks.Shows(held)}, f.Seen...)
	a.capMap(c, f)
	if a.told {
		f.Why = append(f.Why, "what is held was read from the pasted list of permissions, which may leave some out")
	}
	if a.kind == evidence.AppOnly && exchangePath(c) {
		f.Why = append(f.Why, "Exchange's RBAC for Applications can grant mail permissions that no token shows, so an absent role is strong evidence, not proof")
	}
	return found
}

// capMap: what rests on the map alone is at most shown; the service's own
// words lift it.
func (a access) capMap(c *evidence.Case, f *checks.Finding) {
	for _, w := range f.Seen {
		if w.How == checks.HowSays && w.Origin == evidence.FromService {
			return
		}
	}
	f.Cap, f.CapReason = checks.Shown, "it rests on "+a.source()
	if a.match.How != catalog.Exact {
		f.CapReason += fmt.Sprintf(", where the request was found by %s match as %s", a.match.How, a.match.Template)
	}
	_ = c
}

// refusedBySelf: the refusal is not explained by a cause that the service names.
func (a access) refusedBySelf(c *evidence.Case) bool {
	for id, vs := range hear(c).voices {
		if id != "permission-missing" && len(vs) > 0 && vs[0].how == checks.HowSays && vs[0].st.Carrier != evidence.InProse {
			return false
		}
	}
	return true
}

// namedMissing: the service names what is needed; the caller's own list decides.
func (a access) namedMissing(c *evidence.Case, found []checks.Finding) []checks.Finding {
	have := a.heldOf(a.saidReq)
	if a.known && len(have) > 0 && c.Token.Readable() {
		return nil // it holds one of them: the role or the resource refuses
	}
	if migrates(a.saidReq) {
		return nil // a permission for migration only: app-only-unsupported says so
	}
	if len(found) == 0 {
		found = []checks.Finding{{Subject: subject(c), Seen: []checks.Witness{checks.Says(a.said.Ref)}}}
	}
	f := &found[0]
	f.Message, f.Fixes = a.missingWords(c, a.said)
	f.Cap = 0
	if !slices.ContainsFunc(f.Seen, func(w checks.Witness) bool { return w.How == checks.HowSays }) {
		f.Seen = append([]checks.Witness{checks.Says(a.said.Ref)}, f.Seen...)
	}
	if c.Token.Readable() && a.known {
		held := a.heldRef
		held.Value = or(strings.Join(a.held, " "), "(empty)")
		f.Seen = append(f.Seen, checks.Shows(held))
	}
	if a.mapped && a.needs.Supported && len(a.needs.Any) > 0 && !overlap(a.saidReq, a.needs.Any) {
		f.Why = append(f.Why, "the service names "+list(few(a.saidReq, 3), "or")+"; "+a.source()+" has "+list(few(a.needs.Any, 3), "or")+" for "+a.match.Template+": the service's own words stand")
	}
	return found
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(x string) bool {
		return slices.ContainsFunc(b, func(y string) bool { return strings.EqualFold(x, y) })
	})
}

// migrates: the list holds nothing but permissions for moving data in.
func migrates(names []string) bool {
	return len(names) > 0 && !slices.ContainsFunc(names, func(n string) bool { return !strings.Contains(n, ".Migrate.") })
}

func permissionHeld(c *evidence.Case) (evidence.Ref, string) {
	a := judge(c)
	if len(a.saidReq) > 0 {
		return evidence.Ref{}, ""
	}
	if by, ok := a.suffices(); ok {
		r := a.heldRef
		r.Value = by
		return r, fmt.Sprintf("it holds %s, which suffices for %s", by, a.match.Template)
	}
	return evidence.Ref{}, ""
}

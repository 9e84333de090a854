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
		Check:    permissionMissing,
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
		Explains: []string{"permission-missing", "mailbox-unavailable", "not-found"},
		Check:    personalUnsupported,
	},
}

// refusal is the service's statement that it refused the caller, as distinct
// from having failed, found nothing or been busy.
func refusal(c *evidence.Case) (evidence.Ref, bool) {
	if c.Call != nil {
		switch {
		case c.Call.Login():
			return evidence.Ref{}, false
		case c.Call.Status == 404 || c.Call.Status == 429 || c.Call.Status >= 500 || c.Call.Status == 409:
			return evidence.Ref{}, false
		}
	}
	for _, s := range c.Said {
		if s.Carrier == evidence.InProse {
			if s.Ref.Origin == evidence.FromService && c.Call != nil && c.Call.Client != "" && bareRefusal(s.Message) {
				return s.Ref, true
			}
			continue
		}
		if slices.Contains(refusalCodes, s.Code) || len(s.Needed) > 0 {
			return s.Ref, true
		}
		folded := evidence.Fold(s.Message)
		for _, w := range refusalWords {
			if strings.Contains(folded, w) {
				return s.Ref, true
			}
		}
	}
	if c.Call != nil && c.Call.Status == 403 {
		return c.StatusRef()
	}
	return evidence.Ref{}, false
}

// bareRefusal: a sentence that is the refusal and no more, as a command prints
// it without its code.
func bareRefusal(text string) bool {
	folded := evidence.Fold(text)
	return len(text) < 120 && slices.ContainsFunc(refusalWords, func(w string) bool { return strings.HasPrefix(folded, w) })
}

// refusalCodes say "no" without saying why.
var refusalCodes = []string{"Authorization_RequestDenied", "ErrorAccessDenied", "accessDenied", "AccessDenied", "Forbidden", "UnknownError",
	"Authentication_MSGraphPermissionMissing", "Authentication_AccessDenied", "Authentication_FailedToAuthorize", "Authentication_RequestFromUnsupportedUserRole", "InsufficientPrivileges", "Unauthorized", "ClientScopeMissing", "PermissionScopeNotGranted", "notAllowed", "40004", "CallerNotResourceOwner", "generalException"}

var refusalWords = []string{"insufficientprivileges", "accessisdenied", "accessdenied", "notauthorized", "unauthorized", "forbidden", "donothavepermission", "requiredpermissions", "doesnothavepermission", "donothavetherequiredpermission", "doesnotcontainavalidauthenticationtoken"}

func permissionMissing(c *evidence.Case) []checks.Finding {
	a := judge(c)
	found := voiced(c, "permission-missing", func(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) { return a.missingWords(c, s) })
	if !c.Failed {
		return nil
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
	ref, refused := refusal(c)
	if !refused || len(found) > 0 && found[0].Cap == checks.Possible {
		return found
	}
	if e, ok := a.missingExtra(); ok && (a.known || len(e.Permissions) > 0) && a.refusedBySelf(c) {
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

// extraMissing: a property or a body's field needs a permission of its own.
func (a access) extraMissing(c *evidence.Case, e catalog.ExtraNeed, ref evidence.Ref, found []checks.Finding) []checks.Finding {
	f := checks.Finding{Subject: subject(c)}
	if len(found) > 0 {
		f = found[0]
	}
	req, _ := c.RequestRef()
	req.Field, req.Value = e.Where, e.Property
	need := e.Permissions[0]
	f.Message = fmt.Sprintf("%s uses %s, which needs %s on top of what the request itself needs", callName(c), e.Property, list(few(e.Permissions, 3), "or"))
	f.Fixes = append([]checks.Fix{grantFix(c, a.kind, need, "Microsoft Graph")}, grantCommands(c, a.kind, need)...)
	seen := []checks.Witness{checks.Shows(req), checks.Fits(ref)}
	if a.known {
		held := a.heldRef
		held.Value = or(strings.Join(a.held, " "), "(empty)")
		seen = append(seen, checks.Shows(held))
	}
	f.Seen = append(seen, f.Seen...)
	if e.Note != "" {
		f.Why = append(f.Why, e.Note)
	}
	f.Cap, f.CapReason = checks.Shown, "it rests on the documentation of that property"
	return []checks.Finding{f}
}

// missingWords words the finding: what is needed, what is held, what would not do.
func (a access) missingWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	need := a.least()
	special := a.specialNeed(c, s)
	if len(special) > 0 {
		need = special
	}
	first := ""
	if len(need) > 0 {
		first = need[0]
	}
	what := "a permission that it does not hold"
	if len(need) > 0 {
		what = list(few(need, 3), "or")
	}
	both, lacks := a.pair(first)
	if len(both) > 0 {
		what, need, first = list(both, "and")+" together", both, lacks[0]
	}
	msg := fmt.Sprintf("%s needs %s%s", callName(c), kindWord(a.kind), what)
	if a.known {
		switch held := a.related(need); {
		case len(lacks) == 1 && len(a.held) > 0:
			msg += "; the caller lacks " + lacks[0]
		case len(a.held) == 0:
			msg += "; the caller holds nothing"
		case len(held) > 0:
			msg += fmt.Sprintf("; %s is held and does not count for it", list(few(held, 3), "and"))
		default:
			msg += fmt.Sprintf("; held: %s", strings.Join(few(a.held, 5), ", "))
		}
	}
	if len(need) == 0 && s.Message != "" {
		msg = fmt.Sprintf("%s was refused for want of a permission: %q", callName(c), clip(s.Message))
	}
	fixes := []checks.Fix{grantFix(c, a.kind, first, apiName(c))}
	fixes = append(fixes, grantCommands(c, a.kind, first)...)
	for _, more := range lacks[min(1, len(lacks)):] {
		fixes[0].Title += "; with it also " + more
		fixes = append(fixes, grantCommands(c, a.kind, more)...)
	}
	return msg, fixes
}

// specialNeed: a code that stands for one known permission.
func (a access) specialNeed(c *evidence.Case, s evidence.Statement) []string {
	if len(s.Needed) > 0 {
		return nil
	}
	for _, said := range c.Said {
		if p, ok := codeNeeds(said); ok {
			return p
		}
	}
	return nil
}

//go:embed codeneeds.tsv
var codeNeedsTable string

// codeNeeds looks up a code or sentence that stands for one known permission.
func codeNeeds(s evidence.Statement) ([]string, bool) {
	if s.Carrier == evidence.InProse {
		return nil, false
	}
	folded := evidence.Fold(s.Message)
	for line := range strings.Lines(codeNeedsTable) {
		f := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(f) > 1 && line[0] != '#' && (f[0] == s.Code || strings.Contains(f[0], " ") && strings.Contains(folded, evidence.Fold(f[0]))) {
			return strings.Split(f[1], "|"), true
		}
	}
	return nil, false
}

func kindWord(k evidence.Kind) string {
	switch k {
	case evidence.AppOnly:
		return "the application permission "
	case evidence.Delegated:
		return "the delegated permission "
	}
	return ""
}

// apiName names the API for the fix.
func apiName(c *evidence.Case) string {
	if r, ok := called(c); ok {
		return strings.TrimSuffix(r.Name, " [editorial name]")
	}
	return "Microsoft Graph"
}

// related are held permissions of the same noun as the needed ones.
func (a access) related(need []string) []string {
	var out []string
	for _, h := range a.held {
		noun, _, _ := strings.Cut(h, ".")
		if slices.ContainsFunc(need, func(n string) bool { return strings.HasPrefix(n, noun+".") && !strings.EqualFold(n, h) }) {
			out = append(out, h)
		}
	}
	return out
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

// typeMismatch: the right permission exists for the app, in the other kind.
func typeMismatch(c *evidence.Case) []checks.Finding {
	if !c.Failed {
		return nil
	}
	a := judge(c)
	found := voiced(c, "permission-type-mismatch", func(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) { return a.mismatchWords(c, "") })
	need := a.least()
	if a.mapped && a.needs.Supported {
		need = append(slices.Clone(need), a.needs.Any...)
	}
	if a.mapped {
		need = append(need, a.other.Any...)
	}
	if _, ok := refusal(c); !ok && len(a.saidReq) == 0 || a.kind == evidence.KindUnknown || me(c) && a.kind == evidence.AppOnly {
		return keepPossible(found, a)
	}
	if _, ok := a.suffices(); ok {
		return nil
	}
	wrong := "declared.application"
	if a.kind == evidence.AppOnly {
		wrong = "declared.delegated"
	}
	for _, r := range c.Facts {
		if r.Field != wrong || !slices.ContainsFunc(need, func(n string) bool { return sameName(n, r.Value) }) {
			continue
		}
		return a.mismatch(c, found, r)
	}
	if c.App != nil {
		for _, d := range c.App.Declared {
			if d.Kind == flip(a.kind) && slices.ContainsFunc(need, func(n string) bool { return strings.EqualFold(n, d.Name) }) {
				return a.mismatch(c, found, d.Ref)
			}
		}
	}
	// a delegated token that shows app roles of the same name, or the reverse
	if c.Token.Readable() {
		other, field := c.Token.Roles(), "roles"
		if a.kind == evidence.AppOnly {
			other, field = c.Token.Scopes(), "scp"
		}
		for _, p := range other {
			if slices.ContainsFunc(need, func(n string) bool { return strings.EqualFold(n, p) }) {
				return a.mismatch(c, found, c.Token.Ref(field))
			}
		}
	}
	return keepPossible(found, a)
}

// keepPossible drops the mere possibility where the caller's kind and list
// are known and nothing speaks of the other kind.
func keepPossible(found []checks.Finding, a access) []checks.Finding {
	if len(found) > 0 && a.known && found[0].Seen[0].How != checks.HowSays {
		return nil
	}
	return found
}

// sameName compares Chat.Read with Chat.Read.All too: portals list the
// application form of a delegated permission under the longer name.
func sameName(need, have string) bool {
	return strings.EqualFold(need, have) || strings.EqualFold(need+".All", have) || strings.EqualFold(need, have+".All")
}

func (a access) mismatch(c *evidence.Case, found []checks.Finding, r evidence.Ref) []checks.Finding {
	if len(found) == 0 {
		found = []checks.Finding{{Subject: subject(c)}}
	}
	f := &found[0]
	f.Message, f.Fixes = a.mismatchWords(c, r.Value)
	f.Seen = append([]checks.Witness{checks.Shows(r)}, f.Seen...)
	if a.said.Ref.Field != "" {
		f.Seen = append(f.Seen, checks.Fits(a.said.Ref))
	} else if ref, ok := refusal(c); ok {
		f.Seen = append(f.Seen, checks.Fits(ref))
	}
	return found
}

func (a access) mismatchWords(c *evidence.Case, have string) (string, []checks.Fix) {
	need := or(a.first(), "the permission")
	used, granted := "delegated", "application"
	if a.kind == evidence.AppOnly {
		used, granted = "application", "delegated"
	}
	msg := fmt.Sprintf("the call was made with a %s token, but the permission was granted as %s", tokenWord(a.kind), granted)
	if have != "" {
		msg = fmt.Sprintf("the call was made with a %s token, which needs %s as %s permission; %s was granted as %s", tokenWord(a.kind), need, used, have, granted)
	}
	fixes := []checks.Fix{grantFix(c, a.kind, a.first(), "Microsoft Graph")}
	fixes = append(fixes, grantCommands(c, a.kind, a.first())...)
	if a.kind == evidence.Delegated {
		fixes = append(fixes, fix("or call as the application (client credentials) with the permission that was granted, if the API supports that and no user is needed", checks.Developer, fmt.Sprintf("grant_type=client_credentials&client_id=%s&scope=https://%s/.default", appID(c), graphHost(c)), ""))
	} else {
		fixes = append(fixes, fix("or sign a user in and call with the delegated permission that was granted", checks.Developer, "", ""))
	}
	return msg, fixes
}

func tokenWord(k evidence.Kind) string {
	if k == evidence.AppOnly {
		return "app-only"
	}
	return "delegated (user's)"
}

// me tells a request for the signed-in user.
func me(c *evidence.Case) bool {
	if c.Call == nil {
		return false
	}
	p := strings.ToLower(c.Call.Path)
	p = strings.TrimPrefix(strings.TrimPrefix(p, "/v1.0"), "/beta")
	return p == "/me" || strings.HasPrefix(p, "/me/") || strings.HasPrefix(p, "/me(")
}

func meAppOnly(c *evidence.Case) []checks.Finding {
	if !c.Failed {
		return nil
	}
	found := voiced(c, "me-with-app-only", meWords)
	kind, ref := c.Kind()
	if !me(c) || kind != evidence.AppOnly {
		if kind == evidence.Delegated && c.Token.Readable() {
			return nil
		}
		if len(found) > 0 && found[0].Seen[0].How == checks.HowFits && !me(c) {
			return nil // a 400 that says nothing of /me
		}
		return found
	}
	if c.Call.Status == 429 || c.Call.Status >= 500 || !onGraph(c) && c.Call.Host != "" {
		return found
	}
	if early(c) {
		return found
	}
	if len(found) == 0 {
		found = []checks.Finding{{Subject: subject(c)}}
		if s, ok := spokeOfToken(c); ok {
			found[0].Seen = []checks.Witness{checks.Fits(s.Ref)}
		}
	}
	req, _ := c.RequestRef()
	found[0].Message, found[0].Fixes = meWords(c, evidence.Statement{})
	witness := checks.Shows(ref)
	found[0].Seen = append([]checks.Witness{witness, checks.Shows(req)}, found[0].Seen...)
	if c.Token.Readable() && c.Token.Use == evidence.Nearby && ref.Origin == evidence.FromToken {
		found[0].Why = append(found[0].Why, "the token stands nearby, not in the request's header")
	}
	return found
}

// early: the token itself was refused before anybody looked at /me.
func early(c *evidence.Case) bool {
	for _, id := range []string{"audience-mismatch", "token-expired", "signature-invalid", "token-malformed"} {
		for _, v := range hear(c).voices[id] {
			if v.how == checks.HowSays {
				return true
			}
		}
	}
	return false
}

func meWords(c *evidence.Case, _ evidence.Statement) (string, []checks.Fix) {
	path := "/me"
	rest := ""
	if c.Call != nil && c.Call.Path != "" && me(c) {
		path = c.Call.Path
		if i := strings.Index(strings.ToLower(path), "/me"); i >= 0 {
			rest = path[i+3:]
		}
	}
	version := "v1.0"
	if c.Call != nil && strings.HasPrefix(c.Call.Path, "/beta") {
		version = "beta"
	}
	method := "GET"
	if c.Call != nil && c.Call.Method != "" {
		method = c.Call.Method
	}
	return fmt.Sprintf("%s stands for the signed-in user, and an app-only token (client credentials) has none", path), []checks.Fix{
		fix("name the user: /users/{id or user principal name} in place of /me", checks.Developer, fmt.Sprintf("%s https://%s/%s/users/<user id>%s", method, graphHost(c), version, rest), ""),
		fix("or sign a user in (delegated flow: authorization code, device code) and keep /me", checks.Developer, "", "https://learn.microsoft.com/graph/auth-v2-user"),
	}
}

func appOnlyUnsupported(c *evidence.Case) []checks.Finding {
	if !c.Failed {
		return nil
	}
	a := judge(c)
	found := voiced(c, "app-only-unsupported", func(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) { return a.userNeeded(c) })
	if a.kind == evidence.Delegated {
		return nil
	}
	ref, refused := refusal(c)
	if migrates(a.saidReq) {
		f := checks.Finding{Subject: subject(c), Seen: []checks.Witness{checks.Says(a.said.Ref)}}
		f.Message = fmt.Sprintf("%s by an application alone is open to migration only (%s); ordinary use needs a signed-in user", callName(c), strings.Join(a.saidReq, ", "))
		_, f.Fixes = a.userNeeded(c)
		if a.kindRef.Field != "" {
			f.Seen = append(f.Seen, checks.Fits(a.kindRef))
		}
		return []checks.Finding{f}
	}
	if len(found) > 0 && found[0].Seen[0].How == checks.HowSays {
		return found
	}
	if me(c) || a.kind != evidence.AppOnly || !a.mapped || a.needs.Supported && !migrates(a.needs.Any) || !a.other.Supported || !refused {
		if a.mapped && a.needs.Supported {
			return nil
		}
		return found
	}
	if len(found) == 0 {
		found = []checks.Finding{{Subject: subject(c), Seen: []checks.Witness{checks.Fits(ref)}}}
	}
	found[0].Message, found[0].Fixes = a.userNeeded(c)
	found[0].Seen = append([]checks.Witness{checks.Shows(a.kindRef)}, found[0].Seen...)
	a.capMap(c, &found[0])
	return found
}

func (a access) userNeeded(c *evidence.Case) (string, []checks.Fix) {
	need := ""
	if a.mapped {
		n := a.match.Needs(catalog.Delegated)
		if len(n.Least) > 0 {
			need = n.Least[0]
		}
	}
	msg := fmt.Sprintf("%s has no application permission: it works for a signed-in user only", callName(c))
	fixes := []checks.Fix{fix(fmt.Sprintf("sign a user in and call with the delegated permission %s", or(need, "of this API")), checks.Developer, scopeHint(c, need), "https://learn.microsoft.com/graph/auth-v2-user")}
	if p := ""; c.Call != nil && strings.Contains(strings.ToLower(c.Call.Path), "/messages") && strings.Contains(strings.ToLower(c.Call.Path+c.Call.Cmdlet), "chat") || c.Call != nil && strings.Contains(strings.ToLower(c.Call.Path), "/channels/") {
		_ = p
		fixes = append(fixes, fix("to post to Teams without a user, write a bot or an incoming webhook (workflow) instead", checks.Developer, "", "https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/send-proactive-messages"))
	}
	return msg, fixes
}

func scopeHint(c *evidence.Case, need string) string {
	if need == "" {
		return ""
	}
	return fmt.Sprintf("scopes: [\"https://%s/%s\"]", graphHost(c), need)
}

func delegatedUnsupported(c *evidence.Case) []checks.Finding {
	if !c.Failed {
		return nil
	}
	a := judge(c)
	found := voiced(c, "delegated-unsupported", func(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) { return a.appNeeded(c) })
	ref, refused := refusal(c)
	if a.kind != evidence.Delegated || !a.mapped || a.needs.Supported || !a.other.Supported || !refused || a.match.How != catalog.Exact {
		return found
	}
	if len(found) == 0 {
		found = []checks.Finding{{Subject: subject(c), Seen: []checks.Witness{checks.Fits(ref)}}}
	}
	found[0].Message, found[0].Fixes = a.appNeeded(c)
	found[0].Seen = append([]checks.Witness{checks.Shows(a.kindRef)}, found[0].Seen...)
	a.capMap(c, &found[0])
	return found
}

func (a access) appNeeded(c *evidence.Case) (string, []checks.Fix) {
	need := ""
	if a.mapped {
		if n := a.match.Needs(catalog.Application); len(n.Least) > 0 {
			need = n.Least[0]
		}
	}
	return fmt.Sprintf("%s has no delegated permission: it works with an app-only token only", callName(c)), append([]checks.Fix{
		fix(fmt.Sprintf("call with client credentials and the application permission %s", or(need, "of this API")), checks.Developer, fmt.Sprintf("grant_type=client_credentials&client_id=%s&scope=https://%s/.default", appID(c), graphHost(c)), ""),
	}, grantCommands(c, evidence.AppOnly, need)...)
}

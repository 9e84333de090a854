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

// This file judges permissions that were granted in the wrong kind.

// asTold is why a finding is no surer that rests on a pasted or told list of
// permissions.
const asTold = "the permissions stand as they were told"

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
	wrong := "declared.application"
	if a.kind == evidence.AppOnly {
		wrong = "declared.delegated"
	}
	if f, ok := a.allOtherKind(c, wrong); ok {
		return []checks.Finding{f}
	}
	if _, ok := refusal(c); !ok && len(a.saidReq) == 0 || a.kind == evidence.KindUnknown || me(c) && a.kind == evidence.AppOnly {
		return keepPossible(found, a)
	}
	if _, ok := a.suffices(); ok {
		return nil
	}
	for _, r := range c.Facts {
		if r.Field != wrong || !slices.ContainsFunc(need, func(n string) bool { return sameName(n, r.Value) }) {
			continue
		}
		return a.mismatch(c, found, r)
	}
	if r, ok := a.registered(c); ok && len(r.right) == 0 && len(r.other) > 0 {
		ref := r.other[0].Ref
		ref.Value = r.other[0].name
		found = a.mismatch(c, found, ref)
		found[0].Message = strings.Replace(found[0].Message, " was granted as ", " is declared as ", 1)
		if a.kindRef.Field != "" {
			found[0].Seen = append(found[0].Seen, checks.Shows(a.kindRef))
		}
		return found
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

// allOtherKind: the request is not known, and everything that the pasted
// registration declares is of the other kind, so that the caller's token holds
// none of it, whatever it asked for.
func (a access) allOtherKind(c *evidence.Case, wrong string) (checks.Finding, bool) {
	ref, refused := refusal(c)
	if s, ok := c.SaidWords("Insufficient privileges to complete the operation", "Authorization_RequestDenied"); ok && !refused && c.Call == nil {
		ref, refused = s.Ref, true // a ticket quotes it
	}
	if !refused || a.kind == evidence.KindUnknown || a.mapped || len(a.saidReq) > 0 || c.Token.Readable() || a.known && !a.told || !a.refusedBySelf(c) {
		return checks.Finding{}, false
	}
	var first evidence.Ref
	var names []string
	for _, f := range c.Facts {
		switch {
		case f.Field == wrong:
			if len(names) == 0 {
				first = f
			}
			names = append(names, f.Value)
		case strings.HasPrefix(f.Field, "declared.") && !slices.Contains(signIn, strings.ToLower(f.Value)) && f.Value != "User.Read":
			return checks.Finding{}, false
		}
	}
	if len(names) == 0 {
		return checks.Finding{}, false
	}
	granted, used := "application", "delegated"
	if a.kind == evidence.AppOnly {
		granted, used = used, granted
	}
	var same []string
	for _, n := range names {
		for _, form := range []string{n, strings.TrimSuffix(n, ".All"), n + ".All"} {
			if _, ok := catalog.Permission(form, mapKind(a.kind)); ok {
				same = append(same, form)
				break
			}
		}
	}
	f := checks.Finding{Subject: subject(c), Seen: []checks.Witness{checks.Shows(first), checks.Fits(a.kindRef), checks.Fits(ref)}}
	f.Message = fmt.Sprintf("the call was made with %s token, which holds %s permissions only, but all that the registration shows are %s permissions: %s", tokenWord(a.kind), used, granted, list(few(names, 6), "and"))
	f.Cap, f.CapReason = checks.Shown, "the request is not in the evidence, and the list of permissions may leave some out"
	f.Fixes = grantFixes(c, a.kind, "Microsoft Graph", same...)
	if a.kind == evidence.Delegated {
		f.Fixes = append(f.Fixes, fix("or let the program sign in as the application (certificate or client secret), if it can: then what is granted counts", checks.Developer, "", "https://learn.microsoft.com/graph/auth-v2-service"))
	} else {
		f.Fixes = append(f.Fixes, fix("or sign a user in: then what is granted counts", checks.Developer, "", "https://learn.microsoft.com/graph/auth-v2-user"))
	}
	return f, true
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
	if strings.HasPrefix(r.Field, "declared.") {
		f.Cap, f.CapReason = checks.Shown, asTold
	}
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
	msg := fmt.Sprintf("the call was made with %s token, but the permission was granted as %s", tokenWord(a.kind), granted)
	if have != "" {
		msg = fmt.Sprintf("the call was made with %s token, which needs %s as %s permission; %s was granted as %s", tokenWord(a.kind), need, used, have, granted)
	}
	fixes := grantFixes(c, a.kind, apiOf(c, a.first()), a.first())
	if a.kind == evidence.Delegated {
		fixes = append(fixes, fix("or call as the application (client credentials) with the permission that was granted, if the API supports that and no user is needed", checks.Developer, fmt.Sprintf("grant_type=client_credentials&client_id=%s&scope=https://%s/.default", ownApp(c), graphHost(c)), ""))
	} else {
		fixes = append(fixes, fix("or sign a user in and call with the delegated permission that was granted", checks.Developer, "", ""))
	}
	return msg, fixes
}

func tokenWord(k evidence.Kind) string {
	if k == evidence.AppOnly {
		return "an app-only"
	}
	return "a delegated (user's)"
}

package rules

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file judges permissions that were granted in the wrong kind.

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
	msg := fmt.Sprintf("the call was made with %s token, but the permission was granted as %s", tokenWord(a.kind), granted)
	if have != "" {
		msg = fmt.Sprintf("the call was made with %s token, which needs %s as %s permission; %s was granted as %s", tokenWord(a.kind), need, used, have, granted)
	}
	fixes := grantFixes(c, a.kind, "Microsoft Graph", a.first())
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

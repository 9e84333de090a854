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

// This file words which permission is missing.

// extraMissing: a property or a body's field needs a permission of its own.
func (a access) extraMissing(c *evidence.Case, e catalog.ExtraNeed, ref evidence.Ref, found []checks.Finding) []checks.Finding {
	f := checks.Finding{Subject: subject(c)}
	if len(found) > 0 {
		f = found[0]
	}
	req, _ := c.RequestRef()
	req.Field, req.Value = e.Where, e.Property
	need := e.Permissions[0]
	what := "uses " + e.Property + ", which"
	if _, kind, ok := strings.Cut(e.Property, "@odata.id/"); ok {
		what = "refers to an object of /" + kind + " (@odata.id), which"
	}
	f.Message = fmt.Sprintf("%s %s needs %s on top of what the request itself needs", callName(c), what, list(few(e.Permissions, 3), "or"))
	f.Fixes = grantFixes(c, a.kind, "Microsoft Graph", need)
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
	if len(need) == 0 && retired(c) {
		need = []string{"full_access_as_app"}
		if a.kind == evidence.Delegated {
			need = []string{"EWS.AccessAsUser.All"}
		}
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
	if len(lacks) == 0 {
		lacks = []string{first}
	}
	return msg, grantFixes(c, a.kind, apiOf(c, first), lacks...)
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

// apiOf is the API that a permission belongs to. What Intune's own hosts ask for
// are Graph's permissions: Graph hands such requests on to them.
func apiOf(c *evidence.Case, permission string) string {
	name := apiName(c)
	if _, app := catalog.Permission(permission, catalog.Application); app && name == "Microsoft Intune" {
		return "Microsoft Graph"
	}
	return name
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

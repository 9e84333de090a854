package rules

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file makes the pages of codes and permissions.

func explainSignIn(word string) (Page, bool) {
	c, ok := catalog.Code(word)
	if !ok {
		c.Code = strings.TrimPrefix(strings.ToUpper(word), "AADSTS")
	}
	byText := wordingOf(c.Code)
	if !ok && len(byText) == 0 {
		return Page{}, false
	}
	p := Page{Name: "AADSTS" + c.Code, Kind: "sign-in code"}
	name := "Microsoft gives this code a sentence only"
	if !ok {
		name = "in none of the lists that were read; met in public threads"
	}
	p.add("name", or(c.Name, name))
	switch {
	case len(byText) > 0:
		for _, w := range byText {
			p.Rules = append(p.Rules, w.slug)
			if w.phrase == "" || w.phrase == "-" {
				p.add("cause", moves(w.slug)+" ("+w.why+")")
				continue
			}
			p.add(fmt.Sprintf("cause, where the text has %q", w.phrase), moves(w.slug))
		}
		if last := byText[len(byText)-1]; last.phrase != "" && last.phrase != "-" && c.Slug != "" {
			p.add("cause otherwise", causeOf(c.Slug))
			p.Rules = append(p.Rules, c.Slug)
		}
	default:
		p.add("cause", causeOf(c.Slug))
		p.Rules = []string{c.Slug}
	}
	if slices.Contains(tenantlessCodes, "AADSTS"+c.Code) {
		p.Rules = append(p.Rules, "single-tenant-on-common")
		p.add("cause, where the authority is /common, /organizations or /consumers", moves("single-tenant-on-common"))
	}
	if who := whose(p.Rules[0]); who != "" {
		p.add("whose move", who)
	}
	p.add("OAuth error", oauthOf(c))
	switch c.Transient {
	case "yes":
		p.add("transient", "yes: the same request may succeed later")
	case "no":
		p.add("transient", "no: asking again changes nothing")
	case "poll":
		p.add("transient", "not an error as such: ask again while the user signs in elsewhere")
	}
	p.add("note", c.Note)
	p.add("rests on", basis(c))
	if p.Rules[0] != "unknown" {
		p.Body = "More: graphdoctor explain " + p.Rules[0] + "\n"
	}
	return p, true
}

func causeOf(slug string) string {
	if slug == "unknown" || slug == "" {
		return "none that the code alone decides: the message or the sign-in log entry of this request does"
	}
	return moves(slug)
}

func oauthOf(c catalog.AADSTS) string {
	if c.OAuth == "" {
		return ""
	}
	if c.OAuthBasis == "protocol" {
		return c.OAuth + " (inferred from the class of the code, not seen)"
	}
	return c.OAuth
}

func basis(c catalog.AADSTS) string {
	var parts []string
	for s := range strings.SplitSeq(c.Source, "+") {
		switch s {
		case "official":
			parts = append(parts, "Microsoft's reference of error codes")
		case "f-bader":
			parts = append(parts, "a public collection of codes (weaker: not Microsoft's own page)")
		case "thread":
			parts = append(parts, "public threads")
		default:
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, "; ")
}

func explainPermission(word string) (Page, bool) {
	kinds := catalog.PermissionKinds(word)
	if len(kinds) == 0 {
		kinds = catalog.PermissionByID(word)
	}
	if len(kinds) == 0 {
		return Page{}, false
	}
	p := Page{Name: kinds[0].Name, Kind: "permission"}
	for _, k := range kinds {
		var facts []string
		if k.ID != "" {
			facts = append(facts, "id "+k.ID)
		}
		if k.AdminConsent {
			facts = append(facts, "an administrator must consent")
		} else {
			facts = append(facts, "the user can consent, unless the tenant forbids it")
		}
		if k.Level > 0 {
			facts = append(facts, fmt.Sprintf("privilege level %d of 5", k.Level))
		}
		if k.RSC {
			facts = append(facts, "resource-specific: granted in one team, chat or meeting, not in the tenant")
		}
		if k.Hidden {
			facts = append(facts, "not offered in the portal")
		}
		if !k.Enabled {
			facts = append(facts, "disabled")
		}
		if !k.HasPaths {
			facts = append(facts, "no request of the map needs it")
		}
		p.add(k.Kind.String(), strings.Join(facts, "; "))
	}
	name, commit, date := catalog.Source()
	p.add("source", fmt.Sprintf("%s, commit %.12s of %s", name, commit, date))
	return p, true
}

func explainError(word string) (Page, bool) {
	rows := catalog.GraphErrors(word)
	o := oauthRow(word)
	d, isDefender := catalog.Defender(word)
	if len(rows) == 0 && o.slugs == "" && !isDefender {
		return Page{}, false
	}
	p := Page{Name: word, Kind: "error code"}
	if len(rows) > 0 {
		p.Name = rows[0].Code
	}
	for _, r := range rows {
		head := r.Service
		if len(r.HTTP) > 0 {
			head += " with " + strings.Join(r.HTTP, " or ")
		}
		p.add(strings.TrimSpace(head), strings.Join(r.Slugs, " or ")+noteOf(r.Note))
		p.Rules = append(p.Rules, r.Slugs...)
		if r.Basis == "F" {
			p.add("how sure", "field knowledge only: no source that was read names it")
		}
	}
	if o.slugs != "" {
		value := strings.ReplaceAll(o.slugs, " ", " or ")
		if o.slugs == "-" {
			value = "says nothing by itself; the AADSTS code or the description beside it decides"
		}
		p.add("OAuth error", value+noteOf(o.why))
		if o.slugs != "-" {
			p.Rules = append(p.Rules, strings.Fields(o.slugs)...)
		}
	}
	if isDefender {
		p.add("Microsoft Defender API with "+d.HTTP, strings.Join(d.Slugs, " or "))
		p.Rules = append(p.Rules, d.Slugs...)
	}
	slices.Sort(p.Rules)
	p.Rules = slices.Compact(p.Rules)
	return p, true
}

func noteOf(note string) string {
	if note == "" {
		return ""
	}
	return ": " + note
}

// A wording is a row of wording.tsv: what a code means where its text says it.
type wording struct{ phrase, slug, why string }

func wordingOf(number string) []wording {
	var out []wording
	for f := range tableRows(wordingTable) {
		if len(f) > 3 && f[0] == number {
			out = append(out, wording{f[1], f[2], f[3]})
		}
	}
	return out
}

// oauthRow is what oauth.tsv says of a word; the zero value where it has none.
func oauthRow(word string) (row struct{ slugs, why string }) {
	for f := range tableRows(oauthTable) {
		if len(f) > 2 && f[0] == strings.ToLower(word) {
			row.slugs, row.why = f[1], f[2]
		}
	}
	return row
}

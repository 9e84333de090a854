package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/graphdoctor/graphdoctor/checks"
)

// This file writes a decoded token: the answer of `decode`. Text and Markdown
// tell the same facts in the same order; they are put together here once.

// DecodedFormats are the forms that WriteDecoded knows.
var DecodedFormats = []string{"text", "json", "markdown"}

// WriteDecoded writes a decoded token in one of DecodedFormats. Options.Now
// gives the relative words of its times ("3 minutes ago"); without it they are
// left out.
func WriteDecoded(w io.Writer, d checks.Decoded, format string, o Options) error {
	d = cleanDecoded(d)
	switch format {
	case "text":
		return decodedText(w, d, o)
	case "json":
		return decodedJSON(w, d, o)
	case "markdown":
		return decodedMarkdown(w, d, o)
	}
	meant := ""
	if near := nearest(format, DecodedFormats); near != "" {
		meant = fmt.Sprintf(" (did you mean %q?)", near)
	}
	return fmt.Errorf("unknown format %q%s: one of %s", show(format), meant, strings.Join(DecodedFormats, ", "))
}

// A factGroup is a heading with facts beneath; the first has no heading.
type factGroup struct {
	name   string
	rows   []factRow
	claims bool // the rows are claims: their notes are explanations
}

// A factRow is a name, its values, and what they mean.
type factRow struct {
	name   string
	values []string
	more   int // values that were left out
	note   string
}

// manyValues is how many values of a list are written without --verbose.
const manyValues = 5

// decodedTitle is the one line that says what a token is.
func decodedTitle(d checks.Decoded) string {
	line := d.Type
	if line != "" && line[0] >= 'a' && line[0] <= 'z' {
		line = strings.ToUpper(line[:1]) + line[1:]
	}
	if d.Version != "" {
		line += ", version " + d.Version
	}
	if by := d.KindBy; d.Kind != "" {
		line += ", " + kindWords(d.Kind) + " (by " + by + ")"
	}
	return line
}

func kindWords(kind string) string {
	switch kind {
	case "delegated":
		return "delegated: on behalf of a user"
	case "application":
		return "application: without a user"
	}
	return kind
}

// decodedNotes are the sentences between the title and the facts.
func decodedNotes(d checks.Decoded) []string {
	var out []string
	if d.About != "" {
		out = append(out, d.About)
	}
	if d.Flaw != "" {
		out = append(out, "cannot be read whole: "+d.Flaw)
	}
	if len(d.Stripped) > 0 {
		out = append(out, "taken off to read it: "+strings.Join(d.Stripped, ", "))
	}
	return out
}

// decodedGroups are the facts, in the order in which people ask for them.
func decodedGroups(d checks.Decoded, o Options) []factGroup {
	var main factGroup
	add := func(name, value, note string) {
		if value != "" {
			main.rows = append(main.rows, factRow{name: name, values: []string{value}, note: note})
		}
	}
	add("for", withID(d.Audience), d.Audience.Note)
	add("app", withID(d.App), d.App.Note)
	add("app proved by", d.AppProof, "")
	add("tenant", withID(d.Tenant), d.Tenant.Note)
	add("object id", d.Object, objectWords(d.Kind))
	add("issuer", d.Issuer, "")
	add("cloud", cloudWords(d), d.Cloud.Note)
	for _, t := range [...]struct {
		name string
		at   time.Time
	}{{"issued", d.Issued}, {"valid from", d.ValidFrom}, {"expires", d.Expires}} {
		if !t.at.IsZero() {
			add(t.name, stamp(t.at)+" UTC", relative(t.name, t.at, o.Now))
		}
	}
	if life := d.Expires.Sub(d.Issued); !d.Expires.IsZero() && !d.Issued.IsZero() && life > 0 {
		add("lifetime", spell(life), "")
	}
	groups := []factGroup{main, decodedGrants(d), {name: "App roles of the user"}, decodedRoles(d)}
	for _, r := range d.AppRoles {
		groups[2].rows = append(groups[2].rows, factRow{name: r})
	}
	for _, g := range [...]struct {
		name   string
		claims []checks.DecodedClaim
	}{{"User", d.Person}, {"Other claims", d.Claims}, {"Header", d.Header}} {
		groups = append(groups, factGroup{g.name, mapped(g.claims, func(c checks.DecodedClaim) factRow { return claimRow(c, o) }), true})
	}
	return groups
}

// withID is a name with its id beside it.
func withID(n checks.DecodedName) string {
	switch {
	case n.Name == "":
		return n.ID
	case n.ID == "":
		return n.Name
	}
	return n.Name + " (" + n.ID + ")"
}

func cloudWords(d checks.Decoded) string {
	name := withID(checks.DecodedName{ID: d.Cloud.Name, Name: d.Cloud.ID})
	if name != "" && d.CloudBy != "" {
		name += ", by " + d.CloudBy
	}
	return name
}

func objectWords(kind string) string {
	switch kind {
	case "delegated":
		return "the user in this tenant"
	case "application":
		return "the app's service principal in this tenant"
	}
	return ""
}

// decodedGrants lists the permissions, or says that there are none.
func decodedGrants(d checks.Decoded) factGroup {
	g := factGroup{name: "Permissions"}
	switch d.Kind {
	case "delegated":
		g.name = "Delegated permissions (scp)"
	case "application":
		g.name = "Application permissions (roles)"
	}
	for _, p := range d.Permissions {
		var notes []string
		if p.AdminConsent {
			notes = append(notes, "an administrator consents")
		}
		if p.Level > 0 {
			notes = append(notes, "privilege level "+strconv.Itoa(p.Level)+" of 5")
		}
		if !p.Known && d.AudienceID == graphAppID {
			notes = append(notes, "not in the table of Microsoft Graph's permissions")
		}
		g.rows = append(g.rows, factRow{name: p.Name, note: strings.Join(notes, ", ")})
	}
	if len(g.rows) == 0 && d.Readable && d.Type == "access token" {
		g.rows = []factRow{{name: "none"}}
	}
	return g
}

func decodedRoles(d checks.Decoded) factGroup {
	g := factGroup{name: "Directory roles (wids)"}
	for _, r := range d.Roles {
		row := factRow{name: r.Name, values: []string{r.ID}}
		switch {
		case r.Note != "":
			row.name, row.note = "no role", r.Note
		case r.Name == "":
			row.name = "unknown role"
		case r.Implicit:
			row.note = "no administrator role"
		case r.Privileged:
			row.note = "privileged"
		}
		g.rows = append(g.rows, row)
	}
	return g
}

func claimRow(c checks.DecodedClaim, o Options) factRow {
	row := factRow{name: c.Name, values: c.Values, note: c.Meaning}
	if c.Values == nil {
		row.values = []string{c.Value}
	}
	if len(row.values) == 0 || c.Values == nil && c.Value == "" {
		row.values = []string{"(empty)"}
	}
	if n := len(c.Values); n > manyValues && !o.Verbose {
		row.values, row.more = c.Values[:manyValues], n-manyValues
	}
	return row
}

// relative tells a moment from now: "12 minutes ago", "in 3 days".
func relative(name string, at, now time.Time) string {
	if now.IsZero() {
		return ""
	}
	switch d := at.Sub(now); {
	case d < 0 && name == "expires":
		return "expired " + spell(-d) + " ago"
	case d < 0:
		return spell(-d) + " ago"
	case d == 0:
		return "now"
	default:
		return "in " + spell(d)
	}
}

// spell writes a duration in its two largest units.
func spell(d time.Duration) string {
	seconds := int(d / time.Second)
	for i, u := range [...]struct {
		seconds   int
		one, many string
		next      int // the unit for what remains
		small     [2]string
	}{
		{365 * 86400, "year", "years", 86400, [2]string{"day", "days"}},
		{86400, "day", "days", 3600, [2]string{"hour", "hours"}},
		{3600, "hour", "hours", 60, [2]string{"minute", "minutes"}},
		{60, "minute", "minutes", 1, [2]string{"second", "seconds"}},
	} {
		n := seconds / u.seconds
		if n == 0 {
			continue
		}
		rest := seconds % u.seconds / u.next
		if rest == 0 || i == 0 && n > 2 {
			return count(n, u.one, u.many)
		}
		return count(n, u.one, u.many) + " " + count(rest, u.small[0], u.small[1])
	}
	return count(seconds, "second", "seconds")
}

func cleanDecoded(d checks.Decoded) checks.Decoded {
	for _, s := range []*string{&d.Type, &d.About, &d.Flaw, &d.Version, &d.Kind, &d.KindBy, &d.CloudBy, &d.Issuer, &d.AudienceID, &d.AppProof, &d.Object} {
		*s = show(*s)
	}
	for _, n := range []*checks.DecodedName{&d.Cloud, &d.Tenant, &d.Audience, &d.App} {
		*n = checks.DecodedName{ID: show(n.ID), Name: show(n.Name), Note: show(n.Note)}
	}
	d.Stripped, d.AppRoles, d.Place = each(d.Stripped, show), each(d.AppRoles, show), cleanPlace(d.Place)
	d.Permissions = each(d.Permissions, func(p checks.DecodedPermission) checks.DecodedPermission {
		p.Name = show(p.Name)
		return p
	})
	d.Roles = each(d.Roles, func(r checks.DecodedRole) checks.DecodedRole {
		r.ID, r.Name, r.Note = show(r.ID), show(r.Name), show(r.Note)
		return r
	})
	claim := func(c checks.DecodedClaim) checks.DecodedClaim {
		return checks.DecodedClaim{Name: show(c.Name), Value: show(c.Value), Values: each(c.Values, show), Meaning: show(c.Meaning)}
	}
	d.Header, d.Person, d.Claims = each(d.Header, claim), each(d.Person, claim), each(d.Claims, claim)
	d.Issued, d.ValidFrom, d.Expires = cleanTime(d.Issued), cleanTime(d.ValidFrom), cleanTime(d.Expires)
	return d
}

package report

import (
	"bufio"
	"io"
	"strings"
	"time"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/rivo/uniseg"
)

// This file writes the facts of a decoded token as text, Markdown and JSON.

// widestName is how wide the column of names grows at most.
const widestName = 24

func decodedText(w io.Writer, d checks.Decoded, o Options) error {
	t := &texter{sheet: newSheet(w, o), Options: o}
	at := ""
	if p := where(d.Place); p != "" {
		at = " (" + p + ")"
	}
	t.para(0, 2, span{decodedTitle(d), t.ink.title}, span{at, t.ink.faint})
	for _, n := range decodedNotes(d) {
		t.para(2, 4, plain(n))
	}
	for _, g := range decodedGroups(d, o) {
		if len(g.rows) == 0 {
			continue
		}
		if g.name == "" {
			t.blank()
		} else {
			t.section(g.name)
		}
		t.facts(g)
	}
	return t.flush()
}

// facts writes names in a column, and values with their notes beside it.
func (t *texter) facts(g factGroup) {
	column := 0
	for _, r := range g.rows {
		column = max(column, min(uniseg.StringWidth(r.name), widestName))
	}
	if t.width > 0 {
		column = min(column, t.width/3)
	}
	for _, r := range g.rows {
		spans := []span{{pad(r.name, column), t.ink.head}}
		for i, v := range r.values {
			sep := "  "
			if i > 0 {
				sep = ", "
			}
			spans = append(spans, plain(sep+v))
		}
		if r.more > 0 {
			spans = append(spans, plain(" and "+count(r.more, "more", "more")))
		}
		if r.note != "" {
			spans = append(spans, span{g.remark(r), t.ink.faint})
		}
		t.para(2, 4+column, spans...)
	}
}

// remark is a row's note with what parts it from the value.
func (g factGroup) remark(r factRow) string {
	switch {
	case len(r.values) == 0:
		return "  " + r.note
	case g.claims:
		return " (" + r.note + ")"
	}
	return ", " + r.note
}

func decodedMarkdown(w io.Writer, d checks.Decoded, o Options) error {
	m := &marker{w: bufio.NewWriter(w), Options: o}
	m.line("## %s", mdText(decodedTitle(d)))
	if notes := decodedNotes(d); len(notes) > 0 {
		m.line("")
		for _, n := range notes {
			m.line("- %s", mdText(n))
		}
	}
	for _, g := range decodedGroups(d, o) {
		if len(g.rows) == 0 {
			continue
		}
		m.line("")
		if g.name != "" {
			m.line("### %s\n", mdText(g.name))
		}
		for _, r := range g.rows {
			line, set := "- "+mdCode(r.name), mdCode
			if g.name == "" { // names of ours, and sentences for values
				line, set = "- **"+r.name+"**", mdText
			}
			if values := mapped(r.values, set); len(values) > 0 {
				line += ": " + strings.Join(values, ", ")
			}
			if r.more > 0 {
				line += " and " + count(r.more, "more", "more")
			}
			if r.note != "" {
				line += " (" + mdText(r.note) + ")"
			}
			m.line("%s", line)
		}
	}
	return m.w.Flush()
}

// decodedV1 is version 1 of the JSON; fields are added, never renamed.
type decodedV1 struct {
	Version     int                   `json:"version"`
	Tool        toolV1                `json:"tool"`
	Type        string                `json:"type"`
	About       string                `json:"about"`
	Readable    bool                  `json:"readable"`
	Flaw        string                `json:"flaw,omitempty"`
	Stripped    []string              `json:"stripped"`
	Place       placeV1               `json:"place"`
	Format      string                `json:"token_version,omitempty"`
	Kind        string                `json:"kind,omitempty"`
	KindBy      string                `json:"kind_by,omitempty"`
	Cloud       *decodedNameV1        `json:"cloud,omitempty"`
	CloudBy     string                `json:"cloud_by,omitempty"`
	Issuer      string                `json:"issuer,omitempty"`
	Tenant      *decodedNameV1        `json:"tenant,omitempty"`
	Audience    *decodedNameV1        `json:"audience,omitempty"`
	AudienceApp string                `json:"audience_app_id,omitempty"`
	App         *decodedNameV1        `json:"app,omitempty"`
	AppProof    string                `json:"app_proof,omitempty"`
	Object      string                `json:"object_id,omitempty"`
	Permissions []decodedPermissionV1 `json:"permissions"`
	AppRoles    []string              `json:"app_roles"`
	Roles       []decodedRoleV1       `json:"directory_roles"`
	Times       decodedTimesV1        `json:"times"`
	Person      []decodedClaimV1      `json:"user"`
	Claims      []decodedClaimV1      `json:"claims"`
	Header      []decodedClaimV1      `json:"header"`
}

type decodedNameV1 struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
	Note string `json:"note,omitempty"`
}

type decodedPermissionV1 struct {
	Name         string `json:"name"`
	Known        bool   `json:"known"`
	AdminConsent bool   `json:"admin_consent"`
	Level        int    `json:"privilege_level,omitempty"`
}

type decodedRoleV1 struct {
	ID         string `json:"id"`
	Name       string `json:"name,omitempty"`
	Privileged bool   `json:"privileged"`
	Implicit   bool   `json:"implicit"`
	Note       string `json:"note,omitempty"`
}

type decodedTimesV1 struct {
	Issued    string `json:"issued,omitempty"`
	ValidFrom string `json:"valid_from,omitempty"`
	Expires   string `json:"expires,omitempty"`
	Lifetime  int    `json:"lifetime_seconds,omitempty"`
	Told      string `json:"told,omitempty"` // "expired 3 minutes ago"
}

type decodedClaimV1 struct {
	Name    string   `json:"name"`
	Value   string   `json:"value,omitempty"`
	Values  []string `json:"values,omitzero"`
	Meaning string   `json:"meaning,omitempty"`
}

func toDecodedV1(d checks.Decoded, o Options) decodedV1 {
	same := func(s string) string { return s }
	claims := func(list []checks.DecodedClaim) []decodedClaimV1 {
		return mapped(list, func(c checks.DecodedClaim) decodedClaimV1 { return decodedClaimV1(c) })
	}
	out := decodedV1{
		Version: jsonVersion, Tool: toolV1{Name: toolName, Version: o.Version},
		Type: d.Type, About: d.About, Readable: d.Readable, Flaw: d.Flaw, Stripped: mapped(d.Stripped, same), Place: placeV1(d.Place),
		Format: d.Version, Kind: d.Kind, KindBy: d.KindBy, Cloud: nameV1(d.Cloud), CloudBy: d.CloudBy, Issuer: d.Issuer,
		Tenant: nameV1(d.Tenant), Audience: nameV1(d.Audience), AudienceApp: d.AudienceID, App: nameV1(d.App), AppProof: d.AppProof, Object: d.Object,
		Permissions: mapped(d.Permissions, func(p checks.DecodedPermission) decodedPermissionV1 { return decodedPermissionV1(p) }),
		AppRoles:    mapped(d.AppRoles, same),
		Roles:       mapped(d.Roles, func(r checks.DecodedRole) decodedRoleV1 { return decodedRoleV1(r) }),
		Times:       decodedTimesV1{Issued: moment(d.Issued), ValidFrom: moment(d.ValidFrom), Expires: moment(d.Expires)},
		Person:      claims(d.Person), Claims: claims(d.Claims), Header: claims(d.Header),
	}
	if life := d.Expires.Sub(d.Issued); !d.Expires.IsZero() && !d.Issued.IsZero() && life > 0 {
		out.Times.Lifetime = int(life / time.Second)
	}
	if !d.Expires.IsZero() {
		out.Times.Told = relative("expires", d.Expires, o.Now)
	}
	return out
}

func nameV1(n checks.DecodedName) *decodedNameV1 {
	if n == (checks.DecodedName{}) {
		return nil
	}
	out := decodedNameV1(n)
	return &out
}

package report

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file is version 1 of need's JSON and the block for an app registration.
// Fields are added, never renamed and never removed.

type needV1 struct {
	Version  int                 `json:"version"`
	Catalog  needCatalogV1       `json:"catalog"`
	Requests []needRequestV1     `json:"requests"`
	LeastSet map[string][]string `json:"least_set"`
	// Details says of each member of the least set by what id it is asked for,
	// who must consent and which requests it is in the set for.
	Details  map[string]needSetV1  `json:"least_set_details"`
	Have     map[string]needHaveV1 `json:"have,omitempty"`
	LeftOut  *needOtherV1          `json:"left_out,omitempty"`
	Problems []problemV1           `json:"problems"`
}

type needCatalogV1 struct {
	Source string `json:"source"`
	Commit string `json:"commit"`
	Date   string `json:"date"`
}

type needRequestV1 struct {
	Method       string        `json:"method"`
	URL          string        `json:"url"`
	Cmdlet       string        `json:"cmdlet,omitempty"`
	Template     string        `json:"template"`
	Version      string        `json:"api_version,omitempty"`
	Match        string        `json:"match"`
	As           string        `json:"looked_up_as,omitempty"`
	How          string        `json:"how,omitempty"`
	Errata       string        `json:"errata,omitempty"`
	Alternatives []addressV1   `json:"alternatives,omitempty"`
	Application  *needKindV1   `json:"application,omitempty"`
	Delegated    *needKindV1   `json:"delegated,omitempty"`
	Personal     *needKindV1   `json:"personal,omitempty"`
	Properties   []needExtraV1 `json:"properties,omitempty"`
	Further      []needExtraV1 `json:"further_properties,omitempty"`
	Roles        []needRoleV1  `json:"roles,omitempty"`
	Notes        []string      `json:"notes,omitempty"`
	Count        int           `json:"count"`
	Places       []placeV1     `json:"places"`
}

type addressV1 struct {
	Method   string `json:"method"`
	Template string `json:"template"`
}

type needKindV1 struct {
	Known        bool                `json:"known"`
	Supported    bool                `json:"supported"`
	Least        []string            `json:"least"`
	AnyOf        []string            `json:"any_of"`
	Also         map[string][]string `json:"also"`
	Marked       []string            `json:"marked_least"` // all that the source marks, superfluous ones too
	AdminConsent bool                `json:"admin_consent"`
	Resource     bool                `json:"resource_specific,omitempty"`
	Tenant       string              `json:"tenant_wide,omitempty"`
	Earlier      []string            `json:"earlier,omitempty"`
	Instead      *needInsteadV1      `json:"instead,omitempty"`
}

type needInsteadV1 struct {
	Method   string   `json:"method"`
	Template string   `json:"template"`
	Least    []string `json:"least"`
}

type needExtraV1 struct {
	Where       string   `json:"where"`
	Properties  []string `json:"properties"`
	Permissions []string `json:"any_of"`
	Kinds       []string `json:"kinds"`
	Note        string   `json:"note,omitempty"`
	Source      string   `json:"source,omitempty"`
	Met         bool     `json:"met,omitempty"` // least covers it already
}

type needRoleV1 struct {
	Operation string   `json:"operation"`
	Roles     []string `json:"delegated_roles"`
	AppOnly   string   `json:"app_only,omitempty"`
	Target    string   `json:"target,omitempty"`
	Note      string   `json:"note,omitempty"`
	Source    string   `json:"source,omitempty"`
}

type needSetV1 struct {
	Permissions []needPermissionV1 `json:"permissions"`
	Unsupported []string           `json:"unsupported"`
	Unknown     []string           `json:"unknown"`
	Guessed     []string           `json:"guessed"`
	Exact       bool               `json:"exact"`
}

type needPermissionV1 struct {
	Name         string   `json:"permission"`
	ID           string   `json:"id,omitempty"`
	AdminConsent bool     `json:"admin_consent"`
	Level        int      `json:"privilege_level,omitempty"`
	Resource     bool     `json:"resource_specific,omitempty"`
	Serves       []string `json:"why"`
}

type needHaveV1 struct {
	Held    []string           `json:"held"`
	Missing []needMissingV1    `json:"missing"`
	Add     []needPermissionV1 `json:"add"`
	Excess  []needExcessV1     `json:"excess"`
	Unsure  []string           `json:"unsure"`
}

type needMissingV1 struct {
	Request string   `json:"request"`
	Least   []string `json:"least"`
	Held    string   `json:"held,omitempty"`
	Beside  []string `json:"beside,omitempty"`
	Perhaps []string `json:"perhaps,omitempty"`
}

type needExcessV1 struct {
	Name    string `json:"permission"`
	Instead string `json:"instead,omitempty"`
}

type needOtherV1 struct {
	Requests int      `json:"requests"`
	Hosts    []string `json:"hosts"`
}

func needJSON(w io.Writer, r *checks.NeedReport, _ Options) error {
	doc := needV1{
		Version: jsonVersion, Catalog: needCatalogV1{r.Source, r.Commit, r.Date},
		Requests: mapped(r.Requests, needRequestToV1), LeastSet: map[string][]string{}, Details: map[string]needSetV1{},
		Problems: mapped(r.Problems, func(p *evidence.Problem) problemV1 { return problemV1{placeV1(p.Place), p.Err.Error()} }),
	}
	for _, s := range r.Sets {
		doc.LeastSet[s.Kind] = mapped(s.Permissions, func(p checks.NeedPermission) string { return p.Name })
		doc.Details[s.Kind] = needSetV1{mapped(s.Permissions, needPermissionToV1), listed(s.Unsupported), listed(s.Unknown), listed(s.Guessed), s.Exact}
	}
	if len(r.Have) > 0 {
		doc.Have = map[string]needHaveV1{}
	}
	for _, h := range r.Have {
		doc.Have[h.Kind] = needHaveV1{
			Held: listed(h.Held), Add: mapped(h.Add, needPermissionToV1), Unsure: listed(h.Unsure),
			Missing: mapped(h.Missing, func(m checks.NeedMissing) needMissingV1 {
				return needMissingV1{m.Request, listed(m.Least), m.Held, m.Beside, m.Perhaps}
			}),
			Excess: mapped(h.Excess, func(e checks.NeedExcess) needExcessV1 { return needExcessV1(e) }),
		}
	}
	if r.Other.Count > 0 {
		doc.LeftOut = &needOtherV1{r.Other.Count, listed(r.Other.Hosts)}
	}
	if len(doc.Requests) <= fullRequests {
		return encode(w, doc, "  ")
	}
	return encodeMany(w, doc)
}

// encodeMany writes a long answer with one request a line: it is for programs,
// and indenting it would take longer than finding it out.
func encodeMany(w io.Writer, doc needV1) error {
	requests := doc.Requests
	doc.Requests = []needRequestV1{}
	var b bytes.Buffer
	if err := encode(&b, doc, ""); err != nil {
		return err
	}
	const empty = `"requests":[]`
	head, tail, _ := bytes.Cut(b.Bytes(), []byte(empty))
	var lines bytes.Buffer
	enc := json.NewEncoder(&lines)
	enc.SetEscapeHTML(false)
	for i := range requests {
		if i > 0 {
			lines.Truncate(lines.Len() - 1) // the line break that Encode ends with
			lines.WriteString(",\n")
		}
		if err := enc.Encode(&requests[i]); err != nil {
			return err
		}
	}
	for _, part := range [][]byte{head, []byte("\"requests\":[\n"), inScript(lines.Bytes()), []byte("]"), tail} {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

func needRequestToV1(q checks.NeedRequest) needRequestV1 {
	out := needRequestV1{
		Method: q.Method, URL: q.URL, Cmdlet: q.Cmdlet, Template: q.Template, Version: q.Version, Match: q.Match, As: q.As, How: q.How, Errata: q.Errata,
		Notes: q.Notes, Count: q.Count, Places: mapped(q.Places, toPlaceV1),
	}
	for _, a := range q.Other {
		out.Alternatives = append(out.Alternatives, addressV1(a))
	}
	for _, k := range q.Kinds {
		v := needKindToV1(k)
		switch k.Kind {
		case "application":
			out.Application = v
		case "delegated":
			out.Delegated = v
		case "personal":
			out.Personal = v
		}
	}
	for _, e := range q.Extra {
		out.Properties = append(out.Properties, needExtraV1(e))
	}
	for _, e := range q.More {
		out.Further = append(out.Further, needExtraV1(e))
	}
	for _, x := range q.Roles {
		v := needRoleV1(x)
		v.Roles = listed(v.Roles)
		out.Roles = append(out.Roles, v)
	}
	return out
}

func needKindToV1(k checks.NeedKind) *needKindV1 {
	out := &needKindV1{
		Known: k.Known, Supported: k.Supported, Least: listed(k.Least), AnyOf: listed(k.AnyOf), Also: k.Also, Marked: listed(k.Marked),
		AdminConsent: k.Consent, Resource: k.Resource, Tenant: k.Tenant, Earlier: k.Earlier,
	}
	if out.Also == nil {
		out.Also = map[string][]string{}
	}
	if k.Instead != nil {
		v := needInsteadV1(*k.Instead)
		out.Instead = &v
	}
	return out
}

func needPermissionToV1(p checks.NeedPermission) needPermissionV1 {
	v := needPermissionV1(p)
	v.Serves = listed(v.Serves)
	return v
}

// listed makes an empty list of none: null is no list.
func listed(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// graphAppID is Microsoft Graph's own application id, the same in every tenant.
const graphAppID = "00000003-0000-0000-c000-000000000000"

type manifestV1 struct {
	Required []manifestAPIV1 `json:"requiredResourceAccess"`
}

type manifestAPIV1 struct {
	API    string             `json:"resourceAppId"`
	Access []manifestAccessV1 `json:"resourceAccess"`
}

type manifestAccessV1 struct {
	ID   string `json:"id"`
	Type string `json:"type"` // Role for an application permission, Scope for a delegated one
}

// needManifest writes the block that an app registration declares permissions
// in, as the portal's manifest editor and PATCH /applications/{id} take it.
// Resource-specific permissions do not belong there.
func needManifest(w io.Writer, r *checks.NeedReport, _ Options) error {
	api := manifestAPIV1{API: graphAppID, Access: []manifestAccessV1{}}
	for _, s := range r.Sets {
		kind := "Scope"
		if s.Kind == "application" {
			kind = "Role"
		}
		for _, p := range s.Permissions {
			a := manifestAccessV1{p.ID, kind}
			if p.ID == "" || p.Resource || hasAccess(api.Access, a) {
				continue
			}
			api.Access = append(api.Access, a)
		}
	}
	return encode(w, manifestV1{[]manifestAPIV1{api}}, "  ")
}

func hasAccess(all []manifestAccessV1, a manifestAccessV1) bool {
	for _, o := range all {
		if o == a {
			return true
		}
	}
	return false
}

// LeftOutOfManifest names the permissions of the sets that a manifest cannot
// hold, each with the reason.
func LeftOutOfManifest(r *checks.NeedReport) []string {
	var out []string
	for _, s := range r.Sets {
		for _, p := range s.Permissions {
			switch {
			case p.Resource:
				out = append(out, p.Name+": it is granted on a team, chat or site, by the Teams app's manifest, not here")
			case p.ID == "":
				out = append(out, p.Name+": no source knows its id")
			}
		}
	}
	return out
}

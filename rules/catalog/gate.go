package catalog

import (
	_ "embed"
	"slices"
	"strings"
)

// This file answers what only the gate asks: which permissions lead to the
// whole tenant, and what APIs and foreign ids are called.

//go:embed facts/takeover.tsv
var takeovers string

// Takeover tells why an application permission of Microsoft Graph leads to the
// whole tenant, and the page that says so. The source is facts/takeover.tsv.
func Takeover(name string) (reason, source string, ok bool) {
	r, ok := find(takeovers, name)
	if !ok {
		return "", "", false
	}
	return r.cell(1), r.cell(2), true
}

//go:embed facts/api-names.tsv
var apiNames string

// ResourceNamed returns an API by its display name or by the name that
// infrastructure code has for it: "Microsoft Graph", "MicrosoftGraph". Case
// does not matter. The sources are facts/resources.tsv and facts/api-names.tsv.
func ResourceNamed(name string) (Resource, bool) {
	name = strings.TrimSpace(name)
	if r, ok := find(apiNames, name); ok {
		return ResourceByAudience(r.cell(1))
	}
	for r := range rows(resources) {
		if compareFold(r.cell(1), name) == 0 || compareFold(r.first(), name) == 0 {
			return resourceOf(r), true
		}
	}
	return Resource{}, false
}

//go:embed facts/foreign-permissions.tsv
var foreign string

// Foreign is a permission of another API than Microsoft Graph.
type Foreign struct {
	Name  string
	API   Resource
	Kinds []Kind
}

// ForeignPermission returns a permission of another API by its id. The source
// is facts/foreign-permissions.tsv, which has only those that are often taken
// for Microsoft Graph's.
func ForeignPermission(id string) (Foreign, bool) {
	r, ok := find(foreign, id)
	if !ok {
		return Foreign{}, false
	}
	f := Foreign{Name: r.cell(3)}
	f.API, _ = ResourceByAudience(r.cell(1))
	for _, k := range r.fields(2) {
		f.Kinds = append(f.Kinds, Kind(slices.Index(kindNames[:], k)))
	}
	return f, true
}

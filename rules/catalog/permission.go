package catalog

import (
	_ "embed"
	"slices"
	"strings"
)

//go:embed facts/permissions.tsv
var permissions string

// PermissionInfo is what is known of a permission for one kind of caller.
type PermissionInfo struct {
	Name         string // as Microsoft spells it
	Kind         Kind
	ID           string   // the id to ask for it by; empty if no source has one: it cannot be asked for
	OtherIDs     []string // ids that other sources give
	AdminConsent bool     // only an administrator can grant it
	Level        int      // privilege level, 1 to 5; 0 unknown
	Hidden       bool     // Microsoft marks it hidden: not offered in the portal
	Enabled      bool     // not marked as disabled
	RSC          bool     // resource-specific consent: granted in a team, chat or meeting, not in the tenant
	HasPaths     bool     // the map has a request that it serves for this kind
}

func permissionOf(r row) PermissionInfo {
	p := PermissionInfo{Name: r.cell(0), ID: r.cell(2), OtherIDs: strings.FieldsFunc(r.cell(3), func(c rune) bool { return c == ' ' || c == ',' }),
		AdminConsent: r.cell(4) == "yes", Hidden: r.cell(6) == "yes", Enabled: r.cell(7) != "no", RSC: r.cell(8) == "yes", HasPaths: r.cell(9) == "yes"}
	if l := r.cell(5); l != "" {
		p.Level = int(l[0] - '0')
	}
	p.Kind = Kind(slices.Index(kindNames[:], r.cell(1)))
	return p
}

// Permission returns a permission of a kind by its name, whatever its case.
// The source is facts/permissions.tsv.
func Permission(name string, k Kind) (PermissionInfo, bool) {
	for r := range each(permissions, name) {
		if r.cell(1) == k.String() {
			return permissionOf(r), true
		}
	}
	return PermissionInfo{}, false
}

// PermissionKinds returns a permission for every kind that has it; none for a
// name that is no permission of Microsoft Graph.
func PermissionKinds(name string) []PermissionInfo {
	var out []PermissionInfo
	for r := range each(permissions, name) {
		out = append(out, permissionOf(r))
	}
	return out
}

// PermissionByID returns the permissions with an id; a delegated one serves
// work and personal accounts under the same id. Ids that only some source
// gives are found too.
func PermissionByID(id string) []PermissionInfo {
	if !isGUID(id) {
		return nil
	}
	id = strings.ToLower(id)
	var out []PermissionInfo
	for at := 0; ; {
		i := strings.Index(permissions[at:], id)
		if i < 0 {
			return out
		}
		at += i
		p := permissionOf(row(lineAt(permissions, lineStart(permissions, 0, at))))
		if p.ID == id || slices.Contains(p.OtherIDs, id) {
			out = append(out, p)
		}
		at += len(lineAt(permissions, at))
	}
}

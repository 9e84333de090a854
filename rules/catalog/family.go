package catalog

import (
	_ "embed"
	"strings"
)

//go:embed facts/api-families.tsv
var families string

// ResourceByFamily names the Defender API that publishes a permission, by what
// stands before its first dot: Machine.Read.All is of Defender for Endpoint.
// The source is facts/api-families.tsv.
func ResourceByFamily(permission string) (Resource, bool) {
	family, _, _ := strings.Cut(permission, ".")
	r, ok := find(families, family)
	if !ok {
		return Resource{}, false
	}
	return ResourceByKey(r.cell(1))
}

package catalog

import (
	_ "embed"
	"strings"
)

//go:embed facts/resource-audiences.tsv
var strangers string

// maxHost bounds what is compared with patterns.
const maxHost = 400

// ResourceByAudience names the API that a token's aud belongs to. Case and one
// trailing slash do not matter; placeholders in the tables are honoured; a
// per-tenant audience such as
// 00000003-0000-0ff1-ce00-000000000000/contoso.sharepoint.com@<tenant> is
// known by its application id. What facts/resources.tsv lacks is looked up in
// facts/resource-audiences.tsv, which gives AppID and perhaps Name, no Key.
func ResourceByAudience(aud string) (Resource, bool) {
	aud = strings.ToLower(strings.TrimSpace(aud))
	aud = strings.TrimSuffix(aud, "/")
	if aud == "" || len(aud) > maxHost {
		return Resource{}, false
	}
	if r, ok := known(aud); ok {
		return r, true
	}
	if id, _, ok := strings.Cut(aud, "/"); ok && isGUID(id) {
		if r, ok := known(id); ok {
			return r, true
		}
	}
	return stranger(aud)
}

// known searches facts/resources.tsv: exact audiences first, then the patterns.
func known(aud string) (Resource, bool) {
	var best row
	most := -1
	for r := range rows(resources) {
		if r.cell(2) == aud {
			return resourceOf(r), true
		}
		for a := range strings.FieldsSeq(r.cell(3)) {
			a = strings.TrimSuffix(a, "/")
			if len(a) == len(aud) && compareFold(a, aud) == 0 {
				return resourceOf(r), true
			}
			if strings.ContainsAny(a, "*{N") {
				if n := fixed(a); n > most && like(aud, a) {
					best, most = r, n
				}
			}
		}
	}
	if most < 0 {
		return Resource{}, false
	}
	return resourceOf(best), true
}

// stranger searches the long table of audiences: as it stands, then with the
// first labels of the host, or the end of the path, as *. A bare id is looked
// up among those that the audiences belong to.
func stranger(aud string) (Resource, bool) {
	if r, ok := find(strangers, aud); ok {
		return strangerOf(r), true
	}
	if host, ok := strings.CutPrefix(aud, "https://"); ok {
		for {
			_, rest, ok := strings.Cut(host, ".")
			if !ok {
				break
			}
			host = rest
			if r, ok := find(strangers, "https://*."+host); ok {
				return strangerOf(r), true
			}
		}
	}
	for base := aud; ; {
		i := strings.LastIndexByte(base, '/')
		if i < 0 || base[:i] == "https:/" {
			break
		}
		base = base[:i]
		if r, ok := find(strangers, base+"/*"); ok {
			return strangerOf(r), true
		}
	}
	if id := strings.TrimPrefix(strings.TrimPrefix(aud, "spn:"), "api://"); isGUID(id) {
		if i := strings.Index(strangers, "\t"+id+"\t"); i >= 0 {
			r := row(lineAt(strangers, lineStart(strangers, 0, i)))
			return Resource{Name: r.cell(2), AppID: id}, true
		}
	}
	return Resource{}, false
}

func strangerOf(r row) Resource {
	if known, ok := known(r.cell(1)); ok {
		return known
	}
	return Resource{Name: r.cell(2), AppID: r.cell(1), Audiences: []string{r.cell(0)}}
}

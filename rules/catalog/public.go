package catalog

import (
	"strings"
	"sync"
)

// Public tells whether an id or a name is the same for everybody: the ids of
// Microsoft's apps and resources, of permissions and directory roles, and the
// display names of resources, clients and roles. The sources are those of
// facts/permissions.tsv, resources.tsv, resource-audiences.tsv,
// client-apps.tsv, directory-roles.tsv and token-claims.tsv.
func Public(s string) bool { return public()[strings.ToLower(s)] }

var public = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for _, table := range []string{permissions, resources, strangers, clientApps, directoryRoles, claims} {
		for line := range strings.Lines(table) {
			for i := 0; i+36 <= len(line); i++ {
				if isGUID(line[i : i+36]) {
					all[strings.ToLower(line[i:i+36])] = true
					i += 35
				}
			}
		}
	}
	name := func(table string, cell int) {
		for r := range rows(table) {
			if n := strings.ToLower(r.cell(cell)); n != "" {
				all[n] = true
			}
		}
	}
	name(resources, 1)
	name(strangers, 2)
	name(clientApps, 2)
	name(directoryRoles, 1)
	return all
})

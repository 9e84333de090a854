package catalog

import (
	"iter"
	"strings"
)

// IDs yields every id in GUID form that a table of this package holds, in lower
// case: apps of Microsoft's own, directory roles, permissions. An id that is not
// among them means nothing to this package but itself.
func IDs() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, table := range []string{aadsts, properties, strangers, cmdletVerbs, cmdletRoots, directoryRoles, clientApps, exchange, claims,
			clouds, graphErrors, defenderErrors, codeNeeds, permissions, aliases, depends, requirements, resources, apiNames, foreign, ended, subscriptions} {
			for id := range FindIDs(table) {
				if !yield(id) {
					return
				}
			}
		}
	}
}

// FindIDs yields the ids in GUID form that stand in a text, in lower case.
func FindIDs(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := 0; i+36 <= len(text); {
			dash := strings.IndexByte(text[i:], '-')
			if dash < 0 {
				return
			}
			at := i + dash - 8
			i += dash + 1
			if at < 0 || at+36 > len(text) || !isGUID(text[at:at+36]) {
				continue
			}
			if !yield(strings.ToLower(text[at : at+36])) {
				return
			}
			i = at + 36
		}
	}
}

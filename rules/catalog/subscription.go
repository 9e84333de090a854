package catalog

import (
	_ "embed"
	"strings"
)

//go:embed facts/subscriptions.tsv
var subscriptions string

// Subscription returns the permissions, any one of which a subscription to a
// resource needs for a kind of caller, as the documentation lists them; ok is
// false where it is silent. The resource is as it stands in the request's body:
// "users", "me/mailFolders('inbox')/messages".
func Subscription(resource string, k Kind) (any []string, source string, ok bool) {
	path, _, _ := strings.Cut(strings.Trim(resource, "/ "), "?")
	for _, version := range [...]string{"v1.0/", "beta/"} {
		path = strings.TrimPrefix(path, version)
	}
	path = strings.NewReplacer("('", "/", "')", "").Replace(path)
	if me, rest, _ := strings.Cut(path, "/"); compareFold(me, "me") == 0 {
		path = strings.TrimSuffix("users/{id}/"+rest, "/")
	}
	segs := strings.Split(path, "/")
	for r := range rows(subscriptions) {
		pattern := strings.Split(r.first(), "/")
		if len(pattern) != len(segs) || !fitsPattern(segs, pattern) {
			continue
		}
		column := map[Kind]int{Delegated: 1, Application: 2}[k]
		if column == 0 {
			return nil, "", false
		}
		return r.fields(column), r.cell(3), len(r.fields(column)) > 0
	}
	return nil, "", false
}

func fitsPattern(segs, pattern []string) bool {
	for i, p := range pattern {
		if p != "{id}" && compareFold(segs[i], p) != 0 {
			return false
		}
	}
	return true
}

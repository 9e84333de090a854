package evidence

import "strings"

// This file reads what stands in the options of a command and in the path of a
// request beside what was asked for: the resource, the client, the tenant.

// options are a command line's options, in lower case, and the facts they are.
var options = map[string]string{
	"--resource": "resource", "--tenant": "tenant", "--tenant-id": "tenant", "-tenantid": "tenant", "-tenant": "tenant", "--client-id": "client_id", "-clientid": "client_id",
}

// commandOptions reads the options of a command that somebody typed.
func (s *scanner) commandOptions(seg string, line int) {
	cmd := afterPrompt(seg)
	if tool, _, _ := strings.Cut(cmd, " "); !s.prompted && tool != "az" && tool != "m365" && tool != "o365" && tool != "pwsh" {
		return
	}
	words := shellWords(cmd)
	for i, w := range words {
		name, value, joined := strings.Cut(w, "=")
		field := options[asciiLower(name)]
		if field == "" {
			continue
		}
		if !joined && i+1 < len(words) {
			value = words[i+1]
		}
		if isGUID(value) || field == "resource" && strings.Contains(value, "://") || field == "tenant" && strings.Contains(value, ".") && !strings.ContainsAny(value, "$<{") {
			s.b.fact(field, value, line, FromRequest)
		}
	}
}

// tenantRoots are collections that stand behind a tenant's id in a path.
var tenantRoots = map[string]bool{"users": true, "groups": true, "applications": true, "serviceprincipals": true, "organization": true, "directoryroles": true, "directoryobjects": true, "devices": true, "domains": true}

// pathTenant is the tenant that a path names before the collection, as older
// clients write: /v1.0/{tenant}/groups.
func pathTenant(path string) string {
	segs := strings.Split(strings.TrimPrefix(path, "/"), "/")
	if len(segs) > 2 && versioned(path) && isGUID(segs[1]) && tenantRoots[asciiLower(segs[2])] {
		return segs[1]
	}
	if len(segs) > 3 && segs[0] == "api" && isGUID(segs[2]) && segs[3] == "activity" { // manage.office.com/api/v1.0/{tenant}/activity/feed
		return segs[2]
	}
	return ""
}

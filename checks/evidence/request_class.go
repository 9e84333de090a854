package evidence

import "strings"

// This file derives requests from the classes that the .NET and Java libraries
// had before their version 5 and 6: Microsoft.Graph.SiteListsCollectionRequest
// stands for /sites/{id}/lists, whoever built it.

// classRoots are the entities whose requests begin at a collection of their own.
// Requests on users are left out: the class of /me is the same.
var classRoots = map[string]string{"Site": "sites", "Group": "groups", "Team": "teams", "Drive": "drives", "Application": "applications", "ServicePrincipal": "servicePrincipals", "Chat": "chats", "Device": "devices"}

// classVerbs are the methods of such classes.
var classVerbs = map[string]string{"GetAsync": "GET", "AddAsync": "POST", "CreateAsync": "POST", "PostAsync": "POST", "UpdateAsync": "PATCH", "PatchAsync": "PATCH", "PutAsync": "PUT", "DeleteAsync": "DELETE"}

// requestClass reads a stack frame of such a class.
func (s *scanner) requestClass(text string, line int) {
	_, rest, ok := strings.Cut(text, "Microsoft.Graph.")
	if !ok {
		return
	}
	class, tail, ok := strings.Cut(rest, ".")
	verb, _, _ := strings.Cut(tail, "(")
	if path, method := classPath(class), classVerbs[verb]; ok && path != "" && method != "" {
		s.b.request(method, path, line, true).call.Client = "SDK"
	}
}

// classPath is the path that a request's class stands for, "" where it does not
// tell.
func classPath(class string) string {
	name, ok := strings.CutSuffix(class, "Request")
	if !ok {
		return ""
	}
	name, reference := strings.CutSuffix(name, "CollectionReferences")
	name, _ = strings.CutSuffix(name, "CollectionWithReferences")
	name, collection := strings.CutSuffix(name, "Collection")
	if set, ok := strings.CutPrefix(name, "GraphService"); ok && collection && set != "" {
		return "/" + camel(set)
	}
	for entity, root := range classRoots {
		rest, ok := strings.CutPrefix(name, entity)
		switch {
		case !ok || rest != "" && (rest[0] < 'A' || rest[0] > 'Z'):
			continue
		case rest == "":
			return "/" + root + "/{id}"
		case reference:
			return "/" + root + "/{id}/" + camel(rest) + "/$ref"
		case collection:
			return "/" + root + "/{id}/" + camel(rest)
		}
	}
	return ""
}

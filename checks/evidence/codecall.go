package evidence

import (
	_ "embed"
	"strings"
	"sync"
)

// This file derives the request from what a person or program typed instead of
// it: a command of Azure CLI, or a call in pasted code of a Graph SDK.

//go:embed azcli.tsv
var azTable string

// azCommands are the rows of the table, read when the first is asked for.
var azCommands = sync.OnceValue(func() [][3]string {
	var out [][3]string
	for row := range strings.Lines(azTable) {
		cells := strings.Split(strings.TrimSpace(row), "\t")
		if len(cells) == 3 && cells[0][0] != '#' {
			out = append(out, [3]string(cells))
		}
	}
	return out
})

// azCommand notes the request behind a command of Azure CLI's group ad. What
// follows on the line may be its error, so the line is not taken.
func (s *scanner) azCommand(cmd string, line int) {
	i := strings.Index(cmd, "az ad ")
	if i < 0 || i > 0 && wordByte(cmd[i-1]) {
		return
	}
	best := [3]string{}
	for _, row := range azCommands() {
		if len(row[0]) > len(best[0]) && strings.HasPrefix(cmd[i:], row[0]) {
			best = row
		}
	}
	if best[0] == "" || !s.prompted && i > 0 {
		return
	}
	s.b.request(best[1], best[2], line, true).call.Client = "Azure CLI"
}

// codeRoots are the collections that a call of an SDK begins with.
var codeRoots = map[string]string{
	"me": "/me", "users": "/users", "groups": "/groups", "applications": "/applications", "serviceprincipals": "/servicePrincipals",
	"sites": "/sites", "drives": "/drives", "teams": "/teams", "chats": "/chats", "devices": "/devices", "communications": "/communications",
	"auditlogs": "/auditLogs", "identity": "/identity", "devicemanagement": "/deviceManagement", "security": "/security", "reports": "/reports",
	"organization": "/organization", "directory": "/directory", "subscriptions": "/subscriptions", "planner": "/planner", "directoryroles": "/directoryRoles",
}

// codeVerbs are the methods of the SDKs that send a request.
var codeVerbs = map[string]string{"get": "GET", "getasync": "GET", "post": "POST", "postasync": "POST", "addasync": "POST",
	"patch": "PATCH", "patchasync": "PATCH", "updateasync": "PATCH", "delete": "DELETE", "deleteasync": "DELETE", "put": "PUT", "putasync": "PUT"}

// codeCall notes the request that a line of code makes with a Graph SDK:
// client.Me().Get(ctx, nil), graphClient.Users[id].Messages.GetAsync().
func (s *scanner) codeCall(seg string, line int) {
	low := asciiLower(seg)
	i := strings.Index(low, "client.")
	if i < 0 || !strings.Contains(low[i:], "(") || s.b.cur != nil && s.b.cur.hasReq && !s.b.cur.weakReq {
		return
	}
	if path, method := codePath(seg[i+len("client."):]); path != "" {
		s.b.request(method, path, line, true).call.Client = "SDK"
	}
}

// codePath reads a chain of members, calls and indexes as a path; it is none
// without a known root and a verb at its end.
func codePath(chain string) (path, method string) {
	for first := true; ; first = false {
		end := 0
		for end < len(chain) && wordByte(chain[end]) {
			end++
		}
		name := chain[:end]
		rest := chain[end:]
		argument := false
		if rest != "" && (rest[0] == '(' || rest[0] == '[') {
			inside, after := bracketed(rest)
			argument = inside != ""
			rest = after
		}
		low := strings.ToLower(strings.ReplaceAll(name, "_", ""))
		switch root := codeRoots[low]; {
		case first && root == "":
			return "", ""
		case first:
			path = root
			if argument {
				path += "/{id}"
			}
		case codeVerbs[low] != "":
			return path, codeVerbs[low]
		case low == "request" || low == "":
		case strings.HasPrefix(low, "by") && strings.HasSuffix(low, "id"):
			path += "/{id}"
		default:
			word := pathWord(name)
			if low == "ref" || low == "count" {
				word = "$" + low // the builders leave the sign out
			}
			if path += "/" + word; argument {
				path += "/{id}"
			}
		}
		if rest == "" || rest[0] != '.' || strings.Count(path, "/") > 12 {
			return "", ""
		}
		chain = strings.TrimLeft(rest[1:], " ")
	}
}

// bracketed splits a text that begins with a bracket behind its closing one;
// a bracket that does not close takes the rest.
func bracketed(s string) (inside, after string) {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth--; depth == 0 {
				return strings.TrimSpace(s[1:i]), s[i+1:]
			}
		}
	}
	return strings.TrimSpace(s[1:]), ""
}

// pathWord is the path's segment behind a member of a client: Python writes the
// namespace of an action in front of it and words with underscores,
// microsoft_graph_security_run_hunting_query.
func pathWord(name string) string {
	words := strings.Split(name, "_")
	if len(words) > 3 && words[0] == "microsoft" && words[1] == "graph" {
		words = words[2:]
		if codeRoots[words[0]] != "" && len(words) > 1 {
			words = words[1:]
		}
	}
	for i, w := range words[1:] {
		if w != "" {
			words[i+1] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return camel(strings.Join(words, ""))
}

package gate

import (
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file reads the request builders of Microsoft Graph's SDKs: a chain of
// names that ends with Get, Post, Patch, Put or Delete spells a path.
//
//	graphClient.Users["id"].Messages.GetAsync()
//	graph_client.users.by_user_id('id').messages.get()
//	graphClient.Users().ByUserId(id).Messages().Get(ctx, nil)

// builders finds the clients of a file and follows what is built on them.
func (r *sourceReader) builders() {
	clients := r.clients()
	if len(clients) == 0 {
		return
	}
	for i := range r.toks {
		w := bareName(r.word(i))
		if !clients[w] {
			continue
		}
		last := i
		if r.sign(i+1, "(") { // a function that returns one
			last = r.closing(i+1) - 1
		}
		if j := r.pathFrom(last); j > 0 {
			r.build(nil, i, j, 0)
		}
	}
}

// clients are names of variables that hold a Graph client: those that a client
// is assigned to, and those declared of its type.
func (r *sourceReader) clients() map[string]bool {
	out := map[string]bool{}
	for i := range r.toks {
		w := r.word(i)
		switch {
		case w == "":
		case strings.HasSuffix(w, "GraphServiceClient") || w == "NewGraphServiceClientWithCredentials" || w == "GraphRequestAdapter":
			// GraphServiceClient client, client: GraphServiceClient
			if name := bareName(r.word(i + 1)); name != "" && !r.sign(i+1, "(") {
				out[name] = true
			}
			if r.sign(i-1, ":") && r.word(i-2) != "" {
				out[r.word(i-2)] = true
			}
			if k := i - 1; r.sign(k, ".") && r.word(k-1) != "" && r.sign(k-2, "*") { // client *sdk.GraphServiceClient
				out[bareName(r.word(k-3))] = true
			}
			for j := i - 1; j >= 0 && j > i-8; j-- {
				if r.sign(j, "=") {
					k := j - 1
					if r.sign(k, ":") {
						k--
					}
					for back := 0; back < 4 && k >= 0; back++ {
						if name := bareName(r.word(k)); name != "" && name != "err" && name != "_" {
							out[name] = true
							break
						}
						k--
					}
					break
				}
			}
		case clientName(w):
			out[bareName(w)] = true
		}
	}
	delete(out, "GraphServiceClient")
	delete(out, "")
	return out
}

// clientName: names under which people keep a Graph client, or a function that
// makes one: graphClient, _graphServiceClient, get_graph_client.
func clientName(w string) bool {
	low := strings.ToLower(w)
	return strings.HasSuffix(low, "client") && strings.Contains(low, "graph")
}

// pathFrom is the token at which the path begins behind a client, 0 where there
// is none.
func (r *sourceReader) pathFrom(i int) int {
	j := i + 1
	for r.sign(j, "!") || r.sign(j, "?") {
		j++
	}
	if r.sign(j, ".") {
		return j
	}
	if r.sign(j, "-") && r.sign(j+1, ">") {
		return j
	}
	return 0
}

// quiet are names in a chain that are no part of the path.
var quiet = map[string]bool{"request": true, "buildrequest": true, "v1": true, "beta": true, "torequestinformation": true, "select": true, "expand": true, "filter": true, "top": true, "orderby": true, "header": true, "skip": true, "count": false}

// build follows one chain from its first dot. It begins at the token start, with
// the segments that a name stands for.
func (r *sourceReader) build(segs []string, start, j, depth int) {
	segs = slices.Clone(segs)
	line := r.toks[start].line
	for n := 0; n < 80 && j < len(r.toks); n++ {
		switch {
		case r.toks[j].kind == tokLine || r.sign(j, "?") || r.sign(j, "!") || r.sign(j, "\\"):
			j++
		case r.sign(j, "["):
			segs = append(segs, hole)
			j = r.closing(j)
		case r.sign(j, ".") || r.sign(j, "-") && r.sign(j+1, ">"):
			j++
			if r.sign(j, ">") {
				j++
			}
			for j < len(r.toks) && r.toks[j].kind == tokLine {
				j++
			}
			name := r.word(j)
			if name == "" {
				return
			}
			if m := builderMethod(name); m != "" && r.sign(j+1, "(") {
				if len(segs) > 0 && isRoot(segs[0]) {
					r.built(m, segs, line, j+1)
				}
				return
			}
			j++
			arg := r.sign(j, "(") && !r.sign(j+1, ")")
			low := strings.ToLower(name)
			switch {
			case quiet[low]:
			case byKey(name):
				segs = append(segs, hole)
			case strings.EqualFold(name, "withUrl"):
				return // the address is the argument's
			case len(segs) > 0 && strings.HasPrefix(low, "graph") && len(low) > len("graph"):
				segs = append(segs, "microsoft.graph."+strings.Trim(low[len("graph"):], "_"))
			case low == "itemwithpath" && len(segs) > 0:
				segs[len(segs)-1] += ":"
				segs = append(segs, hole+":")
			case low == "count" && !r.sign(j, "("):
				segs = append(segs, "$count")
			case low == "ref" || low == "references":
				segs = append(segs, "$ref")
			default:
				segs = append(segs, segment(name))
				if arg && collection(low) {
					segs = append(segs, hole)
				}
			}
			if r.sign(j, "(") {
				j = r.closing(j)
			}
		default:
			if len(segs) > 0 && isRoot(segs[0]) && !r.goesOn(segs, start, j, depth) {
				r.p.Open = append(r.p.Open, evidence.Open{Prefix: evidence.Safe("/" + strings.Join(segs, "/")), Why: "the request is built further elsewhere", Place: place(r.p.File, line)})
			}
			return
		}
	}
}

// goesOn follows a chain that was given a name: request := client.Users(); then
// request.Get(ctx, nil).
func (r *sourceReader) goesOn(segs []string, start, end, depth int) bool {
	for start > 1 && r.sign(start-1, ".") && r.word(start-2) != "" {
		start -= 2
	}
	if r.word(start-1) == "await" || r.word(start-1) == "new" {
		start--
	}
	name := r.assigned(start)
	if name == "" || depth > 3 {
		return false
	}
	followed := false
	for n, k := range r.at[name] {
		if n > 50 {
			break
		}
		if k < end || r.sign(k-1, ".") {
			continue
		}
		if j := r.pathFrom(k); j > 0 {
			r.build(segs, k, j, depth+1)
			followed = true
		}
	}
	return followed
}

// collection tells a name that takes the key of one of its members, as the older
// SDK for Java does: users("id"). An action takes its parameters the same way:
// sendMail(message).
func collection(low string) bool {
	if !strings.HasSuffix(low, "s") && low != "children" && low != "members" {
		return false
	}
	for _, verb := range [...]string{"get", "check", "add", "remove", "assign", "find", "export", "invite", "revoke", "create", "delete", "validate", "send", "sync", "set", "reset"} {
		if strings.HasPrefix(low, verb) {
			return false
		}
	}
	return true
}

// byKey: ByUserId, by_message_id.
func byKey(name string) bool {
	low := strings.ToLower(name)
	if len(name) < 4 || !strings.HasPrefix(low, "by") {
		return false
	}
	return name[2] == '_' || upper(name[2]) && (strings.HasSuffix(low, "id") || strings.HasSuffix(low, "key"))
}

// segment is a name as the path has it: mail_folders and MailFolders are
// mailfolders.
func segment(name string) string {
	return strings.ToLower(strings.ReplaceAll(evidence.Safe(name), "_", ""))
}

// builderMethod is the method that ends a chain.
func builderMethod(name string) string {
	switch strings.TrimSuffix(strings.ToLower(name), "async") {
	case "get", "getstream":
		return "GET"
	case "post", "add":
		return "POST"
	case "patch", "update":
		return "PATCH"
	case "put":
		return "PUT"
	case "delete":
		return "DELETE"
	}
	// GetAsDeltaGetResponseAsync, ToPostRequestInformation
	low := strings.ToLower(name)
	for _, m := range [...]string{"get", "post", "patch", "put", "delete"} {
		if strings.HasPrefix(low, m+"as") && strings.Contains(low, "response") || low == "to"+m+"requestinformation" {
			return strings.ToUpper(m)
		}
	}
	return ""
}

// built takes a finished chain; names in select and expand are its arguments'.
func (r *sourceReader) built(m string, segs []string, line, open int) {
	path := "/" + strings.Join(segs, "/")
	if open, why := openPath(path); open {
		r.p.Open = append(r.p.Open, evidence.Open{Method: m, Prefix: prefixOf(path), Why: why, Place: place(r.p.File, line)})
		return
	}
	c := call(m, "https://graph.microsoft.com/v1.0"+path, place(r.p.File, line))
	if c == nil {
		return
	}
	c.Client = "Microsoft Graph SDK"
	last := min(r.closing(open), open+500)
	for j := open; j < last; j++ {
		if w := strings.ToLower(r.word(j)); w == "select" || w == "expand" {
			for k := j + 1; k < last && !r.sign(k, ";") && !r.sign(k, "}") && !r.sign(k, "]"); k++ {
				if r.isText(k) && len(c.Select) < 50 {
					c.Select = append(c.Select, evidence.Safe(plainText(r.toks[k].parts)))
				}
			}
		}
	}
	r.p.Calls = append(r.p.Calls, c)
}

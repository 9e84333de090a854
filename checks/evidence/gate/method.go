package gate

import (
	"strings"
)

// This file finds out by which method an address is called. Where nothing
// tells, GET is assumed and said to be a guess.

// A method and, where it is not certain, why.
type method struct{ name, guess string }

const guessed = "the method of the call is not seen"

// methodOf is the method that a function's name speaks of: get, GetAsync,
// postAsJsonAsync, HttpPost, MethodPatch; "" where it speaks of none.
func methodOf(name string) string {
	name = strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(name, "Http"), "http"), "Method")
	low := strings.ToLower(name)
	for _, m := range [...]string{"get", "post", "patch", "put", "delete"} {
		rest, ok := strings.CutPrefix(low, m)
		if !ok {
			continue
		}
		switch {
		case rest == "", rest == "async", rest == "request", rest == "json", rest == "method":
			return strings.ToUpper(m)
		case strings.HasPrefix(rest, "async"), strings.HasPrefix(rest, "string"), strings.HasPrefix(rest, "stream"), strings.HasPrefix(rest, "bytearray"), strings.HasPrefix(rest, "from"), strings.HasPrefix(rest, "asjson"), strings.HasPrefix(rest, "for"), strings.HasPrefix(rest, "json"):
			return strings.ToUpper(m)
		}
	}
	if low == "del" {
		return "DELETE"
	}
	return ""
}

// callers are functions that call an address, by GET where nothing else is said.
var callers = map[string]bool{
	"fetch": true, "request": true, "urlopen": true, "ajax": true, "axios": true, "got": true, "api": true, "createrequest": true, "invoke": true, "authfetch": true, "send": true, "sendasync": true, "execute": true,
}

// makers are functions that make an address of one, for the call around them.
var makers = map[string]bool{"format": true, "sprintf": true, "uri": true, "url": true, "create": true, "parse": true, "encodeuri": true, "fromstring": true, "string": true, "tostring": true, "from": true, "concat": true}

// methods are those by which the address in tokens i to end is called.
func (r *sourceReader) methods(i, end int) []method {
	if r.lang.dashes {
		return []method{r.byOptions(i)}
	}
	if m := r.batched(i); m != "" {
		return []method{{name: m}}
	}
	climbs := 0
	for open, callee := r.callee(i); open >= 0 && climbs < 5; open, callee = r.callee(open - 1) {
		climbs++
		if m, ok := r.byCall(open, callee, i, end); ok {
			return []method{m}
		}
		if !makers[strings.ToLower(callee)] {
			break
		}
		if name := r.assigned(r.beginning(open)); name != "" { // url = format("...", x)
			if uses := r.uses(name, r.closing(open)); len(uses) > 0 {
				return uses
			}
		}
	}
	if name := r.assigned(i); name != "" {
		if uses := r.uses(name, end); len(uses) > 0 {
			return uses
		}
	}
	return []method{{"GET", guessed}}
}

// beginning is the token with which a call begins whose arguments open at a
// token: its receiver's, or new before it.
func (r *sourceReader) beginning(open int) int {
	k := open - 1
	if r.sign(k, "!") {
		k--
	}
	for r.sign(k-1, ".") && r.word(k-2) != "" || r.sign(k-1, ":") && r.sign(k-2, ":") && r.word(k-3) != "" {
		if r.sign(k-1, ".") {
			k -= 2
		} else {
			k -= 3
		}
	}
	if r.word(k-1) == "new" {
		k--
	}
	return k
}

// byCall reads the method from the call that an address is given to.
func (r *sourceReader) byCall(open int, callee string, i, end int) (method, bool) {
	low := strings.ToLower(callee)
	for j := open + 1; j < i; j++ { // request("POST", url)
		if m := r.verb(j); m != "" {
			return method{name: m}, true
		}
	}
	if low == "api" || low == "url" || low == "uri" || low == "create" || low == "from" || low == "endpoint" {
		if m := r.onward(end); m != "" {
			return method{name: m}, true
		}
	}
	if low == "url" || low == "uri" { // URL u = new URL(x); c.setRequestMethod("POST")
		for j := end; j < len(r.toks) && j < end+60; j++ {
			if strings.EqualFold(r.word(j), "setRequestMethod") && r.verb(j+2) != "" {
				return method{name: r.verb(j + 2)}, true
			}
		}
	}
	if m := methodOf(callee); m != "" {
		return method{name: m}, true
	}
	if receiver, _ := r.receiver(open); receiver != "" { // new HttpPost(url), Net::HTTP::Get.new(uri)
		if m := methodOf(receiver[strings.LastIndexByte(receiver, '.')+1:]); m != "" && low == "new" {
			return method{name: m}, true
		}
	}
	if m, seen := r.inOptions(open, i, end); m != "" {
		return method{name: m}, true
	} else if !seen && (callers[low] || strings.Contains(low, "fetch")) {
		return method{name: "GET"}, true
	} else if seen && callers[low] {
		return method{"GET", guessed}, true
	}
	if strings.Contains(low, "graph") || callers[low] {
		return method{"GET", guessed}, true
	}
	return method{}, false
}

// verb is a method written as a text or as a member: "POST", HttpMethod.Post.
func (r *sourceReader) verb(j int) string {
	if r.isText(j) {
		switch t := plainText(r.toks[j].parts); t {
		case "GET", "POST", "PATCH", "PUT", "DELETE":
			return t
		}
		return ""
	}
	if w := r.word(j); w != "" && (strings.HasPrefix(w, "Method") || r.sign(j-1, ".") && strings.Contains(strings.ToLower(r.word(j-2)), "method")) {
		return methodOf(w)
	}
	return ""
}

// onward follows the calls behind: .api(x).select(y).post(body).
func (r *sourceReader) onward(end int) string {
	j := end
	for j < len(r.toks) && j < end+120 {
		switch {
		case r.sign(j, ")") || r.toks[j].kind == tokLine || r.sign(j, ",") || r.sign(j, "?") || r.sign(j, "!"):
			j++
		case r.sign(j, ".") && r.word(j+1) != "" && r.sign(j+2, "("):
			if m := methodOf(r.word(j + 1)); m != "" {
				return m
			}
			j = r.closing(j + 2)
		case r.sign(j, "."):
			j += 2
		default:
			return ""
		}
	}
	return ""
}

// inOptions looks for a method among the other arguments of a call: method:
// 'POST', or an object of options that has a name. seen tells that there is
// such an object whose method is not known.
func (r *sourceReader) inOptions(open, i, end int) (m string, seen bool) {
	last := min(r.closing(open), open+500)
	for j := open + 1; j < last; j++ {
		if j >= i && j < end {
			continue
		}
		if m := r.methodMember(j); m != "" {
			return m, true
		}
		if w := r.word(j); w != "" && (r.sign(j+1, ")") || r.sign(j+1, ",")) && r.sign(j-1, ",") {
			if m, ok := r.ofObject(w); ok {
				if m == "" {
					m = "GET"
				}
				return m, true
			}
			if strings.Contains(strings.ToLower(w), "option") || strings.Contains(strings.ToLower(w), "init") || strings.Contains(strings.ToLower(w), "config") {
				seen = true
			}
		}
	}
	return "", seen
}

// methodMember reads method: 'POST' at a token.
func (r *sourceReader) methodMember(j int) string {
	name := strings.ToLower(r.word(j))
	if r.isText(j) {
		name = strings.ToLower(plainText(r.toks[j].parts))
	}
	if name != "method" && name != "type" && name != "httpmethod" && name != "verb" {
		return ""
	}
	k := j + 1
	for r.sign(k, ":") || r.sign(k, "=") || r.sign(k, ">") || r.sign(k, ",") {
		k++
	}
	if k == j+1 || k >= len(r.toks) {
		return ""
	}
	if r.isText(k) {
		switch t := strings.ToUpper(plainText(r.toks[k].parts)); t {
		case "GET", "POST", "PATCH", "PUT", "DELETE":
			return t
		}
	}
	if r.word(k) != "" {
		for k+2 < len(r.toks) && r.sign(k+1, ".") {
			k += 2
		}
		return methodOf(r.word(k))
	}
	return ""
}

// ofObject is the method in an object that was given a name: const options = {
// method: 'GET' }.
func (r *sourceReader) ofObject(name string) (string, bool) {
	for n, j := range r.at[bareName(name)] {
		if n > 200 {
			break
		}
		if !r.sign(j+1, "=") && !r.sign(j+1, ":") {
			continue
		}
		k := j + 2
		for k < len(r.toks) && k < j+8 && !r.sign(k, "{") && !r.sign(k, ";") {
			k++
		}
		if !r.sign(k, "{") {
			continue
		}
		last := min(r.closing(k), k+500)
		for at := k; at < last; at++ {
			if m := r.methodMember(at); m != "" {
				return m, true
			}
		}
		return "", true
	}
	return "", false
}

// uses are the methods of the calls that a name is given to later.
func (r *sourceReader) uses(name string, from int) []method {
	var out []method
	for n, j := range r.at[name] {
		if len(out) == 8 || n > 200 {
			break
		}
		if j < from || r.sign(j+1, ":") || r.sign(j+1, "=") && !r.sign(j+2, "=") {
			continue
		}
		open, callee := r.callee(j)
		if open < 0 {
			continue
		}
		if m, ok := r.byCall(open, callee, j, j+1); ok && !hasMethod(out, m) {
			out = append(out, m)
		}
	}
	return out
}

func hasMethod(list []method, m method) bool {
	for _, o := range list {
		if o.name == m.name {
			return true
		}
	}
	return false
}

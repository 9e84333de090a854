package evidence

import (
	"strings"
)

// This file reads request lines and requests within prose.

// requestLine reads "GET https://... HTTP/1.1", "PATCH /v1.0/users/x", with
// whatever stands around it, and the status that may stand behind it.
func (s *scanner) requestLine(seg string, line int) bool {
	for i := 0; i < len(seg); {
		j := i
		for j < len(seg) && seg[j] >= 'A' && seg[j] <= 'Z' {
			j++
		}
		m := ""
		if j > i && (i == 0 || !wordByte(seg[i-1]) && seg[i-1] != '-') {
			m = isMethod(seg[i:j])
		}
		if m == "" {
			i = max(j, i+1)
			continue
		}
		target := strings.TrimLeft(seg[j:], " :\"'`,=>")
		if url, rest, ok := requestTarget(target); ok {
			if strings.Contains(seg[:i], "AADSTS") {
				return false // what failed stands before it
			}
			return s.foundRequest(seg, m, url, rest, i, line)
		}
		i = j
	}
	return false
}

// requestTarget reads a URL or a path that a request line names.
func requestTarget(s string) (url, rest string, ok bool) {
	if a, e, found := findURL(s, 0); found && a == 0 {
		e = queryEnd(s, e)
		return s[a:e], s[e:], true
	}
	if !strings.HasPrefix(s, "/") && !versioned(s) || strings.HasPrefix(s, "//") {
		return "", "", false
	}
	e := strings.IndexAny(s, " \"`\t")
	if e < 0 {
		e = len(s)
	}
	if e = queryEnd(s, e); e < 2 {
		return "", "", false
	}
	return s[:e], s[e:], true
}

// queryEnd lets a query with blanks go on, as people type $filter=x eq 'y'.
func queryEnd(s string, e int) int {
	q := strings.IndexByte(s[:min(e, len(s))], '?')
	for q >= 0 && e < len(s) && s[e] == ' ' {
		next := s[e+1:]
		w := strings.IndexByte(next, ' ')
		if w < 0 {
			w = len(next)
		}
		switch word := next[:w]; {
		case word == "eq" || word == "ne" || word == "and" || word == "or" || word == "ge" || word == "le" || word == "gt" || word == "lt" || word == "desc" || word == "asc" || word == "in":
			e += 1 + w
			if e < len(s) && word != "desc" && word != "asc" {
				n := strings.IndexByte(s[e+1:], ' ')
				if n < 0 {
					n = len(s) - e - 1
				}
				e += 1 + n
			}
			continue
		}
		break
	}
	return min(e, len(s))
}

// portWord is the port in a line of IIS' log (the W3C extended form): method, path,
// query, port, user, client, agent, perhaps referer, status, substatus, code of
// Windows, and the time taken.
// Source: https://learn.microsoft.com/windows/win32/http/w3c-logging
const portWord = " 443 "

// w3cStatus returns the status in what stands behind the port, "" if that is no
// such line.
func w3cStatus(rest string) string {
	w := strings.Fields(rest)
	for i := 2; i+2 < len(w) && i < 8; i++ {
		if len(w[i]) == 3 && statusNumber(w[i]) > 0 && digits([]byte(w[i+1])) >= 0 && digits([]byte(w[i+2])) >= 0 {
			return w[i]
		}
	}
	return ""
}

func (s *scanner) foundRequest(seg, method, url, rest string, at, line int) bool {
	relative := !strings.Contains(url, "://")
	if relative && at > 2 {
		// urllib3: https://host:443 "GET /path HTTP/1.1" 401
		if a, e, ok := findURL(seg[:at], 0); ok {
			url = strings.TrimSuffix(strings.TrimRight(seg[a:e], "/"), ":443") + url
			relative = false
		}
	}
	http := strings.HasPrefix(strings.TrimLeft(rest, " \"'"), "HTTP/")
	if relative && !versioned(url) && !(http && at <= 2) {
		if http { // another server's access log
			s.aside(seg, line)
		}
		return http
	}
	if u := splitURL(url); u.doc() {
		return false
	}
	s.flush()
	f := s.b.request(method, url, line, false)
	s.b.stamp(f)
	s.loginParams(splitURL(url), line)
	if at > 8 && (strings.ContainsAny(seg[:1], "([-") || strings.HasPrefix(seg, "HTTP ") || findStatus(seg[:at]) >= 400 && findStatus(rest) == 0) {
		for _, c := range findCodes(seg[:at]) {
			if code := seg[c[0]:c[1]]; !s.b.adopt(code, line) {
				s.say(code, "", InLine, 0, line)
			}
		}
		s.inlineStatus(seg[:at], line)
	}
	if http && at <= 2 {
		s.header, s.dir = true, '>'
		if i := strings.Index(rest, "HTTP/"); i >= 0 {
			if w := strings.Fields(rest[i:]); len(w) > 1 {
				rest = " " + strings.Join(w[1:], " ")
			} else {
				rest = ""
			}
		}
	} else if i := strings.Index(rest, "HTTP/"); i >= 0 {
		if w := strings.Fields(rest[i:]); len(w) > 1 {
			rest = " status " + strings.Join(w[1:], " ")
		}
	}
	if i := strings.Index(rest, portWord); i >= 0 {
		if status := w3cStatus(rest[i+len(portWord):]); status != "" {
			rest = " status " + status
		}
	}
	if w := strings.Fields(strings.TrimLeft(rest, " -:>=|,(\"'")); len(w) > 0 && len(w[0]) == 3 && statusNumber(w[0]) >= 200 {
		s.b.stamp(s.b.status(statusNumber(w[0]), line))
	} else {
		s.inlineStatus(rest, line)
	}
	if s.dir == 0 {
		s.header, s.dir = strings.TrimSpace(rest) == "", '>'
	}
	s.replyText(rest, line)
	return true
}

// unsentMark is what Go's Azure clients write before the address of a request
// that they never sent, since no token could be had for it. The statuses behind
// it are those of the endpoint for tokens.
const unsentMark = "the Token for request to "

// links notes URLs that a line mentions: weak requests to APIs, redirects.
func (s *scanner) links(seg string, line int) {
	s.namedPath(seg, line)
	if path := clientPath(seg); path != "" {
		if !versioned(path) {
			path = "/v1.0" + path
		}
		s.b.request(clientMethod(seg), "https://graph.microsoft.com"+path, line, true)
	}
	for i := 0; ; {
		a, e, ok := findURL(seg, i)
		if !ok {
			return
		}
		e = queryEnd(seg, e)
		i = e
		if strings.HasSuffix(seg[:a], unsentMark) {
			s.b.fact("unsent", seg[a:e], line, FromRequest)
			continue
		}
		if refersTo(seg[:a]) || strings.Contains(seg[a:e], "/$metadata#") { // what an answer's context names
			continue
		}
		u := splitURL(seg[a:e])
		if u.query != "" && (strings.Contains(u.query, "error=") || strings.Contains(u.query, "error_description=")) {
			s.redirect(u, line)
			continue
		}
		if u.login() && u.path == "/" && u.query == "" {
			s.b.fact("authority_host", u.host, line, FromRequest)
		}
		if code := statusBehind(seg[e:]); code > 0 && u.api() && !isScopeURL(u) && !s.terse {
			s.flush()
			s.b.request(methodNear(seg[:a]), seg[a:e], line, false)
			s.b.stamp(s.b.status(code, line))
			continue
		}
		switch {
		case u.doc() || u.path == "/" && u.query == "" || strings.Contains(u.path, "/.default") || strings.Contains(u.query, "code=7") || strings.HasSuffix(u.path, "/error"):
			continue
		case strings.Contains(asciiLower(u.path), "/msi/token"):
			s.loginParams(u, line)
		case u.login():
			s.loginParams(u, line)
			if strings.Contains(u.path, "/token") || strings.Contains(u.path, "/authorize") {
				s.b.fact("authority", u.scheme+"://"+u.host+u.path, line, FromRequest)
				if s.b.cur == nil || !s.b.cur.hasReq {
					s.b.request(methodNear(seg[:a]), seg[a:e], line, true)
				}
			}
		case u.api() && !isScopeURL(u):
			s.b.stamp(s.b.request(methodNear(seg[:a]), seg[a:e], line, true))
		case strings.Contains(seg[:a], "for url:") || strings.Contains(seg[:a], "Request starting") || strings.Contains(seg[:a], "Received request"):
			s.b.request(methodNear(seg[:a]), seg[a:e], line, true)
		}
	}
}

// refersTo: the address behind these words names another object, as the body of
// a request does, and is not what was called.
func refersTo(before string) bool {
	if strings.HasSuffix(before, " - Url: ") && strings.Contains(before, "Activity ID") {
		return true // Intune names the backend that answered Graph
	}
	tail := before[max(0, len(before)-24):]
	for _, name := range [...]string{"@odata.bind", "@odata.id"} {
		if i := strings.LastIndex(tail, name); i >= 0 && strings.Trim(tail[i+len(name):], " \\\"'=:") == "" {
			return true
		}
	}
	return false
}

// statusBehind is the status that stands alone behind an address, as a list of
// requests prints it: "https://...   404", "https://... -> 403 Forbidden".
func statusBehind(rest string) int {
	t := strings.TrimLeft(rest, " \t:|=>-")
	if t == rest || len(t) < 3 {
		return 0
	}
	code := statusNumber(t[:3])
	if code < 200 || len(t) > 3 && t[3] != ' ' && t[3] != '\t' {
		return 0
	}
	if t = strings.TrimSpace(t[3:]); t != "" && !reasonPhrase(t) {
		return 0
	}
	return code
}

// namedPath notes the path that a sentence about a failed call names: "the call
// with path /v1.0/users/x failed with status 403".
func (s *scanner) namedPath(seg string, line int) {
	if findStatus(seg) < 400 || s.b.cur != nil && s.b.cur.hasReq {
		return
	}
	words := strings.Fields(seg)
	for i, w := range words {
		w = strings.Trim(w, "'\"`,;()<>")
		if i == 0 || !strings.HasPrefix(w, "/") || !versioned(w) || len(w) < 8 {
			continue
		}
		switch strings.Trim(asciiLower(words[i-1]), ":=('\"") {
		case "path", "endpoint", "url", "uri", "to", "for", "on", "call", "calling", "route", "resource":
			s.b.request("", w, line, true)
			return
		}
	}
}

// clientPath is the path that a call of Microsoft's JavaScript client names:
// client.api('/me/messages').
func clientPath(seg string) string {
	i := strings.Index(seg, ".api(")
	if i < 0 || i+8 > len(seg) || strings.IndexByte("'\"`", seg[i+5]) < 0 {
		return ""
	}
	path := seg[i+6:]
	e := strings.IndexByte(path, seg[i+5])
	if e < 2 || path[0] != '/' || strings.ContainsAny(path[:e], " ") {
		return ""
	}
	return path[:e]
}

// clientMethod is the method behind such a path: client.api('/me').post(...).
func clientMethod(seg string) string {
	for _, m := range []string{"get", "post", "put", "patch", "delete", "del", "getStream", "putStream", "create", "update"} {
		if strings.Contains(seg, ")."+m+"(") {
			return map[string]string{"del": "DELETE", "getStream": "GET", "putStream": "PUT", "create": "POST", "update": "PATCH"}[m] + isMethod(m)
		}
	}
	return ""
}

// isScopeURL: https://graph.microsoft.com/User.Read is a scope, not a call.
func isScopeURL(u parsedURL) bool {
	last := u.path[strings.LastIndexByte(u.path, '/')+1:]
	return u.query == "" && strings.Count(u.path, "/") == 1 && (IsPermission(last) || last == "user_impersonation" || last == ".default" || last == "")
}

// methodNear finds a method in the words before a URL.
func methodNear(before string) string {
	f := strings.FieldsFunc(before, func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') })
	for i := len(f) - 1; i >= 0 && i >= len(f)-4; i-- {
		switch w := f[i]; {
		case w == strings.ToUpper(w) && isMethod(w) != "":
			return isMethod(w)
		case i > 0 && strings.EqualFold(f[i-1], "method"):
			return isMethod(w)
		}
		switch low := strings.ToLower(f[i]); low {
		case "get", "post", "put", "patch", "delete", "getasync", "postasync", "patchasync", "deleteasync":
			return isMethod(strings.TrimSuffix(low, "async"))
		}
	}
	return ""
}

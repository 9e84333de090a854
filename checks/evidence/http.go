package evidence

import (
	"strconv"
	"strings"
)

// This file reads HTTP as people and programs print it: raw messages, status
// and request lines, header blocks, access logs, client libraries' sentences.

var methods = []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}

// isMethod returns the method in upper case, or "".
func isMethod(w string) string {
	w = strings.ToUpper(strings.Trim(w, "\"'`"))
	for _, m := range methods {
		if w == m {
			return m
		}
	}
	return ""
}

// statusLine reads "HTTP/1.1 401 Unauthorized" and "403 : Forbidden".
func (s *scanner) statusLine(seg string, line int) bool {
	if strings.HasPrefix(seg, "HTTP/") {
		f := strings.Fields(seg)
		if len(f) > 1 {
			if code := statusNumber(f[1]); code > 0 {
				s.flush()
				s.b.status(code, line)
				s.header, s.dir = true, '<'
				return true
			}
		}
		return false
	}
	if len(seg) < 40 && len(seg) > 2 {
		if code := statusNumber(seg[:3]); code > 0 && (reasonPhrase(strings.TrimLeft(seg[3:], " :-(")) || len(seg) == 3 && s.awaited()) {
			s.flush()
			s.b.status(code, line)
			s.header, s.dir = true, '<'
			return true
		}
	}
	return false
}

// awaited: a request was read and its answer was not.
func (s *scanner) awaited() bool {
	f := s.b.cur
	return f != nil && f.call.Status == 0 && (f.hasReq || len(f.said) > 0)
}

func statusNumber(w string) int {
	w = strings.Trim(w, "\"'`(),;:[]")
	if i := strings.IndexByte(w, '.'); i == 3 { // 401.71 of IIS
		w = w[:3]
	}
	n, err := strconv.Atoi(w)
	if err != nil || len(w) != 3 || n < 100 || n > 599 {
		return 0
	}
	return n
}

var reasons = []string{"Unauthorized", "Forbidden", "Bad Request", "BadRequest", "Not Found", "NotFound", "Conflict", "Too Many Requests", "TooManyRequests",
	"Service Unavailable", "ServiceUnavailable", "Internal Server Error", "InternalServerError", "Bad Gateway", "BadGateway", "Gateway Time", "GatewayTimeout", "OK", "Created", "Accepted",
	"No Content", "NoContent", "Found", "Precondition Failed", "PreconditionFailed", "Method Not Allowed", "Gone", "Locked", "Payment Required", "Not Acceptable", "Request Entity Too Large",
	"Unprocessable", "Moved", "See Other", "Not Modified", "Client Error", "Server Error", "Range Not Satisfiable", "Insufficient Storage", "Not Implemented"}

// reasonPhrase: the text begins with a reason phrase of HTTP.
func reasonPhrase(text string) bool {
	for _, r := range reasons {
		if len(text) >= len(r) && strings.EqualFold(text[:len(r)], r) {
			return true
		}
	}
	return false
}

// reasonCodes maps a reason phrase without its number, as .NET prints statuses.
var reasonCodes = map[string]int{"unauthorized": 401, "forbidden": 403, "badrequest": 400, "notfound": 404, "conflict": 409, "toomanyrequests": 429, "serviceunavailable": 503,
	"internalservererror": 500, "badgateway": 502, "gatewaytimeout": 504, "ok": 200, "preconditionfailed": 412, "methodnotallowed": 405, "gone": 410, "locked": 423, "paymentrequired": 402}

func reasonCode(word string) int { return reasonCodes[Fold(word)] }

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

// replyText keeps the words behind a request: "... - Forbidden: reason".
func (s *scanner) replyText(rest string, line int) {
	rest = strings.TrimLeft(strings.TrimSpace(rest), "-:|>`\"' ")
	if len(rest) < 12 || strings.HasPrefix(rest, "HTTP/") {
		return
	}
	if s.aadsts(rest, InLine, func(int) int { return line }) > 0 {
		return
	}
	if c := findCodes(rest); len(c) > 0 {
		s.say(rest[c[0][0]:c[0][1]], strings.TrimLeft(rest[c[0][1]:], " :]-"), InLine, 0, line)
		return
	}
	if i := strings.Index(rest, "Error Message:"); i >= 0 {
		rest = strings.TrimSpace(rest[i+len("Error Message:"):])
	}
	if s.b.cur != nil && len(strings.Fields(rest)) > 2 {
		s.b.cur.prose(Statement{Message: safe(rest), Carrier: InProse, Ref: Ref{Place{s.b.file, line}, FromService, "text", refValue("", rest)}})
	}
}

// inlineStatus finds a status in a sentence.
func (s *scanner) inlineStatus(seg string, line int) {
	if code := findStatus(seg); code > 0 {
		f := s.b.status(code, line)
		s.b.stamp(f)
	}
}

// statusMarks stand before a status number.
var statusMarks = []string{"status code '", "status code \"", "status code: ", "status code = '", "status code=", "status code ", "statuscode=", "statuscode: ", "statuscode:", "statuscode ", "status: ", "status=", "status ",
	"response code: ", "response code ", "http code ", "http error ", "http ", "http/1.1 ", "http/2 ", "-> ", "=> ", "returned ", "responded ", "answered ", "respond with ", "response: ", "error: ", "error ", "failed with ", "failed: ", "got ", "code: ", "code=", "status code is ", "api error: ", "(http ", "finished in ", "statuscode = ", "respuesta ", "antwort ", "code d'état "}

// findStatus returns the failure or success status that a sentence names, 0 if
// none.
func findStatus(seg string) int {
	for i := 0; i+3 <= len(seg); i++ {
		c := seg[i]
		if c < '2' || c > '5' || i > 0 && (wordByte(seg[i-1]) || seg[i-1] == '.' || seg[i-1] == '-' && i > 1 && wordByte(seg[i-2]) || seg[i-1] == '$') {
			continue
		}
		code := statusNumber(seg[i:min(len(seg), i+3)])
		if code == 0 || i+3 < len(seg) && (wordByte(seg[i+3]) || seg[i+3] == '-' || seg[i+3] == '/' || seg[i+3] == ':' && i+4 < len(seg) && seg[i+4] >= '0' && seg[i+4] <= '9') {
			continue
		}
		if i+3 < len(seg) && seg[i+3] == '.' && i+4 < len(seg) && seg[i+4] >= '0' && seg[i+4] <= '9' && !strings.Contains(seg[:i], "response") {
			continue
		}
		if reasonPhrase(strings.TrimLeft(seg[i+3:], " :-()'\",[")) {
			return code
		}
		low := asciiLower(seg[max(0, i-24):i])
		trimmed := strings.TrimRight(low, "'\"(:=> [")
		for _, m := range statusMarks {
			if strings.HasSuffix(low, m) || strings.HasSuffix(trimmed, strings.TrimRight(m, "'\"(:=> [")) && len(strings.TrimSpace(m)) > 6 {
				return code
			}
		}
		if strings.HasSuffix(low, "\" ") && (code >= 400 || code == 200) { // access log
			return code
		}
		if strings.Contains(low, "finished in") || strings.HasSuffix(low, "ms ") {
			return code
		}
		if c >= '4' && i > 0 && seg[i-1] == '(' && i+3 < len(seg) && seg[i+3] == ')' {
			return code
		}
	}
	return 0
}

// links notes URLs that a line mentions: weak requests to APIs, redirects.
func (s *scanner) links(seg string, line int) {
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
		u := splitURL(seg[a:e])
		if u.query != "" && (strings.Contains(u.query, "error=") || strings.Contains(u.query, "error_description=")) {
			s.redirect(u, line)
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

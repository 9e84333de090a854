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
	if err != nil || len(w) != 3 || n < 100 || n > 599 || n == 443 { // a port
		return 0
	}
	if n > 511 && (n < 520 || n > 530) && n < 598 { // of SMTP, not of HTTP
		return 0
	}
	return n
}

var reasons = []string{"Unauthorized", "Forbidden", "Bad Request", "BadRequest", "Not Found", "NotFound", "Conflict", "Too Many Requests", "TooManyRequests",
	"Service Unavailable", "ServiceUnavailable", "Internal Server Error", "InternalServerError", "Bad Gateway", "BadGateway", "Gateway Time", "GatewayTimeout", "OK", "Created", "Accepted",
	"No Content", "NoContent", "Found", "Precondition Failed", "PreconditionFailed", "Method Not Allowed", "Gone", "Locked", "Payment Required", "Not Acceptable", "Request Entity Too Large",
	"Unprocessable", "Moved", "See Other", "Not Modified", "Client Error", "Server Error", "Range Not Satisfiable", "Requested Range", "Insufficient Storage", "Not Implemented"}

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
	"internalservererror": 500, "badgateway": 502, "gatewaytimeout": 504, "ok": 200, "preconditionfailed": 412, "methodnotallowed": 405, "gone": 410, "locked": 423, "paymentrequired": 402, "requestedrangenotsatisfiable": 416, "unprocessableentity": 422}

func reasonCode(word string) int { return reasonCodes[Fold(word)] }

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
		if strings.TrimSpace(rest[c[0][1]:]) == ":" {
			s.code, s.codeLine, s.codeOpen = rest[c[0][0]:c[0][1]], line, true
			return
		}
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
	if code := findStatus(seg); code > 0 && !strings.Contains(seg, unsentMark) {
		f := s.b.status(code, line)
		s.b.stamp(f)
	}
}

// statusMarks stand before a status number.
var statusMarks = []string{"status code '", "status code \"", "status code: ", "status code = '", "status code=", "status code ", "statuscode=", "statuscode: ", "statuscode:", "statuscode ", "status: ", "status=", "status ",
	"response code: ", "response code ", "http code ", "http error ", "http ", "http/1.1 ", "http/2 ", "-> ", "=> ", "returned ", "responded ", "answered ", "respond with ", "response: ", "error: ", "error ", "failed with ", "failed: ", "got ", "code: ", "code=", "status code is ", "api error: ", "(http ", "finished in ", "statuscode = ", "respuesta ", "antwort ", "code d'état "}

// enhancedCode: the number before was SMTP's, since a code of mail systems
// follows it: "503 5.5.2 Send hello first" (RFC 3463).
func enhancedCode(rest string) bool {
	return len(rest) > 5 && (rest[0] == ' ' || rest[0] == '-') && (rest[1] == '4' || rest[1] == '5') && rest[2] == '.' && rest[3] >= '0' && rest[3] <= '9' && strings.IndexByte(rest[3:min(len(rest), 8)], '.') > 0
}

// findStatus returns the failure or success status that a sentence names, 0 if
// none.
func findStatus(seg string) int {
	for i := 0; i+3 <= len(seg); i++ {
		c := seg[i]
		if c < '2' || c > '5' || i > 0 && (wordByte(seg[i-1]) || seg[i-1] == '.' || seg[i-1] == '-' && i > 1 && wordByte(seg[i-2]) || seg[i-1] == '$') {
			continue
		}
		code := statusNumber(seg[i:min(len(seg), i+3)])
		if code == 0 || enhancedCode(seg[min(len(seg), i+3):]) || i+3 < len(seg) && (wordByte(seg[i+3]) || seg[i+3] == '-' || seg[i+3] == '/' || seg[i+3] == ':' && i+4 < len(seg) && seg[i+4] >= '0' && seg[i+4] <= '9') {
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

package evidence

import (
	"strings"
)

// This file goes through the members of objects that are no error themselves:
// dumps of exchanges, log records, answers of the token endpoint, resources.

// Names under which dumps keep the parts of an exchange, folded.
var (
	urlNames    = []string{"url", "uri", "requestUri", "requestUrl", "request_uri", "request_url", "RequestUri", "requestURL", "callUrl", "cs_uri", "upstream_url", "http_url", "target_url", "resourceUri"}
	statusNames = []string{"status", "statusCode", "httpStatusCode", "httpStatus", "responseStatusCode", "status_code", "responseStatus", "resultCode", "response_code", "http_status", "sc_status", "ResponseStatusCode", "response_status"}
	methodNames = []string{"method", "httpMethod", "requestMethod", "verb", "request_method", "http_method", "cs_method", "RequestMethod"}
)

// Names under which dumps keep the two halves of an exchange.
var (
	requestNames  = []string{"request", "config", "req", "httpRequest", "inputs", "Request Headers"}
	responseNames = []string{"response", "res", "resp", "httpResponse", "outputs", "Response Headers"}
)

// postman reads an exchange as Postman's console copies it: headers and bodies
// under names of their own, the request in the line before the object.
func (s *scanner) postman(n *node, f *frame, line int) {
	if h := n.get("Request Headers"); h.isObject() {
		s.headers(h, f, s.at(h, line), '>')
	}
	if b := n.get("Request Body"); b != nil && b.kind == nodeString {
		s.requestBody(f, b.text, line)
	}
	if h := n.get("Response Headers"); h.isObject() {
		s.headers(h, f, s.at(h, line), '<')
	}
	if b := n.get("Response Body"); b != nil && b.kind == nodeString {
		s.bodyText(b.text, "", f, s.at(b, line))
	}
}

// isExchange: url and status stand together, or a request beside a response.
func isExchange(n *node) bool {
	req, resp := n.get(requestNames...), n.get(responseNames...)
	if req.isObject() && resp.isObject() {
		return n.get("Request Headers", "Response Headers") != nil || hasAny(req, urlNames) || hasAny(resp, statusNames) || req.get("path") != nil || hasAny(n, statusNames)
	}
	return hasAny(n, urlNames) && hasAny(n, statusNames) && numericStatus(n) > 0
}

func hasAny(n *node, names []string) bool { return n.get(names...) != nil }

func numericStatus(n *node) int {
	v := n.get(statusNames...)
	if v == nil || v.kind == nodeObject || v.kind == nodeArray {
		return 0
	}
	if c := statusNumber(strings.TrimSpace(v.text)); c > 0 {
		return c
	}
	return reasonCode(v.text)
}

// exchange reads a dump that holds a whole exchange.
func (s *scanner) exchange(n *node, line, depth int) {
	before := s.b.cur
	f := s.b.begin(line)
	defer s.b.end()
	if before != nil && n.get("Request Headers") != nil && before.hasReq && before.call.Status == 0 && !before.spoken() && !before.explicit {
		f.call, f.hasReq = before.call, true // the line above names the request
		before.call, before.hasReq = Call{}, false
	}
	s.part(n, f, line, depth)
}

// part fills the frame from one level of a dump: request and response objects
// first, since what follows depends on the status.
func (s *scanner) part(n *node, f *frame, line, depth int) {
	s.recordTime(n, line)
	for _, name := range append([]string{"config", "options"}, requestNames...) {
		if r := n.get(name); r.isObject() {
			s.requestPart(r, f, s.at(r, line))
		}
	}
	s.requestPart(n, f, line)
	s.postman(n, f, line)
	resp := n.get(responseNames...)
	if resp.isObject() && n.get("Response Headers") == nil {
		s.responsePart(resp, f, s.at(resp, line), depth)
	}
	if c := numericStatus(n); c > 0 {
		s.b.status(c, line)
	}
	if f.okBody && !isErrorObject(n, depth) {
		return
	}
	if isErrorObject(n, depth) {
		s.errorObject(n, line, 0, InException)
	}
	s.rest(n, line, depth)
}

// requestPart reads method, url, headers and body of a request.
func (s *scanner) requestPart(r *node, f *frame, line int) {
	url := r.str(urlNames...)
	if url == "" {
		url = templated(r)
	}
	if base := r.str("baseURL", "baseUrl", "_currentUrl", "base_uri"); base != "" && !strings.Contains(url, "://") {
		url = strings.TrimRight(base, "/") + "/" + strings.TrimLeft(url, "/")
		if r.str("_currentUrl") == base {
			url = base
		}
	}
	if u := r.get("url"); u.isObject() { // Postman, bunyan: url: {raw: ...}
		url = u.str("raw", "href", "full")
	}
	if url == "" {
		if p := r.str("path", "originalUrl", "request_path"); versioned(p) || p != "" && r.str("host", "hostname") != "" {
			url = p
			if h := r.str("host", "hostname"); h != "" {
				url = "https://" + strings.TrimSuffix(h, ":443") + p
			}
		}
	}
	if url != "" && (strings.Contains(url, "://") || strings.HasPrefix(url, "/") || versioned(url)) {
		s.b.request(isMethod(r.str(methodNames...)), url, line, false)
		s.loginParams(splitURL(url), line)
	}
	if h := r.get("headers", "requestHeaders", "header"); h != nil && (url != "" || !hasAny(r, statusNames) || r.get("requestHeaders") != nil) {
		dir := byte('>')
		if r.get("statusText") != nil && r.str(methodNames...) == "" { // a Response of fetch or Angular: its url is the one asked for, its headers are the answer's
			dir = '<'
		}
		s.headers(h, f, line, dir)
	}
	if a := r.get("authorization", "Authorization"); a != nil && a.kind == nodeString {
		s.authorization(f, a.text)
		s.tokensIn(a.text, Sent, line)
	}
	for _, name := range []string{"data", "body", "postData", "json", "form", "payload", "requestBody"} {
		b := r.get(name)
		if b == nil || r.get("response") != nil || r.get("status") != nil || numericStatus(r) > 0 {
			continue
		}
		if b.isObject() {
			if t := b.get("text"); t != nil {
				b = t
			} else if b.get("error") == nil {
				s.bodyFields(f, b, "", 0)
				continue
			}
		}
		if b.kind == nodeString {
			s.requestBody(f, b.text, line)
			s.tokensIn(b.text, Assertion, line)
		}
	}
}

// templated fills the parameters of a request that is kept as a template.
func templated(r *node) string {
	path := r.str("path_template", "pathTemplate")
	if p := r.get("path_params", "pathParams"); p.isObject() {
		for _, m := range p.members {
			path = strings.ReplaceAll(path, "{"+m.key+"}", m.val.text)
		}
	}
	return path
}

// responsePart reads status, headers and body of a response.
func (s *scanner) responsePart(r *node, f *frame, line, depth int) {
	if c := numericStatus(r); c > 0 {
		s.b.status(c, line)
	} else if r.str("_bodyInit") == "" && statusNumber(r.str("code")) > 0 {
		s.b.status(statusNumber(r.str("code")), line)
	}
	if h := r.get("headers", "responseHeaders", "header"); h != nil {
		s.headers(h, f, line, '<')
	}
	body := r.get("data", "body", "content", "text", "responseText", "payload")
	switch {
	case body == nil:
		if f.call.Status >= 400 && !isErrorObject(r, depth) && r.get("error") == nil {
			f.own.NoBody = true
		}
		if r.get("error") != nil || isErrorObject(r, depth) {
			s.walk(&node{kind: nodeObject, members: r.members, off: r.off}, line, "", depth+1)
		}
	case body.isObject() && body.get("text") != nil && (body.get("mimeType") != nil || body.get("size") != nil): // HAR
		s.bodyText(body.str("text"), body.str("encoding"), f, s.at(body, line))
	case body.isObject() && body.get("mimeType") != nil:
		f.own.NoBody = true
	case body.kind == nodeString:
		s.bodyText(body.text, "", f, s.at(body, line))
	case body.isObject() || body.isArray():
		s.walk(body, s.at(body, line), "", depth+1)
	}
}

// bodyText reads a response's body as text.
func (s *scanner) bodyText(text, encoding string, f *frame, line int) {
	if encoding == "base64" {
		if b, err := decodeBase64(strings.TrimSpace(text)); err == nil {
			text = s.b.vault.seal(clean(b))
		}
	}
	if strings.TrimSpace(text) == "" {
		f.own.NoBody = f.call.Status >= 400
		return
	}
	if f.okBody {
		if i := strings.IndexByte(text, '{'); i >= 0 && i < 5 {
			if n, _ := parseLoose(text, i); n != nil && !s.special(n, line) {
				s.resource(n, line)
			}
		}
		return
	}
	s.nested(text, line, false)
}

// headers reads headers as an object or as a list of name and value.
func (s *scanner) headers(h *node, f *frame, line int, dir byte) {
	keep := s.dir
	s.dir = dir
	if dir == '>' {
		f.call.HeadersSeen = true
	}
	for _, m := range h.members {
		v := m.val
		if v.isArray() && len(v.items) > 0 {
			v = v.items[0]
		}
		if v.isObject() { // Headers { [Symbol(map)]: {...} }
			s.headers(v, f, line, dir)
			continue
		}
		s.header1(m.key, v.text, s.at(v, line))
	}
	for _, it := range h.items {
		if it.isObject() {
			s.header1(it.str("name", "key"), it.str("value"), s.at(it, line))
		}
	}
	if dir == '>' && f.call.Auth == AuthUnknown && f.hasReq && len(h.members)+len(h.items) > 0 {
		f.call.Auth = AuthAbsent
	}
	s.dir = keep
}

func (s *scanner) header1(name, value string, line int) {
	name = strings.ToLower(name)
	s.headerField(name, value, line)
	if name == "authorization" {
		s.tokensIn(value, Sent, line)
	}
}

// tokensIn reports the sealed tokens of a string.
func (s *scanner) tokensIn(text string, use Use, line int) {
	for from := 0; ; {
		n, _, end, ok := nextTokenSeal(text, from)
		if !ok {
			return
		}
		if n < len(s.b.vault.tokens) {
			s.b.token(s.b.vault.tokens[n], use, line)
		}
		from = end
	}
}

// recordTime notes a record's own time.
func (s *scanner) recordTime(n *node, line int) {
	v := n.str("startedDateTime", "timestamp", "@timestamp", "time", "TimeGenerated", "date", "createdDateTime", "ts", "eventTime", "datetime", "activityDateTime", "timeGenerated", "Timestamp", "@t")
	if t, ok := parseTime(v); ok {
		s.b.moment(t, rankRecord, line, "time")
	} else if t, ok := unixTime(v); ok {
		s.b.moment(t, rankRecord, line, "time")
	}
}

// members goes through an object's members by name.
func (s *scanner) members(n *node, line, depth int, isError bool) {
	s.recordTime(n, line)
	if c := numericStatus(n); c >= 400 && !isError || c > 0 && (n.get("headers") != nil || n.get("body") != nil || n.get("data") != nil || isError) {
		s.b.status(c, line)
	} else if m := n.get("message"); isDigits(n.str("code")) && statusNumber(n.str("code")) >= 400 && m != nil {
		s.b.status(statusNumber(n.str("code")), line)
	}
	f := s.b.at(line)
	s.requestPart(n, f, line)
	if h := n.get("headers"); h != nil && (hasAny(n, statusNames) || n.get("body") != nil) && !hasAny(n, urlNames) {
		s.headers(h, f, line, '<')
	}
	s.rest(n, line, depth)
}

// rest reads what the named parts left: errors, bodies, texts.
func (s *scanner) rest(n *node, line, depth int) {
	for _, m := range n.members {
		at := s.at(m.val, line)
		key := foldName(m.key)
		switch {
		case key == "config" || key == "request" || key == "req" || key == "headers" || key == "httprequest" || key == "options" || key == "requestheaders":
			if m.val.isObject() && (key == "request" || key == "options") && !isExchange(n) {
				s.walk(m.val, at, m.key, depth+1)
			}
		case key == "response" || key == "res" || key == "resp" || key == "httpresponse":
			if isExchange(n) && m.val.isObject() {
				continue
			}
			if m.val.isObject() {
				s.responsePart(m.val, s.b.at(at), at, depth+1)
				continue
			}
			s.member(m, key, at, depth)
		default:
			s.member(m, key, at, depth)
		}
	}
}

// member reads one member of an object.
func (s *scanner) member(m member, key string, line, depth int) {
	switch m.val.kind {
	case nodeObject, nodeArray:
		switch {
		case key == "error" || key == "odataerror" || key == "innererror" && depth == 0:
			if m.key == "odata.error" {
				s.b.fact("envelope", "odata.error", line, FromService)
			}
			if m.val.isObject() {
				s.errorObject(m.val, line, 0, InBody)
				s.below(m.val, line, depth)
				return
			}
		case key == "claims" && m.val.isObject():
			return
		case key == "values" && s.details(m.val, line):
			return
		}
		s.walk(m.val, line, m.key, depth+1)
	default:
		s.text(m, key, line)
	}
}

// details reads the key and value pairs that Azure Batch and Azure AD Graph add
// to an error; it tells whether there were any.
func (s *scanner) details(n *node, line int) bool {
	said := false
	for _, it := range n.items {
		if v := it.str("value"); it.isObject() && it.get("key", "item", "name") != nil && len(strings.Fields(v)) > 3 {
			s.say("", v, InBody, 1, s.at(it, line))
			said = true
		}
	}
	return said
}

// below looks into an error object's own members for dumps that it carries.
func (s *scanner) below(n *node, line, depth int) {
	for _, m := range n.members {
		switch foldName(m.key) {
		case "innererror", "details", "code", "message", "target":
		case "values":
			s.details(m.val, s.at(m.val, line))
		default:
			s.member(m, foldName(m.key), s.at(m.val, line), depth+1)
		}
	}
}

// text reads a member that is a string or a word.
func (s *scanner) text(m member, key string, line int) {
	v := m.val.text
	if v == "" {
		return
	}
	if name, ok := plainFields[key]; ok && m.val.kind == nodeString {
		if name == "client_secret" {
			s.secretFact(name, v, line)
		} else {
			s.b.fact(name, v, line, FromRequest)
		}
		if name == "grant_type" {
			s.grant(v)
		}
		return
	}
	switch key {
	case "accesstoken", "idtoken", "token", "bearertoken", "jwt", "bearer":
		s.tokensIn(v, useOf(m.key+" "), line)
		if _, sealed := secretSealAt(v); sealed && key == "accesstoken" {
			s.b.token(&Token{Type: TokenOpaque, Place: Place{s.b.file, line}}, Answered, line)
		}
		return
	case "authorization":
		f := s.b.at(line)
		s.authorization(f, v)
		s.tokensIn(v, Sent, line)
		return
	case "requestid", "clientrequestid", "correlationid", "traceid", "xmsrequestid":
		s.b.id(map[string]string{"requestid": "request_id", "xmsrequestid": "request_id", "clientrequestid": "client_request_id", "correlationid": "correlation_id", "traceid": "trace_id"}[key], v, line)
		return
	case "useragent":
		s.b.at(line).call.agent = safe(v)
		return
	case "url", "uri", "requesturi", "requesturl", "method", "status", "statuscode", "code", "date", "timestamp", "time", "statustext", "level", "errorcode":
		return
	case "packagetype": // Go's autorest names the client package
		if strings.HasPrefix(v, "graphrbac.") {
			s.b.request("", "https://graph.windows.net/", line, true)
		}
		return
	case "stack", "stacktrace":
		s.nested(firstLines(v, 3), line, true)
		s.frameHint(v, line)
		return
	}
	switch {
	case s.depth < maxDepth && telling(v):
		s.nested(v, line, false)
	case sentenceKeys[key] && len(strings.Fields(v)) > 2 && m.val.kind == nodeString:
		s.b.at(line).prose(Statement{Message: safe(v), Carrier: InProse, Ref: Ref{Place{s.b.file, line}, FromService, m.key, refValue("", v)}})
	default:
		s.tokensIn(v, Nearby, line)
	}
}

// sentenceKeys name members that hold a sentence for people.
var sentenceKeys = map[string]bool{"message": true, "errormessage": true, "msg": true, "description": true, "detail": true, "reason": true}

// telling: a string worth reading as a text of its own.
func telling(v string) bool {
	if len(v) < 12 {
		return false
	}
	for _, w := range []string{"rror", "AADSTS", "{", "xception", "HTTP", "http", "denied", "orbidden", "nauthorized", "ailed", "IDX", "nvalid", "ermission", "not ", "equire", "expired", string(sealOpen)} {
		if strings.Contains(v, w) {
			return true
		}
	}
	return false
}

func firstLines(s string, n int) string {
	for i := 0; i < len(s); i++ {
		if s[i] == '\n' {
			if n--; n == 0 {
				return s[:i]
			}
		}
	}
	return s
}

// isRequestBody: an object that a request line or a block of request headers
// announces, and no answer has come yet.
func (s *scanner) isRequestBody(n *node, lead string) bool {
	f := s.b.cur
	if f == nil || f.explicit || !f.hasReq || f.call.Status != 0 || len(f.said) > 0 || n.get("error", "odata.error", "error_description", "access_token", "errors", "responses", "statusCode", "config") != nil || isErrorObject(n, 0) || logRecord(n) || s.depth > 0 {
		return false
	}
	if numericStatus(n) >= 200 { // what a logger tells of the exchange
		return false
	}
	if f.call.Method == "GET" && s.dir != '>' {
		return false
	}
	return s.dir == '>' || f.last == s.lineOf(n.off) || isMethodBody(f.call.Method)
}

func isMethodBody(m string) bool { return m == "POST" || m == "PATCH" || m == "PUT" }

package evidence

import (
	"strings"
)

// This file reads dumps of exchanges: what libraries print of a request and its response.

// Names under which dumps keep the parts of an exchange, folded.
var (
	urlNames    = []string{"backendUrl", "url", "uri", "requestUri", "requestUrl", "request_uri", "request_url", "RequestUri", "requestURL", "callUrl", "cs_uri", "upstream_url", "http_url", "target_url", "resourceUri", "url.full", "http.url"}
	statusNames = []string{"backendResponseCode", "status", "statusCode", "httpStatusCode", "httpStatus", "responseStatusCode", "status_code", "responseStatus", "resultCode", "response_code", "http_status", "sc_status", "ResponseStatusCode", "response_status", "responseCode", "http.response.status_code", "http.status_code"}
	hostNames   = []string{"host", "hostname", "authority", ":authority"}
	methodNames = []string{"backendMethod", "method", "httpMethod", "requestMethod", "verb", "request_method", "http_method", "cs_method", "RequestMethod", "http.request.method", "http.method"}
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
	_, url := dependency(n)
	return (hasAny(n, urlNames) || hostAndPath(n) || url != "") && hasAny(n, statusNames) && numericStatus(n) > 0
}

// dependency reads a call that Application Insights tracked: its name is the
// method and the path, its data the address.
// Source: https://learn.microsoft.com/azure/azure-monitor/app/data-model-complete
func dependency(n *node) (method, url string) {
	url = n.str("data")
	if !strings.HasPrefix(url, "https://") || n.get("resultCode") == nil || n.get("success") == nil {
		return "", ""
	}
	method, _, _ = strings.Cut(n.str("name"), " ")
	return isMethod(method), url
}

// hostAndPath: an access log names the two parts of an address apart.
func hostAndPath(n *node) bool {
	return n.str(hostNames...) != "" && strings.HasPrefix(n.str("path", "originalUrl", "request_path"), "/")
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
	s.activity(n, line)
	s.gatewayAnswer(n, line)
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
	method, url := "", r.str(urlNames...)
	if url == "" {
		method, url = dependency(r)
	}
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
		if p := r.str("path", "originalUrl", "request_path"); versioned(p) || p != "" && r.str(hostNames...) != "" {
			url = p
			if h := r.str(hostNames...); h != "" {
				url = "https://" + strings.TrimSuffix(h, ":443") + p
			}
		}
	}
	if url != "" && (strings.Contains(url, "://") || strings.HasPrefix(url, "/") || versioned(url)) {
		if method == "" {
			method = isMethod(r.str(methodNames...))
		}
		s.b.request(method, url, line, false)
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
	if dir == '>' && f.call.Auth == AuthUnknown && f.hasReq && len(h.members) > 0 {
		f.call.Auth = AuthAbsent
	}
	s.dir = keep
}

func (s *scanner) header1(name, value string, line int) {
	name = strings.ToLower(name)
	s.headerField(name, value, line)
	use := useOf(name + " ") // App Service, gateways and SharePoint hand tokens on under names of their own
	if name == "authorization" {
		use = Sent
	}
	s.tokensIn(value, use, line)
}

// isRequestBody: an object that a request line or a block of request headers
// announces, and no answer has come yet.
func (s *scanner) isRequestBody(n *node, lead string) bool {
	f := s.b.cur
	if f == nil || f.explicit || !f.hasReq || f.call.Status != 0 || len(f.said) > 0 && !bodyAnnounced(f.said) || n.get("error", "odata.error", "error_description", "access_token", "errors", "responses", "statusCode", "config") != nil || isErrorObject(n, 0) || logRecord(n) || s.depth > 0 {
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

// bodyAnnounced: nothing was answered yet, and the last line read is the
// heading of a request's body, as a debug dump prints it.
func bodyAnnounced(said []Statement) bool {
	for _, st := range said {
		if st.Carrier != InProse || strings.Contains(Fold(st.Message), "response") {
			return false
		}
	}
	last := strings.TrimRight(said[len(said)-1].Message, " \t")
	return strings.HasSuffix(last, ":") && strings.HasSuffix(Fold(last), "body")
}

func isMethodBody(m string) bool { return m == "POST" || m == "PATCH" || m == "PUT" }

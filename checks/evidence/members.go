package evidence

import (
	"strings"
)

// This file goes through the members of objects that are no error themselves:
// dumps of exchanges, log records, answers of the token endpoint, resources.

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
	v := n.str("startedDateTime", "timestamp", "@timestamp", "time", "TimeGenerated", "date", "createdDateTime", "ts", "eventTime", "datetime", "activityDateTime", "timeGenerated", "Timestamp", "@t", "start_time", "startTime", "time_iso8601")
	if t, ok := parseTime(v); ok {
		s.b.moment(t, rankRecord, line, "time")
	} else if t, ok := unixTime(v); ok {
		s.b.moment(t, rankRecord, line, "time")
	}
}

// members goes through an object's members by name.
func (s *scanner) members(n *node, line, depth int, isError bool) {
	s.recordTime(n, line)
	if c := wrappedStatus(n); c > 0 {
		s.b.status(c, line)
	} else if c := numericStatus(n); c >= 400 && !isError || c > 0 && (n.get("headers") != nil || n.get("body") != nil || n.get("data") != nil || isError) {
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

// wrappedStatus is the status of the call that failed, where a program answers a
// failure of its own for it and tells of it within: {"statusCode": 400, "body":
// {"SourceError": {"status_code": 403}}}. 0 if the answer is no such wrapper.
func wrappedStatus(n *node) int {
	body := n.get("body", "data")
	if numericStatus(n) < 400 || !body.isObject() || hasAny(n, urlNames) || isErrorObject(body, 1) || body.get("error").isObject() {
		return 0
	}
	for _, m := range body.members {
		key := foldName(m.key)
		if !m.val.isObject() || !strings.HasSuffix(key, "error") && !strings.HasSuffix(key, "exception") && key != "cause" {
			continue
		}
		if c := numericStatus(m.val); c >= 400 && !isErrorObject(m.val, 1) {
			return c
		}
	}
	return 0
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
	if v == "" || strings.HasSuffix(key, "odatabind") || key == "odataid" { // names another object, not what was called
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
	case "corr", "correlation", "cid":
		if isGUID(v) {
			s.b.id("correlation_id", v, line)
		}
		return
	case "retryafter", "retryafterseconds":
		setHeader(&s.b.at(line).call.Response, "retry-after", v)
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
		s.thrown(v, line)
		s.frameHint(v, line)
		return
	}
	switch {
	case strings.Contains(v, "=") && s.listedPairs(v, line):
	case s.depth < maxDepth && telling(v):
		s.nested(v, line, false)
	case sentenceKeys[key] && len(strings.Fields(v)) > 2 && m.val.kind == nodeString:
		s.b.at(line).prose(Statement{Message: safe(v), Carrier: InProse, Ref: Ref{Place{s.b.file, line}, FromService, m.key, refValue("", v)}})
	default:
		s.tokensIn(v, Nearby, line)
	}
}

// listedPairs reads a string of Name=Value pairs, of which one at least is a
// setting that reports list; it tells whether it was that.
func (s *scanner) listedPairs(v string, line int) bool {
	words := strings.Fields(v)
	known := false
	for _, w := range words {
		name, _, ok := strings.Cut(w, "=")
		if !ok {
			return false
		}
		known = known || listedFields[foldName(name)]
	}
	if !known {
		return false
	}
	outer := s.kv
	s.kv = &record{line: line}
	for _, w := range words {
		name, value, _ := strings.Cut(w, "=")
		if !s.listed(name, foldName(name), value, line) {
			s.kv.fields = append(s.kv.fields, param{name, value})
		}
	}
	s.endRecord()
	s.kv = outer
	return true
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

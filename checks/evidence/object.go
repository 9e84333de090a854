package evidence

import (
	"strings"
)

// This file interprets a parsed object, whatever program printed it. It goes
// by the names of the members, since the same few names recur in every dump:
// error, code, message, status, headers, request, response, url.

// object interprets one object of the text; lead is what stood before it on
// its line.
func (s *scanner) object(n *node, at int, lead string) {
	s.flushKeep()
	line := s.lineOf(at)
	if s.code != "" && n.isObject() && n.get("error") == nil {
		s.flush()
	}
	if w := strings.Fields(lead); len(w) > 0 && statusNumber(w[len(w)-1]) >= 400 && (s.b.cur == nil || s.b.cur.call.Status == 0) {
		s.b.status(statusNumber(w[len(w)-1]), line)
	}
	if !s.goInner(n, line, lead) {
		s.walk(n, line, lead, 0)
	}
	s.b.stamp(s.b.cur)
	if n.get("fbtrace_id") != nil || n.get("error").get("fbtrace_id") != nil {
		s.b.fact("vendor", "Facebook", line, FromService)
	}
	if n.cut && s.b.cur != nil {
		s.b.cur.own.Truncated = true
	}
}

// walk looks at one node and what hangs below it.
func (s *scanner) walk(n *node, line int, lead string, depth int) {
	if depth > maxNesting {
		return
	}
	if n.isArray() {
		for _, it := range n.items {
			if it.kind == nodeString {
				s.nested(it.text, s.at(it, line), false)
				continue
			}
			s.walk(it, s.at(it, line), lead, depth+1)
		}
		return
	}
	if !n.isObject() {
		return
	}
	n = unprefixed(n)
	s.allowLists(n, line)
	switch {
	case s.claimsObject(n, line):
	case s.special(n, line):
	case isExchange(n):
		s.exchange(n, line, depth)
	case s.isRequestBody(n, lead):
		s.bodyFields(s.b.cur, n, "", 0)
	case s.success(n):
		s.resource(n, line)
	case isErrorObject(n, depth):
		s.errorObject(n, line, 0, carrierFor(lead))
		s.members(n, line, depth, true)
	default:
		s.members(n, line, depth, false)
	}
}

// at returns the line of a node; inside a nested text all stands on one line.
func (s *scanner) at(n *node, line int) int {
	if s.d.fixed {
		return line
	}
	return s.lineOf(n.off)
}

func carrierFor(lead string) Carrier {
	if strings.Contains(lead, "xception") {
		return InException
	}
	return InBody
}

// success: the object is the body of a 2xx, or a Graph resource by its marks;
// its strings are data, whatever they say.
func (s *scanner) success(n *node) bool {
	if n.get("error", "odata.error", "errors", "Error") != nil {
		return false
	}
	if s.b.cur != nil && s.b.cur.okBody && !logRecord(n) {
		return true
	}
	for _, m := range n.members {
		if strings.HasPrefix(m.key, "@odata.") && m.key != "@odata.type" {
			return true
		}
	}
	if v := n.get("value"); v.isArray() && (len(v.items) == 0 || v.items[0].isObject()) {
		return true
	}
	if n.get("id") == nil || n.get("code", "statusCode", "level", "message") != nil {
		return false
	}
	return n.get("@odata.type", "webUrl", "createdDateTime", "displayName", "lastModifiedDateTime", "userPrincipalName", "subject", "bodyPreview") != nil && !signInRecord(n)
}

// logRecord: a program's own line in JSON, with a level and a message.
func logRecord(n *node) bool {
	return n.get("level", "lvl", "severity", "@l", "levelname", "log.level", "Level", "LogLevel", "severityLevel") != nil && n.get("msg", "message", "@m", "@mt", "Message", "MessageTemplate", "RenderedMessage", "event") != nil
}

// isErrorObject: the object itself is an error, not a holder of one.
func isErrorObject(n *node, depth int) bool {
	code, msg := n.get("code", "errorCode"), n.get("message", "msg", "errorMessage", "failureReason")
	switch {
	case code != nil && code.kind != nodeObject && msg != nil && msg.kind != nodeObject:
		return errorWord(code.text)
	case n.get("_version") != nil && n.get("Message") != nil, n.get("CustomApiErrorPhrase") != nil:
		return true
	case n.get("error_description") != nil || n.get("errorDescription") != nil && n.get("error") != nil || n.get("error_codes") != nil:
		return true
	case code != nil && n.get("innerError", "innererror", "target") != nil:
		return true
	}
	return false
}

// errorWord: a code as services have them; "" occurs too (Planner).
func errorWord(code string) bool {
	code = strings.TrimSpace(code)
	if n := statusNumber(code); n > 0 {
		return n >= 400
	}
	if strings.HasPrefix(code, "ERR_") || strings.HasPrefix(code, "ECONN") || code == "0" || strings.EqualFold(code, "success") || strings.EqualFold(code, "ok") {
		return false
	}
	return !strings.Contains(code, " ") || strings.Contains(code, "Exception") || code == ""
}

// unprefixed takes a prefix off the names of an answer's parts where all of
// them bear it: res_status, res_code and res_message are what they seem.
func unprefixed(n *node) *node {
	if len(n.members) < 2 || n.get("code", "status", "message") != nil {
		return n
	}
	for _, p := range [...]string{"res_", "resp_", "response_", "err_", "error_", "http_"} {
		if n.get(p+"code", p+"status") == nil || n.get(p+"message", p+"msg", p+"url") == nil || n.get(p+"description") != nil {
			continue
		}
		plain := *n
		plain.members = nil
		for _, m := range n.members {
			if len(m.key) > len(p) && strings.EqualFold(m.key[:len(p)], p) {
				m.key = m.key[len(p):]
			}
			plain.members = append(plain.members, m)
		}
		return &plain
	}
	return n
}

// recordError is what a log record quotes as the error: its own message is a
// headline of the program that writes the log.
func recordError(n *node) string {
	if n.get("level", "lvl", "severity", "log.level", "logger") == nil {
		return ""
	}
	if e := n.str("error", "err", "errorMessage", "error_message", "exception"); len(strings.Fields(e)) > 2 {
		return e
	}
	return ""
}

// errorObject says an error object and its inner errors.
func (s *scanner) errorObject(n *node, line, depth int, carrier Carrier) {
	if depth > 8 {
		return
	}
	code := n.str("code", "errorCode", "ErrorCode")
	msg := n.str("message", "Message", "errorMessage", "failureReason", "msg")
	if m := n.get("message", "Message"); m.isObject() { // odata.error: message: {lang, value}
		msg = m.str("value")
	}
	if said := recordError(n); said != "" {
		msg = said
	}
	if n.cut {
		msg = withoutCut(msg)
	}
	if e := n.get("error"); e != nil && e.kind != nodeObject {
		s.oauthObject(n, line)
		if code == "" && msg == "" {
			return
		}
	}
	if carrier == InBody && strings.Contains(code, "_") && code == strings.ToLower(code) {
		carrier = InOAuth
	}
	if statusNumber(code) >= 400 {
		s.b.status(statusNumber(code), line)
		code = ""
	}
	if isDigits(code) && len(code) >= 5 && len(code) <= 7 && strings.Contains(msg, "AADSTS"+code) {
		code = ""
	}
	inner, wrapped := unwrapMessage(msg)
	if code != "" || msg != "" && wrapped == nil || n.get("target") != nil {
		said := msg
		if wrapped != nil {
			said = inner
		}
		st := s.say(code, said, carrier, depth, line)
		if t := n.str("target"); t != "" && st.Target == "" && n.get("target").kind == nodeString {
			st.Target = safe(t)
		}
		if t, ok := parseTime(n.str("date", "timestamp")); ok && st.When.IsZero() {
			st.When = t
		}
		if c := decodeClaims(n.str("claims")); c != "" {
			st.Claims = c
		}
	}
	if inner := bracketReason(msg); inner != "" {
		s.say("", inner, carrier, depth+1, line)
	}
	s.idsOf(n, line)
	s.aadsts(msg, InOAuth, func(int) int { return line })
	if wrapped != nil {
		s.wrapped(wrapped, line, depth+1)
	} else if strings.Contains(msg, "{") {
		s.nested(msg, line, true)
	}
	for _, name := range []string{"innerError", "innererror", "innerException", "details"} {
		in := n.get(name)
		if in.isObject() {
			s.innerError(in, line, depth+1, carrier)
		}
		if in.isArray() {
			for _, it := range in.items {
				if it.isObject() {
					s.innerError(it, line, depth+1, carrier)
				}
			}
		}
	}
}

// withoutCut drops what a printer wrote where it cut the text off; "" where no
// word of the message is left.
func withoutCut(msg string) string {
	for _, mark := range []string{"... (", "…(", "… (", "...[", "... [", "…[", "... <", "(truncated", "[truncated", "...", "…"} {
		if i := strings.LastIndex(msg, mark); i >= 0 && (strings.Contains(msg[i:], "truncated") || i+len(mark) == len(msg)) {
			msg = msg[:i]
			break
		}
	}
	if len(Fold(msg)) < 3 {
		return ""
	}
	return msg
}

func (s *scanner) innerError(in *node, line, depth int, carrier Carrier) {
	s.idsOf(in, line)
	if in.str("code", "errorCode") != "" || in.str("message") != "" {
		s.errorObject(in, line, depth, carrier)
	} else if next := in.get("innerError", "innererror"); next.isObject() {
		s.innerError(next, line, depth+1, carrier)
	}
}

// bracketReason is the inner answer that an extension's error quotes:
// "Exception: [Status Code: Forbidden; Reason: ...]".
func bracketReason(msg string) string {
	_, rest, ok := strings.Cut(msg, "; Reason: ")
	if !ok || !strings.Contains(msg, "[Status Code:") {
		return ""
	}
	rest, _, _ = strings.Cut(rest, "]")
	return strings.TrimSpace(rest)
}

// unwrapMessage parses a message that is itself JSON, as Intune and its kin
// write it. It returns the readable part beside the object.
func unwrapMessage(msg string) (rest string, n *node) {
	t := strings.TrimSpace(msg)
	i := strings.IndexByte(t, '{')
	if i < 0 || i > 200 {
		return msg, nil
	}
	if n, _ = parseLoose(t, i); n == nil {
		return msg, nil
	}
	return strings.TrimSpace(t[:i]), n
}

// wrapped says what a message held inside.
func (s *scanner) wrapped(n *node, line, depth int) {
	if e := n.get("error", "odata.error"); e.isObject() {
		n = e
	}
	code, msg := n.str("code", "errorCode", "ErrorCode"), n.str("message", "Message", "errorMessage")
	if code == "" && msg == "" {
		s.walk(n, line, "", depth)
		return
	}
	s.b.fact("wrapped", "yes", line, FromService)
	s.errorObject(n, line, depth, InBody)
	if h := n.str("HttpHeaders"); len(h) > 4 {
		s.nestedHeaders(h, line)
	}
}

func (s *scanner) nestedHeaders(h string, line int) {
	if n, _ := parseLoose(h, 0); n != nil {
		for _, m := range n.members {
			keep := s.dir
			s.dir = '<'
			s.headerField(strings.ToLower(m.key), m.val.text, line)
			s.dir = keep
		}
	}
}

// oauthObject says {"error": "...", "error_description": "..."}.
func (s *scanner) oauthObject(n *node, line int) {
	desc := n.str("error_description", "errorDescription", "message", "errorMessage")
	code := n.str("error")
	if strings.Contains(code, " ") || strings.ContainsRune(code, '{') || len(code) > 60 {
		s.nested(code, line, false)
		code = ""
	}
	before := s.saidCodes()
	st := s.oauth(code, desc, n.str("suberror"), n.str("claims"), line)
	if c := n.get("claims"); c.isObject() && st.Claims == "" {
		st.Claims = renderNode(c)
	}
	if codes := n.get("error_codes", "errorCodes"); codes.isArray() && s.saidCodes() == before {
		for _, c := range codes.items {
			if isDigits(c.text) {
				s.say("AADSTS"+c.text, desc, InOAuth, 0, line)
			}
		}
	}
	s.idsOf(n, line)
	if strings.Contains(desc, "{") {
		s.nested(desc, line, true)
	}
}

func (s *scanner) saidCodes() int {
	if s.b.cur == nil {
		return 0
	}
	n := 0
	for _, st := range s.b.cur.said {
		if strings.HasPrefix(st.Code, "AADSTS") {
			n++
		}
	}
	return n
}

// renderNode prints an object as compact JSON again.
func renderNode(n *node) string {
	var b strings.Builder
	var put func(*node)
	put = func(n *node) {
		switch n.kind {
		case nodeObject:
			b.WriteByte('{')
			for i, m := range n.members {
				if i > 0 {
					b.WriteByte(',')
				}
				b.WriteString(quoteJSON(m.key) + ":")
				put(m.val)
			}
			b.WriteByte('}')
		case nodeArray:
			b.WriteByte('[')
			for i, it := range n.items {
				if i > 0 {
					b.WriteByte(',')
				}
				put(it)
			}
			b.WriteByte(']')
		case nodeString:
			b.WriteString(quoteJSON(n.text))
		default:
			b.WriteString(n.text)
		}
	}
	put(n)
	return b.String()
}

func quoteJSON(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s) + `"`
}

// idsOf notes ids and dates of an error object.
func (s *scanner) idsOf(n *node, line int) {
	for _, m := range n.members {
		if m.val.kind == nodeObject || m.val.kind == nodeArray {
			continue
		}
		switch foldName(m.key) {
		case "requestid", "xmsrequestid":
			s.b.id("request_id", m.val.text, line)
		case "clientrequestid":
			s.b.id("client_request_id", m.val.text, line)
		case "correlationid":
			s.b.id("correlation_id", m.val.text, line)
		case "traceid":
			s.b.id("trace_id", m.val.text, line)
		case "date", "timestamp":
			if t, ok := parseTime(m.val.text); ok {
				s.b.moment(t, rankAnswer, line, "date")
			}
			if foldName(m.key) == "timestamp" {
				s.b.id("timestamp", m.val.text, line)
			}
		}
	}
}

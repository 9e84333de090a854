package evidence

import (
	"strings"
)

// This file reads the members of an error object: its codes, what it says, and what stands inside of it.

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

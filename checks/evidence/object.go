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

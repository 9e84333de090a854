package evidence

import (
	"strings"
)

// This file reads headers, wherever they stand: raw, in a HAR, in a dump.

// requestHeaders are kept for a report: none of them holds a secret.
var requestHeaders = []string{"accept", "content-type", "consistencylevel", "prefer", "sdkversion", "user-agent", "x-anchormailbox", "if-match", "origin", "x-ms-client-request-id", "client-request-id", "ocp-apim-trace"}

// headerNames are the names by which a line outside a block is known as a header.
var headerNames = []string{"authorization", "www-authenticate", "date", "request-id", "client-request-id", "retry-after", "user-agent", "content-type", "host", "location",
	"sdkversion", "consistencylevel", "x-ms-ags-diagnostic", "x-ms-diagnostics", "x-ms-request-id", "x-ms-correlation-request-id", "x-ms-client-request-id", "strict-transport-security", "cache-control",
	"transfer-encoding", "content-length", "set-cookie", "cookie", "origin", "x-anchormailbox", "prefer", "if-match", "duration", "odata-version", "spreguestid", "sprequestguid", "x-forms_based_auth_required", "x-ms-throttle-limit-percentage", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "x-ms-throttle-scope", "x-ms-throttle-information", "x-ms-middleware-request-id"}

// headerLine reads "Name: value".
func (s *scanner) headerLine(seg string, line int) bool {
	if len(seg) > 1 && (strings.HasPrefix(seg, "-H ") || strings.HasPrefix(seg, "--header ")) {
		seg = strings.Trim(strings.TrimSpace(seg[strings.IndexByte(seg, ' '):]), "'\"\\ ")
	}
	name, value, ok := strings.Cut(seg, ":")
	name = strings.ToLower(strings.Trim(name, " \"'"))
	if !ok || name == "" || name[0] < 'a' || name[0] > 'z' || len(name) > 50 || strings.ContainsAny(name, " \t{}()[]\"'") && !s.header {
		return false
	}
	if strings.ContainsAny(name, " \t/{}()") {
		return false
	}
	known := false
	for _, h := range headerNames {
		known = known || h == name
	}
	if !known && !(s.header && strings.IndexFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_')
	}) < 0 && strings.Contains(name, "-")) {
		return s.header && known
	}
	if name == "date" && s.code != "" || name == "location" && !s.header && !strings.Contains(value, "://") || name == "duration" && !s.header {
		return false
	}
	s.flush()
	s.headerField(name, strings.Trim(strings.TrimSpace(value), "\"'"), line)
	return true
}

// headerField reads one header.
func (s *scanner) headerField(name, value string, line int) {
	f := s.b.at(line)
	s.frontHeader(name, value, line)
	switch name {
	case "authorization":
		f.call.HeadersSeen = true
		s.authorization(f, value)
	case "host":
		host := hostName(value)
		if host == "" {
			return
		}
		if f.call.Host == "" || s.dir == '>' {
			f.call.Host = host
			f.fillURL(splitURL("https://" + f.call.Host + f.call.Path + query(f.call.Query)))
		}
		f.call.HeadersSeen = f.call.HeadersSeen || s.dir == '>'
	case "user-agent":
		f.call.agent = safe(value)
		f.call.HeadersSeen = true
	case "www-authenticate":
		s.challenge(value, line)
	case "date", "x-ms-date":
		if t, ok := parseTime(value); ok {
			s.b.moment(t, rankAnswer, line, "date")
		}
	case "request-id", "x-ms-request-id", "sprequestguid", "requestid", "x-ms-correlation-request-id":
		s.b.id("request_id", value, line)
	case "client-request-id", "x-ms-client-request-id", "clientrequestid":
		s.b.id("client_request_id", value, line)
	case "x-ms-diagnostics":
		s.diagnostics(value, line)
	case "location":
		if u := splitURL(value); u.query != "" {
			if strings.Contains(u.query, "error=") {
				s.redirect(u, line)
			} else if u.login() {
				s.loginParams(u, line)
			}
		}
	case "consistencylevel":
		s.b.fact("consistencylevel", value, line, FromRequest)
	}
	if s.dir != '<' {
		for _, h := range requestHeaders {
			if h == name {
				f.call.HeadersSeen = f.call.HeadersSeen || s.header
				setHeader(&f.call.Headers, name, value)
				return
			}
		}
	}
	switch name {
	case "retry-after", "x-ms-ags-diagnostic", "x-ms-diagnostics", "content-type", "x-ms-throttle-scope", "x-ms-throttle-information", "ratelimit-remaining", "ratelimit-reset", "location", "x-ms-resource-unit", "allow", "www-authenticate", "x-forms_based_auth_required":
		setHeader(&f.call.Response, name, value)
	}
}

// hostName is the host that a field of this name holds, where a base address
// stands in it too; "" where it is no name of a host.
func hostName(value string) string {
	h := strings.ToLower(safe(strings.TrimSpace(value)))
	h = strings.TrimPrefix(strings.TrimPrefix(h, "https://"), "http://")
	h, _, _ = strings.Cut(h, "/")
	name, _, _ := strings.Cut(h, ":")
	if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789.-_") != "" {
		return ""
	}
	return h
}

func query(q string) string {
	if q == "" {
		return ""
	}
	return "?" + q
}

func setHeader(m *map[string]string, name, value string) {
	if *m == nil {
		*m = map[string]string{}
	}
	if _, ok := (*m)[name]; !ok && len(*m) < 40 {
		(*m)[name] = safe(value)
	}
}

// authorization reads what the header holds, never its text.
func (s *scanner) authorization(f *frame, value string) {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(value), " ")
	rest = strings.TrimSpace(rest)
	switch {
	case strings.Contains(value, string(sealOpen)+"t"):
		f.call.Auth = AuthBearer
		low := asciiLower(value)
		if strings.Count(low, "bearer") > 1 {
			s.noteToken(value, "Bearer twice")
		}
		if strings.ContainsAny(strings.TrimPrefix(value, scheme), "\"'") {
			s.noteToken(value, "quotes")
		}
		if bearer, _, glued := strings.Cut(scheme, string(sealOpen)); glued && strings.EqualFold(bearer, "bearer") {
			s.noteToken(value, noBlank)
		} else if strings.Contains(scheme, string(sealOpen)) {
			f.call.Auth = AuthOther
			addFact(f, Ref{Place{s.b.file, f.last}, FromRequest, "authorization", "<token> without the word Bearer"})
		}
	case value == "" || strings.EqualFold(scheme, "bearer") && emptyToken(rest):
		f.call.Auth = AuthEmpty
		addFact(f, Ref{Place{s.b.file, f.last}, FromRequest, "authorization", strings.TrimSpace(safe(value) + " (nothing behind it)")})
	case strings.EqualFold(scheme, "bearer"):
		f.call.Auth = AuthBearer
		s.oddToken(f, rest)
	case removed(value):
		f.own.Redacted = true
		f.call.Auth = AuthBearer
	default:
		f.call.Auth = AuthOther
		addFact(f, Ref{Place{s.b.file, f.last}, FromRequest, "authorization", "scheme " + safe(scheme)})
	}
}

// noBlank is noted of a token that was sent as "Bearer<token>".
const noBlank = "no blank behind Bearer"

// removed: what people and tools put where they took a secret away.
func removed(value string) bool {
	low := strings.ToLower(strings.Trim(value, "*<[{(_- "))
	if low == "" || strings.IndexByte("<[{", value[0]) >= 0 {
		return true
	}
	for _, w := range []string{"redacted", "sanitized", "sanitised", "hidden", "removed", "omitted", "masked", "filtered", "sensitive", "secret", "snip", "xxx"} {
		if strings.HasPrefix(low, w) {
			return true
		}
	}
	return false
}

// emptyToken: nothing, or a word that a program prints for nothing.
func emptyToken(rest string) bool {
	switch strings.ToLower(strings.Trim(rest, "\"'` ")) {
	case "", "null", "none", "nil", "(null)", "''":
		return true
	}
	return false
}

// oddToken judges a bearer value that is neither a JWT nor a known ticket.
func (s *scanner) oddToken(f *frame, rest string) {
	rest = strings.Trim(rest, "\"'`, ")
	low := strings.ToLower(rest)
	switch {
	case strings.Contains(rest, "***") || strings.HasPrefix(rest, "<") || strings.HasPrefix(rest, "...") || strings.HasPrefix(rest, "[redacted") || strings.HasPrefix(rest, "[REDACTED") || strings.HasPrefix(low, "xxx") || strings.HasPrefix(low, "redacted") || strings.HasSuffix(rest, "...") || strings.HasSuffix(rest, "…") || strings.HasPrefix(rest, "$") || strings.HasPrefix(low, "token") || strings.HasPrefix(low, "your") || strings.HasPrefix(low, "access"):
		f.own.Redacted = true
	case low == "undefined" || strings.HasPrefix(low, "[object") || strings.HasPrefix(rest, "{{") || strings.HasPrefix(rest, "System.") || strings.HasPrefix(rest, "Microsoft.") || strings.HasPrefix(rest, "@{"):
		flaw := "the word " + safe(rest) + " was sent in its place"
		if strings.Contains(rest, "SecureString") {
			flaw = "the name System.Security.SecureString was sent in its place: a SecureString must be turned into plain text first (ConvertFrom-SecureString -AsPlainText)"
		}
		t := &Token{Type: TokenMalformed, Use: Sent, Place: Place{s.b.file, f.last}, Flaw: flaw}
		f.sights = append(f.sights, sight{t, Sent, f.last})
	case strings.Contains(rest, string(sealOpen)+"s"):
		t := &Token{Type: TokenOpaque, Use: Sent, Place: Place{s.b.file, f.last}}
		f.sights = append(f.sights, sight{t, Sent, f.last})
	}
}

// noteToken notes what had to be stripped from the token in value.
func (s *scanner) noteToken(value, note string) {
	if n, _, _, ok := nextTokenSeal(value, 0); ok && n < len(s.b.vault.tokens) {
		s.b.vault.tokens[n].note(note)
	}
}

// note adds what had to be stripped, once.
func (t *Token) note(what string) {
	for _, o := range t.Notes {
		if o == what {
			return
		}
	}
	t.Notes = append(t.Notes, what)
}

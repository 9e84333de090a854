package evidence

import (
	"strconv"
	"strings"
)

// This file reads headers, wherever they stand: raw, in a HAR, in a dump.

// requestHeaders are kept for a report: none of them holds a secret.
var requestHeaders = []string{"accept", "content-type", "consistencylevel", "prefer", "sdkversion", "user-agent", "x-anchormailbox", "if-match", "origin", "x-ms-client-request-id", "client-request-id", "ocp-apim-trace"}

// headerNames are the names by which a line outside a block is known as a header.
var headerNames = []string{"authorization", "www-authenticate", "date", "request-id", "client-request-id", "retry-after", "user-agent", "content-type", "host", "location",
	"sdkversion", "consistencylevel", "x-ms-ags-diagnostic", "x-ms-diagnostics", "x-ms-request-id", "x-ms-correlation-request-id", "x-ms-client-request-id", "strict-transport-security", "cache-control",
	"transfer-encoding", "content-length", "set-cookie", "cookie", "origin", "x-anchormailbox", "prefer", "if-match", "duration", "odata-version", "spreguestid", "sprequestguid", "x-forms_based_auth_required", "x-ms-throttle-limit-percentage", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "x-ms-throttle-scope", "x-ms-throttle-information"}

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
	switch name {
	case "authorization":
		f.call.HeadersSeen = true
		s.authorization(f, value)
	case "host":
		if f.call.Host == "" || s.dir == '>' {
			f.call.Host = strings.ToLower(safe(value))
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
		if strings.Contains(scheme, string(sealOpen)) {
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

// challenge reads WWW-Authenticate: error, error_description, claims in
// base64, resource, client_id, authorization_uri.
func (s *scanner) challenge(value string, line int) {
	f := s.b.at(line)
	setHeader(&f.call.Response, "www-authenticate", value)
	p := authParams(value)
	for _, name := range []string{"realm", "authorization_uri", "resource", "client_id", "trusted_issuers", "authorization", "resource_id", "scope"} {
		if v := p[name]; v != "" {
			s.b.fact("www-authenticate."+name, v, line, FromService)
		}
	}
	code, desc := p["error"], p["error_description"]
	if code == "" && desc == "" && p["claims"] == "" {
		return
	}
	st := s.say(code, desc, InHeader, 0, line)
	if c := p["claims"]; c != "" && st.Claims == "" {
		st.Claims = decodeClaims(c)
	}
	if p["errordescription"] != "" && desc == "" {
		s.say(code, p["errordescription"], InHeader, 0, line)
	}
}

// decodeClaims turns base64 or percent-encoded claims into the text that has
// to be sent back, byte for byte.
func decodeClaims(c string) string {
	c = strings.TrimSpace(c)
	if b, err := decodeBase64(c); err == nil && len(b) > 1 && b[0] == '{' {
		return string(b)
	}
	if d := percent(c); strings.HasPrefix(d, "{") {
		return d
	}
	if strings.HasPrefix(c, "{") {
		return c
	}
	return ""
}

// authParams reads name="value" pairs; values may be unquoted.
func authParams(value string) map[string]string {
	p := map[string]string{}
	value = strings.ReplaceAll(value, `\"`, `"`)
	for i := 0; i < len(value); {
		for i < len(value) && !isNameByte(value[i]) {
			i++
		}
		j := i
		for j < len(value) && (isNameByte(value[j]) || value[j] >= '0' && value[j] <= '9') {
			j++
		}
		name := strings.ToLower(value[i:j])
		for j < len(value) && value[j] == ' ' {
			j++
		}
		if j >= len(value) || value[j] != '=' {
			i = max(j, i+1) // the scheme: the first parameter begins behind it
			continue
		}
		j++
		for j < len(value) && value[j] == ' ' {
			j++
		}
		var v string
		if j < len(value) && value[j] == '"' {
			k := strings.IndexByte(value[j+1:], '"')
			if k < 0 {
				k = len(value) - j - 1
			}
			v = value[j+1 : j+1+k]
			j += k + 2
		} else {
			k := strings.IndexAny(value[j:], ", ")
			if k < 0 {
				k = len(value) - j
			}
			v = value[j : j+k]
			j += k
		}
		if _, ok := p[name]; !ok && len(p) < 30 {
			p[name] = v
		}
		i = j
	}
	return p
}

// diagnostics reads Exchange's and SharePoint's x-ms-diagnostics:
// 3000003;reason="...";category="...".
func (s *scanner) diagnostics(value string, line int) {
	code, rest, _ := strings.Cut(value, ";")
	reason := authParams(rest)["reason"]
	if reason == "" {
		reason = rest
	}
	if _, err := strconv.Atoi(strings.TrimSpace(code)); err == nil || reason != "" {
		s.say("x-ms-diagnostics "+strings.TrimSpace(code), reason, InHeader, 0, line)
		if c := authParams(rest)["category"]; c != "" {
			s.b.fact("x-ms-diagnostics.category", c, line, FromService)
		}
	}
}

// redirect reads the error that a redirect URL carries in query or fragment.
func (s *scanner) redirect(u parsedURL, line int) {
	p := map[string]string{}
	for _, q := range u.params() {
		if _, ok := p[strings.ToLower(q.name)]; !ok {
			p[strings.ToLower(q.name)] = q.value
		}
	}
	s.flush()
	s.oauth(p["error"], p["error_description"], p["error_subcode"], p["claims"], line)
	if u.host != "" && !u.login() {
		s.b.fact("redirected_to", u.scheme+"://"+u.host+u.path, line, FromRequest)
	}
	s.b.stamp(s.b.cur)
}

// encodedError reads an OAuth error in the query of an address without a host,
// as access logs print it: "GET /callback?error=...&error_description=... HTTP/1.1".
func (s *scanner) encodedError(seg string, line int) bool {
	i := strings.Index(seg, "error_description=")
	if i < 0 || !strings.ContainsAny(seg[:i], "?#&") {
		return false
	}
	from := strings.LastIndexAny(seg[:i], " \t\"'`<>(") + 1
	if strings.Contains(seg[from:i], "://") || !strings.Contains(seg[from:i], "error=") {
		return false // an address with its host is read where addresses are
	}
	end := strings.IndexAny(seg[i:], " \t\"'`<>")
	if end < 0 {
		end = len(seg) - i
	}
	target := seg[from : i+end]
	if !strings.ContainsAny(target[:i-from], "?#") {
		target = "?" + target
	}
	s.redirect(splitURL(target), line)
	return true
}

// oauth says an OAuth error: its code, and the AADSTS codes in its description.
func (s *scanner) oauth(code, desc, suberror, claims string, line int) *Statement {
	n := s.aadsts(desc, InOAuth, func(int) int { return line })
	var st *Statement
	switch {
	case code != "":
		st = s.say(code, desc, InOAuth, 0, line)
	case n == 0 && desc != "":
		st = s.say("", desc, InOAuth, 0, line)
	default:
		st = &Statement{}
	}
	if suberror != "" {
		s.b.fact("suberror", suberror, line, FromService)
	}
	if c := decodeClaims(claims); c != "" {
		st.Claims = c
	}
	return st
}

package evidence

import (
	"strconv"
	"strings"
)

// This file reads what answers say in headers: challenges, diagnostics, redirects.

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

package evidence

import (
	"strings"
)

// This file reads the parameters of sign-in requests and forms.

// loginParams notes what a request to a token or authorize endpoint asks for.
func (s *scanner) loginParams(u parsedURL, line int) {
	if low := asciiLower(u.path); !u.login() && !strings.Contains(u.path, "/oauth2/") && !strings.Contains(low, "/msi/token") {
		return
	} else if strings.Contains(low, "/msi/token") {
		s.b.flow(FlowManagedIdentity)
	}
	if u.host != "" {
		s.b.fact("authority_host", u.host, line, FromRequest)
	}
	if seg, _, _ := strings.Cut(strings.TrimPrefix(u.path, "/"), "/"); seg != "" && seg != "error" && !strings.HasPrefix(seg, "oauth2") && !strings.HasPrefix(seg, "metadata") && !strings.HasPrefix(seg, "msi") {
		s.b.fact("tenant", seg, line, FromRequest)
	}
	if strings.Contains(u.path, "/metadata/identity") {
		s.b.flow(FlowManagedIdentity)
	}
	version := "v1"
	if strings.Contains(u.path, "/v2.0/") {
		version = "v2"
	}
	if strings.Contains(u.path, "/oauth2") {
		s.b.fact("endpoint_version", version, line, FromRequest)
	}
	for _, p := range u.params() {
		s.loginField(p.name, p.value, line)
	}
}

// loginField notes one parameter of a token or authorize request.
func (s *scanner) loginField(name, value string, line int) bool {
	name = strings.ToLower(name)
	switch name {
	case "client_id", "scope", "resource", "redirect_uri", "response_type", "response_mode", "requested_token_use", "prompt", "domain_hint", "client_assertion_type", "audience", "code_challenge_method", "username":
		if name == "username" {
			value = "<user>"
		}
		s.b.fact(name, value, line, FromRequest)
	case "grant_type":
		s.b.fact(name, value, line, FromRequest)
		s.grant(value)
	case "client_secret", "client_assertion":
		s.secretFact(name, value, line)
	case "assertion":
		s.b.fact("assertion", "present", line, FromRequest)
	default:
		return false
	}
	if name == "requested_token_use" && value == "on_behalf_of" {
		s.b.flow(FlowOnBehalfOf)
	}
	return true
}

// formLine reads a form that stands in a line of its own, as the body of a
// token request does: client_id=a&scope=b.
func (s *scanner) formLine(seg string, line int) bool {
	seg = strings.TrimSpace(seg)
	if !strings.Contains(seg, "&") || strings.Count(seg, "=") < 2 || strings.ContainsAny(seg, " \t<>\"?") {
		return false
	}
	known := false
	var others []string
	for _, p := range formParams(seg) {
		if s.loginField(p.name, p.value, line) {
			known = true
		} else {
			others = append(others, safe(p.name))
		}
	}
	if known && s.b.cur != nil {
		s.b.cur.call.Body = append(s.b.cur.call.Body, others...)
	}
	return known
}

// secretFact notes that a secret was sent, and its shape.
func (s *scanner) secretFact(name, value string, line int) {
	shape := "present"
	if n, ok := secretSealAt(value); ok && n < len(s.b.vault.secrets) {
		shape = s.b.vault.secrets[n].shape
	} else if placeholder(value) {
		shape = "removed by the sender"
	}
	s.b.fact(name, shape, line, FromRequest)
}

func secretSealAt(value string) (int, bool) {
	mark := string(sealOpen) + "s"
	i := strings.Index(value, mark)
	if i < 0 {
		return 0, false
	}
	n := 0
	for j := i + len(mark); j < len(value) && value[j] >= '0' && value[j] <= '9'; j++ {
		n = n*10 + int(value[j]-'0')
	}
	return n, true
}

// grant derives the flow from grant_type.
func (s *scanner) grant(value string) {
	switch v := strings.ToLower(strings.Trim(value, " '\"")); {
	case v == "client_credentials":
		s.b.flow(FlowClientCredentials)
	case strings.Contains(v, "jwt-bearer"):
		s.b.flow(FlowOnBehalfOf)
	case strings.Contains(v, "device_code"):
		s.b.flow(FlowDeviceCode)
	case v == "password":
		s.b.flow(FlowPassword)
	case v == "authorization_code":
		s.b.flow(FlowCode)
	case v == "refresh_token":
		s.b.flow(FlowRefresh)
	}
}

// formField notes a field of a form that was sent.
func (s *scanner) formField(f *frame, name, value string, line int) {
	if !s.loginField(name, value, line) && len(f.call.Body) < 100 {
		f.call.Body = append(f.call.Body, safe(name))
	}
}

// bodyFields notes the names of a JSON body's fields, and short plain values.
func (s *scanner) bodyFields(f *frame, n *node, prefix string, depth int) {
	if depth > 4 {
		return
	}
	for _, m := range n.members {
		name := prefix + safe(m.key)
		if len(f.call.Body) < 200 {
			f.call.Body = append(f.call.Body, name)
		}
		switch m.val.kind {
		case nodeObject:
			s.bodyFields(f, m.val, name+".", depth+1)
		case nodeArray:
			var words []string
			for _, it := range m.val.items {
				if it.isObject() {
					s.bodyFields(f, it, name+".", depth+1)
				} else if it.kind == nodeString {
					words = append(words, it.text)
				}
			}
			if list := strings.Join(words, " "); list != "" && len(list) <= 120 {
				setHeader(&f.call.Fields, name, safe(list))
			}
		default:
			s.tokens(m.key+": "+m.val.text, f.last)
			if len(m.val.text) <= 120 {
				if f.call.Fields == nil {
					f.call.Fields = map[string]string{}
				}
				f.call.Fields[name] = safe(m.val.text)
			}
		}
	}
}

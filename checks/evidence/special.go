package evidence

import (
	"slices"
	"strings"
)

// This file reads objects that have a shape of their own: HAR, $batch, token
// answers, sign-in and provisioning records, synchronization jobs, manifests.

// special interprets such an object and tells whether it was one.
func (s *scanner) special(n *node, line int) bool {
	switch {
	case n.get("log").isObject() && n.get("log").get("entries").isArray():
		for _, e := range n.get("log").get("entries").items {
			s.harEntry(e, s.at(e, line))
		}
	case isBatch(n):
		s.batch(n, line)
	case n.get("responses") == nil && s.batchRequests(n):
		for _, q := range n.get("requests").items {
			s.batchCall(q, s.at(q, line))
		}
	case n.get("access_token") != nil && (n.get("token_type") != nil || n.get("expires_in") != nil || n.get("expires_on") != nil):
		s.tokenAnswer(n, line)
	case n.get("requiredResourceAccess").isArray():
		s.manifest(n, line)
	case n.get("provisioningSteps").isArray() || n.get("provisioningStatusInfo").isObject() || n.get("statusInfo").isObject() && n.get("jobId") != nil:
		s.provisioning(n, line)
	case n.get("status").isObject() && (n.get("schedule") != nil || n.get("templateId") != nil || n.get("status").get("quarantine") != nil || n.get("status").get("countSuccessiveCompleteFailures") != nil):
		s.syncJob(n, line)
	case s.signInPage(n, line):
	case firewallRecord(n):
		s.firewall(n, line)
	case signInRecord(n):
		s.signIn(n, line)
	case scimError(n):
		s.say(firstOf(n.str("scimType"), "SCIM error"), firstOf(n.str("detail"), "status "+n.str("status")), InBody, 1, line)
	case len(n.members) == 2 && strings.Contains(n.str("name"), "@") && n.str("type") == "user": // az account show
		s.b.fact("auth_type", "Delegated", line, FromRequest)
	case len(n.members) == 2 && isGUID(n.str("name")) && n.str("type") == "servicePrincipal":
		s.b.fact("auth_type", "AppOnly", line, FromRequest)
	case n.get("issuer") != nil && n.get("jwks_uri") != nil, n.get("keys").isArray() && n.get("access_token") == nil && len(n.get("keys").items) > 0 && n.get("keys").items[0].get("kty") != nil:
	case n.get("openapi", "swagger", "$schema") != nil && n.get("paths", "properties", "definitions", "info") != nil:
	default:
		return false
	}
	return true
}

// scimError: what a SCIM endpoint, the target of provisioning, answers.
func scimError(n *node) bool {
	for _, it := range n.get("schemas").itemsOf() {
		if strings.Contains(it.text, "scim:api:messages:2.0:Error") {
			return true
		}
	}
	return false
}

// harEntry reads one entry of a HAR.
func (s *scanner) harEntry(e *node, line int) {
	if !e.isObject() {
		return
	}
	f := s.b.begin(line)
	defer s.b.end()
	s.recordTime(e, line)
	if r := e.get("request"); r.isObject() {
		s.requestPart(r, f, s.at(r, line))
		// Browsers leave Authorization and cookies out of an export together,
		// unless asked to keep them: absence tells only where a cookie is left.
		if f.call.Auth == AuthUnknown && keptCookies(r) {
			f.call.Auth = AuthAbsent
		}
	}
	if r := e.get("response"); r.isObject() {
		s.responsePart(r, f, s.at(r, line), 0)
	}
}

func keptCookies(request *node) bool {
	if c := request.get("cookies"); c.isArray() && len(c.items) > 0 {
		return true
	}
	h := request.get("headers")
	return h.isArray() && slices.ContainsFunc(h.items, func(n *node) bool { return strings.EqualFold(n.str("name"), "cookie") })
}

// tokenAnswer reads what the token endpoint handed out.
func (s *scanner) tokenAnswer(n *node, line int) {
	v := n.get("access_token")
	s.tokensIn(v.text, Answered, s.at(v, line))
	if len(s.b.vault.tokens) == 0 && len(v.text) > 20 {
		t := decodeToken(v.text, Place{s.b.file, line})
		s.b.token(t, Answered, line)
	}
	if sc := n.str("scope"); sc != "" {
		s.b.fact("granted_scope", sc, line, FromService)
	}
	if id := n.get("id_token"); id != nil {
		s.tokensIn(id.text, Answered, line)
	}
}

// manifest keeps an app registration's declared permissions.
func (s *scanner) manifest(n *node, line int) {
	app := &App{ID: safe(n.str("appId")), Name: safe(n.str("displayName", "name")), Place: Place{s.b.file, line}}
	for _, r := range n.get("requiredResourceAccess").items {
		for _, a := range r.get("resourceAccess").itemsOf() {
			d := Declared{Resource: safe(r.str("resourceAppId")), ID: safe(a.str("id"))}
			switch strings.ToLower(a.str("type")) {
			case "scope":
				d.Kind = Delegated
			case "role":
				d.Kind = AppOnly
			}
			at := s.at(a, line)
			d.Ref = Ref{Place{s.b.file, at}, FromRegistration, "requiredResourceAccess", d.ID}
			app.Declared = append(app.Declared, d)
		}
	}
	s.b.global.app = app
}

func (n *node) itemsOf() []*node {
	if n == nil {
		return nil
	}
	return n.items
}

// failedItems reads Exchange's and SharePoint's failures inside a success: an
// item whose ResponseClass is Error.
func (s *scanner) failedItems(n *node, line int) bool {
	failed := false
	for _, m := range n.members {
		for _, it := range m.val.items {
			if it.isObject() && it.str("ResponseClass") == "Error" {
				s.b.at(line).failedState = true
				s.say(it.str("ResponseCode"), it.str("MessageText"), InBody, 0, s.at(it, line))
				failed = true
			}
		}
	}
	return failed
}

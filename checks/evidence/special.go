package evidence

import (
	"math"
	"strconv"
	"strings"
	"time"
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
		if f.call.Auth == AuthUnknown && r.get("headers").isArray() && len(r.get("headers").items) > 0 {
			f.call.Auth = AuthAbsent
		}
	}
	if r := e.get("response"); r.isObject() {
		s.responsePart(r, f, s.at(r, line), 0)
	}
}

// isBatch: responses with id and status, as $batch answers.
func isBatch(n *node) bool {
	r := n.get("responses")
	if !r.isArray() || len(r.items) == 0 {
		return false
	}
	first := r.items[0]
	return first.get("id") != nil && first.get("status") != nil
}

// batch makes an exchange of each part. A 424 only follows from another part.
func (s *scanner) batch(n *node, line int) {
	outer := s.b.cur
	s.batchRequests(n)
	requests := s.b.parts
	for _, r := range n.get("responses").items {
		at := s.at(r, line)
		code := statusNumber(r.str("status"))
		if code == 0 {
			continue
		}
		f := s.b.begin(at)
		if q := requests[r.str("id")]; q != nil {
			s.b.request(isMethod(q.str("method")), "https://graph.microsoft.com/v1.0"+ensureSlash(q.str("url")), at, false)
		}
		s.b.status(code, at)
		if h := r.get("headers"); h != nil {
			s.headers(h, f, at, '<')
		}
		if outer != nil {
			f.moments = append(f.moments, outer.moments...)
			f.sights = append(f.sights, outer.sights...)
			for _, h := range []IDs{outer.ids} {
				setID(&f.ids, "request_id", h.Request)
			}
		}
		if b := r.get("body"); b.isObject() && code >= 400 {
			s.walk(b, s.at(b, at), "", 1)
		} else if b != nil && b.kind == nodeString && code >= 400 {
			s.nested(b.text, at, false)
		}
		addFact(f, Ref{Place{s.b.file, at}, FromService, "batch_part", safe(r.str("id"))})
		s.b.end()
	}
}

// batchRequests remembers the requests of a batch, so that its answers, which
// name only ids, can be told apart.
func (s *scanner) batchRequests(n *node) bool {
	r := n.get("requests")
	if !r.isArray() || len(r.items) == 0 || r.items[0].get("url") == nil {
		return false
	}
	if s.b.parts == nil {
		s.b.parts = map[string]*node{}
	}
	for _, q := range r.items {
		s.b.parts[q.str("id")] = q
	}
	return true
}

// batchCall makes an exchange of a request that stands in a batch, where every
// request counts; its address begins where the batch's own ends.
func (s *scanner) batchCall(q *node, line int) {
	if !s.b.every {
		return
	}
	base := ""
	if o := s.b.cur; o != nil {
		base, _, _ = strings.Cut(o.call.URL, "/$batch")
	}
	f := s.b.begin(line)
	defer s.b.end()
	s.requestPart(q, f, line)
	if f.call.Host == "" && base != "" {
		f.fillURL(splitURL(base + ensureSlash(q.str("url"))))
	}
}

// batchList reads the requests of a batch from a line that lists them:
// "1 GET /users/x  2 POST /groups".
func (s *scanner) batchList(seg string) {
	f := strings.Fields(seg)
	for i := 0; i+2 < len(f); i++ {
		if id := strings.Trim(f[i], ":.#,"); isDigits(id) && isMethod(f[i+1]) != "" && strings.HasPrefix(f[i+2], "/") {
			if s.b.parts == nil {
				s.b.parts = map[string]*node{}
			}
			s.b.parts[id] = &node{kind: nodeObject, members: []member{{"method", &node{kind: nodeString, text: f[i+1]}}, {"url", &node{kind: nodeString, text: f[i+2]}}}}
		}
	}
}

func ensureSlash(p string) string {
	if strings.HasPrefix(p, "/") {
		return p
	}
	return "/" + p
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

// provisioning reads one entry of the provisioning log. A failure in the
// target is told inside a 2xx.
func (s *scanner) provisioning(n *node, line int) {
	info := n.get("statusInfo", "provisioningStatusInfo")
	status := strings.ToLower(info.str("status"))
	if e := info.get("errorInformation"); e.isObject() {
		info = e
	}
	if status == "success" || status == "skipped" || status == "" && info.str("errorCode") == "" {
		return
	}
	f := s.b.begin(line)
	defer s.b.end()
	f.failedState = true
	s.recordTime(n, line)
	st := s.say(info.str("errorCode"), info.str("reason"), InLog, 0, line)
	st.Decisive = true
	note := func(name, value string) { s.b.fact(name, value, line, FromService) }
	note("provisioning.action", n.str("action", "provisioningAction"))
	note("provisioning.category", info.str("errorCategory"))
	note("provisioning.recommended", info.str("recommendedAction"))
	note("provisioning.target", firstOf(n.get("targetSystem").str("displayName"), n.get("servicePrincipal").str("displayName")))
	note("provisioning.entry", "failure")
	note("provisioning.source", n.get("sourceSystem").str("displayName"))
	note("provisioning.identity", n.get("sourceIdentity").str("displayName"))
	note("provisioning.identity_type", n.get("sourceIdentity").str("identityType"))
	note("provisioning.job", n.str("jobId"))
	for _, step := range n.get("provisioningSteps").itemsOf() {
		if strings.EqualFold(step.str("status"), "failure") {
			note("provisioning.step", step.str("name"))
			note("provisioning.step_type", step.str("provisioningStepType"))
			note("provisioning.step_text", step.str("description"))
		}
	}
	if len(f.said) == 0 {
		s.say("provisioning failure", info.str("reason"), InLog, 0, line)
	}
}

// syncJob reads a synchronization job's status.
func (s *scanner) syncJob(n *node, line int) {
	st := n.get("status")
	code := st.str("code")
	q := st.get("quarantine")
	state := n.get("schedule").str("state")
	bad := q.isObject() || strings.EqualFold(code, "Quarantine") || strings.EqualFold(code, "Paused") || strings.EqualFold(code, "NotConfigured") || strings.EqualFold(state, "Disabled") || strings.EqualFold(state, "Paused")
	last := st.get("lastExecution")
	if !bad && !(last.isObject() && strings.EqualFold(last.str("state"), "Failed")) {
		return
	}
	f := s.b.begin(line)
	defer s.b.end()
	f.failedState = true
	note := func(name, value string) { s.b.fact(name, value, line, FromService) }
	note("sync.code", code)
	note("sync.state", state)
	note("sync.job", n.str("id"))
	note("sync.template", n.str("templateId"))
	if q.isObject() {
		note("quarantine.reason", q.str("reason"))
		note("quarantine.began", q.str("currentBegan"))
		note("quarantine.next", q.str("nextAttempt"))
		note("quarantine.series", q.str("seriesCount"))
		note("quarantine.series_began", q.str("seriesBegan"))
		if e := q.get("error"); e.isObject() {
			s.say(e.str("code"), e.str("message"), InLog, 1, line)
		}
		said := s.say("Quarantine", q.str("reason"), InLog, 0, line)
		said.Decisive = true
	} else if bad {
		s.say(firstOf(code, state), "", InLog, 0, line)
	}
	if last.isObject() {
		note("sync.last_state", last.str("state"))
		if e := last.get("error"); e.isObject() {
			s.say(e.str("code"), e.str("message"), InLog, 1, line)
		}
	}
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// signInRecord: a row of the sign-in log.
func signInRecord(n *node) bool {
	st := n.get("status")
	return st.isObject() && st.get("errorCode") != nil && (n.get("appDisplayName") != nil || n.get("userPrincipalName") != nil || n.get("conditionalAccessStatus") != nil || n.get("appId") != nil || n.get("servicePrincipalId") != nil) ||
		n.get("properties").isObject() && n.get("category") != nil && signInRecord(n.get("properties"))
}

// signIn reads a row of the sign-in log: its code, and which Conditional
// Access policy decided.
func (s *scanner) signIn(n *node, line int) {
	if p := n.get("properties"); p.isObject() && n.get("status") == nil {
		n = p
	}
	st := n.get("status")
	code := st.str("errorCode")
	if code == "" || code == "0" || strings.EqualFold(n.str("signInStatus"), "Interrupted") {
		return
	}
	f := s.b.begin(line)
	defer s.b.end()
	f.failedState = true
	s.recordTime(n, line)
	if t, ok := parseTime(n.str("createdDateTime")); ok {
		s.b.moment(t, rankAnswer, line, "createdDateTime")
	}
	said := s.say("AADSTS"+code, strings.TrimSpace(st.str("failureReason")+" "+st.str("additionalDetails")), InLog, 0, line)
	said.Decisive = true
	note := func(name, value string) { s.b.fact(name, value, line, FromService) }
	note("client_id", n.str("appId"))
	note("app_name", n.str("appDisplayName"))
	note("resource", n.str("resourceDisplayName"))
	note("resource_id", n.str("resourceId"))
	note("conditional_access", n.str("conditionalAccessStatus"))
	note("client_app_used", n.str("clientAppUsed"))
	s.b.id("correlation_id", n.str("correlationId"), line)
	s.b.id("request_id", n.str("id"), line)
	for _, p := range n.get("appliedConditionalAccessPolicies").itemsOf() {
		if strings.EqualFold(p.str("result"), "failure") {
			note("policy", p.str("displayName"))
			for _, g := range p.get("enforcedGrantControls").itemsOf() {
				note("policy_control", g.text)
			}
		}
	}
}

// resource reads the body of a success for the few facts that matter: an
// empty collection, hidden membership, failures told inside.
func (s *scanner) resource(n *node, line int) {
	if v := n.get("visibility"); v != nil {
		s.b.fact("visibility", v.text, line, FromService)
	}
	v := n.get("value")
	if v.isArray() {
		f := s.b.at(line)
		f.call.Empty = len(v.items) == 0
		nulls := 0
		for _, it := range v.items {
			if it.isObject() && s.special(it, s.at(it, line)) {
				continue
			}
			if nullMember(it) {
				nulls++
			}
		}
		if nulls > 0 {
			s.b.fact("null_members", strconv.Itoa(nulls)+" of "+strconv.Itoa(len(v.items)), line, FromService)
		}
		return
	}
	if s.failedItems(n, line) {
		return
	}
	s.special(n, line)
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

// nullMember: an object of which only type and id are told.
func nullMember(n *node) bool {
	if !n.isObject() || n.get("id") == nil || len(n.members) < 4 {
		return false
	}
	told := 0
	for _, m := range n.members {
		if !strings.HasPrefix(m.key, "@") && m.val.text != "null" && m.val.text != "" || m.val.isArray() && len(m.val.items) > 0 {
			told++
		}
	}
	return told == 1
}

// unixTime reads seconds, milliseconds or microseconds since 1970.
func unixTime(v string) (time.Time, bool) {
	f, err := strconv.ParseFloat(v, 64)
	if err != nil || f < 1e9 || math.IsInf(f, 0) {
		return time.Time{}, false
	}
	for f > 1e11 {
		f /= 1000
	}
	return time.Unix(int64(f), 0).UTC(), true
}

package evidence

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// This file reads records that services keep: sign-ins, provisioning logs, synchronization jobs.

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

// activity reads what the log of Microsoft Graph activities (the table
// MicrosoftGraphActivityLogs) tells of the caller: the permissions in its token.
// Source: https://learn.microsoft.com/graph/microsoft-graph-activity-logs-overview
func (s *scanner) activity(n *node, line int) {
	if n.get("clientAuthMethod") == nil || !hasAny(n, urlNames) {
		return
	}
	roles, scopes := n.get("roles"), n.get("scopes")
	if roles == nil || scopes == nil || roles.isObject() || roles.isArray() {
		return
	}
	switch user := n.str("UserPrincipalObjectID", "userId"); {
	case strings.TrimSpace(scopes.text) != "" || user != "":
		s.b.fact(heldScopes, strings.TrimSpace(scopes.text), line, FromService)
	default:
		s.b.fact(heldRoles, strings.TrimSpace(roles.text), line, FromService)
	}
}

// Facts that name the permissions in the caller's token, one blank between two.
const (
	heldScopes = "scopes"
	heldRoles  = "roles"
)

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
		nulls, kinds := 0, ""
		for _, it := range v.items {
			if it.isObject() && s.special(it, s.at(it, line)) {
				continue
			}
			if nullMember(it) {
				nulls++
				if k := memberKind(it); k != "" && !strings.Contains(" "+kinds+" ", " "+k+" ") {
					kinds = strings.TrimSpace(kinds + " " + k)
				}
			}
		}
		if nulls > 0 {
			s.b.fact("null_members", strconv.Itoa(nulls)+" of "+strconv.Itoa(len(v.items)), line, FromService)
			s.b.fact("odata_type", kinds, line, FromService)
		}
		return
	}
	if s.failedItems(n, line) {
		return
	}
	s.special(n, line)
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

// memberKind is the type of a member by its annotation: "user" of
// "#microsoft.graph.user".
func memberKind(n *node) string {
	_, kind, _ := strings.Cut(n.str("@odata.type"), "#microsoft.graph.")
	return safe(kind)
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

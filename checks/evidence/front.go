package evidence

import (
	"slices"
	"strings"
)

// This file notes what stands in front of an API, or on the way to it, and
// answered in its place: gateways, firewalls, a platform's own sign-in.

// What fronts are called in the fact "front".
const (
	frontManagement = "Azure API Management"
	frontEasyAuth   = "App Service Authentication"
	frontFirewall   = "Azure's web application firewall"
	frontAppGateway = "Azure Application Gateway"
	frontFrontDoor  = "Azure Front Door"
	frontSetting    = "front.allowed_applications"
	frontKey        = "front.key"
	frontRule       = "front.rule"
	frontMatched    = "front.matched"
	frontNone       = "none (the list is empty)"
)

// frontHeader reads a header of an answer that tells who gave it.
func (s *scanner) frontHeader(name, value string, line int) {
	if s.dir == '>' {
		return
	}
	switch {
	case name == "x-ms-middleware-request-id": // on all answers of the platform's own sign-in, and on no others
		s.b.fact("front", frontEasyAuth, line, FromService)
	case name == "www-authenticate" && strings.HasPrefix(value, "AzureApiManagementKey"):
		s.b.fact("front", frontManagement, line, FromService)
		s.b.fact(frontKey, authParams(value)["name"], line, FromService)
	case name == "server" && strings.HasPrefix(value, "Microsoft-Azure-Application-Gateway"):
		s.b.fact("front", frontAppGateway, line, FromService)
	}
}

// firewallRecord: an entry of the log that Application Gateway's or Front
// Door's web application firewall keeps.
func firewallRecord(n *node) bool {
	return strings.HasSuffix(n.str("category", "Category"), "FirewallLog") && n.get("properties").isObject()
}

// firewall reads such an entry. Only a rule that blocked makes a failure: what
// merely matched goes on.
func (s *scanner) firewall(n *node, line int) {
	p := n.get("properties")
	rule := firstOf(p.str("ruleId", "ruleId_s"), p.str("ruleName", "ruleName_s"))
	if a := strings.ToLower(p.str("action", "action_s")); a != "blocked" && a != "block" && a != "deny" {
		if rule != "" && len(s.b.global.facts) < 40 {
			addFact(&s.b.global, Ref{Place{s.b.file, line}, FromService, frontMatched, safe(rule)})
		}
		return
	}
	f := s.b.begin(line)
	defer s.b.end()
	f.failedState = true
	s.recordTime(n, line)
	if url := p.str("requestUri", "requestUri_s"); url != "" {
		if host := p.str("hostname", "host", "hostname_s"); host != "" && strings.HasPrefix(url, "/") {
			url = "https://" + host + url
		}
		s.b.request("", url, line, false)
	}
	s.b.fact("front", frontFirewall, line, FromService)
	s.b.fact(frontRule, rule, line, FromService)
	s.say("", "the web application firewall blocked the request by its rule "+rule+": "+p.str("message", "Message"), InLog, 0, line)
}

// gatewayAnswer: an entry of Application Gateway's access log for a request
// that it refused itself and handed to nobody.
func (s *scanner) gatewayAnswer(p *node, line int) {
	if to := p.get("serverRouted"); to == nil || to.text != "" {
		return
	}
	if numericStatus(p) == 403 && strings.EqualFold(p.str("WAFMode"), "prevention") {
		s.b.fact("front", frontFirewall, line, FromService)
	}
}

// allowLists note which client applications App Service's own sign-in lets in,
// from its settings in either version.
func (s *scanner) allowLists(n *node, line int) {
	for _, m := range n.members {
		switch {
		case m.val.isArray() && (m.key == "allowedApplications" || m.key == "allowedClientApplications" || m.key == "allowed_client_applications"):
			var apps []string
			for _, it := range m.val.items {
				apps = append(apps, it.text)
			}
			list := strings.Join(apps, " ")
			if list == "" && m.key != "allowedApplications" { // empty, the older setting keeps everybody out
				list = frontNone
			}
			s.b.fact(frontSetting, list, s.at(m.val, line), FromRegistration)
		case m.val.kind == nodeString && strings.Contains(m.val.text, "allowed_client_applications"):
			if in, _ := parseLoose(m.val.text, 0); in != nil {
				s.allowLists(&node{kind: nodeObject, members: in.members, off: m.val.off}, s.at(m.val, line))
			}
		}
	}
}

// nginxError reads a line of nginx's error log: "[error] 412#412: *9 sentence,
// client: 10.0.0.4, server: shop.contoso.com, request: ...".
func (s *scanner) nginxError(seg string, line int) bool {
	level := strings.IndexByte(seg[:min(len(seg), 40)], '[')
	said, rest, ok := strings.Cut(seg, ", client: ")
	if strings.Contains(said, " too large ") || strings.Contains(said, " too big ") {
		ok, rest = true, "server: " // what follows may have been taken away with a cookie
	}
	if level < 0 || !ok || !strings.Contains(rest, "server: ") || !slices.ContainsFunc([]string{"[error] ", "[crit] ", "[alert] ", "[info] "}, func(l string) bool { return strings.HasPrefix(seg[level:], l) }) {
		return false
	}
	if i := strings.Index(said, ": *"); i > 0 {
		_, said, _ = strings.Cut(said[i+3:], " ")
	}
	if strings.HasPrefix(seg[level:], "[info]") && !strings.Contains(said, "too large") {
		return false // nginx logs at this level what it answers with 400
	}
	s.flush()
	s.say("", said, InLine, 0, line)
	s.b.stamp(s.b.cur)
	return true
}

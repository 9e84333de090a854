package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file judges answers that something in front of an API, or on the way to
// it, gave in its place.

// fronted: what stands in front of an API of one's own refused the call.
func fronted(c *evidence.Case) (checks.Finding, bool) {
	front, ok := c.Fact("front")
	if !ok || !c.Failed || c.Call != nil && c.Call.Host != "" && c.Call.Known() || otherSays(c, "not-graph") {
		return checks.Finding{}, false
	}
	f := checks.Finding{Severity: checks.Note, Subject: front.Value, Seen: []checks.Witness{checks.Says(front)}}
	api := "the API"
	if c.Call != nil && c.Call.Host != "" {
		api = c.Call.Host
	}
	if r, ok := c.StatusRef(); ok {
		f.Seen = append(f.Seen, checks.Fits(r))
	}
	switch front.Value {
	case "Azure API Management":
		key, told := c.Fact("front.key")
		if !told && !hasWords(c, "subscription key") {
			return f, false
		}
		name := or(key.Value, "Ocp-Apim-Subscription-Key")
		f.Message = fmt.Sprintf("Azure API Management in front of %s wants its own subscription key in the header %s; it did not look at any bearer token", api, name)
		if s, ok := c.SaidWords("subscription key"); ok {
			f.Message += fmt.Sprintf(": %q", clip(s.Message))
		}
		f.Fixes = []checks.Fix{
			fix("send the key of an active subscription of the API's product, beside the bearer token", checks.Developer, name+": <subscription key>", "https://learn.microsoft.com/azure/api-management/api-management-subscriptions"),
			fix("or have the owner of the gateway switch \"Subscription required\" off for the API or product, where the token alone is to decide (gives more access than before)", checks.AppAdmin, "", "https://learn.microsoft.com/azure/api-management/api-management-subscriptions"),
		}
		f.Fixes[1] = widen(f.Fixes[1])
		f.Fixes[1].Title = strings.TrimSuffix(f.Fixes[1].Title, " (gives more access than before)")
	case "App Service Authentication":
		if status(c) != 403 {
			return f, false // a 401 of it is about the token
		}
		f.Message, f.Fixes = easyAuthWords(c, &f, api)
	case "Azure's web application firewall", "Azure Application Gateway":
		if status(c) != 403 && status(c) != 0 {
			return f, false // what the gateway hands on is the backend's
		}
		rule, _ := c.Fact("front.rule")
		f.Message = fmt.Sprintf("Azure's web application firewall in front of %s blocked the request, so the API and its token check never saw it", api)
		if rule.Value != "" {
			f.Message += "; it was rule " + rule.Value
		}
		if s, ok := c.SaidWords("web application firewall blocked"); ok {
			if _, what, ok := strings.Cut(s.Message, rule.Value+": "); ok {
				f.Message += fmt.Sprintf(" (%q)", clip(what))
			}
		}
		var matched []string
		for _, m := range c.Facts {
			if m.Field == "front.matched" && m.Value != rule.Value {
				matched = append(matched, m.Value)
			}
		}
		if len(matched) > 0 {
			f.Message += "; the rules that matched are " + list(few(matched, 6), "and")
		}
		f.Fixes = []checks.Fix{
			fix("find the rules that matched (949110 only sums their score) in the firewall's log by the transaction id, and exclude the field or path that they take for an attack, for these rules alone", checks.Developer, "", "https://learn.microsoft.com/azure/web-application-firewall/ag/web-application-firewall-troubleshoot"),
			fix("leave permissions and token as they are: they were not looked at", checks.Developer, "", ""),
		}
	default:
		return f, false
	}
	return f, true
}

// easyAuthWords words a 403 of App Service's own sign-in: the token was good,
// and a list of the settings does not hold the caller.
// Source: https://learn.microsoft.com/azure/app-service/configure-authentication-provider-aad
func easyAuthWords(c *evidence.Case, f *checks.Finding, api string) (string, []checks.Fix) {
	app := "<client id of the caller>"
	if c.AppID() != "" && c.Token.Readable() {
		app = c.AppID()
	}
	msg := fmt.Sprintf("App Service Authentication (EasyAuth) in front of %s refused the caller by its own lists, before the app saw the request: the token was accepted, so its audience and signature are right", api)
	if list, ok := c.Fact("front.allowed_applications"); ok && (strings.HasPrefix(list.Value, "none") || !slices.Contains(strings.Fields(list.Value), app)) {
		f.Seen = append(f.Seen, checks.Shows(list))
		msg += "; its allowed client applications are " + list.Value
		if c.Token.Readable() {
			msg += ", and the token's client is " + app
		}
	}
	const page = "https://learn.microsoft.com/azure/app-service/configure-authentication-provider-aad"
	return msg, []checks.Fix{
		fix(fmt.Sprintf("add the client %s to the allowed client applications (App Service, Authentication, the identity provider's \"Client application requirement\"; in the older settings allowed_client_applications, where an empty list keeps everybody out)", app), checks.AppAdmin, "", page),
		fix("look at the other lists too: allowed identities and groups, allowed tenants (WEBSITE_AUTH_AAD_ALLOWED_TENANTS)", checks.AppAdmin, "", page),
	}
}

package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// Causes that are no fault of authorization, and those that lie in which
// service was called at all.
var serviceRules = []checks.Rule{
	{
		ID: "throttled", Layer: checks.Call, Severity: checks.Error, NotAuth: true,
		Title:    "The service throttles the caller: wait and try again",
		Explains: []string{"service-unavailable"},
		Check:    throttled,
	},
	{
		ID: "service-unavailable", Layer: checks.Call, Severity: checks.Error, NotAuth: true,
		Title: "The service failed or is unavailable: not the caller's fault",
		Check: unavailable,
	},
	{
		ID: "not-found", Layer: checks.Call, Severity: checks.Error, NotAuth: true,
		Title: "The object or path is not there, or is hidden from this caller",
		Check: notFound,
	},
	{
		ID: "request-invalid", Layer: checks.Call, Severity: checks.Error, NotAuth: true,
		Title: "The request itself is wrong: query, body or parameter",
		Check: requestInvalid,
	},
	{
		ID: "conflict", Layer: checks.Call, Severity: checks.Error, NotAuth: true,
		Title: "The request conflicts with the object's present state",
		Check: conflict,
	},
	{
		ID: "webhook-validation-failed", Layer: checks.Call, Severity: checks.Error, NotAuth: true,
		Title:    "The caller's own notification endpoint failed the subscription's validation",
		Explains: []string{"request-invalid", "permission-missing"},
		Check:    stated("webhook-validation-failed", webhookWords),
	},
	{
		ID: "legacy-endpoint", Layer: checks.Call, Severity: checks.Error,
		Title:    "A retired API or library is in use",
		Explains: []string{"app-disabled", "permission-missing", "user-privilege-insufficient", "not-found"},
		Check:    legacy,
	},
	{
		ID: "sharepoint-app-only-refused", Layer: checks.Call, Severity: checks.Error,
		Title:    "SharePoint refuses the app-only token itself: a certificate is needed, not a secret",
		Explains: []string{"permission-missing", "no-permissions-in-token"},
		Check:    sharePointRefused,
	},
	{
		ID: "not-graph", Layer: checks.Call, Severity: checks.Note, NotAuth: true,
		Title: "The failure is another host's or lies on the way, not with Microsoft",
		Check: notGraph,
	},
}

func status(c *evidence.Case) int {
	if c.Call == nil {
		return 0
	}
	return c.Call.Status
}

// byStatus adds the cause that a status alone names, where nobody said more.
func byStatus(c *evidence.Case, found []checks.Finding, words advice, how checks.How) []checks.Finding {
	r, ok := c.StatusRef()
	if !ok {
		return found
	}
	if len(found) == 0 {
		f := checks.Finding{Subject: subject(c)}
		f.Message, f.Fixes = words(c, firstSaid(c))
		f.Seen = []checks.Witness{{Ref: r, How: how}}
		return []checks.Finding{f}
	}
	found[0].Seen = append(found[0].Seen, checks.Fits(r))
	if found[0].Seen[0].How == checks.HowFits && how > checks.HowFits {
		found[0].Seen[len(found[0].Seen)-1].How = how
	}
	return found
}

func firstSaid(c *evidence.Case) evidence.Statement {
	for i, s := range c.Said {
		if s.Carrier == evidence.InProse {
			continue
		}
		if i+1 < len(c.Said) && wrapper(s) && c.Said[i+1].Depth > s.Depth && c.Said[i+1].Message != "" {
			return c.Said[i+1] // what is wrapped says what happened
		}
		return s
	}
	from := 0
	if c.Call != nil {
		from = c.Call.ReplyPlace.Line
	}
	for _, s := range c.Said {
		if s.Ref.Origin == evidence.FromService && !s.Aside && s.Ref.Line >= from { // a page's own sentence
			return s
		}
	}
	return evidence.Statement{}
}

// wrapper: a sentence that only says that something failed further in.
func wrapper(s evidence.Statement) bool {
	text := strings.TrimPrefix(evidence.Fold(s.Message), "message")
	return text == "" || strings.HasPrefix(text, "oneormoreerrorsoccurred") || text == "anerrorhasoccurred" || text == "badrequest"
}

const notYourToken = "your token and permissions are not the problem"

func throttled(c *evidence.Case) []checks.Finding {
	if !c.Failed {
		return nil
	}
	found := voiced(c, "throttled", throttleWords)
	if len(found) > 0 && found[0].Seen[0].How == checks.HowSays && status(c) != 0 && status(c) < 400 {
		return nil
	}
	_, retry := retryAfter(c)
	switch {
	case status(c) == 429:
		return byStatus(c, found, throttleWords, checks.HowSays)
	case (status(c) == 503 || status(c) == 504) && retry:
		return byStatus(c, found, throttleWords, checks.HowSays)
	case len(found) > 0 && found[0].Seen[0].How == checks.HowFits && status(c) != 0 && status(c) != 409 && status(c) != 503:
		return nil
	}
	return found
}

func retryAfter(c *evidence.Case) (string, bool) {
	if c.Call == nil {
		return "", false
	}
	v := c.Call.Response["retry-after"]
	return v, v != ""
}

func throttleWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	wait := "wait with growing pauses (1, 2, 4 ... seconds, with some chance in them)"
	if v, ok := retryAfter(c); ok {
		wait = "wait the Retry-After of " + v + " seconds"
		if strings.Trim(v, "0123456789") != "" {
			wait = "wait until " + v
		}
	}
	what := fmt.Sprintf("%s was throttled", callName(c))
	if f, ok := c.Fact("exchange.backoffmilliseconds"); ok && f.Value != "0" {
		wait = "wait the " + f.Value + " milliseconds that Exchange asks for (BackOffMilliseconds)"
	}
	if p, ok := c.Fact("exchange.policy"); ok {
		what += " by Exchange's policy " + p.Value
		if l, ok := c.Fact("exchange.maxconcurrencylimit"); ok {
			what += fmt.Sprintf(", which allows %s at once for one account", l.Value)
		}
	}
	if strings.Contains(evidence.Fold(s.Message), "mailboxconcurrency") {
		what += ": more than four requests at once of one app to one mailbox"
	} else if said := or(s.Message, s.Code); said != "" {
		what += fmt.Sprintf(": %q", clip(said))
	}
	if _, ews := c.SaidAny("ErrorExceededConnectionCount", "ErrorServerBusy", "ErrorExceededSubscriptionCount", "ErrorExceededFindCountLimit"); ews {
		return what + "; " + notYourToken, []checks.Fix{
			fix(wait+", then try again", checks.Developer, "", "https://learn.microsoft.com/exchange/client-developer/exchange-web-services/ews-throttling-in-exchange"),
			fix("open fewer connections at once: finish or close every request and streaming subscription, reuse connections, and with a service account impersonate the mailbox, so that the budget is the mailbox's", checks.Developer, "", "https://learn.microsoft.com/exchange/client-developer/exchange-web-services/ews-throttling-in-exchange"),
		}
	}
	return what + "; " + notYourToken, []checks.Fix{
		fix(wait+", then try again; honour Retry-After in every client and inside each $batch part", checks.Developer, "", "https://learn.microsoft.com/graph/throttling"),
		fix("send less: $select, delta queries, change notifications instead of polling, fewer requests at once", checks.Developer, "", "https://learn.microsoft.com/graph/throttling-limits"),
	}
}

func unavailable(c *evidence.Case) []checks.Finding {
	if !c.Failed {
		return nil
	}
	found := voiced(c, "service-unavailable", unavailableWords)
	if _, retry := retryAfter(c); status(c) == 503 && retry {
		return nil
	}
	if status(c) >= 500 && status(c) < 600 && status(c) != 501 && status(c) != 507 {
		if own(c) || onTheWay(c) {
			return nil
		}
		if c.Call.Host == "" && entraSpoke(c) {
			return found
		}
		how := checks.HowSays
		if otherSays(c, "service-unavailable") {
			return found
		}
		return byStatus(c, found, unavailableWords, how)
	}
	if len(found) > 0 && status(c) != 0 && status(c) < 500 && found[0].Seen[0].How == checks.HowFits {
		return nil
	}
	return found
}

// entraSpoke: Microsoft Entra has answered with a number, so that a state of 500
// beside it is what the app itself made of that.
func entraSpoke(c *evidence.Case) bool {
	return slices.ContainsFunc(c.Said, func(s evidence.Statement) bool { return strings.HasPrefix(s.Code, "AADSTS") })
}

// own: the failed host is the app's own, not one of Microsoft's.
func own(c *evidence.Case) bool {
	return foreign(c) || c.Call != nil && c.Call.Host != "" && !c.Call.Known()
}

// otherSays: another cause is named outright.
func otherSays(c *evidence.Case, but string) bool {
	for id, vs := range hear(c).voices {
		if id == but {
			continue
		}
		for _, v := range vs {
			if v.how == checks.HowSays && v.weak == "" && v.st.Carrier != evidence.InProse {
				return true
			}
		}
	}
	return false
}

func unavailableWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	what := fmt.Sprintf("%s failed inside the service", callName(c))
	if st := status(c); st >= 500 {
		what = fmt.Sprintf("%s failed inside the service (%d)", callName(c), st)
	}
	if s.Message != "" {
		what += fmt.Sprintf(": %q", clip(s.Message))
	}
	return what + "; " + notYourToken, []checks.Fix{
		fix("try again after a pause, with growing pauses", checks.Developer, "", "https://learn.microsoft.com/graph/best-practices-concept"),
		fix("look at the service health, and give Microsoft the request id and date if it stays", checks.Microsoft, "", "https://admin.microsoft.com/Adminportal/Home#/servicehealth"),
	}
}

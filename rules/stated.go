package rules

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file turns what was said into causes: by AADSTS number, by error code,
// by a service's own sentence. The tables know; the code only looks up.

// maxPossible bounds the causes that one code may merely suggest.
const maxPossible = 5

// advice words a finding for a cause that was said: the message with the
// values at hand, and the fixes.
type advice func(c *evidence.Case, s evidence.Statement) (string, []checks.Fix)

// stated is the check of a cause that the service names. Its strength is what
// the voices give: a code that decides, or one of several that might.
func stated(id string, words advice) func(*evidence.Case) []checks.Finding {
	return func(c *evidence.Case) []checks.Finding {
		return voiced(c, id, words)
	}
}

func voiced(c *evidence.Case, id string, words advice) []checks.Finding {
	h := hear(c)
	vs := h.voices[id]
	if len(vs) == 0 {
		return nil
	}
	lead := vs[0]
	if tokenLayer[id] && !slices.ContainsFunc(vs, func(v voice) bool { return v.how == checks.HowSays }) {
		if fault := tokenFault(c); fault != "" && fault != id && !(fault == "sound" && slices.Contains(invisible, id)) {
			return nil // the token itself shows another fault; a code that fits both adds nothing
		}
	}
	if authCause(id) && statusExcludes(c) && !slices.ContainsFunc(vs, func(v voice) bool { return v.how == checks.HowSays }) {
		return nil // the service was busy, broken or found nothing: no guess at permissions
	}
	if st := status(c); st >= 502 && st <= 504 && id != "service-unavailable" && id != "throttled" && !slices.ContainsFunc(vs, func(v voice) bool { return v.how == checks.HowSays }) {
		return nil // a gateway gave up waiting: what the code allows otherwise was not looked at
	}
	if id == "token-expired" && misdirected(c) {
		return nil // a service that the token is not for cannot judge its age
	}
	f := checks.Finding{}
	for _, v := range vs {
		if better(v, lead) {
			lead = v
		}
		if len(f.Seen) < 4 {
			f.Seen = append(f.Seen, checks.Witness{Ref: v.st.Ref, How: v.how})
		}
	}
	f.Message, f.Fixes = words(c, lead.st)
	f.Subject = subject(c)
	if lead.weak != "" {
		f.Cap, f.CapReason = checks.Possible, lead.weak
	}
	if number, ok := strings.CutPrefix(lead.st.Code, "AADSTS"); ok {
		why := "decided by " + lead.st.Code
		if row, ok := catalog.Code(number); ok && row.Name != "" && row.Name != "-" {
			why += " (" + row.Name + ")"
		}
		f.Why = append(f.Why, why)
	}
	if number := b2cNumber(lead.st); number != "" && !strings.HasPrefix(lead.st.Code, "AADSTS") {
		f.Why = append(f.Why, "decided by "+number)
	}
	if h.deciding != "" && lead.st.Code == h.deciding {
		f.Why = append(f.Why, h.deciding+" was chosen over "+strings.Join(h.passed, ", ")+": "+h.choice())
	}
	return []checks.Finding{f}
}

// misdirected: the token is for another API or cloud than the one called, and
// nothing in the evidence shows that it was too old as well.
func misdirected(c *evidence.Case) bool {
	switch tokenFault(c) {
	case "audience-mismatch", "wrong-cloud":
	default:
		return false
	}
	by, ok := late(c)
	return !ok || by <= 0 || c.When.Ref.Origin == evidence.FromClock
}

// authCause: the cause is an authorization fault.
func authCause(id string) bool {
	switch id {
	case "throttled", "service-unavailable", "not-found", "request-invalid", "conflict", "webhook-validation-failed", "provisioning-target-error", "mailbox-unavailable", "license-missing", "mailbox-access-denied", "beta-only", "claims-challenge", "resource-specific-consent":
		return false
	}
	return true
}

// statusExcludes: the answer's status is one that no refusal has.
func statusExcludes(c *evidence.Case) bool {
	if c.Call == nil || c.Call.Login() {
		return false
	}
	switch st := c.Call.Status; {
	case st >= 500, st == 429, st == 409, st == 423, st == 413, st == 415, st == 405:
		return true
	}
	return false
}

// fitsOnly: nobody says this cause or shows it; a code merely allows it.
func fitsOnly(found []checks.Finding) bool {
	return len(found) > 0 && !slices.ContainsFunc(found[0].Seen, func(w checks.Witness) bool { return w.How != checks.HowFits })
}

func better(a, b voice) bool {
	if (a.weak == "") != (b.weak == "") {
		return a.weak == ""
	}
	if a.how != b.how {
		return a.how > b.how
	}
	if a.best != b.best {
		return a.best
	}
	if pa, pb := a.st.Carrier == evidence.InProse, b.st.Carrier == evidence.InProse; pa != pb {
		return pb // a paragraph holds much beside the sentence that counts
	}
	if n, m := len(a.st.Values), len(b.st.Values); n != m {
		return n > m
	}
	return len(a.st.Message) > len(b.st.Message)
}

package rules

import (
	"fmt"
	"strings"
	"time"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file judges a token's times against the moment of the failure.

// skew is how far clocks may differ before a time proves anything.
const skew = 5 * time.Minute

// late returns by how much the token had expired at the request's own time.
func late(c *evidence.Case) (time.Duration, bool) {
	exp, ok := c.Token.Time("exp")
	if !ok || c.When.IsZero() {
		return 0, false
	}
	return c.When.Sub(exp), true
}

func tokenExpired(c *evidence.Case) []checks.Finding {
	if _, ok := c.Accepted(); ok {
		return nil
	}
	found := voiced(c, "token-expired", expiredWords)
	by, known := late(c)
	if !known {
		return found
	}
	clock := c.When.Ref.Origin == evidence.FromClock
	switch {
	case by <= 0 && len(found) > 0 && !clock && -by > skew && c.Token.Use == evidence.Sent:
		// the service says expired, the sent token contradicts it
		found[0].Cap, found[0].CapReason = checks.Possible, fmt.Sprintf("the token shown was valid for another %s", round(-by))
		return found
	case by <= 0:
		return found
	case clock && c.Failed && len(found) == 0:
		return nil // today's clock proves nothing about an old ticket
	}
	if !c.Failed && !clock && c.Call != nil {
		return nil
	}
	if c.Failed && c.Call != nil && (c.Call.Login() && c.Token.Use != evidence.Assertion || c.Call.Status >= 500 || c.Call.Status == 404 || c.Call.Status == 429 || c.Call.Status == 409) {
		return found
	}
	if len(found) == 0 && refusalOfOther(c) {
		return nil
	}
	if len(found) == 0 {
		found = []checks.Finding{{Subject: subject(c), Fixes: []checks.Fix{askJustBefore}}}
	}
	f := &found[0]
	f.Message = fmt.Sprintf("the token expired at %s, %s before the request", stamp(c.Token, "exp"), round(by))
	if clock {
		f.Message = fmt.Sprintf("the token expired at %s, %s ago by this machine's clock", stamp(c.Token, "exp"), round(by))
		f.Cap, f.CapReason, f.Severity = checks.Possible, "only this machine's clock speaks for it", checks.Note
	}
	exp := c.Token.Ref("exp")
	exp.Value = stamp(c.Token, "exp")
	witness := checks.Shows(exp)
	if clock {
		witness = checks.Fits(exp)
	}
	f.Seen = append([]checks.Witness{witness, checks.Fits(c.When.Ref)}, f.Seen...)
	if c.Token.Use == evidence.Nearby && f.Cap == 0 {
		f.Cap, f.CapReason = checks.Shown, "the token stands nearby, not in the request's header"
	}
	return found
}

// refusalOfOther: the answer is about something that only an accepted token
// meets, such as a permission.
func refusalOfOther(c *evidence.Case) bool {
	h := hear(c)
	for id, vs := range h.voices {
		switch id {
		case "token-expired", "audience-mismatch", "signature-invalid", "token-malformed", "token-missing", "token-revoked", "token-opaque", "issuer-invalid", "wrong-cloud", "unknown":
			continue
		}
		for _, v := range vs {
			if v.how == checks.HowSays && v.st.Carrier != evidence.InProse {
				return true
			}
		}
	}
	_, granted := c.SaidAny("Authorization_RequestDenied", "ErrorAccessDenied", "accessDenied", "Forbidden", "AccessDenied")
	return granted
}

func expiredWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	fixes := []checks.Fix{askJustBefore}
	if c.Flow == evidence.FlowOnBehalfOf || strings.HasPrefix(s.Code, "AADSTS5001") {
		fixes = []checks.Fix{fix("use the incoming token for the on-behalf-of exchange at once, and let the exchange's own cache and refresh token serve later calls; when the assertion has expired, answer 401 so that the client brings a new one", checks.Developer, "", "")}
	}
	at := s.Quoted("valid_to")
	if at != "" {
		return fmt.Sprintf("the token expired at %s: the service says %q", at, clip(firstOf(s.Message, s.Code))), fixes
	}
	return fmt.Sprintf("the service says that the token has expired: %q", clip(firstOf(s.Message, s.Code))), fixes
}

func stamp(t *evidence.Token, claim string) string {
	at, ok := t.Time(claim)
	if !ok {
		return "?"
	}
	return at.UTC().Format("2006-01-02 15:04:05Z")
}

// round prints a duration as people say it.
func round(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Hours()))
	case d >= 2*time.Minute:
		return fmt.Sprintf("%d minutes", int(d.Minutes()))
	}
	return fmt.Sprintf("%d seconds", int(d.Seconds()))
}

func notExpired(c *evidence.Case) (evidence.Ref, string) {
	if by, ok := late(c); ok && by < 0 && c.When.Ref.Origin != evidence.FromClock {
		return c.Token.Ref("exp"), fmt.Sprintf("exp lies %s after the request", round(-by))
	}
	if r, ok := c.Accepted(); ok && tokenFault(c) != "audience-mismatch" {
		return r, "the API answered " + r.Value + ", so it accepted the token"
	}
	return evidence.Ref{}, ""
}

func tokenNotYetValid(c *evidence.Case) []checks.Finding {
	if _, ok := c.Accepted(); ok {
		return nil
	}
	found := voiced(c, "token-not-yet-valid", func(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
		return fmt.Sprintf("the token's nbf or iat lies after the time at which it was judged: the service says %q", clip(firstOf(s.Message, s.Code))), clockFixes
	})
	nbf, ok := c.Token.Time("nbf")
	if !ok {
		nbf, ok = c.Token.Time("iat")
	}
	if !ok || c.When.IsZero() || c.When.Ref.Origin == evidence.FromClock || !nbf.After(c.When.Time) {
		return found
	}
	early := nbf.Sub(c.When.Time)
	if early < skew && len(found) == 0 || refusalOfOther(c) && len(found) == 0 || c.Token.Use == evidence.Nearby && len(found) == 0 {
		return found
	}
	if len(found) == 0 {
		found = []checks.Finding{{Fixes: clockFixes, Subject: subject(c)}}
	}
	ref := c.Token.Ref("nbf")
	ref.Value = nbf.UTC().Format("2006-01-02 15:04:05Z")
	found[0].Message = fmt.Sprintf("the token is valid from %s, but the request was made %s earlier: a clock is wrong", ref.Value, round(early))
	found[0].Seen = append([]checks.Witness{checks.Shows(ref), checks.Fits(c.When.Ref)}, found[0].Seen...)
	return found
}

var clockFixes = []checks.Fix{
	fix("set the clock of the machine that issues or checks the token by NTP (time synchronisation), then ask for a new token", checks.Developer, "timedatectl status", ""),
	fix("allow a clock skew of up to five minutes where your own API validates tokens", checks.Developer, "", ""),
}

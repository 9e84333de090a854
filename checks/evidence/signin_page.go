package evidence

import (
	"strings"
)

// This file reads what a saved sign-in page holds in its script: the visible
// text of such a page often says no more than that there was trouble.

// signInPage reads the settings object of Microsoft Entra's sign-in page
// ($Config) or of Azure AD B2C's (GLOBALEX) and tells whether it was one. The
// login form has error fields too while nobody has tried anything: only what is
// shown to the user counts.
func (s *scanner) signInPage(n *node, line int) bool {
	shown := n.str("strServiceExceptionMessage", "sErrTxt")
	number := n.str("sErrorCode", "iErrorCode")
	entra := n.get("strServiceExceptionMessage") != nil || n.get("sErrorCode", "iErrorCode") != nil && n.get("urlPost", "urlNoCookies", "correlationId", "sErrTxt", "pgid") != nil
	detail := n.str("Detail")
	b2c := strings.HasPrefix(detail, "AADB2C") && n.get("CorrelationId", "Correlation Id", "CID") != nil
	if !entra && !b2c {
		return false
	}
	s.pageIDs(n, line)
	switch {
	case b2c:
		s.say("", detail, InOAuth, 0, line)
	case s.aadsts(shown, InPage, func(int) int { return line }) > 0:
	case shown != "" && isDigits(number) && len(number) >= 5:
		s.say("AADSTS"+number, shown, InPage, 0, line)
	}
	return true
}

// pageIDs notes the ids and the time that the page shows for support.
func (s *scanner) pageIDs(n *node, line int) {
	s.b.id("correlation_id", n.str("correlationId", "CorrelationId", "Correlation Id"), line)
	s.b.id("request_id", n.str("sessionId"), line) // the page's own request id stands under this name
	at := n.str("strTimestamp", "Timestamp")
	s.b.id("timestamp", at, line)
	if t, ok := parseTime(at); ok {
		s.b.moment(t, rankAnswer, line, "timestamp")
	}
}

// savedFrom is the address that a browser notes at the top of a saved page, ""
// for any other tag.
func savedFrom(tag string) string {
	const mark = "saved from url=("
	i := strings.Index(tag, mark)
	if !strings.HasPrefix(tag, "<!--") || i < 0 {
		return ""
	}
	_, url, _ := strings.Cut(tag[i+len(mark):], ")")
	url, _, _ = strings.Cut(url, " ")
	return strings.TrimSuffix(url, "-->")
}

package evidence

import (
	"encoding/base64"
	"slices"
	"strings"
)

// This file reads sessions of IMAP, POP and SMTP with Exchange Online: what the
// server refuses, the token and the mailbox inside the SASL string.

// mailRefusals are what Exchange Online's mail servers answer where they refuse
// a login or a mailbox, each with its protocol.
var mailRefusals = []struct{ words, protocol string }{
	{"NO AUTHENTICATE failed", "imap"}, {"NO LOGIN failed", "imap"}, {"BAD User is authenticated but not connected", "imap"}, {"NO [AUTHENTICATIONFAILED]", "imap"}, {"NO User is authenticated but not connected", "imap"},
	{"-ERR Authentication failure", "pop"}, {"-ERR Logon failure", "pop"}, {"-ERR [AUTH]", "pop"}, {"-ERR User is authenticated but not connected", "pop"}, {"-ERR [SYS/PERM]", "pop"},
	{"535 5.7.3 Authentication unsuccessful", "smtp"}, {"535 5.7.139 Authentication unsuccessful", "smtp"}, {"5.7.3 Authentication unsuccessful", "smtp"}, {"5.7.139 Authentication unsuccessful", "smtp"}, {"530 5.7.57 ", "smtp"}, {"AUTHENTICATE failed", "imap"},
}

// mailHosts are Exchange Online's hosts for these protocols.
var mailHosts = [...]string{"outlook.office365.com", "smtp.office365.com", "outlook.office.com", "partner.outlook.cn", "smtp.partner.outlook.cn", "outlook.office365.us", "smtp.office365.us"}

// mailGreetings are how these servers greet.
var mailGreetings = [...]string{"The Microsoft Exchange IMAP4 service is ready", "The Microsoft Exchange POP3 service is ready", "Microsoft ESMTP MAIL Service ready"}

// mailReach is how far before a refusal the server's name may stand, in bytes; an
// eighth of it behind.
const mailReach = 16 << 10

// mail says what a mail server of Exchange refused, and to which host.
func (s *scanner) mail(seg string, off int) bool {
	line := s.lineOf(off)
	s.mailbox(seg, line)
	for _, r := range mailRefusals {
		i := strings.Index(seg, r.words)
		if i < 0 || i > 0 && wordByte(seg[i-1]) {
			continue
		}
		around := s.d.text[max(0, off-mailReach):min(len(s.d.text), off+len(seg)+mailReach/8)]
		host, known := mailHost(around)
		if !known {
			return false
		}
		s.flush()
		s.b.request("", r.protocol+"://"+host, line, true)
		s.b.fact("protocol", r.protocol, line, FromRequest)
		said := strings.TrimRight(strings.TrimSpace(seg[i:]), "\\rn'\")")
		s.say("", said, InBody, 0, line)
		s.b.stamp(s.b.cur)
		return true
	}
	return false
}

// mailHost is the server of a session, by its name or its greeting.
func mailHost(text string) (string, bool) {
	for _, h := range mailHosts {
		if strings.Contains(text, h) {
			return h, true
		}
	}
	for _, g := range mailGreetings {
		if strings.Contains(text, g) {
			return mailHosts[0], true
		}
	}
	return "", false
}

// mailbox notes whose mailbox the SASL string names.
func (s *scanner) mailbox(seg string, line int) {
	at := strings.Index(seg, "auth=Bearer")
	if at < 0 {
		return
	}
	head := seg[:at]
	i, n := strings.LastIndex(head, "user="), len("user=")
	if i < 0 {
		i, n = strings.LastIndex(head, "n,a="), len("n,a=") // OAUTHBEARER
	}
	if i < 0 {
		return
	}
	user := head[i+n:]
	if j := strings.IndexAny(user, "^\x01\\, "); j > 0 {
		user = user[:j]
	}
	if strings.Contains(user, "@") {
		s.b.fact("mailbox", user, line, FromRequest)
	}
}

// saslHeads begin the base64 of "user=" and of "n,a=".
var saslHeads = [...]string{"dXNlcj0", "dXNlcj1", "bixhPX", "bixhPW", "bixhPT"}

// A saslSpan is where a SASL string with a bearer token stands, and what it says.
type saslSpan struct {
	from, to int
	plain    string
}

// saslSpans finds such strings, in order.
func saslSpans(text string) (spans []saslSpan) {
	for _, head := range saslHeads {
		for from := 0; ; {
			i := strings.Index(text[from:], head)
			if i < 0 {
				break
			}
			i += from
			end := i
			for end < len(text) && (isRunByte(text[end]) || text[end] == '+' || text[end] == '/' || text[end] == '=') {
				end++
			}
			from = end
			if plain, err := base64.StdEncoding.DecodeString(saslPadded(text[i:end])); err == nil && strings.Contains(string(plain), "auth=Bearer ") {
				spans = append(spans, saslSpan{i, end, string(plain)})
			}
		}
	}
	slices.SortFunc(spans, func(a, b saslSpan) int { return a.from - b.from })
	return spans
}

func saslPadded(s string) string {
	s = strings.TrimRight(s, "=")
	return s + strings.Repeat("=", (4-len(s)%4)%4)
}

// openSASL writes such strings out, so that the token in them is read as any
// other. The number of lines does not change.
func openSASL(text string) string {
	var b strings.Builder
	last := 0
	for _, s := range saslSpans(text) {
		if s.from < last {
			continue
		}
		b.WriteString(text[last:s.from])
		b.WriteString(strings.NewReplacer("\x01", "^A", "\n", " ", "\r", " ").Replace(s.plain))
		last = s.to
	}
	if last == 0 {
		return text
	}
	return b.String() + text[last:]
}

// findSASL finds the SASL strings of a text: tokens in base64, and behind PLAIN
// a name with its password.
func findSASL(text string, add func(from, to int, kind string)) {
	for _, s := range saslSpans(text) {
		add(s.from, s.to, "sasl")
	}
	for _, mark := range [...]string{"AUTH PLAIN ", "AUTHENTICATE PLAIN "} {
		for from := 0; ; {
			i := strings.Index(text[from:], mark)
			if i < 0 {
				break
			}
			from += i + len(mark)
			if n := runLength(text, from); n >= 8 {
				add(from, from+n, "password")
			}
		}
	}
}

// sasl makes the stand-in of a SASL string: the token in it becomes the one that
// it is elsewhere.
func (z *sanitizer) sasl(raw string, depth int) string {
	plain, err := base64.StdEncoding.DecodeString(saslPadded(raw))
	if err != nil {
		return z.opaque(raw)
	}
	made := base64.StdEncoding.EncodeToString([]byte(z.inner(string(plain), false, depth+1)))
	if !strings.HasSuffix(raw, "=") {
		made = strings.TrimRight(made, "=")
	}
	return made
}

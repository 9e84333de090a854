package evidence

import (
	"strconv"
	"strings"
)

// This file finds the tokens of a line and what they were used for.

// oddBearer notes what a program wrote behind Bearer where it had no token: the
// name of a type, an object, nothing.
func (s *scanner) oddBearer(seg string, line int) {
	if low := asciiLower(seg); strings.HasSuffix(low, "authorization: bearer") && (s.b.cur == nil || s.b.cur.call.Auth == AuthUnknown) {
		s.authorization(s.b.at(line), "Bearer")
		return
	}
	i := strings.Index(seg, "Bearer ")
	if i < 0 || s.b.cur != nil && s.b.cur.call.Auth != AuthUnknown {
		return
	}
	rest := seg[i+len("Bearer "):]
	for _, w := range []string{"System.", "Microsoft.", "[object ", "undefined", "@{"} {
		if strings.HasPrefix(rest, w) {
			if e := strings.IndexAny(rest, " \"',;}"); e > 0 && w != "[object " {
				rest = rest[:e]
			}
			s.authorization(s.b.at(line), "Bearer "+rest)
			return
		}
	}
}

// claimsIn reads a claims request that stands in a text as a parameter:
// "&claims=%7B...%7D", "-ClaimsChallenge 'eyJ...'".
func (s *scanner) claimsIn(seg string, eol, line int) {
	i := strings.Index(seg, "claims=")
	skip := len("claims=")
	if i < 0 {
		if i = strings.Index(seg, "-ClaimsChallenge "); i < 0 {
			return
		}
		skip = len("-ClaimsChallenge ")
	}
	value := strings.TrimLeft(seg[i+skip:], " ")
	if q := value; q != "" && (q[0] == '"' || q[0] == '\'') && strings.IndexByte(q[1:], q[0]) < 0 { // wrapped by the console
		for range 20 {
			if eol >= len(s.d.text) {
				break
			}
			next := firstLine(s.d.text[eol+1:])
			value += strings.TrimSpace(next)
			eol += 1 + len(next)
			if strings.IndexByte(next, q[0]) >= 0 {
				break
			}
		}
	}
	value = strings.TrimLeft(value, "\"' ")
	if e := strings.IndexAny(value, " \"'&,;"); e >= 0 && !strings.HasPrefix(value, "{") {
		value = value[:e]
	}
	c := decodeClaims(value)
	if c == "" || !strings.Contains(c, "_token\"") {
		return
	}
	for _, st := range s.b.at(line).said {
		if st.Claims != "" {
			return
		}
	}
	s.flush()
	st := s.say("claims", "", InException, 1, line)
	st.Claims = c
}

// direction notes and takes away the marks of curl -v.
func (s *scanner) direction(seg string) string {
	if len(seg) > 2 && (seg[0] == '>' || seg[0] == '<') && seg[1] == ' ' {
		s.dir = seg[0]
		return seg[2:]
	}
	if strings.HasPrefix(seg, "* ") {
		s.dir = 0
	}
	return seg
}

// tokens reports the sealed tokens of a line with the use that the words
// before them tell.
func (s *scanner) tokens(seg string, line int) {
	for from := 0; ; {
		n, at, end, ok := nextTokenSeal(seg, from)
		if !ok {
			return
		}
		if n < len(s.b.vault.tokens) {
			s.b.token(s.b.vault.tokens[n], useOf(seg[:at]), line)
			if t := strings.TrimSpace(seg); len(t) > 2 && t[0] == '"' && t[len(t)-1] == '"' && strings.TrimSpace(seg[:at]) == "\"" && strings.TrimSpace(seg[end:]) == "\"" {
				s.b.vault.tokens[n].note("quotes")
			}
		}
		from = end
	}
}

// nextTokenSeal finds the next sealed token.
func nextTokenSeal(seg string, from int) (n, at, end int, ok bool) {
	mark := string(sealOpen) + "t"
	i := strings.Index(seg[from:], mark)
	if i < 0 {
		return 0, 0, 0, false
	}
	at = from + i
	j := strings.Index(seg[at:], string(sealClose))
	if j < 0 {
		return 0, 0, 0, false
	}
	end = at + j + len(string(sealClose))
	n, err := strconv.Atoi(seg[at+len(mark) : at+j])
	return n, at, end, err == nil
}

// useOf reads the words before a token.
func useOf(before string) Use {
	low := asciiLower(before[max(0, len(before)-60):])
	folded := strings.TrimRight(low, " \"'`:=\\")
	switch {
	case strings.HasSuffix(folded, "assertion"):
		return Assertion
	case strings.HasSuffix(folded, "auth=bearer"): // of a mail client's SASL string
		return Sent
	case strings.Contains(low, "authorization") && !strings.HasSuffix(folded, "id_token"):
		return Sent
	case strings.HasSuffix(folded, "access_token") && !strings.Contains(low, "?") && !strings.Contains(low, "&"):
		return Answered
	case strings.HasSuffix(folded, "id_token"):
		return Answered
	}
	return Nearby
}

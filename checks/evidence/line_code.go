package evidence

import (
	"strings"
)

// This file finds error codes that stand within a line's prose.

// aadstsAt says the AADSTS codes that begin in a segment. A message may go on
// in the next lines, which are then not read again.
func (s *scanner) aadstsAt(seg string, off int) int {
	if !strings.Contains(seg, "AADSTS") {
		return 0
	}
	s.flush()
	if s.inList(seg, off) {
		s.aside(seg, s.lineOf(off))
		return 1
	}
	text, n, last := s.d.text, 0, off
	for i := off; ; {
		code, at, end := nextAADSTS(text, i)
		if code == "" || at >= off+len(seg)+2 {
			break
		}
		if strings.HasSuffix(text[:at], "error_description=") && encodedColon(text[end:]) {
			i = end // of an address, whose parameters are read decoded
			continue
		}
		n++
		stop := messageEnd(text, end)
		if at >= off {
			s.sayCode(code, formText(text[at:stop], end-at), seg, at)
		}
		i, last = end, max(last, stop)
	}
	if n > 0 && last > off+len(seg) {
		if last < len(text) && text[last] != '\n' { // it ends within a line, which is read again
			last = strings.LastIndexByte(text[:last], '\n') + 1
		}
		s.skip = max(s.skip, last)
	}
	return n
}

// formText undoes the encoding of a form in a message that a library printed as
// it came: "AADSTS50011:+The+redirect+URI+%27...". Its first word ends at from.
func formText(msg string, from int) string {
	if !strings.HasPrefix(msg[from:], ":+") && !strings.HasPrefix(msg[from:], "%3a+") && !strings.HasPrefix(msg[from:], "%3A+") {
		return msg
	}
	return percent(strings.ReplaceAll(msg, "+", " "))
}

// encodedColon: the text goes on as a parameter of an address does.
func encodedColon(rest string) bool {
	for _, p := range [...]string{"%3A", "%3a", ":%20", ":+"} {
		if strings.HasPrefix(rest, p) {
			return true
		}
	}
	return false
}

// listEntry: a line that begins with a code and goes on as an entry of a list
// or table does, not as a message.
func listEntry(line string) bool {
	t := strings.TrimLeft(line, " \t-*•|`>#0123456789.)")
	code, _, end := nextAADSTS(t, 0)
	if code == "" || !strings.HasPrefix(t, "AADSTS") {
		return false
	}
	rest := strings.TrimLeft(t[end:], "`*")
	return strings.HasPrefix(rest, "  ") || strings.HasPrefix(rest, "\t") || strings.HasPrefix(rest, " |") || strings.HasPrefix(rest, "|") || strings.HasPrefix(rest, " - ") || strings.HasPrefix(rest, " – ") || strings.HasPrefix(rest, " — ") || strings.HasPrefix(rest, ",")
}

// listed: the line and the one above or below it are entries of a list.
func (s *scanner) inList(seg string, off int) bool {
	if !listEntry(seg) {
		return false
	}
	text := s.d.text
	if eol := off + len(seg); eol < len(text) && listEntry(firstLine(text[eol+1:])) {
		return true
	}
	if off > 1 {
		above := text[:off-1]
		return listEntry(above[strings.LastIndexByte(above, '\n')+1:])
	}
	return false
}

func (s *scanner) sayCode(code, msg, seg string, at int) {
	carrier := InLine
	switch {
	case strings.Contains(seg, "xception"):
		carrier = InException
	case strings.Contains(msg, "race ID") || strings.Contains(seg, "error_description"):
		carrier = InOAuth
	}
	st := s.say(code, msg, carrier, 0, s.lineOf(at))
	st.Decisive = st.Decisive || s.decisive
	s.b.stamp(s.b.cur)
}

// quotedTo ends a message where the quotation ends in which it stands: a
// person writes on behind it.
func quotedTo(before, msg string) (string, bool) {
	for _, pair := range [...][2]string{{"\"", "\""}, {"“", "”"}, {"„", "“"}, {"«", "»"}} {
		i := strings.LastIndex(before, pair[0])
		if i < 0 || len(before)-i > 60 || pair[0] == pair[1] && strings.Count(before, pair[0])%2 == 0 || pair[0] != pair[1] && strings.Contains(before[i+len(pair[0]):], pair[1]) {
			continue
		}
		if j := strings.Index(msg, pair[1]); j > 12 {
			return msg[:j], true
		}
	}
	return "", false
}

// coded says what a line says with an error code in it: "Code: message",
// "[Code] : message", "error: Code".
func (s *scanner) coded(seg string, off int) bool {
	found := findCodes(seg)
	if len(found) == 0 {
		return false
	}
	s.flush()
	line := s.lineOf(off)
	for i, c := range found {
		end := len(seg)
		if i+1 < len(found) {
			end = found[i+1][0]
		}
		msg := flattened(strings.TrimLeft(seg[c[1]:end], " ]:)'\"-,|>"))
		whole, quoted := goMessage(seg[c[1]:end])
		if quoted {
			msg = whole
		} else if w, _, ok := strings.Cut(msg, "="); ok && wordLike(w) { // the next field of a log line
			msg = ""
		}
		if noMessage(msg) || strings.HasPrefix(msg, "&") {
			msg = ""
		}
		if msg == "" && i == 0 {
			if msg = labelled(seg[:c[0]]); msg == "" {
				msg = sentence(seg[:c[0]])
			}
		}
		if quoted {
		} else if whole, ok := quotedTo(seg[:c[0]], msg); ok {
			msg = whole
		} else if i+1 == len(found) && len(msg) > 0 {
			msg = s.continued(msg, off+len(seg))
		}
		carrier := InLine
		if strings.Contains(seg, "xception") {
			carrier = InException
		}
		code := seg[c[0]:c[1]]
		if msg == "" && i+1 == len(found) {
			s.code, s.codeLine, s.codeOpen = code, line, strings.TrimSpace(seg[c[1]:]) == ":" // its message may come in the next lines
			return true
		}
		if strings.Contains(code, "_") && code == strings.ToLower(code) {
			carrier = InOAuth
		}
		s.say(code, msg, carrier, 0, line)
	}
	s.b.stamp(s.b.cur)
	return true
}

// flattened is the message of an exception whose lines were joined to one:
// "Code: X Message: Y Inner error: AdditionalData: date: ...".
func flattened(msg string) string {
	said, ok := strings.CutPrefix(msg, "Message: ")
	if !ok {
		return msg
	}
	for _, end := range [...]string{" Inner error:", " AdditionalData:", " ClientRequestId:", " Status Code:"} {
		if i := strings.Index(said, end); i > 0 {
			said = said[:i]
		}
	}
	return strings.TrimSpace(said)
}

// labelled is what a line says after "Message:" before its code.
func labelled(before string) string {
	i := strings.LastIndex(before, "essage:")
	if i < 0 {
		return ""
	}
	msg := strings.TrimSpace(before[i+7:])
	if j := strings.Index(msg, " | "); j >= 0 {
		msg = msg[:j]
	}
	return strings.Trim(strings.TrimSpace(msg), "|;,")
}

// noMessage: what stands behind a code is a stack or an id, not a sentence.
func noMessage(msg string) bool {
	for _, p := range []string{"Callstack", "callstack", "Stack", "   at ", "at ", "RequestId", "ClientRequestId", "request-id"} {
		if strings.HasPrefix(msg, p) {
			return true
		}
	}
	return false
}

// psError: a cmdlet and its message, "Verb-Noun : message".
func psError(seg string) bool {
	if i := strings.Index(seg, ":"); i > 4 && i < 60 {
		verb, noun, ok := strings.Cut(strings.TrimSpace(seg[:i]), "-")
		if ok && len(verb) > 2 && len(noun) > 2 && verb[0] >= 'A' && verb[0] <= 'Z' && noun[0] >= 'A' && noun[0] <= 'Z' && !strings.ContainsAny(noun, " -") {
			return true
		}
	}
	return false
}

// signInNumber reads a row of the sign-in log as people paste it: "Failure
// 65001 The user or administrator has not consented ...". An interrupt is no
// failure.
func (s *scanner) signInNumber(seg string, line int) bool {
	for i := 0; i < len(seg); i++ {
		if seg[i] < '0' || seg[i] > '9' || i > 0 && (wordByte(seg[i-1]) || seg[i-1] == '-' || seg[i-1] == '.' || seg[i-1] == '/') {
			continue
		}
		j := i
		for j < len(seg) && seg[j] >= '0' && seg[j] <= '9' {
			j++
		}
		number := seg[i:j]
		before := strings.TrimRight(asciiLower(seg[max(0, i-24):i]), " :=#'\"|\t")
		i = j
		if j < len(seg) && (wordByte(seg[j]) || seg[j] == '-' || seg[j] == '.' && j+1 < len(seg) && wordByte(seg[j+1])) || !signInCode(number) {
			continue
		}
		switch {
		case strings.HasSuffix(before, "interrupted"):
			s.aside(seg, line)
			return true
		case strings.HasSuffix(before, "failure"), strings.HasSuffix(before, "error code"), strings.HasSuffix(before, "errorcode"), strings.HasSuffix(before, "fehlercode"), strings.HasSuffix(before, "code d'erreur"), strings.HasSuffix(before, "código de error"), strings.HasSuffix(before, "código de erro"), strings.HasSuffix(before, "エラー コード"), strings.HasSuffix(before, "エラーコード"), strings.HasSuffix(before, "错误代码"):
			s.flush()
			s.say("AADSTS"+number, strings.TrimLeft(seg[j:], " :.,-"), InLog, 0, line)
			s.b.stamp(s.b.cur)
			return true
		}
	}
	return false
}

// signInCode: a number as Entra's sign-in errors have.
func signInCode(n string) bool {
	switch len(n) {
	case 5:
		return n[0] == '5' || n[0] == '6' || n[0] == '7' || n[0] == '9'
	case 6, 7:
		for _, p := range []string{"50", "53", "54", "65", "70", "90", "10"} {
			if strings.HasPrefix(n, p) {
				return true
			}
		}
	}
	return false
}

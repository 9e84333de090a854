package evidence

import (
	"strconv"
	"strings"
)

// This file reads one line of text that is no object.

// line tries the recognisers from the most to the least particular.
func (s *scanner) line(seg string, off int) {
	trimmed := strings.TrimSpace(seg)
	if trimmed == "" || trimmed == ">" || trimmed == "<" {
		if s.command == nil || s.command.done {
			s.blank()
		}
		return
	}
	line := s.lineOf(off)
	if t, ok := lineTime(seg); ok {
		s.flush()
		s.b.moment(t, rankLine, line, "log stamp")
	}
	seg = s.direction(seg)
	trimmed = strings.TrimSpace(seg)
	s.tokens(seg, line)
	s.vendor(seg, line)
	if s.terse {
		if s.aadstsAt(seg, off) == 0 && strings.Contains(trimmed, "://") {
			s.links(trimmed, line)
		}
		return
	}
	if s.claims != nil && !s.claimLine(trimmed, line) {
		s.endClaims()
	} else if s.claims != nil {
		return
	}
	switch {
	case s.claimLine(trimmed, line):
	case s.shell(trimmed, off):
	case s.statusLine(trimmed, line):
	case s.encodedError(trimmed, line):
	case s.labelLine(trimmed, off+strings.Index(s.d.text[off:], trimmed[:1])):
	case s.requestLine(trimmed, line):
	case s.headerLine(trimmed, line):
	case s.page(trimmed, off):
	case strings.Contains(trimmed, "</") && s.xmlErrors(trimmed, line):
		s.links(trimmed, line)
	case s.aadstsAt(seg, off) > 0:
		s.links(trimmed, line)
		s.inlineStatus(trimmed, line)
	case s.signInNumber(trimmed, line):
	case s.keyValue(trimmed, line):
	case s.coded(trimmed, off):
		s.links(trimmed, line)
		s.inlineStatus(trimmed, line)
	default:
		s.header = false
		s.links(trimmed, line)
		s.inlineStatus(trimmed, line)
		s.prose(trimmed, line)
	}
	s.claimsIn(trimmed, off+len(seg), line)
	s.oddBearer(trimmed, line)
	s.clientCall(trimmed, line)
	s.codeCall(trimmed, line)
	s.hints(trimmed, line)
}

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

// blank ends a block of headers and a paragraph.
func (s *scanner) blank() {
	s.header = false
	s.flush()
}

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
		n++
		stop := messageEnd(text, end)
		if at >= off {
			s.sayCode(code, text[at:stop], seg, at)
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
		msg := strings.TrimLeft(seg[c[1]:end], " ]:)'\"-,|>")
		if w, _, ok := strings.Cut(msg, "="); ok && wordLike(w) { // the next field of a log line
			msg = ""
		}
		if noMessage(msg) {
			msg = ""
		}
		if msg == "" && i == 0 {
			if msg = labelled(seg[:c[0]]); msg == "" {
				msg = sentence(seg[:c[0]])
			}
		}
		if whole, ok := quotedTo(seg[:c[0]], msg); ok {
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
			s.code, s.codeLine = code, line // its message may come in the next lines
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

// sentence is what stands before a "Code:" label: "...: the token is too old,
// Code: InvalidAuthenticationToken".
func sentence(before string) string {
	t := strings.TrimRight(before, " :=")
	if !strings.HasSuffix(t, "ode") {
		return ""
	}
	t = strings.TrimRight(strings.TrimRight(t, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"), " ,;|.-(")
	for _, mark := range []string{"xception: ", "Error: ", "error: "} {
		if i := strings.LastIndex(t, mark); i >= 0 {
			t = t[i+len(mark):]
			break
		}
	}
	if len(strings.Fields(t)) < 4 || len(t) > 600 {
		return ""
	}
	return t
}

// continued adds the next line to a message where the console wrapped it.
func (s *scanner) continued(msg string, eol int) string {
	text := s.d.text
	for range 6 {
		if eol >= len(text) || strings.HasSuffix(msg, ".") {
			break
		}
		next := firstLine(text[eol+1:])
		t := strings.TrimSpace(next)
		width := eol - strings.LastIndexByte(text[:eol], '\n')
		if t == "" || width < 60 || strings.HasPrefix(t, "at ") || strings.HasPrefix(t, "+") || strings.HasPrefix(t, "At ") || strings.ContainsAny(t[:1], "{[<>#") {
			break
		}
		if _, ok := lineTime(next); ok {
			break
		}
		msg += " " + t
		s.skip = eol + 1 + len(next)
		eol = s.skip
	}
	return msg
}

// prose gathers lines into paragraphs; a paragraph is one statement.
func (s *scanner) prose(seg string, line int) {
	if stackFrame(seg) {
		if s.b.cur == nil {
			s.flush() // the frames belong to what was said just above them
		}
		s.frameHint(seg, line)
		if strings.Contains(seg, "://") {
			s.links(seg, line)
		}
		return
	}
	if isPrompt(seg) {
		s.flush()
		s.aside(seg, line)
		return
	}
	how := InProse
	if machine(seg) {
		how = InLine
		if strings.Contains(seg, "xception") {
			how = InException
		}
		s.flush()
		if !complains(seg) && !psError(seg) {
			s.aside(seg, line)
			return
		}
	}
	if s.para.Len() == 0 {
		s.paraLine, s.paraHow = line, how
	}
	if s.para.Len() > 0 {
		s.para.WriteByte(' ')
	}
	s.para.WriteString(seg)
	if s.para.Len() > maxPara || how != InProse && strings.HasSuffix(seg, ".") {
		s.flush()
	}
}

// flush says the paragraph gathered so far, and a code whose message never came.
func (s *scanner) flush() {
	if s.code != "" {
		code := s.code
		s.code = ""
		if !s.b.adopt(code, s.codeLine) {
			s.say(code, "", carrierOf(code), 0, s.codeLine)
		}
	}
	if s.kv != nil {
		s.endRecord()
	}
	if s.para.Len() == 0 {
		return
	}
	text := s.para.String()
	s.para.Reset()
	if s.b.cur != nil && s.b.cur.okBody && s.paraHow == InProse {
		s.b.global.prose(Statement{Message: safe(text), Carrier: InProse, Ref: Ref{Place{s.b.file, s.paraLine}, FromPerson, "text", refValue("", text)}})
		return
	}
	if s.paraHow == InProse {
		f := &s.b.global
		if s.b.cur != nil {
			f = s.b.cur
		}
		f.prose(Statement{Message: safe(text), Carrier: InProse, Ref: Ref{Place{s.b.file, s.paraLine}, proseOrigin(text), "text", refValue("", text)}})
		return
	}
	s.say("", text, s.paraHow, 0, s.paraLine)
}

// aside keeps a program's chatter as words, without making a failure of it.
func (s *scanner) aside(seg string, line int) {
	f := &s.b.global
	if s.b.cur != nil {
		f = s.b.cur
	}
	f.prose(Statement{Message: safe(seg), Carrier: InProse, Ref: Ref{Place{s.b.file, line}, FromRequest, "log", refValue("", seg)}})
}

// prose keeps a paragraph with the frame; alone it makes no failure.
func (f *frame) prose(st Statement) {
	st.readNeeds()
	if len(f.said) < maxStatements {
		f.said = append(f.said, st)
	}
}

// proseOrigin: a paragraph that speaks of itself in the first person, asks or
// greets is a person's; a bare sentence may be a page's or a service's.
func proseOrigin(text string) Origin {
	low := " " + asciiLower(text) + " "
	for _, w := range []string{" i ", " i'm ", " we ", " our ", " my ", " me ", " us ", " please ", " hi ", " hello", " thanks", "?", " he ", " she ", " they ", " ich ", " wir ", " je ", " nous ", " yo ", " nosotros ", "customer", "ticket"} {
		if strings.Contains(low, w) {
			return FromPerson
		}
	}
	return FromService
}

func carrierOf(code string) Carrier {
	if strings.HasPrefix(code, "AADSTS") || strings.Contains(code, "_") && code == strings.ToLower(code) {
		return InOAuth
	}
	return InException
}

// stackFrame tells a line of a stack trace.
func stackFrame(seg string) bool {
	for _, p := range []string{"at ", "in <", "File \"", "--- End of", "... ", "#0 ", "#1 ", "#2 ", "#3 ", "goroutine ", "~~~", "^^^", "+ ~", "+ ..."} {
		if strings.HasPrefix(seg, p) {
			return true
		}
	}
	return strings.Trim(seg, "~^-=+*_ #") == ""
}

// machine tells the output of a program from a person's words.
func machine(seg string) bool {
	if _, ok := lineTime(seg); ok {
		return true
	}
	for _, w := range []string{"xception", "Error:", "error:", "ERROR", "ERR ", "FATAL", "WARN", "[error]", "[Error]", "Traceback", "failed:", "Failed:", "FAILED ", "FAIL ", "fail:", "Failure", "panic:", "[!]", "E1", "stderr", "IDX1", "Unhandled", "denied:", "status code", "StatusCode", "errorCode", "ErrorCode"} {
		if strings.Contains(seg, w) {
			return true
		}
	}
	return psError(seg)
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
	case strings.Contains(low, "authorization") && !strings.HasSuffix(folded, "id_token"):
		return Sent
	case strings.HasSuffix(folded, "access_token") && !strings.Contains(low, "?") && !strings.Contains(low, "&"):
		return Answered
	case strings.HasSuffix(folded, "id_token"):
		return Answered
	}
	return Nearby
}

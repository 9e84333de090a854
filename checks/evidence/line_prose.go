package evidence

import (
	"strings"
)

// This file gathers the prose of lines: sentences, their continuations, stack frames.

// sentence is what stands before a code in brackets or behind a label: "...: the token is too old,
// Code: InvalidAuthenticationToken".
func sentence(before string) string {
	t := strings.TrimRight(before, " :=")
	switch {
	case strings.HasSuffix(t, " (") || strings.HasSuffix(t, " ["): // the code follows in brackets
	case !strings.HasSuffix(t, "ode"):
		return ""
	}
	t = strings.TrimRight(strings.TrimRight(t, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"), " ,;|.-([")
	for _, mark := range []string{"xception: ", "Error: ", "error: ", "ERROR: "} {
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
		if s.codeOpen && s.para.Len() > 0 && s.paraLine == s.codeLine+1 {
			s.say(code, s.para.String(), carrierOf(code), 0, s.codeLine)
			s.para.Reset()
		} else if !s.b.adopt(code, s.codeLine) {
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
	if strings.Contains(st.Message, ";oid=") || strings.HasPrefix(st.Message, "Action: 'Microsoft.") {
		st.azureValues()
	}
	if len(f.said) < maxStatements {
		f.said = append(f.said, st)
	}
}

// proseOrigin: a paragraph that speaks of itself in the first person, asks or
// greets is a person's; a bare sentence may be a page's or a service's.
func proseOrigin(text string) Origin {
	low := " " + asciiLower(text) + " "
	for _, w := range []string{" i ", " i'm ", " we ", " our ", " my ", " me ", " us ", " please help", " please advise", "you please", "one please", "body please", " please look", " please let ", " hi ", " hello", " thanks", "? ", " he ", " she ", " they ", " ich ", " wir ", " je ", " nous ", " yo ", " nosotros ", "customer", "ticket"} {
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

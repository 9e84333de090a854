package evidence

import (
	"strings"
)

// This file reads labelled codes, messages and states.

// codeField keeps a code until its message comes in one of the next lines. A
// bare number is one of Microsoft Entra's unless an API's exception names it.
func (s *scanner) codeField(value string, line int, api bool) bool {
	value = strings.Trim(value, " '\"`,")
	word := value
	if i := strings.IndexAny(word, " ,;("); i > 0 {
		word = word[:i]
	}
	if n := statusNumber(word); n >= 400 && len(value) <= 4 {
		s.flush()
		s.b.status(n, line)
		return true
	}
	if strings.HasPrefix(word, "AADSTS") {
		return false
	}
	if word == "" || len(word) > 80 || !wordLike(word) {
		return false
	}
	s.flush()
	// "Code: X Message: Y" in one line
	if i := strings.Index(value, "essage:"); i > 0 {
		s.say(word, strings.TrimSpace(value[i+7:]), carrierOf(word), 0, line)
		return true
	}
	switch {
	case !isDigits(word), api && len(word) > 3:
	case len(word) >= 5 && len(word) <= 7:
		word = "AADSTS" + word
	default:
		return false
	}
	if i := strings.Index(value, " "); i > 0 && len(value) > i+12 {
		s.say(word, strings.TrimLeft(value[i:], " :-"), carrierOf(word), 0, line)
		return true
	}
	s.code, s.codeLine, s.codeOpen = word, line, false
	return true
}

func wordLike(w string) bool {
	for i := 0; i < len(w); i++ {
		if !wordByte(w[i]) && w[i] != '-' && w[i] != '.' {
			return false
		}
	}
	return true
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// messageField joins a message to the code before it.
func (s *scanner) messageField(key, value string, line int) bool {
	code := s.code
	if code == "" && key != "message" && key != "errormessage" && key != "errordescription" && key != "errormsg" && key != "reason" && key != "failurereason" {
		return false
	}
	if value == "" || value == "null" || value == "None" {
		return code != ""
	}
	if n := findCodes(value); code == "" && len(n) > 0 && n[0][0] < 3 {
		return false // "Message: Code: x": read as a coded line
	}
	s.code = ""
	carrier := InException
	if code != "" {
		carrier = carrierOf(code)
	}
	s.say(code, value, carrier, 0, line)
	s.b.stamp(s.b.cur)
	if strings.Contains(value, "://") {
		s.links(value, line)
	}
	return true
}

func (s *scanner) statusField(value string, line int) bool {
	word := strings.Trim(value, " '\"")
	if i := strings.IndexAny(word, " ,;(-"); i > 0 {
		word = word[:i]
	}
	code := statusNumber(word)
	if code == 0 {
		code = reasonCode(word)
	}
	if code == 0 {
		return false
	}
	s.flushKeep()
	s.b.status(code, line)
	return true
}

// methodField reads a method that stands by itself: it is of the request just
// read, or of the one that comes.
func (s *scanner) methodField(value string, line int) bool {
	m := isMethod(value)
	if m == "" {
		return false
	}
	if f := s.b.cur; f != nil && f.hasReq && f.call.Method == "" && f.call.Status == 0 && len(f.said) == 0 {
		f.call.Method = m
		return true
	}
	s.method = m
	return true
}

// errorID reads FullyQualifiedErrorId : Code,Cmdlet.
func (s *scanner) errorID(value string, line int) bool {
	code, cmdlet, _ := strings.Cut(value, ",")
	code = strings.TrimSpace(code)
	if i := strings.IndexByte(code, ' '); i > 0 {
		code = code[:i]
	}
	if i := strings.LastIndexByte(cmdlet, '.'); i >= 0 {
		cmdlet = cmdlet[i+1:]
	}
	if isCode(code) || serviceCode(code) {
		s.flush()
		if !s.b.adopt(code, line) {
			s.say(code, "", InException, 0, line)
		}
	}
	if c := strings.TrimSpace(cmdlet); strings.Contains(c, "_") {
		s.b.fact("cmdlet", safe(c), line, FromRequest)
	}
	return true
}

// serviceCode tells a service's code from the name of a .NET exception or of
// one of PowerShell's own errors.
func serviceCode(w string) bool {
	if len(w) == 10 && strings.HasPrefix(w, "0x8") && hexRun(w[2:]) { // Dataverse's
		return true
	}
	return camel2(w) && !strings.HasPrefix(w, "NativeCommand") && !strings.Contains(w, "Parameter") && !strings.Contains(w, "Argument")
}

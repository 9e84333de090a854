package evidence

import "strings"

// This file reads errors in XML: SOAP faults, Exchange's response messages,
// OData's and Azure Storage's error documents. It goes by local names.

var (
	xmlCodes    = []string{"responsecode", "errorcode", "code", "faultcode", "value"}
	xmlMessages = []string{"messagetext", "message", "faultstring", "text", "reason", "authenticationerrordetail", "errormessage"}
	xmlDetails  = []string{"policy", "maxconcurrencylimit", "backoffmilliseconds"} // of Exchange's throttling
)

// xmlErrors says the code and message pairs of a piece of XML; it tells
// whether there was one.
func (s *scanner) xmlErrors(seg string, line int) bool {
	if !strings.Contains(seg, "</") || strings.Contains(seg, "AADSTS") {
		return false
	}
	code, msg, found := "", "", false
	say := func() {
		if isCode(code) || code != "" && msg != "" {
			s.say(code, msg, InBody, 0, line)
			found = true
		} else if len(msg) > 12 {
			s.say("", msg, InBody, 0, line)
			found = true
		}
		code, msg = "", ""
	}
	for rest := seg; ; {
		name, text, after, ok := nextElement(rest)
		if !ok {
			break
		}
		rest = after
		switch {
		case text == "" || strings.Contains(text, "<"):
		case contains(xmlCodes, name):
			if i := strings.LastIndexByte(text, ':'); i >= 0 { // a:ErrorAccessDenied
				text = text[i+1:]
			}
			if !wordLike(text) || code != "" && isCode(code) {
				continue
			}
			if code != "" && msg != "" {
				say()
			}
			code = text
		case contains(xmlDetails, name):
			s.b.fact("exchange."+name, text, line, FromService)
		case contains(xmlMessages, name):
			if msg != "" {
				say()
			}
			msg = text
		}
	}
	if code != "" || msg != "" {
		say()
	}
	return found
}

func contains(list []string, w string) bool {
	for _, l := range list {
		if l == w {
			return true
		}
	}
	return false
}

// nextElement returns the next element that holds text: its local name in
// lower case and the text up to the next tag.
func nextElement(s string) (name, text, rest string, ok bool) {
	i := strings.IndexByte(s, '<')
	if i < 0 {
		return "", "", "", false
	}
	j := strings.IndexByte(s[i:], '>')
	if j < 0 {
		return "", "", "", false
	}
	tag := s[i+1 : i+j]
	rest = s[i+j+1:]
	if _, attr, ok := strings.Cut(tag, `Value Name="`); ok { // Exchange's details go by an attribute
		tag, _, _ = strings.Cut(attr, `"`)
	}
	if k := strings.IndexAny(tag, " \t\n/"); k > 0 {
		tag = tag[:k]
	}
	tag = strings.ToLower(tag[strings.LastIndexByte(tag, ':')+1:])
	text, _, _ = strings.Cut(rest, "<") // to the end where the line ends first
	text = strings.TrimSpace(text)
	return tag, text, rest, true
}

package evidence

import (
	"strings"
)

// This file makes Statements of what was said, by whichever carrier.

// say builds a statement from a code and a message and reads the message's
// own facts: permissions, values, time, and what is wrapped inside it.
func (s *scanner) say(code, message string, carrier Carrier, depth, line int) *Statement {
	st := Statement{Code: code, Message: message, Carrier: carrier, Depth: depth}
	st.Ref = Ref{Place: Place{s.b.file, line}, Origin: FromService, Field: fieldOf(carrier, code), Value: refValue(code, message)}
	if carrier == InProse {
		st.Ref.Origin = FromPerson
	}
	st.readNeeds()
	if strings.HasPrefix(code, "AADSTS") || carrier == InOAuth || carrier == InException || carrier == InBody || carrier == InHeader || carrier == InLine || carrier == InLog {
		st.readValues()
	}
	if carrier != InProse {
		s.azureCaller(&st, line)
	}
	f := s.b.say(st, line)
	if !st.When.IsZero() {
		s.b.moment(st.When, rankAnswer, line, "timestamp")
	}
	if i := strings.Index(message, "'CID:"); i >= 0 && len(message) > i+21 && hexRun(message[i+5:i+21]) { // how services name a personal account
		s.b.fact("account", "CID: a personal Microsoft account", line, FromService)
	}
	for _, v := range st.Values {
		switch v.Field {
		case "trace_id", "correlation_id", "timestamp":
			setID(&f.ids, v.Field, v.Value)
		}
	}
	for i := range f.said {
		if sameStatement(f.said[i], st) {
			return &f.said[i]
		}
	}
	return &Statement{}
}

func fieldOf(c Carrier, code string) string {
	switch c {
	case InBody:
		if code == "" {
			return "error.message"
		}
		return "error.code"
	case InOAuth:
		if strings.HasPrefix(code, "AADSTS") {
			return "error_description"
		}
		return "error"
	case InHeader:
		return "www-authenticate"
	case InException:
		return "exception"
	case InLog:
		return "status"
	case InPage:
		return "page"
	}
	return "text"
}

// refValue is what a report quotes: the code and the message's beginning.
func refValue(code, message string) string {
	message = strings.Join(strings.Fields(message), " ")
	if len(message) > 240 {
		message = strings.ToValidUTF8(message[:240], "") + "…"
	}
	switch {
	case code == "":
		return safe(message)
	case message == "":
		return safe(code)
	case strings.HasPrefix(message, code):
		return safe(message)
	}
	return safe(code + ": " + message)
}

// aadsts finds every AADSTS number in a text, as a whole number, and says it
// with the text that belongs to it. It returns how many there were.
func (s *scanner) aadsts(text string, carrier Carrier, line func(off int) int) int {
	n := 0
	for i := 0; ; {
		code, at, end := nextAADSTS(text, i)
		if code == "" {
			return n
		}
		n++
		msg := text[at:messageEnd(text, end)]
		st := s.say(code, msg, carrier, 0, line(at))
		st.Decisive = st.Decisive || s.decisive
		i = end
	}
}

// nextAADSTS returns the next code from an offset on, and its span.
func nextAADSTS(text string, from int) (code string, at, end int) {
	for i := from; ; {
		j := strings.Index(text[i:], "AADSTS")
		if j < 0 {
			return "", 0, 0
		}
		at = i + j
		k := at + 6
		for k < len(text) && (text[k] == '[' || text[k] == ' ' && k == at+6) { // a Markdown link splits the digits
			k++
		}
		num := make([]byte, 0, 8)
		for k < len(text) && len(num) < 9 {
			if c := text[k]; c >= '0' && c <= '9' {
				num = append(num, c)
				k++
				continue
			}
			if strings.HasPrefix(text[k:], "\uff10") || text[k] == 0xEF && k+2 < len(text) && text[k+1] == 0xBC && text[k+2] >= 0x90 && text[k+2] <= 0x99 {
				num = append(num, text[k+2]-0x90+'0')
				k += 3
				continue
			}
			if len(num) > 0 && strings.HasPrefix(text[k:], "](") {
				if j := strings.IndexByte(text[k:min(len(text), k+300)], ')'); j > 0 {
					k += j + 1
					continue
				}
			}
			if len(num) > 0 && text[k] == '[' && k+1 < len(text) && text[k+1] >= '0' && text[k+1] <= '9' {
				k++
				continue
			}
			if text[k] == '\n' && k+1 < len(text) && text[k+1] >= '0' && text[k+1] <= '9' && len(num) > 0 && wrappedAt(text, k) {
				k++
				continue
			}
			break
		}
		if len(num) >= 4 {
			return "AADSTS" + string(num), at, k
		}
		i = at + 6
	}
}

// wrappedAt: the line is as long as a console is wide, so the break may stand
// in the middle of a word.
func wrappedAt(text string, k int) bool {
	width := k - strings.LastIndexByte(text[:k], '\n') - 1
	return width >= 78
}

// messageEnd returns where the text of a message ends: at a blank line, a
// stack frame, the next code, the closing of what it stands in.
func messageEnd(text string, from int) int {
	end := min(len(text), from+1600)
	rest := text[from:end]
	for _, stop := range []string{"\n\n", "\n   at ", "\n    at ", "\n\tat ", "\nAt ", "\n+ ", "\nTraceback", "\n  File ", "AADSTS", "\"}", "\",\"", "\"}}", "'}", "\\\",\\\"", "\",\n", "<br", "</", " at Microsoft.", " ---> ", "\nCaused by", "\n--", "error_codes", "\n[", "\n  with ", "\nTo mitigate this", "\n$ ", "\nPS ", "\nError:", "\n>"} {
		j := strings.Index(rest, stop)
		if j < 0 {
			continue
		}
		rest = rest[:j]
		if stop == "AADSTS" { // the line of the next code is that code's own
			if k := strings.LastIndexByte(rest, '\n'); k >= 0 {
				rest = rest[:k]
			}
		}
	}
	// Entra's messages end with their time
	if i := strings.Index(rest, "Timestamp: 20"); i >= 0 && len(rest) > i+31 && rest[i+30] == 'Z' {
		rest = rest[:i+31]
	}
	// a new log line begins a new message
	for off := 0; ; {
		j := strings.IndexByte(rest[off:], '\n')
		if j < 0 {
			break
		}
		off += j + 1
		if _, ok := lineTime(firstLine(rest[off:])); ok {
			rest = rest[:off-1]
			break
		}
	}
	return from + len(rest)
}

func firstLine(s string) string {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return s[:i]
	}
	return s
}

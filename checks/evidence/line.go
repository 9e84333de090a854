package evidence

import (
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
	case s.mail(seg, off):
	case s.shell(trimmed, off):
	case s.statusLine(trimmed, line):
	case s.encodedError(trimmed, line):
	case s.labelLine(trimmed, off+strings.Index(s.d.text[off:], trimmed[:1])):
	case s.nginxError(trimmed, line):
	case s.requestLine(trimmed, line):
	case s.headerLine(trimmed, line):
	case s.page(trimmed, off):
	case strings.Contains(trimmed, "</") && s.xmlErrors(trimmed, line):
		s.links(trimmed, line)
	case s.azureLine(trimmed, line):
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
	s.claimsSaid(trimmed, line)
	s.claimsIn(trimmed, off+len(seg), line)
	s.oddBearer(trimmed, line)
	s.clientCall(trimmed, line)
	s.codeCall(trimmed, line)
	s.hints(trimmed, line)
}

// blank ends a block of headers and a paragraph.
func (s *scanner) blank() {
	s.header = false
	s.flush()
}

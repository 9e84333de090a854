package evidence

import "strings"

// This file reads names that stand on a line of their own with the value on
// the next one, as portals, browsers' network panels and debug dumps print:
//
//	Status Code:
//	Unauthorized

// labels are such names, folded; those that are true may stand without a colon.
var labels = map[string]bool{
	"httpmethod": false, "requestmethod": false, "absoluteuri": false, "requesturl": false, "requesturi": false, "url": false,
	"statuscode": false, "errorcode": true, "statusreason": true, "failurereason": true, "errordescription": true,
	"signinerrorcode": true, "requestid": true, "correlationid": true, "resultreason": true,
}

// label takes a line that holds nothing but such a name; the next line is read
// as its value. It tells whether the line was taken.
func (s *scanner) labelLine(seg string, off int) bool {
	if len(seg) > 24 {
		return false
	}
	name, colon := strings.CutSuffix(seg, ":")
	bare, ok := labels[foldName(name)]
	if !ok || !colon && !bare {
		return false
	}
	eol := off + strings.IndexByte(s.d.text[off:]+"\n", '\n')
	if eol >= len(s.d.text) {
		return false
	}
	next := firstLine(s.d.text[eol+1:])
	value := strings.TrimSpace(next)
	if value == "" || strings.HasSuffix(value, ":") || strings.HasPrefix(value, "{") {
		return false
	}
	line := s.lineOf(eol + 1)
	if !s.keyValue(name+": "+value, line) {
		return false
	}
	s.skip = eol + 1 + len(next)
	return true
}

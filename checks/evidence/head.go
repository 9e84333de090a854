package evidence

import (
	"bytes"
	"slices"
	"strings"
)

// This file tells where the records of a plain log begin: a line with a stamp,
// or the first of an access log, is the head of a record, and lines without one
// (a trace, a body) continue it.

// stampReach is how far into its line a stamp may begin.
const stampReach = 72

// isHead tells whether a line begins a record.
func isHead(line []byte) bool {
	if len(line) < 8 {
		return false
	}
	if line[0] == 0x1b { // a colour before the stamp
		if i := bytes.IndexByte(line[:min(len(line), 12)], 'm'); i > 0 {
			line = line[i+1:]
		}
	}
	if c := line[0]; c == ' ' || c == '\t' || c == '{' || c == '}' || c == '"' || c == ')' {
		return false
	}
	if logfmtHead(line) || kernelHead(line) || syslogHead(line) {
		return true
	}
	for i := 0; i < len(line) && i < stampReach; i++ {
		if !isDigit(line[i]) || i > 0 && isAlnum(line[i-1]) {
			continue
		}
		if _, end := timeAt(line, i); end > i {
			return i < 24 || line[i-1] == '['
		}
		if i == 0 && epochHead(line) {
			return true
		}
	}
	return false
}

// logfmtHead: the line begins with a time, a level or a message as key=value.
func logfmtHead(line []byte) bool {
	for _, k := range [...]string{"time=", "ts=", "level=", "t=", "lvl=", "at=", "msg=", "timestamp=", "date=", "severity="} {
		if bytes.HasPrefix(line, []byte(k)) {
			return true
		}
	}
	return false
}

// kernelHead: I1120 06:00:00.000000, as Kubernetes' own programs write it.
func kernelHead(line []byte) bool {
	return len(line) > 20 && bytes.IndexByte([]byte("IWEF"), line[0]) >= 0 && digits(line[1:5]) >= 0 && line[5] == ' ' && line[8] == ':' && line[11] == ':'
}

// syslogHead: Nov 20 06:00:00, with a priority before it or not.
func syslogHead(line []byte) bool {
	if line[0] == '<' {
		if i := bytes.IndexByte(line[:min(len(line), 6)], '>'); i > 0 {
			line = line[i+1:]
		}
	}
	return len(line) > 15 && monthOf(line[:3]) > 0 && line[3] == ' ' && line[6] == ' ' && line[9] == ':' && line[12] == ':'
}

// epochHead: seconds since 1970 with a fraction.
func epochHead(line []byte) bool {
	i := bytes.IndexByte(line, '.')
	return i == 10 && epoch(line[:10]) && digits(line[:10]) > 0
}

// plainLines tells a log by its lines: most are heads, or the first one is and
// what follows heads looks like their continuation.
func plainLines(lines []string) bool {
	heads := 0
	for _, l := range lines {
		if isHead([]byte(l)) {
			heads++
		}
	}
	return len(lines) >= manyLines && heads >= 20 && heads*8 >= len(lines) && (isHead([]byte(lines[0])) || isHead([]byte(lines[1])) || isHead([]byte(lines[2])))
}

// accessLines tells a log of which nearly every record is one exchange in full,
// with what continues it. So a short one is read as a long one is: what stands
// around a record belongs to somebody else's request.
func accessLines(lines []string) bool {
	heads, full := 0, 0
	for _, l := range lines {
		if isHead([]byte(l)) {
			heads++
			if accessLine(l) {
				full++
			}
		}
	}
	return heads > 1 && heads*12 >= len(lines) && full*5 >= heads*4 && isHead([]byte(lines[0]))
}

// toldApart: some line holds half of an exchange, a request or an answer, so that
// the other half stands on another one.
func toldApart(lines []string, half func(line string) bool) bool {
	return slices.ContainsFunc(lines, half)
}

// plainHalf: a request without its status, or an answer's first line alone.
func plainHalf(l string) bool {
	if accessLine(l) {
		return false
	}
	if i := strings.Index(l, "HTTP/"); i >= 0 && i+12 <= len(l) && l[i+6] == '.' && digits([]byte(l[i+9:i+12])) > 0 {
		return true
	}
	for _, m := range methods {
		i := strings.Index(l, m)
		if i < 0 || i > 0 && isAlnum(l[i-1]) || i+len(m) < len(l) && isAlnum(l[i+len(m)]) {
			continue
		}
		if j := strings.IndexByte(l[i:], '/'); j > 0 && j < 24 {
			return true
		}
	}
	return strings.Contains(l, "tatus code") || strings.Contains(l, "Response status") || strings.Contains(l, "Request URL")
}

// jsonHalf: an object with an address or a status, and not both.
func jsonHalf(l string) bool {
	n, _ := parseLoose(l, 0)
	return n.isObject() && hasAny(n, urlNames) != (numericStatus(n) > 0)
}

// accessLine: a method, behind it an address and behind that a status.
func accessLine(l string) bool {
	for _, m := range methods {
		i := strings.Index(l, m+" ")
		if i < 1 || isAlnum(l[i-1]) {
			continue
		}
		rest := l[i+len(m):]
		if i = strings.IndexByte(rest, '/'); i < 0 || i > 16 {
			continue
		}
		for rest = rest[i:]; ; {
			if i = strings.IndexAny(rest, " ="); i < 0 || i+4 > len(rest) {
				break
			}
			rest = rest[i+1:]
			if n := digits([]byte(rest[:3])); n >= 100 && n < 600 && (len(rest) == 3 || !isAlnum(rest[3]) && rest[3] != '.') {
				return true
			}
		}
	}
	return false
}

// lineStart returns where the line that holds b[i] begins.
func lineStart(b []byte, i int) int { return bytes.LastIndexByte(b[:i], '\n') + 1 }

// lineEnd returns where the line that begins at b[i] ends, behind its break.
func lineEnd(b []byte, i int) int {
	if j := bytes.IndexByte(b[i:], '\n'); j >= 0 {
		return i + j + 1
	}
	return len(b)
}

// headBefore returns the head at or before the line that begins at b[i], not
// before b[least] and not further than a record may be long.
func headBefore(b []byte, i, least int) int {
	for at := i; ; {
		if isHead(b[at:lineEnd(b, at)]) {
			return at
		}
		if at <= least || i-at > maxRecord/2 {
			return i
		}
		at = lineStart(b, at-1)
	}
}

// headAfter returns the first head behind the line that begins at b[i].
func headAfter(b []byte, i int) int {
	for at := lineEnd(b, i); ; at = lineEnd(b, at) {
		if at >= len(b) || at-i > maxRecord || isHead(b[at:lineEnd(b, at)]) {
			return at
		}
	}
}

// cutRecords ends a chunk behind its last whole record.
func cutRecords(b []byte, last bool) int {
	if last {
		return len(b)
	}
	end := bytes.LastIndexByte(b, '\n') + 1
	for at := end; at > 0 && end-at <= maxRecord; {
		at = lineStart(b, at-1)
		if line := b[at:lineEnd(b, at)]; at > 0 && isHead(line) && !isPiece(messageOf(line), true) {
			return at // this record may go on
		}
	}
	return end
}

package evidence

import "strings"

// This file reads logfmt: a line of name=value pairs, values with blanks in
// quotes.

// leastPairs is how many pairs make a line a record. Fewer stand in many a
// sentence and many a command.
const leastPairs = 4

// logfmt returns the record that a line is; nil where it is anything else. What
// stands before the first pair (a time, a level, a name) may be short and must
// not be a sentence.
func logfmt(line string) (*node, int) {
	head := 0
	for head < len(line) && !pairAt(line, head) {
		next := strings.IndexByte(line[head:], ' ')
		if next < 0 || head+next > 70 {
			return nil, 0
		}
		head += next + 1
	}
	if strings.ContainsAny(line[:head], `"'{=$>`) {
		return nil, 0
	}
	n := &node{kind: nodeObject, off: head}
	at := head
	for at < len(line) {
		if line[at] == ' ' {
			at++
			continue
		}
		if !pairAt(line, at) {
			return nil, 0
		}
		eq := at + strings.IndexByte(line[at:], '=')
		v, end := logfmtValue(line, eq+1)
		if v == nil {
			return nil, 0
		}
		n.members = append(n.members, member{key: line[at:eq], val: v})
		at = end
	}
	if len(n.members) < leastPairs {
		return nil, 0
	}
	return n, head
}

// pairAt: a name and an equals sign stand here.
func pairAt(line string, at int) bool {
	i := at
	for i < len(line) && i-at < 60 && (isNameByte(line[i]) || line[i] >= '0' && line[i] <= '9' || line[i] == '.' || line[i] == '-') {
		i++
	}
	return i > at && i < len(line) && line[i] == '=' && !strings.HasPrefix(line[at:], "-")
}

// logfmtValue reads a value: up to the next blank, or in quotes.
func logfmtValue(line string, at int) (*node, int) {
	if at >= len(line) || line[at] != '"' {
		end := len(line)
		if i := strings.IndexByte(line[at:], ' '); i >= 0 {
			end = at + i
		}
		v := line[at:end]
		if strings.HasSuffix(v, ",") || strings.HasSuffix(v, ";") { // a list of another kind
			return nil, 0
		}
		kind := nodeString
		if v == "" || strings.Trim(v, "0123456789.") == "" || v == "true" || v == "false" || v == "null" {
			kind = nodeWord
		}
		return &node{kind: kind, text: v, off: at}, end
	}
	for j := at + 1; j < len(line); j++ {
		switch line[j] {
		case '\\':
			j++
		case '"':
			if j+1 < len(line) && line[j+1] != ' ' {
				return nil, 0
			}
			return &node{kind: nodeString, text: unescape(line[at+1 : j]), off: at}, j + 1
		}
	}
	return &node{kind: nodeString, text: unescape(line[at+1:]), off: at, cut: true}, len(line)
}

package evidence

import "strings"

// This file takes away what a logger or a console puts before every line, where
// what follows is a piece of something larger: a body over several lines, a
// stack, an error view. Stamps before whole messages stay: they tell the time.

// prefixShare is how many of ten lines must bear a prefix before it counts.
const prefixShare = 7

// unstamp strips syslog's and a phone's heads from all lines, and time stamps
// from those that go on with what the line above began. The number of lines
// does not change.
func unstamp(text string) string {
	lines := strings.Split(text, "\n")
	if len(lines) < 4 {
		return text
	}
	heads, stamps, filled := 0, 0, 0
	for _, l := range lines {
		if strings.TrimSpace(l) == "" {
			continue
		}
		filled++
		if headLength(l) > 0 {
			heads++
		}
		if stampLength(l) > 0 {
			stamps++
		}
	}
	switch {
	case heads*10 >= filled*prefixShare && heads > 2:
		for i, l := range lines {
			if n := headLength(l); n > 0 {
				lines[i] = l[:stampEnd(l)] + " " + l[n:]
				if continues(l[n:]) {
					lines[i] = l[n:]
				}
			}
		}
	case stamps*10 >= filled*prefixShare && stamps > 2:
		for i, l := range lines {
			if n := stampLength(l); n > 0 && (continues(l[n:]) || i > 0 && boxed(l[n:])) {
				lines[i] = l[n:]
			}
		}
	default:
		return text
	}
	return strings.Join(lines, "\n")
}

// continues: the rest of a line is a piece of a body, a stack or an error view.
func continues(rest string) bool {
	t := strings.TrimLeft(rest, " \t")
	switch {
	case t == "":
		return true
	case len(rest)-len(t) >= 2, strings.HasPrefix(rest, "\t"):
		return true
	case strings.IndexByte("{}[]\"|+", t[0]) >= 0 && !strings.HasPrefix(t, "[") && !strings.HasPrefix(t, "{\"@") && !wholeObject(t):
		return true
	}
	return strings.HasPrefix(t, "at ") || strings.HasPrefix(t, "Line |") || strings.HasPrefix(t, "] ") || t == "]" || t == "[" || t == "],"
}

// boxed: the rest of a line stands in a box, whose first line tells the time.
func boxed(rest string) bool {
	for _, p := range [...]string{"│", "┃", "╷", "╵", "▐"} {
		if strings.HasPrefix(strings.TrimLeft(rest, " "), p) {
			return true
		}
	}
	return false
}

// wholeObject: a record on one line, which needs its stamp.
func wholeObject(t string) bool {
	return t[0] == '{' && strings.HasSuffix(t, "}") && len(t) > 2
}

// headLength is the length of a syslog or logcat head: "Jun 23 00:34:02 web01
// app[2211]: ", "I/flutter (12345): ", "09-02 17:41:09.512 11812 11812 E Tag: ".
func headLength(l string) int {
	if len(l) > 16 && l[3] == ' ' && l[6] == ' ' && l[9] == ':' && l[12] == ':' && l[0] >= 'A' && l[0] <= 'Z' {
		if i := strings.Index(l, "]: "); i > 16 && i < 100 && !strings.ContainsAny(l[16:i], "{\"") {
			return i + 3
		}
	}
	if len(l) > 4 && l[1] == '/' && strings.IndexByte("VDIWEF", l[0]) >= 0 {
		if i := strings.Index(l, "): "); i > 0 && i < 60 {
			return i + 3
		}
	}
	return 0
}

// stampEnd is where the time of a syslog head ends; 0 where it has none.
func stampEnd(l string) int {
	if len(l) > 15 && l[9] == ':' {
		return 15
	}
	return 0
}

// stampLength is the length of an ISO stamp and the blank behind it.
func stampLength(l string) int {
	if len(l) < 20 || l[4] != '-' || l[7] != '-' || l[10] != 'T' || l[13] != ':' || l[16] != ':' {
		return 0
	}
	i := strings.IndexByte(l, ' ')
	if i < 19 || i > 36 {
		return 0
	}
	return i + 1
}

// dropColours takes away colour codes whose escape character was lost on the
// way: "[31;1mInvoke-RestMethod: [0m".
func dropColours(text string) string {
	if !strings.Contains(text, "m") || !strings.Contains(text, "[0m") && !strings.Contains(text, ";1m") {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		if text[i] == '[' {
			j := i + 1
			for j < len(text) && j < i+10 && (text[j] >= '0' && text[j] <= '9' || text[j] == ';') {
				j++
			}
			if j > i+1 && j < len(text) && text[j] == 'm' {
				i = j + 1
				continue
			}
		}
		b.WriteByte(text[i])
		i++
	}
	return b.String()
}

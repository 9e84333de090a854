package evidence

import (
	"sort"
	"strings"
)

// A doc is one text with its line numbers. Line breaks inside sealed tokens
// count as lines too.
type doc struct {
	file  string
	text  string
	first int   // number of the first line
	fixed bool  // a string out of another text: all of it stands on line first
	ends  []int // offsets of line breaks
}

func newDoc(file, text string, first int) *doc {
	d := &doc{file: file, text: text, first: first}
	for i := 0; i < len(text); i++ {
		if text[i] == '\n' || text[i] == lineMarkHead && strings.HasPrefix(text[i:], string(lineMark)) {
			d.ends = append(d.ends, i)
		}
	}
	return d
}

const lineMarkHead = 0xEE // first byte of the private-use marks in UTF-8

// within makes a doc of a string that stands on one line of another.
func within(file, text string, line int) *doc {
	return &doc{file: file, text: text, first: line, fixed: true}
}

// line returns the number of the line at an offset.
func (d *doc) line(off int) int {
	if d.fixed {
		return d.first
	}
	return d.first + sort.SearchInts(d.ends, off)
}

// unprefix takes away what tools put before each line of a message (a box, a
// container's name, an error view's bar, quoting), line by line, so that what
// was one body is one body again. The number of lines does not change.
func unprefix(text string) string {
	if !strings.ContainsAny(text, "│|>┃╷╵▐\u00a0\u3000") && !strings.Contains(text, "##[") {
		return text
	}
	lines := strings.Split(text, "\n")
	names := containerNames(lines)
	for i, l := range lines {
		if l == "" {
			continue
		}
		lines[i] = unprefixLine(l, names)
	}
	return strings.Join(lines, "\n")
}

func unprefixLine(l string, names map[string]bool) string {
	t := strings.TrimLeft(l, " \t")
	for _, p := range []string{"│", "┃", "╷", "╵", "▐"} {
		if strings.HasPrefix(t, p) {
			return strings.TrimPrefix(t[len(p):], " ")
		}
	}
	if j := strings.Index(l, "|"); j >= 0 && j < 60 {
		head := strings.TrimSpace(l[:j])
		switch {
		case head == "" && j >= 1, names[head]:
			return strings.TrimPrefix(l[j+1:], " ")
		case strings.Trim(head, "0123456789") == "" && j <= 6:
			return strings.TrimPrefix(l[j+1:], " ")
		}
	}
	if strings.HasPrefix(t, "##[") { // pipeline log commands
		if j := strings.IndexByte(t, ']'); j > 0 && j < 20 {
			return t[j+1:]
		}
	}
	if strings.HasPrefix(t, ">>") || strings.HasPrefix(t, "> >") {
		return strings.TrimLeft(t, "> ")
	}
	return l
}

// containerNames finds names that stand before a bar on several lines, as
// compose logs and multiplexed consoles print them.
func containerNames(lines []string) map[string]bool {
	seen := map[string]int{}
	for _, l := range lines {
		j := strings.Index(l, " |")
		if j <= 0 || j > 50 || j+2 < len(l) && l[j+2] != ' ' {
			continue
		}
		if head := strings.TrimSpace(l[:j]); head != "" && !strings.ContainsAny(head, " \t\"'{}=|") {
			seen[head]++
		}
	}
	names := map[string]bool{}
	all, nonblank := 0, 0
	for _, c := range seen {
		all += c
	}
	for _, l := range lines {
		if strings.TrimSpace(l) != "" {
			nonblank++
		}
	}
	for n, c := range seen {
		if c > 1 || all*10 >= nonblank*9 && nonblank > 2 || strings.ContainsAny(n, "-_0123456789") && len(seen) <= 4 {
			names[n] = true
		}
	}
	if len(seen) > 6 { // a table, not a log
		return nil
	}
	return names
}

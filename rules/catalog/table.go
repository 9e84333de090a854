package catalog

import "strings"

// The facts tables are embedded texts, one row a line, cells divided by tabs,
// "-" for an empty cell, sorted by their first cell without regard to case.
// Lines that begin with # are the head. They are searched in place.

// row is one line of a facts table.
type row string

// cell returns the i-th cell; "" where it is empty or missing.
func (r row) cell(i int) string {
	s := string(r)
	for ; i > 0; i-- {
		_, rest, ok := strings.Cut(s, "\t")
		if !ok {
			return ""
		}
		s = rest
	}
	c, _, _ := strings.Cut(s, "\t")
	if c == "-" {
		return ""
	}
	return c
}

// fields returns the words of the i-th cell.
func (r row) fields(i int) []string { return strings.Fields(r.cell(i)) }

// rows yields the lines of a table without its head.
func rows(table string) func(yield func(row) bool) {
	return func(yield func(row) bool) {
		for table != "" {
			line, rest, _ := strings.Cut(table, "\n")
			if line != "" && line[0] != '#' && !yield(row(line)) {
				return
			}
			table = rest
		}
	}
}

// seek finds the first line whose first cell is key, whatever its case, by
// binary search, and returns what stands from there on; ok tells whether it is
// that key.
func seek(table, key string) (rest string, ok bool) {
	lo, hi := body(table), len(table)
	for lo < hi {
		mid := lineStart(table, lo, int(uint(lo+hi)>>1))
		line := lineAt(table, mid)
		if c := compareFold(row(line).first(), key); c < 0 {
			lo = mid + len(line) + 1
		} else {
			hi = mid
		}
	}
	if lo >= len(table) {
		return "", false
	}
	return table[lo:], compareFold(row(lineAt(table, lo)).first(), key) == 0
}

// find returns the first row with a key.
func find(table, key string) (row, bool) {
	rest, ok := seek(table, key)
	if !ok {
		return "", false
	}
	return row(lineAt(rest, 0)), true
}

// each yields the rows with a key, in order.
func each(table, key string) func(yield func(row) bool) {
	return func(yield func(row) bool) {
		rest, ok := seek(table, key)
		for ok {
			line := lineAt(rest, 0)
			if compareFold(row(line).first(), key) != 0 || !yield(row(line)) {
				return
			}
			rest = rest[min(len(line)+1, len(rest)):]
			ok = rest != ""
		}
	}
}

func (r row) first() string {
	c, _, _ := strings.Cut(string(r), "\t")
	return c
}

// body is where the head ends.
func body(table string) int {
	at := 0
	for at < len(table) && table[at] == '#' {
		at += len(lineAt(table, at)) + 1
	}
	return min(at, len(table))
}

func lineAt(table string, at int) string {
	if i := strings.IndexByte(table[at:], '\n'); i >= 0 {
		return table[at : at+i]
	}
	return table[at:]
}

// lineStart is the beginning of the line that holds place at.
func lineStart(table string, least, at int) int {
	if i := strings.LastIndexByte(table[least:at], '\n'); i >= 0 {
		return least + i + 1
	}
	return least
}

package evidence

import (
	"slices"
	"strings"
)

// This file reads the tables that PowerShell's Format-Table prints: names, a
// line of dashes, rows in the same columns.

// tableAt tells whether a line of dashes ends in a text at an offset, and
// returns the columns' names and where each begins.
func tableAt(head, dashes string) (names []string, starts []int) {
	if strings.Trim(dashes, "- ") != "" || !strings.Contains(dashes, "--") || !strings.Contains(strings.TrimSpace(dashes), " ") {
		return nil, nil
	}
	for i := 0; i < len(dashes); i++ {
		if dashes[i] == '-' && (i == 0 || dashes[i-1] == ' ') {
			end := len(head)
			if next := strings.Index(dashes[i:], " -"); next >= 0 {
				end = min(end, i+next+1)
			}
			if i >= len(head) {
				return nil, nil
			}
			names = append(names, strings.TrimSpace(head[i:end]))
			starts = append(starts, i)
		}
	}
	return names, starts
}

// table reads the rows below a line of dashes; head is the line above it. It
// returns the offset behind the last row.
func (s *scanner) table(head, dashes string, off int) int {
	names, starts := tableAt(head, dashes)
	if name := strings.TrimSpace(head); len(names) == 0 && listedFields[foldName(name)] && strings.Trim(dashes, "- ") == "" {
		names, starts = []string{name}, []int{0} // one column is a table where its name says so
	}
	if len(names) == 0 || len(names) < 2 && !listedFields[foldName(names[0])] {
		return off
	}
	text := s.d.text
	rows, nulls, first := 0, 0, off
	defer func() { s.nullRows(names, first, rows, nulls) }()
	for off < len(text) {
		row := firstLine(text[off:])
		if strings.TrimSpace(row) == "" || isPrompt(strings.TrimSpace(row)) {
			break
		}
		if strings.Contains(row, "AADSTS") || strings.Contains(row, `{"error"`) { // an event's message, wider than its column
			s.nested(row, s.lineOf(off), false)
			off += len(row) + 1
			continue
		}
		if slices.Contains(names, "Scopes") && slices.Contains(names, "AuthType") {
			s.session(row, s.lineOf(off))
		}
		rec := &record{line: s.lineOf(off)}
		for i, n := range names {
			if starts[i] >= len(row) {
				continue
			}
			end := len(row)
			if i+1 < len(starts) && starts[i+1] < len(row) {
				end = starts[i+1]
			}
			rec.fields = append(rec.fields, param{n, strings.TrimSpace(row[starts[i]:end])})
		}
		s.recorded(rec)
		if rows++; idAlone(rec) {
			nulls++
		}
		off += len(row) + 1
	}
	return min(off, len(text))
}

// idAlone: a row that has an id and nothing else.
func idAlone(rec *record) bool {
	if len(rec.fields) == 0 || foldName(rec.fields[0].name) != "id" || !isGUID(rec.fields[0].value) {
		return false
	}
	for _, p := range rec.fields[1:] {
		if p.value != "" {
			return false
		}
	}
	return true
}

// nullRows notes members that were listed with their ids alone, where the
// columns were taken out of AdditionalProperties, in which Graph PowerShell
// keeps what a member has: by its own names such columns are always empty.
func (s *scanner) nullRows(names []string, off, rows, nulls int) {
	if nulls == 0 || len(names) < 2 || !strings.Contains(s.d.text[max(0, off-600):off], "AdditionalProperties") {
		return
	}
	s.b.fact("null_members", itoa(nulls)+" of "+itoa(rows), s.lineOf(off), FromService)
}

// session reads a row of Get-MgContext: the scopes stand in braces, the kind of
// caller is a word beside them.
func (s *scanner) session(row string, line int) {
	from, to := strings.IndexByte(row, '{'), strings.LastIndexByte(row, '}')
	words := strings.Fields(row)
	if from < 0 || to < from || len(words) == 0 {
		return
	}
	if !cutList(row[from:to]) {
		s.b.fact("granted_scope", strings.Join(strings.FieldsFunc(row[from+1:to], scopeBreak), " "), line, FromService)
	}
	kind := words[len(words)-1]
	if slices.Contains(words, "AppOnly") {
		kind = "AppOnly"
	} else if slices.Contains(words, "Delegated") {
		kind = "Delegated"
	}
	s.b.fact("auth_type", kind, line, FromRequest)
}

// recorded notes the fields of one row or Format-List record that decide
// between causes. An access policy is noted whole, since which app it names
// matters.
func (s *scanner) recorded(rec *record) {
	get := func(name string) string {
		for _, p := range rec.fields {
			if strings.EqualFold(p.name, name) {
				return p.value
			}
		}
		return ""
	}
	if right := get("AccessRight"); right != "" {
		s.b.fact("accesspolicy", right+" "+get("AppId"), rec.line, FromService)
		return
	}
	for _, p := range rec.fields {
		if kind, ok := strings.CutPrefix(p.value, "#microsoft.graph."); ok {
			s.b.fact("odata_type", kind, rec.line, FromService)
		}
		if key := foldName(p.name); listedFields[key] && p.value != "" {
			s.b.fact(key, p.value, rec.line, FromService)
		}
	}
}

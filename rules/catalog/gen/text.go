package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// devx is the repository that the permission map comes from.
const devx = "microsoftgraph/microsoft-graph-devx-content"

// Origin names where a table comes from.
type Origin struct{ Name, Commit, Date, File string }

// Perm is one permission that suffices for a request, alone or with one of Also.
type Perm struct {
	Name  string
	Least bool     // the source marks it least privileged
	Also  []string // one of these is needed as well
	Wide  bool     // another of the same rank reaches less far: see narrow.go
}

// Set holds the permissions of which any one suffices; nil means that the
// kind is not supported.
type Set []Perm

// Kinds, in the order of the columns.
const (
	application = iota
	delegated
	personal
	kinds
)

// Row is one line of permissions.txt: a path template, a method, and what each
// kind of caller needs.
type Row struct {
	Path, Method string
	Sets         [kinds]Set
}

// parseSet reads "*A B+C,D": any one suffices, * marks the least, +C,D says
// that one of C and D is needed as well. "-" is nil.
func parseSet(s string) (Set, error) {
	if s == "-" {
		return nil, nil
	}
	var set Set
	for _, f := range strings.Split(s, " ") {
		p := Perm{}
		f, p.Least = strings.CutPrefix(f, "*")
		name, also, has := strings.Cut(f, "+")
		p.Name = name
		if has {
			p.Also = strings.Split(also, ",")
		}
		if name == "" || slices.Contains(p.Also, "") {
			return nil, fmt.Errorf("empty permission name in %q", s)
		}
		set = append(set, p)
	}
	return set, nil
}

// String writes what parseSet reads, sorted by name.
func (s Set) String() string {
	if s == nil {
		return "-"
	}
	s = slices.Clone(s)
	slices.SortFunc(s, func(a, b Perm) int { return strings.Compare(a.Name, b.Name) })
	var b strings.Builder
	for i, p := range s {
		if i > 0 {
			b.WriteByte(' ')
		}
		if p.Least {
			b.WriteByte('*')
		}
		b.WriteString(p.Name)
		if len(p.Also) > 0 {
			b.WriteString("+" + strings.Join(p.Also, ","))
		}
	}
	return b.String()
}

// lines yields the cells of a table's rows and its header lines.
func lines(text string, columns int) (rows [][]string, head map[string]string, err error) {
	head = map[string]string{}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSuffix(line, "\n")
		if h, ok := strings.CutPrefix(line, "# "); ok {
			if key, value, ok := strings.Cut(h, ": "); ok {
				head[key] = value
			}
			continue
		}
		if line == "" {
			continue
		}
		cells := strings.Split(line, "\t")
		if len(cells) != columns {
			return nil, nil, fmt.Errorf("line %d has %d cells, want %d", n, len(cells), columns)
		}
		rows = append(rows, cells)
	}
	return rows, head, nil
}

// readRows reads permissions.txt.
func readRows(text string) ([]Row, Origin, error) {
	cells, head, err := lines(text, 5)
	if err != nil {
		return nil, Origin{}, err
	}
	from := Origin{Name: head["source"], Commit: head["commit"], Date: head["date"], File: head["file"]}
	if from.Name == "" || from.Commit == "" || from.Date == "" {
		return nil, from, fmt.Errorf("the header lacks source, commit or date")
	}
	rows := make([]Row, len(cells))
	for i, c := range cells {
		rows[i] = Row{Path: c[0], Method: c[1]}
		for k := range kinds {
			if rows[i].Sets[k], err = parseSet(c[2+k]); err != nil {
				return nil, from, fmt.Errorf("%s %s: %w", c[1], c[0], err)
			}
		}
		if i > 0 && compareRows(rows[i-1], rows[i]) >= 0 {
			return nil, from, fmt.Errorf("%s %s is out of order or stands twice", c[1], c[0])
		}
	}
	return rows, from, nil
}

func compareRows(a, b Row) int {
	return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Method, b.Method))
}

// writeRows writes permissions.txt. The rows are sorted here.
func writeRows(rows []Row, from Origin) string {
	slices.SortFunc(rows, compareRows)
	var b strings.Builder
	fmt.Fprintf(&b, "# path\tmethod\tapplication\tdelegated\tpersonal\n")
	fmt.Fprintf(&b, "# source: %s\n# commit: %s\n# date: %s\n# file: %s\n", from.Name, from.Commit, from.Date, from.File)
	b.WriteString("# note: templates stand as the source spells them; any one permission of a cell suffices, * marks the least privileged, +A,B says that one of A and B is needed as well, - that the kind is not supported\n")
	fmt.Fprintf(&b, "# rows: %d\n", len(rows))
	for _, r := range rows {
		fmt.Fprintf(&b, "%s\t%s", r.Path, r.Method)
		for k := range kinds {
			b.WriteByte('\t')
			b.WriteString(r.Sets[k].String())
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// Lost is one line of lost.txt: what an earlier edition of the source had.
type Lost struct {
	Path, Method string
	Kind         int
	Set          Set
}

// readLost reads lost.txt: path, method, kind, there, last_seen, source, permissions.
func readLost(text string) ([]Lost, error) {
	cells, _, err := lines(text, 7)
	if err != nil {
		return nil, err
	}
	var out []Lost
	for _, c := range cells {
		kind := kindNamed(c[2])
		set, err := parseSet(c[6])
		if err != nil || kind < 0 {
			return nil, fmt.Errorf("%s %s: bad kind %q or permissions: %v", c[1], c[0], c[2], err)
		}
		out = append(out, Lost{c[0], c[1], kind, set})
	}
	return out, nil
}

func kindNamed(s string) int {
	switch s {
	case "application":
		return application
	case "delegated", "delegated-work":
		return delegated
	case "personal", "delegated-personal":
		return personal
	}
	return -1
}

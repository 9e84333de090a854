package evidence

import (
	"encoding/csv"
	"strings"
)

// This file reads comma-separated exports: sign-in logs, provisioning logs,
// log queries. A row becomes an object under the names of the first line, and
// is read as any other object is.

// csvHead returns the column names if a text is such an export: the first
// line that is not blank has four names or more, and the next has as many cells.
func csvHead(text string) []string {
	text = strings.TrimLeft(text, "\n \ufeff")
	first, rest, _ := strings.Cut(text, "\n")
	comma := ','
	if strings.Count(first, ";") > strings.Count(first, ",") {
		comma = ';'
	}
	if strings.Count(first, string(comma)) < 3 || len(first) > 8000 || strings.ContainsAny(first, "{}=") {
		return nil
	}
	names := csvCells(first, comma)
	for _, n := range names {
		if n = strings.TrimSpace(n); n == "" || len(n) > 60 || n[0] >= '0' && n[0] <= '9' {
			return nil
		}
	}
	second := firstLine(strings.TrimLeft(rest, "\n"))
	if len(names) < 4 || strings.Count(second, string(comma)) < len(names)-1 && strings.Count(second, "\"")%2 == 0 {
		return nil
	}
	return names
}

// isTable tells an export in columns.
func isTable(text string) bool {
	_, names := csvTable(text)
	return names != nil
}

// mostCaption bounds the lines that may stand above a table: a title, a date.
const mostCaption = 4

// csvTable finds a table by its head, perhaps below a caption: the bytes that
// stand before it, and the names of its columns; nil if there is none.
func csvTable(text string) (skip int, names []string) {
	for range mostCaption {
		if names = csvHead(text[skip:]); names != nil {
			return skip, names
		}
		line, _, more := strings.Cut(text[skip:], "\n")
		if !more || len(line) > 200 || strings.ContainsAny(line, ",;{}") {
			return 0, nil
		}
		skip += len(line) + 1
	}
	return 0, nil
}

func csvCells(line string, comma rune) []string {
	r := csv.NewReader(strings.NewReader(line))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = comma, true, -1
	cells, err := r.Read()
	if err != nil {
		return nil
	}
	return cells
}

// readCSV walks through the rows of an export.
func (s *scanner) readCSV(d *doc, names []string) {
	text := d.text
	comma := ','
	if first := firstLine(strings.TrimLeft(text, "\n")); strings.Count(first, ";") > strings.Count(first, ",") {
		comma = ';'
	}
	s.d, s.b.tabular = d, true
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = comma, true, -1
	for first := true; ; first = false {
		cells, err := r.Read()
		if err != nil {
			return
		}
		line, _ := r.FieldPos(0)
		if first {
			continue
		}
		s.csvRow(names, cells, d.first+line-1)
	}
}

// csvRow reads one row: a sign-in, a provisioning step, or a log record.
func (s *scanner) csvRow(names, cells []string, line int) {
	n := &node{kind: nodeObject}
	get := func(want ...string) string {
		for _, w := range want {
			for i, name := range names {
				if i < len(cells) && foldName(strings.ReplaceAll(name, " ", "")) == w {
					return strings.TrimSpace(cells[i])
				}
			}
		}
		return ""
	}
	str := func(key, v string) {
		if v != "" {
			n.members = append(n.members, member{key, &node{kind: nodeString, text: v}})
		}
	}
	obj := func(key string, parts ...string) {
		o := &node{kind: nodeObject}
		for i := 0; i+1 < len(parts); i += 2 {
			if parts[i+1] != "" {
				o.members = append(o.members, member{parts[i], &node{kind: nodeString, text: parts[i+1]}})
			}
		}
		n.members = append(n.members, member{key, o})
	}
	status := get("status", "result", "statusinfostatus")
	switch {
	case get("signinerrorcode", "errorcode", "statuserrorcode", "resulttype") != "" && isDigits(get("signinerrorcode", "errorcode", "statuserrorcode", "resulttype")) && get("jobid") == "":
		obj("status", "errorCode", get("signinerrorcode", "errorcode", "statuserrorcode", "resulttype"), "failureReason", get("failurereason", "resultdescription", "statusfailurereason"), "additionalDetails", get("authenticationdetails", "additionaldetails", "statusadditionaldetails"))
		str("signInStatus", status)
		str("appDisplayName", get("application", "appdisplayname"))
		str("appId", get("applicationid", "appid"))
		str("resourceDisplayName", get("resource", "resourcedisplayname"))
		str("conditionalAccessStatus", get("conditionalaccess", "conditionalaccessstatus"))
		str("clientAppUsed", get("clientapp", "clientappused"))
		str("correlationId", get("correlationid"))
		str("createdDateTime", get("dateutc", "date", "createddatetime", "timegenerated"))
		s.signIn(n, line)
	case get("jobid") != "" || get("skipreason") != "" || get("provisioningaction") != "" || get("targetidentity") != "" || get("action") != "" && status != "" && hasColumn(names, "reason") && hasColumn(names, "errorcode"):
		obj("statusInfo", "status", status, "errorCode", get("errorcode", "statuscode"), "reason", get("reason", "statusreason", "errordescription"), "errorCategory", get("errorcategory"))
		obj("targetSystem", "displayName", get("application", "targetsystem", "serviceprincipalname"))
		obj("sourceIdentity", "identityType", get("identitytype"))
		str("jobId", get("jobid"))
		str("action", get("action", "provisioningaction"))
		str("activityDateTime", get("dateutc", "date", "activitydatetime"))
		s.provisioning(n, line)
	default:
		for i, name := range names {
			if i < len(cells) && cells[i] != "" {
				str(strings.NewReplacer(" [UTC]", "", " ", "").Replace(name), cells[i])
			}
		}
		s.row(n, line)
	}
}

func hasColumn(names []string, want string) bool {
	for _, n := range names {
		if foldName(strings.ReplaceAll(n, " ", "")) == want {
			return true
		}
	}
	return false
}

// row reads a log record that stood in columns.
func (s *scanner) row(n *node, line int) {
	f := s.b.begin(line)
	defer s.b.end()
	s.part(n, f, line, 1)
}

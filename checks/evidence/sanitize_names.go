package evidence

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// This file tells the names of persons from other words, and replaces those
// that were learnt from fields wherever they recur.

// personLike: two to four words that begin large and say nothing else, or
// "Vance, Adele".
func personLike(v string) bool {
	words := strings.Fields(strings.ReplaceAll(v, ",", " "))
	if len(words) < 2 || len(words) > 4 {
		return false
	}
	for _, w := range words {
		r, n := utf8.DecodeRuneInString(w)
		if !unicode.IsUpper(r) && r < 0x250 || !unicode.IsLetter(r) || len(w) == n && r > 0x250 {
			return false
		}
		for _, r := range w {
			if !unicode.IsLetter(r) && !unicode.IsMark(r) && r != '\'' && r != '-' && r != '.' && r != '\u2019' {
				return false
			}
		}
		if notName(strings.ToLower(strings.Trim(w, ".-"))) || len(w) > 2 && ascii(w) && w == strings.ToUpper(w) {
			return false
		}
	}
	return true
}

// notName: words of apps, groups, roles and policies.
func notName(low string) bool {
	for _, w := range [...]string{"access", "account", "admin", "administrator", "all", "analytics", "api", "app", "application", "apps", "automation", "azure", "backup", "block", "bot", "build", "calendar", "ca", "client", "cloud", "company", "compliance", "conditional", "connect", "connector", "contributor", "daemon", "dashboard", "data", "default", "demo", "department", "dev", "developer", "device", "devops", "directory", "enterprise", "entra", "exchange", "explorer", "finance", "for", "gateway", "global", "graph", "group", "groups", "guest", "helpdesk", "hr", "hub", "inbox", "integration", "internal", "intune", "invoice", "job", "legacy", "license", "mail", "mailbox", "management", "manager", "marketing", "members", "mfa", "microsoft", "migration", "mobile", "monitor", "notification", "office", "online", "operator", "outlook", "owners", "payroll", "permission", "planner", "policy", "portal", "power", "production", "project", "protection", "provider", "reader", "report", "reporting", "reports", "request", "require", "required", "reset", "resource", "role", "sales", "security", "server", "service", "services", "session", "shared", "sharepoint", "sign", "site", "staff", "support", "sync", "system", "team", "teams", "tenant", "test", "the", "to", "token", "tool", "training", "user", "users", "vault", "viewer", "web", "windows", "with", "worker", "writer"} {
		if low == w {
			return true
		}
	}
	return false
}

// maxNames bounds the names that are remembered.
const maxNames = 4096

// learn remembers a name of two words or more, so that it is replaced where it
// stands in prose.
func (z *sanitizer) learn(name string) {
	first, rest, ok := strings.Cut(name, " ")
	if !ok || len(name) < 7 || len(first) < 2 || strings.TrimSpace(rest) == "" || z.learnt >= maxNames {
		return
	}
	for _, n := range z.names[first] {
		if n == name {
			return
		}
	}
	name = strings.Clone(name)
	first = name[:len(first)]
	z.names[first] = append(z.names[first], name)
	z.learnt++
}

// learned replaces the names that were learnt.
func (j *job) learned() {
	if j.z.learnt == 0 {
		return
	}
	t := j.text
	for i := 0; i < len(t); {
		n := wordLength(t, i)
		if n == 0 {
			_, w := utf8.DecodeRuneInString(t[i:])
			i += w
			continue
		}
		for _, name := range j.z.names[t[i:i+n]] {
			end := i + len(name)
			if strings.HasPrefix(t[i:], name) && (end == len(t) || wordLength(t, end) == 0) {
				j.put(i, end, j.z.m.words(name, true, nil))
			}
		}
		i += n
	}
}

// nameBefore replaces the name before an address: Adele Vance <adele@...>, or
// in the column before it.
func (j *job) nameBefore(at int) {
	t := j.text
	if at < 3 || t[at-1] != '<' && t[at-1] != ' ' && t[at-1] != '\t' && t[at-1] != '(' {
		return
	}
	j.nameUpTo(len(strings.TrimRight(t[:at-1], " \t\"'\\")))
}

// nameUpTo replaces the name that ends at end, if what stands there since the
// last sign is one.
func (j *job) nameUpTo(end int) {
	t := j.text
	low := max(0, end-60)
	from := low + 1 + strings.LastIndexAny(t[low:end], "\n\"':;,<>(=\t|")
	if i := strings.LastIndex(t[from:end], "  "); i >= 0 {
		from += i + 2
	}
	for from < end && t[from] == ' ' {
		from++
	}
	if from < end && personLike(t[from:end]) {
		j.name(from, end)
	}
}

// writers replaces the names over the quotations of mails.
func (j *job) writers() {
	for _, mark := range [...]string{" wrote:", " schrieb:", " a \u00e9crit", " escribi\u00f3:"} {
		for at := 0; ; {
			i := strings.Index(j.text[at:], mark)
			if i < 0 {
				break
			}
			j.nameUpTo(at + i)
			at += i + len(mark)
		}
	}
}

// sids replaces the security identifiers of accounts.
func (j *job) sids() {
	const mark = "S-1-5-21-"
	for at := 0; ; {
		i := strings.Index(j.text[at:], mark)
		if i < 0 {
			return
		}
		from := at + i + len(mark)
		to := from
		for to < len(j.text) && (isDigit(j.text[to]) || j.text[to] == '-') {
			to++
		}
		j.pieces(from, to, func(a, b int) { j.put(a, b, j.z.opaque(j.text[a:b])) })
		at = from
	}
}

// columns replaces the names in the persons' columns of an export.
func (j *job) columns() {
	if j.depth > 0 || len(j.z.person) == 0 {
		return
	}
	t := j.text
	for i := j.start; i < len(t); {
		cell, quoted := 0, false
		from := i
		for ; i <= len(t); i++ {
			switch {
			case i < len(t) && t[i] == '"':
				quoted = !quoted
				continue
			case i < len(t) && (quoted || t[i] != j.z.comma && t[i] != '\n'):
				continue
			}
			if j.z.person[cell] {
				a, b := from, i
				for a < b && (t[a] == '"' || t[a] == ' ') {
					a++
				}
				for b > a && (t[b-1] == '"' || t[b-1] == ' ' || t[b-1] == '\r') {
					b--
				}
				if v := t[a:b]; v != "" && !emptyWord(v) && len(v) < 100 && j.z.header == 0 {
					j.name(a, b)
				}
			}
			cell, from = cell+1, i+1
			if i == len(t) || t[i] == '\n' {
				i++
				break
			}
		}
		j.z.header = max(j.z.header-1, 0)
	}
}

// personColumns tells which columns of an export hold names.
func (z *sanitizer) personColumns(head string) {
	skip, names := csvTable(head)
	if names == nil {
		return
	}
	table := strings.TrimLeft(head[skip:], "\n \ufeff")
	first := firstLine(table)
	z.comma, z.header = ',', 1+strings.Count(head[:len(head)-len(table)], "\n")
	if strings.Count(first, ";") > strings.Count(first, ",") {
		z.comma = ';'
	}
	z.person = map[int]bool{}
	for i, n := range names {
		switch foldName(strings.ReplaceAll(n, " ", "")) {
		case "user", "userdisplayname", "fullname", "givenname", "surname", "firstname", "lastname", "initiatedby", "actordisplayname", "sourceidentitydisplayname":
			z.person[i] = true
		}
	}
}

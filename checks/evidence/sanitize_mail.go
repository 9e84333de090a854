package evidence

import (
	"strings"
	"unicode/utf8"
)

// This file finds mail addresses, user principal names and what else stands
// before an @.

// mails replaces mail addresses and user principal names.
func (j *job) mails() {
	for at := 0; ; {
		i := strings.IndexByte(j.text[at:], '@')
		if i < 0 {
			return
		}
		at += i + 1
		j.mail(at-1, at)
	}
}

func (j *job) mail(sign, after int) {
	t := j.text
	to := after
	for to < len(t) && (isAlnum(t[to]) || t[to] == '.' || t[to] == '-' || t[to] >= 0x80 && letterAt(t, to) > 0) {
		to += max(1, letterAt(t, to))
	}
	to = after + len(strings.TrimRight(t[after:to], ".-"))
	domain := t[after:to]
	from := localStart(t, sign)
	local := t[from:sign]
	if local == "" || !j.free(from, sign) {
		return
	}
	if j.wrapped(sign, to) { // a console broke the line inside the domain
		j.put(from, sign, j.z.local(local))
		return
	}
	if rest := t[to:min(len(t), to+3)]; domain != "" && (rest == "..." || strings.HasPrefix(rest, "\u2026")) && !publicHost(strings.ToLower(domain)) { // the sender cut it
		j.put(from, sign, j.z.local(local))
		j.put(after, to, j.z.labels(domain))
		return
	}
	if !mailDomain(domain) || to < len(t) && t[to] == '(' {
		if promptAhead(t, from, to) {
			j.put(from, sign, j.z.m.words(local, true, commonAccount))
			j.put(after, to, j.z.label(domain))
		}
		return
	}
	if local == "git" && publicHost(strings.ToLower(domain)) {
		return
	}
	if !j.free(from, to) {
		return
	}
	made := j.z.local(local) + t[sign:after] + j.z.host(domain)
	if made != t[from:to] {
		j.z.m.kept("mail", local+"@"+domain, strings.Replace(made, t[sign:after], "@", 1))
	}
	if j.put(from, to, made) {
		j.nameBefore(from)
	}
}

// wrapped: a domain that ends with the line and goes on in the next.
func (j *job) wrapped(sign, to int) bool {
	t := j.text
	next := strings.TrimLeft(t[to:min(len(t), to+200)], "\r")
	if to >= len(t) || !strings.HasPrefix(next, "\n") || strings.Contains(t[sign:to], ".com") {
		return false
	}
	width := to - (strings.LastIndexByte(t[:to], '\n') + 1)
	rest := strings.TrimLeft(next, "\n ")
	n := 0
	for n < len(rest) && (isAlnum(rest[n]) || rest[n] == '.' || rest[n] == '-') {
		n++
	}
	return width >= 60 && mailDomain(strings.TrimRight(t[sign+1:to]+rest[:n], "."))
}

// localStart is where the part before the sign begins. What is escaped before
// it, such as %3D or \n, is no part of it.
func localStart(t string, sign int) int {
	from := sign
	for from > 0 {
		c := t[from-1]
		switch {
		case isAlnum(c), c == '.', c == '_', c == '-', c == '~', c == '#', c == '+':
			from--
			continue
		case c >= 0x80:
			r, n := utf8.DecodeLastRuneInString(t[:from])
			if r != utf8.RuneError && letterAt(t, from-n) > 0 {
				from -= n
				continue
			}
		}
		break
	}
	from = min(afterEscape(t, from), sign)
	if i := strings.LastIndex(t[from:sign], "%"); i >= 0 {
		from += i
	}
	if i := strings.Index(t[from:sign], "#"); i >= 0 && !strings.HasPrefix(strings.ToUpper(t[from+i:]), "#EXT#") { // live.com#name@outlook.com
		from += i + 1
	}
	for from < sign && strings.IndexByte(".-+~#", t[from]) >= 0 {
		from++
	}
	return min(from, sign)
}

// letterAt is the width of a letter outside ASCII at i, 0 where there is none.
func letterAt(t string, i int) int {
	if t[i] < 0x80 {
		return 0
	}
	return wordLength(t[i:min(len(t), i+4)], 0)
}

// mailDomain: two labels or more, the last of letters; not an annotation of
// OData, not a package's version.
func mailDomain(d string) bool {
	i := strings.LastIndexByte(d, '.')
	if i <= 0 || len(d)-i < 3 || len(d)-i > 20 || strings.Contains(d, "..") {
		return false
	}
	for _, c := range []byte(d[i+1:]) {
		if !isLetter(c) {
			return false
		}
	}
	low := strings.ToLower(d)
	return !strings.HasPrefix(low, "odata.") && !strings.HasPrefix(low, "microsoft.graph.") && !strings.HasPrefix(low, "microsoft.dynamics.")
}

// promptAhead: "name@machine:~/path$".
func promptAhead(t string, from, to int) bool {
	if from > 0 && (isAlnum(t[from-1]) || t[from-1] == '/') || to >= len(t) || t[to] != ':' {
		return false
	}
	rest := firstLine(t[to:min(len(t), to+120)])
	return strings.ContainsAny(rest, "$#") && strings.ContainsAny(rest, "~/")
}

// local replaces the part of a mail address before the sign. A guest's holds
// the address at home: name_domain#EXT#.
func (z *sanitizer) local(local string) string {
	low := strings.ToLower(local)
	if i := strings.Index(low, "#ext#"); i >= 0 {
		home := local[:i]
		if u := strings.LastIndexByte(home, '_'); u > 0 && mailDomain(home[u+1:]) {
			return z.m.words(home[:u], true, nil) + "_" + z.host(home[u+1:]) + local[i:]
		}
		return z.m.words(home, true, nil) + local[i:]
	}
	if isGUID(local) {
		return z.m.guid(local)
	}
	return z.m.words(local, true, nil)
}

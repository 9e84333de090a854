package evidence

import (
	"strings"
)

// This file finds what points to a person, a machine or a tenant outside
// tokens and secrets: GUIDs, addresses of machines, numbers of telephones, names
// of accounts in paths.

// persons replaces them. The order decides where two could claim a span.
func (j *job) persons() {
	j.guids()
	j.homes()
	j.mails()
	j.fields()
	j.hosts()
	j.addresses()
	j.phones()
	j.learned()
	j.runs()
}

// guids replaces GUIDs with dashes, and runs of 32 hexadecimal digits.
func (j *job) guids() {
	t := j.text
	for at := 8; ; {
		i := strings.IndexByte(t[min(at, len(t)):], '-')
		if i < 0 {
			break
		}
		at += i
		from := at - 8
		if from+36 <= len(t) && isGUID(t[from:from+36]) {
			j.put(from, from+36, j.z.m.guid(t[from:from+36]))
			at = from + 36 + 8
			continue
		}
		at++
	}
	j.wrappedGUIDs()
	for i := 0; i < len(t); {
		if !isHex(t[i]) {
			i++
			continue
		}
		n, digits := 0, 0
		for i+n < len(t) && isHex(t[i+n]) {
			if isDigit(t[i+n]) {
				digits++
			}
			n++
		}
		if n == 32 && digits > 4 && (i == 0 || !isAlnum(t[i-1])) && (i+n == len(t) || !isAlnum(t[i+n])) {
			j.put(i, i+n, j.z.m.guid(t[i:i+n]))
		}
		i += n
		for i < len(t) && isAlnum(t[i]) {
			i++
		}
	}
}

// wrappedGUIDs replaces GUIDs that a console broke at its width.
func (j *job) wrappedGUIDs() {
	t := j.text
	for at := 0; ; {
		i := strings.IndexByte(t[at:], '\n')
		if i < 0 {
			return
		}
		next := at + i + 1
		end := next - 1
		if end > 0 && t[end-1] == '\r' {
			end--
		}
		at = next
		if end == 0 || next >= len(t) || !isHex(t[end-1]) && t[end-1] != '-' || !isHex(t[next]) && t[next] != '-' {
			continue
		}
		for k := 1; k < 36 && k <= end; k++ {
			if next+36-k > len(t) || k < end && isAlnum(t[end-k-1]) {
				continue
			}
			if g := t[end-k:end] + t[next:next+36-k]; isGUID(g) && j.free(end-k, end) && j.free(next, next+36-k) {
				made := j.z.m.guid(g)
				j.put(end-k, end, made[:k])
				j.put(next, next+36-k, made[k:])
				break
			}
		}
	}
}

// addresses replaces IP addresses.
func (j *job) addresses() {
	t := j.text
	for i := 0; i < len(t); i++ {
		c := t[i]
		if !isDigit(c) && !isHex(c) && c != ':' || i > 0 && (isAlnum(t[i-1]) || t[i-1] == '.' || t[i-1] == '_') && !escapedBefore(t, i) {
			continue
		}
		n, dots, colons := 0, 0, 0
		for i+n < len(t) && (isHex(t[i+n]) || t[i+n] == ':' || t[i+n] == '.') && n < 46 {
			switch t[i+n] {
			case '.':
				dots++
			case ':':
				colons++
			}
			n++
		}
		run := strings.TrimRight(t[i:i+n], ".:")
		end := i + len(run)
		switch {
		case i+n < len(t) && (isAlnum(t[i+n]) || t[i+n] == '_'):
		case dots >= 3 && isDigit(c):
			if p := strings.IndexByte(run, ':'); p > 0 { // 10.0.0.1:443
				run = run[:p]
			}
			if strings.Count(run, ".") == 3 && !strings.HasPrefix(run, "0.") && !strings.HasSuffix(run, ".0") && !version(t, i) {
				j.put(i, i+len(run), j.z.m.ip(run))
			}
		case colons >= 2 && dots == 0 && len(run) >= 7 && strings.ContainsAny(run, "0123456789") && (colons >= 3 || strings.Contains(run, "::")):
			j.put(i, end, j.z.m.ip(run))
		}
		if n > 0 {
			i += n - 1
		}
	}
}

// version: what looks like an address is a product's version: Chrome/120.0.1.2.
func version(t string, i int) bool {
	if i > 1 && t[i-1] == '/' && isAlnum(t[i-2]) {
		return true
	}
	before := strings.ToLower(t[max(0, i-12):i])
	before = strings.TrimRight(before, " =:\"'")
	return strings.HasSuffix(before, "version") || strings.HasSuffix(before, "ver") || strings.HasSuffix(before, " v") || strings.HasSuffix(before, "sdk")
}

// escapedBefore: what stands before i is an escape, so that a word may begin.
func escapedBefore(t string, i int) bool {
	return i >= 3 && t[i-3] == '%' && isHex(t[i-2]) && isHex(t[i-1]) || i >= 2 && t[i-2] == '\\' && strings.IndexByte("nrt", t[i-1]) >= 0 || i >= 6 && t[i-6] == '\\' && t[i-5] == 'u'
}

// phones replaces numbers in the international form, +44 20 7946 0958.
func (j *job) phones() {
	t := j.text
	for at := 0; ; {
		i := strings.IndexByte(t[at:], '+')
		if i < 0 {
			return
		}
		from := at + i + 1
		at = from
		if from >= 2 && (isAlnum(t[from-2]) || t[from-2] == '+' || t[from-2] == '%') {
			continue
		}
		end, digits := from, 0
		for end < len(t) && end-from < 22 && (isDigit(t[end]) || digits > 0 && strings.IndexByte(" -()./", t[end]) >= 0) {
			if isDigit(t[end]) {
				digits++
			}
			end++
		}
		for end > from && !isDigit(t[end-1]) {
			end--
		}
		if digits >= 8 && digits <= 15 && (end == len(t) || !isAlnum(t[end])) && !strings.Contains(t[from:end], "..") {
			j.put(from, end, j.z.number(t[from:end]))
		}
	}
}

// number replaces the digits of a number; its signs and its first digit, which
// tells the part of the world, stay.
func (z *sanitizer) number(s string) string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
	if len(digits) < 5 {
		return s
	}
	made := digits[:1] + z.m.word(digits[1:], false)
	b := []byte(s)
	n := 0
	for i := range b {
		if isDigit(b[i]) {
			b[i] = made[n]
			n++
		}
	}
	z.m.kept("phone", s, string(b))
	return string(b)
}

// homes replaces the names of accounts in the paths of home folders.
func (j *job) homes() {
	t := j.text
	for _, mark := range [...]string{`:\Users\`, `:\\Users\\`, `:\\\\Users\\\\`, `:\\\\\\\\Users\\\\\\\\`, `:/Users/`, "/home/", "/Users/"} {
		for at := 0; ; {
			i := strings.Index(t[at:], mark)
			if i < 0 {
				break
			}
			begin := at + i
			from := begin + len(mark)
			at = from
			if mark[0] == '/' && begin > 0 && strings.IndexByte(" \t\n\"'`(=:[,>", t[begin-1]) < 0 && !strings.HasSuffix(t[:begin], "file://") {
				continue // inside an address
			}
			to := from
			for to < len(t) && (isAlnum(t[to]) || t[to] == '.' || t[to] == '-' || t[to] == '_' || t[to] >= 0x80) {
				to++
			}
			if to >= len(t) || t[to] != '/' && t[to] != '\\' && t[to] != '>' && t[to] != '"' {
				continue
			}
			name := t[from:to]
			if name == "" || strings.HasPrefix(mark, "/Users") && isGUID(name) || commonAccount(strings.ToLower(name)) {
				continue
			}
			if made := j.z.m.words(name, true, nil); j.put(from, to, made) {
				j.z.m.kept("account", name, made)
			}
		}
	}
}

// commonAccount: accounts that systems bring along.
func commonAccount(low string) bool {
	switch low {
	case "runner", "vsts", "root", "ubuntu", "node", "app", "site", "public", "default", "user", "users", "admin", "administrator", "azureuser", "vscode", "jenkins", "gitlab", "circleci", "ec2", "codespace", "localuser", "containeradministrator", "runneradmin", "vssadministrator", "linuxbrew", "docker", "www", "data":
		return true
	}
	return false
}

func sortPatches(list []patch) {
	sortBy(list, func(p patch) int { return p.from })
}

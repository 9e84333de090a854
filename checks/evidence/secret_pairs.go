package evidence

import (
	"strings"
)

// This file finds secrets by the name that stands before them: flags, pairs, JSON.

// findFlags finds secrets behind flags, which stand apart from their values by
// a blank: "--client-secret x", "-Password x", "curl -u name:x", and in .netrc.
func findFlags(text string, add func(from, to int, kind string)) {
	for at := 0; ; {
		i := strings.IndexByte(text[at:], '-')
		if i < 0 {
			break
		}
		from := at + i
		at = from + 1
		if from > 0 && text[from-1] != ' ' && text[from-1] != '\t' && text[from-1] != '\n' && text[from-1] != '"' && text[from-1] != '\'' {
			continue
		}
		end := from
		for end < len(text) && isNameByte(text[end]) {
			end++
		}
		at = max(at, end)
		name := text[from:end]
		kind, ok := secretName(foldName(name))
		if !ok && (name == "-p" || name == "-u" || name == "--user") {
			kind, ok = shortFlag(text, from, end, name)
		}
		if !ok || kind == "code" || kind == "session" {
			continue
		}
		if a, b := flagValue(text, end); b > a && worthHiding(text[a:b], "password") && !strings.ContainsAny(text[a:a+1], "-(@") {
			if name == "-u" || name == "--user" {
				if _, pass, ok := strings.Cut(text[a:b], ":"); !ok || placeholder(pass) || pass == "" {
					continue
				}
			}
			add(a, b, kind)
		}
	}
	findSpaced(text, "ConvertTo-SecureString", "client_secret", nil, add)
	findSpaced(text, "password ", "password", func(line string) bool { return strings.Contains(line, "login ") || strings.Contains(line, "machine ") }, add)
}

// shortFlag tells the flags of one letter whose meaning the command decides.
func shortFlag(text string, from, end int, name string) (string, bool) {
	line := text[strings.LastIndexByte(text[:from], '\n')+1 : from]
	switch {
	case name == "-p":
		return "password", strings.Contains(line, "az login") || strings.Contains(line, "docker login") || strings.Contains(line, "sshpass") || strings.Contains(line, "az acr") || strings.Contains(line, "-u ") && strings.Contains(line, "login")
	default:
		return "userinfo", strings.Contains(line, "curl")
	}
}

// flagValue is the word behind a flag.
func flagValue(text string, at int) (from, to int) {
	for at < len(text) && (text[at] == ' ' || text[at] == '\t' || text[at] == ':' || text[at] == '=') {
		at++
	}
	if at >= len(text) || text[at] == '\n' {
		return 0, 0
	}
	if q := text[at]; q == '"' || q == '\'' {
		n := strings.IndexAny(text[at+1:min(len(text), at+2000)], string(q)+"\n")
		if n < 0 {
			return 0, 0
		}
		return at + 1, at + 1 + n
	}
	to = at
	for to < len(text) && strings.IndexByte(" \t\r\n\"'`|;&)", text[to]) < 0 {
		to++
	}
	return at, to
}

// findSpaced finds the word behind a word, where the line says what it is.
func findSpaced(text, word, kind string, line func(string) bool, add func(from, to int, kind string)) {
	for at := 0; ; {
		i := strings.Index(text[at:], word)
		if i < 0 {
			return
		}
		end := at + i + len(word)
		before := text[strings.LastIndexByte(text[:end-len(word)], '\n')+1 : end-len(word)]
		at = end
		if line != nil && !line(before) {
			continue
		}
		from, to := flagValue(text, end)
		for to > from && text[from] == '-' { // -String "..." -AsPlainText -Force "..."
			from, to = flagValue(text, to)
		}
		if to > from && worthHiding(text[from:to], "password") {
			add(from, to, kind)
		}
	}
}

// findPairs finds secrets in lists of pairs, as HAR files and Postman keep
// headers, cookies and fields: {"name": "Cookie", "value": "..."}.
func findPairs(text string, add func(from, to int, kind string)) {
	if !strings.Contains(text, "alue") {
		return
	}
	jar := -1 // where the list of cookies that is being read begins
	for at := 0; ; {
		i, end := quotedKey(text, at)
		if i < 0 {
			return
		}
		between := text[at:max(at, i)]
		if c := strings.LastIndex(between, "cookies"); c >= 0 {
			jar, between = at+c, between[c:]
		}
		if strings.Contains(between, "]") {
			jar = -1
		}
		at = end + 1
		a, b := jsonString(text, end+1)
		if b <= a || b-a > 80 {
			continue
		}
		at = b
		kind, ok := secretName(foldName(text[a:b]))
		if jar >= 0 {
			kind, ok = "cookie", true
		}
		if !ok {
			continue
		}
		j := strings.Index(text[b:min(len(text), b+200)], "alue")
		if j < 0 || strings.ContainsAny(text[b:b+j], "{}") {
			continue
		}
		q := b + j + 4
		for q < len(text) && (text[q] == '\\' || text[q] == '"') {
			q++
		}
		if x, y := jsonString(text, q); y > x && worthHiding(text[x:y], kind) {
			add(x, y, kind)
			at = y
		}
	}
}

// quotedKey finds the next member called name or key: where it begins, and the
// quote that ends it.
func quotedKey(text string, at int) (from, quote int) {
	for {
		i := strings.IndexByte(text[at:], '"')
		if i < 0 {
			return -1, -1
		}
		quote = at + i
		at = quote + 1
		end := quote
		for end > 0 && text[end-1] == '\\' {
			end--
		}
		switch {
		case strings.HasSuffix(text[:end], "name"):
			return end - 4, quote
		case strings.HasSuffix(text[:end], "key"):
			return end - 3, quote
		}
	}
}

// jsonString is the span inside the quotes of the next string, which a colon
// announces; the quotes may be escaped.
func jsonString(text string, at int) (from, to int) {
	seen := false
	for ; at < len(text); at++ {
		switch c := text[at]; {
		case c == ':' && !seen:
			seen = true
		case c == '"' && seen:
			from = at + 1
			for to = from; to < len(text); to++ {
				if text[to] == '"' {
					for to > from && text[to-1] == '\\' {
						to--
					}
					return from, to
				}
				if text[to] == '\\' && to+1 < len(text) && text[to+1] != '"' {
					to++
				} else if text[to] == '\\' && from > 1 && text[from-2] == '\\' {
					return from, to
				} else if text[to] == '\\' {
					to++
				}
			}
			return 0, 0
		case c == ' ', c == '\t', c == '\n', c == '\r', c == '\\':
		default:
			return 0, 0
		}
	}
	return 0, 0
}

package evidence

import (
	"slices"
	"strings"
)

// This file finds the secrets that no plain "name=value" announces: those known
// by their own shape, those behind a flag, in a pair of name and value, in an
// address. The reader's sealing and the sanitised copy share it.

// secretName tells whether a folded name announces a secret, and of which kind.
// A name may carry words before the one that tells: AzureAd__ClientSecret.
func secretName(folded string) (kind string, ok bool) {
	if kind, ok = secretNames[folded]; ok {
		return kind, true
	}
	if len(folded) < 7 || strings.IndexByte("adenty", folded[len(folded)-1]) < 0 {
		return "", false
	}
	for _, tail := range secretTails {
		if head, found := strings.CutSuffix(folded, tail.name); found && ownerWords(head) {
			return tail.kind, true
		}
	}
	return "", false
}

// secretTails are what the name of a secret ends in.
var secretTails = [...]struct{ name, kind string }{
	{"password", "password"}, {"passwd", "password"}, {"passphrase", "password"},
	{"clientsecret", "client_secret"}, {"appsecret", "client_secret"}, {"secretvalue", "client_secret"}, {"secretkey", "key"},
	{"accesskey", "key"}, {"accountkey", "key"}, {"apikey", "key"}, {"storagekey", "key"}, {"privatekey", "key"}, {"signingkey", "key"},
	{"primarykey", "key"}, {"secondarykey", "key"}, {"clientkeydata", "key"}, {"refreshtoken", "refresh_token"}, {"accesstoken", "token"},
	{"idtoken", "token"}, {"authtoken", "token"}, {"sessiontoken", "session"}, {"bottoken", "token"}, {"webhooksecret", "secret"},
}

// ownerWords: the head of a name says whose secret it is, not what befell it
// (InvalidPassword, ResetPassword are error codes and operations).
func ownerWords(head string) bool {
	if head == "" {
		return true
	}
	for _, w := range owners {
		if rest, ok := strings.CutPrefix(head, w); ok && ownerWords(rest) {
			return true
		}
	}
	return false
}

var owners = [...]string{"aad", "account", "ad", "admin", "ado", "app", "apps", "arm", "authentication", "aws", "azdo", "azure", "bot", "build", "cert", "certificate", "ci", "client", "connection", "cosmos", "current", "database", "db", "default", "deploy", "dev", "discord", "docker", "entra", "function", "github", "gitlab", "google", "graph", "host", "initial", "jwt", "keystore", "login", "mail", "master", "microsoft", "ms", "msal", "my", "new", "npm", "oauth", "old", "openai", "personal", "pfx", "principal", "private", "prod", "provider", "redis", "registry", "root", "secret", "sendgrid", "service", "shared", "slack", "smtp", "sp", "spring", "sql", "ssh", "ssl", "storage", "stripe", "sys", "system", "teams", "telegram", "temp", "temporary", "test", "tf", "the", "tls", "token", "truststore", "twilio", "user", "var", "web", "wifi", "x", "api"}

// A found is the span of a secret and what it is for.
type found struct {
	from, to int
	kind     string
}

// sealShapes takes out the secrets of this file.
func (v *vault) sealShapes(text string) string {
	var list []found
	add := func(from, to int, kind string) {
		if from >= 0 && to > from && to <= len(text) && !strings.ContainsRune(text[from:to], sealOpen) {
			list = append(list, found{from, to, kind})
		}
	}
	findUserinfo(text, add)
	findPrefixed(text, add)
	findEntraSecrets(text, add)
	findWebhooks(text, add)
	findFlags(text, add)
	findPairs(text, add)
	findDeviceCodes(text, add)
	if len(list) == 0 {
		return text
	}
	return v.sealFound(text, list)
}

// sealFound puts seals in place of the spans; of two that overlap the first
// found in the text stands.
func (v *vault) sealFound(text string, list []found) string {
	slices.SortStableFunc(list, func(a, b found) int { return a.from - b.from })
	var b strings.Builder
	last := 0
	for _, f := range list {
		if f.from < last {
			continue
		}
		b.WriteString(text[last:f.from])
		b.WriteString(v.secretSeal(f.kind, text[f.from:f.to]))
		last = f.to
	}
	b.WriteString(text[last:])
	return b.String()
}

// findUserinfo finds name and password before an address's host.
func findUserinfo(text string, add func(from, to int, kind string)) {
	for at := 0; ; {
		i := strings.Index(text[at:], "://")
		if i < 0 {
			return
		}
		from := at + i + 3
		at = from
		end := from + strings.IndexAny(text[from:min(len(text), from+300)]+" ", "/? \t\r\n\"'`<>\\,;")
		host := strings.LastIndexByte(text[from:min(end, len(text))], '@')
		if host < 0 {
			continue
		}
		user, pass, ok := strings.Cut(text[from:from+host], ":")
		if ok && len(pass) > 1 && !placeholder(pass) && !strings.ContainsAny(user, "{$(") {
			add(from, from+host, "userinfo")
		}
	}
}

// prefixes are what other vendors' tokens begin with, and how long they are at
// least, as their makers publish for secret scanners.
var prefixes = [...]struct {
	text string
	min  int
}{
	{"ghp_", 36}, {"gho_", 36}, {"ghu_", 36}, {"ghs_", 36}, {"ghr_", 36}, {"github_pat_", 40}, {"glpat-", 20}, {"npm_", 36}, {"pypi-", 40},
	{"xoxb-", 24}, {"xoxp-", 24}, {"xoxa-", 24}, {"xoxs-", 24}, {"xapp-", 24}, {"sk_live_", 20}, {"rk_live_", 20}, {"sk_test_", 20}, {"AKIA", 20}, {"ASIA", 20},
	{"AIza", 35}, {"ya29.", 30}, {"SG.", 40}, {"sk-", 36}, {"hf_", 30}, {"dop_v1_", 60}, {"dapi", 36}, {"glsa_", 30}, {"shpat_", 36}, {"hvs.", 24}, {"TlRMTVNTUA", 40},
}

func findPrefixed(text string, add func(from, to int, kind string)) {
	for _, p := range prefixes {
		for at := 0; ; {
			i := strings.Index(text[at:], p.text)
			if i < 0 {
				break
			}
			from := at + i
			n := keyLength(text, from)
			at = from + max(n, len(p.text))
			if n < p.min || from > 0 && (isNameByte(text[from-1]) || text[from-1] >= '0' && text[from-1] <= '9') && !escapeBefore(text, from) {
				continue
			}
			add(from, from+n, "key")
		}
	}
}

// keyLength is the length of a key at i, without the sentence's full stop.
func keyLength(text string, i int) int {
	n := 0
	for i+n < len(text) && (isNameByte(text[i+n]) || text[i+n] >= '0' && text[i+n] <= '9' || text[i+n] == '.') {
		n++
	}
	return len(strings.TrimRight(text[i:i+n], ".-"))
}

// findEntraSecrets finds client secrets by the mark that Entra gives them: three
// characters, a digit, "Q~", and 31 characters or more.
func findEntraSecrets(text string, add func(from, to int, kind string)) {
	for at := 0; ; {
		i := strings.Index(text[at:], "Q~")
		if i < 0 {
			return
		}
		mark := at + i
		at = mark + 2
		from := mark - 4
		if from < 0 || text[mark-1] < '0' || text[mark-1] > '9' {
			continue
		}
		to := mark + 2
		for to < len(text) && (isNameByte(text[to]) || text[to] >= '0' && text[to] <= '9' || text[to] == '.' || text[to] == '~') {
			to++
		}
		if to-mark >= 30 {
			add(from, to, "client_secret")
			at = to
		}
	}
}

// findWebhooks finds the part of a webhook's address that lets anyone post.
func findWebhooks(text string, add func(from, to int, kind string)) {
	for _, mark := range [...]string{"/IncomingWebhook/", "hooks.slack.com/services/", "/api/webhooks/"} {
		for at := 0; ; {
			i := strings.Index(text[at:], mark)
			if i < 0 {
				break
			}
			from := at + i + len(mark)
			at = from
			to := from + runLength(text, from)
			if to-from >= 16 {
				add(from, to, "key")
			}
		}
	}
}

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

// findDeviceCodes finds the code that a person types in at another device.
func findDeviceCodes(text string, add func(from, to int, kind string)) {
	for at := 0; ; {
		i := strings.Index(text[at:], "devicelogin")
		if i < 0 {
			if i = strings.Index(text[at:], "microsoft.com/link"); i < 0 {
				return
			}
		}
		at += i + 10
		end := min(len(text), at+160)
		for j := at; j < end; j++ {
			if j > 0 && isTokenByte(text[j-1]) {
				continue
			}
			n := 0
			for j+n < len(text) && (text[j+n] >= 'A' && text[j+n] <= 'Z' || text[j+n] >= '0' && text[j+n] <= '9') {
				n++
			}
			if (n == 8 || n == 9) && (j+n == len(text) || !isTokenByte(text[j+n]) || text[j+n] == '.') {
				add(j, j+n, "user_code")
				break
			}
			j += n
		}
	}
}

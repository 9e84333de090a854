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
	findSASL(text, add)
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

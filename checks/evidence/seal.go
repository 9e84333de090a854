package evidence

import (
	"strconv"
	"strings"
)

// This file stands at the door: before anything else looks at a text, tokens
// and secrets are taken out of it and seals put in their place. What is not
// there any more cannot leak.

// A vault keeps what was taken out of one input.
type vault struct {
	tokens  []*Token
	byText  map[string]int
	secrets []secret
	keep    bool     // the secrets' texts are needed once more, to make stand-ins of them
	texts   []string // of the secrets, where kept
}

// A secret is known by what it was for and by its shape only.
type secret struct {
	name  string
	shape string
}

func newVault() *vault { return &vault{byText: map[string]int{}} }

// seal takes tokens and secrets out of a text. Line breaks inside a token are
// kept as marks, so that later lines keep their numbers.
func (v *vault) seal(text string) string {
	text = dropSeals(text)
	text = v.sealTokens(text)
	return v.sealShapes(v.sealSecrets(text))
}

func dropSeals(text string) string {
	if !strings.Contains(text, "\xee\x80") { // what the three begin with
		return text
	}
	return strings.Map(func(r rune) rune {
		if r >= sealOpen && r <= lineMark {
			return -1
		}
		return r
	}, text)
}

// secretNames announce a secret value. Names are folded: letters only.
var secretNames = map[string]string{
	"clientsecret": "client_secret", "appsecret": "client_secret", "secret": "client_secret", "secrettoken": "secret",
	"secrettext": "client_secret", "armclientsecret": "client_secret", "azureclientsecret": "client_secret",
	"password": "password", "passwd": "password", "pwd": "password", "accountpassword": "password",
	"refreshtoken": "refresh_token", "assertion": "assertion", "clientassertion": "client_assertion",
	"samlresponse": "assertion", "devicecode": "device_code", "sig": "sas", "signature": "signature",
	"accountkey": "key", "sharedaccesskey": "key", "sharedaccesssignature": "sas", "apikey": "key", "xapikey": "key",
	"xfunctionskey": "key", "ocpapimsubscriptionkey": "key", "subscriptionkey": "key", "cookie": "cookie", "setcookie": "cookie",
	"code": "code", "authcode": "code", "idtoken": "token", "accesstoken": "token", "token": "token", "privatekey": "key",
	"codeverifier": "code_verifier", "sessiontoken": "session", "msalidtoken": "token", "clientsecretvalue": "client_secret",
	"bearer": "token", "basic": "basic", "xmsclientprincipal": "principal", "ctx": "ctx", "flowtoken": "session", "canary": "session",
	"negotiate": "basic", "usercode": "user_code", "clientstate": "secret", "validationtoken": "secret", "wresult": "assertion", "samlart": "assertion",
	"xmsrefreshtokencredential": "cookie", "prt": "refresh_token", "xcsrftoken": "session", "xrequestdigest": "session", "formdigest": "session", "aegsaskey": "key", "sastoken": "sas",
	"personalaccesstoken": "key", "pat": "key", "devicecodevalue": "device_code", "tfvarclientsecret": "client_secret", "dpop": "token", "secretstring": "secret", "hash": "session",
}

// sealSecrets takes out the values that stand behind a secret's name.
func (v *vault) sealSecrets(text string) string {
	text = v.sealKeys(text)
	var b strings.Builder
	last := 0
	for i := 0; i < len(text); i++ {
		if !isNameByte(text[i]) || i > 0 && isNameByte(text[i-1]) {
			continue
		}
		j := i
		for j < len(text) && isNameByte(text[j]) {
			j++
		}
		name, ok := secretName(foldName(text[i:j]))
		if !ok {
			i = j - 1
			continue
		}
		from, to := secretValue(text, j, name)
		if name == "cookie" { // between the tokens in it, which are sealed already
			if k := strings.IndexRune(text[from:max(from, to)], sealOpen); k > 2 {
				to = from + k
			}
		}
		if to <= from || !worthHiding(text[from:to], name) {
			i = j - 1
			continue
		}
		b.WriteString(text[last:from])
		b.WriteString(v.secretSeal(name, text[from:to]))
		last, i = to, to-1
	}
	if last == 0 {
		return text
	}
	b.WriteString(text[last:])
	return b.String()
}

// cutSeal stands for a token that its sender cut.
func (v *vault) cutSeal(raw string) string {
	if v.keep {
		return v.secretSeal("cut", raw)
	}
	return "***"
}

func (v *vault) secretSeal(name, value string) string {
	v.secrets = append(v.secrets, secret{name, shapeOf(value)})
	if v.keep {
		v.texts = append(v.texts, value)
	}
	return string(sealOpen) + "s" + strconv.Itoa(len(v.secrets)-1) + string(sealClose) +
		strings.Repeat(string(lineMark), strings.Count(value, "\n"))
}

// shapeOf is all that is kept of a secret.
func shapeOf(value string) string {
	switch {
	case isGUID(value):
		return "a GUID"
	case strings.ContainsAny(value, "%"):
		return "percent-encoded, " + count(len(value), "character")
	case strings.ContainsAny(value, "+ "):
		return "with a blank or plus, " + count(len(value), "character")
	}
	return count(len(value), "character")
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '-'
}

func foldName(s string) string {
	if len(s) > 40 {
		return ""
	}
	var b [40]byte
	n := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 'A' && c <= 'Z':
			b[n] = c + 'a' - 'A'
			n++
		case c >= 'a' && c <= 'z':
			b[n] = c
			n++
		}
	}
	return string(b[:n])
}

// secretValue returns the span of the value behind a name: quotes and
// escapes, "=" or ":" or "=>", quotes and escapes, value.
func secretValue(text string, at int, name string) (from, to int) {
	i := at
	sep := false
	quote := byte(0)
	for i < len(text) {
		c := text[i]
		if c == '=' || c == ':' || c == '>' && sep {
			sep = true
		} else if c == '"' || c == '\'' || c == '`' {
			quote = c
			if sep {
				i++
				break
			}
		} else if c != ' ' && c != '\\' && c != '@' && c != 'b' {
			break
		} else if c == ' ' && !sep && name != "token" && name != "basic" {
			// "password is wrong" is no assignment, "password = x" is
			if i+1 < len(text) && text[i+1] != '=' && text[i+1] != ':' && text[i+1] != ' ' {
				return 0, 0
			}
		} else if c == 'b' && !(i+1 < len(text) && (text[i+1] == '\'' || text[i+1] == '"')) {
			break
		}
		i++
	}
	scheme := name == "basic" || name == "token" && strings.EqualFold(text[max(0, at-6):at], "bearer")
	if !sep && !scheme {
		return 0, 0
	}
	if sep && quote == 0 {
		quote = 0
	}
	return i, valueEnd(text, i, quote, name)
}

func valueEnd(text string, i int, quote byte, name string) int {
	j := i
	for j < len(text) {
		c := text[j]
		switch {
		case c == '\n' || c == '\r' || c < ' ' && c != '\t':
			return j
		case name == "cookie" && quote == 0 && c == '"' && j > i && text[j-1] == '=':
			if n := strings.IndexAny(text[j+1:], "\"\n"); n > 0 && text[j+1+n] == '"' { // a quoted value
				j += 1 + n
			}
		case name == "cookie" && quote == 0 && c != '"' && !strings.HasPrefix(text[j:], `\"`):
			// the whole header line, or what a string holds of it
		case c == '"' || c == '\'' || c == '`' || c == '\\' && j+1 < len(text) && (strings.HasPrefix(text[j:], `\u0026`) || strings.HasPrefix(text[j:], `\u0022`) || text[j+1] == '"' || text[j+1] == '\'' || text[j+1] == '\\' || text[j+1] == 'n' || text[j+1] == 'r'):
			return j
		case quote == 0 && (c == ' ' || c == '&' || c == ',' || c == ';' || c == '<' || c == ')' || c == '}' || c == ']' || c == '\t'):
			return j
		}
		j++
	}
	return j
}

// worthHiding passes over placeholders, short codes and what is sealed already.
func worthHiding(value, name string) bool {
	switch {
	case strings.ContainsRune(value, sealOpen):
		return false
	case name == "cookie":
		return len(value) > 2
	case name == "code":
		return len(value) >= 20 && strings.ContainsAny(value, "0123456789") && !strings.Contains(value, " ") && !codeShaped(value)
	case name == "token", name == "basic", name == "ctx", name == "session", name == "principal", name == "signature":
		return len(value) >= 16 && !strings.Contains(value, " ") && !isGUID(value) && strings.ContainsAny(value, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") && !placeholder(value)
	case len(value) < 4, placeholder(value):
		return false
	}
	return true
}

// placeholder: what stands for a value without being one.
func placeholder(value string) bool {
	if strings.HasPrefix(value, "System.") || strings.HasPrefix(value, "Microsoft.") || strings.HasPrefix(value, "@{") {
		return true // the name of a type, or an object that was printed in its place
	}
	if strings.HasPrefix(value, "***") || strings.HasPrefix(value, "$") || strings.HasPrefix(value, "{{") || strings.HasPrefix(value, "<") || strings.HasPrefix(value, "[") || strings.HasPrefix(value, "%") && strings.HasSuffix(value, "%") || strings.HasPrefix(value, "process.env") || strings.HasPrefix(value, "os.") {
		return true
	}
	same := true
	for i := 1; i < len(value); i++ {
		if value[i] != value[0] {
			same = false
			break
		}
	}
	if same {
		return true
	}
	switch strings.ToLower(value) {
	case "null", "none", "undefined", "true", "false", "nil", "string", "redacted", "bearer", "secret", "invalid", "expired", "empty", "hidden", "removed", "your_client_secret", "client_secret", "[object object]":
		return true
	}
	return false
}

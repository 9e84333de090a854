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

// sealTokens finds JWTs and the opaque tickets of personal accounts anywhere.
// Other tokens are found by sealSecrets, where a name announces one.
func (v *vault) sealTokens(text string) string {
	var b strings.Builder
	last := 0
	f := tokenFinder{text: text}
	for at := 0; at < len(text); {
		i, opaque := f.next(at)
		if i < 0 {
			break
		}
		end := tokenEnd(text, i)
		raw := text[i:end]
		if !opaque && !worthSealing(raw) {
			at = max(end, i+3)
			continue
		}
		if shortened(text, end) && strings.Count(raw, ".") < 2 {
			// the sender cut it for posting: nothing can be said of it
			b.WriteString(text[last:i])
			b.WriteString(v.cutSeal(raw))
			last, at = end, max(end, i+3)
			continue
		}
		b.WriteString(text[last:i])
		b.WriteString(v.tokenSeal(raw))
		b.WriteString(strings.Repeat(string(lineMark), strings.Count(raw, "\n")))
		last, at = end, max(end, i+3)
	}
	if last == 0 {
		return text
	}
	b.WriteString(text[last:])
	return b.String()
}

func (v *vault) tokenSeal(raw string) string {
	n, ok := v.byText[raw]
	if !ok {
		n = len(v.tokens)
		v.byText[raw] = n
		if v.keep {
			v.tokens = append(v.tokens, &Token{raw: raw})
		} else {
			v.tokens = append(v.tokens, decodeToken(raw, Place{}))
		}
	}
	return string(sealOpen) + "t" + strconv.Itoa(n) + string(sealClose)
}

// tokenMarks are what tokens begin with: base64 of {", and the tickets of
// personal accounts.
var tokenMarks = [...]string{"eyJ", "EwA", "EwB", "EwC", "EwD"}

// A tokenFinder walks through a text; it remembers where each mark stands
// next, so that the text is searched once a mark.
type tokenFinder struct {
	text  string
	ahead [len(tokenMarks)]int // 0 not searched yet, -1 none left, else offset+1
}

// next finds where the next token begins at or behind an offset.
func (f *tokenFinder) next(from int) (at int, opaque bool) {
	at = -1
	for k := range tokenMarks {
		if f.ahead[k] == 0 || f.ahead[k] > 0 && f.ahead[k]-1 < from {
			f.ahead[k] = f.seek(k, from)
		}
		if f.ahead[k] > 0 && (at < 0 || f.ahead[k]-1 < at) {
			at, opaque = f.ahead[k]-1, k > 0
		}
	}
	return at, opaque
}

// seek finds the next place of a mark where a token can begin.
func (f *tokenFinder) seek(k, from int) int {
	for i := from; ; {
		j := strings.Index(f.text[i:], tokenMarks[k])
		if j < 0 {
			return -1
		}
		if f.begins(i+j, k > 0) {
			return i + j + 1
		}
		i += j + 1
	}
}

// begins: the mark is no part of a longer run, and a ticket is long.
func (f *tokenFinder) begins(j int, opaque bool) bool {
	if j > 0 && isRunByte(f.text[j-1]) && f.text[j-1] != '=' && !escapeBefore(f.text, j) {
		return false
	}
	return !opaque || runLength(f.text, j) >= 100
}

// escapeBefore: the letter before is the n of a `\n` or the last digit of a %3D.
func escapeBefore(text string, j int) bool {
	return j >= 2 && text[j-2] == '\\' || j >= 3 && text[j-3] == '%'
}

func runLength(text string, i int) int {
	n := 0
	for i+n < len(text) && isTokenByte(text[i+n]) {
		n++
	}
	return n
}

func isTokenByte(c byte) bool { return isRunByte(c) || c == '.' }

// tokenEnd returns where the token that begins at i ends. A token that the
// console wrapped goes on in the next line.
func tokenEnd(text string, i int) int {
	end := i + runLength(text, i)
	for end < len(text) && strings.HasPrefix(text[end:], "%2") { // %2E between parts
		if n := runLength(text, end+1); n > 2 && (text[end+2] == 'E' || text[end+2] == 'e') {
			end += 1 + n
			continue
		}
		break
	}
	for !complete(text[i:end]) {
		next := end
		for next < len(text) && (text[next] == '\r' || text[next] == '\n' || text[next] == ' ') {
			next++
		}
		if next == end || !strings.Contains(text[end:next], "\n") || end-strings.LastIndexByte(text[:end], '\n') < 40 {
			break
		}
		n := runLength(text, next)
		if n < 20 || !mixed(text[next:next+n]) || next+n < len(text) && !endsToken(text[next+n]) {
			break
		}
		end = next + n
	}
	return i + len(strings.TrimRight(text[i:end], ".-="))
}

func endsToken(c byte) bool { return strings.IndexByte("\r\n \"'\\`,;&<", c) >= 0 }

// mixed tells text with the letters and digits of base64 from a word.
func mixed(s string) bool {
	return strings.ContainsAny(s, "0123456789") && secretRun(strings.ReplaceAll(s, ".", "")) || len(s) > 60
}

// complete: three parts, the last of which is as long as a signature is.
func complete(raw string) bool {
	i := strings.IndexByte(raw, '.')
	if i < 0 {
		return false
	}
	j := strings.IndexByte(raw[i+1:], '.')
	if j < 0 {
		return false
	}
	switch sig := len(strings.TrimRight(raw[i+1+j+1:], "=")); sig {
	case 342, 683, 512, 86, 43, 0:
		return true
	}
	return false
}

// worthSealing tells a token from other base64 of JSON, such as the claims of
// a challenge, which are no secret and are needed.
func worthSealing(raw string) bool {
	if strings.Contains(raw, ".") && len(raw) > 20 {
		return true
	}
	if len(raw) < 16 {
		return false
	}
	if m, err := decodePart(raw); err == nil {
		return m["alg"] != nil || m["typ"] != nil
	}
	b, _ := decodeBase64(raw[:len(raw)/4*4])
	head := string(b)
	return strings.Contains(head, `"typ"`) || strings.Contains(head, `"alg"`) || strings.Contains(head, `"kid"`)
}

// shortened: an ellipsis follows, so the sender cut it.
func shortened(text string, end int) bool {
	rest := text[end:min(len(text), end+60)]
	for len(rest) > 0 && (rest[0] == '.' || rest[0] == ' ') && !strings.HasPrefix(rest, "..") {
		rest = rest[1:]
	}
	return strings.HasPrefix(rest, "..") || strings.HasPrefix(rest, "…") || strings.HasPrefix(rest, "***") ||
		strings.HasPrefix(rest, "[") || strings.HasPrefix(rest, "<") && !strings.HasPrefix(rest, "</") || strings.HasPrefix(strings.ToLower(rest), "(redacted") || strings.HasPrefix(rest, "xxx")
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

// maxKey bounds a private key in PEM: its text, and its lines.
const maxKey = 16 << 10

// sealKeys takes out private keys and certificates' keys in PEM. One whose end
// is missing ends where its lines do.
func (v *vault) sealKeys(text string) string {
	var b strings.Builder
	for {
		i := strings.Index(text, "-----BEGIN ")
		for i >= 0 && !strings.Contains(text[i:min(i+60, len(text))], "PRIVATE KEY") {
			next := strings.Index(text[i+1:], "-----BEGIN ")
			if next < 0 {
				i = -1
				break
			}
			i += 1 + next
		}
		if i < 0 {
			b.WriteString(text)
			return b.String()
		}
		end := keyEnd(text, i)
		b.WriteString(text[:i])
		b.WriteString(v.secretSeal("private_key", text[i:end]))
		text = text[end:]
	}
}

// keyEnd is where the key that begins at i ends.
func keyEnd(text string, i int) int {
	near := text[i:min(len(text), i+maxKey)]
	if j := strings.Index(near, "-----END "); j >= 0 {
		if k := strings.Index(near[j+9:], "-----"); k >= 0 && k < 60 {
			return i + j + 9 + k + 5
		}
		return i + j + len(firstLine(near[j:]))
	}
	end := i + len(firstLine(near))
	for end < i+len(near) { // lines of base64
		line := firstLine(text[end+1 : i+len(near)])
		if n := runLength(line, 0); n < 20 || n != len(strings.TrimRight(line, "\r ")) {
			break
		}
		end += 1 + len(line)
	}
	return end
}

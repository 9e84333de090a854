package evidence

import (
	"strings"
)

// This file replaces what stands under the name of a person's field: names,
// accounts, numbers; and names that were learnt that way wherever they recur.

type fieldKind uint8

const (
	nameField  fieldKind = 1 + iota
	maybeName            // of a person, a group, an app or a policy
	loginField           // an account without a domain
	phoneField
	plainField // an address, a number at the employer
	opaqueField
	typeField // of a claim in a list
)

// personField knows the names of fields, folded, under which exports, bodies and
// logs keep what tells a person.
func personField(name string) (fieldKind, bool) {
	switch name {
	case "userdisplayname", "givenname", "surname", "familyname", "firstname", "lastname", "fullname", "nickname", "middlename":
		return nameField, true
	case "displayname", "name":
		return maybeName, true
	case "username", "samaccountname", "onpremisessamaccountname", "mailnickname", "loginname", "accountname", "useralias":
		return loginField, true
	case "phonenumber", "mobilephone", "businessphones", "homephones", "telephonenumber", "mobile", "telephone", "phone", "faxnumber", "contactnumber":
		return phoneField, true
	case "streetaddress", "postalcode", "employeeid", "employeenumber", "birthday", "dateofbirth":
		return plainField, true
	case "typ", "type", "claimtype":
		return typeField, true
	case "onpremisesimmutableid", "immutableid", "sourceanchor":
		return opaqueField, true
	}
	return 0, false
}

// claimField knows the claims of a token that name a person, a session or a
// machine; the rest of the claims stays, but for the ids and addresses in it.
func claimField(name string) (fieldKind, bool) {
	switch name {
	case "name", "familyname", "givenname", "nickname", "middlename":
		return nameField, true
	case "uniquename", "upn", "preferredusername", "email", "onpremsamaccountname":
		return loginField, true
	case "aio", "rh", "uti", "sid", "nonce", "puid", "altsecid", "sub", "xmsftd", "athash", "chash", "shash", "jti", "loginhint", "onpremsid", "kid", "xt", "cid":
		return opaqueField, true
	case "phonenumber":
		return phoneField, true
	case "xmstcdt", "streetaddress", "postalcode", "birthdate":
		return plainField, true
	}
	return 0, false
}

// fields replaces the values of persons' fields.
func (j *job) fields() {
	t := j.text
	for i := 0; i < len(t); i++ {
		if !isNameByte(t[i]) || i > 0 && isNameByte(t[i-1]) {
			continue
		}
		end := i
		for end < len(t) && isNameByte(t[end]) {
			end++
		}
		name := foldName(t[i:end])
		kind, ok := fieldKind(0), false
		if j.claims {
			kind, ok = claimField(name)
		}
		if !ok {
			kind, ok = personField(name)
		}
		if ok {
			if from, to := fieldValue(t, end); to > from {
				j.field(kind, i, from, to)
			}
		}
		i = end - 1
	}
	j.columns()
	j.writers()
	j.sids()
}

// fieldValue is the span of the value behind a field's name: in quotes, or up
// to the end of the line or the pair.
func fieldValue(t string, at int) (from, to int) {
	i, sep := at, false
	if strings.HasPrefix(t[at:], " eq ") || strings.HasPrefix(t[at:], "+eq+") || strings.HasPrefix(t[at:], "%20eq%20") { // a filter
		i, sep = at+strings.IndexByte(t[at:], 'q')+1, true
		for i < len(t) && (t[i] == ' ' || t[i] == '+' || strings.HasPrefix(t[i:], "%20") || strings.HasPrefix(t[i:], "%27")) {
			i += max(1, escapeLength(t[:min(len(t), i+3)], i))
		}
	}
	for ; i < len(t) && i-at < 60; i++ {
		c := t[i]
		if c == ':' || c == '=' || c == '>' && sep {
			sep = true
			continue
		}
		if c == '[' && sep || c == '\n' && sep && strings.TrimLeft(t[at:i], "\"' ") == ":" {
			continue
		}
		if n := quoteLength(t, i); n > 0 {
			if sep {
				from = i + n
				return from, quotedEnd(t, from, t[i:i+n])
			}
			i += n - 1
			continue
		}
		if c != ' ' && c != '\t' {
			break
		}
	}
	if !sep || i >= len(t) || i == at {
		return 0, 0
	}
	to = i
	for to < len(t) && to-i < 120 && strings.IndexByte("\r\n,;&|{}[]<>\"\t", t[to]) < 0 && quoteLength(t, to) == 0 {
		to++
	}
	return i, i + len(strings.TrimRight(t[i:to], " "))
}

// quoteLength is the length of a quote at i, escaped or not.
func quoteLength(t string, i int) int {
	switch t[i] {
	case '"', '\'':
		return 1
	case '\\':
		n := 1
		for i+n < len(t) && t[i+n] == '\\' {
			n++
		}
		if i+n < len(t) && (t[i+n] == '"' || t[i+n] == '\'') {
			return n + 1
		}
		if strings.HasPrefix(t[i+n:], "u0022") {
			return n + 5
		}
	case '&':
		for _, q := range [...]string{"&quot;", "&#34;", "&#39;"} {
			if strings.HasPrefix(t[i:], q) {
				return len(q)
			}
		}
	case '%':
		if strings.HasPrefix(t[i:], "%22") {
			return 3
		}
	}
	return 0
}

func quotedEnd(t string, from int, quote string) int {
	near := t[from:min(len(t), from+400)]
	n := strings.Index(near, quote)
	for quote == `"` && n > 0 && near[n-1] == '\\' && n+1 < len(near) { // a quote inside the value
		more := strings.Index(near[n+1:], quote)
		if more < 0 {
			return len(near) + from
		}
		n += 1 + more
	}
	if n < 0 {
		if k := strings.IndexByte(near, '\n'); k >= 0 {
			return from + k
		}
		return from + cutRune(t[from:], len(near))
	}
	return from + n
}

func (j *job) field(kind fieldKind, key, from, to int) {
	value := j.text[from:to]
	if value == "" || len(value) > 300 || emptyWord(value) {
		return
	}
	switch kind {
	case typeField:
		j.typed(key, to, value)
	case maybeName:
		if !j.personKey(key, from, to) || !personLike(value) || j.z.m.known != nil && j.z.m.known(value) {
			return
		}
		j.name(from, to)
	case nameField:
		j.name(from, to)
	case loginField:
		if !strings.ContainsAny(value, " @") && len(value) <= 64 && !placeholder(value) && !strings.ContainsAny(value, "{}%<>()") && j.free(from, to) {
			made := j.z.m.words(value, true, commonAccount)
			j.z.m.kept("account", value, made)
			j.put(from, to, made)
		}
	case phoneField:
		j.digits(from, to)
	case plainField:
		if j.claims && isDigits(value) && len(value) == 10 { // the day a tenant was made
			j.put(from, to, "1500000000")
			return
		}
		j.pieces(from, to, func(a, b int) { j.put(a, b, j.z.opaque(j.text[a:b])) })
	case opaqueField:
		if isGUID(value) {
			j.put(from, to, j.z.m.guid(value))
			return
		}
		if len(value) < 200 && strings.ContainsAny(value, "{}") {
			return
		}
		j.pieces(from, to, func(a, b int) { j.put(a, b, j.z.opaque(j.text[a:b])) })
	}
}

// personKey: displayName may be anybody's; name is a person's only beside an
// address.
func (j *job) personKey(key, from, to int) bool {
	if !strings.EqualFold(j.text[key:min(key+4, len(j.text))], "name") {
		return true
	}
	around := j.text[to:min(len(j.text), to+400)]
	if i := strings.IndexAny(around, "{}"); i >= 0 {
		around = around[:i]
	}
	before := j.text[max(0, key-400):key]
	if i := strings.LastIndexAny(before, "{}"); i >= 0 {
		before = before[i:]
	}
	around, before = strings.ReplaceAll(around, `\`, ""), strings.ReplaceAll(before, `\`, "")
	for _, beside := range [...]string{`address"`, `oid"`, `upn"`, `preferred_username`, `unique_name`, `given_name`, `family_name`, `userPrincipalName`, `mail"`, `email"`} {
		if strings.Contains(around, beside) || strings.Contains(before, beside) {
			return true
		}
	}
	return false
}

// typed replaces the values of lists of claims: {"typ": "name", "val": "..."}.
func (j *job) typed(key, to int, value string) {
	if i := strings.LastIndexByte(value, '/'); i >= 0 {
		value = value[i+1:]
	}
	kind, ok := claimField(foldName(value))
	if !ok {
		return
	}
	near := j.text[to:min(len(j.text), to+60)]
	n := strings.Index(near, "val")
	if n < 0 {
		n = strings.Index(near, "Val")
	}
	if n < 0 || strings.ContainsAny(near[:n], "{}") {
		return
	}
	end := to + n
	for end < len(j.text) && isNameByte(j.text[end]) {
		end++
	}
	if a, b := fieldValue(j.text, end); b > a {
		j.field(kind, key, a, b)
	}
}

// digits replaces the numbers in a span.
func (j *job) digits(from, to int) {
	n := 0
	for i := from; i < to; i++ {
		if isDigit(j.text[i]) {
			n++
		}
	}
	if n >= 6 {
		j.put(from, to, j.z.number(j.text[from:to]))
	}
}

// name replaces a person's name and remembers it.
func (j *job) name(from, to int) {
	value := j.text[from:to]
	if strings.Contains(value, "@") || isGUID(value) || !j.free(from, to) {
		return // handled as what it is
	}
	made := j.z.m.words(value, true, nil)
	if j.put(from, to, made) && made != value {
		j.z.m.kept("name", value, made)
		j.z.learn(value)
	}
}

func emptyWord(v string) bool {
	switch strings.ToLower(v) {
	case "null", "none", "true", "false", "nil", "undefined", "-", "n/a", "string", "<user>", "<name>":
		return true
	}
	return strings.HasPrefix(v, "<") || strings.HasPrefix(v, "{") || strings.HasPrefix(v, "$")
}

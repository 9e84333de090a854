package evidence

import (
	"strings"
)

// This file reads named values: "Name: value" lines, form fields, parameters
// of the login endpoints, output of PowerShell's Format-List.

// keyValue reads a line "Name: value" or "Name = value" of an exception, a
// dump or a cmdlet's output.
func (s *scanner) keyValue(seg string, line int) bool {
	name, value, ok := cutField(seg)
	if !ok {
		return false
	}
	key := foldName(name)
	value = strings.Trim(strings.TrimSpace(value), "\"'")
	value = strings.TrimRight(value, ",")
	switch key {
	case "code", "errorcode", "graphcode", "errorcodes":
		return s.codeField(value, line)
	case "message", "errormessage", "errordescription", "msg", "reason", "failurereason", "detail", "details", "resultreason", "errormsg", "body", "responsebody", "content", "description":
		return s.messageField(key, value, line)
	case "status", "statuscode", "httpstatus", "httpstatuscode", "responsestatuscode", "responsecode", "httpstatusdescription":
		return s.statusField(value, line)
	case "requestid", "xmsrequestid":
		s.b.id("request_id", value, line)
		return true
	case "clientrequestid":
		s.b.id("client_request_id", value, line)
		return true
	case "correlationid":
		s.b.id("correlation_id", value, line)
		return true
	case "traceid":
		s.b.id("trace_id", value, line)
		return true
	case "timestamp", "date", "datetime", "time", "dateutc", "activitydatetime", "createddatetime":
		if t, ok := parseTime(value); ok {
			s.b.moment(t, rankAnswer, line, key)
			return true
		}
		return false
	case "fullyqualifiederrorid":
		return s.errorID(value, line)
	case "claims":
		if c := decodeClaims(value); c != "" {
			st := s.say("claims", "", InException, 1, line)
			st.Claims = c
			return true
		}
		return false
	case "httpmethod", "requestmethod":
		return s.methodField(value, line)
	case "absoluteuri", "requesturi", "requesturl", "uri", "url", "request":
		if a, e, ok := findURL(value, 0); ok && a == 0 && e > len(value)-2 && (s.method != "" || key != "uri" && key != "url" && key != "request") && !splitURL(value).doc() {
			s.b.request(s.method, value, line, false)
			s.method = ""
			return true
		}
		if strings.Contains(value, "://") {
			s.links(value, line)
			return true
		}
		return false
	}
	if names, ok := plainFields[key]; ok {
		s.b.fact(names, value, line, FromRequest)
		if s.kv != nil {
			s.kv.fields = append(s.kv.fields, param{name, value})
		}
		if names == "grant_type" {
			s.grant(value)
		}
		return true
	}
	return s.listed(name, key, value, line)
}

// plainFields are noted as facts by these names.
var plainFields = map[string]string{"clientid": "client_id", "appid": "client_id", "applicationid": "client_id", "clientappid": "client_id", "tenantid": "tenant", "tenant": "tenant", "directoryid": "tenant",
	"scope": "scope", "scopes": "scope", "resource": "resource", "redirecturi": "redirect_uri", "replyurl": "redirect_uri", "granttype": "grant_type", "responsetype": "response_type",
	"authority": "authority", "requestedtokenuse": "requested_token_use", "suberror": "suberror", "clientsecret": "client_secret", "audience": "audience", "identifieruri": "audience", "responsemode": "response_mode", "authtype": "auth_type",
	"subjectclaim": "subject", "environment": "environment", "credentialtype": "credential_type", "clientassertiontype": "client_assertion_type"}

// cutField splits "Name: value", "Name = value" and "Name : value"; the name
// is at most four words.
func cutField(seg string) (name, value string, ok bool) {
	seg = strings.TrimLeft(seg, "-*•# ")
	for i := 0; i < len(seg) && i < 48; i++ {
		switch c := seg[i]; {
		case c == ':' && i > 1 && !strings.HasPrefix(seg[i:], "://") && !strings.HasPrefix(seg[i:], "::"), c == '=' && i > 1 && !strings.HasPrefix(seg[i:], "=="):
			name, value = strings.Trim(seg[:i], " \t\"'"), strings.TrimPrefix(seg[i+1:], ">")
			return name, value, len(strings.Fields(name)) <= 3 && name != ""
		case c >= 0x80, c == '(' || c == '{' || c == '[' || c == '<' || c == ',' || c == '.' && i > 0 && i+1 < len(seg) && seg[i+1] == ' ':
			return "", "", false
		}
	}
	return "", "", false
}

// codeField keeps a code until its message comes in one of the next lines.
func (s *scanner) codeField(value string, line int) bool {
	value = strings.Trim(value, " '\"`,")
	word := value
	if i := strings.IndexAny(word, " ,;("); i > 0 {
		word = word[:i]
	}
	if n := statusNumber(word); n >= 400 && len(value) <= 4 {
		s.flush()
		s.b.status(n, line)
		return true
	}
	if strings.HasPrefix(word, "AADSTS") {
		return false
	}
	if word == "" || len(word) > 80 || !wordLike(word) {
		return false
	}
	s.flush()
	// "Code: X Message: Y" in one line
	if i := strings.Index(value, "essage:"); i > 0 {
		s.say(word, strings.TrimSpace(value[i+7:]), carrierOf(word), 0, line)
		return true
	}
	if isDigits(word) && len(word) >= 5 && len(word) <= 7 {
		word = "AADSTS" + word
	} else if isDigits(word) {
		return false
	}
	if i := strings.Index(value, " "); i > 0 && len(value) > i+12 {
		s.say(word, strings.TrimLeft(value[i:], " :-"), carrierOf(word), 0, line)
		return true
	}
	s.code, s.codeLine = word, line
	return true
}

func wordLike(w string) bool {
	for i := 0; i < len(w); i++ {
		if !wordByte(w[i]) && w[i] != '-' && w[i] != '.' {
			return false
		}
	}
	return true
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// messageField joins a message to the code before it.
func (s *scanner) messageField(key, value string, line int) bool {
	code := s.code
	if code == "" && key != "message" && key != "errormessage" && key != "errordescription" && key != "errormsg" && key != "reason" && key != "failurereason" {
		return false
	}
	if value == "" || value == "null" || value == "None" {
		return code != ""
	}
	if n := findCodes(value); code == "" && len(n) > 0 && n[0][0] < 3 {
		return false // "Message: Code: x": read as a coded line
	}
	s.code = ""
	carrier := InException
	if code != "" {
		carrier = carrierOf(code)
	}
	s.say(code, value, carrier, 0, line)
	s.b.stamp(s.b.cur)
	if strings.Contains(value, "://") {
		s.links(value, line)
	}
	return true
}

func (s *scanner) statusField(value string, line int) bool {
	word := strings.Trim(value, " '\"")
	if i := strings.IndexAny(word, " ,;(-"); i > 0 {
		word = word[:i]
	}
	code := statusNumber(word)
	if code == 0 {
		code = reasonCode(word)
	}
	if code == 0 {
		return false
	}
	s.flushKeep()
	s.b.status(code, line)
	return true
}

// methodField reads a method that stands by itself: it is of the request just
// read, or of the one that comes.
func (s *scanner) methodField(value string, line int) bool {
	m := isMethod(value)
	if m == "" {
		return false
	}
	if f := s.b.cur; f != nil && f.hasReq && f.call.Method == "" && f.call.Status == 0 && len(f.said) == 0 {
		f.call.Method = m
		return true
	}
	s.method = m
	return true
}

// flushKeep flushes the paragraph but leaves a waiting code.
func (s *scanner) flushKeep() {
	code := s.code
	s.code = ""
	s.flush()
	s.code = code
}

// errorID reads FullyQualifiedErrorId : Code,Cmdlet.
func (s *scanner) errorID(value string, line int) bool {
	code, cmdlet, _ := strings.Cut(value, ",")
	code = strings.TrimSpace(code)
	if i := strings.IndexByte(code, ' '); i > 0 {
		code = code[:i]
	}
	if i := strings.LastIndexByte(cmdlet, '.'); i >= 0 {
		cmdlet = cmdlet[i+1:]
	}
	if isCode(code) || serviceCode(code) {
		s.flush()
		if !s.b.adopt(code, line) {
			s.say(code, "", InException, 0, line)
		}
	}
	if c := strings.TrimSpace(cmdlet); strings.Contains(c, "_") {
		s.b.fact("cmdlet", safe(c), line, FromRequest)
	}
	return true
}

// serviceCode tells a service's code from the name of a .NET exception or of
// one of PowerShell's own errors.
func serviceCode(w string) bool {
	return camel2(w) && !strings.HasPrefix(w, "NativeCommand") && !strings.Contains(w, "Parameter") && !strings.Contains(w, "Argument")
}

// loginParams notes what a request to a token or authorize endpoint asks for.
func (s *scanner) loginParams(u parsedURL, line int) {
	if low := asciiLower(u.path); !u.login() && !strings.Contains(u.path, "/oauth2/") && !strings.Contains(low, "/msi/token") {
		return
	} else if strings.Contains(low, "/msi/token") {
		s.b.flow(FlowManagedIdentity)
	}
	if u.host != "" {
		s.b.fact("authority_host", u.host, line, FromRequest)
	}
	if seg, _, _ := strings.Cut(strings.TrimPrefix(u.path, "/"), "/"); seg != "" && seg != "error" && !strings.HasPrefix(seg, "oauth2") && !strings.HasPrefix(seg, "metadata") && !strings.HasPrefix(seg, "msi") {
		s.b.fact("tenant", seg, line, FromRequest)
	}
	if strings.Contains(u.path, "/metadata/identity") {
		s.b.flow(FlowManagedIdentity)
	}
	version := "v1"
	if strings.Contains(u.path, "/v2.0/") {
		version = "v2"
	}
	if strings.Contains(u.path, "/oauth2") {
		s.b.fact("endpoint_version", version, line, FromRequest)
	}
	for _, p := range u.params() {
		s.loginField(p.name, p.value, line)
	}
}

// loginField notes one parameter of a token or authorize request.
func (s *scanner) loginField(name, value string, line int) bool {
	name = strings.ToLower(name)
	switch name {
	case "client_id", "scope", "resource", "redirect_uri", "response_type", "response_mode", "requested_token_use", "prompt", "domain_hint", "client_assertion_type", "audience", "code_challenge_method", "username":
		if name == "username" {
			value = "<user>"
		}
		s.b.fact(name, value, line, FromRequest)
	case "grant_type":
		s.b.fact(name, value, line, FromRequest)
		s.grant(value)
	case "client_secret", "client_assertion":
		s.secretFact(name, value, line)
	case "assertion":
		s.b.fact("assertion", "present", line, FromRequest)
	default:
		return false
	}
	if name == "requested_token_use" && value == "on_behalf_of" {
		s.b.flow(FlowOnBehalfOf)
	}
	return true
}

// secretFact notes that a secret was sent, and its shape.
func (s *scanner) secretFact(name, value string, line int) {
	shape := "present"
	if n, ok := secretSealAt(value); ok && n < len(s.b.vault.secrets) {
		shape = s.b.vault.secrets[n].shape
	} else if placeholder(value) {
		shape = "removed by the sender"
	}
	s.b.fact(name, shape, line, FromRequest)
}

func secretSealAt(value string) (int, bool) {
	mark := string(sealOpen) + "s"
	i := strings.Index(value, mark)
	if i < 0 {
		return 0, false
	}
	n := 0
	for j := i + len(mark); j < len(value) && value[j] >= '0' && value[j] <= '9'; j++ {
		n = n*10 + int(value[j]-'0')
	}
	return n, true
}

// grant derives the flow from grant_type.
func (s *scanner) grant(value string) {
	switch v := strings.ToLower(strings.Trim(value, " '\"")); {
	case v == "client_credentials":
		s.b.flow(FlowClientCredentials)
	case strings.Contains(v, "jwt-bearer"):
		s.b.flow(FlowOnBehalfOf)
	case strings.Contains(v, "device_code"):
		s.b.flow(FlowDeviceCode)
	case v == "password":
		s.b.flow(FlowPassword)
	case v == "authorization_code":
		s.b.flow(FlowCode)
	case v == "refresh_token":
		s.b.flow(FlowRefresh)
	}
}

// formField notes a field of a form that was sent.
func (s *scanner) formField(f *frame, name, value string, line int) {
	if !s.loginField(name, value, line) && len(f.call.Body) < 100 {
		f.call.Body = append(f.call.Body, safe(name))
	}
}

// bodyFields notes the names of a JSON body's fields, and short plain values.
func (s *scanner) bodyFields(f *frame, n *node, prefix string, depth int) {
	if depth > 4 {
		return
	}
	for _, m := range n.members {
		name := prefix + safe(m.key)
		if len(f.call.Body) < 200 {
			f.call.Body = append(f.call.Body, name)
		}
		switch m.val.kind {
		case nodeObject:
			s.bodyFields(f, m.val, name+".", depth+1)
		case nodeArray:
			for _, it := range m.val.items {
				if it.isObject() {
					s.bodyFields(f, it, name+".", depth+1)
				}
			}
		default:
			s.tokens(m.key+": "+m.val.text, f.last)
			if len(m.val.text) <= 120 {
				if f.call.Fields == nil {
					f.call.Fields = map[string]string{}
				}
				f.call.Fields[name] = safe(m.val.text)
			}
		}
	}
}

// A record is one object of a Format-List output: "Name   : value" lines.
type record struct {
	line   int
	fields []param
}

// listed reads a line of Format-List output, or of any aligned "name : value"
// listing. Values go on in indented lines.
func (s *scanner) listed(name, key, value string, line int) bool {
	if len(strings.Fields(name)) != 1 || !wordLike(name) || name[0] < 'A' && name[0] != '_' || value == "" {
		return false
	}
	if _, ok := listedFields[key]; !ok {
		return false
	}
	if s.kv == nil {
		s.flushPara()
		s.kv = &record{line: line}
	}
	s.kv.fields = append(s.kv.fields, param{name, value})
	if key != "accessright" {
		s.b.fact(key, value, line, FromService)
	}
	return true
}

// listedFields are outputs of inspection cmdlets that decide between causes.
var listedFields = map[string]bool{"ewsapplicationaccesspolicy": true, "ewsallowlist": true, "ewsblocklist": true, "ewsenabled": true, "ewsallowedappids": true, "accesscheckresult": true, "accessright": true,
	"scopename": true, "inscope": true, "rolename": true, "isvalid": true, "recipienttypedetails": true, "visibility": true, "activitydisplayname": true, "result": true, "resultreason": true, "category": true, "loggedbyservice": true,
	"account": true, "islicensed": true, "accountenabled": true, "appids": true, "grantedpermissions": true, "jobstatus": true, "skureason": true, "targetdisplayname": true, "contextscope": true, "oauthclientprofileenabled": true, "mailboxregion": true, "provisioningaction": true, "provisioningstatusinfo": true, "exchangeguid": true, "issoftdeletedbyremove": true, "isinactivemailbox": true, "ewsallowoutlook": true}

func (s *scanner) flushPara() {
	kv := s.kv
	s.kv = nil
	s.flush()
	s.kv = kv
}

// endRecord turns a finished record into what it says: an audit record's
// failure is a statement.
func (s *scanner) endRecord() {
	kv := s.kv
	s.kv = nil
	get := func(name string) string {
		for _, p := range kv.fields {
			if strings.EqualFold(p.name, name) {
				return p.value
			}
		}
		return ""
	}
	if get("AccessRight") != "" {
		s.recorded(kv)
	}
	if reason := get("resultReason"); reason != "" && !strings.EqualFold(get("result"), "success") {
		st := s.say(get("activityDisplayName"), reason, InLog, 0, kv.line)
		st.Decisive = true
	}
}

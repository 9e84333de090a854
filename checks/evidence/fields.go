package evidence

import (
	"strings"
)

// This file reads named values: "Name: value" lines, form fields, parameters
// of the login endpoints, output of PowerShell's Format-List.

// keyValue reads a line "Name: value" or "Name = value" of an exception, a
// dump or a cmdlet's output.
func (s *scanner) keyValue(seg string, line int) bool {
	own := behindClass(seg)
	name, value, ok := cutField(own)
	if !ok {
		return false
	}
	if s.formLine(seg, line) {
		return true
	}
	key := foldName(name)
	value = strings.Trim(strings.TrimRight(strings.TrimSpace(value), ","), "\"'")
	value = strings.TrimRight(value, ",")
	if s.accounts(key, value, line) {
		return true
	}
	switch key {
	case "code", "errorcode", "graphcode", "errorcodes":
		return s.codeField(value, line, len(own) < len(seg))
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
	"subjectclaim": "subject", "environment": "environment", "environmentname": "environment", "cloudenvironment": "environment", "azureenvironment": "environment", "credentialtype": "credential_type", "clientassertiontype": "client_assertion_type"}

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

// behindClass drops the exception's class before a labelled code or state:
// "x.y.GraphServiceException: Error code: notAllowed".
func behindClass(seg string) string {
	class, rest, ok := strings.Cut(seg, ": ")
	if dotted, after, cut := strings.Cut(seg, "xception. "); cut && len(dotted) < 20 {
		class, rest, ok = "Exception", after, true
	}
	if !ok || strings.Contains(class, " ") || !strings.HasSuffix(class, "Exception") && !strings.HasSuffix(class, "Error") {
		return seg
	}
	if label, _, ok := strings.Cut(rest, ":"); ok {
		switch foldName(label) {
		case "errorcode", "code", "status", "statuscode":
			return rest
		}
	}
	return seg
}

// flushKeep flushes the paragraph but leaves a waiting code.
func (s *scanner) flushKeep() {
	code := s.code
	s.code = ""
	s.flush()
	s.code = code
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

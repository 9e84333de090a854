package evidence

import (
	"strings"
	"time"
)

// This file reads the values that stand inside a message: ids, names, urls,
// times. A message in another language quotes the same values; so they are
// found by quotes, by shape and by the words that Entra itself never translates.

// A marker announces a value. A closed marker's value stands in quotes or
// brackets directly behind it.
type marker struct {
	field string
	after []string
}

var markers = []marker{
	{"app", []string{"application with id '", "application with identifier '", "application '", "app '", "client application '", "client app id: ", "application id: ", "appid: ", "client application with id '", "application with app id '", "client id '", "application with identifier ", "application id ", "the app ", "for this app ", "app id: ", "secret added to app '", "configured keys for app id '"}},
	{"app_name", []string{"' named '", "app named '", "application named '", "'("}},
	{"resource", []string{"resource principal named ", "resource value from request: ", "the resource '", "for resource '", "resource application '", "service principal for resource '", "resource principal named '", "for the application '", "access to a service (\"", "access to '", "to access '", "for the resource '", "the application named ", "access to a service '", "access a service '", "first party resource '"}},
	{"resource_app", []string{"resource app id: "}},
	{"directory", []string{"in the directory '", "in directory '", "not found in the tenant '", "in the tenant named ", "in tenant '", "tenant '", "for tenant '", "directory '", "tenant identifier '", "your organization '"}},
	{"redirect_uri", []string{"redirect uri '", "reply url '", "the redirect uri ", "reply address '", "reply url specified in the request: '", "redirect_uri '"}},
	{"scope", []string{"the scope '", "scope '", "the scope ", "scopes '"}},
	{"user", []string{"user account '", "the user '", "signed in user '", "the signed in user '", "user '"}},
	{"idp", []string{"identity provider '"}},
	{"subject", []string{"assertion subject '", "subject '", "assertion subject: "}},
	{"issuer", []string{"assertion issuer '", "wrong issuer '", "issuer: '", "issuer '", "presented assertion issuer '"}},
	{"audience", []string{"assertion audience '", "audience '", "audiences: '", "found: ", "wrong audience or resource '"}},
	{"expected_audience", []string{"valid audience: '", "validaudience: '", "expected ", "allowed audience '", "allowed audiences '", "one of the allowed audiences '", "should exactly match (including forward slash) with one of the allowed audiences '"}},
	{"expected_tenant", []string{"it must match the tenant '", "must match the tenant '", "must match one of the tenants '"}},
	{"authority", []string{"please use the authority (url) '", "authority: '"}},
	{"response_type", []string{"response_type '", "response type '"}},
	{"thumbprint", []string{"thumbprint of key used by client: '", "thumbprint: '", "key thumbprint '"}},
	{"parameter", []string{"the following parameter: '", "parameter: '", "parameter '", "input parameter '"}},
	{"policy", []string{"policyid: ", "capolids"}},
	{"valid_to", []string{"validto: '", "expiry time of assertion ", "expired on ", "expires: ", "end date ", "was issued on "}},
	{"current_time", []string{"current time: '", "current time: "}},
	{"trace_id", []string{"trace id: ", "trace-id: ", "trace_id\":\"", "id de seguimiento: ", "ablaufverfolgungs-id: ", "id de suivi : "}},
	{"correlation_id", []string{"correlation id: ", "correlation-id: ", "korrelations-id: ", "id de corrélation : ", "id de correlación: "}},
	{"timestamp", []string{"timestamp: ", "zeitstempel: ", "horodatage : "}},
	{"url", []string{"- url: ", "url: "}},
	{"activity_id", []string{"activity id: "}},
	{"operation_id", []string{"operation id (for customer support): "}},
	{"device_state", []string{"required device state: "}},
	{"endpoint", []string{"expected value : ", "expected value: "}},
	{"issued_for", []string{"actual value : ", "actual value: "}},
	{"role", []string{"following roles is required: "}},
}

// between is the one word between two pieces of a sentence, "" if there is none.
func between(s, before, after string) string {
	i := strings.Index(s, before)
	if i < 0 {
		return ""
	}
	rest := s[i+len(before):]
	j := strings.Index(rest, after)
	if j <= 0 || strings.ContainsAny(rest[:j], " ,;") {
		return ""
	}
	return rest[:j]
}

// readValues fills a statement's quoted values.
func (s *Statement) readValues() {
	msg := s.Message
	if !plainText(msg) {
		msg = strings.NewReplacer("\u2018", "'", "\u2019", "'", "\u201c", "'", "\u201d", "'", "\u300c", "'", "\u300d", "'", "\u300e", "'", "\u300f", "'", "\uff1a", ": ", "\n", " ", "\r", "").Replace(msg)
	}
	low := asciiLower(msg)
	for _, m := range markers {
		for _, after := range m.after {
			i := strings.Index(low, after)
			if i < 0 {
				continue
			}
			if v := valueAt(msg[i+len(after):], after); v != "" {
				s.Values = append(s.Values, Ref{s.Ref.Place, s.Ref.Origin, m.field, safe(v)})
				break
			}
		}
	}
	if m := between(msg, "Tenant ", " not found"); m != "" && s.Quoted("directory") == "" {
		s.Values = append(s.Values, Ref{s.Ref.Place, s.Ref.Origin, "directory", safe(strings.Trim(m, "'\""))})
	}
	if app := between(msg, "client application ", " is missing service principal"); isGUID(app) {
		s.Values = append(s.Values, Ref{s.Ref.Place, s.Ref.Origin, "app", app})
		if tenant := guidIn(msg[strings.Index(msg, "service principal in the tenant")+1:]); tenant != "" {
			s.Values = append(s.Values, Ref{s.Ref.Place, s.Ref.Origin, "directory", tenant})
		}
	}
	s.readNamed(msg)
	s.readShapes(msg)
	if s.When.IsZero() {
		if t, ok := parseTime(s.Quoted("timestamp")); ok {
			s.When = t
		}
	}
}

// cutOff: a client left out the rest of an answer in the middle of a value.
func cutOff(rest string) bool {
	return strings.TrimSpace(rest) == "" || strings.HasPrefix(rest, " (truncated") || strings.HasPrefix(rest, " [truncated") || strings.HasPrefix(rest, " ...")
}

// valueAt reads the value behind a marker.
func valueAt(s, after string) string {
	switch after[len(after)-1] {
	case '\'', '"', '(':
		closer := after[len(after)-1]
		if closer == '(' {
			closer = ')'
		}
		j := strings.IndexByte(s, closer)
		if j < 0 || j > 400 {
			if j = strings.IndexAny(s, " ,;"); j > 0 && cutOff(s[j:]) {
				return ""
			}
		}
		if j > 0 {
			return s[:j]
		}
		return ""
	}
	if strings.HasPrefix(after, "timestamp") || strings.HasPrefix(after, "zeit") || strings.HasPrefix(after, "horo") || strings.HasPrefix(after, "was issued") || strings.HasPrefix(after, "expir") || strings.HasPrefix(after, "current") {
		if t := leadingTime(s); t != "" {
			return t
		}
	}
	s = strings.TrimLeft(s, " '\"")
	j := strings.IndexAny(s, " ,;'\"()")
	if j < 0 {
		j = len(s)
	}
	v := strings.TrimRight(s[:j], ".")
	if strings.HasSuffix(after, "named ") || after == "application id " || after == "the app " || after == "expected " || after == "application with identifier " || after == "the scope " || after == "the redirect uri " {
		if !strings.ContainsAny(v, "-:/.") {
			return ""
		}
	}
	return v
}

// readNamed reads an application that is named before its id, in brackets:
// "the application Contoso Lab ('24aa3bbf-...')".
func (s *Statement) readNamed(msg string) {
	const mark = "application "
	i := strings.Index(msg, "('")
	if i < 0 || i+40 > len(msg) || !isGUID(msg[i+2:i+38]) || s.Quoted("app") != "" {
		return
	}
	j := strings.LastIndex(msg[:i], mark)
	name := ""
	if j >= 0 {
		name = strings.TrimSpace(msg[j+len(mark) : i])
	}
	if name == "" || len(name) > 80 || strings.ContainsAny(name, "'.,") {
		return
	}
	s.Values = append(s.Values, Ref{s.Ref.Place, s.Ref.Origin, "app", msg[i+2 : i+38]}, Ref{s.Ref.Place, s.Ref.Origin, "app_name", safe(name)})
}

// readShapes finds what needs no announcing words: GUIDs in order, URLs in
// quotes, for messages in any language.
func (s *Statement) readShapes(msg string) {
	if s.Quoted("app") != "" || !strings.HasPrefix(s.Code, "AADSTS") {
		return
	}
	n := 0
	for i := 0; i+36 <= len(msg) && n < 4; i++ {
		if isGUID(msg[i:i+36]) && (i == 0 || !isRunByte(msg[i-1])) {
			n++
			g := msg[i : i+36]
			known := false
			for _, v := range s.Values {
				known = known || v.Value == g
			}
			if !known {
				s.Values = append(s.Values, Ref{s.Ref.Place, s.Ref.Origin, "guid", g})
			}
			i += 35
		}
	}
	for i := 0; ; {
		a, e, ok := findURL(msg, i)
		if !ok {
			break
		}
		u := msg[a:e]
		if a > 0 && (msg[a-1] == '\'' || msg[a-1] == '"') && s.Quoted("redirect_uri") == "" && !splitURL(u).doc() {
			s.Values = append(s.Values, Ref{s.Ref.Place, s.Ref.Origin, "quoted_url", safe(u)})
		}
		i = e
	}
}

var timeLayouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05Z", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999-0700",
	time.RFC1123, time.RFC1123Z, "Mon, 2 Jan 2006 15:04:05 MST", "Mon Jan 2 15:04:05 2006", "02/Jan/2006:15:04:05 -0700", "1/2/2006 3:04:05 PM", "1/2/2006 3:04:05.999 PM", "1/2/2006, 3:04:05.999 PM", "1/2/2006, 3:04:05 PM",
	"01/02/2006 15:04:05", "2006/01/02 15:04:05", "2006/01/02 - 15:04:05", "02-Jan-2006 15:04:05.999", "02-Jan-2006 15:04:05 MST", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05,999", "Jan 2, 2006 15:04:05", "02.01.2006 15:04:05", "02/01/2006, 15:04:05",
}

// parseTime reads a time in one of the forms that services and loggers print.
// What has no zone is taken for UTC, as Microsoft's services mean it.
func parseTime(s string) (time.Time, bool) {
	s = strings.Trim(strings.TrimSpace(s), "'\"[](),")
	if len(s) < 8 || len(s) > 60 {
		return time.Time{}, false
	}
	if len(s) >= 19 && s[4] == '-' {
		if t, end := isoTime([]byte(s), 0); end == len(s) {
			return t, true
		}
	}
	for _, l := range timeLayouts {
		if t, err := time.Parse(l, s); err == nil && t.Year() > 2005 {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// leadingTime returns the longest beginning of s that is a time.
func leadingTime(s string) string {
	s = strings.TrimLeft(s, " '\"[(")
	if len(s) >= 19 && s[4] == '-' {
		if _, end := isoTime([]byte(s), 0); end > 0 && (end == len(s) || !isAlnum(s[end])) {
			return s[:end]
		}
	}
	for n := min(len(s), 40); n >= 16; n-- {
		if n < len(s) && (s[n] >= '0' && s[n] <= '9' || s[n] >= 'A' && s[n] <= 'Z') {
			continue
		}
		if _, ok := parseTime(s[:n]); ok {
			return strings.TrimRight(s[:n], " ',\"])")
		}
	}
	return ""
}

// lineTime reads the stamp that a log line begins with.
func lineTime(line string) (time.Time, bool) {
	s := strings.TrimLeft(line, " [(\"'")
	if len(s) < 10 {
		return time.Time{}, false
	}
	if c := s[0]; c < '0' || c > '9' {
		// levels and names before the stamp; "Timestamp: ..." is a field
		if i := strings.IndexAny(s, "0123456789"); i > 0 && i < 24 && i+19 <= len(s) && !strings.Contains(s[:i], ": ") && !strings.Contains(s[:i], "=") {
			s = s[i:]
		} else {
			return time.Time{}, false
		}
	}
	if len(s) > 11 && s[4] == '-' && s[7] == '-' || len(s) > 11 && (s[4] == '/' || s[2] == '/' || s[1] == '/' || s[2] == '-' || s[2] == '.') {
		if t := leadingTime(s[:min(len(s), 44)]); t != "" {
			return parseTime(t)
		}
	}
	return time.Time{}, false
}

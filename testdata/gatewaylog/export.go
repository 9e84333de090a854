package gatewaylog

import (
	"fmt"
	"strconv"
	"strings"
)

// This file writes the same requests as other programs export them.

// Forms that are one text from the first byte to the last.
const (
	HAR     Form = "har"     // a browser's or proxy's archive, pretty-printed, with bodies
	SignIns Form = "signins" // {"value": [...]} of the sign-in log
	CSV     Form = "csv"     // the sign-in log's export in columns
	Objects Form = "objects" // the gateway's objects, pretty-printed one after the other
)

// frame is what stands before, between and behind the records of a form.
func (f Form) frame() (before, between, after string) {
	switch f {
	case HAR:
		return "{\n  \"log\": {\n    \"version\": \"1.2\",\n    \"creator\": {\"name\": \"gatewaylog\", \"version\": \"1\"},\n    \"pages\": [],\n    \"entries\": [\n", ",\n", "\n    ]\n  }\n}\n"
	case SignIns:
		return "{\"@odata.context\": \"https://graph.microsoft.com/v1.0/$metadata#auditLogs/signIns\",\n \"value\": [\n", ",\n", "\n]}\n"
	case CSV:
		return "Date (UTC),Request ID,Application,Application ID,Status,Sign-in error code,Failure reason,User\n", "", ""
	}
	return "", "", ""
}

// har writes an entry. A healthy answer has a body of some ten kilobytes.
func (g *generator) har(b []byte, l *line) []byte {
	auth := ""
	if l.token != "" {
		auth = `, {"name": "Authorization", "value": "Bearer ` + l.token + `"}`
	}
	body := l.body
	if body == "" {
		body = `{"value":[` + strings.Repeat(`{"id":"`+l.id+`","displayName":"Adele Vance","note":"no error here"},`, 20+g.r.IntN(400)) + `{"id":"last"}]}`
	}
	return fmt.Appendf(b, `      {
        "startedDateTime": %q, "time": %d,
        "request": {"method": %q, "url": %q, "httpVersion": "HTTP/2", "headers": [{"name": "Accept", "value": "application/json"}%s], "queryString": [], "cookies": [], "headersSize": -1, "bodySize": 0},
        "response": {
          "status": %d, "statusText": "", "httpVersion": "HTTP/2", "cookies": [],
          "headers": [{"name": "request-id", "value": %q}],
          "content": {"size": %d, "mimeType": "application/json", "text": %s},
          "redirectURL": "", "headersSize": -1, "bodySize": -1
        },
        "cache": {}, "timings": {"send": 0, "wait": %d, "receive": 0}
      }`, l.at.Format(stampForm), l.ms, l.method, l.url, auth, l.status, l.id, len(body), strconv.Quote(body), l.ms)
}

// signInCode is the sign-in's error code for a failure, 0 for a success.
func (l *line) signInCode() (code int, reason string) {
	switch {
	case l.body == "":
		return 0, "Other."
	case l.status == 403:
		return 65001, "The user or administrator has not consented to use the application"
	case l.status == 401:
		return 7000222, "The provided client secret keys are expired."
	}
	return 50076, "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication."
}

func signIn(b []byte, l *line) []byte {
	code, reason := l.signInCode()
	return fmt.Appendf(b, `  {"id": %q, "createdDateTime": %q, "appDisplayName": "gateway", "appId": %q, "userPrincipalName": "user@contoso.com", "ipAddress": %q, "clientAppUsed": "Browser", "conditionalAccessStatus": "notApplied", "status": {"errorCode": %d, "failureReason": %q, "additionalDetails": null}}`,
		l.id, l.at.Format(stampForm), l.client, l.ip, code, reason)
}

func row(b []byte, l *line) []byte {
	code, reason := l.signInCode()
	status := "Success"
	if code != 0 {
		status = "Failure"
	}
	return fmt.Appendf(b, "%s,%s,gateway,%s,%s,%d,\"%s,\nas the portal has it\",user@contoso.com\n", l.at.Format(stampForm), l.id, l.client, status, code, reason)
}

// object writes what asJSON writes, a member a line.
func object(b []byte, l *line) []byte {
	text := strings.TrimSuffix(string(asJSON(nil, l)), "\n")
	return append(append(b, strings.ReplaceAll(text, `,"`, ",\n  \"")...), '\n')
}

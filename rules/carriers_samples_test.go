package rules

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file prints the failures of all samples anew, as other programs would
// have: whichever carrier tells of a failure, it has one first cause.

// failure is what an API answered to a request.
type failure struct {
	method, host, path, code, message string
	status                            int
}

func (f failure) url() string { return "https://" + f.host + f.path }

func (f failure) body() string {
	b, _ := json.Marshal(map[string]any{"error": map[string]any{"code": f.code, "message": f.message,
		"innerError": map[string]string{"date": "2026-03-02T09:14:07", "request-id": "5d3d1a5e-1b5c-4b6e-9a6e-0c1d2e3f4a5b", "client-request-id": "5d3d1a5e-1b5c-4b6e-9a6e-0c1d2e3f4a5b"}}})
	return string(b)
}

func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

func python(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`, "\n", `\n`).Replace(s) + "'"
}

// sampleCarriers print a failure as programs do.
var sampleCarriers = map[string]func(f failure) string{
	"curl": func(f failure) string {
		return fmt.Sprintf("$ curl -i -X %s '%s' -H \"Authorization: Bearer $TOKEN\"\nHTTP/1.1 %d %s\nContent-Type: application/json\n\n%s\n", f.method, f.url(), f.status, http.StatusText(f.status), f.body())
	},
	"curl -v": func(f failure) string {
		return fmt.Sprintf("> %s %s HTTP/2\n> Host: %s\n> User-Agent: curl/8.5.0\n> Accept: */*\n>\n< HTTP/2 %d\n< content-type: application/json\n< date: Mon, 02 Mar 2026 09:14:07 GMT\n<\n* Connection #0 to host %s left intact\n%s\n", f.method, f.path, f.host, f.status, f.host, f.body())
	},
	"javascript": func(f failure) string {
		return fmt.Sprintf("%s %s\nGraphError: %s\n    at Function.constructErrorFromResponse (/app/node_modules/@microsoft/microsoft-graph-client/lib/src/GraphErrorHandler.js:51:24)\n    at process.processTicksAndRejections (node:internal/process/task_queues:95:5) {\n  statusCode: %d,\n  code: %s,\n  requestId: '5d3d1a5e-1b5c-4b6e-9a6e-0c1d2e3f4a5b',\n  date: 2026-03-02T09:14:07.000Z,\n  body: %s,\n  headers: Headers {}\n}\n", f.method, f.url(), f.message, f.status, python(f.code), python(f.body()))
	},
	"axios": func(f failure) string {
		return fmt.Sprintf("AxiosError: Request failed with status code %d\n    at settle (/app/node_modules/axios/lib/core/settle.js:19:12) {\n  code: 'ERR_BAD_REQUEST',\n  config: {\n    method: %s,\n    url: %s,\n    headers: Object [AxiosHeaders] { Accept: 'application/json, text/plain, */*', Authorization: 'Bearer [REDACTED]' },\n  },\n  response: {\n    status: %d,\n    statusText: %s,\n    data: { error: { code: %s, message: %s, innerError: [Object] } }\n  }\n}\n", f.status, python(strings.ToLower(f.method)), python(f.url()), f.status, python(http.StatusText(f.status)), python(f.code), python(f.message))
	},
	"python": func(f failure) string {
		return fmt.Sprintf("INFO:httpx:HTTP Request: %s %s \"HTTP/2 %d %s\"\nTraceback (most recent call last):\n  File \"/app/main.py\", line 41, in run\n    raise self._throw_failed_responses(response, error_map)\nmsgraph.generated.models.o_data_errors.o_data_error.ODataError: \n        APIError\n        Code: %d\n        message: None\n        error: MainError(additional_data={}, code=%s, details=None, inner_error=InnerError(additional_data={}, client_request_id='5d3d1a5e-1b5c-4b6e-9a6e-0c1d2e3f4a5b', date=datetime.datetime(2026, 3, 2, 9, 14, 7), odata_type=None, request_id='5d3d1a5e-1b5c-4b6e-9a6e-0c1d2e3f4a5b'), message=%s, target=None)\n", f.method, f.url(), f.status, http.StatusText(f.status), f.status, python(f.code), python(f.message))
	},
	"requests": func(f failure) string {
		return fmt.Sprintf("DEBUG:urllib3.connectionpool:https://%s:443 \"%s %s HTTP/1.1\" %d None\n%d {'error': {'code': %s, 'message': %s, 'innerError': {'date': '2026-03-02T09:14:07', 'request-id': '5d3d1a5e-1b5c-4b6e-9a6e-0c1d2e3f4a5b'}}}\n", f.host, f.method, f.path, f.status, f.status, python(f.code), python(f.message))
	},
	"dotnet": func(f failure) string {
		return fmt.Sprintf("[09:14:07 INF] Sending HTTP request %s %s\nUnhandled exception. Status Code: %s\nMicrosoft.Graph.ServiceException: Code: %s\nMessage: %s\nInner error:\n\tAdditionalData:\n\tdate: 2026-03-02T09:14:07\n\trequest-id: 5d3d1a5e-1b5c-4b6e-9a6e-0c1d2e3f4a5b\nClientRequestId: 5d3d1a5e-1b5c-4b6e-9a6e-0c1d2e3f4a5b\n\n   at Microsoft.Graph.HttpProvider.SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)\n", f.method, f.url(), strings.ReplaceAll(http.StatusText(f.status), " ", ""), f.code, f.message)
	},
	"java": func(f failure) string {
		return fmt.Sprintf("com.microsoft.graph.http.GraphServiceException: Error code: %s\nError message: %s\n\n%s %s\nSdkVersion : graph-java/v5.80.0\n[...]\n\n%d : %s\n[...]\n\n\tat com.microsoft.graph.http.GraphServiceException.createFromResponse(GraphServiceException.java:419)\n", f.code, f.message, f.method, f.url(), f.status, http.StatusText(f.status))
	},
	"powershell": func(f failure) string {
		return fmt.Sprintf("Invoke-MgGraphRequest : %s %s\nHTTP/1.1 %d %s\nCache-Control: no-store, no-cache\nDate: Mon, 02 Mar 2026 09:14:07 GMT\nrequest-id: 5d3d1a5e-1b5c-4b6e-9a6e-0c1d2e3f4a5b\n\n%s\nAt line:1 char:1\n+ Invoke-MgGraphRequest -Method %s -Uri $uri\n+ ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n    + CategoryInfo          : InvalidOperation: (Method: %s:HttpRequestMessage) [Invoke-MgGraphRequest], HttpRequestException\n    + FullyQualifiedErrorId : InvokeGraphHttpResponseException,Microsoft.Graph.PowerShell.Authentication.Cmdlets.InvokeMgGraphRequest\n", f.method, f.url(), f.status, http.StatusText(f.status), f.body(), f.method, f.method)
	},
	"json log": func(f failure) string {
		return fmt.Sprintf(`{"time":"2026-03-02T09:14:07Z","level":"error","msg":"graph request failed","method":"%s","url":%s,"status":%d,"response":%s}`+"\n", f.method, quote(f.url()), f.status, quote(f.body()))
	},
	"logfmt": func(f failure) string {
		return fmt.Sprintf("time=2026-03-02T09:14:07Z level=error msg=\"graph request failed\" method=%s url=%s status=%d code=%s error=%s\n", f.method, f.url(), f.status, f.code, quote(f.message))
	},
	"go": func(f failure) string {
		return fmt.Sprintf("2026/03/02 09:14:07 %s %s: unexpected status %d (%d %s) with OData error: %s: %s\n", f.method, f.url(), f.status, f.status, http.StatusText(f.status), f.code, f.message)
	},
	"guzzle": func(f failure) string {
		return fmt.Sprintf("PHP Fatal error:  Uncaught GuzzleHttp\\Exception\\ClientException: Client error: `%s %s` resulted in a `%d %s` response:\n%s\n in /app/vendor/guzzlehttp/guzzle/src/Exception/RequestException.php:113\nStack trace:\n#0 /app/vendor/guzzlehttp/guzzle/src/Middleware.php(69): GuzzleHttp\\Exception\\RequestException::create()\n", f.method, f.url(), f.status, http.StatusText(f.status), f.body())
	},
	"har": func(f failure) string {
		return fmt.Sprintf(`{"log":{"version":"1.2","creator":{"name":"b","version":"1"},"entries":[{"startedDateTime":"2026-03-02T09:14:07Z","time":80,"request":{"method":%s,"url":%s,"httpVersion":"h2","headers":[{"name":"Accept","value":"*/*"}],"queryString":[],"cookies":[]},"response":{"status":%d,"statusText":"","headers":[{"name":"Content-Type","value":"application/json"}],"content":{"size":1,"mimeType":"application/json","text":%s}}}]}}`, quote(f.method), quote(f.url()), f.status, quote(f.body()))
	},
	"ci box": func(f failure) string {
		return fmt.Sprintf("2026-03-02T09:14:07.1234567Z ╷\n2026-03-02T09:14:07.1234567Z │ Error: request failed\n2026-03-02T09:14:07.1234567Z │ \n2026-03-02T09:14:07.1234567Z │ %s %s: unexpected status %d with OData error: %s:\n2026-03-02T09:14:07.1234567Z │ %s\n2026-03-02T09:14:07.1234567Z ╵\n", f.method, f.url(), f.status, f.code, f.message)
	},
	"csv": func(f failure) string {
		q := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
		return fmt.Sprintf("timestamp,method,url,status,response_body\n2026-03-02T09:14:07Z,%s,%s,%d,%s\n", f.method, q(f.url()), f.status, q(f.body()))
	},
}

// failureOf takes from a sample the one failure that an API told of.
func failureOf(t *testing.T, input string) (failure, bool) {
	t.Helper()
	var failed []*evidence.Case
	for _, c := range casesOf(t, input) {
		if c.Failed {
			failed = append(failed, c)
		}
	}
	if len(failed) != 1 || failed[0].Call == nil || len(failed[0].Said) == 0 {
		return failure{}, false
	}
	c := failed[0]
	s := c.Said[0]
	f := failure{method: c.Call.Method, host: c.Call.Host, path: c.Call.Path, code: s.Code, message: s.Message, status: c.Call.Status}
	if c.Call.Query != "" {
		f.path += "?" + c.Call.Query
	}
	ok := f.method != "" && f.host != "" && strings.HasPrefix(f.path, "/") && f.status >= 400 && f.code != "" && f.message != "" &&
		s.Carrier == evidence.InBody && s.Depth == 0 && !c.Call.Login()
	return f, ok && !strings.ContainsAny(f.path, "<…{ ") && !strings.ContainsAny(f.message, "<…\n{") && strings.Contains(f.message, " ") && strings.Trim(f.code, "0123456789") != ""
}

func TestSampleCarriers(t *testing.T) {
	seen := map[failure]bool{}
	miss := map[string]int{}
	for _, s := range loadSamples(t, "") {
		f, ok := failureOf(t, s.Input)
		if !ok || seen[f] {
			continue
		}
		seen[f] = true
		want := firstRule(t, sampleCarriers["curl"](f))
		for name, print := range sampleCarriers {
			if got := firstRule(t, print(f)); got != want {
				miss[name]++
				t.Errorf("%s: as %s %s, as curl %s\n%s", s.Path, name, got, want, print(f))
			}
		}
	}
	t.Logf("%d failures in %d carriers; misses %v", len(seen), len(sampleCarriers), miss)
}

// refusalOf takes from a sample the one refused sign-in.
func refusalOf(t *testing.T, input string) (number, text string) {
	t.Helper()
	var failed []*evidence.Case
	for _, c := range casesOf(t, input) {
		if c.Failed {
			failed = append(failed, c)
		}
	}
	if len(failed) != 1 {
		return "", ""
	}
	for _, s := range failed[0].Said {
		if n, ok := strings.CutPrefix(s.Code, "AADSTS"); ok && len(s.Message) > 20 && !strings.ContainsAny(s.Message, "<…\n{&\"\\") {
			return n, strings.TrimPrefix(s.Message, s.Code+": ")
		}
	}
	return "", ""
}

func TestSampleSignInCarriers(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range loadSamples(t, "") {
		number, text := refusalOf(t, s.Input)
		if number == "" || seen[number+text] {
			continue
		}
		seen[number+text] = true
		want := firstRule(t, signInCarriers[0].form(number, text))
		for _, carrier := range signInCarriers {
			if got := firstRule(t, carrier.form(number, text)); got != want {
				t.Errorf("%s: as %s %s, as %s %s\n%s", s.Path, carrier.name, got, signInCarriers[0].name, want, carrier.form(number, text))
			}
		}
	}
	t.Logf("%d refusals in %d carriers", len(seen), len(signInCarriers))
	if len(seen) < 80 {
		t.Error("too few")
	}
}

// firstRule is the first cause; what is no more than possible is a doubt,
// whatever it is called: a carrier that shows headers leaves fewer of them.
func firstRule(t *testing.T, input string) string {
	if d := diagnose(t, input); len(d.Findings) > 0 {
		if d.Findings[0].Strength == checks.Possible {
			return "doubt"
		}
		return d.Findings[0].Rule.ID
	}
	return "nothing"
}

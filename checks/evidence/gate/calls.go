package gate

import (
	"cmp"
	"path"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file reads calls that are written down as such: objects with a method
// and an address, OpenAPI documents, .http files.

// hole stands in an address for a part that is known only when it runs.
const hole = "{id}"

// call makes a call of an address in Microsoft Graph or a retired API; nil where
// it is neither.
func call(method, url string, at evidence.Place) *evidence.Call {
	c, err := evidence.ParseCall(cmp.Or(method, "GET")+" "+url, at)
	if err != nil || c == nil || !graphHost(c.Host) || strings.Trim(c.Path, "/") == "" || c.Path == "/v1.0" || c.Path == "/beta" || strings.HasSuffix(c.Path, "/.default") {
		return nil
	}
	c.Asked = false
	return c
}

// graphHosts are hosts of Microsoft Graph in every cloud, and of Azure AD Graph,
// calls to which are worth a word.
var graphHosts = [...]string{"graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn", "graph.microsoft.de", "canary.graph.microsoft.com", "graph.windows.net", "graph.chinacloudapi.cn", "graph.microsoftazure.us"}

func graphHost(host string) bool {
	for _, h := range graphHosts {
		if host == h {
			return true
		}
	}
	return strings.HasPrefix(host, "outlook.office") // its REST API is retired
}

// request reads an object that is a request: workflows of Logic Apps, Postman
// collections, configuration of jobs.
func (p *Piece) request(v *Value) *evidence.Call {
	method := strings.ToUpper(v.Str("method", "verb", "httpMethod"))
	if method == "" {
		return nil
	}
	at := v.Get("url")
	for _, name := range []string{"uri", "endpoint", "requestUri"} {
		if at == nil {
			at = v.Get(name)
		}
	}
	if at.is(Object) {
		at = at.Get("raw")
	}
	if !at.is(String) || !strings.Contains(at.Text, "raph") {
		return nil
	}
	return call(method, filled(at.Text, nil), place(p.File, at.Line))
}

// filled puts known values and holes in place of what templates leave open:
// {{x}}, ${x}, @{x}, <x>, :x.
func filled(s string, known map[string]string) string {
	for _, m := range [...][2]string{{"${{", "}}"}, {"{{", "}}"}, {"@{", "}"}, {"${", "}"}} {
		for {
			i := strings.Index(s, m[0])
			if i < 0 {
				break
			}
			j := strings.Index(s[i:], m[1])
			if j < 0 {
				break
			}
			name := strings.TrimSpace(s[i+len(m[0]) : i+j])
			value := hole
			if v, ok := known[name]; ok {
				value = v
			} else if i == 0 && strings.Contains(strings.ToLower(name), "graph") {
				value = graphBase(s[i+j+len(m[1]):])
			}
			s = s[:i] + value + s[i+j+len(m[1]):]
		}
	}
	return s
}

// graphBase is the address that stands before a path of Microsoft Graph.
func graphBase(rest string) string {
	if rest = strings.TrimPrefix(rest, "/"); strings.HasPrefix(rest, "v1.0/") || strings.HasPrefix(rest, "beta/") {
		return "https://graph.microsoft.com"
	}
	return "https://graph.microsoft.com/v1.0"
}

// openAPI reads a document that describes requests to Microsoft Graph; one that
// describes the app's own API says nothing here.
func (p *Piece) openAPI(v *Value) {
	base := ""
	for _, s := range v.All("servers") {
		if url := s.Str("url"); graphURL(url) {
			base = url
		}
	}
	if host := v.Str("host"); graphHost(strings.ToLower(host)) {
		base = "https://" + host + v.Str("basePath")
	}
	paths := v.Get("paths")
	if base == "" || !paths.is(Object) {
		return
	}
	for _, f := range paths.Fields {
		for _, op := range f.Value.fields() {
			method := strings.ToUpper(op.Name)
			switch method {
			case "GET", "POST", "PUT", "PATCH", "DELETE":
			default:
				continue
			}
			line := op.Value.Line
			if c := call(method, strings.TrimSuffix(base, "/")+"/"+strings.TrimPrefix(f.Name, "/"), place(p.File, line)); c != nil {
				p.Calls = append(p.Calls, c)
			}
		}
	}
}

func (v *Value) fields() []Field {
	if v.is(Object) {
		return v.Fields
	}
	return nil
}

// graphURL tells whether an address is of Microsoft Graph or its predecessor.
func graphURL(url string) bool {
	_, rest, ok := strings.Cut(url, "://")
	if !ok {
		return false
	}
	if i := strings.IndexAny(rest, "/?#:"); i >= 0 {
		rest = rest[:i]
	}
	return graphHost(strings.ToLower(rest))
}

func isHTTPFile(ext string) bool { return ext == ".http" || ext == ".rest" }

// httpFile reads the requests of an .http file: variables begin with @, requests
// are parted by ###.
func (p *Piece) httpFile(text string) {
	known := map[string]string{}
	var method, url string
	var body []string
	at, inBody, inHead := 0, false, false
	end := func() {
		if url != "" && method != "" {
			address := filled(url, known)
			if b := strings.TrimSpace(strings.Join(body, " ")); strings.HasPrefix(b, "{") && strings.HasSuffix(b, "}") && !strings.Contains(address, " ") {
				address += " " + b
			}
			if c := call(method, address, place(p.File, at)); c != nil {
				p.Calls = append(p.Calls, c)
			}
		}
		method, url, body, inBody, inHead = "", "", nil, false, false
	}
	n := 0
	for line := range strings.Lines(text) {
		n++
		l := strings.TrimRight(line, "\r\n")
		t := strings.TrimSpace(l)
		switch {
		case strings.HasPrefix(t, "###"):
			end()
		case inBody:
			body = append(body, l)
		case strings.HasPrefix(t, "#") || strings.HasPrefix(t, "//"):
		case strings.HasPrefix(t, "@") && !inHead:
			if name, value, ok := strings.Cut(t[1:], "="); ok {
				known[strings.TrimSpace(name)] = filled(strings.TrimSpace(value), known)
			}
		case inHead && t == "":
			inBody = true
		case inHead && (strings.HasPrefix(t, "?") || strings.HasPrefix(t, "&")):
			url += t
		case inHead:
		case t != "":
			method, url = requestLine(t)
			at, inHead = n, url != ""
		}
	}
	end()
}

// requestLine is METHOD URL, or a URL alone.
func requestLine(t string) (method, url string) {
	word, rest, _ := strings.Cut(t, " ")
	switch strings.ToUpper(word) {
	case "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS":
		url = strings.TrimSpace(rest)
		method = strings.ToUpper(word)
	default:
		if !strings.Contains(word, "://") && !strings.HasPrefix(word, "{{") {
			return "", ""
		}
		method, url = "GET", t
	}
	if i := strings.LastIndex(url, " HTTP/"); i > 0 {
		url = url[:i]
	}
	return method, url
}

func isYAML(ext string) bool { return ext == ".yaml" || ext == ".yml" }

// ext is the end of a file's name, in lower case.
func ext(file string) string { return strings.ToLower(path.Ext(file)) }

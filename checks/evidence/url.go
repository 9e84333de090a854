package evidence

import (
	_ "embed"
	"net/url"
	"strings"
	"sync"
)

// This file takes URLs apart. Secrets in them were sealed before.

//go:embed hosts.tsv
var hostTable string

type parsedURL struct {
	scheme, host, path, query string
}

func (u parsedURL) String() string {
	s := u.path
	if u.host != "" {
		s = u.scheme + "://" + u.host + u.path
	}
	if u.query != "" {
		s += "?" + u.query
	}
	return safe(s)
}

// splitURL takes a URL or a path apart; it never fails, since what people
// paste is seldom a proper URL.
func splitURL(s string) parsedURL {
	return splitAddress(unwrapURL(s))
}

// unwrapURL takes away what stands around a URL in a text. What closes a bracket
// of its own stays: f(period='D7'), {id}.
func unwrapURL(s string) string {
	t := strings.Trim(s, " \t\"'`<>()[]{},;")
	t = strings.TrimRight(t, ".:…\\")
	if !strings.ContainsAny(t, "({") {
		return t
	}
	at := strings.Index(s, t)
	for end := at + len(t); end < len(s); end++ {
		opened := strings.Count(t, "(") > strings.Count(t, ")") || strings.Count(t, "{") > strings.Count(t, "}")
		if !opened || strings.IndexByte(")}'\"", s[end]) < 0 {
			break
		}
		t = s[at : end+1]
	}
	return t
}

// splitAddress takes a bare URL or path apart.
func splitAddress(s string) parsedURL {
	var u parsedURL
	if i := strings.Index(s, "://"); i > 0 {
		u.scheme, s = strings.ToLower(s[:i]), s[i+3:]
		j := strings.IndexAny(s, "/?#")
		if j < 0 {
			j = len(s)
		}
		u.host, s = strings.ToLower(s[:j]), s[j:]
		if k := strings.LastIndexByte(u.host, '@'); k >= 0 {
			u.host = u.host[k+1:]
		}
		u.host = strings.TrimSuffix(strings.TrimSuffix(u.host, ":443"), ":80")
	}
	if strings.Contains(u.host, " ") || strings.Contains(u.host, "…") { // a console cut it off
		return parsedURL{}
	}
	if i := strings.IndexByte(s, '#'); i >= 0 {
		if u.query = s[i+1:]; !strings.Contains(u.query, "=") {
			u.query = ""
		}
		s = s[:i]
	}
	if i := strings.IndexByte(s, '?'); i >= 0 {
		if q := s[i+1:]; u.query == "" {
			u.query = q
		} else {
			u.query = q + "&" + u.query
		}
		s = s[:i]
	}
	if u.path = s; u.path == "" && u.host != "" {
		u.path = "/"
	}
	u.path, u.query = safe(u.path), safe(u.query)
	return u
}

// hostKind returns api, login, doc or "".
func hostKind(host string) string {
	if host == "" {
		return ""
	}
	if i := strings.LastIndexByte(host, ':'); i > 0 {
		host = host[:i]
	}
	kinds := hostKinds()
	for i := 0; i < len(host); i++ { // the longest suffix first
		if i == 0 || host[i-1] == '.' || host[i-1] == '-' {
			if k, ok := kinds[host[i:]]; ok {
				return k
			}
		}
	}
	return ""
}

var hostKinds = sync.OnceValue(func() map[string]string {
	kinds := map[string]string{}
	for line := range strings.Lines(hostTable) {
		if suffix, k, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t"); ok && line[0] != '#' && suffix != "" {
			kinds[suffix] = k
		}
	}
	return kinds
})

// api: calls to it are what this is all about.
func (u parsedURL) api() bool {
	if u.host == "" {
		return versioned(u.path)
	}
	return hostKind(u.host) == "api"
}

func (u parsedURL) login() bool { return hostKind(u.host) == "login" }
func (u parsedURL) doc() bool   { return hostKind(u.host) == "doc" }

// versioned: a path as Graph has them.
func versioned(path string) bool {
	return strings.HasPrefix(path, "/v1.0/") || strings.HasPrefix(path, "/beta/") || strings.HasPrefix(path, "v1.0/") || strings.HasPrefix(path, "beta/")
}

// Login tells whether the call went to a token or authorize endpoint.
func (c *Call) Login() bool {
	return c != nil && (hostKind(c.Host) == "login" || c.Host == "" && (strings.HasSuffix(c.Path, "/oauth2/v2.0/token") || strings.HasSuffix(c.Path, "/oauth2/token")))
}

// Foreign tells whether the call went to another vendor.
func (c *Call) Foreign() bool { return c != nil && hostKind(c.Host) == "other" }

// Known tells whether the call's host is one of Microsoft's.
func (c *Call) Known() bool {
	return c != nil && (c.Host == "" || hostKind(c.Host) != "" && hostKind(c.Host) != "doc" && hostKind(c.Host) != "other")
}

// selected returns the names in $select and $expand, and in $filter and
// $orderby the properties they begin with.
func (u parsedURL) selected() []string {
	var names []string
	for _, p := range u.params() {
		switch strings.ToLower(strings.TrimPrefix(p.name, "$")) {
		case "select", "expand":
			for f := range strings.FieldsFuncSeq(p.value, func(r rune) bool { return r == ',' || r == '(' || r == ')' || r == ';' || r == '=' }) {
				if f = strings.TrimSpace(f); f != "" && !strings.HasPrefix(f, "$") {
					names = append(names, f)
				}
			}
		case "filter", "orderby":
			f := p.value
			for _, fn := range []string{"startswith(", "endswith(", "contains(", "not "} {
				f = strings.TrimPrefix(f, fn)
			}
			if i := strings.IndexAny(f, " ,/("); i > 0 {
				names = append(names, f[:i])
			}
		}
	}
	return names
}

type param struct{ name, value string }

// params decodes the query, leniently.
func (u parsedURL) params() []param { return formParams(u.query) }

// formParams decodes name=value&name=value; line breaks between the parts are
// a printer's.
func formParams(s string) []param {
	var out []param
	for part := range strings.SplitSeq(s, "&") {
		k, v, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok || k == "" || len(k) > 80 {
			continue
		}
		out = append(out, param{percent(k), percent(v)})
	}
	return out
}

// percent undoes percent-encoding and plus signs where that is possible.
func percent(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	if d, err := url.QueryUnescape(s); err == nil {
		return d
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+':
			b.WriteByte(' ')
		case s[i] == '%' && i+2 < len(s):
			if d, err := url.PathUnescape(s[i : i+3]); err == nil {
				b.WriteString(d)
				i += 2
				continue
			}
			b.WriteByte('%')
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// findURL returns the span of the first URL in s from an offset on.
func findURL(s string, from int) (start, end int, ok bool) {
	for i := from; ; {
		j := strings.Index(s[i:], "://")
		if j < 0 {
			return 0, 0, false
		}
		j += i
		k := j
		for k > from && isSchemeByte(s[k-1]) {
			k--
		}
		if !strings.HasSuffix(strings.ToLower(s[k:j]), "http") && !strings.HasSuffix(strings.ToLower(s[k:j]), "https") {
			i = j + 3
			continue
		}
		if n := strings.LastIndex(strings.ToLower(s[k:j]), "http"); n > 0 {
			k += n
		}
		end = j + 3
		for end < len(s) && isURLByte(s[end]) {
			end++
		}
		end -= len(s[j+3:end]) - len(strings.TrimRight(s[j+3:end], ".,;:!?)]}'"))
		if open := strings.Count(s[j:end], "("); open > strings.Count(s[j:end], ")") {
			for end < len(s) && (s[end] == ')' || s[end] == '\'') {
				end++
			}
		}
		return k, end, true
	}
}

func isSchemeByte(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func isURLByte(c byte) bool {
	return c > ' ' && c != '"' && c != '<' && c != '>' && c != '`' && c != '|' && c != '\\' && c != '^' && c != 0x7f && c < 0x80 || c >= 0x80 && c != 0xE2
}

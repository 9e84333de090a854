package catalog

import "strings"

// maxTokens bounds a path: the deepest template has 15 segments, and drive
// paths count as one.
const maxTokens = 40

// span is a piece of request.buf.
type span struct{ from, to uint16 }

// token is one segment of a path, cut up as far as it can be without the map.
type token struct {
	text span // decoded and folded
	name span // "range" of range(address='A1'), "users" of users('x')
	call span // "range(address={id})"; empty where the parentheses hold a key
	is   flags
}

type flags uint8

const (
	isCall   flags = 1 << iota // has parentheses with something inside
	isCast                     // microsoft.graph.x: a type, or a function with its namespace
	isDollar                   // $ref, $value, $count: never a key
	isDelta                    // delta, a function that no key is named like
	isOpen                     // ends with a colon, a drive path follows
	isPath                     // a drive path or the like, any depth: a key
	isClosed                   // that path ends with a colon
	isAny                      // made by a rewriting: any key
)

// request is a URL cut up. It lives on the stack of Find, hence the arrays.
type request struct {
	host    string
	version string
	toks    [maxTokens]token
	n       int
	buf     [maxText]byte // texts of the tokens
	used    int
}

// maxText bounds the text of a path's segments, drive paths not counted. What
// does not fit can still be a key.
const maxText = 1536

func (r *request) bytes(s span) []byte { return r.buf[s.from:s.to] }

// add appends to the buffer and tells whether there was room.
func (r *request) add(s []byte) bool {
	n := copy(r.buf[r.used:], s)
	r.used += n
	return n == len(s)
}

// read cuts a URL up: scheme, host, version and a tenant go, query and fragment
// too. It returns why it cannot be a Graph path, or "".
func (r *request) read(url string) (problem string) {
	if len(url) > 16<<10 {
		return "longer than 16 KiB"
	}
	rest := r.readHost(dropProtocol(unwrap(url)))
	if problem = r.readPath(rest); problem != "" {
		return problem
	}
	r.dropFront()
	if r.n == 0 {
		return "names no path"
	}
	return ""
}

// unwrap takes quotes and angle brackets away that people leave around a URL.
func unwrap(s string) string {
	s = strings.TrimSpace(s)
	for len(s) > 1 {
		a, b := s[0], s[len(s)-1]
		if !(a == b && (a == '"' || a == '\'' || a == '`') || a == '<' && b == '>' && strings.Contains(s, "://")) {
			break
		}
		s = s[1 : len(s)-1]
	}
	return s
}

// dropProtocol takes the " HTTP/1.1" of a request line away.
func dropProtocol(s string) string {
	if i := strings.LastIndexByte(s, ' '); i > 0 && len(s)-i < 10 && strings.HasPrefix(s[i+1:], "HTTP/") {
		return strings.TrimRight(s[:i], " ")
	}
	return s
}

// readHost takes scheme and host away. Without a scheme the first segment is a
// host only if the tables know it.
func (r *request) readHost(s string) string {
	if i := strings.Index(s, "://"); i > 0 && i < 8 && !strings.ContainsAny(s[:i], "/?#(") {
		s = s[i+3:]
		end := strings.IndexAny(s, "/?#")
		if end < 0 {
			end = len(s)
		}
		r.host = foldHost(s[:end])
		return s[end:]
	}
	first, rest, _ := strings.Cut(s, "/")
	if len(first) > 8 && strings.IndexByte(first, '.') > 0 && strings.IndexByte(first, '(') < 0 {
		h := foldHost(first)
		if isGraphHost(h) {
			r.host = h
			return rest
		}
		if _, ok := ResourceByHost(h); ok {
			r.host = h
			return rest
		}
	}
	return s
}

// foldHost drops user and port and folds case.
func foldHost(h string) string {
	if i := strings.LastIndexByte(h, '@'); i >= 0 {
		h = h[i+1:]
	}
	if i := strings.LastIndexByte(h, ':'); i >= 0 {
		h = h[:i]
	}
	return strings.ToLower(strings.TrimSuffix(h, "."))
}

func (r *request) readPath(p string) (problem string) {
	for p != "" {
		switch p[0] {
		case '/':
			p = p[1:]
			continue
		case '?', '#':
			return ""
		}
		if r.n == maxTokens-2 {
			return "has more segments than any Graph path"
		}
		end := segmentEnd(p)
		t := &r.toks[r.n]
		r.n++
		r.segment(t, p[:end])
		p = p[end:]
		if t.is&isOpen != 0 {
			p = r.colonPath(t, p)
		}
	}
	return ""
}

// segmentEnd finds the end of the first segment. A slash or question mark
// inside parentheses belongs to a key or an argument: getByPath(path='/a/b').
func segmentEnd(p string) int {
	for i := 0; i < len(p); i++ {
		switch p[i] {
		case '/', '?', '#':
			return i
		case '(':
			if end := closing(p[i:]); end > 0 {
				i += end
			}
		}
	}
	return len(p)
}

// closing finds the parenthesis that closes the first one of s; 0 if none does.
func closing(s string) int {
	quoted := false
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\'' || s[i] == '%' && strings.HasPrefix(s[i:], "%27"):
			quoted = !quoted
		case s[i] == ')' && !quoted:
			return i
		}
	}
	if end := strings.IndexByte(s, ')'); end > 0 && strings.IndexByte(s[:end], '/') < 0 {
		return end // a stray quote
	}
	return 0
}

// colonPath swallows what follows "root:" up to a segment that ends with a
// colon, and adds one token for it.
func (r *request) colonPath(open *token, p string) string {
	path, rest := p, ""
	if i := strings.IndexAny(p, "?#"); i >= 0 {
		path, rest = p[:i], p[i:]
	}
	is := isPath
	if i := closingColon(path); i > 0 {
		path, rest = path[:i], p[i+1:]
		if strings.Trim(path, "/") != "" && moreSegments(rest) {
			is |= isClosed
		}
	}
	if strings.Trim(path, "/") == "" {
		// "root:" with nothing behind it is the root itself
		open.is &^= isOpen
		open.text.to--
		return rest
	}
	r.toks[r.n] = token{is: is}
	r.n++
	return rest
}

// closingColon finds a colon that ends a segment.
func closingColon(p string) int {
	for i := 1; i < len(p); i++ {
		if p[i] == ':' && (i+1 == len(p) || p[i+1] == '/') && p[i-1] != '/' {
			return i
		}
	}
	return 0
}

func moreSegments(p string) bool {
	p = strings.TrimLeft(p, "/")
	return p != "" && p[0] != '?' && p[0] != '#'
}

// dropFront takes the version away, and what people write where a base URL or
// a tenant stood: {{baseUrl}}/v1.0/me, /v1.0/<tenant guid>/groups.
func (r *request) dropFront() {
	drop := 0
	for drop < 3 && drop < r.n {
		t := r.bytes(r.toks[drop].text)
		if r.version == "" {
			switch string(t) {
			case "v1.0":
				r.version = "v1.0"
				drop++
				continue
			case "beta":
				r.version = "beta"
				drop++
				continue
			}
		}
		if drop+1 == r.n || !stand(t) && (r.version != "" || string(r.bytes(r.toks[drop+1].text)) != "v1.0") {
			break
		}
		drop++
	}
	if drop > 0 {
		copy(r.toks[:], r.toks[drop:r.n])
		r.n -= drop
	}
}

// stand tells whether a first segment stands for a base URL, a version or a
// tenant: no collection is named like that.
func stand(t []byte) bool {
	if len(t) == 0 {
		return false
	}
	switch t[0] {
	case '{', '<', ':':
		return true
	case '$':
		switch string(t) {
		case "$batch", "$metadata", "$ref", "$value", "$count", "$entity", "$all":
			return false
		}
		return true
	}
	return isGUID(t) || string(t) == "myorganization" || tenantDomain(t)
}

func tenantDomain(t []byte) bool {
	const own = ".onmicrosoft.com"
	return len(t) > len(own) && string(t[len(t)-len(own):]) == own
}

// isGUID tells whether a text has a GUID's shape.
func isGUID[T string | []byte](t T) bool {
	if len(t) != 36 {
		return false
	}
	for i := range 36 {
		c := t[i]
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return false
			}
		} else if !(c >= '0' && c <= '9' || lower(c) >= 'a' && lower(c) <= 'f') {
			return false
		}
	}
	return true
}

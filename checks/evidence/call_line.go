package evidence

import (
	"errors"
	"fmt"
	"strings"
)

// This file reads one request as people list them.

// unassigned drops the variable that a command's result goes to.
func unassigned(l string) string {
	if strings.HasPrefix(l, "$") {
		if v, rest, ok := strings.Cut(l, "="); ok && !strings.ContainsAny(strings.TrimSpace(v), " (/?") {
			return strings.TrimSpace(rest)
		}
	}
	return l
}

// methodLike: a word in the place of a method, right or wrong.
func methodLike(w string) bool {
	w = strings.TrimSuffix(w, ":")
	if isMethod(w) != "" {
		return true
	}
	if len(w) < 2 || len(w) > 10 {
		return false
	}
	for i := 0; i < len(w); i++ {
		if !isSchemeByte(w[i]) {
			return false
		}
	}
	return true
}

// addressLike: a URL, or a path that begins with a slash, a version, a variable
// of a template or a host.
func addressLike(w string) bool {
	w = strings.TrimLeft(w, "\"'`<")
	if strings.HasPrefix(w, "/") || strings.HasPrefix(w, "{{") || versioned(w) {
		return len(w) > 1
	}
	i := strings.IndexByte(w, '/')
	if i <= 0 {
		return false
	}
	return strings.Contains(w, "://") || hostKind(asciiLower(w[:i])) != ""
}

func isCmdlet(w string) bool {
	verb, noun, ok := strings.Cut(w, "-")
	if !ok || len(noun) < 4 || !strings.EqualFold(noun[:2], "mg") || verb == "" {
		return false
	}
	for i := 0; i < len(verb); i++ {
		if !isSchemeByte(verb[i]) {
			return false
		}
	}
	return true
}

// cutAddress ends an address where the words of a query end, and drops the
// "HTTP/1.1" of a request line and a comment behind it.
func cutAddress(s string) (url, tail string) {
	if i := strings.Index(s, " #"); i >= 0 {
		s = s[:i]
	}
	s = strings.TrimSpace(s)
	if i := strings.LastIndex(s, " HTTP/"); i > 0 && len(s)-i < 10 {
		s = strings.TrimSpace(s[:i])
	}
	if i := strings.Index(s, " {"); i > 0 && !strings.HasPrefix(s[i:], " {{") && strings.HasSuffix(s, "}") {
		return strings.TrimSpace(s[:i]), s[i+1:]
	}
	q := strings.IndexByte(s, '?')
	if i := strings.IndexByte(s, ' '); i > 0 && (q < 0 || i < q) && !openKey(s[:i]) {
		return s[:i], strings.TrimSpace(s[i:])
	}
	return s, ""
}

// openKey: a blank inside parentheses or a drive path belongs to the address.
func openKey(s string) bool {
	if strings.Count(s, "(") > strings.Count(s, ")") {
		return true
	}
	_, path, ok := strings.Cut(strings.Replace(s, "://", "", 1), ":/")
	return ok && !strings.Contains(path, ":")
}

// ParseCall reads one request as people write it: "METHOD URL", a URL or a path
// alone (GET), a Graph PowerShell cmdlet with its parameters, or a command such
// as curl. The URL may lack host, version or the slash before it; a JSON body
// may stand behind it. What the method is called is not judged here.
func ParseCall(text string, at Place) (*Call, error) {
	return parseLine(newVault().seal(clean([]byte(text))), at)
}

// parseLine is ParseCall for a text that is sealed.
func parseLine(text string, at Place) (*Call, error) {
	t := unassigned(strings.TrimSpace(text))
	word, rest, _ := strings.Cut(t, " ")
	rest = strings.TrimSpace(rest)
	switch {
	case t == "":
		return nil, errors.New("it is empty")
	case isCmdlet(word):
		verb, noun, _ := strings.Cut(t, "-")
		return scannedCall(strings.ToUpper(verb[:1])+asciiLower(verb[1:])+"-Mg"+noun[2:], at)
	case isCommand(t):
		return scannedCall(t, at)
	case addressLike(word):
		return listedCall("GET", t, at)
	case rest != "" && methodLike(word) && (isMethod(word) != "" || addressLike(rest)):
		return listedCall(strings.ToUpper(strings.TrimSuffix(word, ":")), rest, at)
	case strings.Contains(word, "/") && rest == "":
		return listedCall("GET", t, at)
	case isMethod(word) != "":
		return nil, fmt.Errorf("%s names no URL", isMethod(word))
	}
	return nil, fmt.Errorf("%q is neither a URL, a path nor a Graph PowerShell cmdlet", safe(short(t)))
}

func short(s string) string {
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:60], "") + "…"
	}
	return s
}

func isCommand(t string) bool {
	for _, tool := range httpTools {
		if strings.HasPrefix(t, tool) {
			return true
		}
	}
	return false
}

func scannedCall(text string, at Place) (*Call, error) {
	for _, c := range scanCalls(at.File, text, at.Line) {
		c.Place, c.Asked = at, true
		return c, nil
	}
	return nil, fmt.Errorf("%q makes no request that can be told from it", safe(short(text)))
}

func listedCall(method, rest string, at Place) (*Call, error) {
	url, tail := cutAddress(rest)
	url = trimAddress(url)
	if tail != "" && tail[0] != '{' {
		return nil, fmt.Errorf("%q stands behind the URL; a blank belongs into it only after the question mark", safe(short(tail)))
	}
	f := &frame{call: Call{Method: method, Place: at, Asked: true}}
	u := splitAddress(url)
	f.fillURL(u)
	if f.call.URL == "" {
		return nil, fmt.Errorf("%s names no URL", method)
	}
	if tail != "" {
		b := newBuilder(at.File, newVault())
		(&scanner{b: b}).requestBody(f, tail, at.Line)
	}
	return &f.call, nil
}

// trimAddress takes away the quotes and brackets that stand around an address.
func trimAddress(s string) string {
	for len(s) > 1 {
		a, b := s[0], s[len(s)-1]
		if !(a == b && (a == '"' || a == '\'' || a == '`') || a == '<' && b == '>') {
			break
		}
		s = s[1 : len(s)-1]
	}
	return s
}

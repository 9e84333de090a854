package evidence

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
)

// This file reads requests for their own sake, whether they failed or not:
// what does an app call? A list is read line by line; every other carrier goes
// through the readers that find failures in it.

// Calls yields every request that an input names, in its order, and a *Problem
// for whatever could not be read. The forms are told apart by content: a list
// (a request a line, see ParseCall; blank lines and those that begin with # are
// left out), a HAR, the body of a $batch, a log, a command such as curl, code.
// Calls to sign-in endpoints are left out, and so
// is a batch whose requests are told. In a list each line is a request
// that is Asked for; one that is none is a Problem.
func Calls(ctx context.Context, in Input) iter.Seq2[*Call, error] {
	return func(yield func(*Call, error) bool) {
		name := Printable(in.Name)
		text, problems := readWhole(name, in.Reader)
		if text != "" && !yieldCalls(ctx, name, text, yield) {
			return
		}
		for _, p := range problems {
			if !yield(nil, p) {
				return
			}
		}
	}
}

// readWhole reads an input as one text.
func readWhole(name string, r io.Reader) (string, []error) {
	problem := func(line int, err error) []error { return []error{&Problem{Place{name, line}, err}} }
	br, err := open(r)
	if err != nil {
		return "", problem(0, err)
	}
	if head, _ := br.Peek(sniffLength); looksBinary(head) {
		return "", problem(1, errBinary)
	}
	raw, err := io.ReadAll(io.LimitReader(br, maxBody+1))
	var problems []error
	if err != nil {
		problems = problem(1+strings.Count(string(raw), "\n"), fmt.Errorf("reading stopped: %w", err))
	}
	if len(raw) > maxBody {
		raw = raw[:maxBody]
		problems = problem(1+strings.Count(string(raw), "\n"), fmt.Errorf("the limit of %d MiB for one document is reached; the rest is not read", maxBody>>20))
	}
	if len(raw) == 0 && err == nil {
		return "", problem(0, ErrEmpty)
	}
	return clean(raw), problems
}

func yieldCalls(ctx context.Context, name, text string, yield func(*Call, error) bool) bool {
	if isList(text) {
		n, v := 0, newVault()
		for l := range strings.SplitSeq(text, "\n") {
			n++
			if blankLine(l) {
				continue
			}
			if !harmless(l) {
				l = v.seal(l)
			}
			if ctx.Err() != nil {
				return false
			}
			c, err := parseLine(l, Place{name, n})
			if err != nil {
				err = &Problem{Place{name, n}, err}
			}
			if !yield(c, err) {
				return false
			}
		}
		return true
	}
	any := false
	for _, c := range scanCalls(name, text, 1) {
		any = true
		if ctx.Err() != nil || !yield(c, nil) {
			return false
		}
	}
	return any || yield(nil, &Problem{Place{name, 1}, ErrNoCall})
}

// ErrNoCall: a text was read and names no request.
var ErrNoCall = errors.New("no request is in it: want METHOD URL lines, a HAR, a log, a $batch body or a command")

// scanCalls finds the requests of any text that is no list.
func scanCalls(name, text string, line int) []*Call {
	v := newVault()
	b := newBuilder(name, v)
	b.every = true
	s := &scanner{b: b}
	s.scan(newDoc(name, v.seal(unprefix(unstamp(dropColours(markup(text))))), line))
	var out []*Call
	for _, f := range b.join() {
		if c := &f.call; (f.hasReq || c.Cmdlet != "") && c.Method != "OPTIONS" && !c.Login() && !(b.parts != nil && strings.HasSuffix(c.Path, "/$batch")) {
			for _, p := range f.facts {
				if p.Field == "parameter" {
					c.Params = append(c.Params, p.Value)
				}
			}
			out = append(out, c)
		}
	}
	return out
}

// harmless tells a line that has no place for a secret: a short address without
// query, body or any value that has a name. What looks like one in it is still
// redacted where it is handed out.
func harmless(l string) bool {
	if len(l) > 300 || strings.Contains(l, "eyJ") || strings.Contains(l, "Ew") {
		return false
	}
	for i := 0; i < len(l); i++ {
		switch c := l[i]; c {
		case '=', '?', '&', '"', '\'', '#', '%', lineMarkHead:
			return false
		case ':':
			if !strings.HasPrefix(l[i:], "://") && !strings.HasPrefix(l[i:], ":/") {
				return false
			}
		case '{':
			if i > 0 && l[i-1] == ' ' {
				return false
			}
		}
	}
	return strings.Count(l, " ") < 2
}

func blankLine(l string) bool {
	t := strings.TrimSpace(l)
	return t == "" || t[0] == '#'
}

// maxListSample is how many lines decide whether a text is a list.
const maxListSample = 200

// isList: at least two of three lines are requests as a list has them, and
// nothing looks like a message's head. One line alone has to be one.
func isList(text string) bool {
	if t := strings.TrimLeft(text, " \t\n\ufeff"); t == "" || strings.HasPrefix(t, "[{") || strings.HasPrefix(t, "{\"") || strings.HasPrefix(t, "{\n") || strings.HasPrefix(t, "<") {
		return false
	}
	all, listed := 0, 0
	for l := range strings.SplitSeq(text, "\n") {
		if blankLine(l) {
			continue
		}
		if strings.HasPrefix(l, "HTTP/") || headLine(l) || goesOn(strings.TrimRight(l, " ")) {
			return false
		}
		if all++; all > maxListSample {
			break
		}
		if lineLike(strings.TrimSpace(l)) {
			listed++
		}
	}
	return all > 0 && listed*3 >= all*2
}

// headLine: "Host: graph.microsoft.com", "Authorization: Bearer ...".
func headLine(l string) bool {
	name, _, ok := strings.Cut(l, ": ")
	if !ok || name == "" || strings.ContainsAny(name, " \t/") {
		return false
	}
	switch asciiLower(name) {
	case "host", "authorization", "accept", "content-type", "user-agent", "date", "www-authenticate", "content-length":
		return true
	}
	return false
}

// lineLike: the first words of a line are those of a request in a list.
func lineLike(l string) bool {
	l = unassigned(l)
	word, rest, _ := strings.Cut(l, " ")
	rest = strings.TrimSpace(rest)
	switch {
	case isCmdlet(word):
		return true
	case addressLike(word):
		_, tail := cutAddress(l)
		return tail == ""
	case methodLike(word) && rest != "":
		url, tail := cutAddress(rest)
		return (addressLike(url) || isMethod(word) != "" && !strings.Contains(tail, " ")) && (tail == "" || tail[0] == '{')
	}
	return false
}

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

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

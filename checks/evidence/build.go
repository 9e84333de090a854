package evidence

import (
	"slices"
	"strings"
)

// This file gathers what the recognisers find into exchanges, and exchanges
// into Cases. Recognisers report facts in the order of the text; the builder
// decides what belongs together.

type builder struct {
	file    string
	vault   *vault
	frames  []*frame
	cur     *frame
	stack   []*frame
	global  frame // what belongs to no exchange in particular
	now     moment
	lost    int
	tabular bool             // an export in columns: its cells are data
	parts   map[string]*node // requests of a $batch that was sent, by id
	every   bool             // every request counts, not only those that failed
}

func newBuilder(file string, v *vault) *builder {
	return &builder{file: file, vault: v, global: frame{}}
}

// at returns the frame that facts go to, opening one where there is none.
func (b *builder) at(line int) *frame {
	if b.cur == nil {
		b.open(line)
	}
	b.cur.last = max(b.cur.last, line)
	return b.cur
}

func (b *builder) open(line int) *frame {
	f := &frame{first: line, last: line}
	if len(b.frames) < maxFrames || b.every && len(b.frames) < maxCalls {
		b.frames = append(b.frames, f)
	} else {
		b.lost++
	}
	b.cur = f
	return f
}

// begin opens an exchange that the carrier delimits; end closes it.
func (b *builder) begin(line int) *frame {
	b.stack = append(b.stack, b.cur)
	f := b.open(line)
	f.explicit = true
	return f
}

func (b *builder) end() {
	n := len(b.stack)
	b.cur = b.stack[n-1]
	b.stack = b.stack[:n-1]
}

// request reports a request. A weak one is a URL in passing: it fills a gap
// and opens nothing that already has a request.
func (b *builder) request(method, url string, line int, weak bool) *frame {
	u := splitURL(url)
	before := 0
	if b.cur != nil {
		before = b.cur.last
	}
	f := b.at(line)
	if u == (parsedURL{}) {
		return f
	}
	switch {
	case f.explicit:
		if f.hasReq && !f.weakReq {
			return f
		}
	case f.hasReq && sameRequest(f, method, u):
		if f.call.Status != 0 && f.call.Status < 400 && !weak || f.spoken() && !weak && line > before {
			f.last = min(f.last, max(before, f.first))
			f = b.open(line)
			break
		}
		if f.call.Method == "" {
			f.call.Method = method
		}
		if f.call.Query == "" {
			f.fillURL(u)
		}
		f.weakReq = f.weakReq && weak
		f.again = line
		return f
	case f.hasReq && f.weakReq && !weak && f.call.Status == 0 && !f.spoken():
		// the real request behind a URL that was only mentioned
	case f.hasReq && weak && f.weakReq && f.call.Method == "" && method != "" && f.call.Status == 0 && !f.spoken() && !b.every:
		// an address with its method is a call, one without may be a parameter
	case f.hasReq && weak && !(b.every && u.api()):
		return f
	case f.hasReq, !weak && (f.call.Status != 0 || len(f.said) > 0):
		f.last = min(f.last, max(before, f.first))
		f = b.open(line)
	case weak && len(f.said) > 0 && f.call.Status == 0 && u.host != "" && !u.api():
		return f
	}
	f.hasReq, f.weakReq = true, weak
	f.call.Method = method
	f.fillURL(u)
	f.call.Place = Place{b.file, line}
	if t := pathTenant(u.path); t != "" {
		addFact(f, Ref{f.call.Place, FromRequest, "tenant", t})
	}
	return f
}

func sameRequest(f *frame, method string, u parsedURL) bool {
	if f.call.Method != "" && method != "" && f.call.Method != method {
		return false
	}
	return strings.EqualFold(strings.TrimRight(f.call.Path, "/"), strings.TrimRight(u.path, "/")) &&
		(f.call.Host == "" || u.host == "" || f.call.Host == u.host)
}

func (f *frame) fillURL(u parsedURL) {
	if u.host != "" {
		f.call.Host = u.host
	}
	f.call.Path, f.call.Query = u.path, u.query
	f.call.URL = u.String()
	f.call.Select = u.selected()
}

// status reports an answer's status.
func (b *builder) status(code, line int) *frame {
	f := b.at(line)
	switch {
	case f.call.Status == code:
	case f.call.Status < 200: // none yet, or 100 Continue
		f.call.Status = code
		f.call.ReplyPlace = Place{b.file, line}
	case f.explicit:
		return f
	case code < 400 && f.again == line && line > f.call.ReplyPlace.Line: // the same request, tried again with success
		again := Call{Method: f.call.Method, URL: f.call.URL, Host: f.call.Host, Path: f.call.Path, Query: f.call.Query, Select: f.call.Select, Place: Place{b.file, line}}
		f.last = max(f.first, min(f.last, line-1))
		f = b.open(line)
		f.call, f.hasReq = again, true
		f.call.Status, f.call.ReplyPlace = code, Place{b.file, line}
	case code < 400 && len(f.said) > 0:
		return f // a later success does not belong to this failure
	default:
		if f.call.Status < 400 || code >= 400 {
			f = b.open(line)
			f.call.Status = code
			f.call.ReplyPlace = Place{b.file, line}
		}
	}
	f.okBody = f.call.Status >= 200 && f.call.Status < 400
	return f
}

// fact reports a named value.
func (b *builder) fact(name, value string, line int, o Origin) {
	f := &b.global
	if b.cur != nil {
		f = b.cur
	}
	addFact(f, Ref{Place{b.file, line}, o, name, safe(strings.TrimSpace(value))})
}

func addFact(f *frame, r Ref) {
	if r.Value == "" || len(f.facts) >= maxFacts {
		return
	}
	for _, o := range f.facts {
		if o.Field == r.Field && o.Value == r.Value {
			return
		}
	}
	f.facts = append(f.facts, r)
}

// token reports a token where it stands in the text.
func (b *builder) token(t *Token, use Use, line int) {
	f := &b.global
	if b.cur != nil {
		f = b.cur
		f.last = max(f.last, line)
	}
	if t.Place.Line == 0 {
		t.Place = Place{b.file, line}
	}
	f.sights = append(f.sights, sight{t, use, line})
}

// stamp gives the frame the time of the line that it is being read from.
func (b *builder) stamp(f *frame) {
	if b.now.t.IsZero() || f == nil {
		return
	}
	f.moments = append(f.moments, b.now)
}

// id notes one of the ids that a support case needs.
func (b *builder) id(name, value string, line int) {
	setID(&b.at(line).ids, name, safe(value))
}

// anID is an id without the brackets and quotes around it; "" for what a
// program prints where it has none.
func anID(value string) string {
	value = strings.Trim(value, " \t<>()[]{}\"'`,;+")
	switch strings.ToLower(value) {
	case "null", "none", "nil", "undefined", "n/a", "na", "-", "empty", "redacted":
		return ""
	}
	if len(value) > 80 {
		return ""
	}
	return value
}

func setID(ids *IDs, name, value string) {
	if value = anID(value); value == "" {
		return
	}
	set := func(p *string) {
		if *p == "" {
			*p = value
		}
	}
	switch name {
	case "request_id":
		set(&ids.Request)
	case "client_request_id":
		set(&ids.ClientRequest)
	case "correlation_id":
		set(&ids.Correlation)
	case "trace_id":
		set(&ids.Trace)
	case "timestamp":
		set(&ids.Timestamp)
	}
}

// flow notes how the token was asked for.
func (b *builder) flow(fl Flow) {
	f := &b.global
	if b.cur != nil && b.cur.explicit {
		f = b.cur
	}
	if f.flow == "" || f.flow == FlowInteractive || f.flow == FlowSilent {
		f.flow = fl
	}
}

// failed tells whether a frame holds a failure.
func (f *frame) failed() bool {
	if f.failedState {
		return true
	}
	if f.call.Status == 424 {
		return false // it only follows from another part of the batch
	}
	if f.call.Status >= 400 {
		return true
	}
	if f.okBody {
		return false
	}
	return slices.ContainsFunc(f.said, func(s Statement) bool { return s.Carrier != InProse || s.Code != "" })
}

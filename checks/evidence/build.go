package evidence

import (
	"slices"
	"strings"
	"time"
)

// This file gathers what the recognisers find into exchanges, and exchanges
// into Cases. Recognisers report facts in the order of the text; the builder
// decides what belongs together.

// Limits of what one text may pile up.
const (
	maxFrames     = 2000
	maxCalls      = 100_000 // frames where every request counts
	maxStatements = 60
	maxFacts      = 300
	keptBeside    = 20
)

// A frame is one exchange in the making.
type frame struct {
	call        Call
	hasReq      bool
	weakReq     bool // a URL in passing, not a request line
	explicit    bool // the carrier delimits it (HAR entry, batch part, log record)
	okBody      bool // a 2xx: its body is data, whatever words stand in it
	failedState bool // a failure told inside a 2xx
	said        []Statement
	sights      []sight
	moments     []moment
	facts       []Ref
	ids         IDs
	own         Own
	first, last int // lines
	app         *App
	flow        Flow
}

// A sight is a token met in the text.
type sight struct {
	token *Token
	use   Use
	line  int
}

// A moment is a time that may be the failure's.
type moment struct {
	t    time.Time
	rank int // lower is better: the answer's own date before a log's stamp
	ref  Ref
}

// Ranks of moments.
const (
	rankAnswer = iota // Date header, innerError.date, Timestamp of AADSTS
	rankRecord        // the record's own time: HAR startedDateTime, log record
	rankLine          // a stamp at the beginning of the line
	rankText          // some time in the text
)

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

// say reports a statement. The same one met again is not a second witness.
func (b *builder) say(s Statement, line int) *frame {
	f := b.at(line)
	if !f.explicit && b.another(f, s, line) {
		f = b.open(line)
	}
	s.Message = safe(strings.TrimSpace(s.Message))
	s.Code = safe(strings.TrimSpace(s.Code))
	if s.Ref.Line == 0 {
		s.Ref.Place = Place{b.file, line}
	}
	for i := range f.said {
		if sameStatement(f.said[i], s) {
			f.said[i] = joinStatement(f.said[i], s)
			return f
		}
	}
	if len(f.said) < maxStatements {
		f.said = append(f.said, s)
	}
	return f
}

// another tells whether a statement is about another failure than the frame
// holds: the frame's answer was a success, or the ids differ.
func (b *builder) another(f *frame, s Statement, line int) bool {
	if s.Carrier == InProse || s.Carrier == InHeader {
		return false
	}
	if f.okBody && line > f.first {
		return true
	}
	id := s.Quoted("trace_id")
	if id == "" {
		id = s.Quoted("correlation_id")
	}
	if id == "" || s.Depth > 0 {
		return false
	}
	known := false
	for _, o := range f.said {
		for _, name := range []string{"trace_id", "correlation_id"} {
			if v := o.Quoted(name); v != "" {
				if v == s.Quoted(name) {
					return false
				}
				known = known || v != "" && s.Quoted(name) != ""
			}
		}
	}
	return known
}

func sameStatement(a, b Statement) bool {
	if a.Code != b.Code {
		return false
	}
	fa, fb := Fold(a.Message), Fold(b.Message)
	return fa == fb || fb == "" || fa == "" || len(fa) > 20 && len(fb) > 20 && (strings.HasPrefix(fa, fb) || strings.HasPrefix(fb, fa))
}

// joinStatement keeps the richer of two equal statements.
func joinStatement(a, b Statement) Statement {
	if len(b.Message) > len(a.Message) {
		a.Message = b.Message
	}
	if len(a.Needed) == 0 {
		a.Needed, a.Kind = b.Needed, max(a.Kind, b.Kind)
	}
	if !a.HasHeld {
		a.Held, a.HasHeld = b.Held, b.HasHeld
	}
	if a.Claims == "" {
		a.Claims = b.Claims
	}
	if a.Target == "" {
		a.Target = b.Target
	}
	if a.When.IsZero() {
		a.When = b.When
	}
	a.Depth = min(a.Depth, b.Depth)
	a.Decisive = a.Decisive || b.Decisive
	for _, v := range b.Values {
		if a.Quoted(v.Field) == "" {
			a.Values = append(a.Values, v)
		}
	}
	if a.Carrier == InProse || a.Carrier == InLine {
		a.Carrier = b.Carrier
	}
	return a
}

// adopt gives a code that came without a message to the exception's own line
// just above it, which came without a code.
func (b *builder) adopt(code string, line int) bool {
	if b.cur == nil || len(b.cur.said) == 0 {
		return false
	}
	for i := len(b.cur.said) - 1; i >= 0; i-- {
		st := &b.cur.said[i]
		if st.Carrier == InProse {
			continue
		}
		if st.Code != "" || st.Message == "" || line-st.Ref.Line > 8 || line < st.Ref.Line {
			return false
		}
		if at := strings.Index(st.Message, ": "); at > 0 && at < 60 && strings.Contains(st.Message[:at], "-Mg") {
			st.Message = st.Message[at+2:]
		}
		st.Code = code
		st.Ref.Field, st.Ref.Value = "error.code", refValue(code, st.Message)
		return true
	}
	return false
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

func (b *builder) moment(t time.Time, rank, line int, field string) {
	if t.IsZero() || t.Year() < 2010 || t.Year() > 2100 {
		return
	}
	o := FromService
	if rank >= rankRecord {
		o = FromRequest
	}
	m := moment{t, rank, Ref{Place{b.file, line}, o, field, t.UTC().Format(time.RFC3339)}}
	if rank == rankLine {
		b.now = m
		return
	}
	f := b.at(line)
	f.moments = append(f.moments, m)
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
	if value = safe(strings.TrimSpace(value)); value == "" || len(value) > 80 {
		return
	}
	setID(&b.at(line).ids, name, value)
}

func setID(ids *IDs, name, value string) {
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

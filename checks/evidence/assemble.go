package evidence

import (
	"slices"
	"strings"
)

// This file makes Cases of the frames that a text gave.

// cases returns the Cases of one text.
func (b *builder) cases(kind docKind) []*Case {
	frames := b.join()
	if kind != reportText && (kind == codeText || !b.certain(frames)) {
		return b.quiet(frames)
	}
	var failed []*frame
	for _, f := range frames {
		if f.failed() {
			failed = append(failed, f)
		}
	}
	if len(failed) == 0 {
		return b.unfailed(frames)
	}
	var out []*Case
	for _, f := range failed {
		out = append(out, b.caseOf(f, frames))
	}
	return out
}

// certain: documentation or code that nevertheless holds a delimited failed
// exchange (a HAR, a log record) is taken at its word.
func (b *builder) certain(frames []*frame) bool {
	return slices.ContainsFunc(frames, func(f *frame) bool { return f.explicit && f.failed() })
}

// join merges an answer without a request and a request without an answer
// that stand next to each other, and drops frames that hold nothing.
func (b *builder) join() []*frame {
	var out []*frame
	for _, f := range b.frames {
		if n := len(out); n > 0 && !f.explicit && !out[n-1].explicit {
			prev := out[n-1]
			switch {
			case !prev.hasReq && prev.failed() && f.hasReq && !f.spoken() && (f.call.Status == 0 || prev.call.Status == 0 && f.call.Status >= 400):
				prev.take(f)
				continue
			case prev.hasReq && prev.call.Status == 0 && !prev.spoken() && !f.hasReq && (f.failed() || f.okBody):
				f.call.Cmdlet = firstOf(f.call.Cmdlet, prev.call.Cmdlet)
				prev.take(f)
				continue
			case prev.hasReq && f.hasReq && prev.spoken() && !coded(f) && sameRequest(prev, f.call.Method, splitURL(f.call.URL)) && (f.call.Status == prev.call.Status || f.call.Status == 0 || prev.call.Status == 0):
				prev.take(f) // the same failure, told once more by an exception
				continue
			case prev.hasReq && prev.failed() && !f.hasReq && f.call.Status == 0 && f.spoken() && sameIDs(prev.ids, f.ids):
				prev.take(f)
				continue
			}
		}
		if f.hasReq || f.call.Status != 0 || len(f.said) > 0 || len(f.sights) > 0 || len(f.facts) > 0 || f.failedState || f.call.Cmdlet != "" || f.call.Auth != AuthUnknown {
			out = append(out, f)
		}
	}
	return b.absorb(out)
}

// absorb lets a frame that holds only words and a status (an exception's
// heading, "Request failed with status code 401") join the failure beside it.
func (b *builder) absorb(in []*frame) []*frame {
	weak := func(f *frame) bool {
		return !f.explicit && !f.hasReq && f.call.Cmdlet == "" && !f.failedState && f.failed() && !slices.ContainsFunc(f.said, func(s Statement) bool { return s.Code != "" })
	}
	fits := func(f, o *frame) bool {
		return !weak(o) && o.failed() && (f.call.Status == 0 || o.call.Status == 0 || f.call.Status == o.call.Status)
	}
	var out []*frame
	for i, f := range in {
		if weak(f) {
			if i+1 < len(in) && fits(f, in[i+1]) {
				in[i+1].take(f)
				continue
			}
			if n := len(out); n > 0 && (fits(f, out[n-1]) || weak(out[n-1]) && (f.call.Status == 0 || out[n-1].call.Status == 0 || f.call.Status == out[n-1].call.Status)) {
				out[n-1].take(f)
				continue
			}
		}
		out = append(out, f)
	}
	return out
}

// coded: an error code was said in the frame.
func coded(f *frame) bool {
	return slices.ContainsFunc(f.said, func(s Statement) bool { return s.Code != "" })
}

// mended returns what shows that a failure was overcome: after a refused
// sign-in or token, a later call went through the door.
func mended(f *frame, all []*frame) (Ref, bool) {
	login := f.call.Login() || slices.ContainsFunc(f.said, func(s Statement) bool { return s.Carrier == InOAuth || strings.HasPrefix(s.Code, "AADSTS") })
	if !login && f.call.Status != 401 && (f.hasReq || f.call.Status != 0) {
		return Ref{}, false
	}
	for _, o := range all {
		if o == f || o.first <= f.last || o.call.Login() || o.call.Status == 0 && !coded(o) || o.call.Status == 401 || o.call.Status >= 500 {
			continue
		}
		if !o.hasReq && o.call.Cmdlet == "" || hostKind(o.call.Host) == "" && !versioned(o.call.Path) && o.call.Cmdlet == "" {
			continue
		}
		if !login && f.call.Host != o.call.Host {
			continue
		}
		if o.call.Status == 0 && slices.ContainsFunc(o.said, func(s Statement) bool {
			return strings.HasPrefix(s.Code, "AADSTS") || s.Code == "InvalidAuthenticationToken"
		}) {
			continue
		}
		return Ref{o.call.Place, FromService, "status", itoa(o.call.Status)}, true
	}
	return Ref{}, false
}

// spoken: the frame holds what a service or library said.
func (f *frame) spoken() bool {
	return slices.ContainsFunc(f.said, func(s Statement) bool { return s.Carrier != InProse })
}

func sameIDs(a, b IDs) bool {
	return a.Request != "" && a.Request == b.Request || a.Correlation != "" && a.Correlation == b.Correlation || b.Request == "" && b.Correlation == ""
}

// take adds another frame's parts to f.
func (f *frame) take(o *frame) {
	if !f.hasReq && o.hasReq || f.weakReq && o.hasReq && !o.weakReq {
		c := o.call
		c.Status, c.ReplyPlace = f.call.Status, f.call.ReplyPlace
		if c.Status == 0 {
			c.Status, c.ReplyPlace = o.call.Status, o.call.ReplyPlace
		}
		c.Response = mergeMaps(f.call.Response, o.call.Response)
		c.Cmdlet = firstOf(c.Cmdlet, f.call.Cmdlet)
		c.Client = firstOf(c.Client, f.call.Client)
		c.agent = firstOf(c.agent, f.call.agent)
		if c.Auth == AuthUnknown {
			c.Auth = f.call.Auth
		}
		c.HeadersSeen = c.HeadersSeen || f.call.HeadersSeen
		f.call = c
		f.hasReq, f.weakReq = true, o.weakReq
	} else {
		if f.call.Status == 0 {
			f.call.Status, f.call.ReplyPlace = o.call.Status, o.call.ReplyPlace
		}
		f.call.Response = mergeMaps(f.call.Response, o.call.Response)
		f.call.Body = append(f.call.Body, o.call.Body...)
		f.call.Cmdlet = firstOf(f.call.Cmdlet, o.call.Cmdlet)
		if f.call.Auth == AuthUnknown {
			f.call.Auth = o.call.Auth
		}
		f.call.Empty = f.call.Empty || o.call.Empty
	}
	f.okBody = f.call.Status >= 200 && f.call.Status < 400
	f.failedState = f.failedState || o.failedState
	f.said = append(f.said, o.said...)
	f.sights = append(f.sights, o.sights...)
	f.moments = append(f.moments, o.moments...)
	for _, r := range o.facts {
		addFact(f, r)
	}
	mergeIDs(&f.ids, o.ids)
	f.own = Own{f.own.Truncated || o.own.Truncated, f.own.NoBody || o.own.NoBody, f.own.Redacted || o.own.Redacted}
	f.first, f.last = min(f.first, o.first), max(f.last, o.last)
	if f.flow == "" {
		f.flow = o.flow
	}
}

func mergeMaps(a, b map[string]string) map[string]string {
	if len(a) == 0 {
		return b
	}
	for k, v := range b {
		if _, ok := a[k]; !ok {
			a[k] = v
		}
	}
	return a
}

func mergeIDs(a *IDs, b IDs) {
	setID(a, "request_id", b.Request)
	setID(a, "client_request_id", b.ClientRequest)
	setID(a, "correlation_id", b.Correlation)
	setID(a, "trace_id", b.Trace)
	setID(a, "timestamp", b.Timestamp)
}

// caseOf makes the Case of a failed frame.
func (b *builder) caseOf(f *frame, all []*frame) *Case {
	c := &Case{
		Place: Place{b.file, f.first}, Said: b.ordered(f), Facts: slices.Clone(f.facts), IDs: f.ids,
		Failed: true, Flow: f.flow, Own: &f.own, App: b.global.app,
	}
	if f.hasReq || f.call.Status != 0 || f.call.Cmdlet != "" || f.call.HeadersSeen || f.call.Auth != AuthUnknown {
		call := f.call
		c.Call = &call
	}
	b.surround(c, f, all)
	b.attach(c, f, all)
	c.When = b.when(f)
	c.dropStray()
	if len(all) <= 50 {
		c.Mended, _ = mended(f, all)
	}
	return c
}

// ordered puts what the service said before what a person said.
func (b *builder) ordered(f *frame) []Statement {
	said := slices.Clone(f.said)
	slices.SortStableFunc(said, func(x, y Statement) int { return proseRank(x) - proseRank(y) })
	return said
}

func proseRank(s Statement) int {
	if s.Carrier == InProse {
		return 1
	}
	return 0
}

// surround adds what stands around the failure: other exchanges, facts that
// belong to none, words.
func (b *builder) surround(c *Case, f *frame, all []*frame) {
	for _, o := range all {
		if o == f {
			continue
		}
		if (o.hasReq || o.call.Status != 0) && len(c.Beside) < keptBeside {
			call := o.call
			c.Beside = append(c.Beside, &call)
		}
		if o.failed() && (o.explicit || len(all) > 12) {
			continue
		}
		for _, r := range o.facts {
			if !o.failed() || !identifying(r.Field) {
				addTo(&c.Facts, r)
			}
		}
		if !o.failed() {
			for _, s := range o.said {
				if s.Carrier == InProse {
					c.Said = append(c.Said, s)
				}
			}
		}
	}
	for _, r := range b.global.facts {
		addTo(&c.Facts, r)
	}
	if len(all) <= 12 {
		c.Said = append(c.Said, b.global.said...)
	}
	if c.Flow == "" {
		c.Flow = b.global.flow
	}
}

// identifying facts belong to one exchange and no other.
func identifying(field string) bool {
	switch field {
	case "client_id", "scope", "resource", "redirect_uri", "grant_type", "batch_part", "suberror":
		return true
	}
	return false
}

func addTo(list *[]Ref, r Ref) {
	if len(*list) >= maxFacts {
		return
	}
	for _, o := range *list {
		if o.Field == r.Field && o.Value == r.Value {
			return
		}
	}
	*list = append(*list, r)
}

// attach finds the token of a case: one that was sent with the call, or else
// the only one, or the nearest before it.
func (b *builder) attach(c *Case, f *frame, all []*frame) {
	var near *sight
	gather := func(o *frame) {
		for i := range o.sights {
			sg := &o.sights[i]
			if !slices.Contains(c.Seen, sg.token) {
				c.Seen = append(c.Seen, sg.token)
			}
		}
	}
	for i := range f.sights {
		if u := f.sights[i].use; u == Sent || u == Assertion {
			c.Token = used(f.sights[i])
			if u == Sent {
				break
			}
		}
	}
	for _, o := range all {
		gather(o)
	}
	gather(&b.global)
	if c.Token != nil {
		return
	}
	login := c.Call.Login()
	consider := func(o *frame) {
		for i := range o.sights {
			sg := &o.sights[i]
			if sg.use == Sent && o != f && o != &b.global && o.hasReq && c.Call != nil && o.call.Host != c.Call.Host && c.Call.Host != "" && o.call.Host != "" {
				continue
			}
			if near == nil || better(*sg, *near, f) {
				near = sg
			}
		}
	}
	consider(f)
	if !f.explicit || len(all) == 1 {
		for _, o := range all {
			if o != f {
				consider(o)
			}
		}
	}
	consider(&b.global)
	if near != nil && !login && f.call.Auth != AuthEmpty && f.call.Auth != AuthAbsent {
		c.Token = used(*near)
	}
}

// better prefers a sent token, a readable one, then the nearest before the failure.
func better(a, b sight, f *frame) bool {
	if (a.use == Sent) != (b.use == Sent) {
		return a.use == Sent
	}
	if a.token.Readable() != b.token.Readable() {
		return a.token.Readable()
	}
	if (a.token.Type == TokenID) != (b.token.Type == TokenID) {
		return b.token.Type == TokenID
	}
	da, db := distance(a.line, f), distance(b.line, f)
	return da < db
}

func distance(line int, f *frame) int {
	switch {
	case line < f.first:
		return f.first - line
	case line > f.last:
		return 2 * (line - f.last)
	}
	return 0
}

// used returns the token with the use of this sighting: one text may show the
// same token in several places.
func used(sg sight) *Token {
	t := *sg.token
	t.Use = sg.use
	t.Place = Place{t.Place.File, sg.line}
	return &t
}

// when chooses the moment of a failure: the answer's own date before the
// record's, before the line's stamp.
func (b *builder) when(f *frame) Moment {
	best := moment{rank: 99}
	for _, m := range f.moments {
		if m.rank < best.rank {
			best = m
		}
	}
	if best.rank == 99 {
		for _, m := range b.global.moments {
			if m.rank < best.rank {
				best = m
			}
		}
	}
	if best.rank == 99 && !b.now.t.IsZero() {
		best = b.now
	}
	if best.rank == 99 {
		for _, o := range b.frames {
			for _, m := range o.moments {
				if m.rank < best.rank && !o.failed() {
					best = m
				}
			}
		}
	}
	if best.rank == 99 {
		return Moment{}
	}
	return Moment{best.t, best.ref}
}

// unfailed makes the Case of a text in which no exchange failed: a token
// alone, an answer to look at, or words that tell of a failure.
func (b *builder) unfailed(frames []*frame) []*Case {
	c := &Case{Place: Place{b.file, 1}, Own: &Own{}, App: b.global.app, Flow: b.global.flow}
	var sights []sight
	var prose []Statement
	for _, f := range append(slices.Clone(frames), &b.global) {
		sights = append(sights, f.sights...)
		for _, r := range f.facts {
			addTo(&c.Facts, r)
		}
		if !f.okBody {
			prose = append(prose, f.said...)
		}
		mergeIDs(&c.IDs, f.ids)
		if f.hasReq || f.call.Status != 0 || f.call.Cmdlet != "" {
			call := f.call
			if c.Call == nil || f.call.Empty {
				if c.Call != nil {
					c.Beside = append(c.Beside, c.Call)
				}
				c.Call = &call
			} else {
				c.Beside = append(c.Beside, &call)
			}
		}
		for _, m := range f.moments {
			if c.When.IsZero() {
				c.When = Moment{m.t, m.ref}
			}
		}
	}
	c.Said = prose
	c.Failed = (c.Call == nil || c.Call.Status == 0 || reported(prose)) && !b.tabular && tellsFailure(prose)
	for i := range sights {
		if !slices.Contains(c.Seen, sights[i].token) {
			c.Seen = append(c.Seen, sights[i].token)
		}
		if c.Token == nil || better(sights[i], sight{c.Token, c.Token.Use, c.Token.Place.Line}, &frame{}) {
			c.Token = used(sights[i])
		}
	}
	if c.Token != nil && !c.Failed && c.Call == nil && c.Token.Use == Nearby {
		c.Token.Use = Alone
	}
	if c.Token == nil && c.Call == nil && len(c.Said) == 0 && len(c.Facts) == 0 && c.App == nil {
		return nil
	}
	return []*Case{c}
}

// quiet keeps of a text that only talks about failures what may be asked for
// by name (its tokens), and nothing that was said.
func (b *builder) quiet(frames []*frame) []*Case {
	c := &Case{Place: Place{b.file, 1}, Own: &Own{}, App: b.global.app}
	for _, f := range append(slices.Clone(frames), &b.global) {
		for _, sg := range f.sights {
			if !slices.Contains(c.Seen, sg.token) {
				c.Seen = append(c.Seen, sg.token)
			}
		}
	}
	if len(c.Seen) == 0 && c.App == nil {
		return nil
	}
	return []*Case{c}
}

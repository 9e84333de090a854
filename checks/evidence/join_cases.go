package evidence

import (
	"slices"
	"strings"
)

// This file joins cases that tell of one failure.

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
			case prev.hasReq && f.hasReq && prev.spoken() && (!coded(f) || !coded(prev) && prev.call.Method == "" && f.failed()) && sameRequest(prev, f.call.Method, splitURL(f.call.URL)) && (f.call.Status == prev.call.Status || f.call.Status == 0 || prev.call.Status == 0):
				prev.take(f) // the same failure, told once more by an exception
				continue
			case prev.spoken() && f.failed() && !coded(f) && templateOf(&prev.call, &f.call) && prev.call.Status == 0:
				prev.call.URL, prev.call.Host, prev.call.Path, prev.call.Query, prev.call.Select = f.call.URL, f.call.Host, f.call.Path, f.call.Query, f.call.Select
				prev.take(f) // an exception names the request by its builder, a trace by its address
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
	return b.absorb(numbered(out))
}

// numbered joins the number that a client's library gave to a failure with
// what the service says of it next.
func numbered(in []*frame) []*frame {
	var out []*frame
	for i, f := range in {
		if !f.explicit && !f.hasReq && f.call.Status == 0 && ownNumber(f) && i+1 < len(in) && in[i+1].failed() && coded(in[i+1]) && in[i+1].hasReq {
			in[i+1].take(f)
			continue
		}
		out = append(out, f)
	}
	return out
}

// ownNumber: what was said has no code but a number of the library's own.
func ownNumber(f *frame) bool {
	for _, s := range f.said {
		if s.Code != "" && (!isDigits(s.Code) || len(s.Code) > 5 || statusNumber(s.Code) > 0) {
			return false
		}
	}
	return coded(f)
}

// templateOf: one call is named as a builder names it (/users/{id}/messages),
// the other is one of those requests.
func templateOf(a, b *Call) bool {
	if !strings.Contains(a.Path, "{") || a.Host != "" || a.Method != "" && b.Method != "" && a.Method != b.Method {
		return false
	}
	x, y := strings.Split(unversioned(a.Path), "/"), strings.Split(unversioned(b.Path), "/")
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if !strings.HasPrefix(x[i], "{") && !strings.EqualFold(x[i], y[i]) {
			return false
		}
	}
	return true
}

func unversioned(path string) string {
	path = strings.Trim(path, "/")
	if head, rest, ok := strings.Cut(path, "/"); ok && (head == "v1.0" || head == "beta") {
		return rest
	}
	return path
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
	if s := f.call.Status; s == 429 || s >= 500 {
		for _, o := range all { // tried again, and answered
			if o.first > f.last && o.call.Status >= 200 && o.call.Status < 300 && f.hasReq && o.hasReq && sameRequest(o, f.call.Method, splitURL(f.call.URL)) {
				return Ref{o.call.Place, FromService, "status", itoa(o.call.Status)}, true
			}
		}
	}
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

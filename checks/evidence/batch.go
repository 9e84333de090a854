package evidence

import (
	"strings"
)

// This file reads $batch requests and answers, part by part.

// isBatch: responses with id and status, as $batch answers.
func isBatch(n *node) bool {
	r := n.get("responses")
	if !r.isArray() || len(r.items) == 0 {
		return false
	}
	first := r.items[0]
	return first.get("id") != nil && first.get("status") != nil
}

// batch makes an exchange of each part. A 424 only follows from another part.
func (s *scanner) batch(n *node, line int) {
	outer := s.b.cur
	s.batchRequests(n)
	requests := s.b.parts
	for _, r := range n.get("responses").items {
		at := s.at(r, line)
		code := statusNumber(r.str("status"))
		if code == 0 {
			continue
		}
		f := s.b.begin(at)
		if q := requests[r.str("id")]; q != nil {
			s.b.request(isMethod(q.str("method")), "https://graph.microsoft.com/v1.0"+ensureSlash(q.str("url")), at, false)
		}
		s.b.status(code, at)
		if h := r.get("headers"); h != nil {
			s.headers(h, f, at, '<')
		}
		if outer != nil {
			f.moments = append(f.moments, outer.moments...)
			f.sights = append(f.sights, outer.sights...)
			for _, h := range []IDs{outer.ids} {
				setID(&f.ids, "request_id", h.Request)
			}
		}
		if b := r.get("body"); b.isObject() && code >= 400 {
			s.walk(b, s.at(b, at), "", 1)
		} else if b != nil && b.kind == nodeString && code >= 400 {
			s.nested(b.text, at, false)
		}
		addFact(f, Ref{Place{s.b.file, at}, FromService, "batch_part", safe(r.str("id"))})
		s.b.end()
	}
}

// batchRequests remembers the requests of a batch, so that its answers, which
// name only ids, can be told apart.
func (s *scanner) batchRequests(n *node) bool {
	r := n.get("requests")
	if !r.isArray() || len(r.items) == 0 || r.items[0].get("url") == nil {
		return false
	}
	if s.b.parts == nil {
		s.b.parts = map[string]*node{}
	}
	for _, q := range r.items {
		s.b.parts[q.str("id")] = q
	}
	return true
}

// batchCall makes an exchange of a request that stands in a batch, where every
// request counts; its address begins where the batch's own ends.
func (s *scanner) batchCall(q *node, line int) {
	if !s.b.every {
		return
	}
	base := ""
	if o := s.b.cur; o != nil {
		base, _, _ = strings.Cut(o.call.URL, "/$batch")
	}
	f := s.b.begin(line)
	defer s.b.end()
	s.requestPart(q, f, line)
	if f.call.Host == "" && base != "" {
		f.fillURL(splitURL(base + ensureSlash(q.str("url"))))
	}
}

// batchList reads the requests of a batch from a line that lists them:
// "1 GET /users/x  2 POST /groups".
func (s *scanner) batchList(seg string) {
	f := strings.Fields(seg)
	for i := 0; i+2 < len(f); i++ {
		if id := strings.Trim(f[i], ":.#,"); isDigits(id) && isMethod(f[i+1]) != "" && strings.HasPrefix(f[i+2], "/") {
			if s.b.parts == nil {
				s.b.parts = map[string]*node{}
			}
			s.b.parts[id] = &node{kind: nodeObject, members: []member{{"method", &node{kind: nodeString, text: f[i+1]}}, {"url", &node{kind: nodeString, text: f[i+2]}}}}
		}
	}
}

func ensureSlash(p string) string {
	if strings.HasPrefix(p, "/") {
		return p
	}
	return "/" + p
}

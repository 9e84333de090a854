package evidence

import (
	"strings"
)

// This file adds what was said, and joins what was said twice.

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

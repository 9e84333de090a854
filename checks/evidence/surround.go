package evidence

import (
	"slices"
)

// This file gives a case what stood around it: other calls, tokens, the moment.

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
					s.Aside = true
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
	// who is refused with 403 was recognised: a dump without the header left it out
	unsent := f.call.Auth == AuthEmpty || f.call.Auth == AuthAbsent && f.call.Status != 403
	if near != nil && !login && !unsent {
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

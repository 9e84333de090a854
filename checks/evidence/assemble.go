package evidence

import (
	"slices"
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

// caseOf makes the Case of a failed frame.
func (b *builder) caseOf(f *frame, all []*frame) *Case {
	c := &Case{
		Place: Place{b.file, f.first}, Said: b.ordered(f), Facts: slices.Clone(f.facts), IDs: f.ids,
		Failed: true, Flow: f.flow, Own: &f.own, App: b.global.app,
	}
	if slices.ContainsFunc(f.said, func(s Statement) bool { return s.Carrier == InBody && s.Code != "" }) {
		f.own.NoBody = false // it was told in another place
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

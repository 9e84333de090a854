package rules

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file hears what was said: every statement's voice for the causes that it fits, and which of several codes decides.

// A voice is one statement that speaks for a cause.
type voice struct {
	st     evidence.Statement
	how    checks.How
	weak   string // why it may be no more than possible
	best   bool   // of several numbers the one that decides
	phrase bool   // by its sentence, not by its code
}

// heard is what a case's statements say, by cause.
type heard struct {
	c        *evidence.Case
	voices   map[string][]voice
	deciding string   // the code that was chosen among several, "" if there was no choice
	passed   []string // the codes that were passed over
}

// lastHeard keeps the answers for the cases at hand: some seventy rules ask for
// them.
var lastHeard recent[heard]

// hear collects the voices of a case.
func hear(c *evidence.Case) *heard {
	last := lastHeard.of(c)
	if h := last.Load(); h != nil && h.c == c {
		return h
	}
	h := &heard{c: c, voices: map[string][]voice{}}
	h.numbers()
	h.words()
	h.settle()
	last.Store(h)
	return h
}

// tokenLayer are causes that lie in the token, of which one excludes the others.
var tokenLayer = map[string]bool{"token-missing": true, "token-malformed": true, "token-expired": true, "token-not-yet-valid": true, "token-opaque": true, "id-token-used": true,
	"audience-mismatch": true, "wrong-cloud": true, "wrong-tenant": true, "signature-invalid": true, "issuer-invalid": true, "no-permissions-in-token": true, "token-revoked": true}

// invisible are causes that a sound-looking token may have all the same.
var invisible = []string{"signature-invalid", "issuer-invalid", "token-revoked", "wrong-tenant"}

// tokenFault is what the token, or its absence, shows by itself.
func tokenFault(c *evidence.Case) string {
	t := c.Token
	if _, _, ok := askedFor(c); ok && t == nil {
		return "audience-mismatch"
	}
	switch {
	case c.Call != nil && (c.Call.Auth == evidence.AuthEmpty || c.Call.Auth == evidence.AuthAbsent):
		return "token-missing"
	case t == nil:
		return ""
	case t.Use == evidence.Sent && (slices.Contains(t.Notes, "quotes") || slices.Contains(t.Notes, "Bearer twice") || slices.Contains(t.Notes, "no blank behind Bearer")):
		return "token-malformed"
	case t.Type == evidence.TokenMalformed && t.Use != evidence.Nearby:
		return "token-malformed"
	case t.Type == evidence.TokenID && t.Use != evidence.Answered:
		return "id-token-used"
	case !t.Readable():
		if t.Type == evidence.TokenMalformed || t.Use == evidence.Nearby && t.Type == evidence.TokenOpaque {
			return ""
		}
		return "token-opaque"
	}
	if want, ok := called(c); ok && t.Use != evidence.Assertion && t.Str("aud") != "" && !audienceIs(t.Str("aud"), want, c.Call.Host) {
		if sameCloudTwin(c, t.Str("aud"), want) {
			return "wrong-cloud"
		}
		return "audience-mismatch"
	}
	if by, ok := late(c); ok && by > 0 && c.When.Ref.Origin != evidence.FromClock {
		return "token-expired"
	}
	if t.Use == evidence.Sent || len(c.Seen) == 1 {
		return "sound" // readable, for this API: what is left is signature, issuer or revocation
	}
	return ""
}

// wrappers are codes that only hold another one, and interrupts that end well.
var wrappers = []string{"AADSTS70002", "AADSTS50199", "AADSTS50140", "AADSTS70000", "AADSTS50058", "AADSTS50059", "AADSTS50173", "AADSTS16000", "AADSTS50097"}

// numbers hears the AADSTS codes. Where several were said, the one that
// decides is chosen: marked by the carrier, no wrapper, the last.
func (h *heard) numbers() {
	var said []evidence.Statement
	for _, s := range h.c.Said {
		if strings.HasPrefix(s.Code, "AADSTS") && cause(h.c, s) != "" {
			said = append(said, s)
		}
	}
	if len(said) == 0 {
		return
	}
	best := said[0]
	for _, s := range said[1:] {
		if outranks(s, best) {
			best = s
		}
	}
	for _, s := range said {
		v := voice{st: s, how: checks.HowSays, best: s.Code == best.Code}
		id := cause(h.c, s)
		if s.Code != best.Code && id != cause(h.c, best) {
			v.weak = "it says " + best.Code + " too, which decides: " + reason(best, s)
			if !slices.Contains(h.passed, s.Code) {
				h.passed = append(h.passed, s.Code)
			}
			h.deciding = best.Code
		}
		h.voices[id] = append(h.voices[id], v)
	}
}

// outranks tells whether a decides over b, which was said earlier.
func outranks(a, b evidence.Statement) bool {
	if a.Decisive != b.Decisive {
		return a.Decisive
	}
	if wa, wb := slices.Contains(wrappers, a.Code), slices.Contains(wrappers, b.Code); wa != wb {
		return wb
	}
	if a.When.IsZero() || b.When.IsZero() || a.When.Equal(b.When) {
		return a.Ref.Line >= b.Ref.Line
	}
	return a.When.After(b.When)
}

func reason(best, other evidence.Statement) string {
	switch {
	case best.Decisive && !other.Decisive:
		return "the record marks it as the outcome"
	case slices.Contains(wrappers, other.Code) && !slices.Contains(wrappers, best.Code):
		return other.Code + " is a wrapper or an interrupt, " + best.Code + " is specific"
	}
	return "it was the last to be said"
}

// cause is what an AADSTS code stands for in this case: where nothing tells the
// tenant, the authority decides whether it is wrong or one for all tenants.
func cause(c *evidence.Case, s evidence.Statement) string {
	id := slug(s)
	if id == "tenant-not-found" && tenantless(s) && sharedAuthority(c) != "" {
		return "single-tenant-on-common"
	}
	return id
}

// slug is the cause that an AADSTS code stands for, by its text where the text decides.
func slug(s evidence.Statement) string {
	number := strings.TrimPrefix(s.Code, "AADSTS")
	folded := ""
	for line := range strings.Lines(wordingTable) {
		f := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(f) < 3 || f[0] != number {
			continue
		}
		if folded == "" {
			folded = evidence.Fold(s.Message)
		}
		if f[1] == "-" || strings.Contains(folded, evidence.Fold(f[1])) {
			return strings.TrimPrefix(f[2], "-")
		}
	}
	if row, ok := catalog.Code(number); ok && row.Slug != "unknown" && row.Slug != "-" {
		return row.Slug
	}
	return ""
}

// words hears codes of services and of OAuth, and sentences.
func (h *heard) words() {
	numbered := len(h.voices) > 0
	if foreign(h.c) {
		return // another vendor's words look like ours and mean something else
	}
	for _, s := range h.c.Said {
		if strings.HasPrefix(s.Code, "AADSTS") {
			if slug(s) == "" {
				h.sentence(s) // a number whose cause no table has
			}
			continue
		}
		if numbered && s.Carrier != evidence.InBody && s.Carrier != evidence.InHeader && wrapsLogin(s) {
			continue
		}
		if !strings.Contains(s.Message, "AADSTS") && h.sentence(s) {
			continue // where a number stands in it, the number decides
		}
		if slugs := oauthSlugs(s.Code); slugs != nil {
			if !numbered {
				h.add(slugs, s, false)
			}
			continue
		}
		if h.c.Call == nil || h.c.Call.Known() {
			h.add(codeSlugs(h.c, s), s, false)
		}
	}
	if entraSpoke(h.c) { // whoever got an answer of Microsoft Entra had a credential to ask with
		for _, id := range []string{"credential-unavailable", "consent-declined"} { // nor does a closed window explain a number
			h.voices[id] = slices.DeleteFunc(h.voices[id], func(v voice) bool { return v.phrase && !strings.HasPrefix(v.st.Code, "AADSTS") })
		}
	}
}

// wrapsLogin: a sign-in library's own words around an error that has a number:
// the name of its exception, or that the user then closed the window.
func wrapsLogin(s evidence.Statement) bool {
	if slices.Contains([]string{"authentication_canceled", "authentication_cancelled", "user_cancelled", "user_canceled"}, s.Code) {
		return true
	}
	return s.Code == "" && (strings.Contains(s.Message, "ClaimsChallengeException") || strings.Contains(s.Message, "UiRequiredException") || strings.Contains(s.Message, "InteractionRequired"))
}

// foreign: the answer is another vendor's, and no Entra token stands in it.
func foreign(c *evidence.Case) bool {
	if c.Token.Readable() && c.Token.Str("tid") != "" {
		return false
	}
	if c.Call.Foreign() {
		return true
	}
	_, ok := c.Fact("vendor")
	return ok && (c.Call == nil || c.Call.Host == "" || !c.Call.Known() || c.Call.Status == 407)
}

// sentence hears a phrase of the tables in a statement's message.
func (h *heard) sentence(s evidence.Statement) bool {
	if s.Message == "" && s.Code == "" || s.Carrier == evidence.InProse && s.Ref.Origin == evidence.FromRequest {
		return false // what was typed or logged in passing is no speech
	}
	text := s.Message
	if s.Carrier != evidence.InProse {
		text += " " + s.Code
	}
	slugs := phraseSlugs(text)
	if len(slugs) == 0 {
		return false
	}
	h.add(slugs, s, true)
	return true
}

func (h *heard) add(slugs []string, s evidence.Statement, phrase bool) {
	how := checks.HowSays
	slugs = forCaller(h.c, slugs)
	if len(slugs) != 1 {
		how = checks.HowFits
	}
	if len(slugs) > maxPossible {
		slugs = slugs[:maxPossible] // the likelier ones; a longer list of guesses helps nobody
	}
	for _, id := range slugs {
		h.voices[id] = append(h.voices[id], voice{st: s, how: how, phrase: phrase})
	}
}

// settle: where one cause is named outright by a body's own statement, what
// another code in the same answer merely allows is no second opinion.
func (h *heard) settle() {
	named := false
	for _, vs := range h.voices {
		for _, v := range vs {
			named = named || v.how == checks.HowSays && v.weak == "" && v.st.Carrier != evidence.InProse
		}
	}
	for _, s := range h.c.Said {
		named = named || len(s.Needed) > 0 && s.Carrier != evidence.InProse
	}
	if !named {
		return
	}
	for id, vs := range h.voices {
		vs = slices.DeleteFunc(slices.Clone(vs), func(v voice) bool { return v.how == checks.HowFits })
		if len(vs) == 0 {
			delete(h.voices, id)
			continue
		}
		h.voices[id] = vs
	}
}

// choice says why the deciding code was chosen.
func (h *heard) choice() string {
	var best evidence.Statement
	for _, s := range h.c.Said {
		if s.Code == h.deciding {
			best = s
		}
	}
	for _, s := range h.c.Said {
		if slices.Contains(h.passed, s.Code) {
			return reason(best, s)
		}
	}
	return ""
}

package rules

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file turns what was said into causes: by AADSTS number, by error code,
// by a service's own sentence. The tables know; the code only looks up.

//go:embed wording.tsv
var wordingTable string

//go:embed phrases.tsv
var phraseTable string

//go:embed oauth.tsv
var oauthTable string

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

// lastHeard keeps the answer for the case at hand: some seventy rules ask for it.
var lastHeard atomic.Pointer[heard]

// hear collects the voices of a case.
func hear(c *evidence.Case) *heard {
	if h := lastHeard.Load(); h != nil && h.c == c {
		return h
	}
	h := &heard{c: c, voices: map[string][]voice{}}
	h.numbers()
	h.words()
	h.settle()
	lastHeard.Store(h)
	return h
}

// maxPossible bounds the causes that one code may merely suggest.
const maxPossible = 5

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
	case t.Use == evidence.Sent && (slices.Contains(t.Notes, "quotes") || slices.Contains(t.Notes, "Bearer twice")):
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
		if strings.HasPrefix(s.Code, "AADSTS") && slug(s) != "" {
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
		if s.Code != best.Code && slug(s) != slug(best) {
			v.weak = "it says " + best.Code + " too, which decides: " + reason(best, s)
			if !slices.Contains(h.passed, s.Code) {
				h.passed = append(h.passed, s.Code)
			}
			h.deciding = best.Code
		}
		h.voices[slug(s)] = append(h.voices[slug(s)], v)
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

// codeSlugs looks a service's error code up; the answer's status tells rows of
// one code apart.
func codeSlugs(c *evidence.Case, s evidence.Statement) []string {
	if s.Code == "" {
		return nil
	}
	if own := override(s.Code); own != nil {
		return own
	}
	var slugs []string
	for _, row := range catalog.GraphErrors(s.Code) {
		if row.Where == "message" {
			continue
		}
		for _, id := range row.Slugs {
			if !slices.Contains(slugs, id) {
				slugs = append(slugs, id)
			}
		}
	}
	if s.Target != "" || len(slugs) == 0 {
		if d, ok := catalog.Defender(s.Code); ok {
			slugs = d.Slugs
		}
	}
	return slugs
}

//go:embed graphcodes.tsv
var codeTable string

// override returns our own judgement of a Graph code, where there is one.
func override(code string) []string {
	for line := range strings.Lines(codeTable) {
		if f := strings.Split(strings.TrimRight(line, "\n"), "\t"); len(f) > 1 && f[0] == code {
			return strings.Fields(f[1])
		}
	}
	return nil
}

// oauthSlugs returns nil for a word that is no OAuth code, and an empty list
// for one that says nothing by itself.
func oauthSlugs(code string) []string {
	if code == "" {
		return nil
	}
	for line := range strings.Lines(oauthTable) {
		if f := strings.Split(strings.TrimRight(line, "\n"), "\t"); len(f) > 1 && f[0] == code {
			if f[1] == "-" {
				return []string{}
			}
			return strings.Fields(f[1])
		}
	}
	return nil
}

type phrase struct {
	folded string
	tail   string // what follows a value, where the sentence has one in its middle
	slugs  string // parted by blanks
	weight int
}

// phraseList holds our own sentences and those of the catalog, folded, the
// longest first, so that the particular is found before the general.
var phraseList = sync.OnceValue(func() []phrase {
	list := make([]phrase, 0, 600)
	own := make(map[string]bool, 600)
	for line := range strings.Lines(phraseTable) {
		text, rest, ok := strings.Cut(line, "\t")
		if !ok || line[0] == '#' {
			continue
		}
		slugs, _, _ := strings.Cut(rest, "\t")
		head, tail, _ := strings.Cut(text, "*")
		p := phrase{folded: evidence.Fold(head), tail: evidence.Fold(tail), slugs: strings.TrimSpace(slugs)}
		own[p.folded] = true
		list = append(list, p)
	}
	for _, p := range catalog.Phrases() {
		if len(p.Folded) > 7 && !own[p.Folded] {
			list = append(list, phrase{folded: p.Folded, slugs: strings.Join(p.Slugs, " ")})
		}
	}
	for i := range list {
		list[i].weight = weight(list[i])
	}
	slices.SortStableFunc(list, func(a, b phrase) int { return b.weight - a.weight })
	return list
})

// weight orders phrases: a number of a library or a service (IDX10214,
// AKV10032) says more than the sentence beside it, a longer sentence more than
// a shorter one.
func weight(p phrase) int {
	letters := strings.TrimRight(p.folded, "0123456789")
	if n := len(letters); n >= 2 && n <= 4 && len(p.folded)-n >= 4 {
		return 1000 + len(p.folded)
	}
	return len(p.folded) + len(p.tail)
}

// maxGap is how far the end of a sentence may stand behind the value in it.
const maxGap = 120

func (p phrase) in(folded string) bool {
	i := strings.Index(folded, p.folded)
	if i < 0 || p.tail == "" {
		return i >= 0
	}
	after := folded[i+len(p.folded):]
	j := strings.Index(after, p.tail)
	return j >= 0 && j <= maxGap
}

// phraseSlugs returns the causes of the longest phrase in a text.
func phraseSlugs(text string) []string {
	if len(text) < 6 {
		return nil
	}
	folded := evidence.Fold(strings.ToLower(text))
	for _, p := range phraseList() {
		if p.in(folded) {
			return strings.Fields(p.slugs)
		}
	}
	return nil
}

// advice words a finding for a cause that was said: the message with the
// values at hand, and the fixes.
type advice func(c *evidence.Case, s evidence.Statement) (string, []checks.Fix)

// stated is the check of a cause that the service names. Its strength is what
// the voices give: a code that decides, or one of several that might.
func stated(id string, words advice) func(*evidence.Case) []checks.Finding {
	return func(c *evidence.Case) []checks.Finding {
		return voiced(c, id, words)
	}
}

func voiced(c *evidence.Case, id string, words advice) []checks.Finding {
	h := hear(c)
	vs := h.voices[id]
	if len(vs) == 0 {
		return nil
	}
	lead := vs[0]
	if tokenLayer[id] && !slices.ContainsFunc(vs, func(v voice) bool { return v.how == checks.HowSays }) {
		if fault := tokenFault(c); fault != "" && fault != id && !(fault == "sound" && slices.Contains(invisible, id)) {
			return nil // the token itself shows another fault; a code that fits both adds nothing
		}
	}
	if authCause(id) && statusExcludes(c) && !slices.ContainsFunc(vs, func(v voice) bool { return v.how == checks.HowSays }) {
		return nil // the service was busy, broken or found nothing: no guess at permissions
	}
	if id == "token-expired" && misdirected(c) {
		return nil // a service that the token is not for cannot judge its age
	}
	f := checks.Finding{}
	for _, v := range vs {
		if better(v, lead) {
			lead = v
		}
		if len(f.Seen) < 4 {
			f.Seen = append(f.Seen, checks.Witness{Ref: v.st.Ref, How: v.how})
		}
	}
	f.Message, f.Fixes = words(c, lead.st)
	f.Subject = subject(c)
	if lead.weak != "" {
		f.Cap, f.CapReason = checks.Possible, lead.weak
	}
	if number, ok := strings.CutPrefix(lead.st.Code, "AADSTS"); ok {
		why := "decided by " + lead.st.Code
		if row, ok := catalog.Code(number); ok && row.Name != "" && row.Name != "-" {
			why += " (" + row.Name + ")"
		}
		f.Why = append(f.Why, why)
	}
	if h.deciding != "" && lead.st.Code == h.deciding {
		f.Why = append(f.Why, h.deciding+" was chosen over "+strings.Join(h.passed, ", ")+": "+h.choice())
	}
	return []checks.Finding{f}
}

// misdirected: the token is for another API or cloud than the one called, and
// nothing in the evidence shows that it was too old as well.
func misdirected(c *evidence.Case) bool {
	switch tokenFault(c) {
	case "audience-mismatch", "wrong-cloud":
	default:
		return false
	}
	by, ok := late(c)
	return !ok || by <= 0 || c.When.Ref.Origin == evidence.FromClock
}

// authCause: the cause is an authorization fault.
func authCause(id string) bool {
	switch id {
	case "throttled", "service-unavailable", "not-found", "request-invalid", "conflict", "webhook-validation-failed", "provisioning-target-error", "mailbox-unavailable", "license-missing", "mailbox-access-denied", "beta-only", "claims-challenge", "resource-specific-consent":
		return false
	}
	return true
}

// statusExcludes: the answer's status is one that no refusal has.
func statusExcludes(c *evidence.Case) bool {
	if c.Call == nil || c.Call.Login() {
		return false
	}
	switch st := c.Call.Status; {
	case st >= 500, st == 429, st == 409, st == 423, st == 413, st == 415, st == 405:
		return true
	}
	return false
}

// fitsOnly: nobody says this cause or shows it; a code merely allows it.
func fitsOnly(found []checks.Finding) bool {
	return len(found) > 0 && !slices.ContainsFunc(found[0].Seen, func(w checks.Witness) bool { return w.How != checks.HowFits })
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

func better(a, b voice) bool {
	if (a.weak == "") != (b.weak == "") {
		return a.weak == ""
	}
	if a.how != b.how {
		return a.how > b.how
	}
	if a.best != b.best {
		return a.best
	}
	if n, m := len(a.st.Values), len(b.st.Values); n != m {
		return n > m
	}
	return len(a.st.Message) > len(b.st.Message)
}

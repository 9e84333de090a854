// Package evidence turns whatever a failure left behind (a token, a response, a
// trace, a log, a ticket) into Cases. It knows formats; it knows no rule.
//
// Three laws hold in this package. A token's or a secret's text never leaves
// it: what it hands out is decoded and redacted. Nothing read so far is lost
// when something cannot be read: a Problem stands beside the Cases. And a fact
// always carries its place, so that a reader can go and look.
package evidence

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// A Case is what one failure left behind, or what was handed over to be looked
// at. Every part may be missing.
type Case struct {
	Place  Place
	Token  *Token   // the token that was sent, or that was handed over alone
	Seen   []*Token // every token in the input, also those of other calls
	Call   *Call    // the failed exchange with an API or the token endpoint; nil where only words are left
	Beside []*Call  // other exchanges around it: a success beside a failure rules theories out
	Said   []Statement
	Facts  []Ref // named values around the failure: client_id, scope, EwsApplicationAccessPolicy ...
	Flow   Flow  // how the token was asked for, where that shows
	// Language is what the program that failed is written in, where the answer
	// has a claims challenge and the program's errors show it: azurecli, azurepowershell, csharp, go, java, javascript,
	// powershell or python.
	Language string
	App      *App // the app registration, where one was given
	When     Moment
	IDs      IDs
	Failed   bool // something failed; false for a token or an object handed over alone
	Mended   Ref  // a later call that shows this failure was overcome; Place zero if none
	Own      *Own // what the reader could not read of this case (cut off, redacted), for the probe
	// Like stands for all the rest in a log's record that need not be read in
	// full; only readings that ask for it have any.
	Like *Like
}

// Own notes what the carrier itself withheld: it decides which probe helps.
type Own struct {
	Truncated bool // the body or the token ends too early
	NoBody    bool // a response without any body
	Redacted  bool // the token was removed by the sender
}

// A Place is where something stands: "-" is standard input, line 0 is unknown.
type Place struct {
	File string
	Line int
}

// Origin is who speaks. The same thing said twice by one origin is still one
// witness; Person and Clock never make a claim stronger.
type Origin uint8

// The origins.
const (
	FromPerson       Origin = iota // a ticket's or a comment's words
	FromClock                      // this machine's clock, where the evidence has none
	FromToken                      // a claim or the shape of the token
	FromRequest                    // what the caller sent
	FromService                    // what the API or the token endpoint answered
	FromRegistration               // an app manifest or a grant export
)

var originNames = [...]string{"person", "clock", "token", "request", "service", "registration"}

func (o Origin) String() string { return originNames[o] }

// A Ref is one fact with its place. Value is safe to print: it was redacted
// when it was made.
type Ref struct {
	Place
	Origin Origin
	Field  string
	Value  string
}

// Moment is when the failure happened, and how that is known.
type Moment struct {
	time.Time
	Ref Ref
}

// Flow names the OAuth flow in which the token was asked for.
type Flow string

// The flows; the empty Flow is unknown.
const (
	FlowClientCredentials Flow = "client credentials"
	FlowOnBehalfOf        Flow = "on-behalf-of"
	FlowDeviceCode        Flow = "device code"
	FlowPassword          Flow = "resource owner password"
	FlowCode              Flow = "authorization code"
	FlowImplicit          Flow = "implicit"
	FlowRefresh           Flow = "refresh token"
	FlowManagedIdentity   Flow = "managed identity"
	FlowWorkload          Flow = "workload identity federation"
	FlowInteractive       Flow = "interactive"
	FlowSilent            Flow = "silent"
)

// A Call is one HTTP exchange, as far as it was seen.
type Call struct {
	Method      string
	URL         string // without credentials; "" where unknown
	Host        string // lower case
	Path        string // starts with "/"; decoded no further than the input was
	Query       string // secrets removed
	Status      int    // 0 unknown
	agent       string
	agentAsked  bool
	Select      []string          // names in $select and $expand
	Body        []string          // names of the request body's fields, nested ones with dots
	Fields      map[string]string // short, safe values of the request body or form; secrets only as their shape
	Headers     map[string]string // safe request headers, names in lower case
	Response    map[string]string // safe response headers, names in lower case
	Auth        Auth              // what stood in the Authorization header
	HeadersSeen bool              // request headers were part of the input
	Client      string            // SDK, cmdlet or tool that made the call
	Cmdlet      string            // Verb-MgNoun where a Graph PowerShell cmdlet made the call
	Params      []string          // names of the cmdlet's parameters; only Calls fills it
	Asked       bool              // from a list of requests, or given by hand; only Calls fills it
	Guess       string            // of a call found in source code: what of it is not certain, in words; "" nothing
	Place       Place
	ReplyPlace  Place
	Empty       bool // the answer was a success with an empty collection
}

// Auth is what the Authorization header of a call held.
type Auth uint8

// What an Authorization header can hold.
const (
	AuthUnknown Auth = iota // headers not seen
	AuthAbsent              // headers seen, none of them Authorization
	AuthEmpty               // "Bearer" and nothing, or a template that was never filled
	AuthOther               // another scheme than Bearer
	AuthBearer
)

// A Statement is something a service, a library or a person said about the failure.
type Statement struct {
	Code     string // "AADSTS65001", "ErrorAccessDenied", "invalid_grant"; "" where there are only words
	Message  string // redacted
	Carrier  Carrier
	Depth    int      // 0 the outermost code of its body, 1 its inner error, ...
	Needed   []string // permissions the message says are needed, any one of them
	Held     []string // permissions the message says were present
	HasHeld  bool     // the message has a list of present ones, even an empty one
	Kind     Kind     // of Needed and Held: Delegated for scopes, AppOnly for roles
	Target   string   // the Defender API's tracking id, or what an error points to
	Claims   string   // a claims challenge, byte for byte
	Values   []Ref    // values quoted in the message: app, resource, tenant, reply url ...
	When     time.Time
	Decisive bool // the carrier marks it as the one that ended the attempt (sign-in log, last retry)
	Aside    bool // it stood with another exchange: words of the same input, not of this answer
	Ref      Ref
}

// Carrier is where a statement stood.
type Carrier string

// The carriers.
const (
	InBody      Carrier = "body"      // an error object of an API
	InOAuth     Carrier = "oauth"     // the token or authorize endpoint's error
	InHeader    Carrier = "header"    // WWW-Authenticate, x-ms-diagnostics ...
	InException Carrier = "exception" // an SDK's exception text
	InLine      Carrier = "line"      // a log line or console output
	InLog       Carrier = "log"       // a sign-in, audit or provisioning log record
	InPage      Carrier = "page"      // a sign-in page
	InProse     Carrier = "prose"     // a ticket's sentence
)

// Kind tells on whose behalf a token speaks.
type Kind uint8

// The kinds of permission and caller.
const (
	KindUnknown Kind = iota
	Delegated
	AppOnly
)

func (k Kind) String() string { return [...]string{"unknown", "delegated", "application"}[k] }

// IDs are what a support case with Microsoft needs.
type IDs struct {
	Request, ClientRequest, Correlation, Trace, Timestamp string
}

// A Problem is an input, or a part of one, that could not be read.
type Problem struct {
	Place Place
	Err   error
}

func (p *Problem) Error() string {
	if p.Place.Line > 0 {
		return fmt.Sprintf("%s:%d: %v", p.Place.File, p.Place.Line, p.Err)
	}
	return fmt.Sprintf("%s: %v", p.Place.File, p.Err)
}

func (p *Problem) Unwrap() error { return p.Err }

// Input is one named stream of bytes. Parts are what was given by hand beside
// it: they are read first, as belonging to the same failure.
type Input struct {
	Name string
	io.Reader
	Parts []Part
}

// A Part is a token, request, status, header or app registration given by
// hand; Name is what it was given as ("--status").
type Part struct {
	Name, Text string
}

// SaidAny returns the first statement that carries one of the codes. Codes are
// compared whole and, but for AADSTS numbers, in the case the service uses.
func (c *Case) SaidAny(codes ...string) (Statement, bool) {
	for _, s := range c.Said {
		for _, code := range codes {
			if s.Code == code {
				return s, true
			}
		}
	}
	return Statement{}, false
}

// SaidWords returns the first statement whose message holds one of the phrases.
// Case, white space, quotes and punctuation do not matter, so that wrapped and
// escaped pastes match too.
func (c *Case) SaidWords(phrases ...string) (Statement, bool) {
	for _, s := range c.Said {
		folded := Fold(s.Message)
		for _, p := range phrases {
			if strings.Contains(folded, Fold(p)) {
				return s, true
			}
		}
	}
	return Statement{}, false
}

// Fact returns the first fact of one of the names (lower case).
func (c *Case) Fact(names ...string) (Ref, bool) {
	for _, n := range names {
		for _, f := range c.Facts {
			if f.Field == n {
				return f, true
			}
		}
	}
	return Ref{}, false
}

// Value returns the first value of one of the names that any statement quotes.
func (c *Case) Value(names ...string) (Ref, bool) {
	for _, n := range names {
		for _, s := range c.Said {
			for _, v := range s.Values {
				if v.Field == n {
					return v, true
				}
			}
		}
	}
	return Ref{}, false
}

// Quoted returns the first value of the name that this statement quotes, or "".
func (s Statement) Quoted(name string) string {
	for _, v := range s.Values {
		if v.Field == name {
			return v.Value
		}
	}
	return ""
}

// Fold drops everything but letters and digits and lowers the case: two pastes
// of one sentence, wrapped or escaped differently, fold to the same string.
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteByte(byte(r))
		case r >= 'A' && r <= 'Z':
			b.WriteByte(byte(r) + 'a' - 'A')
		case r >= 0xFF10 && r <= 0xFF19: // full-width digits
			b.WriteByte('0' + byte(r-0xFF10))
		case r > 127 && (r < 0x2000 || r > 0x206F) && (r < 0x3000 || r > 0x303F) && r < 0xE000:
			b.WriteRune(r)
		}
	}
	return b.String()
}

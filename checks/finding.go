package checks

import (
	"time"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/hashicorp/go-multierror"
)

// A Finding is a considered judgement: a cause, its grounds and its remedies.
type Finding struct {
	Message string    // one sentence with the values at hand
	Subject string    // what it is about; equal findings merge by rule and subject
	Seen    []Witness // the grounds, at least one
	Fixes   []Fix     // the narrowest and most likely first
	Why     []string  // why it stands where it stands; the engine adds to it
	Probe   string    // the one next thing that would decide, where this is uncertain
	Apps    []string  // app ids affected

	// Cap limits the strength that the witnesses would give, with a reason: a
	// token that merely stood nearby, a claim that rests on the map alone.
	Cap       Strength
	CapReason string

	Severity Severity // zero: the rule's
	Mended   bool     // later evidence of the same input shows it overcome

	// What follows is set by the engine.
	Rule        *Rule
	Strength    Strength
	Explained   []Finding
	Places      []evidence.Place // the first three
	Count       int
	First, Last time.Time // of the cases it was found in; zero where unknown
	// Apart: it hangs beneath its cause, but was found in other cases, in which
	// nothing showed the cause. It is kept apart from those beside the cause, so
	// that diagnoses can be merged without loss.
	Apart bool
	// RuledOut and Support are of the case that the words come from.
	RuledOut []RuledOut
	Support  evidence.IDs
}

// Strength is how sure a finding is. It is computed from its witnesses.
type Strength uint8

// The strengths, weakest first. The zero value stands for "not computed" and,
// as a Cap, for "no cap".
const (
	_        Strength = iota
	Possible          // compatible with the evidence, no more
	Shown             // the data contradicts itself
	Stated            // the service names this cause
	Proven            // two origins agree, one of which shows or says it
)

func (s Strength) String() string { return [...]string{"", "possible", "shown", "stated", "proven"}[s] }

// A Witness is a fact and what it does for the claim.
type Witness struct {
	evidence.Ref
	How How
}

// How a fact bears on a claim.
type How uint8

// The ways of bearing witness.
const (
	HowFits How = iota
	HowShows
	HowSays
)

func (h How) String() string { return [...]string{"fits", "shows", "says"}[h] }

// Says makes a witness of a fact by which the service itself names the cause.
func Says(r evidence.Ref) Witness { return Witness{r, HowSays} }

// Shows makes a witness of data that contradicts itself.
func Shows(r evidence.Ref) Witness { return Witness{r, HowShows} }

// Fits makes a witness of a fact that is compatible with the cause, no more.
func Fits(r evidence.Ref) Witness { return Witness{r, HowFits} }

// A Fix is one remedy: what to do, who can do it, and the finished command.
type Fix struct {
	Title   string
	Who     string // one of the Who constants
	Command string // complete; placeholders in <> only for what is not known
	URL     string
	Widens  bool // gives more access than before
}

// Who can carry out a fix.
const (
	Developer       = "developer"
	User            = "user"
	AppAdmin        = "app-admin" // may grant admin consent
	ExchangeAdmin   = "exchange-admin"
	SharePointAdmin = "sharepoint-admin"
	TeamsAdmin      = "teams-admin"
	SecurityAdmin   = "security-admin"
	Microsoft       = "microsoft"
)

// A RuledOut is a cause that the evidence excludes, and why.
type RuledOut struct {
	Rule    string
	Because string
	Ref     evidence.Ref
}

// A Diagnosis is the result of an examination.
type Diagnosis struct {
	Findings []Finding // causes only, ranked: the first is the answer
	Cases    int       // failed exchanges
	Examined int       // everything looked at, failures and healthy ones
	RuledOut []RuledOut
	Probe    string
	Support  evidence.IDs
	Dropped  int // findings of kinds that were not kept
	Excused  int // findings that the owner allows
	Problems *multierror.Error
	Problem  int // problems met, also those not kept

	Unresolved Unresolved
	Inputs     int // inputs that could be read
}

// Unresolved counts what the gate could not resolve.
type Unresolved struct {
	Calls, Permissions int
	Places             []evidence.Place
}

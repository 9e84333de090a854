package evidence

import (
	"time"
)

// This file holds what is known of an app before it runs: its registration,
// the calls that it makes, what a tenant granted it, and what its owner says
// of it. One case an app holds all of that.

// App is an app registration as far as it is known.
type App struct {
	ID, Name string
	Form     string // what it was read from: "application object", "Terraform", "Bicep" ...
	Place    Place
	Declared []Declared

	Redirects    []Redirect
	Implicit     []Ref // switches of the implicit grant that are on
	PublicClient Ref   // public client flows are allowed; Field "" where they are not
	Audience     Ref   // signInAudience; Field "" where the input does not say
	TokenVersion Ref   // requestedAccessTokenVersion, Value "1" or "2"; Field "" where the input does not say
	Exposes      bool  // it is an API itself: it has scopes, app roles or an identifier URI
	URIs         []Ref // its identifier URIs
	Credentials  []Credential
	Managed      bool // a managed identity: it has no registration, its grants are all it has
	Partial      bool // the form holds only a part of what the app declares, as a Teams manifest does
	Owned        bool // another application object's owner consents: SharePoint Framework's shared client

	Grants    []Grant
	HasGrants bool // an export of grants was given, even an empty one
	Calls     []*Call
	Kin       []*App // other apps of the same folder, which may be those that make the calls
	Authority []Ref  // sign-in addresses in its source code: Field "authority", Value the tenant's part
	Legacy    []Ref  // retired libraries: Field "library"
	Flows     []Ref  // flows that its source code uses: Value a name of Policy.Flows
	Open      []Open
	Policy    Policy
}

// Declared is a permission in an app registration: on a resource, by id or name.
type Declared struct {
	Resource string // app id of the API, or its name as it was written
	ID, Name string // one of them as written; "" is not known
	Kind     Kind   // by its type
	List     Kind   // of the list that the reference was taken from, where infrastructure code names one
	RSC      bool   // resource-specific: consented in a team or chat
	Granted  bool   // the same code grants it as well
	Ref      Ref
}

// Redirect is a reply URL and the platform that it stands under.
type Redirect struct {
	URI      string // where a part could not be resolved, "{}" stands for it
	Platform string // web, spa, native; "" where the form has no platforms
	Ref      Ref
}

// Credential is a secret, certificate or federated credential. Its value is
// never read.
type Credential struct {
	Kind       string // secret, certificate, federated
	Name, ID   string
	Start, End time.Time     // zero where the input does not say
	Never      bool          // the input says that it has no end
	Lasts      time.Duration // how long it will live, where infrastructure code makes it anew
	Ref        Ref
}

// Grant is a permission that a tenant granted.
type Grant struct {
	Resource    string // the API's app id or display name; "" where only its object id is known
	ResourceID  string // object id of the API's service principal
	ID, Name    string // app role id, or scope
	Kind        Kind
	Principal   string // display name of the app that holds it, "" unknown
	PrincipalID string // object id of the app's service principal
	OneUser     bool   // consented by one user for himself
	Ref         Ref
}

// Open is a call or a permission that is there and could not be resolved.
type Open struct {
	Permission bool   // else a call
	Method     string // as far as known
	Prefix     string // the path up to what is not known, "" if nothing is
	Why        string
	Place      Place
}

// Policy is what the owner of an app says of it. The zero value says nothing.
type Policy struct {
	Flows        []string // daemon, web, spa, mobile, obo; empty: not said
	Cloud        string   // global, usgov, usgov-dod, china
	Audience     string   // single, multi, multi-and-personal, personal
	Hosts        []string // where reply URLs may lead
	APITokens    string   // v1, v2: what the app's own API validates
	APIAudience  string
	ExpireWithin time.Duration
	MaxLifetime  time.Duration
	Ref          Ref     // where the policy stands
	Stale        []Allow // entries that match nothing any more
}

// Allow is an entry that excuses a finding, or a line of a baseline.
type Allow struct {
	Rule, Subject string
	Reason        string
	Until         time.Time // zero: no end
	Baseline      bool
	Ended         bool // Until has passed
	Ref           Ref
}

// Unresolved tells whether anything of the app's calls is not known.
func (a *App) Unresolved() bool {
	for _, o := range a.Open {
		if !o.Permission {
			return true
		}
	}
	return false
}

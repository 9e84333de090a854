package checks

import "github.com/graphdoctor/graphdoctor/checks/evidence"

// This file is what `need` answers, in plain values: rules fills it from the
// permission map, report renders it. Nothing here decides anything.

// A NeedReport tells what requests need.
type NeedReport struct {
	Kinds    []string // "application", "delegated", "personal": those asked for, in this order
	Requests []NeedRequest
	Sets     []NeedSet // the smallest sets for all requests, one a kind, parallel to Kinds
	Have     []NeedHave
	Source   string // of the permission map: "microsoftgraph/microsoft-graph-devx-content"
	Commit   string
	Date     string // of the commit, "2026-08-07"
	Other    NeedOther
	Problems []*evidence.Problem
}

// NeedOther counts requests of a carrier (a HAR, a log) that went elsewhere.
type NeedOther struct {
	Count int
	Hosts []string // the first few, each with the API's name where it is known
}

// A NeedRequest is one request, or several of a carrier that need the same.
type NeedRequest struct {
	Method, URL string // URL as it was given, safe to print; empty for a cmdlet
	Cmdlet      string // "Get-MgUser"; empty for a URL
	Template    string // "/users/{id}/messages"; empty if Match is none
	Version     string // "v1.0", "beta" or empty, as the URL has it
	Match       string // exact, tail, cast, me, lost, parent, none
	As          string // the method that it was looked up as, where that is another
	How         string // in words what Match other than exact means here; empty for exact
	Errata      string // the reason, where the answer rests on a mended map
	Other       []NeedAddress
	Kinds       []NeedKind // parallel to NeedReport.Kinds
	Extra       []NeedExtra
	More        []NeedExtra // what would need more if it were asked for; the request does not
	Roles       []NeedRole
	Notes       []string
	Count       int // how often it was met
	Places      []evidence.Place
}

// Name is how a request is spoken of: "GET /users/{id}/messages".
func (r NeedRequest) Name() string {
	switch {
	case r.Template != "":
		return r.Method + " " + r.Template
	case r.URL != "":
		return r.Method + " " + r.URL
	}
	return r.Cmdlet
}

// A NeedAddress is another request that an ambiguous cmdlet may make.
type NeedAddress struct{ Method, Template string }

// A NeedKind is what one kind of caller needs for a request.
type NeedKind struct {
	Kind      string
	Known     bool     // the map has the request; otherwise nothing else here says anything
	Supported bool     // the kind can make the request
	Least     []string // the least privileged: what the map marks, without what another of them makes superfluous
	Marked    []string // all that the map marks least privileged
	AnyOf     []string // all that suffice, one of them; least first
	Also      map[string][]string
	Consent   bool     // the first of Least needs an administrator's consent
	Resource  bool     // it is granted on a team, chat or site and cannot stand in a manifest
	Tenant    string   // with Resource: the least that holds for the whole tenant
	Earlier   []string // an earlier edition of the map had these for the kind
	Instead   *NeedInstead
}

// NeedInstead is the request to make in place of one that a kind cannot make.
type NeedInstead struct {
	Method, Template string
	Least            []string
}

// A NeedExtra is what a property needs on top of its request.
type NeedExtra struct {
	Where       string // select, expand, body
	Properties  []string
	Permissions []string // any one of them
	Kinds       []string
	Note        string
	Source      string
	Met         bool // what the request is told to take covers it already
}

// A NeedRole is a directory role that an operation wants on top of permissions.
type NeedRole struct {
	Operation string
	Roles     []string // of the signed-in user, any one of them
	AppOnly   string   // what an app-only caller needs beside the permission
	Target    string   // the row holds for such a target only
	Note      string
	Source    string
}

// A NeedSet is the smallest set of permissions for all requests.
type NeedSet struct {
	Kind        string
	Permissions []NeedPermission
	Unsupported []string // requests that this kind cannot make
	Unknown     []string // requests that are not in the map
	Guessed     []string // requests whose match is a guess
	Exact       bool     // no better set exists
}

// A NeedPermission is one permission of a set.
type NeedPermission struct {
	Name         string
	ID           string // empty if it cannot be asked for by id
	AdminConsent bool
	Level        int      // Microsoft's privilege level, 1 to 5; 0 unknown
	Resource     bool     // resource-specific: granted on a team, chat or site
	Serves       []string // the requests that it is in the set for
}

// NeedHave compares held permissions with what the requests need, for a kind.
type NeedHave struct {
	Kind    string
	Held    []string         // those that exist for the kind
	Missing []NeedMissing    // requests that nothing held suffices for
	Add     []NeedPermission // the least that would serve them
	Excess  []NeedExcess
	Unsure  []string // requests that nothing is known of: a held permission may be for them
}

// NeedMissing is a request that the held permissions do not suffice for.
type NeedMissing struct {
	Request string
	Least   []string
	Held    string // a held one that would do with another beside it
	Beside  []string
	Perhaps []string // held ones that write where a reading one would do: the map may have forgotten them
}

// NeedExcess is a held permission that is more than is needed.
type NeedExcess struct {
	Name    string
	Instead string // a narrower one that would do; empty where none is needed at all
}

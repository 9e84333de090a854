package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file holds an app's calls against what it declares.

// A verdict is what the declared permissions are to one request.
type verdict uint8

const (
	isCovered     verdict = iota
	isOutside             // the map does not have the request
	isUnsupported         // no kind that the flow uses can make it
	isWrongKind           // declared, in the kind that the flow does not use
	isMissing
)

// A judgement is the verdict on one request; other is the permission that is
// declared in the wrong kind.
type judgement struct {
	verdict verdict
	other   held
}

func (p *posture) judgeNeed(n need) (v verdict, other held) {
	if p.covered(n, true) {
		return isCovered, other
	}
	if !n.mapped() {
		return isOutside, other
	}
	if !slices.ContainsFunc(p.kinds, n.supported) {
		return isUnsupported, other
	}
	if p.said {
		for _, k := range p.kinds {
			for _, h := range p.held {
				if !p.uses(h.kind) && listed(n.needs[k].Any, h.name) {
					return isWrongKind, h
				}
			}
		}
	}
	return isMissing, other
}

// supported tells whether a kind of caller can make a request. A permission to
// migrate serves imports of old messages only.
func (n need) supported(k catalog.Kind) bool {
	if k == catalog.Application && n.me() {
		return false
	}
	needs := n.needs[k]
	return needs.Supported && slices.ContainsFunc(needs.Any, func(p string) bool { return !strings.Contains(p, ".Migrate.") })
}

func listed(names []string, name string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}

// onMap is why a claim about calls is never surer than shown.
const onMap = "it rests on the permission map"

// aboutCalls makes a finding about requests: each shows it, the declaration
// fits.
func (p *posture) aboutCalls(subject, message string, needs []need) checks.Finding {
	f := checks.Finding{Subject: subject, Message: message, Cap: checks.Shown, CapReason: onMap}
	for _, n := range needs[:min(len(needs), 3)] {
		f.Seen = append(f.Seen, checks.Shows(n.ref()))
	}
	f.Seen = append(f.Seen, checks.Fits(p.declaredRef()))
	return f
}

// declaredRef is what the app declares of Microsoft Graph, as one fact.
func (p *posture) declaredRef() evidence.Ref {
	var names []string
	for _, h := range p.held {
		names = append(names, h.name+" ("+h.kind.String()+")")
	}
	v := strings.Join(few(names, 8), ", ")
	return evidence.Ref{Place: p.app.Place, Origin: evidence.FromRegistration, Field: "declared", Value: or(v, "no permission of Microsoft Graph")}
}

// callable tells whether calls can be judged at all: a manifest that holds only
// a part of what an app declares says nothing about the rest.
func (p *posture) callable() bool { return !p.app.Partial || len(p.app.Kin) > 0 }

func callNotCovered(p *posture) []checks.Finding {
	if !p.callable() {
		return nil
	}
	var out []checks.Finding
	for i, n := range p.needs {
		switch p.judged[i].verdict {
		case isOutside:
			out = append(out, p.outside(n))
		case isMissing:
			out = append(out, p.missing(n))
		}
	}
	return out
}

// missing is the finding about a request that nothing covers.
func (p *posture) missing(n need) checks.Finding {
	var wants []string
	var fixes []checks.Fix
	for _, k := range p.kinds {
		needs := n.needs[k]
		if !n.supported(k) {
			continue
		}
		names := p.names(k, true)
		add := p.toAdd(n, k, names)
		if len(add) == 0 {
			continue
		}
		wants = append(wants, wanted(n, k, needs, names, add))
		fixes = append(fixes, p.declare(k, add))
	}
	message := fmt.Sprintf("%s needs %s, and the app declares none that suffices", n.subject(), strings.Join(wants, ", or "))
	f := p.aboutCalls(n.subject(), message, []need{n})
	f.Fixes = append(fixes, fix("where the call is dead code or another app's, take it out of what is checked (calls: in .graphdoctor.yaml)", checks.Developer, "", ""))
	switch {
	case n.call.Guess != "":
		p.doubt(&f, n.call.Guess)
	case p.hidden():
		p.doubt(&f, "a permission that the app declares could not be resolved")
	case p.selected(n) != "":
		p.doubt(&f, p.selected(n)+" may cover it, for what it was granted on")
	}
	return f
}

// selected is a declared permission that covers sites, lists or files one by
// one, where the request is about such; the map does not tell which requests.
func (p *posture) selected(n need) string {
	t := n.match.Template
	if !strings.HasPrefix(t, "/sites") && !strings.Contains(t, "/drive") && !strings.HasPrefix(t, "/shares") {
		return ""
	}
	for _, h := range p.held {
		if p.uses(h.kind) && strings.HasSuffix(h.name, ".Selected") {
			return h.name
		}
	}
	return ""
}

// hidden: the app declares something that could not be read.
func (p *posture) hidden() bool {
	open := func(a *evidence.App) bool {
		return slices.ContainsFunc(a.Open, func(o evidence.Open) bool { return o.Permission })
	}
	return open(p.app) || slices.ContainsFunc(p.app.Kin, open)
}

// doubt makes a finding a note, with the reason.
func (p *posture) doubt(f *checks.Finding, why string) {
	f.Severity, f.Cap, f.CapReason = checks.Note, checks.Possible, why
	f.Message += " (not certain: " + why + ")"
}

// toAdd is the least that would have to be declared besides.
func (p *posture) toAdd(n need, k catalog.Kind, names []string) []string {
	var add []string
	ways := n.needs[k].Missing(names)
	for _, way := range ways {
		if !slices.ContainsFunc(way, func(q string) bool { return !askable(q, k) }) {
			add = slices.Clone(way)
			break
		}
	}
	if add == nil && len(ways) > 0 {
		add = slices.Clone(ways[0])
	}
	for _, e := range n.missingExtra(k, append(slices.Clone(names), add...)) {
		if len(e.Permissions) > 0 && !listed(add, e.Permissions[0]) {
			add = append(add, e.Permissions[0])
		}
	}
	return add
}

// askable tells whether a permission can be asked for in a registration.
func askable(name string, k catalog.Kind) bool {
	info, ok := catalog.Permission(name, k)
	return ok && info.ID != "" && !info.RSC && !info.Hidden
}

// wanted says what a request needs in a kind: "the application permission
// Mail.ReadBasic.All or one of 3 others".
func wanted(n need, k catalog.Kind, needs catalog.Needs, names, add []string) string {
	if _, ok := needs.Suffices(names); ok { // only a property is missing
		e := n.missingExtra(k, names)[0]
		return fmt.Sprintf("the %s permission %s for %q", k, list(few(e.Permissions, 3), "or"), e.Property)
	}
	s := fmt.Sprintf("the %s permission %s", k, strings.Join(add, " and "))
	if others := len(needs.Any) - 1; others == 1 && len(add) == 1 {
		s += " or " + firstHeld(slices.DeleteFunc(slices.Clone(needs.Any), func(a string) bool { return a == add[0] }), needs.Any)
	} else if others > 1 {
		s += fmt.Sprintf(" or one of %d others", others)
	}
	return s
}

// declare is the fix that adds permissions to the registration.
func (p *posture) declare(k catalog.Kind, names []string) checks.Fix {
	kind := "Scope"
	if k == catalog.Application {
		kind = "Role"
	}
	var ids []string
	for _, name := range names {
		if info, ok := catalog.Permission(name, k); ok && info.ID != "" {
			ids = append(ids, info.ID+"="+kind)
		}
	}
	f := widen(fix(fmt.Sprintf("declare the %s permission %s and have it consented", k, strings.Join(names, " and ")), checks.Developer, "", "https://learn.microsoft.com/graph/permissions-reference"))
	if len(ids) == len(names) {
		f.Command = fmt.Sprintf("az ad app permission add --id %s --api %s --api-permissions %s", plain(p.app.ID, "<app id>"), graphID, strings.Join(ids, " "))
	}
	return f
}

// outside is the note about a request that the map does not have.
func (p *posture) outside(n need) checks.Finding {
	why := n.match.Why
	switch {
	case n.match.MethodMissing:
		why = "the map has this path for " + list(n.match.Methods, "and") + " only"
	case n.match.How == catalog.Me:
		why = "the map has it only with /me and /users/{id} exchanged"
	case n.match.How == catalog.Lost || n.match.Lost:
		why = "only an earlier edition of the map has it"
	case n.match.How == catalog.Parent:
		why = "the map has only what stands above it"
	case why == "":
		why = "the map has no such path"
	}
	f := p.aboutCalls(n.subject(), fmt.Sprintf("%s is not in the permission map, so nothing certain is known of what it needs: %s", n.subject(), why), []need{n})
	f.Severity, f.Cap, f.CapReason = checks.Note, checks.Possible, "the map does not have the request"
	f.Fixes = []checks.Fix{fix("look up what it needs in the reference, and declare that", checks.Developer, "", "https://learn.microsoft.com/graph/api/overview")}
	return f
}

// settleGuess lowers what rests on a call that is not certain.
func (p *posture) settleGuess(f *checks.Finding, n need) {
	if n.call.Guess != "" {
		p.doubt(f, n.call.Guess)
	}
}

// requests names calls as the subject of a sentence.
func requests(needs []need) string {
	var names []string
	for _, n := range needs {
		names = append(names, n.subject())
	}
	verb := " is"
	if len(names) > 1 {
		verb = " are"
	}
	return list(few(names, 3), "and") + verb
}

// remove is the fix that takes a permission out of the registration.
func (p *posture) remove(h held) checks.Fix {
	f := fix(fmt.Sprintf("take the %s permission %s out of the registration, and out of what is granted", h.kind, h.name), checks.AppAdmin, "", "https://learn.microsoft.com/entra/identity/enterprise-apps/manage-application-permissions")
	if h.info.ID != "" {
		f.Command = fmt.Sprintf("az ad app permission delete --id %s --api %s --api-permissions %s", plain(p.app.ID, "<app id>"), graphID, h.info.ID)
	}
	return f
}

package report

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file is the list of forms in which the answer of `need` is written, and
// the door that it passes on its way there.

// A NeedFormat is one way to write down what requests need.
type NeedFormat struct {
	Name, About string
	render      func(io.Writer, *checks.NeedReport, Options) error
}

// Write writes what requests need in this form.
func (f NeedFormat) Write(w io.Writer, r *checks.NeedReport, o Options) error {
	return f.render(w, cleanNeed(r), o)
}

// NeedFormats is every form there is, the one for people first.
var NeedFormats = []NeedFormat{
	{"text", "a table for people", needText},
	{"json", "for scripts, the newest version", needJSON},
	{"json-v1", "for scripts that pin version 1", needJSON},
	{"manifest", "the requiredResourceAccess block of an app registration", needManifest},
	{"markdown", "for tickets and pull requests", needMarkdown},
}

// LookupNeed finds a form by name.
func LookupNeed(name string) (NeedFormat, error) {
	var names []string
	for _, f := range NeedFormats {
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	meant := ""
	if near := nearest(name, names); near != "" {
		meant = fmt.Sprintf(" (did you mean %q?)", near)
	}
	return NeedFormat{}, fmt.Errorf("unknown format %q%s: one of %s", name, meant, strings.Join(names, ", "))
}

// mostProblems is how many problems are told one by one.
const mostProblems = 50

// WriteNeedProblems writes one problem a line, for standard error.
func WriteNeedProblems(w io.Writer, r *checks.NeedReport) error {
	var errs []error
	for i, p := range r.Problems {
		if i == mostProblems {
			_, err := fmt.Fprintf(w, "and %s\n", count(len(r.Problems)-i, "more problem", "more problems"))
			errs = append(errs, err)
			break
		}
		line := show(p.Err.Error())
		if at := where(cleanPlace(p.Place)); at != "" {
			line = at + ": " + line
		}
		_, err := fmt.Fprintln(w, unarmed(line))
		errs = append(errs, err)
	}
	if o := r.Other; o.Count > 0 {
		hosts := each(o.Hosts, show)
		_, err := fmt.Fprintln(w, unarmed(fmt.Sprintf("left out %s to other hosts than Microsoft Graph's: %s", count(o.Count, "request", "requests"), strings.Join(hosts, ", "))))
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// cleanNeed makes safe to show what came from the input: URLs, cmdlets, places
// and the words about them. What comes from the tables is safe already.
func cleanNeed(r *checks.NeedReport) *checks.NeedReport {
	out := *r
	out.Requests = each(r.Requests, func(q checks.NeedRequest) checks.NeedRequest {
		q.Method, q.URL, q.Cmdlet, q.How = show(q.Method), show(q.URL), show(q.Cmdlet), show(q.How)
		q.Notes, q.Places = each(q.Notes, show), each(q.Places, cleanPlace)
		q.Extra, q.More = each(q.Extra, cleanExtra), each(q.More, cleanExtra)
		return q
	})
	out.Sets = each(r.Sets, func(s checks.NeedSet) checks.NeedSet {
		s.Unsupported, s.Unknown, s.Guessed = each(s.Unsupported, show), each(s.Unknown, show), each(s.Guessed, show)
		s.Permissions = each(s.Permissions, cleanPermission)
		return s
	})
	out.Have = each(r.Have, func(h checks.NeedHave) checks.NeedHave {
		h.Unsure, h.Add = each(h.Unsure, show), each(h.Add, cleanPermission)
		h.Missing = each(h.Missing, func(m checks.NeedMissing) checks.NeedMissing {
			m.Request = show(m.Request)
			return m
		})
		return h
	})
	out.Other.Hosts = each(r.Other.Hosts, show)
	out.Problems = each(r.Problems, func(p *evidence.Problem) *evidence.Problem {
		return &evidence.Problem{Place: cleanPlace(p.Place), Err: errors.New(show(p.Err.Error()))}
	})
	return &out
}

func cleanExtra(e checks.NeedExtra) checks.NeedExtra {
	e.Properties = each(e.Properties, show)
	return e
}

func cleanPermission(p checks.NeedPermission) checks.NeedPermission {
	p.Serves = each(p.Serves, show)
	return p
}

// The words that the forms for people share.

// take tells what to take of a kind: the permission, and what it needs beside it.
func take(k checks.NeedKind, name string) string {
	also := k.Also[name]
	switch len(also) {
	case 0:
		return name
	case 1:
		return name + " and " + also[0]
	}
	return name + " and one of " + few(also, 4)
}

// wouldDo lists those that would do beside the least.
func wouldDo(k checks.NeedKind) []string {
	var rest []string
	for _, p := range k.AnyOf {
		if !slices.Contains(k.Least, p) {
			rest = append(rest, p)
		}
	}
	return rest
}

// consent names who may grant.
func consent(admin bool) string {
	if admin {
		return "admin consent"
	}
	return "user consent"
}

// cannot says why a kind gets no permission named.
func cannot(k checks.NeedKind) string {
	switch {
	case k.Instead != nil:
		return fmt.Sprintf("not possible: an app has no /me; %s %s takes %s", k.Instead.Method, k.Instead.Template, strings.Join(k.Instead.Least, " or "))
	case !k.Known:
		return "unknown: the map says nothing of it"
	case len(k.Earlier) > 0:
		return "not supported; an earlier edition of the map had " + few(k.Earlier, 4)
	}
	return "not supported"
}

// extraWords tells what a property needs.
func extraWords(e checks.NeedExtra, kinds []string) string {
	who := ""
	var of []string
	for _, k := range e.Kinds {
		if slices.Contains(kinds, k) {
			of = append(of, k)
		}
	}
	if len(of) < len(kinds) {
		who = " (" + strings.Join(of, ", ") + ")"
	}
	return fmt.Sprintf("%s%s: %s", few(e.Properties, 8), who, fewOr(e.Permissions))
}

// fewOr joins alternatives.
func fewOr(list []string) string {
	if len(list) <= 3 {
		return strings.Join(list, " or ")
	}
	return fmt.Sprintf("%s or %d others", strings.Join(list[:2], " or "), len(list)-2)
}

// roleWords tells what an operation wants of a person or an app beside the
// permission.
func roleWords(r checks.NeedRole, kinds []string) string {
	var parts []string
	if len(r.Roles) > 0 && slices.Contains(kinds, "delegated") {
		parts = append(parts, "the signed-in user's role: "+strings.Join(r.Roles, " or "))
	}
	if r.AppOnly != "" && slices.Contains(kinds, "application") {
		parts = append(parts, "an app alone: "+r.AppOnly)
	}
	if len(parts) == 0 {
		return ""
	}
	head := "to " + r.Operation
	if r.Target != "" {
		head += " (" + r.Target + ")"
	}
	return head + ": " + strings.Join(parts, "; ")
}

func sourceWords(r *checks.NeedReport) string {
	return fmt.Sprintf("Source: %s of %s, commit %.12s", r.Source, r.Date, r.Commit)
}

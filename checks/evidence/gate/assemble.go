package gate

import (
	"path"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file puts pieces together: one case an app, with the calls, grants and
// sign-in addresses of the folder that it stands in.

// A Result is what a tree says.
type Result struct {
	Cases    []*evidence.Case
	Problems []error
	Open     []evidence.Open // calls and permissions that could not be resolved
	Calls    []*evidence.Call
	Files    int // looked at
	Read     int // that say something
}

func (t *tree) assemble() *Result {
	res := &Result{Problems: t.problems, Files: t.files, Read: t.read}
	pieces := t.pieces
	joinTerraform(&pieces, res)
	settleNames(pieces)
	apps := gatherApps(pieces)
	for _, p := range pieces {
		res.Calls = append(res.Calls, p.Calls...)
		res.Open = append(res.Open, p.Open...)
		t.share(p, apps)
	}
	for _, a := range apps {
		res.Open = append(res.Open, permissionsOpen(a)...)
	}
	for i, a := range apps {
		nameResources(a.Grants)
		a.Policy = t.opt.Policy
		a.Kin = slices.DeleteFunc(a.Kin, func(k *evidence.App) bool { return k == a })
		res.Cases = append(res.Cases, &evidence.Case{Place: a.Place, App: apps[i], When: t.opt.When})
	}
	return res
}

func permissionsOpen(a *evidence.App) []evidence.Open {
	var out []evidence.Open
	for _, o := range a.Open {
		if o.Permission {
			out = append(out, o)
		}
	}
	return out
}

// gatherApps lists the apps of all pieces. Two forms of one app, by its id, or a
// Teams manifest beside the only registration, are one app.
func gatherApps(pieces []*Piece) []*evidence.App {
	var apps []*evidence.App
	var teams []*evidence.App
	for _, p := range pieces {
		for _, a := range p.Apps {
			if p.teams {
				teams = append(teams, a)
				continue
			}
			apps = append(apps, a)
		}
	}
	for _, m := range teams {
		if home := homeOf(m, apps); home != nil {
			home.Declared = append(home.Declared, m.Declared...)
			home.Open = append(home.Open, m.Open...)
			continue
		}
		if len(m.Declared) > 0 {
			m.Partial = true
			apps = append(apps, m)
		}
	}
	return apps
}

// homeOf is the registration that a Teams manifest belongs to: that of the same
// id, or the nearest where the manifest has a placeholder.
func homeOf(m *evidence.App, apps []*evidence.App) *evidence.App {
	if m.ID != "" {
		for _, a := range apps {
			if a.ID == m.ID {
				return a
			}
		}
	}
	if near := nearest(m.Place.File, apps); len(near) == 1 && (m.ID == "" || near[0].ID == "") && !near[0].Owned {
		return near[0]
	}
	return nil
}

// share gives what a piece found to the apps that it belongs to: those that
// have the longest way from the top in common with it.
func (t *tree) share(p *Piece, apps []*evidence.App) {
	near := nearest(p.File, apps)
	for _, a := range near {
		a.Calls = append(a.Calls, p.Calls...)
		a.Open = append(a.Open, p.Open...)
		a.Authority = append(a.Authority, p.Authority...)
		a.Legacy = append(a.Legacy, p.Legacy...)
		a.Flows = append(a.Flows, p.Flows...)
		if len(p.Calls) > 0 {
			for _, k := range near {
				if !slices.Contains(a.Kin, k) {
					a.Kin = append(a.Kin, k)
				}
			}
		}
	}
	if p.HasGrants {
		for _, a := range near {
			if grants, ok := grantsOf(a, p.Grants, len(near) == 1); ok {
				a.Grants, a.HasGrants = append(a.Grants, grants...), true
			}
		}
	}
}

// grantsOf are the grants of an app among those of an export, which may be of
// many: by the app's name; else all, where they are of one principal and there
// is one app.
func grantsOf(a *evidence.App, grants []evidence.Grant, only bool) ([]evidence.Grant, bool) {
	holders := map[string]bool{}
	mine := ""
	for _, g := range grants {
		holders[g.PrincipalID] = true
		if a.Name != "" && strings.EqualFold(g.Principal, a.Name) {
			mine = g.PrincipalID
		}
	}
	switch {
	case mine != "":
		return slices.DeleteFunc(slices.Clone(grants), func(g evidence.Grant) bool { return g.PrincipalID != mine }), true
	case only && len(holders) <= 1:
		return grants, true
	}
	return nil, false
}

// nearest are the apps whose folder shares most of its way with a file's.
func nearest(file string, apps []*evidence.App) []*evidence.App {
	var best []*evidence.App
	most := -1
	at := folders(file)
	for _, a := range apps {
		n := 0
		for i, f := range folders(a.Place.File) {
			if i >= len(at) || at[i] != f {
				break
			}
			n++
		}
		switch {
		case n > most:
			most, best = n, []*evidence.App{a}
		case n == most:
			best = append(best, a)
		}
	}
	return best
}

func folders(file string) []string {
	dir := path.Dir(file)
	if dir == "." || dir == "/" {
		return nil
	}
	return strings.Split(dir, "/")
}

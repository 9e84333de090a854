package rules

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file answers `need`: what requests need, by the permission map, and the
// smallest set of permissions for all of them.

// NeedOptions say what is asked for.
type NeedOptions struct {
	Kinds []string // of NeedKinds; empty for all
	Have  []string // permissions that are held
	// Compare is set where Have was given, be it empty.
	Compare bool
}

// NeedKinds are the kinds of caller, as the contract spells them.
var NeedKinds = []string{"application", "delegated", "personal"}

// needer gathers requests on their way into a report.
type needer struct {
	report  *checks.NeedReport
	kinds   []catalog.Kind
	matches []catalog.Match // parallel to report.Requests
	names   []string        // of the requests
	known   map[string]int  // where a request stands already
	hosts   map[string]bool
	infos   map[permissionKind]*catalog.PermissionInfo // nil: there is none
	shared  map[int]checks.NeedKind                    // by setKind
}

// setKind numbers a set of the map for a kind.
func setKind(set int, k catalog.Kind) int { return set<<2 | int(k) }

type permissionKind struct {
	name string
	kind catalog.Kind
}

// permission is catalog.Permission, remembered: many requests need the same.
func (n *needer) permission(name string, k catalog.Kind) (catalog.PermissionInfo, bool) {
	id := permissionKind{name, k}
	p, ok := n.infos[id]
	if !ok {
		if info, found := catalog.Permission(name, k); found {
			p = &info
		}
		n.infos[id] = p
	}
	if p == nil {
		return catalog.PermissionInfo{}, false
	}
	return *p, true
}

// maxHosts bounds the hosts that are named of requests that went elsewhere.
const maxHosts = 5

// Need tells what the calls need. Calls that are no request to Microsoft Graph
// become problems if they were asked for, and are counted if they merely stood
// in a carrier.
func Need(calls []*evidence.Call, opt NeedOptions) *checks.NeedReport {
	n := &needer{report: &checks.NeedReport{}, known: map[string]int{}, hosts: map[string]bool{}, infos: map[permissionKind]*catalog.PermissionInfo{}, shared: map[int]checks.NeedKind{}}
	n.report.Requests = make([]checks.NeedRequest, 0, len(calls))
	n.matches, n.names = make([]catalog.Match, 0, len(calls)), make([]string, 0, len(calls))
	n.report.Source, n.report.Commit, n.report.Date = catalog.Source()
	for i, name := range NeedKinds {
		if len(opt.Kinds) == 0 || slices.Contains(opt.Kinds, name) {
			n.kinds = append(n.kinds, catalog.Kind(i))
			n.report.Kinds = append(n.report.Kinds, name)
		}
	}
	for _, c := range calls {
		n.add(c)
	}
	for _, k := range n.kinds {
		n.report.Sets = append(n.report.Sets, n.set(k))
	}
	if opt.Compare {
		n.have(opt)
	}
	return n.report
}

func (n *needer) problem(at evidence.Place, format string, args ...any) {
	n.report.Problems = append(n.report.Problems, &evidence.Problem{Place: at, Err: fmt.Errorf(format, args...)})
}

// add looks one call up and joins it to the report.
func (n *needer) add(c *evidence.Call) {
	r, m, err := n.lookUp(c)
	switch {
	case errors.Is(err, errElsewhere):
		n.elsewhere(c, m)
		return
	case err != nil:
		n.problem(c.Place, "%w", err)
		return
	}
	id := needID(c, r, m)
	if i, ok := n.known[id]; ok {
		old := &n.report.Requests[i]
		if old.Count++; len(old.Places) < 3 {
			old.Places = append(old.Places, c.Place)
		}
		return
	}
	n.known[id] = len(n.report.Requests)
	r.Count, r.Places = 1, []evidence.Place{c.Place}
	n.describe(&r, m, c)
	n.report.Requests = append(n.report.Requests, r)
	n.matches = append(n.matches, m)
	n.names = append(n.names, r.Name())
}

// needID tells requests apart: those of a list by their text, those of a
// carrier by what they need.
func needID(c *evidence.Call, r checks.NeedRequest, m catalog.Match) string {
	address := m.Template
	if c.Asked || address == "" {
		address = r.URL
	}
	id := r.Method + " " + address + r.Cmdlet
	if !c.Asked {
		id += " " + r.Version + " " + string(m.How)
	}
	for _, more := range [][]string{c.Select, c.Body, c.Params} {
		if len(more) > 0 {
			id += "\n" + strings.Join(more, ",")
		}
	}
	return id
}

// errElsewhere: the request went to another API than Microsoft Graph.
var errElsewhere = errors.New("another API")

// lookUp finds a call in the map, or tells what is wrong with it.
func (n *needer) lookUp(c *evidence.Call) (checks.NeedRequest, catalog.Match, error) {
	if c.URL == "" && c.Cmdlet != "" {
		return lookUpCmdlet(c)
	}
	r := checks.NeedRequest{Method: c.Method, URL: c.URL}
	if r.Method == "" {
		r.Method = "GET"
		r.Notes = append(r.Notes, "the method is not named; GET is assumed")
	}
	m := catalog.Find(r.Method, c.URL)
	r.Version = m.Version
	switch {
	case m.API != "" || m.Host != "" && m.How == catalog.None && !isGraph(m.Host):
		return r, m, errElsewhere
	case strings.HasPrefix(m.Why, "unknown method"):
		return r, m, unknownMethod(r.Method)
	case strings.HasPrefix(m.Why, "the URL"):
		return r, m, fmt.Errorf("%s: %s", or(short(c.URL), "the URL"), m.Why)
	}
	if m.Method == "GET" && strings.EqualFold(r.Method, "HEAD") {
		r.Notes = append(r.Notes, "HEAD needs what GET needs")
	}
	r.Method = m.Method
	if w, ok := watched(m, c); ok {
		r.Template = "/subscriptions"
		r.How = fmt.Sprintf("a subscription needs what reading its resource needs: GET %s", w.Template)
		if w.How == catalog.Exact {
			w.How = catalog.Cast
		}
		return r, w, nil
	}
	return r, m, nil
}

func short(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "…"
	}
	return s
}

// unknownMethod names the method that was probably meant.
func unknownMethod(method string) error {
	meant := map[string]string{"FETCH": "GET", "READ": "GET", "LIST": "GET", "QUERY": "GET", "CREATE": "POST", "ADD": "POST", "SEND": "POST", "INSERT": "POST",
		"UPDATE": "PATCH", "MODIFY": "PATCH", "EDIT": "PATCH", "MERGE": "PATCH", "REMOVE": "DELETE", "DEL": "DELETE", "SET": "PUT", "REPLACE": "PUT", "UPLOAD": "PUT"}[method]
	if meant == "" {
		meant = nearMethod(method)
	}
	if meant == "" {
		return fmt.Errorf("unknown method %q: Microsoft Graph has GET, POST, PATCH, PUT and DELETE", short(method))
	}
	return fmt.Errorf("unknown method %q: did you mean %s?", short(method), meant)
}

// nearMethod is the method whose letters are the same but for two.
func nearMethod(method string) string {
	best, most := "", 2
	for _, m := range []string{"GET", "POST", "PATCH", "PUT", "DELETE"} {
		common := 0
		rest := method
		for _, c := range m {
			if i := strings.IndexRune(rest, c); i >= 0 {
				common++
				rest = rest[:i] + rest[i+1:]
			}
		}
		if away := max(len(m), len(method)) - common; away < most {
			best, most = m, away
		}
	}
	return best
}

// elsewhere tells of a request that is not Microsoft Graph's: a problem if it
// was asked for, a count otherwise.
func (n *needer) elsewhere(c *evidence.Call, m catalog.Match) {
	if c.Asked {
		n.problem(c.Place, "%s: %s; this permission map is Microsoft Graph's", short(c.URL), m.Why)
		return
	}
	o := &n.report.Other
	o.Count++
	name := m.Host
	if m.API != "" {
		name += " (" + m.API + ")"
	}
	if !n.hosts[name] && len(o.Hosts) < maxHosts {
		o.Hosts = append(o.Hosts, name)
	}
	n.hosts[name] = true
}

// lookUpCmdlet finds what a Graph PowerShell cmdlet calls.
func lookUpCmdlet(c *evidence.Call) (checks.NeedRequest, catalog.Match, error) {
	r := checks.NeedRequest{Cmdlet: c.Cmdlet}
	info, ok := catalog.Cmdlet(c.Cmdlet, c.Params...)
	if !ok {
		r.How = "the naming rule of Microsoft Graph PowerShell leads to no request of the map: unknown, not free"
		return r, catalog.Match{How: catalog.None, Why: r.How}, nil
	}
	m := catalog.Find(info.Method, info.Templates[0])
	r.Method = info.Method
	if info.Beta {
		r.Version = "beta"
	}
	note := fmt.Sprintf("by the naming rule of Microsoft Graph PowerShell %s is %s %s", c.Cmdlet, info.Method, info.Templates[0])
	if info.Tail != "" {
		note += "/" + info.Tail
	}
	r.Notes = append(r.Notes, note)
	for _, q := range info.Requests {
		if q.Template != info.Templates[0] || q.Method != info.Method {
			r.Other = append(r.Other, checks.NeedAddress{Method: q.Method, Template: q.Template})
		}
	}
	return r, m, nil
}

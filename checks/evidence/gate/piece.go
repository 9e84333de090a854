package gate

import (
	"bytes"
	"context"
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file takes one file apart: what is it, and what does it say of an app?

// A Piece is what one file says.
type Piece struct {
	File      string
	Apps      []*evidence.App
	Grants    []evidence.Grant
	HasGrants bool
	Calls     []*evidence.Call
	Open      []evidence.Open
	Authority []evidence.Ref
	Legacy    []evidence.Ref
	Flows     []evidence.Ref

	teams  bool              // it holds a Teams manifest
	consts map[string]string // names of addresses of Microsoft Graph that other files may use
	later  []pending         // calls whose address begins with a name of another file
	module *tfFile           // a file of Terraform: read with the others of its folder
}

func (p *Piece) empty() bool {
	return len(p.Apps) == 0 && !p.HasGrants && len(p.Calls) == 0 && len(p.Open) == 0 && len(p.Authority) == 0 && len(p.Legacy) == 0 && len(p.Flows) == 0 && len(p.consts) == 0 && len(p.later) == 0 && p.module == nil
}

// roles are what a file is read for.
type roles struct {
	manifests, calls, grants bool
	named                    bool // the owner or the command line names it: read it whatever it is
}

var (
	errNothing = errors.New("it holds no app registration, no export of grants and no call that can be told")
	errLong    = errors.New("it is longer than 2 MiB, more than infrastructure code is; it is not read")
	errCut     = errors.New("the limit of 16 MiB for one file is reached; the rest is not read")
)

// readPiece reads one file. What it finds stands even where there are problems.
func readPiece(file string, raw []byte, r roles) (*Piece, []error) {
	p := &Piece{File: file}
	var problems []error
	ext := strings.ToLower(path.Ext(file))
	switch {
	case ext == ".tf" || strings.HasSuffix(file, ".tfvars"):
		if r.manifests {
			p.module = &tfFile{name: file, text: raw}
		}
		return p, nil
	case ext == ".bicep":
		if r.manifests {
			problems = p.bicep(string(raw))
		}
		return p, problems
	}
	if isDependencyFile(path.Base(file)) && (r.calls || r.manifests) {
		p.dependencies(string(raw))
		if !r.named {
			return p, nil
		}
	}
	text := strings.TrimLeft(string(raw), "\ufeff \t\r\n")
	if strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") || strings.HasPrefix(text, "//") && (ext == ".json" || ext == ".jsonc") {
		v, err := ParseJSON(file, string(raw))
		if err == nil {
			p.json(v, string(raw), r)
			if r.named && p.empty() && r.calls {
				problems = p.anyCalls(raw, r.named)
			}
			return p.sorted(), problems
		}
		if ext == ".json" || ext == ".jsonc" || r.named && r.manifests && bytes.Contains(raw, []byte("requiredResourceAccess")) {
			return p, []error{err}
		}
	}
	if !r.calls {
		if r.named {
			problems = append(problems, problem(file, 1, errNothing))
		}
		return p, problems
	}
	switch {
	case isHTTPFile(ext):
		p.httpFile(string(raw))
	case isYAML(ext) && p.yaml(raw):
	case sourceOf(file) != nil:
		p.source(string(raw), sourceOf(file))
	case r.named, ext == ".har", callList(file):
		problems = p.anyCalls(raw, r.named)
	}
	return p.sorted(), problems
}

// anyCalls reads whatever the readers of failures know: lists, HAR, logs.
func (p *Piece) anyCalls(raw []byte, named bool) []error {
	var problems []error
	for c, err := range evidence.Calls(context.Background(), evidence.Input{Name: p.File, Reader: bytes.NewReader(raw)}) {
		if err != nil {
			if errors.Is(err, evidence.ErrNoCall) {
				if !named {
					continue
				}
				err = problem(p.File, 1, errNothing)
			}
			problems = append(problems, err)
		}
		if c != nil {
			p.Calls = append(p.Calls, c)
		}
	}
	return problems
}

func (p *Piece) sorted() *Piece {
	slices.SortStableFunc(p.Calls, func(a, b *evidence.Call) int { return a.Place.Line - b.Place.Line })
	return p
}

// callList tells a list of calls by its name: calls.txt and its kin. Other texts
// may speak of requests without making them.
func callList(file string) bool {
	base := strings.ToLower(path.Base(file))
	return strings.HasPrefix(base, "calls") && (strings.HasSuffix(base, ".txt") || strings.HasSuffix(base, ".list") || base == "calls")
}

// json reads whatever objects a document holds.
func (p *Piece) json(v *Value, text string, r roles) {
	switch {
	case v.Get("log", "entries").is(List), v.Get("requests").is(List) && v.Get("requests").Items != nil:
		if r.calls {
			p.anyCalls([]byte(text), r.named)
		}
	case v.Has("openapi", "swagger") && v.Has("paths"):
		if r.calls {
			p.openAPI(v)
		}
	default:
		p.objects(v, r, 0)
	}
}

// objectDepth is how deep registrations and grants are looked for: exports wrap
// them in value, data, or a list.
const objectDepth = 16

func (p *Piece) objects(v *Value, r roles, depth int) {
	if v == nil || depth > objectDepth {
		return
	}
	switch v.Kind {
	case List:
		for _, it := range v.Items {
			p.objects(it, r, depth+1)
		}
	case Object:
		p.object(v, r, depth)
	}
}

func (p *Piece) object(v *Value, r roles, depth int) {
	switch list := spfxRequests(v); {
	case isGrant(v):
		if r.grants {
			p.Grants = append(p.Grants, readGrant(v, p.File)...)
			p.HasGrants = true
		}
	case emptyGrants(v):
		p.HasGrants = p.HasGrants || r.grants
		p.objects(v.Get("value"), r, depth+1)
	case isTeamsManifest(v):
		if a := readTeams(v, p.File); a != nil && r.manifests {
			p.Apps, p.teams = append(p.Apps, a), true
		}
	case list != nil:
		if r.manifests {
			p.Apps = append(p.Apps, readSPFx(v, list, p.File))
		}
	case isTemplate(v):
		if r.manifests {
			p.template(v)
		}
	case isApplication(v):
		if r.manifests {
			p.Apps = append(p.Apps, ReadApplication(v, p.File, "application object"))
		}
	default:
		if c := p.request(v); c != nil {
			if r.calls {
				p.Calls = append(p.Calls, c)
			}
			return
		}
		for _, f := range v.Fields {
			p.objects(f.Value, r, depth+1)
		}
	}
}

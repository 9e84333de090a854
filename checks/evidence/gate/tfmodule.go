package gate

import (
	"path"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// This file reads the files of a Terraform module, and follows the calls of
// modules that lie beside it.

// A tfFile is one file of a module.
type tfFile struct {
	name string
	text []byte
}

// maxTerraform bounds one file.
const maxTerraform = 2 << 20

// joinTerraform reads the modules of all folders.
func joinTerraform(pieces *[]*Piece, res *Result) {
	byDir := map[string][]*tfFile{}
	var dirs []string
	for _, p := range *pieces {
		if p.module == nil {
			continue
		}
		dir := path.Dir(p.File)
		if byDir[dir] == nil {
			dirs = append(dirs, dir)
		}
		byDir[dir] = append(byDir[dir], p.module)
	}
	slices.Sort(dirs)
	modules := map[string]*tfModule{}
	for _, dir := range dirs {
		m, problems := parseModule(dir, byDir[dir])
		modules[dir] = m
		res.Problems = append(res.Problems, problems...)
	}
	called := map[string]bool{}
	for _, m := range modules {
		for _, c := range m.calls() {
			called[path.Join(m.dir, c.source)] = true
		}
	}
	for _, dir := range dirs {
		if called[dir] {
			continue
		}
		p := &Piece{File: path.Join(dir, byDir[dir][0].name[strings.LastIndexByte(byDir[dir][0].name, '/')+1:])}
		r := &tfReader{modules: modules, piece: p, steps: maxModules}
		r.module(modules[dir], nil, 0)
		if !p.empty() {
			*pieces = append(*pieces, p)
		}
	}
}

// A tfModule is the files of one folder, parsed.
type tfModule struct {
	dir    string
	bodies []tfBody
	keys   map[string]bool // every short text in it, any of which may be a permission's name
	values map[string]cty.Value
	roots  map[string]bool // what its expressions begin with
}

type tfBody struct {
	file string
	body *hclsyntax.Body
}

func parseModule(dir string, files []*tfFile) (*tfModule, []error) {
	m := &tfModule{dir: dir, keys: map[string]bool{}, values: map[string]cty.Value{}, roots: map[string]bool{}}
	var problems []error
	for _, f := range files {
		if len(f.text) > maxTerraform {
			problems = append(problems, problem(f.name, 0, errLong))
			continue
		}
		if err := tooDeep(f.text); err != nil {
			problems = append(problems, problem(f.name, 0, err))
			continue
		}
		parsed, diags := hclsyntax.ParseConfig(f.text, f.name, hcl.InitialPos)
		for _, d := range diags {
			if d.Severity == hcl.DiagError {
				line := 0
				if d.Subject != nil {
					line = d.Subject.Start.Line
				}
				problems = append(problems, problem(f.name, line, hclError(d)))
				break // one a file: the rest follows from it
			}
		}
		body, ok := parsed.Body.(*hclsyntax.Body)
		if !ok {
			continue
		}
		if strings.HasSuffix(f.name, ".tfvars") {
			if base := path.Base(f.name); base == "terraform.tfvars" || strings.HasSuffix(base, ".auto.tfvars") {
				m.tfvars(body)
			}
			continue
		}
		m.bodies = append(m.bodies, tfBody{f.name, body})
		m.gatherKeys(body)
	}
	return m, problems
}

func hclError(d *hcl.Diagnostic) error {
	return errText(strings.ToLower(d.Summary[:min(1, len(d.Summary))]) + d.Summary[min(1, len(d.Summary)):])
}

type errText string

func (e errText) Error() string { return shown(string(e)) }

// tfvars takes the values that are set for a root module.
func (m *tfModule) tfvars(body *hclsyntax.Body) {
	for name, a := range body.Attributes {
		if v, diags := a.Expr.Value(nil); !diags.HasErrors() {
			m.values[name] = v
		}
	}
	m.gatherKeys(body)
}

// gatherKeys takes down the texts of a module: those by which permissions are
// looked up are among them.
func (m *tfModule) gatherKeys(body *hclsyntax.Body) {
	_ = hclsyntax.VisitAll(body, func(n hclsyntax.Node) hcl.Diagnostics {
		if t, ok := n.(*hclsyntax.LiteralValueExpr); ok && t.Val.Type() == cty.String && t.Val.IsKnown() && !t.Val.IsNull() {
			m.key(t.Val.AsString())
		}
		if t, ok := n.(*hclsyntax.ScopeTraversalExpr); ok {
			m.traversalKeys(t.Traversal)
			m.roots[t.Traversal.RootName()] = true
		}
		if t, ok := n.(*hclsyntax.RelativeTraversalExpr); ok {
			m.traversalKeys(t.Traversal)
		}
		if o, ok := n.(*hclsyntax.ObjectConsKeyExpr); ok {
			if k := hcl.ExprAsKeyword(o); k != "" {
				m.key(k)
			}
		}
		return nil
	})
}

func (m *tfModule) traversalKeys(t hcl.Traversal) {
	for _, step := range t {
		if i, ok := step.(hcl.TraverseIndex); ok && i.Key.Type() == cty.String {
			m.key(i.Key.AsString())
		}
	}
}

// maxKeys bounds the texts kept of one module.
const maxKeys = 2000

func (m *tfModule) key(s string) {
	if len(s) > 2 && len(s) < 80 && !strings.ContainsAny(s, "/ :${}\n") && len(m.keys) < maxKeys && !evidence.IsGUID(s) {
		m.keys[s] = true
	}
}

// A tfCall is a call of a local module.
type tfCall struct {
	source string
	block  *hclsyntax.Block
}

func (m *tfModule) calls() []tfCall {
	var out []tfCall
	for _, b := range m.blocks("module") {
		if a := b.block.Body.Attributes["source"]; a != nil {
			if v, diags := a.Expr.Value(nil); !diags.HasErrors() && v.Type() == cty.String && (strings.HasPrefix(v.AsString(), "./") || strings.HasPrefix(v.AsString(), "../")) {
				out = append(out, tfCall{v.AsString(), b.block})
			}
		}
	}
	return out
}

// A tfBlock is a block and its file.
type tfBlock struct {
	file  string
	block *hclsyntax.Block
}

func (b tfBlock) label(i int) string {
	if i < len(b.block.Labels) {
		return b.block.Labels[i]
	}
	return ""
}

func (b tfBlock) line() int { return b.block.DefRange().Start.Line }

// blocks are the blocks of a type, in the order of files and lines.
func (m *tfModule) blocks(kind string) []tfBlock {
	var out []tfBlock
	for _, body := range m.bodies {
		for _, b := range body.body.Blocks {
			if b.Type == kind {
				out = append(out, tfBlock{body.file, b})
			}
		}
	}
	return out
}

// Limits of evaluation.
const (
	maxModules   = 200
	maxInstances = 200 // of one resource with for_each
	moduleDepth  = 6
)

// tfReader reads modules into a piece.
type tfReader struct {
	modules map[string]*tfModule
	piece   *Piece
	steps   int
}

// module reads one module with its arguments; it returns what it puts out.
func (r *tfReader) module(m *tfModule, args map[string]cty.Value, depth int) map[string]cty.Value {
	if r.steps--; m == nil || r.steps < 0 || depth > moduleDepth {
		return nil
	}
	e := newTFEval(m, args)
	for _, c := range m.calls() {
		in := map[string]cty.Value{}
		for name, a := range c.block.Body.Attributes {
			in[name] = e.value(a.Expr, nil)
		}
		child := r.modules[path.Join(m.dir, c.source)]
		if child != nil && len(c.block.Labels) > 0 {
			keys := child.keys
			child.keys = mergeKeys(keys, m.keys)
			e.modules[c.block.Labels[0]] = cty.DynamicVal
			if out := r.module(child, in, depth+1); out != nil {
				e.modules[c.block.Labels[0]] = cty.ObjectVal(out)
			}
			child.keys = keys
		}
	}
	e.prepare()
	t := &tfApps{tfEval: e, piece: r.piece, apps: map[string]*evidence.App{}, managed: map[string]*evidence.App{}}
	t.resources()
	return e.outputs()
}

func mergeKeys(a, b map[string]bool) map[string]bool {
	out := map[string]bool{}
	for k := range a {
		out[k] = true
	}
	for k := range b {
		if len(out) < maxKeys {
			out[k] = true
		}
	}
	return out
}

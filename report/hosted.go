package report

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file holds what the formats share that code hosts read: file names as a
// repository knows them, the worst findings first, and a name for a finding
// that stays the same while lines move.

// hosted is a file's name seen from Options.Base, with forward slashes, and
// whether it lies below it. Standard input has no file: "".
func (o Options) hosted(file string) (name string, inside bool) {
	if file == "" || file == "-" {
		return "", false
	}
	if o.Base == "" {
		name = path.Clean(filepath.ToSlash(file))
		return name, !path.IsAbs(name) && !filepath.IsAbs(file) && filepath.VolumeName(file) == "" && !above(name)
	}
	if !filepath.IsAbs(file) {
		file = filepath.Join(o.Base, file)
	}
	rel, err := filepath.Rel(o.Base, file)
	if err != nil || above(filepath.ToSlash(rel)) {
		return filepath.ToSlash(filepath.Clean(file)), false
	}
	return filepath.ToSlash(rel), true
}

// above: a path that leaves the folder it starts in.
func above(p string) bool { return p == ".." || strings.HasPrefix(p, "../") }

// uri writes a name that hosted gave as a URI: a relative one below the base, a
// file: one elsewhere.
func uri(name string, inside bool) string {
	if inside || !path.IsAbs(name) && !strings.Contains(name, ":") {
		return (&url.URL{Path: name}).String()
	}
	return (&url.URL{Scheme: "file", Path: "/" + strings.TrimPrefix(name, "/")}).String()
}

// home is the first place of a finding that is a file: where it was met, or
// else where its strongest witness stands.
func home(f checks.Finding) (evidence.Place, bool) {
	places := slices.Clone(f.Places)
	if w, ok := strongest(f); ok {
		places = append(places, w.Place)
	}
	for _, p := range places {
		if p.File != "" && p.File != "-" {
			return p, true
		}
	}
	return evidence.Place{}, false
}

// worstFirst orders by severity and keeps the ranking within one.
func worstFirst(fs []checks.Finding) []checks.Finding {
	out := slices.Clone(fs)
	slices.SortStableFunc(out, func(a, b checks.Finding) int { return int(b.Level()) - int(a.Level()) })
	return out
}

// fingerprint names a finding by its rule, its subject and its file. Lines and
// words are left out: both change while the finding stays.
func fingerprint(f checks.Finding, file string) string {
	h := sha256.New()
	for _, part := range [...]string{f.Rule.ID, f.Subject, file} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil))
}

// advice is the first fix on one or two lines, "" where there is none.
func advice(f checks.Finding) string {
	if len(f.Fixes) == 0 {
		return ""
	}
	x := f.Fixes[0]
	out := "Fix" + hand(x) + ": " + x.Title
	if f.Rule.Otherwise {
		out = "Next step" + hand(x) + ": " + x.Title
	}
	if x.Command != "" {
		out += "\n" + x.Command
	}
	if x.URL != "" {
		out += "\n" + x.URL
	}
	return out
}

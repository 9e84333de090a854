package report

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"time"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file is version 1 of the JSON that scripts rely on. Its types are frozen:
// fields are added, never renamed and never removed. They are not the types of
// checks, so that those can change.

// jsonVersion is the newest version there is.
const jsonVersion = 1

type docV1 struct {
	Version  int         `json:"version"`
	Tool     toolV1      `json:"tool"`
	Cases    int         `json:"cases"`
	Examined int         `json:"examined,omitempty"` // everything looked at, healthy or not
	Findings []findingV1 `json:"findings"`
	Dropped  int         `json:"dropped,omitempty"` // findings of kinds that were not kept
	RuledOut []ruledV1   `json:"ruled_out"`
	Probe    string      `json:"probe,omitempty"`
	Support  *supportV1  `json:"support,omitempty"`
	Problems []problemV1 `json:"problems"`
	// ProblemCount is set where more problems were met than are listed.
	ProblemCount int           `json:"problem_count,omitempty"`
	Unresolved   *unresolvedV1 `json:"unresolved,omitempty"`
}

type toolV1 struct {
	Name    string     `json:"name"`
	Version string     `json:"version,omitempty"`
	Catalog *catalogV1 `json:"catalog,omitempty"`
}

type catalogV1 struct {
	Source string `json:"source"`
	Date   string `json:"date"`
}

type findingV1 struct {
	Rule      string      `json:"rule"`
	Title     string      `json:"title"`
	Message   string      `json:"message"`
	Severity  string      `json:"severity"`
	Strength  string      `json:"strength"`
	Subject   string      `json:"subject"`
	Why       []string    `json:"why"`
	Evidence  []witnessV1 `json:"evidence"`
	Fixes     []fixV1     `json:"fixes"`
	Probe     string      `json:"probe,omitempty"`
	Explained []findingV1 `json:"explained"`
	Count     int         `json:"count"`
	Places    []placeV1   `json:"places"`
	Apps      []string    `json:"apps,omitempty"`
	FirstSeen string      `json:"first_seen,omitempty"`
	LastSeen  string      `json:"last_seen,omitempty"`
	// Apart: found in other cases than those of the cause that it hangs beneath.
	Apart bool `json:"apart,omitempty"`
	// Mended: later calls went through in every case; such findings come last.
	Mended bool `json:"mended,omitempty"`
	// RuledOut and Support are of the finding's own case; absent where they are
	// those of the whole diagnosis.
	RuledOut *[]ruledV1 `json:"ruled_out,omitempty"`
	Support  *supportV1 `json:"support,omitempty"`
}

type witnessV1 struct {
	Origin string `json:"origin"`
	Field  string `json:"field"`
	Value  string `json:"value"`
	placeV1
	How string `json:"how"`
}

type placeV1 struct {
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"` // absent where unknown
}

type fixV1 struct {
	Title   string `json:"title"`
	Who     string `json:"who,omitempty"`
	Command string `json:"command,omitempty"`
	URL     string `json:"url,omitempty"`
	Widens  bool   `json:"widens"`
}

type ruledV1 struct {
	Rule    string     `json:"rule"`
	Because string     `json:"because"`
	Fact    *witnessV1 `json:"fact,omitempty"`
}

type supportV1 struct {
	Request       string `json:"request_id,omitempty"`
	ClientRequest string `json:"client_request_id,omitempty"`
	Correlation   string `json:"correlation_id,omitempty"`
	Trace         string `json:"trace_id,omitempty"`
	Timestamp     string `json:"timestamp,omitempty"`
}

type problemV1 struct {
	placeV1
	Error string `json:"error"`
}

type unresolvedV1 struct {
	Calls       int       `json:"calls"`
	Permissions int       `json:"permissions"`
	Places      []placeV1 `json:"places"`
}

func jsonV1(w io.Writer, d *checks.Diagnosis, o Options) error {
	return encode(w, toV1(d, o), "  ")
}

// jsonLines writes one finding a line, causes only, as they are ranked.
func jsonLines(w io.Writer, d *checks.Diagnosis, _ Options) error {
	for _, f := range d.Findings {
		if err := encode(w, findingToV1(f), ""); err != nil {
			return err
		}
	}
	return nil
}

// WriteFindings writes findings as the format jsonl does, one a line. A stream
// calls it for each case as soon as it was examined; jsonl at the end writes
// the merged findings instead.
func WriteFindings(w io.Writer, fs []checks.Finding, o Options) error {
	return jsonLines(w, clean(&checks.Diagnosis{Findings: fs}), o)
}

// encode leaves <, > and & readable, since addresses are full of them, but
// writes </ and <! so that the JSON can stand inside a script of a page.
func encode(w io.Writer, v any, indent string) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(inScript(b.Bytes()))
	return err
}

// inScript keeps JSON from ending the script that it may stand in.
func inScript(b []byte) []byte {
	b = bytes.ReplaceAll(b, []byte("</"), []byte(`<\/`))
	return bytes.ReplaceAll(b, []byte("<!"), []byte(`<\u0021`))
}

func toV1(d *checks.Diagnosis, o Options) docV1 {
	doc := docV1{
		Version: jsonVersion, Tool: toolV1{Name: toolName, Version: o.Version},
		Cases: d.Cases, Examined: d.Examined, Dropped: d.Dropped, Probe: d.Probe,
		Findings: mapped(d.Findings, findingToV1),
		RuledOut: mapped(d.RuledOut, ruledToV1),
		Problems: mapped(d.ProblemList(), func(p *evidence.Problem) problemV1 {
			return problemV1{placeV1(p.Place), p.Err.Error()}
		}),
	}
	if d.Examined > 1 { // the findings of one case share it
		for i, f := range d.Findings {
			ownCase(&doc.Findings[i], f, d)
		}
	}
	if o.Catalog != (Catalog{}) {
		doc.Tool.Catalog = &catalogV1{o.Catalog.Source, o.Catalog.Date}
	}
	if d.Support != (evidence.IDs{}) {
		s := supportV1(d.Support)
		doc.Support = &s
	}
	if d.Problem > len(doc.Problems) {
		doc.ProblemCount = d.Problem
	}
	if u := d.Unresolved; o.Gate || u.Calls > 0 || u.Permissions > 0 {
		doc.Unresolved = &unresolvedV1{u.Calls, u.Permissions, mapped(u.Places, toPlaceV1)}
	}
	return doc
}

func findingToV1(f checks.Finding) findingV1 {
	return findingV1{
		Rule: f.Rule.ID, Title: f.Rule.Title, Message: f.Message,
		Severity: f.Level().String(), Strength: f.Strength.String(), Subject: f.Subject,
		Why:      mapped(f.Why, func(s string) string { return s }),
		Evidence: mapped(f.Seen, witnessToV1),
		Fixes:    mapped(f.Fixes, func(x checks.Fix) fixV1 { return fixV1(x) }),
		Probe:    f.Probe, Explained: mapped(f.Explained, findingToV1),
		Count: f.Count, Places: mapped(f.Places, toPlaceV1), Apps: f.Apps,
		FirstSeen: moment(f.First), LastSeen: moment(f.Last), Apart: f.Apart, Mended: f.Mended,
	}
}

// ownCase writes what a finding's case excludes and its ids, where they are not
// those that stand at the end of the diagnosis.
func ownCase(v *findingV1, f checks.Finding, d *checks.Diagnosis) {
	if f.Support != d.Support {
		s := supportV1(f.Support)
		v.Support = &s
	}
	if r := d.Excluded(f); !slices.Equal(r, d.RuledOut) {
		list := mapped(r, ruledToV1)
		v.RuledOut = &list
	}
}

func witnessToV1(w checks.Witness) witnessV1 {
	return witnessV1{w.Origin.String(), w.Field, w.Value, placeV1(w.Place), w.How.String()}
}

func ruledToV1(r checks.RuledOut) ruledV1 {
	out := ruledV1{Rule: r.Rule, Because: r.Because}
	if r.Ref.Field != "" || r.Ref.Value != "" {
		w := witnessToV1(checks.Shows(r.Ref))
		out.Fact = &w
	}
	return out
}

func toPlaceV1(p evidence.Place) placeV1 { return placeV1(p) }

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// mapped converts a list; of nothing it makes an empty list, not null.
func mapped[A, B any](list []A, f func(A) B) []B {
	out := make([]B, len(list))
	for i, v := range list {
		out[i] = f(v)
	}
	return out
}

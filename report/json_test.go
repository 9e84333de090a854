package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/hashicorp/go-multierror"
	"pgregory.net/rapid"
)

// This file holds the JSON that scripts rely on.

// comparable tells cmp how diagnoses are equal: rules by what they say, problems
// by place and words, and lists whether nil or empty.
var comparable = []cmp.Option{
	cmpopts.EquateEmpty(),
	cmpopts.IgnoreFields(checks.Rule{}, "Check", "RuledOut"),
	cmp.Transformer("problems", func(e *multierror.Error) []string {
		var out []string
		for _, p := range (&checks.Diagnosis{Problems: e}).ProblemList() {
			out = append(out, fmt.Sprint(p.Place, p.Err))
		}
		return out
	}),
}

// line is text that shows as it is: what the door lets through unchanged.
var line = rapid.Map(rapid.OneOf(rapid.StringN(0, 20, 60), rapid.SampledFrom([]string{"", "GET /users/{id}", "</script>", `"\`, "<!--", "&amp;", "aud"})), show)

var place = rapid.Custom(func(t *rapid.T) evidence.Place {
	return evidence.Place{File: line.Draw(t, "file"), Line: rapid.IntRange(0, 1e9).Draw(t, "line")}
})

var anyRef = rapid.Custom(func(t *rapid.T) evidence.Ref {
	return evidence.Ref{Place: place.Draw(t, "at"), Origin: evidence.Origin(rapid.IntRange(0, int(evidence.FromRegistration)).Draw(t, "origin")),
		Field: "f" + line.Draw(t, "field"), Value: line.Draw(t, "value")}
})

var anyTime = rapid.Custom(func(t *rapid.T) time.Time {
	s := rapid.Int64Range(0, 4e9).Draw(t, "seconds")
	if s%3 == 0 {
		return time.Time{}
	}
	return time.Unix(s, rapid.Int64Range(0, 1e9-1).Draw(t, "nanoseconds")).UTC()
})

func anyFinding(depth int) *rapid.Generator[checks.Finding] {
	return rapid.Custom(func(t *rapid.T) checks.Finding {
		r := rapid.SampledFrom(testRules).Draw(t, "rule")
		f := checks.Finding{
			Rule: testRule(r.ID), Message: line.Draw(t, "message"), Subject: line.Draw(t, "subject"), Probe: line.Draw(t, "probe"),
			Why: rapid.SliceOfN(line, 0, 3).Draw(t, "why"), Apps: rapid.SliceOfN(line, 0, 3).Draw(t, "apps"),
			Places:   rapid.SliceOfN(place, 0, 3).Draw(t, "places"),
			Count:    rapid.IntRange(0, 1e9).Draw(t, "count"),
			Strength: checks.Strength(rapid.IntRange(int(checks.Possible), int(checks.Proven)).Draw(t, "strength")),
			First:    anyTime.Draw(t, "first"), Last: anyTime.Draw(t, "last"), Mended: rapid.Bool().Draw(t, "mended"),
		}
		if s := checks.Severity(rapid.IntRange(int(checks.Note), int(checks.Error)).Draw(t, "severity")); s != r.Severity {
			f.Severity = s
		}
		for range rapid.IntRange(0, 3).Draw(t, "witnesses") {
			f.Seen = append(f.Seen, checks.Witness{Ref: anyRef.Draw(t, "ref"), How: checks.How(rapid.IntRange(0, int(checks.HowSays)).Draw(t, "how"))})
		}
		for range rapid.IntRange(0, 2).Draw(t, "fixes") {
			f.Fixes = append(f.Fixes, checks.Fix{Title: line.Draw(t, "title"), Who: line.Draw(t, "who"), URL: line.Draw(t, "url"), Widens: rapid.Bool().Draw(t, "widens"),
				Command: strings.TrimRight(strings.Join(rapid.SliceOfN(line, 0, 3).Draw(t, "command"), "\n"), "\n")})
		}
		if depth < 3 {
			f.Explained = rapid.SliceOfN(anyFinding(depth+1), 0, 2).Draw(t, "explained")
		}
		return f
	})
}

var anyDiagnosis = rapid.Custom(func(t *rapid.T) *checks.Diagnosis {
	number := rapid.IntRange(0, 1e9)
	d := &checks.Diagnosis{
		Findings: rapid.SliceOfN(anyFinding(0), 0, 4).Draw(t, "findings"),
		Cases:    number.Draw(t, "cases"), Examined: number.Draw(t, "examined"), Dropped: number.Draw(t, "dropped"), Probe: line.Draw(t, "probe"),
		Support: evidence.IDs{Request: line.Draw(t, "request"), ClientRequest: line.Draw(t, "client"), Correlation: line.Draw(t, "correlation"),
			Trace: line.Draw(t, "trace"), Timestamp: line.Draw(t, "timestamp")},
		Unresolved: checks.Unresolved{Calls: rapid.IntRange(1, 9).Draw(t, "calls"), Permissions: number.Draw(t, "permissions"), Places: rapid.SliceOfN(place, 0, 3).Draw(t, "places")},
	}
	ruled := func() (out []checks.RuledOut) {
		for range rapid.IntRange(0, 3).Draw(t, "ruled out") {
			out = append(out, checks.RuledOut{Rule: "not " + line.Draw(t, "rule"), Because: line.Draw(t, "because"), Ref: anyRef.Draw(t, "ref")})
		}
		return out
	}
	d.RuledOut = ruled()
	for i := range d.Findings {
		f := &d.Findings[i]
		if f.Support, f.RuledOut = d.Support, d.RuledOut; d.Examined > 1 && rapid.Bool().Draw(t, "another case") {
			f.Support.Request, f.RuledOut = line.Draw(t, "own request"), ruled()
		}
	}
	for range rapid.IntRange(0, 120).Draw(t, "problems") {
		d.AddProblem(&evidence.Problem{Place: place.Draw(t, "at"), Err: errors.New(line.Draw(t, "error"))})
	}
	return d
})

// What is read back equals what was written, as far as JSON carries it.
func TestJSONRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDiagnosis.Draw(t, "diagnosis")
		var b bytes.Buffer
		if err := jsonFormat.Write(&b, d, testOptions); err != nil {
			t.Fatal(err)
		}
		back, err := ReadJSON(bytes.NewReader(b.Bytes()), testRule)
		if err != nil {
			t.Fatalf("%v\n%s", err, b.Bytes())
		}
		if diff := cmp.Diff(d, back, comparable...); diff != "" {
			t.Fatalf("-written +read:\n%s", diff)
		}
	})
}

var jsonFormat, _ = Lookup("json")

// The door is passed once: what it let through it lets through again.
func TestShowIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching(`(#|\[|[a-z]{0,3}|\x1b|\x{202e}|\n){1,12}`)).Draw(t, "s")
		if once := show(s); show(once) != once {
			t.Fatalf("%q, then %q, then %q", s, once, show(once))
		}
	})
}

// The rich diagnosis is kept in the form that is written: fields are added,
// never renamed.
func TestJSONIsTheContract(t *testing.T) {
	b, err := os.ReadFile("../testdata/diagnosis.json")
	if err != nil {
		t.Fatal(err)
	}
	var want, got any
	if err := errors.Join(json.Unmarshal(b, &want), json.Unmarshal(written(t, "json", rich(t), testOptions), &got)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-testdata/diagnosis.json +written:\n%s", diff)
	}
}

// promised are the fields that the contract names, by the object that holds them.
var promised = map[string][]string{
	"":                                {"version", "tool", "cases", "findings", "ruled_out", "problems"},
	"tool":                            {"name", "version", "catalog"},
	"tool.catalog":                    {"source", "date"},
	"findings[]":                      {"rule", "title", "message", "severity", "strength", "subject", "why", "evidence", "fixes", "explained", "count", "places"},
	"findings[].evidence[]":           {"origin", "field", "value", "how"},
	"findings[].fixes[]":              {"title", "widens"},
	"findings[].explained[]":          {"rule", "title", "message", "severity", "strength", "subject", "why", "evidence", "fixes", "explained", "count", "places"},
	"findings[].explained[].places[]": {"file", "line"},
	"ruled_out[]":                     {"rule", "because"},
	"problems[]":                      {"file", "line", "error"},
}

// Every promised field is there and none is null, whatever the diagnosis; json
// and json-v1 are the same version.
func TestJSONPromises(t *testing.T) {
	all := fixtures(t)
	all["empty"] = &checks.Diagnosis{}
	all["bare"] = &checks.Diagnosis{Findings: []checks.Finding{{Rule: testRule("unknown")}}}
	for name, d := range all {
		b := written(t, "json", d, fixtureOptions(name))
		if !bytes.Equal(b, written(t, "json-v1", d, fixtureOptions(name))) {
			t.Errorf("%s: json is not json-v1", name)
		}
		var doc map[string]any
		if err := json.Unmarshal(b, &doc); err != nil {
			t.Fatal(err)
		}
		var walk func(path string, v any)
		walk = func(path string, v any) {
			switch v := v.(type) {
			case nil:
				t.Errorf("%s: %s is null", name, path)
			case []any:
				for _, e := range v {
					walk(path+"[]", e)
				}
			case map[string]any:
				for _, key := range promised[path] {
					if _, ok := v[key]; !ok && !(key == "line" || key == "file") {
						t.Errorf("%s: %s lacks %s", name, path, key)
					}
				}
				for key, e := range v {
					walk(strings.TrimPrefix(path+"."+key, "."), e)
				}
			}
		}
		walk("", doc)
	}
}

func TestJSONLines(t *testing.T) {
	for name, d := range fixtures(t) {
		b := written(t, "jsonl", d, fixtureOptions(name))
		if n := bytes.Count(b, []byte("\n")); n != len(d.Findings) {
			t.Errorf("%s: %d lines of %d findings", name, n, len(d.Findings))
		}
		dec := json.NewDecoder(bytes.NewReader(b))
		for i, f := range d.Findings {
			var got findingV1
			if err := dec.Decode(&got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(findingToV1(clean(d).Findings[i]), got, cmpopts.EquateEmpty(), cmp.AllowUnexported(witnessV1{})); diff != "" || got.Rule != f.Rule.ID {
				t.Errorf("%s: line %d:\n%s", name, i+1, diff)
			}
		}
		// A stream gives the same, case by case.
		var stream bytes.Buffer
		for i := range d.Findings {
			if err := WriteFindings(&stream, d.Findings[i:i+1], fixtureOptions(name)); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(b, stream.Bytes()) {
			t.Errorf("%s: a stream of findings is not jsonl", name)
		}
	}
}

func TestReadJSONRefuses(t *testing.T) {
	whole := string(written(t, "json", rich(t), testOptions))
	deep := `{"version":1,"tool":{"name":"graphdoctor"},"findings":[` + strings.Repeat(`{"rule":"a","severity":"note","strength":"shown","explained":[`, 80) + strings.Repeat("]}", 80) + "]}"
	for name, c := range map[string]struct{ in, say string }{
		"empty":           {"", "no diagnosis in JSON"},
		"words":           {"Cause (proven): ...", "no diagnosis in JSON"},
		"another tool":    {`{"version":1,"tool":{"name":"other"}}`, "not written by graphdoctor"},
		"newer":           {strings.Replace(whole, `"version": 1`, `"version": 2`, 1), "version 2 of the diagnosis is newer"},
		"no version":      {`{"tool":{"name":"graphdoctor"}}`, "unknown version 0"},
		"two":             {whole + whole, "more after the diagnosis"},
		"cut off":         {whole[:len(whole)/2], "no diagnosis in JSON"},
		"severity":        {strings.Replace(whole, `"severity": "error"`, `"severity": "fatal"`, 1), `unknown severity "fatal"`},
		"strength":        {strings.Replace(whole, `"strength": "proven"`, `"strength": "sure"`, 1), `unknown strength "sure"`},
		"origin":          {strings.Replace(whole, `"origin": "token"`, `"origin": "moon"`, 1), `unknown origin "moon"`},
		"moment":          {strings.Replace(whole, `"first_seen": "2026-11-21T02:00:00Z"`, `"first_seen": "now"`, 1), `"now" is no moment`},
		"negative number": {strings.Replace(whole, `"count": 1`, `"count": -1`, 1), "a count of -1"},
		"too deep":        {deep, "more than 64 deep"},
	} {
		if _, err := ReadJSON(strings.NewReader(c.in), testRule); err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: error %v, want one that says %q", name, err, c.say)
		}
	}
	if _, err := ReadJSON(strings.NewReader("\ufeff"+whole), nil); err != nil {
		t.Errorf("with the mark that PowerShell writes: %v", err)
	}
}

package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"pgregory.net/rapid"
)

// This file puts hostile values into every string of a diagnosis and looks at
// what comes out of every format. The input of this tool is written by anybody.

var hostile = []string{
	"\x1b[2J\x1b]0;title\x07\x1b[31m", "\u009b31m", "a\rb\nc\td\x00e\x08f\x7fg",
	"\u202egnp.exe\u202c", "\u2066x\u2069\u200f\u200b\ufeff", "a\u2028b\u2029c", "\ue000\U000f0000", "\xff\xfe\xc3(", "\ufffe\uffff\ufdd0",
	"::error file=x,line=1::pwned", "\n::set-output name=a::b", "  ::add-mask::x", "::stop-commands::t",
	"##vso[task.setvariable variable=a]b", "x ##[error]y", "##teamcity[buildStatus]", "###vso[x]", "##VSO[task.complete]",
	"</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", `"><svg onload=alert(1)>`, "<!-- --><![CDATA[ ]]>", "&lt;b&gt; &#x3c;", `" autofocus onfocus="alert(1)`, "' x='", "{{.Policy}}",
	"[click](javascript:alert(1))", "![x](https://evil.example/p.png)", "[a]: https://evil.example", "<https://evil.example>", "https://evil.example/a_b",
	"```\nfence\n```", "``````", "a | b | c", "|---|---|", "# heading", "- item", "1. item", "> quote", "~~~", "*bold* _it_ ~~no~~", "`", "``", "` `", "\\", "\\`x`", "a\\|b", "@team", "fixes #1", "www.evil.example",
	"javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,<b>", "https://x\"onmouseover=\"a", "https://ok.example/<b>", "http://[::1]/\u202e",
	"%0A::error::x", "%25", "a,b:c=d", "'; rm -rf ~ #", "$(id)", "=1+1", "../../etc/passwd", "/etc/passwd", `C:\x\y`, "//evil.example/a", "file:///etc", "?q#f", ":", "-", " ",
}

// poison copies a diagnosis and replaces every string of it by what set returns;
// n counts them.
func poison(d *checks.Diagnosis, set func(n int, old string) string) *checks.Diagnosis {
	n := 0
	next := func(old string) string { n++; return set(n, old) }
	var walk func(v reflect.Value) reflect.Value
	walk = func(v reflect.Value) reflect.Value {
		out := reflect.New(v.Type()).Elem()
		out.Set(v)
		switch v.Kind() {
		case reflect.String:
			out.SetString(next(v.String()))
		case reflect.Slice:
			if v.IsNil() {
				return out
			}
			out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
			for i := range v.Len() {
				out.Index(i).Set(walk(v.Index(i)))
			}
		case reflect.Pointer:
			if v.Type() == reflect.TypeFor[*checks.Rule]() && !v.IsNil() {
				r := *v.Interface().(*checks.Rule)
				r.ID, r.Title = next(r.ID), next(r.Title)
				out.Set(reflect.ValueOf(&r))
			}
		case reflect.Struct:
			if v.Type() == reflect.TypeFor[checks.Finding]() || !strings.HasPrefix(v.Type().PkgPath(), "time") {
				for i := range v.NumField() {
					if v.Type().Field(i).IsExported() {
						out.Field(i).Set(walk(v.Field(i)))
					}
				}
			}
		}
		return out
	}
	out := walk(reflect.ValueOf(*d)).Interface().(checks.Diagnosis)
	out.Problems, out.Problem = nil, 0
	for _, p := range d.ProblemList() {
		out.AddProblem(&evidence.Problem{Place: evidence.Place{File: next(p.Place.File), Line: p.Place.Line}, Err: errors.New(next(p.Err.Error()))})
	}
	return &out
}

// everything is a diagnosis in which every field of every kind is set.
func everything(t testing.TB) *checks.Diagnosis {
	d := rich(t)
	d.Unresolved = checks.Unresolved{Calls: 2, Places: []evidence.Place{at("src/a.ts", 1)}}
	d.Support.Trace = "trace"
	d.Findings[0].Probe, d.Findings[0].CapReason, d.Findings[0].Count = "probe", "cap", 2
	return d
}

func TestPoisonReachesEverything(t *testing.T) {
	d := poison(everything(t), func(int, string) string { return "poison" })
	b := written(t, "json", d, testOptions)
	var doc any
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	fixed := []string{"name", "version", "source", "date", "severity", "strength", "origin", "how", "first_seen", "last_seen"}
	var walk func(key string, v any)
	walk = func(key string, v any) {
		switch v := v.(type) {
		case string:
			if v != "poison" && !slices.Contains(fixed, key) {
				t.Errorf("%s is %q: the tests of hostile values do not reach it", key, v)
			}
		case []any:
			for _, e := range v {
				walk(key, e)
			}
		case map[string]any:
			for k, e := range v {
				walk(k, e)
			}
		}
	}
	walk("", doc)
}

func TestHostileValues(t *testing.T) {
	calm := map[bool]*checks.Diagnosis{}
	for _, gate := range []bool{false, true} {
		calm[gate] = poison(everything(t), func(int, string) string { return "calm" })
	}
	try := func(name string, value func(n int, old string) string, gates ...bool) {
		d := poison(everything(t), value)
		for _, gate := range gates {
			for _, f := range append(slices.Clone(Formats), summaryFormat) {
				o := testOptions
				o.Gate, o.Verbose = gate, true
				var b, peace bytes.Buffer
				if err := errors.Join(f.Write(&b, d, o), f.Write(&peace, calm[gate], o)); err != nil {
					t.Fatal(err)
				}
				if said := wrong(t, f.Name, b.Bytes(), peace.Bytes()); said != "" {
					t.Errorf("%q in %s (gate %v): %s", name, f.Name, gate, said)
				}
			}
		}
	}
	for _, h := range hostile {
		try(h, func(int, string) string { return h }, false, true)
		try("calm "+h, func(int, string) string { return "calm " + h + " calm" }, false)
	}
	fields := 0
	poison(everything(t), func(n int, old string) string { fields = n; return old })
	all := strings.Join(hostile, " ")
	for i := 1; i <= fields; i++ {
		try("everything", func(n int, old string) string {
			if n == i {
				return all
			}
			return "calm"
		}, i%2 == 0)
	}
}

var summaryFormat = Format{Name: "summary", render: summary}

func TestHostileRandom(t *testing.T) {
	d := everything(t)
	calm := poison(d, func(int, string) string { return "calm" })
	rapid.Check(t, func(rt *rapid.T) {
		s := rapid.OneOf(
			rapid.Map(rapid.SliceOfN(rapid.SampledFrom(hostile), 1, 4), func(p []string) string { return strings.Join(p, "") }),
			rapid.StringMatching("[`\\[\\]()<>!|*_#:/a \\\\~&;@.\n-]{1,24}"),
			rapid.String(),
		).Draw(rt, "value")
		f := rapid.SampledFrom(append(slices.Clone(Formats), summaryFormat)).Draw(rt, "format")
		if s == "" {
			return // what is empty is left out, which changes the structure rightly
		}
		o := testOptions
		o.Verbose, o.Gate = true, rapid.Bool().Draw(rt, "gate")
		var b, peace bytes.Buffer
		bad := poison(d, func(int, string) string { return s })
		if err := errors.Join(f.Write(&b, bad, o), f.Write(&peace, calm, o)); err != nil {
			rt.Fatal(err)
		}
		if said := wrong(t, f.Name, b.Bytes(), peace.Bytes()); said != "" {
			rt.Fatalf("%q in %s: %s\n%s", s, f.Name, said, b.Bytes())
		}
	})
}

// wrong says what is wrong with an output; calm is the same report with
// harmless words.
func wrong(t testing.TB, format string, out, calm []byte) string {
	if !utf8.Valid(out) {
		return "invalid UTF-8"
	}
	for _, r := range string(out) {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r) || r == '\u2028' || r == '\u2029') {
			return fmt.Sprintf("a raw character %U", r)
		}
	}
	if m := agentCommand.Find(out); m != nil {
		return "a command of a build agent: " + string(m)
	}
	if format != "github" {
		for line := range strings.SplitSeq(string(out), "\n") {
			if strings.HasPrefix(strings.TrimSpace(line), "::") {
				return "a workflow command: " + line
			}
		}
	}
	switch format {
	case "json", "json-v1", "sarif", "gitlab", "jsonl":
		return wrongJSON(t, format, out)
	case "junit":
		return wrongXML(out)
	case "html":
		return wrongHTML(out, calm)
	case "markdown", "summary":
		return wrongMarkdown(string(out), string(calm))
	case "github":
		return wrongCommands(t, out, calm)
	}
	return ""
}

var agentCommand = regexp.MustCompile(`##[A-Za-z]*\[`)

func wrongJSON(t testing.TB, format string, out []byte) string {
	dec := json.NewDecoder(bytes.NewReader(out))
	for {
		var v any
		if err := dec.Decode(&v); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return "no JSON: " + err.Error()
		}
	}
	if bytes.Contains(out, []byte("</")) || bytes.Contains(out, []byte("<!")) {
		return "it ends a script"
	}
	if format == "sarif" {
		for _, r := range readSARIF(t, out).Results {
			if strings.Contains(strings.ReplaceAll(*r.Message.Text, `\]`, ""), "](") {
				return "a link in a message: " + *r.Message.Text
			}
		}
	}
	return ""
}

func wrongXML(out []byte) string {
	dec := xml.NewDecoder(bytes.NewReader(out))
	var open []string
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return ""
		}
		if err != nil {
			return "no XML: " + err.Error()
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			open = append(open, tok.Name.Local)
			if !slices.Contains([]string{"testsuites", "testsuite", "testcase", "failure", "properties", "property", "system-out", "system-err"}, tok.Name.Local) {
				return "an element of its own: " + strings.Join(open, ">")
			}
		case xml.Comment, xml.Directive:
			return "a comment or a directive"
		}
	}
}

var (
	htmlTag  = regexp.MustCompile(`<[^>]*>`)
	htmlAttr = regexp.MustCompile(`([a-zA-Z-]+)(?:=("[^"]*"|[^\s">]*))?`)
	htmlHref = regexp.MustCompile(`(?i)(?:href|src|action|style|srcdoc|xlink:href)="([^"]*)"`)
)

// wrongHTML holds the page's tags against those of the calm page: data may
// change the words and the values of attributes, never the structure. Links
// that data gives must be of the web.
func wrongHTML(out, calm []byte) string {
	if a, b := shape(out), shape(calm); !slices.Equal(a, b) {
		for i := range max(len(a), len(b)) {
			if i >= len(a) || i >= len(b) || a[i] != b[i] {
				return "its structure changes at " + strings.Join(a[max(0, i-2):min(len(a), i+3)], " ")
			}
		}
	}
	for _, m := range htmlHref.FindAllSubmatch(out, -1) {
		if u := string(m[1]); !strings.HasPrefix(u, "#") && !strings.HasPrefix(u, "https://") && !strings.HasPrefix(u, "http://") {
			return "a link to " + u
		}
	}
	return ""
}

// shape is the sequence of tags with the names of their attributes; links and
// the boxes around values that are empty in one of the pages do not count.
func shape(page []byte) []string {
	var out []string
	for _, tag := range htmlTag.FindAllString(string(page), -1) {
		var names []string
		for _, m := range htmlAttr.FindAllStringSubmatch(tag, -1) {
			names = append(names, m[1])
		}
		switch names[0] {
		case "a", "code", "span", "pre", "option", "p", "li", "ul", "strong", "h", "dt", "dd", "label", "select":
			continue // their number depends on which values are empty or equal
		}
		out = append(out, strings.Join(names, " "))
	}
	return out
}

// wrongMarkdown takes code away, as CommonMark reads it, and looks for what
// means something in the rest.
func wrongMarkdown(out, calm string) string {
	rest, err := plainMarkdown(out)
	if err != "" {
		return err
	}
	for _, line := range rest {
		text := strings.TrimLeft(line, " ")
		text = mdOwn.ReplaceAllString(text, "")
		text = strings.NewReplacer(`\-`, "", `\.`, "", `\)`, "").Replace(text)
		if i := strings.IndexAny(text, "`<>[]*_#|~@\\"); i >= 0 {
			return "a character with a meaning: " + line
		}
		if low := strings.ToLower(text); strings.Contains(low, "://") || strings.Contains(low, "www.") || strings.Contains(low, "javascript:") {
			return "an address: " + line
		}
	}
	if a, b := headings(rest), headings(must(plainMarkdown(calm))); a != b {
		return "its headings change"
	}
	return ""
}

func must(lines []string, _ string) []string { return lines }

// mdOwn is the syntax that the writer itself puts at the start of a line, and
// the names in bold.
var mdOwn = regexp.MustCompile(`^(#{2,3} |- |\d+\. )|\*\*[A-Za-z0-9 ,(){}-]+\*\*`)

func headings(lines []string) int {
	n := 0
	for _, l := range lines {
		if strings.HasPrefix(strings.TrimLeft(l, " "), "#") {
			n++
		}
	}
	return n
}

// plainMarkdown gives the lines without fenced blocks, spans of code and <links>.
func plainMarkdown(s string) (lines []string, wrong string) {
	fence := ""
	for line := range strings.SplitSeq(s, "\n") {
		text := strings.TrimLeft(line, " ")
		ticks := len(text) - len(strings.TrimLeft(text, "`"))
		if fence != "" {
			if text == fence {
				fence = ""
			} else if ticks >= len(fence) && strings.Trim(text, "` ") == "" {
				return nil, "a block ends early: " + line
			}
			continue
		}
		if ticks >= 3 && text == strings.Repeat("`", ticks) {
			fence = text
			continue
		}
		line, wrong := withoutCode(line)
		if wrong != "" {
			return nil, wrong
		}
		lines = append(lines, mdAutolink.ReplaceAllString(line, ""))
	}
	if fence != "" {
		return nil, "a block does not end"
	}
	return lines, ""
}

var mdAutolink = regexp.MustCompile(`<https?://[!-;=?-~]+>`)

// withoutCode drops code spans: a run of backquotes up to the next run of the
// same length.
func withoutCode(line string) (string, string) {
	var out strings.Builder
	for {
		i := strings.IndexByte(line, '`')
		if i < 0 {
			return out.String() + line, ""
		}
		out.WriteString(line[:i])
		line = line[i:]
		run := len(line) - len(strings.TrimLeft(line, "`"))
		line = line[run:]
		end := -1
		for j := 0; j < len(line); {
			if line[j] != '`' {
				j++
				continue
			}
			n := len(line[j:]) - len(strings.TrimLeft(line[j:], "`"))
			if n == run {
				end = j
				break
			}
			j += n
		}
		if end < 0 {
			return "", "code that does not end: " + line
		}
		line = line[end+run:]
	}
}

// wrongCommands: as many commands as in the calm report, all of our kinds, with
// our properties.
func wrongCommands(t testing.TB, out, calm []byte) string {
	all, other := readCommands(t, out)
	peace, _ := readCommands(t, calm)
	if len(all) != len(peace) || len(other) > 0 {
		return "another number of commands"
	}
	for _, c := range all {
		if c.kind != "error" && c.kind != "warning" && c.kind != "notice" {
			return "a command " + c.kind
		}
		for name := range c.props {
			if name != "file" && name != "line" && name != "title" {
				return "a property " + name
			}
		}
	}
	return ""
}

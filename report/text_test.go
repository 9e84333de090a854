package report

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/rivo/uniseg"
	"pgregory.net/rapid"
)

// This file holds what a reader at a terminal may rely on.

// copied are the lines of a diagnosis that are there to be copied, and so are
// never broken: commands, addresses, ids of a support case.
func copied(d *checks.Diagnosis) []string {
	var out []string
	var walk func([]checks.Finding)
	walk = func(fs []checks.Finding) {
		for _, f := range fs {
			for _, x := range f.Fixes {
				out = append(out, strings.Split(x.Command, "\n")...)
				out = append(out, x.URL)
			}
			walk(f.Explained)
		}
	}
	walk(d.Findings)
	for _, p := range ids(d) {
		out = append(out, p[1])
	}
	return out
}

func TestTextWidths(t *testing.T) {
	for name, d := range fixtures(t) {
		for _, width := range []int{0, 24, 80, 200} {
			for _, verbose := range []bool{false, true} {
				o := fixtureOptions(name)
				o.Width, o.Verbose = width, verbose
				out := string(written(t, "text", d, o))
				if width > 0 {
					tooWide(t, fmt.Sprintf("%s at %d", name, width), out, width, copied(d))
				}
				for _, f := range d.Findings[:min(len(d.Findings), 1)] {
					if !holds(out, f.Message) {
						t.Errorf("%s at %d: the message is lost", name, width)
					}
				}
			}
		}
	}
}

func tooWide(t interface{ Errorf(string, ...any) }, name, out string, width int, copied []string) {
	for line := range strings.SplitSeq(out, "\n") {
		if uniseg.StringWidth(line) <= width || slices.Contains(copied, strings.TrimSpace(line)) {
			continue
		}
		// A line that is one address (with its brackets) is not broken either.
		if words := strings.Fields(line); len(words) == 1 && strings.Contains(words[0], "://") {
			continue
		}
		t.Errorf("%s: %d columns: %q", name, uniseg.StringWidth(line), line)
	}
}

// holds compares without blanks and line ends.
func holds(out, words string) bool {
	squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
	return strings.Contains(squeeze(out), squeeze(words))
}

// Whatever the words, no line is too wide, and no word is lost.
func TestParagraphs(t *testing.T) {
	word := rapid.StringMatching(`[a-z]{1,9}|[A-Za-z0-9/._-]{20,60}|[一-龥]{1,30}|(é|👩‍🚀|\{id\}){1,30}`)
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(word, 1, 12).Draw(t, "words")
		width := rapid.IntRange(1, 120).Draw(t, "width")
		indent, hang := rapid.IntRange(0, 200).Draw(t, "indent"), rapid.IntRange(0, 200).Draw(t, "hang")
		var b bytes.Buffer
		s := newSheet(&b, Options{Width: width})
		spans := []span{{text: words[0]}}
		for _, w := range words[1:] {
			spans = append(spans, plain(rapid.SampledFrom([]string{"", " ", "  "}).Draw(t, "gap")+w))
		}
		s.para(indent, hang, spans...)
		if err := s.flush(); err != nil {
			t.Fatal(err)
		}
		tooWide(t, "paragraph", b.String(), max(width, narrowest), nil)
		if all := strings.Join(words, ""); !holds(b.String(), all) {
			t.Fatalf("%q became %q", all, b.String())
		}
	})
}

// A reader in a hurry needs the first five lines only.
func TestFirstFiveLines(t *testing.T) {
	d := rich(t)
	o := testOptions
	o.Width = 0
	lines := strings.Split(string(written(t, "text", d, o)), "\n")
	f := d.Findings[0]
	want := []string{
		"Cause (proven): " + f.Rule.Title + "  [" + f.Rule.ID + "]",
		"  " + f.Message,
		"Seen: token aud = https://graph.windows.net (stdin:1)",
		"Fix (developer): " + f.Fixes[0].Title,
		"    " + f.Fixes[0].Command,
	}
	if !slices.Equal(lines[:5], want) {
		t.Errorf("the first five lines are\n%s\nwant\n%s", strings.Join(lines[:5], "\n"), strings.Join(want, "\n"))
	}
	d = doubtful()
	lines = strings.Split(string(written(t, "text", d, o)), "\n")
	want = []string{
		"Undecided: " + d.Findings[0].Rule.Title + "  [unknown]",
		"  " + d.Findings[0].Message,
		"Seen: service status = 403 Forbidden (stdin:1)",
		"Next step (developer): " + d.Probe,
		"    " + d.Findings[0].Fixes[0].Command,
	}
	if !slices.Equal(lines[:5], want) {
		t.Errorf("of a doubt the first five lines are\n%s\nwant\n%s", strings.Join(lines[:5], "\n"), strings.Join(want, "\n"))
	}
}

// Colour adds escape sequences and nothing else.
func TestColor(t *testing.T) {
	for name, d := range fixtures(t) {
		o := fixtureOptions(name)
		bare := written(t, "text", d, o)
		o.Color = true
		painted := string(written(t, "text", d, o))
		for {
			i := strings.Index(painted, "\x1b[")
			if i < 0 {
				break
			}
			painted = painted[:i] + painted[i+strings.IndexByte(painted[i:], 'm')+1:]
		}
		if painted != string(bare) {
			t.Errorf("%s: without its colours the text is another", name)
		}
	}
	o := testOptions
	o.Color = true
	if !bytes.Contains(written(t, "text", rich(t), o), []byte("\x1b[")) {
		t.Error("nothing is coloured")
	}
}

// What a text leaves out is counted, and --verbose shows it.
func TestNothingVanishes(t *testing.T) {
	for _, kind := range []string{"one", "log", "gate"} {
		d := flood(400)
		if kind == "one" {
			d.Cases = 1
		}
		o := testOptions
		o.Gate = kind == "gate"
		short := string(written(t, "text", d, o))
		if !strings.Contains(short, " more findings; --verbose shows all") {
			t.Errorf("%s: what is left out is not said", kind)
		}
		o.Verbose = true
		long := string(written(t, "text", d, o))
		for i := range 400 {
			if !strings.Contains(long, fmt.Sprintf("finding %d", i)) {
				t.Fatalf("%s: finding %d is not in the long text", kind, i)
			}
		}
	}
}

package report

import (
	"bufio"
	"io"
	"strings"

	"github.com/fatih/color"
	"github.com/rivo/uniseg"
)

// This file is the paper that text is written on: it breaks lines, paints, and
// sees to it that no line begins with a command that a build server obeys.
// Commands and addresses are never broken: they are there to be copied.

// widest is how far prose runs on a wide terminal; longer lines are hard to read.
const widest = 110

// narrowest is the least width that is wrapped to.
const narrowest = 24

type sheet struct {
	w     *bufio.Writer
	width int // 0: lines are not broken
	ink   ink
}

// ink is what can be painted. A nil colour paints nothing.
type ink struct{ loud, title, head, command, faint *color.Color }

func newSheet(w io.Writer, o Options) *sheet {
	s := &sheet{w: bufio.NewWriter(w)}
	if o.Width > 0 {
		s.width = min(max(o.Width, narrowest), widest)
	}
	if o.Color {
		s.ink = ink{loud: paint(color.Bold, color.FgRed), title: paint(color.Bold), head: paint(color.Bold),
			command: paint(color.FgCyan), faint: paint(color.Faint)}
	}
	return s
}

// paint makes a colour that does not ask the terminal: that was decided before.
func paint(a ...color.Attribute) *color.Color {
	c := color.New(a...)
	c.EnableColor()
	return c
}

// A span is a piece of a paragraph in one colour.
type span struct {
	text  string
	color *color.Color
}

func plain(text string) span { return span{text: text} }

// A unit is the least that a line can end after.
type unit struct {
	span
	gap   int // blanks before it
	width int
}

// para writes a paragraph; lines after the first are indented by hang.
func (s *sheet) para(indent, hang int, spans ...span) {
	var line []unit
	used, margin := 0, indent
	for _, u := range units(spans) {
		if len(line) > 0 && s.width > 0 && margin+used+u.gap+u.width > s.width && (u.gap > 0 || breakable(u.text)) {
			s.put(margin, line)
			line, used, margin = nil, 0, hang
		}
		if len(line) == 0 {
			u.gap = 0
			if u.text == "" {
				continue
			}
		}
		line = append(line, u)
		used += u.gap + u.width
	}
	s.put(margin, line)
}

// units cuts spans at blanks, and text in scripts without blanks where its
// script allows.
func units(spans []span) []unit {
	var out []unit
	for _, sp := range spans {
		for i, word := range strings.Split(sp.text, " ") {
			gap := min(i, 1)
			if !breakable(word) {
				out = append(out, unit{span{word, sp.color}, gap, uniseg.StringWidth(word)})
				continue
			}
			for state := -1; word != ""; gap = 0 {
				var part string
				part, word, _, state = uniseg.FirstLineSegmentInString(word, state)
				out = append(out, unit{span{part, sp.color}, gap, uniseg.StringWidth(part)})
			}
		}
	}
	return out
}

// breakable tells a word of a script that breaks lines without blanks.
func breakable(word string) bool {
	return !strings.Contains(word, "://") && strings.ContainsFunc(word, func(r rune) bool { return r >= 0x1100 && uniseg.StringWidth(string(r)) > 1 })
}

// put writes one line; neighbours of one colour are painted together.
func (s *sheet) put(margin int, line []unit) {
	for len(line) > 0 && line[len(line)-1].text == "" {
		line = line[:len(line)-1]
	}
	if len(line) == 0 {
		return
	}
	s.write(strings.Repeat(" ", margin))
	line[0].text = unarmed(line[0].text)
	for i := 0; i < len(line); {
		var run strings.Builder
		j := i
		for ; j < len(line) && line[j].color == line[i].color; j++ {
			if j > i {
				run.WriteString(strings.Repeat(" ", line[j].gap))
			}
			run.WriteString(line[j].text)
		}
		s.write(strings.Repeat(" ", line[i].gap))
		s.colored(line[i].color, run.String())
		i = j
	}
	s.write("\n")
}

// verbatim writes lines as they are: commands, addresses.
func (s *sheet) verbatim(indent int, c *color.Color, text string) {
	for l := range strings.SplitSeq(text, "\n") {
		s.write(strings.Repeat(" ", indent))
		s.colored(c, unarmed(l))
		s.write("\n")
	}
}

// unarmed keeps text from beginning a line with ::, which opens a command of
// GitHub Actions.
func unarmed(l string) string {
	if t := strings.TrimSpace(l); strings.HasPrefix(t, "::") {
		return strings.Replace(l, ":", `\x3a`, 1)
	}
	return l
}

func (s *sheet) colored(c *color.Color, text string) {
	if c != nil && text != "" {
		text = c.Sprint(text)
	}
	s.write(text)
}

// write keeps the first error for flush: bufio remembers it.
func (s *sheet) write(text string) { _, _ = s.w.WriteString(text) }

func (s *sheet) blank() { s.write("\n") }

func (s *sheet) section(name string) {
	s.blank()
	s.colored(s.ink.head, name)
	s.write("\n")
}

func (s *sheet) flush() error { return s.w.Flush() }

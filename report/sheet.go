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

// A unit is the least that is moved to the next line as a whole.
type unit struct {
	span
	gap   int // blanks before it
	width int
	soft  bool // a line may end before it although no blank is there
}

// para writes a paragraph; lines after the first are indented by hang.
func (s *sheet) para(indent, hang int, spans ...span) {
	if s.width > 0 { // however deep it stands, half of the line is for words
		indent, hang = min(indent, s.width/2), min(hang, s.width/2)
	}
	l := liner{sheet: s, margin: indent, hang: hang}
	all := units(spans)
	for len(all) > 0 {
		end := 1
		for end < len(all) && all[end].gap == 0 && !all[end].soft {
			end++
		}
		l.add(all[:end])
		all = all[end:]
	}
	l.end()
}

// A liner fills the lines of one paragraph.
type liner struct {
	*sheet
	line               []unit
	margin, hang, used int
}

// add puts units that belong together into the line, or into the next one. A
// word that is wider than a whole line is cut, but an address never.
func (l *liner) add(word []unit) {
	width, address := 0, false
	for _, u := range word {
		width += u.width
		address = address || strings.Contains(u.text, "://")
	}
	if len(l.line) > 0 && !l.fits(word[0].gap+width) {
		l.end()
	}
	if len(l.line) > 0 || l.fits(width) || address {
		l.take(word...)
		return
	}
	for _, u := range word {
		for text := u.text; text != ""; {
			part := cutWord(text, l.sheet.width-l.margin-l.used)
			width := uniseg.StringWidth(part)
			if len(l.line) > 0 && !l.fits(width) {
				l.end() // not even its first character has room here
				continue
			}
			l.take(unit{span: span{part, u.color}, width: width})
			text = text[len(part):]
		}
	}
}

func (l *liner) fits(width int) bool {
	return l.sheet.width == 0 || l.margin+l.used+width <= l.sheet.width
}

func (l *liner) take(word ...unit) {
	if len(l.line) == 0 {
		word[0].gap = 0
	}
	for _, u := range word {
		l.line = append(l.line, u)
		l.used += u.gap + u.width
	}
}

func (l *liner) end() {
	l.put(l.margin, l.line)
	l.line, l.used, l.margin = nil, 0, l.hang
}

// cutWord is as much of a word as has room: up to a mark between its parts, or
// up to the last character that fits; one character at least.
func cutWord(word string, room int) string {
	used, end, mark, state := 0, 0, 0, -1
	for rest := word; rest != ""; {
		var c string
		var w int
		c, rest, w, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if used += w; used > room {
			if mark > 0 {
				return word[:mark]
			}
			return word[:max(end, len(c))]
		}
		end += len(c)
		if strings.ContainsAny(c, "/-.=&_,;:@") {
			mark = end
		}
	}
	return word
}

// units cuts spans at blanks, and text in scripts without blanks where its
// script allows.
func units(spans []span) []unit {
	var out []unit
	gap := 0
	for _, sp := range spans {
		for i, word := range strings.Split(sp.text, " ") {
			gap += min(i, 1)
			if !breakable(word) {
				if word != "" {
					out = append(out, unit{span: span{word, sp.color}, gap: gap, width: uniseg.StringWidth(word)})
					gap = 0
				}
				continue
			}
			for state, soft := -1, false; word != ""; gap, soft = 0, true {
				var part string
				part, word, _, state = uniseg.FirstLineSegmentInString(word, state)
				out = append(out, unit{span{part, sp.color}, gap, uniseg.StringWidth(part), soft})
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

func unarmedLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = unarmed(lines[i])
	}
	return strings.Join(lines, "\n")
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
	s.para(0, 2, span{name, s.ink.head})
}

func (s *sheet) flush() error { return s.w.Flush() }

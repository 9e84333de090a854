package gate

import (
	"strings"
)

// This file cuts source code into words, texts and signs, well enough to tell a
// text from a comment in the languages that call Graph. It knows no grammar.

// A language is how comments and texts are written.
type language struct {
	line    []string // begin a comment that ends with the line
	open    string   // begins and
	close   string   // ends a longer comment
	quotes  string
	triple  bool   // """ and ''' enclose texts over lines
	verbal  bool   // @"..." has no escapes
	values  string // how values stand in texts: "$" ${x} and $x, "`" ${x} between backticks only, "{" {x} behind a mark, "#" #{x}, "\\" \(x)
	escape  byte
	join    string // puts texts together
	dashes  bool   // words may have dashes inside: cmdlets and options
	bare    bool   // addresses may stand without quotes
	newline bool   // a line's end ends a statement
}

var (
	langC      = language{line: []string{"//"}, open: "/*", close: "*/", quotes: `"'`, escape: '\\', join: "+"}
	langJS     = language{line: []string{"//"}, open: "/*", close: "*/", quotes: "\"'`", values: "`", escape: '\\', join: "+"}
	langKotlin = language{line: []string{"//"}, open: "/*", close: "*/", quotes: `"'`, triple: true, values: "$", escape: '\\', join: "+"}
	langCS     = language{line: []string{"//"}, open: "/*", close: "*/", quotes: `"'`, triple: true, verbal: true, values: "{", escape: '\\', join: "+"}
	langGo     = language{line: []string{"//"}, open: "/*", close: "*/", quotes: "\"'`", escape: '\\', join: "+"}
	langSwift  = language{line: []string{"//"}, open: "/*", close: "*/", quotes: `"`, triple: true, values: "\\", escape: '\\', join: "+"}
	langPy     = language{line: []string{"#"}, quotes: `"'`, triple: true, values: "{", escape: '\\', join: "+", newline: true}
	langRuby   = language{line: []string{"#"}, quotes: `"'`, values: "#", escape: '\\', join: "+", newline: true}
	langPHP    = language{line: []string{"//", "#"}, open: "/*", close: "*/", quotes: `"'`, values: "$", escape: '\\', join: "."}
	langPS     = language{line: []string{"#"}, open: "<#", close: "#>", quotes: `"'`, values: "$", escape: '`', join: "+", dashes: true, bare: true, newline: true}
	langShell  = language{line: []string{"#"}, quotes: `"'`, values: "$", escape: '\\', dashes: true, bare: true, newline: true}
	langVB     = language{line: []string{"'"}, quotes: `"`, values: "{", join: "&", newline: true}
)

// languages by the end of a file's name.
var languages = map[string]*language{
	".js": &langJS, ".jsx": &langJS, ".mjs": &langJS, ".cjs": &langJS, ".ts": &langJS, ".tsx": &langJS, ".mts": &langJS, ".cts": &langJS, ".vue": &langJS, ".svelte": &langJS, ".astro": &langJS, ".html": &langJS,
	".cs": &langCS, ".cshtml": &langCS, ".razor": &langCS, ".fs": &langCS, ".vb": &langVB,
	".java": &langC, ".scala": &langC, ".c": &langC, ".cpp": &langC, ".h": &langC, ".rs": &langC, ".m": &langC, ".groovy": &langKotlin, ".kt": &langKotlin, ".kts": &langKotlin, ".dart": &langKotlin,
	".go": &langGo, ".swift": &langSwift, ".py": &langPy, ".ipynb": &langPy, ".rb": &langRuby, ".php": &langPHP,
	".ps1": &langPS, ".psm1": &langPS, ".sh": &langShell, ".bash": &langShell, ".zsh": &langShell, ".yml": &langShell, ".yaml": &langShell,
}

// sourceOf is the language of a file, nil where it is none that is read.
func sourceOf(file string) *language { return languages[ext(file)] }

// A token is a word, a text, a sign, or a line's end.
type token struct {
	kind  tokenKind
	text  string
	parts []part // of a text
	line  int
	end   int // offset behind it
}

type tokenKind uint8

const (
	tokWord tokenKind = iota
	tokText
	tokSign
	tokLine
)

// A part of a text is what it says, or an expression whose value stands there.
type part struct {
	text string
	expr string // not empty: a value
}

// maxTokens bounds one file.
const maxTokens = 300_000

type lexer struct {
	lang *language
	s    string
	i    int
	line int
	out  []token
}

func lex(s string, lang *language) []token {
	l := &lexer{lang: lang, s: s, line: 1}
	for l.i < len(l.s) && len(l.out) < maxTokens {
		l.next()
	}
	return l.out
}

func (l *lexer) at(s string) bool { return s != "" && strings.HasPrefix(l.s[l.i:], s) }

func (l *lexer) add(kind tokenKind, text string, line int) {
	l.out = append(l.out, token{kind: kind, text: text, line: line, end: l.i})
}

func (l *lexer) next() {
	c := l.s[l.i]
	switch {
	case c == '\n':
		l.i++
		if l.lang.newline && !l.continued() {
			l.add(tokLine, "\n", l.line)
		}
		l.line++
	case c == ' ' || c == '\t' || c == '\r':
		l.i++
	case l.comment():
	case l.lang.bare && (l.at("http://") || l.at("https://")):
		l.bareText()
	case strings.IndexByte(l.lang.quotes, c) >= 0:
		l.quoted(c, "")
	case isWordByte(c) || c == '$' || c == '@' && l.lang.verbal || c >= 0x80 || c == '-' && l.lang.dashes && l.i+1 < len(l.s) && isWordByte(l.s[l.i+1]) || c == '-' && l.lang.dashes && l.at("--"):
		l.word()
	default:
		l.i++
		l.add(tokSign, l.s[l.i-1:l.i], l.line)
	}
}

// continued: the line before ends with the sign that lets it go on.
func (l *lexer) continued() bool {
	j := l.i - 2
	for j >= 0 && (l.s[j] == '\r' || l.s[j] == ' ') {
		j--
	}
	return j >= 0 && l.lang.escape != 0 && l.s[j] == l.lang.escape
}

func (l *lexer) comment() bool {
	for _, c := range l.lang.line {
		if !l.at(c) {
			continue
		}
		if c == "#" && l.i > 0 && l.s[l.i-1] != ' ' && l.s[l.i-1] != '\t' && l.s[l.i-1] != '\n' && l.lang.bare {
			return false // $# and a#b are no comments
		}
		j := strings.IndexByte(l.s[l.i:], '\n')
		if j < 0 {
			j = len(l.s) - l.i
		}
		l.i += j
		return true
	}
	if l.at(l.lang.open) {
		j := strings.Index(l.s[l.i+len(l.lang.open):], l.lang.close)
		n := len(l.s) - l.i
		if j >= 0 {
			n = len(l.lang.open) + j + len(l.lang.close)
		}
		l.line += strings.Count(l.s[l.i:l.i+n], "\n")
		l.i += n
		return true
	}
	return false
}

// word reads a name, a number or an option; a mark directly before a quote is
// taken with the text.
func (l *lexer) word() {
	j := l.i
	if l.s[j] == '$' || l.s[j] == '@' {
		j++
	}
	for j < len(l.s) && (isWordByte(l.s[j]) || l.s[j] >= 0x80 || l.lang.dashes && l.s[j] == '-' || (l.s[j] == '$' || l.s[j] == '@') && j == l.i+1) {
		j++
	}
	mark := l.s[l.i:j]
	if j < len(l.s) && strings.IndexByte(l.lang.quotes, l.s[j]) >= 0 && len(mark) <= 2 && (strings.Trim(mark, "$@rRbBuUfF") == "") {
		l.i = j
		l.quoted(l.s[j], mark)
		return
	}
	if j == l.i {
		j++
	}
	l.i = j
	l.add(tokWord, mark, l.line)
}

// bareText reads an address without quotes.
func (l *lexer) bareText() {
	line, start := l.line, l.i
	j := l.i
	for j < len(l.s) && strings.IndexByte(" \t\r\n\"'`;|<>)", l.s[j]) < 0 {
		if l.s[j] == '$' && j+1 < len(l.s) && (l.s[j+1] == '(' || l.s[j+1] == '{') {
			j = matching(l.s, j+1)
			continue
		}
		j++
	}
	l.i = max(j, start+1)
	t := token{kind: tokText, line: line, end: l.i}
	t.parts = splitValues(l.s[start:l.i], "$", l.lang.escape)
	l.out = append(l.out, t)
}

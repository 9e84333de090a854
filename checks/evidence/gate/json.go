package gate

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file parses JSON. Unlike parseLoose it is strict: what an owner deploys
// must be right, and a place must be exact. Comments and trailing commas are
// taken, since editors and toolkits write them.

// ParseJSON parses one JSON document. The error is a *Problem with the line.
func ParseJSON(file, text string) (*Value, error) {
	p := &jsonParser{s: text, line: 1}
	v, err := p.value(0)
	if err == nil {
		if p.space(); p.i < len(p.s) {
			err = fmt.Errorf("%s stands behind the end of the JSON document", p.near())
		}
	}
	if err != nil {
		return nil, problem(file, p.line, err)
	}
	return v, nil
}

type jsonParser struct {
	s    string
	i    int
	line int
}

// maxNesting bounds how deep a document nests.
const maxNesting = 64

var errDeep = fmt.Errorf("it is nested more than %d deep", maxNesting)

// space skips white space and comments.
func (p *jsonParser) space() {
	for p.i < len(p.s) {
		switch c := p.s[p.i]; {
		case c == '\n':
			p.line++
			p.i++
		case c == ' ' || c == '\t' || c == '\r':
			p.i++
		case strings.HasPrefix(p.s[p.i:], "\ufeff"):
			p.i += len("\ufeff")
		case strings.HasPrefix(p.s[p.i:], "//"):
			j := strings.IndexByte(p.s[p.i:], '\n')
			if j < 0 {
				j = len(p.s) - p.i
			}
			p.i += j
		case strings.HasPrefix(p.s[p.i:], "/*"):
			j := strings.Index(p.s[p.i:], "*/")
			if j < 0 {
				j = len(p.s) - p.i - 2
			}
			p.line += strings.Count(p.s[p.i:p.i+j+2], "\n")
			p.i += j + 2
		default:
			return
		}
	}
}

func (p *jsonParser) near() string {
	if p.i >= len(p.s) {
		return "the end of the file"
	}
	t := p.s[p.i:min(len(p.s), p.i+12)]
	if j := strings.IndexAny(t, "\r\n"); j > 0 {
		t = t[:j]
	}
	return strconv.Quote(evidence.Safe(strings.ToValidUTF8(t, "")))
}

func (p *jsonParser) value(depth int) (*Value, error) {
	if depth > maxNesting {
		return nil, errDeep
	}
	p.space()
	v := &Value{Line: p.line}
	if p.i >= len(p.s) {
		return nil, errors.New("the JSON document ends too early")
	}
	switch c := p.s[p.i]; {
	case c == '{':
		return v, p.object(v, depth)
	case c == '[':
		return v, p.list(v, depth)
	case c == '"':
		text, err := p.quoted()
		v.Kind, v.Text = String, text
		return v, err
	}
	j := p.i
	for j < len(p.s) && (p.s[j] >= 'a' && p.s[j] <= 'z' || p.s[j] >= 'A' && p.s[j] <= 'Z' || p.s[j] >= '0' && p.s[j] <= '9' || strings.IndexByte("+-.", p.s[j]) >= 0) {
		j++
	}
	switch word := p.s[p.i:j]; word {
	case "":
		return nil, fmt.Errorf("%s stands where a JSON value is wanted", p.near())
	case "null":
		v.Kind = Null
	case "true", "false":
		v.Kind, v.Text = Bool, word
	default:
		if _, err := strconv.ParseFloat(word, 64); err != nil && !errors.Is(err, strconv.ErrRange) {
			return nil, fmt.Errorf("%s is no JSON value", p.near())
		}
		v.Kind, v.Text = Number, word
	}
	p.i = j
	return v, nil
}

func (p *jsonParser) object(v *Value, depth int) error {
	v.Kind = Object
	p.i++
	for {
		p.space()
		if p.i < len(p.s) && p.s[p.i] == '}' {
			p.i++
			return nil
		}
		if p.i >= len(p.s) || p.s[p.i] != '"' {
			return fmt.Errorf("%s stands where a name in quotes is wanted", p.near())
		}
		name, err := p.quoted()
		if err != nil {
			return err
		}
		if p.space(); p.i >= len(p.s) || p.s[p.i] != ':' {
			return fmt.Errorf("%s stands where a colon is wanted", p.near())
		}
		p.i++
		x, err := p.value(depth + 1)
		if err != nil {
			return err
		}
		v.Fields = append(v.Fields, Field{name, x})
		if done, err := p.next('}'); done || err != nil {
			return err
		}
	}
}

func (p *jsonParser) list(v *Value, depth int) error {
	v.Kind = List
	p.i++
	for {
		p.space()
		if p.i < len(p.s) && p.s[p.i] == ']' {
			p.i++
			return nil
		}
		x, err := p.value(depth + 1)
		if err != nil {
			return err
		}
		v.Items = append(v.Items, x)
		if done, err := p.next(']'); done || err != nil {
			return err
		}
	}
}

// next takes a comma or the closer.
func (p *jsonParser) next(closer byte) (done bool, err error) {
	p.space()
	switch {
	case p.i < len(p.s) && p.s[p.i] == closer:
		p.i++
		return true, nil
	case p.i < len(p.s) && p.s[p.i] == ',':
		p.i++
		return false, nil
	}
	return false, fmt.Errorf("%s stands where a comma or %q is wanted", p.near(), closer)
}

func (p *jsonParser) quoted() (string, error) {
	p.i++
	start := p.i
	plain := true
	for p.i < len(p.s) {
		switch c := p.s[p.i]; {
		case c == '"':
			raw := p.s[start:p.i]
			p.i++
			if plain {
				return raw, nil
			}
			return unquoteJSON(raw), nil
		case c == '\\':
			plain = false
			p.i++
		case c == '\n':
			return "", errors.New("a string has no end on its line")
		}
		p.i++
	}
	return "", errors.New("a string has no end")
}

// unquoteJSON resolves the escapes of a JSON string; a wrong one is kept.
func unquoteJSON(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 >= len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case 'r':
			b.WriteByte('\r')
		case 'b', 'f':
			b.WriteByte(' ')
		case 'u':
			r, size := unicodeEscape(s[i-1:])
			if size == 0 {
				b.WriteString(`\u`)
				continue
			}
			b.WriteRune(r)
			i += size - 2
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// unicodeEscape reads \uXXXX, or two of them that make one character.
func unicodeEscape(s string) (r rune, size int) {
	one := func(s string) (rune, bool) {
		if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
			return 0, false
		}
		n, err := strconv.ParseUint(s[2:6], 16, 16)
		return rune(n), err == nil
	}
	a, ok := one(s)
	if !ok {
		return 0, 0
	}
	if utf16.IsSurrogate(a) {
		if b, ok := one(s[6:]); ok {
			return utf16.DecodeRune(a, b), 12
		}
		return utf8.RuneError, 6
	}
	return a, 6
}

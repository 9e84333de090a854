package evidence

import (
	"context"
	"strings"
)

// This file reads a text that is in memory: it decides what is text, what is a
// token alone, and hands it to the scanner.

// readText reads a whole text that is in memory.
func readText(ctx context.Context, name, text string, parts []Part) []*Case {
	return readAs(ctx, name, text, parts, kindOfText)
}

// readAs reads a text of a kind.
func readAs(ctx context.Context, name, text string, parts []Part, kindOf func(string) docKind) []*Case {
	if t := bareToken(text); t != nil {
		t.Place = Place{name, 1}
		t.Use = Alone
		if len(parts) == 0 {
			return []*Case{{Place: t.Place, Token: t, Seen: []*Token{t}, Own: &Own{}}}
		}
	}
	v := newVault()
	kind := kindOf(text)
	text = v.seal(openSASL(unprefix(unstamp(dropColours(markup(text))))))
	b := newBuilder(name, v)
	s := &scanner{b: b}
	for _, p := range parts {
		b.file = p.Name
		s.scan(newDoc(p.Name, v.seal(clean([]byte(p.Text))), 1))
	}
	b.file = name
	if ctx.Err() != nil {
		return nil
	}
	if skip, names := csvTable(text); names != nil {
		s.readCSV(newDoc(name, text[skip:], 1+strings.Count(text[:skip], "\n")), names)
		return spoken(b.cases(reportText), text)
	}
	s.scan(newDoc(name, text, 1))
	return spoken(b.cases(kind), text)
}

// bareToken recognises a token handed over alone, however it was wrapped, and
// notes what had to be stripped.
func bareToken(text string) *Token {
	t := strings.TrimSpace(text)
	var notes []string
	strip := func(note, cut string) {
		t = strings.TrimSpace(cut)
		for _, n := range notes {
			if n == note {
				return
			}
		}
		notes = append(notes, note)
	}
	for range 8 {
		before := t
		if len(t) > 13 && strings.EqualFold(t[:14], "authorization:") {
			strip("the header's name", t[14:])
		}
		if len(t) > 6 && strings.EqualFold(t[:6], "bearer") && (t[6] == ' ' || t[6] == '\n' || t[6] == ':' || t[6] == '%') {
			rest := strings.TrimPrefix(strings.TrimLeft(t[6:], " :\n"), "%20")
			strip(`the word "Bearer"`, rest)
		}
		if n := len(t); n > 2 && (t[0] == '"' || t[0] == '\'' || t[0] == '`') && t[n-1] == t[0] {
			strip("quotes", t[1:n-1])
		}
		t = strings.TrimRight(t, ",;")
		if t == before {
			break
		}
	}
	if strings.Contains(t, "%2E") || strings.Contains(t, "%2e") {
		strip("URL-encoding", percent(t))
	}
	if strings.ContainsAny(t, "\n\r \t") {
		joined := strings.Join(strings.Fields(t), "")
		if !strings.HasPrefix(joined, "eyJ") || strings.Count(joined, ".") < 2 || runLength(joined, 0) != len(joined) || shortLines(t) {
			return nil
		}
		strip("line breaks", joined)
	}
	if len(t) < 20 || runLength(t, 0) != len(t) || !strings.HasPrefix(t, "eyJ") && (len(t) < 100 || !strings.HasPrefix(t, "Ew") && !strings.HasPrefix(t, "0.A") && !strings.HasPrefix(t, "1.A") && !strings.HasPrefix(t, "M.")) {
		return nil
	}
	tok := decodeToken(t, Place{})
	tok.Notes = append(notes, tok.Notes...)
	return tok
}

// shortLines: words between blanks, not a token that a console wrapped.
func shortLines(t string) bool {
	f := strings.Fields(t)
	for _, w := range f[:len(f)-1] {
		if len(w) < 40 {
			return true
		}
	}
	return false
}

// markup turns a page's entities into characters and its tags into blanks.
func markup(text string) string {
	if t := strings.TrimLeft(text, " \n\t"); strings.HasPrefix(t, "{") || strings.HasPrefix(t, "[") {
		return text // entities in JSON are data
	}
	low := text
	if len(low) > 4096 {
		low = low[:4096]
	}
	low = asciiLower(low)
	if !strings.Contains(low, "<html") && !strings.Contains(low, "<!doctype") && !strings.Contains(low, "<body") && !strings.Contains(low, "<div") && !strings.Contains(text, "&#") && !strings.Contains(text, "&quot;") {
		return text
	}
	if strings.Contains(low, "<html") || strings.Contains(low, "<!doctype") || strings.Contains(low, "<body") || strings.Contains(low, "<div") {
		text = dropTags(text)
	}
	if strings.Contains(text, `{"`) {
		text = strings.ReplaceAll(text, "&quot;", "&amp;quot;") // inside JSON it would end the string
	}
	return unescapeEntities(text)
}

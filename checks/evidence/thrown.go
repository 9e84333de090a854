package evidence

import "strings"

// This file reads the stack trace that a record keeps as one string: the lines
// that name what was thrown, among the frames.

// maxThrown bounds the lines of a stack trace that are heard.
const maxThrown = 6

// thrown hears what a stack trace says was thrown, where nothing else of the
// record said it: the first line, each cause, the last line of a traceback.
func (s *scanner) thrown(stack string, line int) {
	for _, l := range thrownLines(stack) {
		if s.repeats(l) {
			continue
		}
		s.nested(l, line, false)
	}
}

// thrownLines are the lines of a stack trace that begin with a class of errors.
func thrownLines(stack string) []string {
	var out []string
	for l := range strings.Lines(stack) {
		l = strings.TrimSpace(l)
		l = strings.TrimPrefix(l, "Caused by: ")
		if l == "" || len(out) == maxThrown {
			continue
		}
		if class, said, ok := strings.Cut(l, ": "); ok && !strings.ContainsAny(class, " (") && errorClass(class) && sentenceLike(said) {
			out = append(out, l)
		}
	}
	return out
}

// errorClass: the name of a class of errors or exceptions.
func errorClass(word string) bool {
	return strings.HasSuffix(word, "Exception") || strings.HasSuffix(word, "Error")
}

// repeats: the line says what the exchange at hand has said already.
func (s *scanner) repeats(l string) bool {
	if s.b.cur == nil {
		return false
	}
	folded := Fold(l)
	for _, st := range s.b.cur.said {
		if m := Fold(st.Message); len(m) > 7 && (strings.Contains(folded, m) || strings.Contains(m, folded)) || st.Code != "" && strings.Contains(folded, Fold(st.Code)) {
			return true
		}
	}
	return false
}

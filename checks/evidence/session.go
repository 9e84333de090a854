package evidence

import "strings"

// This file reads what a script prints of the session it signed in with: the
// kind of caller, and the permissions that it got.

// sessionSpan is how many lines may stand between the two.
const sessionSpan = 6

// sessionWords reads "AuthType: AppOnly" and "Scopes: A.Read, B.Read" within a
// line of output, in either order. A list of scopes alone is what was asked for
// as often as what was got, so it counts beside the kind only.
func (s *scanner) sessionWords(seg string, line int) {
	if kind := sessionKind(seg); kind != "" {
		s.b.fact("auth_type", kind, line, FromRequest)
		s.kindLine = line
		if s.scopeList != "" && line-s.scopeLine <= sessionSpan {
			s.b.fact("granted_scope", s.scopeList, s.scopeLine, FromService)
		}
	}
	i := strings.Index(seg, "copes: ")
	if i < 1 || seg[i-1] != 'S' && seg[i-1] != 's' {
		return
	}
	list := strings.Trim(seg[i+len("copes: "):], " {}[]\"'")
	if !scopeWords(list) {
		return
	}
	s.scopeList, s.scopeLine = strings.Join(strings.FieldsFunc(list, scopeBreak), " "), line
	if s.kindLine > 0 && line-s.kindLine <= sessionSpan {
		s.b.fact("granted_scope", s.scopeList, line, FromService)
	}
}

// sessionKind is the kind of caller as Graph PowerShell's context names it.
func sessionKind(seg string) string {
	i := strings.Index(seg, "AuthType")
	if i < 0 {
		return ""
	}
	word, _, _ := strings.Cut(strings.TrimLeft(seg[i+len("AuthType"):], " :="), " ")
	switch word = strings.Trim(word, ",;.'\""); word {
	case "AppOnly", "Delegated":
		return word
	}
	return ""
}

// scopeWords: nothing but names of permissions.
func scopeWords(list string) bool {
	n := 0
	for w := range strings.FieldsFuncSeq(list, scopeBreak) {
		if !permissionWord(w) {
			return false
		}
		n++
	}
	return n > 0
}

func scopeBreak(r rune) bool { return r == ' ' || r == ',' || r == ';' }

package evidence

import "strings"

// This file reads what a script prints of the session it signed in with: the
// kind of caller, and the permissions that it got.

// sessionSpan is how many lines may stand between the two.
const sessionSpan = 6

// cutList: the console left out the rest of the list, as it does beyond four
// members.
func cutList(list string) bool {
	return strings.Contains(list, "…") || strings.Contains(list, "...")
}

// scopeLines gathers the scopes that Graph PowerShell prints one a line where a
// context's scopes are asked for.
func (s *scanner) scopeLines(seg string, line int) {
	switch {
	case strings.Contains(seg, "MgContext") && strings.Contains(asciiLower(seg), "scopes"):
		s.endScopes()
		s.asked, s.askedLine = true, line
	case s.asked && permissionWord(seg):
		s.scopes = append(s.scopes, seg)
	case s.asked:
		s.endScopes()
	}
}

// endScopes notes the scopes gathered so far.
func (s *scanner) endScopes() {
	if len(s.scopes) > 0 {
		s.b.fact("granted_scope", strings.Join(s.scopes, " "), s.askedLine, FromService)
	}
	s.asked, s.scopes = false, nil
}

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
	if cutList(list) || !scopeWords(list) {
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

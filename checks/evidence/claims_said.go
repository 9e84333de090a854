package evidence

import (
	"slices"
	"strings"
)

// This file reads the permissions of a token that somebody tells in a line of
// prose: "the token's roles: Mail.Read, User.Read.All".

// toldWords speak of a token; wantedWords of what it ought to hold.
var (
	toldWords   = []string{"token", "jwt", "claim", "decoded", "aud"}
	wantedWords = []string{"requires", "required", "require ", "needs", "need ", "missing", "must", "should", "on the request", "one of", "without"}
)

// claimsSaid takes the permissions that a line says a token to hold. scp is a
// token's word; roles are a token's where the line speaks of one.
func (s *scanner) claimsSaid(seg string, line int) {
	if len(seg) > 2000 || !strings.Contains(seg, ".") || s.sawToken() {
		return
	}
	low := strings.ToLower(seg)
	for _, name := range [...]string{"scp", "roles"} {
		i := strings.Index(low, name)
		if i < 0 || i > 0 && wordByte(low[i-1]) || containsAny(low, wantedWords) || name == "roles" && !containsAny(low, toldWords) {
			continue
		}
		if held := leadingPermissions(seg[i+len(name):]); len(held) > 0 {
			s.decoded(map[string]any{name: strings.Join(held, " ")}, line)
			return
		}
	}
}

// leadingPermissions are the permissions that a list begins with, behind its
// colon, equals sign or "are".
func leadingPermissions(rest string) (held []string) {
	for _, filler := range [...]string{" claim", " in the token", " of the token", " are", " is"} {
		rest = strings.TrimPrefix(rest, filler)
	}
	for _, w := range strings.FieldsFunc(rest, func(r rune) bool { return strings.ContainsRune(" ,:=;[]{}()\"'`", r) }) {
		w = strings.TrimRight(w, ".")
		if permissionWord(w) {
			held = append(held, w)
		} else if w != "and" || len(held) == 0 {
			break
		}
	}
	if !slices.ContainsFunc(held, IsPermission) {
		return nil // openid and the like tell nothing
	}
	return held
}

// sawToken: a token that was read says more than what is told of one.
func (s *scanner) sawToken() bool {
	return len(s.b.global.sights) > 0 || s.b.cur != nil && len(s.b.cur.sights) > 0
}

func containsAny(text string, words []string) bool {
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

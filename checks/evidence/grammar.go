package evidence

import (
	"strings"
)

// This file reads the sentences in which a service names the permissions that
// a request needs and those that it had. Each grammar was met in public
// threads; all are read the same way: a phrase announces a list, a phrase or
// the sentence's end closes it.

// A listing announces a list of permissions.
type listing struct {
	after string // phrase, lower case, before the list
	held  bool   // it lists what was present
	kind  Kind   // what the phrase tells of the kind
}

// The longer phrase comes first where one begins another.
var listings = []listing{
	{"api requires one of ", false, KindUnknown},
	{"api required one of ", false, KindUnknown},
	{"api require one of ", false, KindUnknown},
	{"api required roles: ", false, AppOnly},
	{"api requires roles: ", false, AppOnly},
	{"api required scopes: ", false, Delegated},
	{"application must have one of the following scopes: ", false, KindUnknown},
	{"must have one of the following scopes: ", false, KindUnknown},
	{"must have at least one of the following scopes: ", false, KindUnknown},
	{"missing permission scope ", false, KindUnknown},
	{"missing permission scopes ", false, KindUnknown},
	{"requires the following permissions: ", false, KindUnknown},
	{"requires one of the following permissions: ", false, KindUnknown},
	{"required scopes are ", false, KindUnknown},
	{"required scopes: ", false, KindUnknown},
	{"required permissions: ", false, KindUnknown},
	{"required application permissions (", false, AppOnly},
	{"required delegated permissions (", false, Delegated},
	{"required permissions (", false, KindUnknown},
	{"missing scope '", false, Delegated},
	{"missing scopes '", false, Delegated},
	{"missing role '", false, AppOnly},
	{"missing roles '", false, AppOnly},
	{"required msgraph permissions ", false, KindUnknown},
	{"requires msgraph permissions ", false, KindUnknown},
	{"missing application permissions: ", false, AppOnly},
	{"one of the following permissions is required: ", false, KindUnknown},
	{"one of the following scopes is required: ", false, KindUnknown},
	{"requires one of the following scopes: ", false, KindUnknown},
	{"required scp claim values ", false, Delegated},
	{"required scp claim values: ", false, Delegated},
	{"scopes on the request ", true, Delegated},
	{"roles on the request ", true, AppOnly},
	{"application roles: ", true, AppOnly},
	{"only has the following permissions granted: ", true, KindUnknown},
	{"only have the following permissions granted: ", true, KindUnknown},
	{"user scopes: ", true, Delegated},
	{"token scopes: ", true, Delegated},
}

// plainText: ASCII on one line. To make a Replacer costs more than to read most
// messages.
func plainText(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// readNeeds fills a statement's needed and held permissions from its message.
func (s *Statement) readNeeds() {
	msg := s.Message
	if !plainText(msg) {
		msg = strings.NewReplacer("\u2018", "'", "\u2019", "'", "\u201c", "'", "\u201d", "'", "\n", " ", "\r", " ").Replace(msg)
	}
	low := asciiLower(msg)
	if strings.Contains(low, "missing scope permissions") {
		s.Kind = Delegated
	} else if strings.Contains(low, "missing role permissions") || strings.Contains(low, "missing application roles") {
		s.Kind = AppOnly
	}
	for _, l := range listings {
		i := strings.Index(low, l.after)
		if i < 0 {
			continue
		}
		if l.after == "application roles: " && strings.Contains(low[max(0, i-30):i], "missing ") {
			continue
		}
		names := permissionList(msg[i+len(strings.TrimRight(l.after, "('")):])
		if l.kind != KindUnknown && s.Kind == KindUnknown {
			s.Kind = l.kind
		}
		switch {
		case l.held && !s.HasHeld:
			s.Held, s.HasHeld = names, true
		case !l.held && len(s.Needed) == 0:
			s.Needed = names
		}
	}
	s.permissionSet(msg, low)
	if len(s.Needed) == 0 {
		s.Needed = namedBefore(msg, low)
	}
}

// permissionSet reads the sentence of the Office 365 Management APIs: "The
// permission set (A B) sent in the request did not include the expected
// permission C."
func (s *Statement) permissionSet(msg, low string) {
	i := strings.Index(low, "permission set (")
	if i < 0 || !strings.Contains(low[i:], "include the expected permission") {
		return
	}
	held, rest, ok := strings.Cut(msg[i+len("permission set ("):], ")")
	if !ok {
		return
	}
	s.Held, s.HasHeld = FindPermissions(held), true
	if _, name, ok := strings.Cut(rest, "expected permission "); ok && len(s.Needed) == 0 {
		s.Needed = FindPermissions(name)
	}
}

// afterNames are phrases that stand behind the one permission that is needed:
// "Application.Read.All scope is required".
var afterNames = []string{" scope is required", " permission is required", " scope is needed", " permission is needed", " role is required to call"}

// namedBefore reads the permission that stands before such a phrase, or between
// "requires the" and "permission".
func namedBefore(msg, low string) []string {
	for _, p := range afterNames {
		i := strings.Index(low, p)
		if i < 0 {
			continue
		}
		w := msg[strings.LastIndexByte(msg[:i], ' ')+1 : i]
		if w = strings.Trim(w, "'\".,`"); IsPermission(w) {
			return []string{safe(w)}
		}
	}
	for _, p := range []string{"requires the ", "requires ", "require the "} {
		i := strings.Index(low, p)
		if i < 0 {
			continue
		}
		w, rest, _ := strings.Cut(msg[i+len(p):], " ")
		if w = strings.Trim(w, "'\"`"); IsPermission(w) && (strings.HasPrefix(rest, "permission") || strings.HasPrefix(rest, "scope")) {
			return []string{safe(w)}
		}
	}
	return nil
}

// permissionList reads names up to where the list ends: quoted lists end with
// the quote, bare ones where a word is no permission.
func permissionList(s string) []string {
	s = strings.TrimLeft(s, " :")
	if s == "" {
		return nil
	}
	if q := s[0]; q == '\'' || q == '"' {
		if j := strings.IndexByte(s[1:], q); j >= 0 {
			return permissionNames(s[1 : 1+j])
		}
		s = s[1:]
	}
	if s[0] == '(' {
		s, _, _ = strings.Cut(s[1:], ")")
		return permissionNames(s)
	}
	// bare: words, commas and "or" until something else
	end := 0
	for end < len(s) {
		rest := s[end:]
		w := strings.IndexAny(rest, " ,;")
		if w < 0 {
			w = len(rest)
		}
		word := strings.TrimRight(rest[:w], ".")
		if word != "" && word != "or" && word != "and" && !IsPermission(word) {
			break
		}
		end += w
		if strings.HasSuffix(rest[:w], ".") && !IsPermission(rest[:w]) {
			break
		}
		for end < len(s) && (s[end] == ' ' || s[end] == ',' || s[end] == ';') {
			if s[end] == ';' {
				return permissionNames(s[:end])
			}
			end++
		}
	}
	return permissionNames(s[:end])
}

func permissionNames(s string) []string {
	var names []string
	for w := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ' ' || r == ',' || r == ';' || r == '|' || r == '\t' }) {
		w = strings.Trim(w, ".'\"")
		if i := strings.LastIndexByte(w, '/'); i >= 0 && strings.HasPrefix(w, "http") {
			w = w[i+1:]
		}
		if w == "or" || w == "and" || w == "" || !permissionWord(w) {
			continue
		}
		names = append(names, safe(w))
	}
	return names
}

func permissionWord(w string) bool {
	if IsPermission(w) {
		return true
	}
	switch w {
	case "openid", "profile", "email", "offline_access", "user_impersonation", "full_access_as_app":
		return true
	}
	return false
}

// IsPermission tells a permission's name by its form: Noun.Verb or
// Noun.Verb.Range, in letters, with dashes in the noun.
func IsPermission(w string) bool {
	dots := 0
	for i := 0; i < len(w); i++ {
		c := w[i]
		switch {
		case c == '.':
			if i == 0 || i == len(w)-1 || w[i-1] == '.' {
				return false
			}
			dots++
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '_' || c >= '0' && c <= '9':
		default:
			return false
		}
	}
	if dots < 1 || dots > 4 || len(w) < 6 || len(w) > 90 {
		return false
	}
	for _, verb := range permissionVerbs {
		if i := strings.Index(w, verb); i > 0 && (i+len(verb) == len(w) || w[i+len(verb)] == '.' || w[i+len(verb)] >= 'A' && w[i+len(verb)] <= 'Z') {
			return w[0] >= 'A' && w[0] <= 'Z' || strings.HasPrefix(w, "user_")
		}
	}
	return false
}

// permissionVerbs are what the second part of a permission's name begins with.
var permissionVerbs = []string{".Read", ".ReadWrite", ".ReadBasic", ".Write", ".Send", ".Create", ".Manage", ".Invite", ".Export",
	".Selected", ".FullControl", ".Delete", ".Update", ".Join", ".Initiate", ".Access", ".Import", ".Migrate", ".Install", ".Enable",
	".Upload", ".Submit", ".AsUser", ".All", ".EnableDisable", ".Revoke", ".Restore", ".Convert", ".Sign", ".Edit", ".OwnedBy", ".ManagedBy"}

// FindPermissions returns the permission names that stand in a text, in order,
// each once.
func FindPermissions(text string) []string {
	var names []string
	seen := map[string]bool{}
	for w := range strings.FieldsFuncSeq(text, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_')
	}) {
		w = strings.Trim(w, ".-_")
		if !seen[w] && strings.Contains(w, ".") && IsPermission(w) {
			seen[w] = true
			names = append(names, w)
		}
	}
	return names
}

func asciiLower(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= 'A' && c <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if c := b[i]; c >= 'A' && c <= 'Z' {
					b[i] = c + 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

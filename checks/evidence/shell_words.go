package evidence

import (
	"strings"
)

// This file takes a command line apart as a shell does.

// goesOn: the line ends in the shell's continuation mark, or inside quotes.
func (c *command) goesOn(seg string) bool {
	if c.lines > maxCommand {
		return false
	}
	return goesOn(seg) || strings.Count(c.text.String(), "'")%2 == 1 && strings.Contains(c.text.String(), "{")
}

// commandLine tells a line that must be read whole, objects in it included.
func (s *scanner) commandLine(seg string) bool {
	if s.command != nil && !s.command.done {
		return true
	}
	cmd := afterPrompt(strings.TrimSpace(seg))
	if strings.HasPrefix(cmd, "+ ") {
		return true
	}
	for _, tool := range httpTools {
		if i := strings.Index(cmd, tool); i >= 0 && i < 40 {
			rest := strings.TrimSpace(cmd[i+len(tool):])
			return rest != "" && (rest[0] == '-' || rest[0] == '\'' || rest[0] == '"' || rest[0] == '$' || strings.HasPrefix(rest, "http"))
		}
	}
	return false
}

// goesOn: the line ends in the shell's continuation mark.
func goesOn(seg string) bool {
	return strings.HasSuffix(seg, "\\") || strings.HasSuffix(seg, " `") || strings.HasSuffix(seg, " ^")
}

// httpie: "http GET https://..." or "http https://...".
func httpie(cmd string) bool {
	f := strings.Fields(cmd)
	return len(f) > 2 && isMethod(f[1]) != "" && (strings.Contains(f[2], "://") || strings.Contains(f[2], ".")) || len(f) > 1 && strings.Contains(f[1], "://")
}

// afterPrompt drops a prompt: "$ ", "PS C:\>", "user@host:~$ ", ">>> ".
func afterPrompt(seg string) string {
	t := strings.TrimLeft(seg, " ")
	if strings.HasPrefix(t, "PS ") || strings.HasPrefix(t, "PS>") {
		if i := strings.IndexByte(t, '>'); i >= 0 && i < 120 {
			return strings.TrimLeft(t[i+1:], "> ")
		}
	}
	if len(t) > 3 && t[1] == ':' && t[2] == '\\' { // cmd.exe
		if i := strings.IndexByte(t, '>'); i > 0 && i < 120 {
			return strings.TrimLeft(t[i+1:], " ")
		}
	}
	for _, p := range []string{"$ ", "# ", "% ", ">>> ", "> "} {
		if strings.HasPrefix(t, p) {
			return strings.TrimSpace(t[len(p):])
		}
	}
	if i := strings.Index(t, "$ "); i > 0 && i < 60 && strings.ContainsAny(t[:i], "@~:") {
		return strings.TrimSpace(t[i+2:])
	}
	return t
}

// shellWords splits a command line as shells do, roughly.
func shellWords(s string) []string {
	var words []string
	var b strings.Builder
	quote, started := byte(0), false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0 && c == '\\' && quote == '"' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		case quote != 0:
			b.WriteByte(c)
		case c == '\'' || c == '"':
			quote, started = c, true
		case c == '$' && i+1 < len(s) && s[i+1] == '\'':
		case c == ' ' || c == '\t':
			if started || b.Len() > 0 {
				words = append(words, b.String())
				b.Reset()
				started = false
			}
		default:
			b.WriteByte(c)
		}
	}
	if started || b.Len() > 0 {
		words = append(words, b.String())
	}
	return words
}

// emptied is a query option such as $filter that stands in double quotes: a
// shell puts its own variable of that name there, which is empty.
func emptied(cmd string) string {
	quoted := false
	for i := range len(cmd) {
		switch {
		case cmd[i] == '"' && (i == 0 || cmd[i-1] != '\\'):
			quoted = !quoted
		case cmd[i] == '$' && quoted && i > 0 && (cmd[i-1] == '?' || cmd[i-1] == '&'):
			for _, option := range queryOptions {
				if strings.HasPrefix(cmd[i+1:], option+"=") {
					return "$" + option
				}
			}
		}
	}
	return ""
}

// queryOptions are those of OData that Graph takes with a dollar sign.
var queryOptions = []string{"filter", "select", "expand", "top", "skip", "orderby", "search", "count", "format", "skiptoken", "deltatoken"}

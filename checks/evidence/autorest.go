package evidence

import "strings"

// This file reads the errors of Azure's Go client as Terraform and Go programs
// print them: Status=403 Code="Forbidden" Message="..." InnerError={"code":...}.

// quotedCode tells whether the word that ends at j in line stands in quotes
// behind the client's label for an error code.
func quotedCode(line string, i, j int) bool {
	return j < len(line) && line[j] == '"' && strings.HasSuffix(line[:i], `Code="`) && (i == 6 || !wordByte(line[i-7]) && line[i-7] != '.')
}

// goMessage is what stands behind such a code: Message="...", in the quotes
// of Go, with its escapes undone; ok is false where there is none.
func goMessage(rest string) (msg string, ok bool) {
	rest, ok = strings.CutPrefix(strings.TrimLeft(rest, "\" "), `Message="`)
	if !ok {
		return "", false
	}
	for i := 0; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case '"':
			return unescape(rest[:i]), true
		}
	}
	return unescape(rest), true
}

// goInner says the inner error that the client prints behind the outer one, and
// Azure's command line below it.
func (s *scanner) goInner(n *node, line int, lead string) bool {
	if !strings.HasSuffix(lead, "InnerError=") && !strings.HasSuffix(lead, "Inner error:") || !n.isObject() || n.str("code") == "" {
		return false
	}
	s.innerError(n, line, 1, InLine)
	return true
}

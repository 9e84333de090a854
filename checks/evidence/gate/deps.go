package gate

import (
	"strings"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file finds retired libraries where a project names what it needs.

// retiredLibraries by the word that a dependency file has for them.
var retiredLibraries = [...]struct{ word, name string }{
	{"Microsoft.IdentityModel.Clients.ActiveDirectory", "ADAL (Microsoft.IdentityModel.Clients.ActiveDirectory)"},
	{"Microsoft.Azure.ActiveDirectory.GraphClient", "the Azure AD Graph client library"},
	{"azure-graphrbac", "the Azure AD Graph client library (azure-graphrbac)"},
	{"adal4j", "ADAL (adal4j)"},
	{"adal-node", "ADAL (adal-node)"},
	{"adal-angular", "ADAL (adal-angular)"},
	{"adal-vanilla", "ADAL (adal-vanilla)"},
	{"react-adal", "ADAL (react-adal)"},
}

// dependencies looks for retired libraries in a project's file.
func (p *Piece) dependencies(text string) {
	n := 0
	for line := range strings.Lines(text) {
		n++
		for _, l := range retiredLibraries {
			if strings.Contains(line, l.word) {
				p.retired(l.name, n)
			}
		}
		if t := strings.TrimSpace(line); strings.HasPrefix(t, "adal") && (t == "adal" || strings.ContainsAny(t[4:min(len(t), 6)], "=<>~ ")) {
			p.retired("ADAL (adal)", n)
		}
	}
}

func (p *Piece) retired(name string, line int) {
	for _, l := range p.Legacy {
		if l.Value == name {
			return
		}
	}
	p.Legacy = append(p.Legacy, evidence.Ref{Place: place(p.File, line), Origin: evidence.FromRequest, Field: "library", Value: name})
}

// isDependencyFile tells a file in which a project names its libraries.
func isDependencyFile(base string) bool {
	switch base {
	case "package.json", "pom.xml", "packages.config", "pyproject.toml", "Pipfile", "setup.py", "go.mod":
		return true
	}
	switch ext(base) {
	case ".csproj", ".fsproj", ".vbproj", ".gradle", ".kts":
		return true
	}
	return strings.HasPrefix(base, "requirements") && strings.HasSuffix(base, ".txt")
}

package gate

import (
	"bytes"
	"strings"
)

// This file holds the cheap tests that come before reading a file with care.
// bytes.Contains runs at several GB/s; parsing does not.

// dull are ends of names of files that hold nothing for the gate.
var dull = map[string]bool{
	".png": true, ".jpg": true, ".jpeg": true, ".gif": true, ".ico": true, ".svg": true, ".webp": true, ".pdf": true, ".zip": true, ".gz": true, ".tgz": true, ".7z": true,
	".woff": true, ".woff2": true, ".ttf": true, ".eot": true, ".mp4": true, ".mp3": true, ".dll": true, ".exe": true, ".so": true, ".dylib": true, ".class": true, ".jar": true,
	".pyc": true, ".o": true, ".a": true, ".lock": true, ".sum": true, ".map": true, ".css": true, ".scss": true, ".less": true, ".md": true, ".rst": true, ".adoc": true, ".docx": true, ".xlsx": true, ".pptx": true, ".snap": true,
}

// interesting tells whether a file of that name is looked into.
func interesting(name string) bool {
	switch name {
	case "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "packages.lock.json", "project.assets.json":
		return false
	}
	e := ext(name)
	return !dull[e] && !strings.HasSuffix(name, ".min.js")
}

// needles are words one of which stands in every file of interest of a kind.
var (
	jsonNeedles = [][]byte{[]byte("requiredResourceAccess"), []byte("RequiredResourceAccess"), []byte("signInAudience"), []byte("ppRoleId"), []byte("onsentType"), []byte("oauth2PermissionGrants"), []byte("approleassign"), []byte("ppRoleAssign"),
		[]byte("manifestVersion"), []byte("PermissionRequests"), []byte("Microsoft.Graph/"), []byte("graph.microsoft"), []byte("microsoftgraph."), []byte("graph.windows.net"), []byte("adal-")}
	codeNeedles  = [][]byte{[]byte("graph.microsoft"), []byte("raphClient"), []byte("raphServiceClient"), []byte("raph_client"), []byte("graph.windows.net"), []byte("login.microsoftonline"), []byte("microsoftgraph."), []byte("msgraph"), []byte("microsoft-graph"), []byte("outlook.office")}
	shellNeedles = [][]byte{[]byte("-Mg"), []byte("graph.microsoft"), []byte("graph.windows.net"), []byte("login.microsoftonline"), []byte("AzureAD"), []byte("-Msol"), []byte("microsoftgraph.")}
	tfNeedles    = [][]byte{[]byte("azuread"), []byte("msgraph"), []byte("module"), []byte("variable"), []byte("locals")}
	bicepNeedles = [][]byte{[]byte("Microsoft.Graph"), []byte("microsoftGraph")}
	httpNeedles  = [][]byte{[]byte("raph")}
	listNeedles  = [][]byte{[]byte("/")}
	depNeedles   = [][]byte{[]byte("adal"), []byte("ActiveDirectory"), []byte("azure-graphrbac")}
)

// worth tells whether a file may say something of an app.
func worth(name string, text []byte) bool {
	for _, n := range needlesFor(name) {
		if bytes.Contains(text, n) {
			return true
		}
	}
	return false
}

func needlesFor(name string) [][]byte {
	base := name[strings.LastIndexByte(name, '/')+1:]
	switch e := ext(base); e {
	case ".json", ".jsonc", ".har", "":
		return jsonNeedles
	case ".tf", ".tfvars":
		return tfNeedles
	case ".bicep":
		return bicepNeedles
	case ".http", ".rest":
		return httpNeedles
	case ".ps1", ".psm1", ".psd1", ".sh", ".bash", ".zsh", ".yml", ".yaml", ".cmd", ".bat":
		return shellNeedles
	case ".csproj", ".fsproj", ".vbproj", ".xml", ".gradle", ".toml":
		return depNeedles
	case ".txt", ".list":
		switch {
		case callList(base, nil):
			return listNeedles
		case strings.HasPrefix(base, "requirements"):
			return depNeedles
		}
		return jsonNeedles
	}
	return codeNeedles
}

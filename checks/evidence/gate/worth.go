package gate

import (
	"strings"
)

// This file holds the cheap tests that come before reading a file with care: a
// search runs at several GB/s, parsing does not.

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

// worth tells whether a file may say something of an app.
func worth(name string, text []byte) bool {
	base := name[strings.LastIndexByte(name, '/')+1:]
	if isDependencyFile(base) {
		return inProjects().in(text)
	}
	switch e := ext(base); e {
	case ".json", ".jsonc", ".har", "":
		return inJSON().in(text)
	case ".tf", ".tfvars":
		return has(text, "azuread", "msgraph", "module", "variable", "locals")
	case ".bicep":
		return inBicep().in(text)
	case ".http", ".rest":
		return has(text, "raph")
	case ".ps1", ".psm1", ".psd1":
		return inShell().in(text) || has(text, "-Mg", "-Msol")
	case ".sh", ".bash", ".zsh", ".cmd", ".bat":
		return inShell().in(text)
	case ".yml", ".yaml":
		return inShell().in(text) || has(text, "-Mg")
	case ".txt", ".list":
		return callList(base) || inJSON().in(text)
	case ".xml":
		return false
	}
	return inCode().in(text)
}

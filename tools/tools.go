//go:build tools

// Package tools pins the programs that check this project. It is a module of
// its own, so that they never weigh on the program.
package tools

import _ "honnef.co/go/tools/cmd/staticcheck"

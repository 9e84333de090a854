package main

// The pages that quote the program, and the schema of its configuration, are
// written by the program.
//
//go:generate go test -run Page|Samples . -update

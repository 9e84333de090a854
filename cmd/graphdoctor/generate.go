package main

// The pages that quote the program are written by the program.
//
//go:generate go test -run Page|Samples . -update

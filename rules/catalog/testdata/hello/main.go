// Command hello is the floor that a process's start is measured against.
package main

import "os"

func main() { os.Stdout.WriteString("hello\n") }

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"graphdoctor": main})
}

// TestScripts runs the command as its users do: flags, exit codes, streams,
// several files, bad files.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"mint":  mint,
			"exits": exits,
			"mode":  mode,
		},
	})
}

// mint CLAIMS FILE puts a minted token with the claims of a JSON file in place
// of {{TOKEN}} in another file.
func mint(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: mint CLAIMS FILE")
	}
	var claims map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &claims))
	text := strings.ReplaceAll(ts.ReadFile(args[1]), "{{TOKEN}}", evidence.Mint(claims))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o600))
}

// exits CODE COMMAND... runs a command and demands its exit code.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

// mode FILE OCTAL demands a file's permission bits.
func mode(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: mode FILE OCTAL")
	}
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[1] && runtime.GOOS != "windows" {
		ts.Fatalf("%s has mode %s, want %s", args[0], got, args[1])
	}
}

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// build compiles the small program and returns its file.
func buildSmall(t *testing.T) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "small.wasm")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", file, "./testdata/small")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// run runs a program in node.
func runSmall(t *testing.T, program []byte, args ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "run.wasm")
	if err := os.WriteFile(file, program, 0o644); err != nil {
		t.Fatal(err)
	}
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", append([]string{"--stack-size=8192", filepath.Join(strings.TrimSpace(string(goroot)), "lib/wasm/wasm_exec_node.js"), file}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

func needNode(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		if os.Getenv("GRAPHDOCTOR_REQUIRE_TOOLS") != "" {
			t.Fatal(err)
		}
		t.Skip("node is not here: ", err)
	}
}

func TestStripKeepsWorking(t *testing.T) {
	needNode(t)
	whole := buildSmall(t)
	stripped, err := strip(whole)
	if err != nil {
		t.Fatal(err)
	}
	if len(stripped) > len(whole)*95/100 {
		t.Errorf("stripped it has %d bytes, and whole %d", len(stripped), len(whole))
	}
	if a, b := runSmall(t, whole), runSmall(t, stripped); a != b || !strings.Contains(b, "made at run time") {
		t.Errorf("whole:\n%s\nstripped:\n%s", a, b)
	}
	if out := runSmall(t, whole, "name"); !strings.Contains(out, `here: "main.main" true`) {
		t.Errorf("the whole program knows no names, so that the test shows nothing: %s", out)
	}
	if out := runSmall(t, stripped, "name"); !strings.Contains(out, `here: "" false`) {
		t.Errorf("the stripped program still knows names: %s", out)
	}
}

func TestStripLeavesWhatItDoesNotKnow(t *testing.T) {
	whole := buildSmall(t)
	other := bytes.Replace(whole, []byte(magic), []byte("\xf0"+magic[1:]), 1)
	for name, b := range map[string][]byte{"another table": other, "no program": []byte("\x00asm\x01\x00\x00\x00"), "nothing": nil, "cut off": whole[:len(whole)/2], "cut off in its data": whole[:len(whole)-5000]} {
		if got, err := strip(b); err == nil || !bytes.Equal(got, b) {
			t.Errorf("%s: %v; changed: %v", name, err, !bytes.Equal(got, b))
		}
	}
}

func TestDataWrittenAnew(t *testing.T) {
	m, err := parseModule(buildSmall(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, gap := range []int{shortGap, 1000} {
		memory := make([]byte, len(m.memory))
		for _, s := range m.segments(gap) {
			copy(memory[s[0]:], m.memory[s[0]:s[1]])
		}
		if !bytes.Equal(memory, m.memory) {
			t.Errorf("gap %d: the segments fill memory differently", gap)
		}
	}
	again, err := parseModule(m.bytes())
	if err != nil || !bytes.Equal(again.memory, m.memory) || !bytes.Equal(again.before, m.before) || !bytes.Equal(again.after, m.after) {
		t.Errorf("what was written reads differently: %v", err)
	}
}

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestGenerated compiles the text tables again: catalog.bin must follow from
// them. On failure run go generate ./rules/catalog.
func TestGenerated(t *testing.T) {
	got, err := compile("..")
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("../catalog.bin")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("catalog.bin (%d bytes) does not follow from the tables (%d bytes): run go generate ./rules/catalog", len(want), len(got))
	}
	if const300 := 300 << 10; len(want) > const300 {
		t.Errorf("catalog.bin has %d bytes, more than 300 KiB", len(want))
	}
}

// TestRoundTrip: permissions.txt is written as it is read.
func TestRoundTrip(t *testing.T) {
	text, err := os.ReadFile("../permissions.txt")
	if err != nil {
		t.Fatal(err)
	}
	rows, from, err := readRows(string(text))
	if err != nil {
		t.Fatal(err)
	}
	if got := writeRows(rows, from); got != string(text) {
		t.Error("permissions.txt is not written as it was read")
	}
}

// TestRefresh takes Microsoft's own files, in a small sample.
func TestRefresh(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "facts"), 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("lost.txt", "# path\tmethod\tkind\tthere\tlast_seen\tsource\tpermissions\n/me/mail\tGET\tdelegated-work\tno\t2024-01-01\tx\t*Mail.Read\n")
	write("errata.txt", "# op\tmethods\tpath\tkind\tvalue\treason\tsource\n")
	write("facts/resources.tsv", "# key\nmsgraph\tMicrosoft Graph\t-\t-\tgraph.microsoft.com\n")
	write("facts/permissions.tsv", "# "+factColumns+"\n# note: kept\n"+
		"Mail.Read\tapplication\t810c84a8-4a9e-49e6-bf7d-12d183f40d01\t-\tyes\t3\tno\tyes\tno\tyes\n"+
		"Old.Thing\tapplication\t55555555-0000-0000-0000-000000000005\t-\tyes\t-\tno\tyes\tno\tyes\n")
	err := run([]string{"-dir", dir, "-permissions", "testdata/permissions.json", "-provisioning", "testdata/provisioningInfo.json", "-commit", "abc", "-date", "2026-01-02"})
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	rows := []string{}
	for l := range strings.Lines(read("permissions.txt")) {
		if l[0] != '#' {
			rows = append(rows, strings.TrimSpace(l))
		}
	}
	want := []string{
		"/chats/{id}\tGET\t*ChatSettings.Read.Chat\t-\t-",
		"/me/messages\tGET\t-\t*Mail.Read *Mail.ReadWrite+User.Read,User.Read.All\t*Mail.Read",
		"/me/messages\tPOST\t-\t*Mail.ReadWrite+User.Read,User.Read.All\t-",
		"/me/messages/{id}\tGET\t-\t*Mail.Read\tMail.Read",
		"/users/{id}/messages\tGET\t*Mail.Read Mail.ReadWrite\t-\t-",
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("permissions.txt (-want +got):\n%s", diff)
	}
	facts := read("facts/permissions.tsv")
	for _, line := range []string{
		"Brand.New\tapplication\t44444444-0000-0000-0000-000000000004\t-\t-\t-\tyes\tyes\tno\tno",
		"ChatSettings.Read.Chat\tapplication\t-\t-\tno\t2\t-\t-\tyes\tyes",
		"Mail.Read\tapplication\t810c84a8-4a9e-49e6-bf7d-12d183f40d01\t22222222-0000-0000-0000-000000000002\tyes\t4\tno\tyes\tno\tyes",
		"Mail.Read\tdelegated\t570282fd-fa5c-430d-a7fd-fc8dc98a9dca\t-\tno\t2\tno\tyes\tno\tyes",
		"Mail.Read\tpersonal\t570282fd-fa5c-430d-a7fd-fc8dc98a9dca\t-\tno\t2\t-\t-\tno\tyes",
		"Mail.ReadWrite\tapplication\t-\t-\tyes\t-\t-\t-\tno\tyes",
		"Old.Thing\tapplication\t55555555-0000-0000-0000-000000000005\t-\tyes\t-\tno\tyes\tno\tno",
		"# note: kept",
	} {
		if !strings.Contains(facts, line+"\n") {
			t.Errorf("facts lack %q:\n%s", line, facts)
		}
	}
	if strings.Contains(facts, "_A.AA") {
		t.Error("a reserved slot became a permission")
	}
	if bin := read("catalog.bin"); !strings.HasPrefix(bin, magic) || !strings.Contains(bin, "2026-01-02") {
		t.Error("no catalog.bin, or without its date")
	}
}

// TestTables converts the inverted tables, as they are published beside the source.
func TestTables(t *testing.T) {
	dir, from := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{
		"graph-paths.tsv":           "# path\tmethods\tapplication\tdelegated_work\tdelegated_personal\n/b\tPATCH,GET\ts1\t-\ts2\n",
		"graph-permission-sets.tsv": "# set_id\tuses\tpermissions\ns1\t1\t*A.Read B.Read+C,D\ns2\t1\tA.Read\n",
		"graph-paths-lost.tsv":      "# lost\n",
	} {
		if err := os.WriteFile(filepath.Join(from, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := convert(from, dir, Origin{"n", "c", "d", "f"}); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "permissions.txt"))
	if err != nil {
		t.Fatal(err)
	}
	want := "/b\tGET\t*A.Read B.Read+C,D\t-\tA.Read\n/b\tPATCH\t*A.Read B.Read+C,D\t-\tA.Read\n"
	if !strings.HasSuffix(string(got), want) {
		t.Errorf("got %q, want it to end with %q", got, want)
	}
}

func TestNormal(t *testing.T) {
	for in, want := range map[string]string{
		"/users/{user-id}":                         "users {id}",
		"/workflows({id})":                         "workflows {id}",
		"/f(b={x}, a='{y}')":                       "f(a={id},b={id})",
		"/knownIssues/Default.find(n={n})":         "knownIssues find(n={id})",
		"/me/drive/root:/{path}:/content":          "me drive root: {id}: content",
		"/drives/{id}/items/{id}:/{name}:/content": "drives {id} items {id}: {id}: content",
		"/groups/{id}/members/$ref":                "groups {id} members $ref",
	} {
		got, err := normal(in)
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("normal(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"users", "/", "/users/", "/a//b", "/users/{id}}", "/users/(id)", "/x?y", "/a/.../b", "/a b", "/f(a=1)", "/f(a={x}", "/subject{id}"} {
		if got, err := normal(in); err == nil {
			t.Errorf("normal(%q) = %q, want an error", in, got)
		}
	}
}

func TestBadUsage(t *testing.T) {
	for _, args := range [][]string{
		{"-permissions", "x"},
		{"-permissions", "x", "-tables", "y"},
		{"-provisioning", "x", "-commit", "c", "-date", "d"},
		{"-dir", "testdata/none"},
		{"-permissions", "testdata/none.json", "-commit", "c", "-date", "d"},
	} {
		if run(args) == nil {
			t.Errorf("run(%q) gave no error", args)
		}
	}
}

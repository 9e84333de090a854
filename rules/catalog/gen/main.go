// Command gen compiles the catalog's text tables into catalog.bin, and renews
// the tables from Microsoft's own files.
//
//	go run ./gen                       permissions.txt, lost.txt, errata.txt, facts -> catalog.bin
//	go run ./gen -permissions FILE -provisioning FILE -commit HASH -date DAY
//	                                   Microsoft's JSON -> permissions.txt and facts/permissions.tsv, then as above
//	go run ./gen -tables DIR           the inverted tables (graph-paths.tsv and kin) -> permissions.txt, lost.txt, then as above
//
// The text files are what people read and review; catalog.bin follows from them.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	fs := flag.NewFlagSet("gen", flag.ContinueOnError)
	dir := fs.String("dir", ".", "folder of the catalog package")
	permissions := fs.String("permissions", "", "permissions.json of microsoft-graph-devx-content")
	provisioning := fs.String("provisioning", "", "provisioningInfo.json of microsoft-graph-devx-content")
	tables := fs.String("tables", "", "folder with graph-paths.tsv, graph-permission-sets.tsv and graph-paths-lost.tsv")
	commit := fs.String("commit", "", "commit of the files given")
	date := fs.String("date", "", "date of that commit, as 2026-08-07")
	if err := fs.Parse(args); err != nil {
		return err
	}
	switch {
	case *permissions != "" && *tables != "":
		return errors.New("give -permissions or -tables, not both")
	case (*permissions != "" || *tables != "") && (*commit == "" || *date == ""):
		return errors.New("new tables need -commit and -date: every answer names its source")
	case *provisioning != "" && *permissions == "":
		return errors.New("-provisioning needs -permissions: admin consent and levels stand there")
	}
	from := Origin{Name: devx, Commit: *commit, Date: *date, File: "permissions/new/permissions.json"}
	if *tables != "" {
		if err := convert(*tables, *dir, from); err != nil {
			return err
		}
	}
	if *permissions != "" {
		if err := refresh(*permissions, *provisioning, *dir, from); err != nil {
			return err
		}
	}
	bin, err := compile(*dir)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(*dir, "catalog.bin"), bin, 0o644)
}

// compile reads the text tables of a catalog folder and returns catalog.bin.
// Equal tables give equal bytes.
func compile(dir string) ([]byte, error) {
	open := func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(dir, name)) }
	var texts [5][]byte
	for i, name := range []string{"permissions.txt", "lost.txt", "errata.txt", "facts/permissions.tsv", "facts/resources.tsv"} {
		var err error
		if texts[i], err = open(name); err != nil {
			return nil, err
		}
	}
	rows, from, err := readRows(string(texts[0]))
	if err != nil {
		return nil, fmt.Errorf("permissions.txt: %w", err)
	}
	lost, err := readLost(string(texts[1]))
	if err != nil {
		return nil, fmt.Errorf("lost.txt: %w", err)
	}
	errata, err := readErrata(string(texts[2]))
	if err != nil {
		return nil, fmt.Errorf("errata.txt: %w", err)
	}
	facts, err := readFacts(string(texts[3]))
	if err != nil {
		return nil, fmt.Errorf("facts/permissions.tsv: %w", err)
	}
	hosts, err := readHosts(string(texts[4]))
	if err != nil {
		return nil, fmt.Errorf("facts/resources.tsv: %w", err)
	}
	m, err := merge(rows, lost, errata)
	if err != nil {
		return nil, err
	}
	narrow(m, facts)
	return pack(m, facts, hosts, from)
}

package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/report"
	"github.com/graphdoctor/graphdoctor/rules"
	"github.com/spf13/cobra"
)

func (e *env) mergeCmd() *cobra.Command {
	var o outputs
	cmd := &cobra.Command{
		Use:   "merge FILE...",
		Short: "Put diagnoses of parts together to the diagnosis of the whole",
		Long: `Reads diagnoses that --format json wrote, of parts of a log or of several machines, and reports
on all of them as if everything had been examined together. The order of the files makes no difference.`,
		Example: `  graphdoctor --format json=a.json monday.log; graphdoctor --format json=b.json tuesday.log
  graphdoctor merge a.json b.json`,
		RunE: func(_ *cobra.Command, args []string) error { return e.merge(&o, args) },
	}
	o.register(cmd.Flags())
	return cmd
}

func (e *env) merge(o *outputs, files []string) error {
	all, err := o.targets()
	if err != nil {
		return err
	}
	if _, err := o.failLevel(); err != nil {
		return err
	}
	if len(files) == 0 {
		return usage("merge needs the diagnoses to put together: files that --format json wrote")
	}
	known := map[string]*checks.Rule{}
	table := rules.All()
	for i := range table {
		known[table[i].ID] = &table[i]
	}
	var whole *checks.Diagnosis
	read := 0
	for _, name := range files {
		d, err := e.readDiagnosis(name, func(id string) *checks.Rule { return known[id] })
		if err != nil {
			d = &checks.Diagnosis{}
			d.AddProblem(unreadable(name, err))
		} else {
			read++
		}
		whole = checks.Merge(whole, d)
	}
	werr := e.write(whole, all, o, false, table)
	if err := report.WriteProblems(e.err, whole); err != nil {
		werr = errors.Join(werr, err)
	}
	e.exit(whole, o, read, false)
	if werr != nil || read < len(files) {
		e.code = exitFailed // a sum that lacks a part must not pass for the whole
	}
	return werr
}

func (e *env) readDiagnosis(name string, rule func(string) *checks.Rule) (*checks.Diagnosis, error) {
	var r io.Reader = e.in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		r = f
	}
	d, err := report.ReadJSON(io.LimitReader(r, maxDiagnosis), rule)
	if err != nil {
		return nil, fmt.Errorf("%s", evidence.Printable(err.Error()))
	}
	return d, nil
}

// maxDiagnosis bounds the file of one diagnosis, in bytes.
const maxDiagnosis = 256 << 20

package report

import (
	"github.com/graphdoctor/graphdoctor/checks"
	"io"
)

func sarif(w io.Writer, d *checks.Diagnosis, o Options) error  { return nil }
func junit(w io.Writer, d *checks.Diagnosis, o Options) error  { return nil }
func github(w io.Writer, d *checks.Diagnosis, o Options) error { return nil }
func gitlab(w io.Writer, d *checks.Diagnosis, o Options) error { return nil }

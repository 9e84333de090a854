package report
import ("io";"github.com/graphdoctor/graphdoctor/checks")
func sarif(w io.Writer, d *checks.Diagnosis, o Options) error {return nil}
func junit(w io.Writer, d *checks.Diagnosis, o Options) error {return nil}
func github(w io.Writer, d *checks.Diagnosis, o Options) error {return nil}
func gitlab(w io.Writer, d *checks.Diagnosis, o Options) error {return nil}

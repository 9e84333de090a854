// Package gate reads a source tree before it is deployed: app registrations in
// every form that they are written in, infrastructure code, exports of grants,
// and the calls that the code makes. It yields one Case an app.
//
// It stands apart from the readers of failures since it brings parsers of
// other languages along, which nothing else needs. The laws of the package
// evidence hold here too: what is handed out is safe to print, nothing read is
// lost when something else cannot be read, and a fact always has its place.
package gate

import (
	"time"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

func place(file string, line int) evidence.Place { return evidence.Place{File: file, Line: line} }

func fact(at evidence.Place, field, value string) evidence.Ref {
	return evidence.Ref{Place: at, Origin: evidence.FromRegistration, Field: field, Value: shown(value)}
}

func problem(file string, line int, err error) *evidence.Problem {
	return &evidence.Problem{Place: place(file, line), Err: err}
}

// shown makes a short text of a document safe to hand out.
func shown(s string) string { return evidence.Safe(s) }

// moment reads a date or time as manifests write them.
func moment(s string) (time.Time, bool) {
	for _, l := range [...]string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02", "1/2/2006 3:04:05 PM"} {
		if t, err := time.Parse(l, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

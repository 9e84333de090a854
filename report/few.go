package report

import (
	"io"

	"github.com/graphdoctor/graphdoctor/checks"
)

// Whoever finds a format by its name links all of them. A program that writes
// the same few always, and has to be small, calls these.

// WriteJSON writes a diagnosis as the format json does.
func WriteJSON(w io.Writer, d *checks.Diagnosis, o Options) error { return jsonV1(w, clean(d), o) }

// WriteMarkdown writes a diagnosis as the format markdown does.
func WriteMarkdown(w io.Writer, d *checks.Diagnosis, o Options) error {
	return markdown(w, clean(d), o)
}

// WriteHTML writes a diagnosis as the format html does.
func WriteHTML(w io.Writer, d *checks.Diagnosis, o Options) error { return htmlReport(w, clean(d), o) }

// WriteNeedJSON writes what requests need as the form json does.
func WriteNeedJSON(w io.Writer, r *checks.NeedReport, o Options) error {
	return needJSON(w, cleanNeed(r), o)
}

// WriteDecodedJSON writes a decoded token as the form json does.
func WriteDecodedJSON(w io.Writer, d checks.Decoded, o Options) error {
	return decodedJSON(w, cleanDecoded(d), o)
}

func decodedJSON(w io.Writer, d checks.Decoded, o Options) error {
	return encode(w, toDecodedV1(d, o), "  ")
}

//go:build page

// Package web holds the page, once `make web` has built it.
package web

import (
	"embed"
	"io/fs"
)

//go:embed dist/*.br dist/*.gz
var dist embed.FS

// Files is the page's folder in its compressed forms.
func Files() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the name is embedded above
	}
	return sub
}

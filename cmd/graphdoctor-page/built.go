//go:build page

package main

import (
	"io/fs"

	"github.com/graphdoctor/graphdoctor/web"
)

// built is the page that was built in, in its compressed forms.
var built fs.FS = web.Files()

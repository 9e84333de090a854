//go:build !page

package main

import (
	"embed"
	"io/fs"
)

// built is the page that was built in: none without the build tag page, so that
// the module builds before the page does.
var built fs.FS = embed.FS{}

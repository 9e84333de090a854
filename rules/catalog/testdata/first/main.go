// Command first looks one request up: the cold start to a first answer.
package main

import (
	"os"

	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

func main() {
	n := catalog.Find("GET", "https://graph.microsoft.com/v1.0/users/adele@contoso.com/messages").Needs(catalog.Application)
	os.Stdout.WriteString(n.Least[0] + "\n")
}

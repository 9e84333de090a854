package report_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/report"
	"github.com/graphdoctor/graphdoctor/rules"
)

// Diagnosing a response takes three calls: read the evidence, run the rules,
// write the report.
func Example() {
	response := `HTTP/1.1 400 Bad Request

{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys for app '6f0a1c1e-aaaa-4bbb-8ccc-1234567890ab' are expired."}`

	ctx := context.Background()
	cases := evidence.Read(ctx, evidence.Input{Name: "-", Reader: strings.NewReader(response)})
	diagnosis, err := checks.Run(ctx, cases, rules.All(), checks.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	format, _ := report.Lookup("text")
	var text strings.Builder
	if err := format.Write(&text, diagnosis, report.Options{}); err != nil {
		fmt.Println(err)
	}
	fmt.Fprintln(os.Stdout, strings.SplitN(text.String(), "\n", 2)[0])
	// Output: Cause (stated): The client secret has expired  [client-secret-expired]
}

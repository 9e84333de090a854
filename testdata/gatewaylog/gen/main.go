// Command gen writes a gateway log to standard output:
//
//	go run ./testdata/gatewaylog/gen -size 1GiB >gateway.log
package main

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/graphdoctor/graphdoctor/testdata/gatewaylog"
)

func main() {
	var o gatewaylog.Options
	size := flag.String("size", "64MiB", "size of the log: a number of bytes, or with KiB, MiB, GiB")
	form := flag.String("form", "json", "json, logfmt, plain, nginx, har, signins, csv or objects")
	flag.Uint64Var(&o.Seed, "seed", 1, "another seed gives another log")
	flag.IntVar(&o.Fails, "fails", 20, "lines of 1000 that fail")
	flag.IntVar(&o.Bearer, "bearer", 50, "lines of 1000 that log the token")
	flag.IntVar(&o.Tokens, "tokens", 200, "distinct tokens")
	flag.BoolVar(&o.Joined, "joined", false, "tell of a request on several lines")
	flag.Parse()
	o.Form = gatewaylog.Form(*form)
	var err error
	if o.Bytes, err = bytes(*size); err == nil {
		err = gatewaylog.Write(os.Stdout, o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func bytes(s string) (int64, error) {
	shift := 0
	for i, unit := range []string{"KiB", "MiB", "GiB"} {
		if strings.HasSuffix(s, unit) {
			s, shift = strings.TrimSuffix(s, unit), 10*(i+1)
		}
	}
	n, err := strconv.ParseInt(s, 10, 53)
	return n << shift, err
}

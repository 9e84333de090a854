// Command beam diagnoses many shards of a log on an Apache Beam runner and
// writes one report, the same that graphdoctor writes of all of them on one
// machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/core/metrics"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem"
	_ "github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem/s3" // gs:// and local files come with beamx
	"github.com/apache/beam/sdks/v2/go/pkg/beam/x/beamx"
	"github.com/graphdoctor/graphdoctor/report"
)

// Exit codes, those of graphdoctor. What was found does not change them: the
// report stands in a file, and `graphdoctor merge` judges one.
const (
	exitUsage  = 2
	exitFailed = 3
)

// version is set by the release build, as graphdoctor's is.
var version = "dev"

// errNothing: the report holds the reasons and nothing else.
var errNothing = errors.New("no shard could be read; the report tells why of each")

func main() {
	var j job
	flag.Func("input", "`pattern` of the shards, such as logs/*.json.gz or gs://bucket/logs/*; repeatable", func(p string) error {
		j.Inputs = append(j.Inputs, p)
		return nil
	})
	flag.StringVar(&j.Format, "format", "text", "form of the report: any that graphdoctor knows")
	flag.StringVar(&j.Output, "output", "", "file that the report is written to, by a worker")
	now := flag.String("now", "", "take this `moment` (RFC 3339) for the present where a failure has no time of its own")
	flag.Parse()
	beam.Init() // on a worker it serves the runner and does not return
	ctx := context.Background()
	err := j.settle(ctx, *now, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "graphdoctor-beam:", err)
		os.Exit(exitUsage)
	}
	if err := run(ctx, j); err != nil {
		fmt.Fprintln(os.Stderr, "graphdoctor-beam:", err)
		os.Exit(exitFailed)
	}
}

// settle checks what was asked for before a cluster begins to work on it, and
// fills in what all workers must agree on.
func (j *job) settle(ctx context.Context, now string, rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("%q stands behind no flag; give each pattern as --input PATTERN, in quotes so that the shell leaves it alone", rest[0])
	case len(j.Inputs) == 0:
		return errors.New("--input names the shards to read, and there is none")
	case j.Output == "":
		return errors.New("--output names the file for the report, and there is none")
	}
	if _, err := report.Lookup(j.Format); err != nil {
		return err
	}
	fs, err := filesystem.New(ctx, j.Output)
	if err != nil {
		return err
	}
	defer fs.Close()
	j.Version, j.Now = version, time.Now().UTC()
	j.Present = j.Now
	if now != "" {
		if j.Present, err = time.Parse(time.RFC3339, now); err != nil {
			return fmt.Errorf("--now %q is no RFC 3339 time such as 2026-11-21T02:00:00Z", now)
		}
	}
	if j.Base, err = os.Getwd(); err != nil {
		j.Base = "" // names stay as they are
	}
	return nil
}

// run submits the pipeline and waits for its end, where the runner's flags ask
// for no other.
func run(ctx context.Context, j job) error {
	p, s := beam.NewPipelineWithRoot()
	j.build(s)
	result, err := beamx.RunWithMetrics(ctx, p)
	if err != nil || result == nil {
		return err
	}
	if unread := count(result, unreadShards); unread > 0 && count(result, readShards) == 0 {
		return errNothing
	}
	return nil
}

// count reads one of our counters; runners that keep none say 0.
func count(result beam.PipelineResult, name string) (n int64) {
	ours := func(r beam.MetricResult) bool { return r.Namespace() == counters && r.Name() == name }
	for _, c := range result.Metrics().Query(func(r metrics.SingleResult) bool { return ours(r) }).Counters() {
		n += c.Result()
	}
	return n
}

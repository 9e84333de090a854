// Package gatewaylog writes the log of an API gateway that calls Microsoft
// Graph: the same bytes for the same options, on every machine. It stands under
// testdata so that no binary takes it along; tests and the benchmark import it.
package gatewaylog

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"time"
)

// Options say what the log is like. The zero value of each field is its default.
type Options struct {
	Bytes  int64     // at least this long, up to the end of the line; 0 writes Lines
	Lines  int       // where Bytes is 0
	Seed   uint64    //
	Fails  int       // lines of 1000 that fail; default 20, negative none
	Bearer int       // lines of 1000 that log the token; default 50, negative none
	Tokens int       // distinct tokens; default 200
	Start  time.Time // of the first line; default 2026-11-20T06:00:00Z
	Form   Form
	Joined bool // a request is told on three lines that share its id
}

// Form is how a line is written.
type Form string

// The forms.
const (
	JSON   Form = "json"   // one object a line
	Logfmt Form = "logfmt" // key=value
	Plain  Form = "plain"  // a stamp, a level, words; failures with a trace below
	Nginx  Form = "nginx"  // combined log with the answer's error behind it
)

// A Line is one request as the log tells of it.
type line struct {
	at            time.Time
	method, url   string
	status        int
	ms            int
	id, client    string
	ip, agent     string
	token         string
	code, message string
	body          string // of a failure, as JSON
}

// Write writes a log.
func Write(w io.Writer, o Options) error {
	g := newGenerator(o)
	bw := bufio.NewWriterSize(w, 1<<20)
	before, between, after := o.Form.frame()
	_, _ = bw.WriteString(before)
	var written int64
	for n := 0; o.Bytes > 0 && written < o.Bytes || o.Bytes == 0 && n < o.Lines; n++ {
		g.buf = g.buf[:0]
		if n > 0 {
			g.buf = append(g.buf, between...)
		}
		g.buf = g.render(g.buf, g.next())
		written += int64(len(g.buf))
		if _, err := bw.Write(g.buf); err != nil {
			return err
		}
	}
	_, _ = bw.WriteString(after)
	return bw.Flush()
}

type generator struct {
	o      Options
	r      *rand.Rand
	at     time.Time
	tokens []Token
	apps   []string
	buf    []byte
}

func newGenerator(o Options) *generator {
	def := func(p *int, v int) {
		if *p == 0 {
			*p = v
		}
	}
	def(&o.Fails, 20)
	def(&o.Bearer, 50)
	def(&o.Tokens, 200)
	if o.Start.IsZero() {
		o.Start = time.Date(2026, 11, 20, 6, 0, 0, 0, time.UTC)
	}
	if o.Form == "" {
		o.Form = JSON
	}
	g := &generator{o: o, r: rand.New(rand.NewPCG(o.Seed, 0x6761746577617921)), at: o.Start}
	for range 12 {
		g.apps = append(g.apps, g.guid())
	}
	for range o.Tokens {
		g.tokens = append(g.tokens, g.mint())
	}
	return g
}

// next makes up the next request.
func (g *generator) next() *line {
	g.at = g.at.Add(time.Duration(1+g.r.IntN(40)) * time.Millisecond)
	l := &line{
		at: g.at, status: 200, ms: 5 + g.r.IntN(400), id: g.guid(), client: g.apps[g.r.IntN(len(g.apps))],
		ip: fmt.Sprintf("10.%d.%d.%d", g.r.IntN(4), g.r.IntN(256), g.r.IntN(256)), agent: agents[g.r.IntN(len(agents))],
	}
	c := calls[g.r.IntN(len(calls))]
	l.method, l.url = c.method, g.fill(c.url)
	if c.method == "POST" {
		l.status = 201
	}
	if g.r.IntN(1000) < g.o.Bearer {
		t := g.tokens[g.r.IntN(len(g.tokens))]
		l.token, l.client = t.Text, t.App
	}
	if g.r.IntN(1000) < g.o.Fails {
		g.fail(l)
	}
	return l
}

// fail makes a failure of a request.
func (g *generator) fail(l *line) {
	f := failures[g.pick()]
	l.status, l.code, l.message = f.status, f.code, f.message
	if f.method != "" {
		l.method, l.url = f.method, g.fill(f.url)
	}
	if f.login {
		l.message = fmt.Sprintf(f.message, l.client, g.guid(), g.guid(), l.at.Format("2006-01-02 15:04:05Z"))
		l.body = `{"error":` + strconv.Quote(f.oauth) + `,"error_description":` + strconv.Quote(l.message) + `,"error_codes":[` + f.code[len("AADSTS"):] + `]}`
		l.code = f.oauth
		return
	}
	l.body = `{"error":{"code":` + strconv.Quote(f.code) + `,"message":` + strconv.Quote(f.message) + `,"innerError":{"date":"` + l.at.Format("2006-01-02T15:04:05") +
		`","request-id":"` + g.guid() + `","client-request-id":"` + l.id + `"}}}`
}

// pick chooses a failure: the first ones are the frequent ones.
func (g *generator) pick() int {
	n := g.r.IntN(100)
	for i, f := range failures {
		if n -= f.share; n < 0 {
			return i
		}
	}
	return 0
}

// fill puts ids in the places of an address.
func (g *generator) fill(url string) string {
	out := make([]byte, 0, len(url)+40)
	for i := 0; i < len(url); i++ {
		switch url[i] {
		case '#':
			out = append(out, g.guid()...)
		case '@':
			out = fmt.Appendf(out, "user%d@contoso.com", g.r.IntN(5000))
		default:
			out = append(out, url[i])
		}
	}
	return string(out)
}

func (g *generator) guid() string {
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", g.r.Uint32(), g.r.IntN(1<<16), g.r.IntN(1<<12), 0x8000+g.r.IntN(1<<14), g.r.Uint64()>>16)
}

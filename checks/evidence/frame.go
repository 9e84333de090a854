package evidence

import (
	"time"
)

// This file holds the limits and parts that an exchange is built of.

// Limits of what one text may pile up.
const (
	maxFrames     = 2000
	maxCalls      = 100_000 // frames where every request counts
	maxStatements = 60
	maxFacts      = 300
	keptBeside    = 20
)

// A frame is one exchange in the making.
type frame struct {
	call        Call
	hasReq      bool
	weakReq     bool // a URL in passing, not a request line
	explicit    bool // the carrier delimits it (HAR entry, batch part, log record)
	okBody      bool // a 2xx: its body is data, whatever words stand in it
	failedState bool // a failure told inside a 2xx
	said        []Statement
	sights      []sight
	moments     []moment
	facts       []Ref
	ids         IDs
	own         Own
	first, last int // lines
	again       int // the last line in which the same request was told once more
	app         *App
	flow        Flow
}

// A sight is a token met in the text.
type sight struct {
	token *Token
	use   Use
	line  int
}

// A moment is a time that may be the failure's.
type moment struct {
	t    time.Time
	rank int // lower is better: the answer's own date before a log's stamp
	ref  Ref
}

// Ranks of moments.
const (
	rankAnswer = iota // Date header, innerError.date, Timestamp of AADSTS
	rankRecord        // the record's own time: HAR startedDateTime, log record
	rankLine          // a stamp at the beginning of the line
	rankText          // some time in the text
)

func (b *builder) moment(t time.Time, rank, line int, field string) {
	if t.IsZero() || t.Year() < 2010 || t.Year() > 2100 {
		return
	}
	o := FromService
	if rank >= rankRecord {
		o = FromRequest
	}
	m := moment{t, rank, Ref{Place{b.file, line}, o, field, t.UTC().Format(time.RFC3339)}}
	if rank == rankLine {
		b.now = m
		return
	}
	f := b.at(line)
	f.moments = append(f.moments, m)
}

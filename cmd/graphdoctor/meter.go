package main

import (
	"io"
	"sync/atomic"
)

// A meter counts the bytes that are read. A nil one counts nothing.
type meter struct{ read atomic.Int64 }

// reader counts what is read from r; close, if not nil, is what closes it.
func (m *meter) reader(r io.Reader, close io.Closer) io.Reader {
	return &metered{r, close, m}
}

type metered struct {
	r     io.Reader
	close io.Closer
	m     *meter
}

func (m *metered) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	if m.m != nil {
		m.m.read.Add(int64(n))
	}
	return n, err
}

func (m *metered) Close() error {
	if m.close == nil {
		return nil
	}
	return m.close.Close()
}

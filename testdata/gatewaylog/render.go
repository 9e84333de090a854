package gatewaylog

import (
	"fmt"
	"strconv"
)

const stampForm = "2006-01-02T15:04:05.000Z"

// render writes one request in the log's form.
func (g *generator) render(b []byte, l *line) []byte {
	if g.o.Joined {
		return joined(b, l)
	}
	switch g.o.Form {
	case Logfmt:
		return logfmt(b, l)
	case Plain:
		return plain(b, l)
	case Nginx:
		return nginx(b, l)
	case HAR:
		return g.har(b, l)
	case SignIns:
		return signIn(b, l)
	case CSV:
		return row(b, l)
	case Objects:
		return object(b, l)
	}
	return asJSON(b, l)
}

func asJSON(b []byte, l *line) []byte {
	b = append(b, `{"time":"`...)
	b = l.at.AppendFormat(b, stampForm)
	b = fmt.Appendf(b, `","level":"%s","service":"graph-gateway","method":"%s","url":"%s","status":%d,"duration_ms":%d,"request_id":"%s","client_id":"%s","client_ip":"%s","user_agent":"%s"`,
		l.level(), l.method, l.url, l.status, l.ms, l.id, l.client, l.ip, l.agent)
	if l.token != "" {
		b = append(b, `,"authorization":"Bearer `...)
		b = append(b, l.token...)
		b = append(b, '"')
	}
	if l.body != "" {
		b = append(b, `,"response_body":`...)
		b = strconv.AppendQuote(b, l.body)
	}
	return append(b, '}', '\n')
}

func (l *line) level() string {
	switch {
	case l.status >= 500:
		return "error"
	case l.status >= 400:
		return "warn"
	}
	return "info"
}

// joined tells of a request on three lines: begun, answered, finished.
func joined(b []byte, l *line) []byte {
	head := func(level, msg string) {
		b = append(b, `{"ts":"`...)
		b = l.at.AppendFormat(b, stampForm)
		b = fmt.Appendf(b, `","level":"%s","msg":"%s","request_id":"%s"`, level, msg, l.id)
	}
	head("info", "request begun")
	b = fmt.Appendf(b, `,"method":"%s","url":"%s"`, l.method, l.url)
	if l.token != "" {
		b = append(append(append(b, `,"authorization":"Bearer `...), l.token...), '"')
	}
	b = append(b, "}\n"...)
	if l.body != "" {
		head("error", "graph call failed")
		b = append(b, `,"response":`...)
		b = strconv.AppendQuote(b, l.body)
		b = append(b, "}\n"...)
	}
	head(l.level(), "request finished")
	return fmt.Appendf(b, `,"status":%d,"duration_ms":%d}`+"\n", l.status, l.ms)
}

func logfmt(b []byte, l *line) []byte {
	b = append(b, "time="...)
	b = l.at.AppendFormat(b, stampForm)
	b = fmt.Appendf(b, ` level=%s msg="upstream call" method=%s url="%s" status=%d duration=%dms request_id=%s`, l.level(), l.method, l.url, l.status, l.ms, l.id)
	if l.token != "" {
		b = append(append(b, ` authorization="Bearer `...), l.token...)
		b = append(b, '"')
	}
	if l.body != "" {
		b = append(b, ` body=`...)
		b = strconv.AppendQuote(b, l.body)
	}
	return append(b, '\n')
}

func plain(b []byte, l *line) []byte {
	at := l.at.Format("2006-01-02 15:04:05.000")
	if l.body == "" {
		b = fmt.Appendf(b, "%s INFO  [http-%d] GraphClient - %s %s -> %d in %d ms\n", at, l.ms%8, l.method, l.url, l.status, l.ms)
		if l.token != "" {
			b = fmt.Appendf(b, "%s DEBUG [http-%d] GraphClient - Authorization: Bearer %s\n", at, l.ms%8, l.token)
		}
		return b
	}
	b = fmt.Appendf(b, "%s ERROR [http-%d] GraphClient - %s %s -> %d in %d ms\n", at, l.ms%8, l.method, l.url, l.status, l.ms)
	b = fmt.Appendf(b, "com.microsoft.graph.http.GraphServiceException: Error code: %s\nError message: %s\n\n%s %s\n\n%d : \n", l.code, l.message, l.method, l.url, l.status)
	for i := range 4 {
		b = fmt.Appendf(b, "\tat com.contoso.gateway.Handler.step%d(Handler.java:%d)\n", i, 100+i)
	}
	return b
}

func nginx(b []byte, l *line) []byte {
	b = fmt.Appendf(b, `%s - - [%s] "%s %s HTTP/1.1" %d %d "-" "%s" %d %s`, l.ip, l.at.Format("02/Jan/2006:15:04:05 -0700"), l.method, l.url, l.status, l.ms*17, l.agent, l.ms, l.id)
	if l.body != "" {
		b = append(b, ' ')
		b = append(b, l.body...)
	}
	return append(b, '\n')
}

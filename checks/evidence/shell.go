package evidence

import (
	"strings"
)

// This file reads commands that make requests: curl and its copies from a
// browser, HTTPie, PowerShell's web cmdlets and Graph cmdlets, az rest.

// A command is a command line that may go on over several lines.
type command struct {
	tool  string
	text  strings.Builder
	line  int
	lines int
	done  bool
}

// maxCommand bounds the lines of one command.
const maxCommand = 200

var httpTools = []string{"curl ", "curl.exe ", "http ", "https ", "az rest", "Invoke-RestMethod", "Invoke-WebRequest", "Invoke-MgGraphRequest", "Invoke-MgRestMethod", "Invoke-AzRestMethod", "iwr ", "irm ", "m365 request", "mgc "}

// shell reads a line that is part of a command. It tells whether the line was
// taken.
func (s *scanner) shell(seg string, off int) bool {
	line := s.lineOf(off)
	if c := s.command; c != nil && !c.done {
		c.text.WriteByte(' ')
		c.text.WriteString(strings.TrimRight(seg, "\\`^ "))
		if c.lines++; !c.goesOn(seg) {
			s.finish()
		}
		return true
	}
	if strings.HasPrefix(seg, "+ FullyQualifiedErrorId") {
		return s.keyValue(strings.TrimPrefix(seg, "+ "), line)
	}
	if strings.HasPrefix(seg, "+ ") || strings.HasPrefix(seg, "At ") && strings.Contains(seg, "char:") {
		return true // PowerShell repeats the faulty command, cut off
	}
	cmd := afterPrompt(seg)
	s.prompted = cmd != strings.TrimLeft(seg, " ")
	for _, tool := range httpTools {
		i := strings.Index(cmd, tool)
		if i < 0 || i > 0 && !strings.ContainsAny(cmd[i-1:i], " =(|&;$`") && tool != "Invoke-RestMethod" && tool != "Invoke-WebRequest" {
			continue
		}
		if (tool == "http " || tool == "https ") && (i > 0 || !httpie(cmd)) {
			continue
		}
		if i > 0 && (tool == "curl " || tool == "irm " || tool == "iwr ") && strings.Contains(cmd[:i], " the ") {
			continue
		}
		rest := cmd[i+len(tool):]
		if strings.HasPrefix(strings.TrimSpace(rest), ":") { // the error view: "Invoke-RestMethod : message"
			return false
		}
		if !strings.Contains(rest, "://") && !goesOn(seg) && !strings.Contains(rest, "ri ") {
			continue
		}
		s.flush()
		s.command = &command{tool: strings.TrimSpace(tool), line: line}
		s.command.text.WriteString(strings.TrimRight(rest, "\\`^ "))
		if !s.command.goesOn(seg) {
			s.finish()
		}
		return true
	}
	s.oldModules(cmd, line)
	s.azCommand(cmd, line)
	return s.cmdlet(cmd, line)
}

// finish interprets a whole command.
func (s *scanner) finish() {
	c := s.command
	c.done = true
	words := shellWords(c.text.String())
	if name := emptied(c.text.String()); name != "" && strings.HasPrefix(c.tool, "curl") {
		s.b.fact("shell.emptied", name, c.line, FromRequest)
	}
	method, url := "", ""
	var headers, data []string
	for i := 0; i < len(words); i++ {
		w := words[i]
		next := ""
		if i+1 < len(words) {
			next = words[i+1]
		}
		switch low := strings.ToLower(w); {
		case low == "-x" || low == "--request" || low == "-method" || low == "--method" || low == "-m" && c.tool == "az rest":
			method = isMethod(next)
			i++
		case strings.HasPrefix(w, "-X") && len(w) > 2 && isMethod(w[2:]) != "":
			method = isMethod(w[2:])
		case low == "-h" || low == "--header" || low == "--headers":
			headers = append(headers, next)
			i++
		case w == "-A" && strings.HasPrefix(c.tool, "curl") || low == "--user-agent" || low == "-useragent":
			headers = append(headers, "User-Agent: "+next)
			i++
		case low == "-d" || strings.HasPrefix(low, "--data") || low == "--json" || low == "-body" || low == "--body" || low == "-b" && c.tool != "curl":
			data = append(data, next)
			i++
		case low == "-uri" || low == "--uri" || low == "--url" || low == "-u" && c.tool != "curl":
			url = next
			i++
		case low == "-headers":
			s.hashHeaders(c.text.String())
		case low == "-g" || low == "--get":
			method = "GET"
		case strings.Contains(w, "://") && url == "" && !strings.HasPrefix(w, "-"):
			url = w
		case isMethod(w) != "" && method == "" && w == strings.ToUpper(w):
			method = isMethod(w)
		case strings.Contains(w, ":") && !strings.Contains(w, "://") && (c.tool == "http" || c.tool == "https"):
			headers = append(headers, w)
		}
	}
	if url == "" || !strings.Contains(url, "/") {
		return
	}
	if method == "" {
		method = "GET"
		if len(data) > 0 && strings.HasPrefix(c.tool, "curl") {
			method = "POST"
		}
	}
	u := splitURL(strings.Trim(url, "'\""))
	f := s.b.request(method, url, c.line, false)
	s.loginParams(u, c.line)
	f.call.Client = c.tool
	s.dir = '>'
	for _, h := range headers {
		if name, value, ok := strings.Cut(strings.Trim(h, "'\""), ":"); ok {
			f.call.HeadersSeen = true
			s.headerField(strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value), c.line)
		}
	}
	s.dir = 0
	for _, d := range data {
		s.requestBody(f, strings.Trim(d, "'\""), c.line)
	}
	if i := strings.Index(c.text.String(), string(sealOpen)+"t"); i >= 0 {
		seg := c.text.String()
		if n, _, _, ok := nextTokenSeal(seg, 0); ok && n < len(s.b.vault.tokens) {
			use := Nearby
			if strings.Contains(asciiLower(seg[:i]), "authorization") || strings.Contains(asciiLower(seg[:i]), "-token") {
				use = Sent
				f.call.Auth = AuthBearer
			}
			if strings.HasSuffix(asciiLower(strings.TrimRight(seg[:i], "='\" ")), "assertion") {
				use = Assertion
			}
			s.b.token(s.b.vault.tokens[n], use, c.line)
		}
	}
}

// requestBody notes the fields of a body that was sent: a form or JSON.
func (s *scanner) requestBody(f *frame, body string, line int) {
	if i := strings.IndexByte(body, '{'); i >= 0 && i < 3 {
		if n, _ := parseLoose(body, i); n != nil {
			s.bodyFields(f, n, "", 0)
			if s.batchRequests(n) {
				for _, q := range n.get("requests").items {
					s.batchCall(q, line)
				}
			}
			return
		}
	}
	if !strings.Contains(body, "=") {
		return
	}
	for _, p := range formParams(body) {
		s.formField(f, p.name, p.value, line)
	}
}

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

// oldModules notes what cmdlets of other modules tell of the call: the AzureAD
// module speaks to Azure AD Graph; a SharePoint connection by id and secret
// goes through Azure ACS.
func (s *scanner) oldModules(cmd string, line int) {
	if i := strings.Index(cmd, "-AzureAD"); i > 2 && i < 12 && !strings.HasPrefix(cmd[i:], "-AzureADMS") && !strings.HasPrefix(cmd, "Connect-") && !strings.HasPrefix(cmd, "Disconnect-") {
		for _, v := range graphVerbs {
			if cmd[:i] == v {
				s.b.request("", "https://graph.windows.net/", line, true).call.Client = "AzureAD PowerShell"
				break
			}
		}
	}
	low := asciiLower(cmd)
	if !strings.HasPrefix(low, "connect-") || !strings.Contains(low, "-clientsecret") && !strings.Contains(low, "-appsecret") {
		return
	}
	s.b.flow(FlowClientCredentials)
	if a, e, ok := findURL(cmd, 0); ok && strings.Contains(cmd[a:e], ".sharepoint.") {
		s.b.request("", cmd[a:e], line, true)
		s.b.fact("sharepoint_secret", "the connection was made with an app id and a client secret", line, FromRequest)
	}
}

// goesOn: the line ends in the shell's continuation mark, or inside quotes.
func (c *command) goesOn(seg string) bool {
	if c.lines > maxCommand {
		return false
	}
	return goesOn(seg) || strings.Count(c.text.String(), "'")%2 == 1 && strings.Contains(c.text.String(), "{")
}

// commandLine tells a line that must be read whole, objects in it included.
func (s *scanner) commandLine(seg string) bool {
	if s.command != nil && !s.command.done {
		return true
	}
	cmd := afterPrompt(strings.TrimSpace(seg))
	if strings.HasPrefix(cmd, "+ ") {
		return true
	}
	for _, tool := range httpTools {
		if i := strings.Index(cmd, tool); i >= 0 && i < 40 {
			rest := strings.TrimSpace(cmd[i+len(tool):])
			return rest != "" && (rest[0] == '-' || rest[0] == '\'' || rest[0] == '"' || rest[0] == '$' || strings.HasPrefix(rest, "http"))
		}
	}
	return false
}

// goesOn: the line ends in the shell's continuation mark.
func goesOn(seg string) bool {
	return strings.HasSuffix(seg, "\\") || strings.HasSuffix(seg, " `") || strings.HasSuffix(seg, " ^")
}

// httpie: "http GET https://..." or "http https://...".
func httpie(cmd string) bool {
	f := strings.Fields(cmd)
	return len(f) > 2 && isMethod(f[1]) != "" && (strings.Contains(f[2], "://") || strings.Contains(f[2], ".")) || len(f) > 1 && strings.Contains(f[1], "://")
}

// afterPrompt drops a prompt: "$ ", "PS C:\>", "user@host:~$ ", ">>> ".
func afterPrompt(seg string) string {
	t := strings.TrimLeft(seg, " ")
	if strings.HasPrefix(t, "PS ") || strings.HasPrefix(t, "PS>") {
		if i := strings.IndexByte(t, '>'); i >= 0 && i < 120 {
			return strings.TrimLeft(t[i+1:], "> ")
		}
	}
	if len(t) > 3 && t[1] == ':' && t[2] == '\\' { // cmd.exe
		if i := strings.IndexByte(t, '>'); i > 0 && i < 120 {
			return strings.TrimLeft(t[i+1:], " ")
		}
	}
	for _, p := range []string{"$ ", "# ", "% ", ">>> ", "> "} {
		if strings.HasPrefix(t, p) {
			return strings.TrimSpace(t[len(p):])
		}
	}
	if i := strings.Index(t, "$ "); i > 0 && i < 60 && strings.ContainsAny(t[:i], "@~:") {
		return strings.TrimSpace(t[i+2:])
	}
	return t
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

// hashHeaders reads -Headers @{Authorization='Bearer ...'; ...}.
func (s *scanner) hashHeaders(text string) {
	i := strings.Index(text, "@{")
	if i < 0 {
		return
	}
	n, _ := parseLoose(text, i+1)
	if n == nil {
		return
	}
	s.dir = '>'
	for _, m := range n.members {
		s.headerField(strings.ToLower(m.key), m.val.text, s.command.line)
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

// shellWords splits a command line as shells do, roughly.
func shellWords(s string) []string {
	var words []string
	var b strings.Builder
	quote, started := byte(0), false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0 && c == '\\' && quote == '"' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		case quote != 0:
			b.WriteByte(c)
		case c == '\'' || c == '"':
			quote, started = c, true
		case c == '$' && i+1 < len(s) && s[i+1] == '\'':
		case c == ' ' || c == '\t':
			if started || b.Len() > 0 {
				words = append(words, b.String())
				b.Reset()
				started = false
			}
		default:
			b.WriteByte(c)
		}
	}
	if started || b.Len() > 0 {
		words = append(words, b.String())
	}
	return words
}

// emptied is a query option such as $filter that stands in double quotes: a
// shell puts its own variable of that name there, which is empty.
func emptied(cmd string) string {
	quoted := false
	for i := range len(cmd) {
		switch {
		case cmd[i] == '"' && (i == 0 || cmd[i-1] != '\\'):
			quoted = !quoted
		case cmd[i] == '$' && quoted && i > 0 && (cmd[i-1] == '?' || cmd[i-1] == '&'):
			for _, option := range queryOptions {
				if strings.HasPrefix(cmd[i+1:], option+"=") {
					return "$" + option
				}
			}
		}
	}
	return ""
}

// queryOptions are those of OData that Graph takes with a dollar sign.
var queryOptions = []string{"filter", "select", "expand", "top", "skip", "orderby", "search", "count", "format", "skiptoken", "deltatoken"}

// graphVerbs are the verbs of Graph PowerShell's cmdlets.
var graphVerbs = []string{"Get", "New", "Update", "Set", "Remove", "Invoke", "Add", "Restore", "Revoke", "Send", "Confirm", "Start", "Stop", "Export", "Import", "Test", "Find", "Search", "Copy", "Move", "Enable", "Disable", "Grant", "Clear", "Complete", "Publish", "Reset", "Sync", "Initialize", "Merge", "Submit", "Undo", "Unpublish", "Join", "Resume", "Suspend", "Convert", "Receive", "Request", "Skip", "Switch", "Lock", "Measure", "Rename", "Unlock", "Watch", "Wait"}

// cmdlet notes Graph cmdlets, and what Connect-MgGraph tells of the session.
// A line with a cmdlet may hold an error as well, so it is not taken.
func (s *scanner) cmdlet(seg string, line int) bool {
	i := strings.Index(seg, "-Mg")
	if i <= 0 {
		return false
	}
	j := i
	for j > 0 && isSchemeByte(seg[j-1]) {
		j--
	}
	k := i + 3
	for k < len(seg) && wordByte(seg[k]) {
		k++
	}
	name := seg[j:k]
	verb := seg[j:i]
	switch {
	case strings.HasPrefix(name, "Connect-Mg"):
		s.connect(seg, line)
		return false
	case strings.HasPrefix(name, "Invoke-MgGraphRequest"), strings.HasPrefix(name, "Get-MgContext"), strings.HasPrefix(name, "Disconnect-"), strings.HasPrefix(name, "Find-MgGraph"), strings.HasPrefix(name, "Select-Mg"):
		return false
	}
	known := false
	for _, v := range graphVerbs {
		known = known || v == verb
	}
	if !known || k-i < 5 {
		return false
	}
	// "Get-MgUserOnenoteSection_Get1": the part behind the underscore is the variant
	if u := strings.IndexByte(name, '_'); u > 0 {
		name = name[:u]
	}
	f := s.b.at(line)
	if !s.prompted && f.call.Cmdlet != "" && f.call.Cmdlet != name && (f.call.Status != 0 || len(f.said) > 0) {
		return false
	}
	if (f.spoken() || f.call.Cmdlet != "" && f.call.Cmdlet != name) && !f.explicit && s.prompted {
		f.last = min(f.last, max(line-1, f.first))
		f = s.b.open(line) // the next command of a transcript
	}
	erring := k < len(seg) && (strings.HasPrefix(strings.TrimLeft(seg[k:], "_GetLisCraUpdDvox0123456789 "), ":"))
	if f.call.Cmdlet == "" || erring {
		f.call.Cmdlet = name
		f.call.Client = "Microsoft Graph PowerShell"
		if f.call.Place.Line == 0 {
			f.call.Place = Place{s.b.file, line}
		}
	}
	words := shellWords(seg[k:])
	for n, w := range words {
		if len(w) > 2 && w[0] == '-' && isSchemeByte(w[1]) {
			name := strings.TrimRight(w[1:], ":")
			s.b.fact("parameter", name, line, FromRequest)
			if n+1 < len(words) && words[n+1] != "" && words[n+1][0] != '-' && words[n+1][0] != '$' {
				s.b.fact("parameter."+strings.ToLower(name), words[n+1], line, FromRequest)
			}
		}
	}
	for _, p := range []string{"-Property ", "-ExpandProperty "} {
		if a := strings.Index(seg, p); a >= 0 {
			v := strings.Fields(seg[a+len(p):])
			for n := 0; n < len(v); n++ {
				for name := range strings.SplitSeq(strings.Trim(v[n], "\"',"), ",") {
					if name = strings.Trim(name, "\"' "); name != "" && name[0] != '-' && len(f.call.Select) < 50 {
						f.call.Select = append(f.call.Select, safe(name))
					}
				}
				if !strings.HasSuffix(v[n], ",") {
					break
				}
			}
		}
	}
	return false
}

// connect reads Connect-MgGraph: which flow, which scopes, which app.
func (s *scanner) connect(seg string, line int) {
	words := shellWords(seg)
	app := false
	for i, w := range words {
		next := ""
		if i+1 < len(words) {
			next = words[i+1]
		}
		switch strings.ToLower(w) {
		case "-scopes":
			var list []string
			for _, v := range words[i+1:] {
				if strings.HasPrefix(v, "-") {
					break
				}
				list = append(list, strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' })...)
			}
			s.b.fact("scope", strings.Join(list, " "), line, FromRequest)
			s.b.flow(FlowInteractive)
		case "-clientid", "-appid", "-applicationid":
			s.b.fact("client_id", next, line, FromRequest)
		case "-tenantid", "-tenant":
			s.b.fact("tenant", next, line, FromRequest)
		case "-certificatethumbprint", "-certificate", "-certificatename", "-clientsecretcredential":
			app = true
		case "-identity":
			s.b.flow(FlowManagedIdentity)
		case "-usedevicecode", "-usedeviceauthentication":
			s.b.flow(FlowDeviceCode)
		case "-environment":
			s.b.fact("environment", next, line, FromRequest)
		}
	}
	if app {
		s.b.flow(FlowClientCredentials)
	}
}

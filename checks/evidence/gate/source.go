package gate

import (
	"strings"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file finds the calls that source code makes: addresses of Microsoft Graph
// in texts, in what is put together of texts and values, and behind names. What
// is a call for sure and what is not is told apart; what cannot be resolved is
// kept as open.

// A pending call begins with a name that another file may know.
type pending struct {
	name   string
	rest   string
	method string
	guess  string
	at     evidence.Place
}

// source reads one file of code.
func (p *Piece) source(text string, lang *language) {
	r := &sourceReader{code: newCode(text, lang), p: p}
	r.signIn()
	r.remember()
	if lang.dashes {
		r.cmdlets()
	}
	r.addresses()
	if lang == &langCS || lang == &langPy || lang == &langC || lang == &langKotlin || lang == &langGo || lang == &langJS || lang == &langPHP {
		r.builders()
	}
}

type sourceReader struct {
	*code
	p    *Piece
	done map[int]bool // tokens that a chain has taken
}

// remember keeps names of addresses of Microsoft Graph, for other files.
func (r *sourceReader) remember() {
	for name, all := range r.names {
		if len(all) != 1 || len(name) < 3 {
			continue
		}
		lit := r.address(all[0].parts, all[0].at, nil)
		if lit.first == "" && graphURL(lit.url) && !strings.Contains(lit.url, hole) && len(lit.url) < 200 {
			if r.p.consts == nil {
				r.p.consts = map[string]string{}
			}
			r.p.consts[name] = evidence.Safe(lit.url)
		}
	}
}

// addresses goes through all texts.
func (r *sourceReader) addresses() {
	r.done = map[int]bool{}
	for i := 0; i < len(r.toks); i++ {
		if r.done[i] || r.toks[i].kind == tokLine || r.toks[i].kind == tokSign && !r.sign(i, "(") {
			continue
		}
		if r.toks[i].kind != tokText && !r.beginsChain(i) {
			continue
		}
		parts, end, ok := r.chain(i)
		if !ok {
			continue
		}
		for k := i; k < end; k++ {
			r.done[k] = true
		}
		r.literal(i, end, r.address(parts, i, nil))
	}
}

// beginsChain: a name to which a text is joined.
func (r *sourceReader) beginsChain(i int) bool {
	if r.word(i) == "" || r.lang.join == "" || r.sign(i-1, ".") {
		return false
	}
	_, j := r.operand(i)
	return r.sign(j, r.lang.join) && r.isText(j+1)
}

// literal judges one address.
func (r *sourceReader) literal(i, end int, lit literal) {
	url := strings.TrimSpace(lit.url)
	at := place(r.p.File, r.toks[i].line)
	if r.isText(i) || end > i {
		at.Line = r.textLine(i, end)
	}
	if url == "" || strings.ContainsAny(url, "\n") || strings.Contains(url, " ") && !strings.Contains(url, "?") {
		return
	}
	switch {
	case lit.first != "":
		r.behindName(i, end, lit, url, at)
		return
	case strings.HasPrefix(url, hole):
		if url = r.formatted(i, end, url); url == "" {
			return
		}
	case graphURL(url):
	case r.relative(i, url):
		url = "https://graph.microsoft.com" + versioned(url)
	default:
		return
	}
	methods := r.methods(i, end)
	if name := r.assigned(i); name != "" && methods[0].guess != "" && r.base[name] {
		return // the beginning of other addresses
	}
	r.found(i, end, url, at, methods)
}

// formatted puts the first argument of a format in the place of its first hole,
// where that is an address of Microsoft Graph: Sprintf("%s/users", base).
func (r *sourceReader) formatted(i, end int, url string) string {
	first := r.firstFormatted(i, end)
	if first == 0 {
		return ""
	}
	expr, _ := r.operand(first)
	rest := strings.TrimPrefix(url, hole)
	if v, ok := r.resolve(expr, i, 0, nil); ok {
		if graphURL(v) {
			return strings.TrimRight(v, "/") + "/" + strings.TrimPrefix(rest, "/")
		}
		return ""
	}
	if strings.Contains(strings.ToLower(expr), "graph") && graphRoot(rest) {
		return graphBase(rest) + "/" + strings.TrimPrefix(rest, "/")
	}
	return ""
}

// firstFormatted is the token of the first value that is put into the format in
// tokens i to end: Sprintf("...", x), "..." % (x, y), "...".format(x); 0 where
// it is no format.
func (r *sourceReader) firstFormatted(i, end int) int {
	switch {
	case r.sign(end, "%") && r.sign(end+1, "("):
		return end + 2
	case r.sign(end, "%"):
		return end + 1
	case r.sign(end, ".") && r.word(end+1) == "format" && r.sign(end+2, "("):
		return end + 3
	}
	if open, callee := r.callee(i); open >= 0 && makers[strings.ToLower(callee)] && r.sign(end, ",") {
		return end + 1
	}
	return 0
}

func (r *sourceReader) textLine(i, end int) int {
	for k := i; k < end && k < len(r.toks); k++ {
		if r.isText(k) {
			return r.toks[k].line
		}
	}
	return r.toks[i].line
}

func versioned(path string) string {
	path = "/" + strings.TrimPrefix(path, "/")
	if strings.HasPrefix(path, "/v1.0/") || strings.HasPrefix(path, "/beta/") {
		return path
	}
	return "/v1.0" + path
}

// behindName handles an address that begins with a value. One whose name speaks
// of Graph stands for its root; others may be known to another file.
func (r *sourceReader) behindName(i, end int, lit literal, url string, at evidence.Place) {
	name := lit.first[strings.LastIndexByte(lit.first, '.')+1:]
	if !strings.HasPrefix(url, "/") && !strings.HasPrefix(url, "v1.0/") && !strings.HasPrefix(url, "beta/") {
		if !graphRoot(url) || !strings.HasSuffix(strings.ToLower(strings.TrimRight(name, "()")), "url") {
			return
		}
		url = "/" + url
	}
	methods := r.methods(i, end)
	if strings.Contains(strings.ToLower(lit.first), "graph") && (graphRoot(url) || strings.HasPrefix(strings.TrimPrefix(url, "/"), "v1.0") || strings.HasPrefix(strings.TrimPrefix(url, "/"), "beta") || strings.HasPrefix(strings.TrimPrefix(url, "/"), hole+"/")) {
		if rest, ok := strings.CutPrefix(url, "/"+hole+"/"); ok && graphRoot("/"+rest) { // the version
			url = "/" + rest
		}
		r.found(i, end, graphBase(url)+"/"+strings.TrimPrefix(url, "/"), at, methods)
		return
	}
	if !graphRoot(strings.TrimPrefix(strings.TrimPrefix(url, "/v1.0"), "/beta")) {
		return
	}
	for _, m := range methods {
		r.p.later = append(r.p.later, pending{name: bareName(strings.TrimRight(name, "()")), rest: url, method: m.name, guess: m.guess, at: at})
	}
}

// roots are the first segments of paths of Microsoft Graph; a path that begins
// with another is not taken for one without a host.
const roots = " me users groups sites drives drive applications serviceprincipals teams chats communications directory directoryobjects directoryroles directoryroletemplates rolemanagement devices devicemanagement deviceappmanagement domains organization planner security auditlogs reports identitygovernance identityprotection identity policies subscriptions subscribedskus shares search solutions education appcatalogs invitations contacts places external informationprotection admin oauth2permissiongrants teamwork storage print employeeexperience copilot agreements tenantrelationships accessreviews administrativeunits app bookingbusinesses bookingcurrencies compliance connections contracts datapolicyoperations dataclassification devicelocalcredentials directorysettingtemplates financials grouplifecyclepolicies groupsettings groupsettingtemplates identityproviders networkaccess onpremisespublishingprofiles privacy privilegedaccess privilegedroles riskdetections riskyusers schemaextensions settings termstore trustframework applicationtemplates backuprestore workplace agentregistry certificatebasedauthconfiguration functions permissiongrants filteroperators scopedrolememberships $batch "

func isRoot(segment string) bool {
	return segment != "" && !strings.Contains(segment, " ") && strings.Contains(roots, " "+segment+" ")
}

func graphRoot(path string) bool {
	path = strings.TrimPrefix(path, "/")
	path = strings.TrimPrefix(strings.TrimPrefix(path, "v1.0/"), "beta/")
	if i := strings.IndexAny(path, "/?('"); i >= 0 {
		path = path[:i]
	}
	return isRoot(strings.ToLower(path))
}

// relative tells a path that is Microsoft Graph's by what it is given to, at
// once or by a name.
func (r *sourceReader) relative(i int, url string) bool {
	if !graphRoot(url) {
		return false
	}
	if r.taken(i, url) {
		return true
	}
	name := r.assigned(i)
	if name == "" {
		return false
	}
	for n, j := range r.at[name] {
		if n > 200 {
			break
		}
		if j > i && r.taken(j, url) {
			return true
		}
	}
	return false
}

// graphCmdlets take paths without a host.
var graphCmdlets = []string{"Invoke-MgGraphRequest", "Invoke-GraphRequest", "Invoke-MgRestMethod"}

// taken: what takes the path at a token is a client of Microsoft Graph.
func (r *sourceReader) taken(i int, url string) bool {
	open, callee := r.callee(i)
	if open < 0 {
		if r.option(i, "-uri") && r.statementHas(i, graphCmdlets...) {
			return true
		}
		// a function of the file's own pages: Get-All -Uri '/v1.0/users'
		return r.lang.dashes && (strings.HasPrefix(url, "/v1.0/") || strings.HasPrefix(url, "/beta/")) && len(r.at[graphCmdlets[0]]) > 0
	}
	low := strings.ToLower(callee)
	receiver, _ := r.receiver(open)
	graph := strings.Contains(strings.ToLower(receiver), "graph")
	switch {
	case low == "api" && r.sign(open-2, "."):
		return true
	case low == "createrequest" || low == "createcollectionrequest":
		return true
	case methodOf(callee) != "" && graph, strings.Contains(low, "graph"):
		return true
	}
	return (strings.HasPrefix(url, "/v1.0/") || strings.HasPrefix(url, "/beta/")) && graph
}

// callee is the innermost call that token i is an argument of.
func (r *sourceReader) callee(i int) (open int, name string) {
	depth := 0
	for j := i - 1; j >= 0 && i-j < 60; j-- {
		if r.toks[j].kind != tokSign {
			if r.toks[j].kind == tokLine && depth == 0 && r.lang.dashes {
				return -1, ""
			}
			continue
		}
		switch r.toks[j].text {
		case ")", "]", "}":
			depth++
		case "[", "{":
			if depth == 0 {
				if r.toks[j].text == "{" && i-j > 1 {
					// an object of options: its call stands before
					continue
				}
				return -1, ""
			}
			depth--
		case "(":
			if depth > 0 {
				depth--
				continue
			}
			k := j - 1
			if r.sign(k, "!") { // a macro
				k--
			}
			if r.sign(k, ">") { // generics
				for k > 0 && !r.sign(k, "<") {
					k--
				}
				k--
			}
			return j, r.word(k)
		case ";":
			if depth == 0 {
				return -1, ""
			}
		}
	}
	return -1, ""
}

// receiver is what stands before the method whose arguments open at a token.
func (r *sourceReader) receiver(open int) (string, int) {
	var words []string
	j := open - 2
	for j > 0 {
		switch {
		case r.sign(j, ".") || r.sign(j, "?") || r.sign(j, "!"):
			j--
		case r.sign(j, ">") && r.sign(j-1, "-"), r.sign(j, ":") && r.sign(j-1, ":"):
			j -= 2
		case r.word(j) != "":
			words = append(words, r.word(j))
			if !r.sign(j-1, ".") && !r.sign(j-1, ">") && !(r.sign(j-1, ":") && r.sign(j-2, ":")) {
				return strings.Join(words, "."), j
			}
			j--
		case r.sign(j, ")"):
			depth := 0
			for j > 0 {
				if r.sign(j, ")") {
					depth++
				}
				if r.sign(j, "(") {
					if depth--; depth == 0 {
						break
					}
				}
				j--
			}
			j--
		default:
			return strings.Join(words, "."), j
		}
	}
	return strings.Join(words, "."), j
}

// found takes one address with its methods.
func (r *sourceReader) found(i, end int, url string, at evidence.Place, methods []method) {
	if r.noCall(i, url) {
		return
	}
	path := pathOf(url)
	if open, why := openPath(path); open {
		if path == "" && !r.joinedOn(end) {
			return // an address that others go on from
		}
		for _, m := range methods {
			r.p.Open = append(r.p.Open, evidence.Open{Method: m.name, Prefix: evidence.Safe(prefixOf(path)), Why: why, Place: at})
		}
		return
	}
	for _, m := range methods {
		if c := call(m.name, url, at); c != nil {
			c.Guess = m.guess
			c.Select = append(c.Select, r.selected(end)...)
			r.p.Calls = append(r.p.Calls, c)
		}
	}
}

// noCall: an address that names something and is not called: a scope, the value
// of @odata.id, a document.
func (r *sourceReader) noCall(i int, url string) bool {
	if r.sign(i-1, ":") || r.sign(i-1, "=") || r.sign(i-1, ">") || r.sign(i-1, "]") {
		for j := i - 2; j > i-6 && j >= 0; j-- {
			if strings.Contains(strings.ToLower(plainText(r.toks[j].parts)+r.toks[j].text), "odata") || strings.EqualFold(r.word(j), "resource") && strings.Count(url, "/") <= 3 {
				return true
			}
		}
	}
	path := strings.Trim(pathOf(url), "/")
	if strings.HasPrefix(path, "$metadata") || strings.HasSuffix(path, "/$metadata") {
		return true
	}
	return !strings.Contains(path, "/") && (path == ".default" || evidence.IsPermission(path))
}

// pathOf is the path behind the version, without the query.
func pathOf(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	i := strings.IndexByte(rest, '/')
	if i < 0 {
		return ""
	}
	path := rest[i:]
	if j := strings.IndexAny(path, "?#"); j >= 0 {
		path = path[:j]
	}
	for _, v := range []string{"/v1.0", "/beta", "/" + hole} {
		if after, ok := strings.CutPrefix(path, v); ok && (after == "" || after[0] == '/' || v == "/v1.0" || v == "/beta") {
			if v == "/"+hole && !graphRoot(after) {
				continue
			}
			path = after
			break
		}
	}
	return strings.TrimRight(path, "/")
}

// openPath tells a path of which a part is not known that decides what is
// called: the whole, the first segment, or two in a row.
func openPath(path string) (bool, string) {
	segs := strings.Split(strings.Trim(path, "/"), "/")
	switch {
	case path == "" || segs[0] == "":
		return true, "the path is a value"
	case strings.HasPrefix(segs[0], hole):
		return true, "the path begins with a value"
	case strings.HasSuffix(segs[0], hole) && !strings.Contains(segs[0], "("):
		return true, "the path goes on with a value"
	}
	for i := 1; i < len(segs); i++ {
		if segs[i] == hole && segs[i-1] == hole {
			return true, "two values follow each other in the path"
		}
		if strings.Contains(segs[i], hole+hole) {
			return true, "two values follow each other in the path"
		}
	}
	return false, ""
}

// prefixOf is the path up to what is not known.
func prefixOf(path string) string {
	segs := strings.Split(strings.Trim(path, "/"), "/")
	var out []string
	for i, s := range segs {
		if i == 0 && strings.Contains(s, hole) || s == hole && i > 0 && segs[i-1] == hole || strings.Contains(s, hole+hole) {
			break
		}
		out = append(out, s)
	}
	if len(out) == 0 {
		return ""
	}
	return "/" + strings.Join(out, "/")
}

// joinedOn: something is put behind the address.
func (r *sourceReader) joinedOn(end int) bool {
	return end > 0 && end <= len(r.toks) && r.sign(end-1, ")") || r.lang.join != "" && r.sign(end, r.lang.join) || end > 0 && (r.word(end-1) != "" || endsWithValue(r.toks[end-1]))
}

func endsWithValue(t token) bool {
	return t.kind == tokText && len(t.parts) > 0 && t.parts[len(t.parts)-1].expr != ""
}

// selected are names in select(...) behind a call: .select('id,mail').
func (r *sourceReader) selected(end int) []string {
	var out []string
	for j := end; j < len(r.toks) && j < end+60; j++ {
		w := strings.ToLower(r.word(j))
		if r.sign(j, ";") {
			break
		}
		if w != "select" && w != "expand" {
			continue
		}
		for k := j + 1; k < len(r.toks) && k < j+40 && !r.sign(k, ")") && !r.sign(k, "}"); k++ {
			if r.isText(k) {
				for name := range strings.FieldsFuncSeq(plainText(r.toks[k].parts), func(c rune) bool { return c == ',' || c == ' ' || c == '(' }) {
					if len(out) < 50 {
						out = append(out, evidence.Safe(name))
					}
				}
			}
		}
	}
	return out
}

// settleNames resolves calls that begin with a name of another file, where one
// file only gives that name to an address of Microsoft Graph.
func settleNames(pieces []*Piece) {
	shared, twice := map[string]string{}, map[string]bool{}
	for _, p := range pieces {
		for name, url := range p.consts {
			if old, ok := shared[name]; ok && old != url {
				twice[name] = true
			}
			shared[name] = url
		}
	}
	for _, p := range pieces {
		for _, l := range p.later {
			base, ok := shared[l.name]
			if !ok || twice[l.name] {
				continue
			}
			if c := call(l.method, strings.TrimRight(base, "/")+"/"+strings.TrimPrefix(l.rest, "/"), l.at); c != nil {
				c.Guess = l.guess
				p.Calls = append(p.Calls, c)
			}
		}
		p.sorted()
	}
}

// signIn takes down sign-in addresses and how the code signs in.
func (r *sourceReader) signIn() {
	for i, t := range r.toks {
		switch t.kind {
		case tokText:
			text := plainText(t.parts)
			if at := strings.Index(text, "login.microsoftonline."); at >= 0 {
				r.authority(i, t, text[at:])
			}
		case tokWord:
			if flow := flowWords[t.text]; flow != "" {
				r.flow(flow, i)
			}
		}
	}
}

// flowWords are names of libraries' parts that tell how an app signs in.
var flowWords = map[string]string{
	"ClientSecretCredential": "daemon", "ClientCertificateCredential": "daemon", "CertificateCredential": "daemon", "ManagedIdentityCredential": "daemon", "acquireTokenByClientCredential": "daemon", "acquire_token_for_client": "daemon", "AcquireTokenForClient": "daemon", "WorkloadIdentityCredential": "daemon",
	"OnBehalfOfCredential": "obo", "acquireTokenOnBehalfOf": "obo", "acquire_token_on_behalf_of": "obo", "AcquireTokenOnBehalfOf": "obo", "EnableTokenAcquisitionToCallDownstreamApi": "web",
	"InteractiveBrowserCredential": "mobile", "DeviceCodeCredential": "mobile", "acquireTokenByDeviceCode": "mobile", "acquire_token_by_device_flow": "mobile", "PublicClientApplicationBuilder": "mobile",
	"acquireTokenByCode": "web", "acquire_token_by_authorization_code": "web", "AddMicrosoftIdentityWebApp": "web", "acquire_token_by_auth_code_flow": "web",
	"MsalProvider": "spa", "acquireTokenPopup": "spa", "acquireTokenRedirect": "spa", "loginPopup": "spa", "loginRedirect": "spa",
}

func (r *sourceReader) flow(name string, i int) {
	for _, f := range r.p.Flows {
		if f.Value == name {
			return
		}
	}
	r.p.Flows = append(r.p.Flows, evidence.Ref{Place: place(r.p.File, r.toks[i].line), Origin: evidence.FromRequest, Field: "flow", Value: name})
}

// fallback: the text stands in only where a setting is missing: getenv(x, text),
// x || text, x ?? text.
func (r *sourceReader) fallback(i int) bool {
	if r.sign(i-1, "|") || r.sign(i-1, "?") || strings.EqualFold(r.word(i-1), "or") {
		return true
	}
	open, callee := r.callee(i)
	low := strings.ToLower(callee)
	return open >= 0 && open < i-1 && (strings.Contains(low, "env") || low == "get" || low == "getvalue")
}

// authority takes the tenant's part of a sign-in address.
func (r *sourceReader) authority(i int, t token, text string) {
	_, path, _ := strings.Cut(text, "/")
	tenant, rest, _ := strings.Cut(path, "/")
	tenant, _, _ = strings.Cut(tenant, "?")
	low := strings.ToLower(rest)
	if strings.Contains(low, "nativeclient") || strings.Contains(low, "discovery") || strings.Contains(low, ".well-known") || strings.Contains(low, "adminconsent") || strings.Contains(low, "logout") {
		return
	}
	tenant = strings.ToLower(strings.TrimSpace(tenant))
	if tenant != "common" && tenant != "organizations" && tenant != "consumers" && !evidence.IsGUID(tenant) && !(tenant == "" && len(t.parts) > 1) {
		return
	}
	if tenant == "" {
		tenant = "{tenant}"
	}
	if r.fallback(i) {
		return
	}
	r.p.Authority = append(r.p.Authority, evidence.Ref{Place: place(r.p.File, t.line), Origin: evidence.FromRequest, Field: "authority", Value: tenant})
}

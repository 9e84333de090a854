package evidence

import (
	"strings"
)

// This file reads PowerShell's cmdlets of Microsoft Graph, and the session they run in.

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
	erring := k < len(seg) && (strings.HasPrefix(strings.TrimLeft(seg[k:], "_GetLisCraUpdDvox0123456789 "), ":"))
	if !s.prompted && !erring && f.call.Cmdlet != "" && f.call.Cmdlet != name && (f.call.Status != 0 || len(f.said) > 0) {
		return false
	}
	if (f.spoken() || f.call.Cmdlet != "" && f.call.Cmdlet != name) && !f.explicit && s.prompted {
		f.last = min(f.last, max(line-1, f.first))
		f = s.b.open(line) // the next command of a transcript
	}
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

package rules

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file finds the values that messages and commands are filled with.
// A placeholder in <> stands only for what is not known.

func or(v, placeholder string) string {
	if v == "" {
		return placeholder
	}
	return v
}

func appID(c *evidence.Case) string    { return plain(c.AppID(), "<app id>") }
func tenantID(c *evidence.Case) string { return plain(c.TenantID(), "<tenant id>") }

// callerObject is the object id of the token's user or service principal.
func callerObject(c *evidence.Case, placeholder string) string {
	if !c.Token.Readable() {
		return placeholder
	}
	return plain(c.Token.Str("oid"), placeholder)
}

// plain is an id as a command takes it, inside of quotes too. What a shell
// would read otherwise is no id, whatever the evidence calls it, and the
// placeholder stands in its place.
func plain(id, placeholder string) string {
	if id == "" || arg(id) != id {
		return placeholder
	}
	return id
}

// quotable is a text that a command takes inside of quotes. One with quotes or
// substitutions of its own gives way to the placeholder.
func quotable(text, placeholder string) string {
	if text == "" || strings.ContainsAny(text, "'\"`$\\\n") {
		return placeholder
	}
	return text
}

// setting is a parameter and its value, quoted where a shell would run it.
func setting(name, value string) string {
	if strings.ContainsAny(value, "$`;|&'\"\\(){}\n") {
		value = arg(value)
	}
	return name + "=" + value
}

// managed tells whether a managed identity called: it has no app registration,
// and nobody consents for it.
func managed(c *evidence.Case) bool {
	return c.Token.Readable() && c.Token.Has("xms_mirid") || c.Flow == evidence.FlowManagedIdentity
}

// identityObject is the object id of the managed identity that called.
func identityObject(c *evidence.Case) string {
	return callerObject(c, "<object id of the managed identity>")
}

func firstOr(names []string, placeholder string) string {
	if len(names) == 0 {
		return placeholder
	}
	return names[0]
}

// appName names the client app for a sentence: its name and id, as known.
func appName(c *evidence.Case) string {
	id := c.AppID()
	name := ""
	if c.Token.Readable() {
		name = c.Token.Ref("app_displayname").Value
	}
	if name == "" {
		if v, ok := c.Value("app_name"); ok && strings.ContainsAny(v.Value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") && !evidence.IsGUID(v.Value) {
			name = v.Value
		}
	}
	if cl, ok := catalog.Client(id); ok {
		name = cl.Name
	}
	switch {
	case name != "" && id != "":
		return fmt.Sprintf("%q (%s)", name, id)
	case name != "":
		return fmt.Sprintf("%q", name)
	case id != "":
		return "app " + id
	}
	return "the app"
}

// loginHost is the sign-in host of the case's cloud.
func loginHost(c *evidence.Case) string {
	if f, ok := c.Fact("authority_host"); ok && strings.HasPrefix(f.Value, "login.") && !strings.HasPrefix(f.Value, "login.windows.net") && !strings.HasPrefix(f.Value, "login.live") {
		return f.Value
	}
	if cl, ok := cloud(c); ok && len(cl.LoginHosts) > 0 {
		return cl.LoginHosts[0]
	}
	return "login.microsoftonline.com"
}

// graphHost is the Microsoft Graph host of the case's cloud.
func graphHost(c *evidence.Case) string {
	if cl, ok := cloud(c); ok && cl.GraphHost != "" {
		return cl.GraphHost
	}
	return "graph.microsoft.com"
}

// cloud is the cloud of the host that was called.
func cloud(c *evidence.Case) (catalog.Cloud, bool) {
	if c.Call != nil && c.Call.Host != "" {
		if cl, ok := catalog.CloudOf(c.Call.Host); ok {
			return cl, true
		}
	}
	return catalog.Cloud{}, false
}

// consentURL is the finished admin-consent link.
func consentURL(c *evidence.Case) string {
	t := c.TenantID()
	if t == "common" || t == "organizations" {
		t = ""
	}
	if t == consumerTenant {
		return "" // personal accounts have no administrator
	}
	return fmt.Sprintf("https://%s/%s/adminconsent?client_id=%s", loginHost(c), plain(t, "<tenant id>"), appID(c))
}

// subject is what a finding is about where the rule has nothing better: the
// request's template, or the app.
func subject(c *evidence.Case) string {
	if r := route(c); r != "" {
		return r
	}
	if a := c.AppID(); a != "" {
		return "app " + a
	}
	return ""
}

// route is method and path template of the call, so that a thousand users'
// mail is one thing.
func route(c *evidence.Case) string {
	if c.Call == nil || c.Call.Path == "" || c.Call.Login() {
		return ""
	}
	m := matchOf(c)
	if m.Template != "" {
		return strings.TrimSpace(c.Call.Method + " " + m.Template)
	}
	return strings.TrimSpace(c.Call.Method + " " + c.Call.Host + generic(c.Call.Path))
}

// generic replaces what looks like an id in a path.
func generic(path string) string {
	segs := strings.Split(path, "/")
	for i, s := range segs {
		if len(s) > 24 || evidence.IsGUID(s) || strings.ContainsAny(s, "@:%=") || s != "" && strings.Trim(s, "0123456789") == "" {
			segs[i] = "{id}"
		}
	}
	return strings.Join(segs, "/")
}

// callName names the call for a sentence.
func callName(c *evidence.Case) string {
	if c.Call == nil {
		return "the call"
	}
	if c.Call.URL != "" {
		p := c.Call.Path
		if c.Call.Host != "" && !isGraph(c.Call.Host) {
			p = c.Call.Host + p
		}
		return strings.TrimSpace(c.Call.Method + " " + p)
	}
	if c.Call.Cmdlet != "" {
		return c.Call.Cmdlet
	}
	return "the call"
}

func isGraph(host string) bool {
	r, ok := catalog.ResourceByHost(host)
	return ok && r.AppID == graphID
}

// graphID is Microsoft Graph's application id.
const graphID = "00000003-0000-0000-c000-000000000000"

// onGraph tells whether the case is about Microsoft Graph (or may be).
func onGraph(c *evidence.Case) bool {
	if c.Call != nil && c.Call.Host != "" {
		return isGraph(c.Call.Host)
	}
	if c.Token.Readable() && c.Token.Str("aud") != "" {
		r, ok := catalog.ResourceByAudience(c.Token.Str("aud"))
		return ok && r.AppID == graphID
	}
	return true
}

// list joins names for a sentence: "a", "a or b", "a, b or c".
func list(names []string, last string) string {
	switch len(names) {
	case 0:
		return "nothing"
	case 1:
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " " + last + " " + names[len(names)-1]
}

func few(names []string, n int) []string {
	if len(names) > n {
		return append(names[:n:n], fmt.Sprintf("%d more", len(names)-n))
	}
	return names
}

func fix(title, who, command, link string) checks.Fix {
	return checks.Fix{Title: title, Who: who, Command: command, URL: link}
}

// arg is a value of the evidence as an argument of a command. Whoever made the
// evidence must not write commands for those who mend: what a shell could take
// for more than a word stands in single quotes, which bash and PowerShell read
// alike. A placeholder stays as it is.
func arg(v string) string {
	if strings.HasPrefix(v, "<") && strings.HasSuffix(v, ">") && !strings.ContainsAny(v[1:len(v)-1], "<>$`'\";|&") {
		return v
	}
	for i := 0; i < len(v); i++ {
		if c := v[i]; (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && strings.IndexByte("._@+:/=%~-,", c) < 0 {
			return "'" + strings.ReplaceAll(v, "'", "") + "'"
		}
	}
	return v
}

// azRest is a request of Graph as a command.
func azRest(method, url, body string) string {
	command := "az rest --method " + method + " --uri " + arg(url)
	if body != "" {
		command += " --body " + arg(body)
	}
	return command
}

func widen(f checks.Fix) checks.Fix {
	f.Widens = true
	return f
}

// target is the mailbox, user or object that the path names.
func target(c *evidence.Case) string {
	if c.Call == nil {
		return ""
	}
	if f, ok := c.Fact("parameter.userid"); ok && c.Call.Path == "" {
		return f.Value
	}
	segs := strings.Split(c.Call.Path, "/")
	if r := c.Call.Fields["resource"]; strings.HasSuffix(c.Call.PathLower(), "/subscriptions") && r != "" {
		segs = strings.Split(r, "/")
	}
	for i, s := range segs {
		if (strings.EqualFold(s, "users") || strings.HasPrefix(strings.ToLower(s), "users(")) && i+1 < len(segs) {
			v, err := url.PathUnescape(segs[i+1])
			if err != nil {
				v = segs[i+1]
			}
			return strings.Trim(v, "{}<>'\"")
		}
	}
	return ""
}

// clip keeps a quoted message short.
func clip(s string) string {
	s = evidence.Speech(s)
	if len(s) <= 160 {
		return s
	}
	return strings.ToValidUTF8(s[:160], "") + "…"
}

func firstOf(vs ...string) string {
	for _, v := range vs {
		if v != "" {
			return v
		}
	}
	return ""
}

func article(noun string) string {
	if noun != "" && strings.ContainsRune("aeiouAEIO", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

// plural is a noun for one or for many.
func plural(n int, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}

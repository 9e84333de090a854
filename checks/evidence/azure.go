package evidence

import (
	"slices"
	"strings"
)

// This file reads what Azure says of an act that its role assignments (RBAC)
// or a vault's access policies do not allow: who, which act, on what.

// azureLines begin the lines in which Key Vault goes on telling of a refusal.
var azureLines = [...]string{"Caller: appid=", "Action: 'Microsoft.", "Resource: '/subscriptions/", "Resource: '/providers/"}

// azureLine adds such a line to the message that it belongs to.
func (s *scanner) azureLine(seg string, line int) bool {
	if !slices.ContainsFunc(azureLines[:], func(p string) bool { return strings.HasPrefix(seg, p) }) {
		return false
	}
	s.flush()
	if s.b.cur == nil || s.b.cur.okBody {
		return false
	}
	for i := len(s.b.cur.said) - 1; i >= 0; i-- {
		st := &s.b.cur.said[i]
		if st.Carrier == InProse || !strings.Contains(st.Message, "authorized") {
			continue
		}
		more := Statement{Message: seg, Ref: st.Ref}
		s.azureCaller(&more, line)
		for _, v := range more.Values {
			if st.Quoted(v.Field) == "" {
				st.Values = append(st.Values, v)
			}
		}
		return true
	}
	return false
}

// azureCaller reads the caller of such a message. Resource Manager names a
// user by an address and an application by its id; Key Vault names the client.
func (s *scanner) azureCaller(st *Statement, line int) {
	st.azureValues()
	msg := st.Message
	if name := st.Quoted("azure_name"); name != "" {
		kind := "AppOnly"
		if strings.Contains(name, "@") {
			kind = "Delegated"
		}
		s.b.fact("auth_type", kind, line, FromService)
	}
	for _, mode := range [...]string{"accessMode=0,", "accessMode=1,", "accessMode=2,"} { // Dataverse's modes of people; 4 is that of applications and of services' accounts
		if strings.Contains(msg, mode) && strings.Contains(msg, "rincipal user (Id=") {
			s.b.fact("auth_type", "Delegated", line, FromService)
		}
	}
}

// azureValues reads who was refused which act on what.
func (st *Statement) azureValues() {
	msg := st.Message
	put := func(field, v string) {
		if v != "" && st.Quoted(field) == "" {
			st.Values = append(st.Values, Ref{st.Ref.Place, st.Ref.Origin, field, safe(v)})
		}
	}
	if _, denied, ok := strings.Cut(msg, "does not have permission to perform action '"); ok { // the act before it is allowed
		put("azure_action", untilQuote(denied))
	}
	if st.Code == "AuthorizationFailed" || st.Code == "LinkedAuthorizationFailed" { // in any language, the values stand in quotes
		for i, q := range strings.Split(msg, "'") {
			switch {
			case i%2 == 0:
			case strings.Contains(q, "@") && !strings.Contains(q, " "):
				put("azure_name", q)
			case isGUID(q):
				put("azure_name", q)
				put("azure_caller", q)
			case strings.HasPrefix(q, "Microsoft.") && strings.Contains(q, "/") && st.Code == "AuthorizationFailed":
				put("azure_action", q)
			case strings.HasPrefix(q, "/subscriptions/") && st.Code == "AuthorizationFailed":
				put("azure_scope", q)
			}
		}
	}
	if _, rest, ok := strings.Cut(msg, "he client '"); ok {
		name, tail, _ := strings.Cut(rest, "'")
		if head, obj, ok := strings.Cut(tail, "object id '"); ok && len(head) < 12 {
			put("azure_name", name)
			put("azure_caller", untilQuote(obj))
		}
	}
	if i := strings.Index(msg, "appid="); i >= 0 && strings.Contains(msg[i:], ";oid=") {
		put("azure_app", guidIn(msg[i:min(len(msg), i+50)]))
		_, rest, _ := strings.Cut(msg[i:], ";oid=")
		put("azure_caller", guidIn(rest[:min(len(rest), 40)]))
	}
	for _, mark := range [...]string{"perform action '", "Action: '", "perform the action '", "perform the following dataActions: ['"} {
		if _, rest, ok := strings.Cut(msg, mark); ok && strings.HasPrefix(strings.ToLower(rest), "microsoft.") {
			put("azure_action", untilQuote(rest))
		}
	}
	for _, mark := range [...]string{"over scope '", "Resource: '", "linked scope(s) '"} {
		if _, rest, ok := strings.Cut(msg, mark); ok && strings.HasPrefix(rest, "/") {
			put("azure_scope", untilQuote(rest))
		}
	}
	if _, rest, ok := strings.Cut(msg, "data action `"); ok {
		action, tail, _ := strings.Cut(rest, "`")
		put("azure_action", action)
		if who := guidIn(msg[:len(msg)-len(rest)]); who != "" && tail != "" {
			put("azure_caller", who)
		}
	}
	if _, rest, ok := strings.Cut(msg, "because principal ["); ok { // Cosmos DB
		put("azure_caller", guidIn(rest[:min(len(rest), 40)]))
	}
	if _, rest, ok := strings.Cut(msg, " The user '"); ok && strings.HasPrefix(msg, "TF400813") {
		put("azure_caller", guidIn(rest[:min(len(rest), 40)]))
	}
	if _, rest, ok := strings.Cut(msg, "Client address: "); ok {
		put("client_address", strings.TrimRight(rest[:min(len(rest), strings.IndexAny(rest+" ", " \r\n,"))], "."))
	}
	if _, rest, ok := strings.Cut(msg, "Vault: "); ok {
		name, _, _ := strings.Cut(rest, ";")
		if len(name) < 30 && !strings.ContainsAny(name, " \n") {
			put("vault_name", name)
		}
	}
	if _, rest, ok := strings.Cut(msg, " permission on key vault '"); ok {
		vault, _, _ := strings.Cut(untilQuote(rest), ";")
		put("vault", vault)
		if _, act, ok := strings.Cut(msg, "does not have "); ok {
			act, _, _ = strings.Cut(act, " permission on key vault")
			put("vault_permission", act)
		}
	}
}

// untilQuote is what stands before the next quote; "" where none comes soon.
func untilQuote(s string) string {
	if i := strings.IndexByte(s, '\''); i > 0 && i < 400 {
		return s[:i]
	}
	return ""
}

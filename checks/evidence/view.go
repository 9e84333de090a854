package evidence

import (
	"slices"
	"strings"
)

// This file answers what rules ask of a case: who called, which app, which
// tenant, whether the token was accepted. Each answer has the fact it rests on.

// Kind tells whether the failed call was made for a user or by the
// application alone: by the token, by what the service says of it, or by the
// flow.
func (c *Case) Kind() (Kind, Ref) {
	if c.Token.Readable() && c.Token.Type == TokenAccess {
		if k, claim := c.Token.Kind(); k != KindUnknown {
			return k, c.Token.Ref(claim)
		}
	}
	for _, s := range c.Said {
		if s.Kind != KindUnknown {
			return s.Kind, s.Ref
		}
	}
	if f, ok := c.Fact("auth_type"); ok {
		switch f.Value {
		case "Delegated":
			return Delegated, f
		case "AppOnly":
			return AppOnly, f
		}
	}
	switch c.Flow {
	case FlowClientCredentials, FlowManagedIdentity, FlowWorkload:
		return AppOnly, Ref{Place: c.Place, Origin: FromRequest, Field: "flow", Value: string(c.Flow)}
	case FlowOnBehalfOf, FlowDeviceCode, FlowPassword, FlowImplicit, FlowInteractive, FlowCode:
		return Delegated, Ref{Place: c.Place, Origin: FromRequest, Field: "flow", Value: string(c.Flow)}
	}
	return KindUnknown, Ref{}
}

// AppID is the client application's id, "" where unknown.
func (c *Case) AppID() string {
	if c.Token.Readable() {
		if a := c.Token.App(); a != "" {
			return safe(a)
		}
	}
	if v, ok := c.Value("app"); ok && isGUID(v.Value) {
		return v.Value
	}
	if f, ok := c.Fact("client_id"); ok && isGUID(f.Value) {
		return f.Value
	}
	if c.App != nil {
		return c.App.ID
	}
	return ""
}

// TenantID is the tenant's id or domain, "" where unknown.
func (c *Case) TenantID() string {
	if c.Token.Readable() {
		if t := c.Token.Str("tid"); t != "" {
			return safe(t)
		}
	}
	for _, f := range c.Facts {
		if f.Field == "tenant" && (isGUID(f.Value) || strings.Contains(f.Value, ".")) {
			return f.Value
		}
	}
	return ""
}

// Accepted tells whether the API accepted the token itself: who is refused
// with 403, or answered, has been recognised.
func (c *Case) Accepted() (Ref, bool) {
	if c.Call == nil || c.Call.Login() || c.Call.Status != 403 && (c.Call.Status < 200 || c.Call.Status > 299) {
		return Ref{}, false
	}
	if _, unknown := c.SaidAny("AuthenticationFailed"); unknown {
		return Ref{}, false // Azure Storage answers so, with 403, whom it did not recognise
	}
	return Ref{Place: c.Call.ReplyPlace, Origin: FromService, Field: "status", Value: itoa(c.Call.Status)}, true
}

// Held returns the permissions that the caller held: those of its token, or
// else those the service listed; ok is false where neither is known.
func (c *Case) Held() (held []string, kind Kind, ref Ref, ok bool) {
	if c.Token.Readable() && c.Token.Type == TokenAccess {
		kind, _ = c.Token.Kind()
		if kind == Delegated || c.Token.Has("scp") {
			return c.Token.Scopes(), Delegated, c.Token.Ref("scp"), true
		}
		return c.Token.Roles(), AppOnly, c.Token.Ref("roles"), true
	}
	for _, s := range c.Said {
		if s.HasHeld {
			return s.Held, s.Kind, s.Ref, true
		}
	}
	for _, f := range c.Facts {
		switch {
		case f.Origin != FromService:
		case f.Field == heldRoles:
			return strings.Fields(f.Value), AppOnly, f, true
		case f.Field == heldScopes:
			return strings.Fields(f.Value), Delegated, f, true
		}
	}
	if scopes, ref, ok := c.granted(); ok {
		return scopes, Delegated, ref, true
	}
	// a Graph PowerShell session prints, or was asked for, its scopes
	if f, ok := c.Fact("scope"); ok && c.Call != nil && c.Call.Cmdlet != "" && strings.Contains(f.Value, ".") && !strings.Contains(f.Value, "/") && !cutList(f.Value) {
		return strings.FieldsFunc(strings.Trim(f.Value, "{}[]"), scopeBreak), Delegated, f, true
	}
	return nil, KindUnknown, Ref{}, false
}

// granted are the scopes that the one token answer beside the call names, where
// the token itself was blacked out.
func (c *Case) granted() (scopes []string, ref Ref, ok bool) {
	if c.Call == nil || c.Call.Login() || !strings.HasPrefix(c.Call.Host, "graph.") && (c.Call.Host != "" || c.Call.Cmdlet == "") {
		return nil, Ref{}, false
	}
	for _, f := range c.Facts {
		if f.Field != "granted_scope" {
			continue
		}
		if ok && f.Value != ref.Value {
			return nil, Ref{}, false // two answers: which token was sent is not known
		}
		ref, ok = f, true
	}
	for _, w := range strings.Fields(ref.Value) {
		name := w[strings.LastIndexByte(w, '/')+1:]
		if strings.Contains(w, "://") && !strings.Contains(w, "://graph.") || name == ".default" {
			return nil, Ref{}, false
		}
		scopes = append(scopes, name)
	}
	return scopes, ref, ok
}

// StatusRef is the fact of the answer's status.
func (c *Case) StatusRef() (Ref, bool) {
	if c.Call == nil || c.Call.Status == 0 {
		return Ref{}, false
	}
	return Ref{Place: c.Call.ReplyPlace, Origin: FromService, Field: "status", Value: itoa(c.Call.Status)}, true
}

// RequestRef is the fact of the request that was made.
func (c *Case) RequestRef() (Ref, bool) {
	if c.Call == nil || c.Call.URL == "" && c.Call.Cmdlet == "" {
		return Ref{}, false
	}
	v := strings.TrimSpace(c.Call.Method + " " + c.Call.URL)
	if c.Call.URL == "" {
		v = c.Call.Cmdlet
	}
	return Ref{Place: c.Call.Place, Origin: FromRequest, Field: "request", Value: v}, true
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}

// UserAgent is what the client called itself, "" where unknown. That it was
// asked for is noted: for rules that do not ask, records that differ in nothing
// else are alike.
func (c *Call) UserAgent() string {
	if c == nil {
		return ""
	}
	c.agentAsked = true
	return c.agent
}

// AgentAsked tells whether a rule has asked for a client's name.
func (c *Case) AgentAsked() bool {
	return c.Call != nil && c.Call.agentAsked || slices.ContainsFunc(c.Beside, func(o *Call) bool { return o.agentAsked })
}

// PathLower is the call's path in lower case, "" where there is no call.
func (c *Call) PathLower() string {
	if c == nil {
		return ""
	}
	return strings.ToLower(c.Path)
}

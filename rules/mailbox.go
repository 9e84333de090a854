package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// Causes that lie in Exchange: the mailbox, the rights on it, the policies
// over apps.
var mailboxRules = []checks.Rule{
	{
		ID: "mailbox-unavailable", Layer: checks.Call, Severity: checks.Error,
		Title:    "The mailbox is not there for the API: unlicensed, deleted, inactive or on-premises",
		Explains: []string{"not-found", "mailbox-access-denied", "request-invalid"},
		Check:    mailboxUnavailable,
	},
	{
		ID: "mailbox-access-denied", Layer: checks.Call, Severity: checks.Error,
		Title:    "The signed-in user has no rights on that mailbox, calendar or folder",
		Explains: []string{"not-found", "user-privilege-insufficient"},
		Check:    mailboxDenied,
	},
	{
		ID: "ews-policy-blocked", Layer: checks.Call, Severity: checks.Error,
		Title:    "An Exchange policy on EWS and REST applications (allow or block list by User-Agent) refuses the app",
		Explains: []string{"permission-missing", "mailbox-access-denied", "user-privilege-insufficient"},
		Check:    ewsBlocked,
	},
	{
		ID: "app-access-policy-blocked", Layer: checks.Call, Severity: checks.Error,
		Title:    "An application access policy (or RBAC for Applications) keeps the app away from this mailbox or user",
		Explains: []string{"permission-missing", "mailbox-access-denied", "ews-policy-blocked", "app-role-insufficient"},
		Check:    appPolicyBlocked,
	},
}

// exchangePath: the call goes to mail, calendar, contacts or settings of a mailbox.
func exchangePath(c *evidence.Case) bool {
	p := aboutPath(c)
	for _, w := range []string{"/messages", "/mailfolders", "mailfolders(", "/sendmail", "/events", "/calendar", "/contacts", "/mailboxsettings", "/findmeetingtimes", "/getschedule", "/outlook", "/people", "/inferenceclassification", "/contactfolders", "/getmailtips"} {
		if strings.Contains(p, w) {
			return true
		}
	}
	return c.Call != nil && (strings.Contains(c.Call.Host, "outlook") || strings.Contains(p, "/ews/"))
}

// aboutPath is the path that the call is about: for a subscription, that of
// the resource it watches.
func aboutPath(c *evidence.Case) string {
	p := c.Call.PathLower()
	if strings.HasSuffix(p, "/subscriptions") && c.Call.Fields["resource"] != "" {
		return "/" + strings.TrimPrefix(strings.ToLower(c.Call.Fields["resource"]), "/")
	}
	return p
}

// otherMailbox tells whether the call is for a mailbox that is not the signed-in user's.
func otherMailbox(c *evidence.Case) (string, bool) {
	t := target(c)
	if t == "" || me(c) {
		return "", false
	}
	if c.Token.Readable() {
		for _, claim := range []string{"upn", "unique_name", "oid", "preferred_username", "email"} {
			if strings.EqualFold(c.Token.Str(claim), t) {
				return t, false
			}
		}
	}
	return t, true
}

func mailboxUnavailable(c *evidence.Case) []checks.Finding {
	found := voiced(c, "mailbox-unavailable", mailboxWords)
	if len(found) > 0 && found[0].Seen[0].How == checks.HowFits && !exchangePath(c) && c.Call != nil && c.Call.Path != "" {
		return nil
	}
	if len(found) > 0 && onFact(c, "recipienttypedetails", "mailuser", "mailcontact", "usermailbox") && found[0].Seen[0].How == checks.HowFits {
		if f, ok := c.Fact("recipienttypedetails"); ok && !strings.EqualFold(f.Value, "usermailbox") {
			found[0].Seen = append(found[0].Seen, checks.Shows(f))
		}
	}
	return found
}

func onFact(c *evidence.Case, name string, values ...string) bool {
	f, ok := c.Fact(name)
	return ok && slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(v, f.Value) })
}

func mailboxName(c *evidence.Case) string {
	if f, ok := c.Fact("parameter.userid"); ok && strings.Contains(f.Value, "@") {
		return f.Value
	}
	if t := target(c); t != "" && !strings.HasPrefix(t, "{") {
		return t
	}
	if f, ok := c.Fact("account"); ok && strings.Contains(f.Value, "@") {
		return f.Value
	}
	return "<mailbox>"
}

func mailboxWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	m := mailboxName(c)
	name := m
	if m == "<mailbox>" {
		name = "that user"
	}
	return fmt.Sprintf("Exchange Online has no usable mailbox for %s: it is unlicensed, soft-deleted, inactive or on-premises (%q)", name, clip(firstOf(s.Message, s.Code))), []checks.Fix{
		fix("look what the mailbox is: UserMailbox is right, MailUser is on-premises, nothing is unlicensed", checks.ExchangeAdmin, fmt.Sprintf("Get-Recipient -Identity %s | Format-List RecipientTypeDetails", m), ""),
		fix("assign the user a licence with Exchange Online and wait until the mailbox is made, or migrate the on-premises mailbox to Exchange Online", checks.ExchangeAdmin, fmt.Sprintf("Get-MgUserLicenseDetail -UserId %s", m), "https://learn.microsoft.com/graph/hybrid-rest-support"),
		fix("no permission is missing: adding scopes will not help", checks.Developer, "", ""),
	}
}

func mailboxDenied(c *evidence.Case) []checks.Finding {
	if !c.Failed {
		return nil
	}
	found := voiced(c, "mailbox-access-denied", deniedWords)
	kind, _ := c.Kind()
	if kind == evidence.AppOnly {
		return nil
	}
	if len(found) > 0 && found[0].Seen[0].How == checks.HowSays {
		return found
	}
	who, other := otherMailbox(c)
	a := judge(c)
	denied := exchangeDenied(c)
	if me(c) && !strings.Contains(c.Call.PathLower(), "/calendars/") && !strings.Contains(c.Call.PathLower(), "sendmail") {
		return nil
	}
	if c.Call != nil && c.Call.Path != "" && !other || !exchangePath(c) && c.Call != nil && c.Call.Path != "" {
		return nil
	}
	if !denied || kind != evidence.Delegated || !other {
		if len(found) == 0 && denied && other && exchangePath(c) {
			return nil
		}
		return found
	}
	if len(found) == 0 && otherSays(c, "mailbox-access-denied") {
		return nil // the service names another cause
	}
	if a.known && a.mapped {
		if _, ok := a.suffices(); !ok && !shared(a.held) {
			return nil // the scope is missing
		}
	}
	if _, ok := a.wantsShared(c); ok {
		return nil // the .Shared scope comes first: without it no right on the mailbox counts
	}
	if len(found) == 0 {
		found = []checks.Finding{{Subject: subject(c)}}
		if s, ok := spokeOfToken(c); ok {
			found[0].Seen = []checks.Witness{checks.Fits(s.Ref)}
		}
	}
	req, _ := c.RequestRef()
	f := &found[0]
	f.Message, f.Fixes = deniedWords(c, evidence.Statement{})
	f.Seen = append([]checks.Witness{checks.Shows(req)}, f.Seen...)
	if a.known {
		held := a.heldRef
		if by, ok := a.suffices(); ok {
			held.Value = by
		} else {
			held.Value = strings.Join(few(a.held, 5), " ")
		}
		f.Seen = append(f.Seen, checks.Fits(held))
	}
	if !shared(a.held) && a.known {
		f.Fixes = append(f.Fixes, fix("ask for the .Shared scope as well: without it a delegated token reaches only its own user's mailbox", checks.Developer, scopeHint(c, sharedScope(a)), ""))
	}
	_ = who
	f.Cap, f.CapReason = checks.Shown, "whether the user has rights on the mailbox is not in the evidence"
	if bare(c) {
		f.Cap, f.CapReason = checks.Possible, "the answer was seen without a body"
	}
	f.Probe = "Get-MailboxPermission -Identity " + mailboxName(c) + "; Get-MailboxFolderPermission -Identity " + mailboxName(c) + ":\\" + folder(c)
	return found
}

// exchangeDenied: Exchange refused, or hid the item as it does from strangers.
func exchangeDenied(c *evidence.Case) bool {
	if _, ok := c.SaidAny("ErrorAccessDenied", "ExtensionError", "extensionError", "ErrorItemNotFound", "ErrorCalendarIsNotSharedException", "ErrorSendAsDenied", "ErrorFolderNotFound", "ErrorNonExistentMailbox"); ok {
		return true
	}
	return c.Call != nil && c.Call.Status == 403
}

func shared(held []string) bool {
	return slices.ContainsFunc(held, func(h string) bool { return strings.HasSuffix(h, ".Shared") })
}

// wantsShared tells the .Shared scope that is missing: the call is for another
// user's mailbox, and what is held reaches the user's own alone.
func (a access) wantsShared(c *evidence.Case) (string, bool) {
	if _, other := otherMailbox(c); !other || a.kind != evidence.Delegated || !c.Token.Readable() || !a.known || shared(a.held) || !exchangeDenied(c) || !exchangePath(c) {
		return "", false
	}
	for _, h := range a.held {
		_, enough := a.needs.Suffices([]string{h})
		if _, exists := catalog.Permission(h+".Shared", catalog.Delegated); enough && exists {
			return h + ".Shared", true
		}
	}
	return "", false
}

// sharedMissing is the finding for it.
func (a access) sharedMissing(c *evidence.Case, scope string) []checks.Finding {
	who, _ := otherMailbox(c)
	held := a.heldRef
	held.Value = strings.TrimSuffix(scope, ".Shared")
	req, _ := c.RequestRef()
	f := checks.Finding{Subject: subject(c), Seen: []checks.Witness{checks.Shows(held), checks.Fits(req)}}
	if s, ok := spokeOfToken(c); ok {
		f.Seen = append(f.Seen, checks.Fits(s.Ref))
	}
	f.Message = fmt.Sprintf("%s is for the mailbox %s: %s reaches the signed-in user's own alone, another's needs %s", callName(c), who, held.Value, scope)
	f.Fixes = append([]checks.Fix{grantFix(c, a.kind, scope, "Microsoft Graph")}, grantCommands(c, a.kind, scope)...)
	f.Fixes = append(f.Fixes, fix("and see that the mailbox or its folder is shared with the user: the scope alone opens nothing", checks.ExchangeAdmin, "Get-MailboxPermission -Identity "+mailboxName(c), ""))
	f.Cap, f.CapReason = checks.Shown, "whether the user also has rights on the mailbox is not in the evidence"
	f.Probe = "Get-MailboxPermission -Identity " + mailboxName(c) + "; Get-MailboxFolderPermission -Identity " + mailboxName(c) + ":\\" + folder(c)
	return []checks.Finding{f}
}

func sharedScope(a access) string {
	for _, p := range a.needs.Any {
		if strings.HasSuffix(p, ".Shared") {
			return p
		}
	}
	for _, h := range a.held {
		if strings.HasPrefix(h, "Mail.") || strings.HasPrefix(h, "Calendars.") || strings.HasPrefix(h, "Contacts.") {
			return h + ".Shared"
		}
	}
	return "Mail.Read.Shared"
}

// folder is the folder that the call is about, as Exchange names it.
func folder(c *evidence.Case) string {
	p := c.Call.PathLower()
	switch {
	case strings.Contains(p, "calendar") || strings.Contains(p, "/events"):
		return "Calendar"
	case strings.Contains(p, "contact"):
		return "Contacts"
	}
	return "Inbox"
}

func deniedWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	m := mailboxName(c)
	if sends(c, s) {
		return fmt.Sprintf("the signed-in user may not send as (or on behalf of) %s", strings.TrimSuffix(or(fromAddress(c), m), "<mailbox>")), []checks.Fix{
			fix("give the user the right to send as that address", checks.ExchangeAdmin, fmt.Sprintf("Add-RecipientPermission -Identity %s -Trustee <user> -AccessRights SendAs", or(fromAddress(c), m)), ""),
			fix("look at the rights first", checks.ExchangeAdmin, fmt.Sprintf("Get-RecipientPermission -Identity %s", or(fromAddress(c), m)), ""),
			fix("and ask for Mail.Send.Shared beside Mail.Send", checks.Developer, "", ""),
		}
	}
	msg := fmt.Sprintf("the signed-in user has no rights on the mailbox %s (or its %s folder); the scope is not the problem", m, folder(c))
	return msg, []checks.Fix{
		fix("share just the folder with the user (folder permission)", checks.ExchangeAdmin, fmt.Sprintf(`Add-MailboxFolderPermission -Identity %s:\%s -User <user> -AccessRights Reviewer`, m, folder(c)), ""),
		widen(fix("or give full access to the whole mailbox", checks.ExchangeAdmin, fmt.Sprintf("Add-MailboxPermission -Identity %s -User <user> -AccessRights FullAccess", m), "")),
		fix("look at the rights first", checks.ExchangeAdmin, fmt.Sprintf("Get-MailboxPermission -Identity %s", m), ""),
	}
}

func sends(c *evidence.Case, s evidence.Statement) bool {
	if strings.Contains(s.Code, "SendAs") || strings.Contains(evidence.Fold(s.Message), "sendas") || strings.Contains(evidence.Fold(s.Message), "sendmail") || strings.Contains(evidence.Fold(s.Message), "behalf") {
		return true
	}
	return strings.Contains(c.Call.PathLower(), "sendmail") || strings.Contains(c.Call.PathLower(), "/send")
}

// fromAddress is the sender that a mail's body names.
func fromAddress(c *evidence.Case) string {
	if c.Call == nil {
		return ""
	}
	for k, v := range c.Call.Fields {
		if strings.HasSuffix(strings.ToLower(k), "from.emailaddress.address") || strings.HasSuffix(strings.ToLower(k), "sender.emailaddress.address") {
			return v
		}
	}
	return ""
}

// odataDisabled: Exchange's one sentence for two different policies.
func odataDisabled(c *evidence.Case) (evidence.Statement, bool) {
	return c.SaidWords("Access to OData is disabled")
}

// raop: Exchange's mark of the app's own policy.
func raop(c *evidence.Case) (evidence.Statement, bool) {
	for _, s := range c.Said {
		if strings.Contains(s.Message, "[RAOP]") || strings.Contains(evidence.Fold(s.Message), "blockedbytenantconfigured") {
			return s, true
		}
	}
	return evidence.Statement{}, false
}

func ewsBlocked(c *evidence.Case) []checks.Finding {
	if _, ok := raop(c); ok || policyShown(c).Value != "" && listShown(c).Value == "" {
		return nil
	}
	found := voiced(c, "ews-policy-blocked", ewsWords)
	s, ok := odataDisabled(c)
	if !ok {
		if len(found) > 0 && found[0].Seen[0].How == checks.HowFits {
			if exchangeSaid(c) && !retired(c) {
				return bareExchange(c, found)
			}
		}
		return ewsRetired(c, found)
	}
	if len(found) == 0 {
		found = []checks.Finding{{Subject: subject(c)}}
	}
	f := &found[0]
	f.Message, f.Fixes = ewsWords(c, s)
	says := checks.Says(s.Ref)
	f.Seen = []checks.Witness{says}
	for _, name := range []string{"ewsapplicationaccesspolicy", "ewsallowlist", "ewsblocklist", "ewsenabled"} {
		if r, ok := c.Fact(name); ok && r.Value != "" {
			w := checks.Fits(r)
			if name == "ewsapplicationaccesspolicy" {
				w = checks.Shows(r)
			}
			f.Seen = append(f.Seen, w)
		}
	}
	kind, ref := c.Kind()
	if kind == evidence.AppOnly {
		f.Why = append(f.Why, "the same sentence can come from an application access policy, which only app-only tokens meet: test that too")
		f.Fixes = append(f.Fixes, fix("rule out an application access policy", checks.ExchangeAdmin, fmt.Sprintf("Test-ApplicationAccessPolicy -Identity %s -AppId %s", mailboxName(c), appID(c)), ""))
		_ = ref
	}
	return found
}

// bareExchange keeps the mere possibility only where nothing is known of the caller.
func bareExchange(c *evidence.Case, found []checks.Finding) []checks.Finding {
	kind, _ := c.Kind()
	if kind != evidence.KindUnknown || c.Call != nil && c.Call.Path != "" {
		return nil
	}
	return found
}

// retired: the call went to EWS itself.
func retired(c *evidence.Case) bool {
	return strings.Contains(c.Call.PathLower(), "/ews/") || hasWords(c, "exchange.asmx", "ExchangeService", "Exchange Web Services")
}

// ewsRetired: a 403 from EWS since its retirement began needs the
// organisation's switch and list.
func ewsRetired(c *evidence.Case, found []checks.Finding) []checks.Finding {
	if !retired(c) || !c.Failed || c.Call == nil || c.Call.Status != 403 && len(found) == 0 {
		return found
	}
	r, ok := c.Fact("ewsenabled")
	list, okList := c.Fact("ewsallowedappids")
	late := !c.When.IsZero() && c.When.Ref.Origin != evidence.FromClock && c.When.Format("2006-01") >= "2026-10"
	if !late && !ok && !okList && len(found) == 0 {
		return found
	}
	if len(found) == 0 {
		found = []checks.Finding{{Subject: subject(c)}}
	}
	f := &found[0]
	f.Message = "Exchange Online blocks EWS since October 2026 unless the organisation has EwsEnabled True and lists the app in EwsAllowedAppIDs; it goes for good on 2027-04-01"
	f.Fixes = []checks.Fix{
		fix("look at the organisation's switch and list", checks.ExchangeAdmin, "Get-OrganizationConfig | Format-List EwsEnabled, EwsAllowedAppIDs, EwsApplicationAccessPolicy", ""),
		widen(fix("allow the app for the time being", checks.ExchangeAdmin, fmt.Sprintf("Set-OrganizationConfig -EwsEnabled $true -EwsAllowedAppIDs \"%s\"", appID(c)), "")),
		fix("move the app to Microsoft Graph before April 2027", checks.Developer, "", "https://learn.microsoft.com/graph/migrate-exchange-web-services-overview"),
	}
	if st, okS := c.StatusRef(); okS {
		f.Seen = append(f.Seen, checks.Fits(st))
	}
	if ok {
		f.Seen = append([]checks.Witness{checks.Shows(r)}, f.Seen...)
	}
	if okList {
		f.Seen = append([]checks.Witness{checks.Shows(list)}, f.Seen...)
	}
	return found
}

// agent is the User-Agent that the policy's list is matched with.
func agent(c *evidence.Case) string {
	if c.Call != nil && c.Call.UserAgent != "" {
		ua := c.Call.UserAgent
		if i := strings.IndexAny(ua, "/ "); i > 0 {
			ua = ua[:i]
		}
		return ua + "*"
	}
	return "<the app's User-Agent>*"
}

func ewsWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	m := mailboxName(c)
	policy := ""
	if r, ok := c.Fact("ewsapplicationaccesspolicy"); ok {
		policy = fmt.Sprintf(" (here: %s)", r.Value)
	}
	msg := fmt.Sprintf("EwsApplicationAccessPolicy%s, an allow or block list (EwsAllowList, EwsBlockList) by User-Agent, keeps the app out: %q", policy, clip(firstOf(s.Message, s.Code)))
	fixes := []checks.Fix{
		fix("inspect the organisation's and the mailbox's policy", checks.ExchangeAdmin, fmt.Sprintf("Get-OrganizationConfig | Format-List Ews*; Get-CASMailbox -Identity %s | Format-List Ews*", m), ""),
		fix("with EnforceAllowList: add the app's User-Agent to the list, at the level where the policy stands", checks.ExchangeAdmin, fmt.Sprintf("Set-CASMailbox -Identity %s -EwsAllowList @{Add=\"%s\"}", m, agent(c)), ""),
		fix("the same for the organisation", checks.ExchangeAdmin, fmt.Sprintf("Set-OrganizationConfig -EwsAllowList @{Add=\"%s\"}", agent(c)), ""),
		fix("with EnforceBlockList: take the User-Agent out of the list; a change takes some time to act", checks.ExchangeAdmin, fmt.Sprintf("Set-OrganizationConfig -EwsBlockList @{Remove=\"%s\"}", agent(c)), ""),
	}
	return msg, fixes
}

// policyShown is the output of a cmdlet that shows an application access
// policy at work on this app.
func policyShown(c *evidence.Case) evidence.Ref {
	for _, f := range c.Facts {
		switch v := strings.ToLower(f.Value); f.Field {
		case "accesscheckresult":
			if v == "denied" {
				return f
			}
		case "inscope":
			if v == "false" {
				return f
			}
		case "accesspolicy":
			if id := c.AppID(); id == "" || !strings.Contains(v, "-") || strings.Contains(v, strings.ToLower(id)) {
				return f
			}
		}
	}
	return evidence.Ref{}
}

// listShown is the output of a cmdlet that shows the EWS policy at work.
func listShown(c *evidence.Case) evidence.Ref {
	if f, ok := c.Fact("ewsapplicationaccesspolicy"); ok && strings.HasPrefix(strings.ToLower(f.Value), "enforce") {
		return f
	}
	return evidence.Ref{}
}

func appPolicyBlocked(c *evidence.Case) []checks.Finding {
	if !c.Failed {
		return nil
	}
	kind, kindRef := c.Kind()
	found := voiced(c, "app-access-policy-blocked", policyWords)
	if s, ok := raop(c); ok {
		f := checks.Finding{Subject: subject(c), Seen: []checks.Witness{checks.Says(s.Ref)}}
		f.Message, f.Fixes = policyWords(c, s)
		if kind == evidence.AppOnly {
			f.Seen = append(f.Seen, checks.Fits(kindRef))
		}
		if r := policyShown(c); r.Value != "" {
			f.Seen = append(f.Seen, checks.Shows(r))
		}
		if r, ok := c.Fact("accesscheckresult"); ok && strings.EqualFold(r.Value, "Granted") {
			f.Why = append(f.Why, "Test-ApplicationAccessPolicy says Granted: then RBAC for Applications limits the app, or the change has not reached the mailbox yet")
			f.Fixes = append([]checks.Fix{rbacTest(c)}, f.Fixes...)
		}
		return []checks.Finding{f}
	}
	if kind == evidence.Delegated && !meetings(c) {
		return nil
	}
	if len(found) > 0 && found[0].Seen[0].How == checks.HowSays {
		return found
	}
	if r := policyShown(c); r.Value != "" && listShown(c).Value == "" && (exchangeDenied(c) || len(found) > 0) {
		if len(found) == 0 {
			found = []checks.Finding{{Subject: subject(c)}}
			if s, ok := spokeOfToken(c); ok {
				found[0].Seen = []checks.Witness{checks.Fits(s.Ref)}
			}
		}
		found[0].Message, found[0].Fixes = policyWords(c, evidence.Statement{})
		found[0].Seen = append([]checks.Witness{checks.Shows(r)}, found[0].Seen...)
		return found
	}
	if _, ok := odataDisabled(c); ok {
		if r, tested := c.Fact("accesscheckresult"); listShown(c).Value != "" || tested && strings.EqualFold(r.Value, "Granted") {
			return nil
		}
		if kind == evidence.AppOnly && len(found) > 0 {
			found[0].Seen = append(found[0].Seen, checks.Fits(kindRef))
			return found
		}
		return nil
	}
	return limitedApp(c, found, kind, kindRef)
}

// limitedApp: an app-only call with a sufficient permission that Exchange
// refuses for one mailbox.
func limitedApp(c *evidence.Case, found []checks.Finding, kind evidence.Kind, kindRef evidence.Ref) []checks.Finding {
	a := judge(c)
	if kind != evidence.AppOnly || me(c) {
		if kind == evidence.Delegated {
			return nil
		}
		return found
	}
	by, ok := a.suffices()
	if !ok || !exchangePath(c) && !meetings(c) || !exchangeDenied(c) && !(meetings(c) && c.Call.Status == 403) {
		if a.known && len(found) > 0 && found[0].Seen[0].How == checks.HowFits {
			return nil
		}
		return found
	}
	if len(found) == 0 {
		found = []checks.Finding{{Subject: subject(c)}}
		if s, okS := spokeOfToken(c); okS {
			found[0].Seen = []checks.Witness{checks.Fits(s.Ref)}
		}
	}
	held := a.heldRef
	held.Value = by + " (suffices)"
	f := &found[0]
	f.Message, f.Fixes = policyWords(c, evidence.Statement{})
	f.Seen = append([]checks.Witness{checks.Shows(held), checks.Fits(kindRef)}, f.Seen...)
	f.Cap, f.CapReason = checks.Shown, "no policy was seen; that the permission suffices rests on "+a.source()
	if bare(c) {
		f.Cap, f.CapReason = checks.Possible, "the answer was seen without a body"
	}
	f.Probe = fmt.Sprintf("Test-ApplicationAccessPolicy -Identity %s -AppId %s", mailboxName(c), appID(c))
	return found
}

func meetings(c *evidence.Case) bool {
	return strings.Contains(c.Call.PathLower(), "onlinemeeting") || hasWords(c, "application access policy found for this app")
}

func rbacTest(c *evidence.Case) checks.Fix {
	return fix("test RBAC for Applications", checks.ExchangeAdmin, fmt.Sprintf("Test-ServicePrincipalAuthorization -Identity %s -Resource %s", appID(c), mailboxName(c)), "")
}

func policyWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	m := mailboxName(c)
	if meetings(c) {
		u := or(strings.Trim(target(c), "{}"), "<user id>")
		return fmt.Sprintf("no Teams application access policy lets %s act for that organiser: an app-only call to online meetings needs one%s", appName(c), quoted(s)), []checks.Fix{
			fix("create a policy that names the app", checks.TeamsAdmin, fmt.Sprintf("New-CsApplicationAccessPolicy -Identity graph-meetings -AppIds \"%s\" -Description \"online meetings by Graph\"", appID(c)), ""),
			fix("grant it to the organiser; it takes up to 30 minutes to act", checks.TeamsAdmin, fmt.Sprintf("Grant-CsApplicationAccessPolicy -PolicyName graph-meetings -Identity %s", u), "https://learn.microsoft.com/graph/cloud-communication-online-meeting-application-access-policy"),
			widen(fix("or to everybody", checks.TeamsAdmin, "Grant-CsApplicationAccessPolicy -PolicyName graph-meetings -Global", "")),
		}
	}
	return fmt.Sprintf("Exchange lets %s into other mailboxes only, not into %s: an application access policy, or the scope of RBAC for Applications%s", appName(c), m, quoted(s)), []checks.Fix{
		fix("test the pair of app and mailbox", checks.ExchangeAdmin, fmt.Sprintf("Test-ApplicationAccessPolicy -Identity %s -AppId %s", m, appID(c)), ""),
		fix("list the app's policies", checks.ExchangeAdmin, fmt.Sprintf("Get-ApplicationAccessPolicy | Where-Object AppId -eq %s | Format-List ScopeName, AccessRight, Identity", appID(c)), ""),
		fix("add the mailbox to the policy's mail-enabled security group (not the app to more mailboxes than it needs); it can take more than an hour to act", checks.ExchangeAdmin, fmt.Sprintf("Add-DistributionGroupMember -Identity <scope group> -Member %s", m), ""),
		rbacTest(c),
	}
}

func quoted(s evidence.Statement) string {
	if s.Message == "" {
		return ""
	}
	return fmt.Sprintf(" (%q)", clip(s.Message))
}

var _ = catalog.Exact

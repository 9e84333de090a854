package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file judges a user's access to somebody else's mailbox.

func mailboxDenied(c *evidence.Case) []checks.Finding {
	if !c.Failed {
		return nil
	}
	found := voiced(c, "mailbox-access-denied", deniedWords)
	if f, ok := mailboxUnopened(c); ok {
		return []checks.Finding{f}
	}
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
	if c.Call != nil && c.Call.Path != "" && !other || !exchangePath(c) && aboutPath(c) != "" {
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
	found = orRefused(c, found)
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
	_, listed := folderRight(c)
	if listed {
		f.CapReason = "Exchange does not name the right that is missing"
	}
	if bare(c) {
		f.Cap, f.CapReason = checks.Possible, "the answer was seen without a body"
	}
	if !listed {
		f.Probe = rightsProbe(c)
	}
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
	f.Fixes = grantFixes(c, a.kind, "Microsoft Graph", scope)
	f.Fixes = append(f.Fixes, fix("and see that the mailbox or its folder is shared with the user: the scope alone opens nothing", checks.ExchangeAdmin, "Get-MailboxPermission -Identity "+arg(mailboxName(c)), ""))
	f.Cap, f.CapReason = checks.Shown, "whether the user also has rights on the mailbox is not in the evidence"
	f.Probe = rightsProbe(c)
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

// rightsProbe shows what the user holds.
func rightsProbe(c *evidence.Case) string {
	probe := "Get-MailboxPermission -Identity " + arg(mailboxName(c))
	if folder(c) != "" {
		probe += "; Get-MailboxFolderPermission -Identity " + arg(mailboxName(c)+":\\"+folder(c))
	}
	return probe
}

// folder is the folder that the call is about, as Exchange names it; "" for what
// lies in no folder.
func folder(c *evidence.Case) string {
	p := c.Call.PathLower()
	switch {
	case strings.HasSuffix(p, "/mailboxsettings") || strings.Contains(p, "/mailboxsettings/") || strings.Contains(p, "/outlook/") || strings.Contains(p, "/inferenceclassification"):
		return "" // what lies in no folder
	case strings.Contains(p, "calendar") || strings.Contains(p, "/events"):
		return "Calendar"
	case strings.Contains(p, "contact"):
		return "Contacts"
	}
	return "Inbox"
}

func deniedWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	m := arg(mailboxName(c))
	if sends(c, s) {
		msg := fmt.Sprintf("the signed-in user may not send as (or on behalf of) %s", or(strings.TrimSuffix(or(fromAddress(c), m), "<mailbox>"), "that address"))
		fixes := []checks.Fix{
			fix("give the user the right to send as that address", checks.ExchangeAdmin, fmt.Sprintf("Add-RecipientPermission -Identity %s -Trustee <user> -AccessRights SendAs", arg(or(fromAddress(c), mailboxName(c)))), ""),
			fix("look at the rights first", checks.ExchangeAdmin, fmt.Sprintf("Get-RecipientPermission -Identity %s", arg(or(fromAddress(c), mailboxName(c)))), ""),
		}
		if !slices.Contains(judge(c).held, "Mail.Send.Shared") {
			fixes = append(fixes, fix("and ask for Mail.Send.Shared beside Mail.Send", checks.Developer, "", ""))
		}
		return msg, fixes
	}
	if strings.Contains(c.Call.PathLower(), "/todo/") {
		return fmt.Sprintf("To Do serves a delegated token the signed-in user's own lists only, not those of %s", strings.Trim(mailboxName(c), "<>")), []checks.Fix{
			fix("let each user sign in and call /me/todo/lists", checks.Developer, azRest("GET", "https://"+graphHost(c)+"/v1.0/me/todo/lists", ""), "https://learn.microsoft.com/graph/api/todo-list-lists"),
			fix("or read other users' lists as an application", checks.Developer, "grant_type=client_credentials&client_id="+appID(c)+"&scope=https://"+graphHost(c)+"/.default", ""),
		}
	}
	if strings.Contains(evidence.Fold(s.Message), "impersonate") {
		return "the account may not impersonate mailboxes: that takes Exchange's role ApplicationImpersonation, which Global Administrator does not hold and which Exchange Online has retired", []checks.Fix{
			fix("use an app-only token (full_access_as_app, or RBAC for Applications with a scope) in place of an impersonating account", checks.ExchangeAdmin, "New-ManagementRoleAssignment -App <app id> -Role \"Application EWS.AccessAsApp\" -CustomResourceScope <scope>", "https://learn.microsoft.com/exchange/permissions-exo/application-rbac"),
			fix("on Exchange Server: give the account the role", checks.ExchangeAdmin, "New-ManagementRoleAssignment -Name impersonation -Role ApplicationImpersonation -User <user>", ""),
		}
	}
	all := widen(fix("or give full access to the whole mailbox", checks.ExchangeAdmin, fmt.Sprintf("Add-MailboxPermission -Identity %s -User <user> -AccessRights FullAccess", m), ""))
	if folder(c) == "" {
		all.Title = "give full access to the whole mailbox"
		return fmt.Sprintf("the signed-in user has no rights on the mailbox %s: what the call asks for lies in no folder, so that no folder permission opens it", m), []checks.Fix{
			all, fix("or read it as an application (app-only token, limited to the mailbox by RBAC for Applications)", checks.ExchangeAdmin, "", "https://learn.microsoft.com/exchange/permissions-exo/application-rbac"),
		}
	}
	at := arg(mailboxName(c) + ":\\" + folder(c))
	need := rightFor(c)
	if held, ok := folderRight(c); ok && held != need {
		return fmt.Sprintf("the signed-in user holds %s on the folder %s of the mailbox %s, which is not enough for %s: that takes %s", held, folder(c), m, or(method(c), "the call"), need), []checks.Fix{
			fix(fmt.Sprintf("raise the folder permission to %s", need), checks.ExchangeAdmin, fmt.Sprintf("Set-MailboxFolderPermission -Identity %s -User <user> -AccessRights %s", at, need), ""), all,
		}
	}
	msg := fmt.Sprintf("the signed-in user has no rights on the mailbox %s (or its %s folder); the scope is not the problem", m, folder(c))
	return msg, []checks.Fix{
		fix("share just the folder with the user (folder permission)", checks.ExchangeAdmin, fmt.Sprintf("Add-MailboxFolderPermission -Identity %s -User <user> -AccessRights %s", at, need), ""),
		all,
		fix("look at the rights first", checks.ExchangeAdmin, fmt.Sprintf("Get-MailboxPermission -Identity %s", m), ""),
	}
}

// rightFor is the least folder permission that a call takes.
func rightFor(c *evidence.Case) string {
	switch method(c) {
	case "POST":
		return "Author"
	case "PATCH", "PUT", "DELETE":
		return "Editor"
	}
	return "Reviewer"
}

func method(c *evidence.Case) string {
	if c.Call == nil {
		return ""
	}
	return c.Call.Method
}

// readRights are folder permissions by which items can be read, weakest first.
var readRights = []string{"Reviewer", "NonEditingAuthor", "Author", "Editor"}

// folderRight is what a user is seen to hold on the folder: by the listing of its
// permissions, or since the same folder was read.
func folderRight(c *evidence.Case) (string, bool) {
	for _, s := range c.Said {
		if !strings.Contains(s.Message, "MailboxFolderPermission") {
			continue
		}
		_, listed, _ := strings.Cut(s.Message, "AccessRights")
		users := 0
		right := ""
		for _, r := range readRights {
			if n := strings.Count(listed, "{"+r+"}"); n > 0 && !strings.Contains(listed, "Default {"+r) {
				users, right = users+n, r
			}
		}
		if users == 1 { // one user's entry beside those for everybody
			return right, true
		}
	}
	if m := method(c); m == "" || m == "GET" {
		return "", false
	}
	for _, o := range c.Beside {
		if o.Method == "GET" && o.Status == 200 && strings.EqualFold(o.Host, c.Call.Host) && strings.HasPrefix(strings.ToLower(o.Path), c.Call.PathLower()) {
			return "Reviewer", true
		}
	}
	return "", false
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

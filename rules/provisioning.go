package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// Causes that lie in provisioning (synchronization) jobs: Graph answers well,
// the job tells of a failure elsewhere.
var provisioningRules = []checks.Rule{
	{
		ID: "provisioning-credentials-invalid", Layer: checks.Call, Severity: checks.Error,
		Title:    "The target application refuses the provisioning credentials",
		Explains: []string{"provisioning-target-error", "token-missing", "request-invalid"},
		Check:    stated("provisioning-credentials-invalid", credentialsWords),
	},
	{
		ID: "provisioning-quarantined", Layer: checks.Call, Severity: checks.Error,
		Title:    "The provisioning job is in quarantine, paused or not configured",
		Explains: []string{"provisioning-credentials-invalid", "provisioning-target-error"},
		Check:    quarantined,
	},
	{
		ID: "provisioning-target-error", Layer: checks.Call, Severity: checks.Error, NotAuth: true,
		Title:    "A provisioning step failed in the target system: not an authorization fault in Graph",
		Explains: []string{"conflict", "not-found", "request-invalid", "service-unavailable", "user-not-assigned"},
		Check:    targetError,
	},
}

func credentialsWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	t := targetSystem(c)
	return fmt.Sprintf("%s refuses the administrator credentials (secret token) of the provisioning job: %q", t, clip(firstOf(s.Message, s.Code))), []checks.Fix{
		fix("make a new token in the target application and enter it under Provisioning, Admin Credentials, then Test Connection; the service sends it as a Bearer token to the tenant URL", checks.AppAdmin, "", "https://learn.microsoft.com/entra/identity/app-provisioning/application-provisioning-quarantine-status"),
		fix("the same by Graph", checks.AppAdmin, azRest("POST", "https://graph.microsoft.com/v1.0/servicePrincipals/<id>/synchronization/jobs/"+or(factValue(c, "sync.job"), "<job id>")+"/validateCredentials", ""), "https://learn.microsoft.com/graph/api/synchronization-synchronizationjob-validatecredentials"),
	}
}

func targetSystem(c *evidence.Case) string {
	return or(firstOf(factValue(c, "provisioning.target"), factValue(c, "targetdisplayname")), "the target application")
}

func quarantined(c *evidence.Case) []checks.Finding {
	found := voiced(c, "provisioning-quarantined", quarantineWords)
	halt := stopped(c)
	reason, okR := c.Fact("quarantine.reason")
	if !okR && halt.Value == "" {
		return found // also for a job that runs and whose last run failed
	}
	if len(found) == 0 {
		found = []checks.Finding{{Subject: subject(c)}}
	}
	f := &found[0]
	f.Message, f.Fixes = quarantineWords(c, firstSaid(c))
	if okR {
		f.Seen = append([]checks.Witness{checks.Says(reason)}, f.Seen...)
	} else {
		f.Seen = append([]checks.Witness{checks.Says(halt)}, f.Seen...)
	}
	return found
}

// stopped is the fact by which the job's status or schedule says that it does
// not run; zero where it runs.
func stopped(c *evidence.Case) evidence.Ref {
	for _, name := range []string{"sync.code", "sync.state"} {
		if f, ok := c.Fact(name); ok && slices.Contains([]string{"quarantine", "paused", "notconfigured", "disabled"}, strings.ToLower(f.Value)) {
			return f
		}
	}
	return evidence.Ref{}
}

// quarantineReasons say in words what a reason of a quarantine means.
var quarantineReasons = map[string]string{
	"encounteredbaseescrowthreshold":       "too many first-time errors",
	"encounteredtotalescrowthreshold":      "too many errors in all",
	"encounteredescrowproportionthreshold": "too large a share of failing objects",
	"encounteredquarantineexception":       "the target refused outright, often its credentials",
	"quarantinedondemand":                  "somebody put it there",
	"toomanydeletes":                       "more deletions than the limit allows",
	"ingestioninterrupted":                 "reading the source was interrupted",
	"unknown":                              "no reason is given",
}

func quarantineWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	code := stopped(c).Value
	reason := factValue(c, "quarantine.reason")
	if code != "" && reason == "" && !strings.EqualFold(code, "Quarantine") {
		what := fmt.Sprintf("the provisioning job is not running: its status is %s", code)
		return what, []checks.Fix{restart(c), fix("finish its configuration (credentials, mappings, scope) where the status is NotConfigured", checks.AppAdmin, "", "https://learn.microsoft.com/entra/identity/app-provisioning/configure-automatic-user-provisioning-portal")}
	}
	msg := "the provisioning job is in quarantine"
	if reason != "" {
		msg += " (" + reason
		if w := quarantineReasons[evidence.Fold(reason)]; w != "" {
			msg += ": " + w
		}
		msg += ")"
	}
	if b := factValue(c, "quarantine.began"); b != "" {
		msg += " since " + b
	}
	inner := ""
	for _, o := range c.Said {
		if o.Message != "" && (o.Depth > 0 || o.Carrier == evidence.InLog) && !strings.EqualFold(o.Message, reason) {
			inner = o.Message
			break
		}
	}
	if inner == "" {
		inner = s.Message
	}
	if inner != "" && !strings.EqualFold(inner, reason) {
		msg += fmt.Sprintf(": %q", clip(inner))
	}
	fixes := []checks.Fix{}
	if strings.Contains(evidence.Fold(inner), "credential") || strings.Contains(evidence.Fold(inner), "unauthorized") {
		fixes = append(fixes, fix("enter valid credentials of the target application (secret token) under Provisioning, Admin Credentials, and test the connection", checks.AppAdmin, "", ""))
	} else {
		fixes = append(fixes, fix("mend the cause first: credentials of the target, its errors in the provisioning log, the mappings", checks.AppAdmin, "az rest --method GET --uri \"https://graph.microsoft.com/v1.0/auditLogs/provisioning?\\$filter=jobId eq '"+plain(factValue(c, "sync.job"), "<job id>")+"'\"", ""))
	}
	return msg, append(fixes, restart(c))
}

func restart(c *evidence.Case) checks.Fix {
	return fix("then restart the job and clear its quarantine (it is disabled for good after four weeks)", checks.AppAdmin,
		fmt.Sprintf(`POST https://graph.microsoft.com/v1.0/servicePrincipals/<service principal id>/synchronization/jobs/%s/restart {"criteria":{"resetScope":"Full"}}`, plain(factValue(c, "sync.job"), "<job id>")), "https://learn.microsoft.com/entra/identity/app-provisioning/application-provisioning-quarantine-status")
}

func targetError(c *evidence.Case) []checks.Finding {
	found := voiced(c, "provisioning-target-error", targetWords)
	step, ok := c.Fact("provisioning.step")
	code := firstSaid(c)
	if !ok {
		entry, is := c.Fact("provisioning.entry", "provisioning.action", "provisioningaction", "provisioningstatusinfo")
		if !is {
			return found
		}
		step = entry
	}
	if code.Ref.Field == "" {
		return found
	}
	for _, s := range c.Said { // the target's own words tell more than the wrapper's
		if s.Carrier == evidence.InBody && s.Depth > 0 && s.Message != "" {
			code = s
			break
		}
	}
	if len(found) == 0 {
		found = []checks.Finding{{}}
	}
	f := &found[0]
	f.Subject = strings.TrimSpace("provisioning to " + targetSystem(c) + " " + code.Code)
	f.Message, f.Fixes = targetWords(c, code)
	f.Seen = append([]checks.Witness{checks.Says(code.Ref), checks.Shows(step)}, f.Seen...)
	return found
}

func targetWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	step := firstOf(factValue(c, "provisioning.step"), factValue(c, "provisioning.action"), factValue(c, "provisioningaction"))
	msg := fmt.Sprintf("provisioning failed in %s", targetSystem(c))
	if step != "" {
		msg += " at step " + step
		if t := factValue(c, "provisioning.step_type"); t != "" {
			msg += " (" + t + ")"
		}
	}
	if kind := factValue(c, "provisioning.identity_type"); kind != "" {
		msg += fmt.Sprintf(" for a %s", strings.ToLower(kind))
	}
	msg += fmt.Sprintf(": %s", clip(strings.TrimSpace(s.Code+" "+s.Message)))
	fixes := []checks.Fix{}
	if r := factValue(c, "provisioning.recommended"); r != "" && r != "null" {
		fixes = append(fixes, fix("what the service recommends: "+clip(r), checks.AppAdmin, "", ""))
	}
	folded := evidence.Fold(s.Code + s.Message)
	switch {
	case strings.Contains(folded, "forbidden"):
		fixes = append(fixes, fix("look at what the target allows the provisioning service: in a target tenant the guest invitation settings and the cross-tenant synchronization policy, for on-premises objects that their source is not the cloud", checks.AppAdmin, "", "https://learn.microsoft.com/entra/identity/multi-tenant-organizations/cross-tenant-synchronization-overview"))
	case strings.Contains(folded, "duplicate") || strings.Contains(folded, "conflict") || strings.Contains(folded, "morethanone"):
		fixes = append(fixes, fix("an object with the same matching attribute stands in the target already: remove the duplicate there, or choose matching attributes that are unique", checks.AppAdmin, "", "https://learn.microsoft.com/entra/identity/app-provisioning/customize-application-attributes"))
	case strings.Contains(folded, "attribute") || strings.Contains(folded, "schema") || strings.Contains(folded, "required") || strings.Contains(folded, "invalid"):
		fixes = append(fixes, fix("mend the attribute mapping or the source value that the target does not take", checks.AppAdmin, "", "https://learn.microsoft.com/entra/identity/app-provisioning/customize-application-attributes"))
	}
	return msg + "; Graph and its permissions are not at fault", append(fixes,
		fix("provision this one object on demand and read each step", checks.AppAdmin, "", "https://learn.microsoft.com/entra/identity/app-provisioning/provision-on-demand"))
}

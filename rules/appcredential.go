package rules

import (
	"fmt"
	"time"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file judges what proves that it is the app: secrets, certificates,
// federation.

func credentialName(c evidence.Credential) string {
	switch {
	case c.Name != "":
		return fmt.Sprintf("%s %q", credentialKind(c), c.Name)
	case c.ID != "":
		return credentialKind(c) + " " + c.ID
	}
	return credentialKind(c)
}

func credentialKind(c evidence.Credential) string {
	if c.Kind == "federated" {
		return "federated credential"
	}
	return c.Kind
}

// What the configuration leaves open.
const (
	soon       = 30 * 24 * time.Hour
	longEnough = 365 * 24 * time.Hour
)

func days(d time.Duration) string {
	n := int(d.Hours() / 24)
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}

// credentials calls judge for each credential of an app.
func credentials(c *evidence.Case, judge func(evidence.Credential) (string, checks.Severity, []checks.Fix)) []checks.Finding {
	if c.App == nil {
		return nil
	}
	var out []checks.Finding
	for _, cr := range c.App.Credentials {
		message, severity, fixes := judge(cr)
		if message == "" {
			continue
		}
		out = append(out, checks.Finding{Subject: credentialName(cr), Message: message, Severity: severity, Seen: []checks.Witness{checks.Shows(cr.Ref)}, Fixes: fixes})
	}
	return out
}

func (p *posture) renew(c evidence.Credential) []checks.Fix {
	id := plain(p.app.ID, "<app id>")
	drop := fmt.Sprintf("az ad app credential delete --id %s --key-id %s", id, plain(c.ID, "<key id>"))
	if c.Kind == "certificate" {
		drop += " --cert"
	}
	return []checks.Fix{
		fix("add a new credential beside the old one, and give it to the app", checks.AppAdmin, "az ad app credential reset --id "+id+" --append --display-name <name> --years 1", "https://learn.microsoft.com/entra/identity-platform/how-to-add-credentials"),
		fix("delete the old one, where nothing uses it", checks.AppAdmin, drop, ""),
	}
}

func credentialExpired(c *evidence.Case) []checks.Finding {
	return credentials(c, func(cr evidence.Credential) (string, checks.Severity, []checks.Fix) {
		if cr.End.IsZero() || cr.Never || cr.End.After(c.When.Time) {
			return "", 0, nil
		}
		return fmt.Sprintf("the %s expired on %s, %s ago", credentialName(cr), cr.End.Format(time.DateOnly), days(c.When.Sub(cr.End))), 0, stand(c.App).renew(cr)
	})
}

func credentialExpiring(c *evidence.Case) []checks.Finding {
	return credentials(c, func(cr evidence.Credential) (string, checks.Severity, []checks.Fix) {
		within := c.App.Policy.ExpireWithin
		if within == 0 {
			within = soon
		}
		left := cr.End.Sub(c.When.Time)
		if cr.End.IsZero() || cr.Never || left <= 0 || left > within {
			return "", 0, nil
		}
		return fmt.Sprintf("the %s expires on %s, in %s", credentialName(cr), cr.End.Format(time.DateOnly), days(left)), 0, stand(c.App).renew(cr)
	})
}

func credentialLongLived(c *evidence.Case) []checks.Finding {
	better := false
	if c.App != nil {
		for _, cr := range c.App.Credentials {
			better = better || cr.Kind != "secret"
		}
	}
	return credentials(c, func(cr evidence.Credential) (string, checks.Severity, []checks.Fix) {
		if cr.Kind == "certificate" && cr.Never {
			return fmt.Sprintf("the %s has no end", credentialName(cr)), 0, stand(c.App).renew(cr)
		}
		if cr.Kind != "secret" {
			return "", 0, nil
		}
		most := c.App.Policy.MaxLifetime
		if most == 0 {
			most = longEnough
		}
		from := cr.Start
		if from.IsZero() {
			from = c.When.Time // it lives at least from now
		}
		fixes := []checks.Fix{
			fix("take a managed identity, workload identity federation or a certificate in its place", checks.Developer, "az ad app federated-credential create --id "+plain(c.App.ID, "<app id>")+" --parameters credential.json", "https://learn.microsoft.com/entra/workload-id/workload-identity-federation"),
			fix("or make it short", checks.AppAdmin, "az ad app credential reset --id "+plain(c.App.ID, "<app id>")+" --append --display-name <name> --years 1", "https://learn.microsoft.com/entra/identity-platform/security-best-practices-for-app-registration"),
		}
		switch {
		case cr.Never:
			return fmt.Sprintf("the %s has no end", credentialName(cr)), 0, fixes
		case !cr.End.IsZero() && cr.End.Before(c.When.Time):
			return "", 0, nil // credential-expired
		case !cr.End.IsZero() && cr.End.Sub(from) > most+24*time.Hour:
			return fmt.Sprintf("the %s lives for %s, longer than %s", credentialName(cr), days(cr.End.Sub(from)), days(most)), 0, fixes
		case cr.Lasts > most+24*time.Hour:
			return fmt.Sprintf("the %s is made for %s, longer than %s", credentialName(cr), days(cr.Lasts), days(most)), 0, fixes
		case !better:
			return fmt.Sprintf("the app proves itself by the %s only; a certificate or federation would do without a secret", credentialName(cr)), checks.Note, fixes[:1]
		}
		return "", 0, nil
	})
}

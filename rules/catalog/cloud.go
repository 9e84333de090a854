package catalog

import (
	_ "embed"
	"slices"
	"strings"
)

//go:embed facts/clouds.tsv
var clouds string

// Cloud is one of Microsoft's clouds, with the hosts that belong to it.
type Cloud struct {
	Name               string   // "global", "china", "usgov-l4", "usgov-l5", "germany", "gcc", ...
	Aliases            []string // names that tools use: AzureChinaCloud, GCCHigh, ...
	LoginHosts         []string // the first is the one to use
	GraphHost          string   // empty where none is known
	AADGraphHosts      []string
	ARMHosts           []string
	PortalHosts        []string
	OutlookHosts       []string
	SharePointSuffixes []string
	IssuersV1          []string // hosts in iss of v1 tokens; sts.windows.net is of the US Government too
	IssuersV2          []string
	KeyVaultSuffix     string
	DefenderHosts      []string
	Status             string // live, new, closed
	Note               string
}

func cloudOf(r row) Cloud {
	return Cloud{Name: r.cell(0), Aliases: r.fields(1), LoginHosts: r.fields(2), GraphHost: r.cell(3), AADGraphHosts: r.fields(4), ARMHosts: r.fields(5),
		PortalHosts: r.fields(6), OutlookHosts: r.fields(7), SharePointSuffixes: r.fields(8), IssuersV1: r.fields(9), IssuersV2: r.fields(10),
		KeyVaultSuffix: r.cell(11), DefenderHosts: r.fields(12), Status: r.cell(13), Note: r.cell(14)}
}

// CloudOf names the cloud that a host belongs to, by facts/clouds.tsv. Hosts
// that several clouds share name the first of them: the global one before GCC,
// L4 before L5. sts.windows.net proves nothing about the US Government cloud.
func CloudOf(host string) (Cloud, bool) {
	host = foldHost(host)
	if host == "" {
		return Cloud{}, false
	}
	for r := range rows(clouds) {
		for i := 2; i <= 12; i++ {
			for h := range strings.FieldsSeq(r.cell(i)) {
				suffix := i == 8 || i == 11
				if host == h || suffix && len(host) > len(h) && strings.HasSuffix(host, h) && host[len(host)-len(h)-1] == '.' {
					return cloudOf(r), true
				}
			}
		}
	}
	return Cloud{}, false
}

// CloudByGraphHost returns the cloud whose Microsoft Graph has that host.
func CloudByGraphHost(host string) (Cloud, bool) {
	host = foldHost(host)
	for r := range rows(clouds) {
		if g := r.cell(3); g != "" && g == host {
			return cloudOf(r), true
		}
	}
	return Cloud{}, false
}

// CloudNamed returns a cloud by its name or one of its aliases, whatever the case.
func CloudNamed(name string) (Cloud, bool) {
	for r := range rows(clouds) {
		if strings.EqualFold(r.first(), name) || slices.ContainsFunc(r.fields(1), func(a string) bool { return strings.EqualFold(a, name) }) {
			return cloudOf(r), true
		}
	}
	return Cloud{}, false
}

package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// upstreamPermissions is permissions.json: permission -> the ways it can be
// granted, and the paths it serves.
type upstreamPermissions struct {
	Permissions map[string]struct {
		AuthorizationType string
		Schemes           map[string]struct {
			RequiresAdminConsent bool
			PrivilegeLevel       int
		}
		PathSets []struct {
			SchemeKeys []string
			Methods    []string
			Paths      map[string]string // template -> "least=DelegatedWork,Application;AlsoRequires=A,B"
		}
	}
}

// upstreamProvisioning is provisioningInfo.json: permission -> where it is
// rolled out, and under which id.
type upstreamProvisioning struct {
	PermissionDeployments map[string][]struct {
		ID, Scheme, Environment string
		IsHidden, IsEnabled     bool
	}
}

func schemeKind(s string) int {
	switch s {
	case "Application":
		return application
	case "DelegatedWork":
		return delegated
	case "DelegatedPersonal":
		return personal
	}
	return -1
}

// refresh renews permissions.txt from permissions.json, and
// facts/permissions.tsv from both files. Ids and flags that only other sources
// gave stay.
func refresh(permissions, provisioning, dir string, from Origin) error {
	var up upstreamPermissions
	if err := readJSON(permissions, &up); err != nil {
		return err
	}
	var prov upstreamProvisioning
	if provisioning != "" {
		if err := readJSON(provisioning, &prov); err != nil {
			return err
		}
	}
	rows, err := invert(up)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "permissions.txt"), []byte(writeRows(rows, from)), 0o644); err != nil {
		return err
	}
	name := filepath.Join(dir, "facts", "permissions.tsv")
	old, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	mends, err := os.ReadFile(filepath.Join(dir, "errata.txt"))
	if err != nil {
		return err
	}
	errata, err := readErrata(string(mends))
	if err != nil {
		return fmt.Errorf("errata.txt: %w", err)
	}
	text, err := renewFacts(string(old), up, prov, rows, errata, from)
	if err != nil {
		return err
	}
	return os.WriteFile(name, []byte(text), 0o644)
}

func readJSON(name string, into any) error {
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// invert turns permission -> paths into path -> permissions. A permission that
// stands twice for the same request has its flags joined.
func invert(up upstreamPermissions) ([]Row, error) {
	if len(up.Permissions) == 0 {
		return nil, fmt.Errorf("no permissions in the file")
	}
	type request struct{ path, method string }
	all := map[request]*Row{}
	for _, name := range slices.Sorted(maps.Keys(up.Permissions)) {
		for _, set := range up.Permissions[name].PathSets {
			for _, path := range slices.Sorted(maps.Keys(set.Paths)) {
				least, also := properties(set.Paths[path])
				for _, method := range set.Methods {
					id := request{path, strings.ToUpper(method)}
					if all[id] == nil {
						all[id] = &Row{Path: path, Method: id.method}
					}
					for _, scheme := range set.SchemeKeys {
						k := schemeKind(scheme)
						if k < 0 {
							return nil, fmt.Errorf("%s: unknown scheme %q", name, scheme)
						}
						p := Perm{Name: name, Least: slices.Contains(least, scheme), Also: also}
						all[id].Sets[k] = join(all[id].Sets[k], p)
					}
				}
			}
		}
	}
	var rows []Row
	for _, r := range all {
		rows = append(rows, *r)
	}
	return rows, nil
}

// properties reads "least=DelegatedWork;AlsoRequires=A,B".
func properties(s string) (least, also []string) {
	for part := range strings.SplitSeq(s, ";") {
		key, value, _ := strings.Cut(part, "=")
		var list []string
		for v := range strings.SplitSeq(value, ",") {
			if v = strings.TrimSpace(v); v != "" {
				list = append(list, v)
			}
		}
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "least":
			least = list
		case "alsorequires":
			also = list
		}
	}
	return least, also
}

// join adds a permission to a set; within one source its flags are or-ed.
func join(s Set, p Perm) Set {
	i := slices.IndexFunc(s, func(q Perm) bool { return q.Name == p.Name })
	if i < 0 {
		return append(s, p)
	}
	s[i].Least = s[i].Least || p.Least
	for _, a := range p.Also {
		if !slices.Contains(s[i].Also, a) {
			s[i].Also = append(s[i].Also, a)
		}
	}
	return s
}

// renewFacts rewrites facts/permissions.tsv.
func renewFacts(old string, up upstreamPermissions, prov upstreamProvisioning, rows []Row, errata []Erratum, from Origin) (string, error) {
	type id struct {
		name string
		kind int
	}
	cells, _, err := lines(old, strings.Count(factColumns, "\t")+1)
	if err != nil {
		return "", err
	}
	facts := map[id][]string{}
	for _, c := range cells {
		c[9] = "no"
		facts[id{c[0], kindNamed(c[1])}] = c
	}
	at := func(name string, k int) []string {
		c := facts[id{name, k}]
		if c == nil {
			c = []string{name, kindNames[k], "-", "-", "-", "-", "-", "-", "no", "no"}
			facts[id{name, k}] = c
		}
		return c
	}
	for name, p := range up.Permissions {
		for scheme, s := range p.Schemes {
			if k := schemeKind(scheme); k >= 0 {
				c := at(name, k)
				c[4], c[5], c[8] = yes(s.RequiresAdminConsent), "-", yes(resourceSpecific(name, p.AuthorizationType))
				if s.PrivilegeLevel > 0 {
					c[5] = fmt.Sprint(s.PrivilegeLevel)
				}
			}
		}
	}
	for name, all := range prov.PermissionDeployments {
		if strings.HasPrefix(name, "_") {
			continue // a reserved slot
		}
		slices.SortStableFunc(all, func(a, b struct {
			ID, Scheme, Environment string
			IsHidden, IsEnabled     bool
		}) int {
			return cmp.Compare(public(b.Environment), public(a.Environment))
		})
		done := map[int]bool{}
		for _, d := range all {
			k := schemeKind(d.Scheme)
			if k < 0 || done[k] {
				continue
			}
			done[k] = true
			c := at(name, k)
			c[6], c[7] = yes(d.IsHidden), yes(d.IsEnabled)
			switch {
			case d.ID == "" || c[2] == d.ID:
			case c[2] == "-":
				c[2] = d.ID
			case !slices.Contains(strings.Split(c[3], " "), d.ID):
				c[3] = strings.TrimPrefix(c[3]+" "+d.ID, "- ")
			}
		}
	}
	for _, r := range rows {
		for k := range kinds {
			for _, p := range renamed(errata, k, r.Sets[k]) {
				at(p.Name, k)[9] = "yes"
			}
		}
	}
	var all [][]string
	for i, c := range facts {
		if i.kind == personal && c[2] == "-" {
			if work := facts[id{i.name, delegated}]; work != nil {
				c[2] = work[2] // one scope serves both
			}
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b []string) int {
		return cmp.Or(strings.Compare(fold(a[0]), fold(b[0])), strings.Compare(a[0], b[0]), strings.Compare(a[1], b[1]))
	})
	var b strings.Builder
	b.WriteString("# " + factColumns + "\n")
	for line := range strings.Lines(old) {
		switch {
		case strings.HasPrefix(line, "# source: https://github.com/"+devx):
			fmt.Fprintf(&b, "# source: https://github.com/%s %s %s permissions/new/permissions.json, permissions/new/provisioningInfo.json\n", devx, from.Commit, from.Date)
		case strings.HasPrefix(line, "# source") || strings.HasPrefix(line, "# note"):
			b.WriteString(line)
		}
	}
	fmt.Fprintf(&b, "# rows: %d\n", len(all))
	for _, c := range all {
		b.WriteString(strings.Join(c, "\t") + "\n")
	}
	return b.String(), nil
}

var kindNames = [kinds]string{"application", "delegated", "personal"}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func public(environment string) int {
	if environment == "" || strings.Contains(strings.ToLower(environment), "public") {
		return 1
	}
	return 0
}

// resourceSpecific tells resource-specific consent by what the source states,
// else by the ending of the name.
func resourceSpecific(name, stated string) bool {
	if stated != "" {
		return !strings.EqualFold(stated, "oauth2")
	}
	return strings.HasSuffix(name, ".Group") || strings.HasSuffix(name, ".Chat")
}

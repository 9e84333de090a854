package main

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/checks/evidence/gate"
)

// This file writes a configuration to begin with: lint --init.

func (e *env) initConfig(s *settings, res *gate.Result) error {
	name := path.Join(s.root, configName)
	if _, err := os.Lstat(name); err == nil {
		return usage("%s is there already; change it by hand, or move it away", name)
	} else if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if len(res.Cases) == 0 {
		e.code = exitFailed
		return fmt.Errorf("no app registration was found below %s; there is nothing to begin with", s.root)
	}
	text := draft(s.root, res)
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		e.code = exitFailed
		return err
	}
	fmt.Fprintf(e.err, "%s written; look through it, above all at flow:\n", name)
	return nil
}

// draft is the configuration that what was found suggests.
func draft(root string, res *gate.Result) string {
	var flows, hosts, manifests, grants []string
	audience := ""
	add := func(list *[]string, v string) {
		if v != "" && !slices.Contains(*list, v) {
			*list = append(*list, v)
		}
	}
	for _, c := range res.Cases {
		a := c.App
		for _, f := range a.Flows {
			add(&flows, f.Value)
		}
		for _, f := range guessFlows(a) {
			add(&flows, f)
		}
		add(&manifests, below(root, a.Place.File))
		for _, d := range a.Declared {
			add(&manifests, below(root, d.Ref.File))
		}
		for _, g := range a.Grants {
			add(&grants, below(root, g.Ref.File))
		}
		for _, u := range a.Redirects {
			add(&hosts, hostOf(u.URI))
		}
		if w := audienceWord(a.Audience.Value); audience == "" {
			audience = w
		}
	}
	slices.Sort(hosts)
	var b strings.Builder
	b.WriteString("# What the gate knows of this app; `graphdoctor lint` reads it.\n# yaml-language-server: $schema=https://raw.githubusercontent.com/graphdoctor/graphdoctor/main/docs/graphdoctor.schema.json\nversion: 1\napp:\n")
	fmt.Fprintf(&b, "  flow: [%s]  # as found; daemon, web, spa, mobile, obo\n", strings.Join(flows, ", "))
	if audience != "" {
		fmt.Fprintf(&b, "  audience: %s\n", audience)
	}
	if len(hosts) > 0 {
		fmt.Fprintf(&b, "  hosts: [%s]\n", strings.Join(quoted(hosts), ", "))
	}
	list := func(key string, names []string) {
		if len(names) > 0 {
			fmt.Fprintf(&b, "%s:\n", key)
			for _, n := range quoted(names) {
				fmt.Fprintf(&b, "  - %s\n", n)
			}
		}
	}
	list("manifests", manifests)
	list("grants", grants)
	fmt.Fprintf(&b, "# calls: found by content below this folder (%d now); list files here to name them\n", len(res.Calls))
	b.WriteString("credentials: {expire-within: 30d, max-lifetime: 365d}\nfail-on: error\n")
	return b.String()
}

// guessFlows tells the flow by what a registration declares.
func guessFlows(a *evidence.App) []string {
	if len(a.Flows) > 0 {
		return nil
	}
	var out []string
	for _, u := range a.Redirects {
		if f := map[string]string{"web": "web", "spa": "spa", "native": "mobile"}[u.Platform]; f != "" && !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	if slices.ContainsFunc(a.Declared, func(d evidence.Declared) bool { return d.Kind == evidence.AppOnly && !d.RSC }) {
		out = append(out, "daemon")
	}
	return out
}

func below(root, file string) string {
	rel, err := filepath.Rel(root, file)
	if err != nil || strings.HasPrefix(rel, "..") {
		return ""
	}
	return filepath.ToSlash(rel)
}

func hostOf(uri string) string {
	_, rest, ok := strings.Cut(uri, "://")
	if !ok || !strings.HasPrefix(uri, "http") {
		return ""
	}
	host := rest
	if i := strings.IndexAny(rest, "/:?#"); i >= 0 {
		host = rest[:i]
	}
	if host == "localhost" || strings.HasPrefix(host, "127.") || strings.ContainsAny(host, "{}*[") || strings.HasPrefix(host, "login.microsoftonline") {
		return ""
	}
	return host
}

func audienceWord(signIn string) string {
	switch signIn {
	case "AzureADMyOrg":
		return "single"
	case "AzureADMultipleOrgs":
		return "multi"
	case "AzureADandPersonalMicrosoftAccount":
		return "multi-and-personal"
	case "PersonalMicrosoftAccount":
		return "personal"
	}
	return ""
}

// quoted writes texts as YAML takes them whatever they hold.
func quoted(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = "'" + strings.ReplaceAll(evidence.Printable(s), "'", "''") + "'"
		if plain := strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./_-"); plain == "" && s != "" && s[0] != '-' && s[0] != '.' {
			out[i] = s
		}
	}
	return out
}

package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/graphdoctor/graphdoctor/rules"
	"github.com/spf13/cobra"
)

func (e *env) explainCmd() *cobra.Command {
	var format string
	var all bool
	cmd := &cobra.Command{
		Use:   "explain ID|CODE|PERMISSION",
		Short: "Print the page of a rule, a sign-in or Graph error code, or a permission",
		Example: `  graphdoctor explain token-expired
  graphdoctor explain AADSTS65001
  graphdoctor explain Mail.Read`,
		RunE: func(_ *cobra.Command, args []string) error {
			if all {
				return e.page(format, rules.Manual())
			}
			if len(args) != 1 {
				return usage("explain takes one rule, code or permission; `graphdoctor rules` lists the rules")
			}
			p, err := rules.Explain(args[0])
			if err != nil {
				return usageError{err}
			}
			return e.page(format, p)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text, markdown or json")
	cmd.Flags().BoolVar(&all, "all", false, "print the list of all rules with their titles")
	return cmd
}

func (e *env) page(format string, p rules.Page) error {
	switch format {
	case "text", "markdown":
		return e.writeTo("", func(w io.Writer) error {
			_, err := io.WriteString(w, p.Markdown())
			return err
		})
	case "json":
		return e.json(p)
	}
	return usage("--format %q: one of text, markdown, json", format)
}

func (e *env) rulesCmd() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use: "rules", Short: "List all rules", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			list := rules.List()
			switch format {
			case "json":
				return e.json(list)
			case "text":
				return e.writeTo("", func(w io.Writer) error {
					for _, r := range list {
						if _, err := fmt.Fprintf(w, "%-36s %-8s %-8s %s\n", r.ID, r.Layer, r.Severity, r.Title); err != nil {
							return err
						}
					}
					return nil
				})
			}
			return usage("--format %q: one of text, json", format)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
}

func (e *env) json(v any) error {
	return e.writeTo("", func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(v)
	})
}

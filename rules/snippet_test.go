package rules

import (
	"encoding/base64"
	"encoding/json"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"pgregory.net/rapid"
)

// claimsStrings are claims requests as services send them, and odd ones.
var claimsStrings = []string{
	`{"access_token":{"nbf":{"essential":true, "value":"1604106651"}}}`,
	`{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`,
	`{"access_token":{"polids":{"essential":true,"values":["5ce770ea-8690-4747-aa73-c5b3cd509cd4"]},"xms_rp_ipaddr":{"value":"203.0.113.7"}}}`,
	`{"id_token":{"amr":{"values":["mfa"]}},"note":"it's \"quoted\" \\ and \u00e9 <b> & 'x' $y"}`,
	"{\"access_token\":{\"x\":{\"value\":\"tick ` and\ttab\"}}}",
}

// TestSnippets: the claims string stands in every language's snippet byte for
// byte, as that language reads it.
func TestSnippets(t *testing.T) {
	for _, claims := range claimsStrings {
		for _, lang := range SnippetLanguages() {
			code, ok := Snippet(lang, claims)
			if !ok {
				t.Fatalf("no snippet for %s", lang)
			}
			if got := claimsFrom(t, lang, code); got != claims {
				t.Errorf("%s: the snippet holds %q, want %q", lang, got, claims)
			}
		}
	}
}

// claimsFrom reads the claims literal out of a snippet by the language's rules.
func claimsFrom(t *testing.T, lang, code string) string {
	t.Helper()
	switch lang {
	case "go":
		return goClaims(t, code)
	case "csharp":
		i := strings.Index(code, `@"`)
		j := strings.LastIndex(code, `"`)
		return strings.ReplaceAll(code[i+2:j], `""`, `"`)
	case "powershell":
		i := strings.Index(code, "'")
		j := strings.LastIndex(code, "'")
		return strings.ReplaceAll(code[i+1:j], "''", "'")
	case "azurecli", "azurepowershell":
		b, err := base64.StdEncoding.DecodeString(code[strings.Index(code, `"`)+1 : strings.LastIndex(code, `"`)])
		if err != nil {
			t.Fatalf("%s: %v: %s", lang, err, code)
		}
		return string(b)
	}
	i := strings.Index(code, `"`) // JavaScript, Python and Java read JSON's strings
	j := strings.LastIndex(code, `"`)
	var s string
	if err := json.Unmarshal([]byte(code[i:j+1]), &s); err != nil {
		t.Fatalf("%s: %v: %s", lang, err, code)
	}
	return s
}

// msalStub has the shape of the library's functions that the snippet calls.
const msalStub = `package p

import "context"

type Client struct{}
type Result struct{}
type Option func()
type lib struct{ WithClaims func(string) Option }

var public lib

func (Client) AcquireTokenInteractive(context.Context, []string, ...Option) (Result, error) { return Result{}, nil }

func call(ctx context.Context, client Client, scopes []string) {
	SNIPPET
	_, _ = result, err
}
`

// goClaims type-checks the Go snippet and evaluates its string.
func goClaims(t *testing.T, code string) string {
	t.Helper()
	fset := token.NewFileSet()
	src := strings.Replace(msalStub, "SNIPPET", code, 1)
	src = strings.Replace(src, `import "context"`, "type Ctx struct{}", 1)
	src = strings.ReplaceAll(src, "context.Context", "Ctx")
	file, err := parser.ParseFile(fset, "p.go", src, 0)
	if err != nil {
		t.Fatalf("the Go snippet does not parse: %v\n%s", err, src)
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	if _, err := (&types.Config{}).Check("p", fset, []*ast.File{file}, info); err != nil {
		t.Fatalf("the Go snippet does not compile: %v\n%s", err, src)
	}
	for e, tv := range info.Types {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING && tv.Value != nil {
			return constant.StringVal(tv.Value)
		}
	}
	t.Fatal("the Go snippet has no string")
	return ""
}

// TestForeignParsers has the other languages' own parsers read the snippets.
// They are optional on a developer's machine and required by the build server.
func TestForeignParsers(t *testing.T) {
	for _, c := range []struct {
		lang, tool, wrap string
		args             []string
	}{
		{"javascript", "node", "async function f(msalInstance, scopes) {\n  CODE\n}\n", []string{"--check"}},
		{"python", "python3", "def f(app, scopes):\n    CODE\n", []string{"-m", "py_compile"}},
	} {
		t.Run(c.lang, func(t *testing.T) {
			if _, err := exec.LookPath(c.tool); err != nil {
				if os.Getenv("GRAPHDOCTOR_REQUIRE_TOOLS") != "" {
					t.Fatalf("%s is required here", c.tool)
				}
				t.Skipf("%s is not installed", c.tool)
			}
			for _, claims := range claimsStrings {
				code, _ := Snippet(c.lang, claims)
				file := t.TempDir() + "/snippet.js"
				if c.lang == "python" {
					file = t.TempDir() + "/snippet.py"
				}
				if err := os.WriteFile(file, []byte(strings.Replace(c.wrap, "CODE", code, 1)), 0o600); err != nil {
					t.Fatal(err)
				}
				if out, err := exec.Command(c.tool, append(c.args, file)...).CombinedOutput(); err != nil {
					t.Errorf("%s refuses the snippet: %v\n%s\n%s", c.tool, err, out, code)
				}
			}
		})
	}
}

// TestChallengeURL: a challenge that was read from a header comes back byte for
// byte out of the printed authorize URL.
func TestChallengeURL(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		claims := `{"access_token":{"acrs":{"essential":true,"value":` + string(must(json.Marshal(rapid.String().Draw(t, "value")))) + `}}}`
		u, err := url.Parse(AuthorizeURL(&evidence.Case{}, claims))
		if err != nil {
			t.Fatal(err)
		}
		if got := u.Query().Get("claims"); got != claims {
			t.Fatalf("the URL holds %q, want %q", got, claims)
		}
		for _, lang := range SnippetLanguages() {
			if _, ok := Snippet(lang, claims); !ok {
				t.Fatalf("no snippet for %s", lang)
			}
		}
	})
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

// TestChallengesOfCases: wherever a case carries a challenge, what is printed
// gives it back byte for byte.
func TestChallengesOfCases(t *testing.T) {
	n := 0
	for _, s := range loadSamples(t, "") {
		for _, c := range casesOf(t, s.Input) {
			for _, st := range c.Said {
				if st.Claims == "" {
					continue
				}
				n++
				u, err := url.Parse(AuthorizeURL(c, st.Claims))
				if err != nil || u.Query().Get("claims") != st.Claims {
					t.Errorf("%s: the authorize URL does not give the claims back (%v)", s.Path, err)
				}
				for _, lang := range SnippetLanguages() {
					if code, _ := Snippet(lang, st.Claims); claimsFrom(t, lang, code) != st.Claims {
						t.Errorf("%s: %s does not give the claims back", s.Path, lang)
					}
				}
			}
		}
	}
	if n < 5 {
		t.Errorf("only %d challenges were met", n)
	}
}

// The retry is in the words of the program that failed; where its language does
// not show, it is a link.
func TestRetrySpeaksThePrograms(t *testing.T) {
	const challenge = "AADSTS50076: Due to a configuration change made by your administrator, you must use multi-factor authentication. "
	for errorText, want := range map[string]string{
		"Microsoft.Identity.Client.MsalUiRequiredException: " + challenge:                                   "WithClaims(",
		"Traceback (most recent call last):\n  File \"a.py\", line 3, in <module>\n" + challenge:            "claims_challenge=",
		"com.microsoft.aad.msal4j.MsalInteractionRequiredException: " + challenge:                           "ClaimsRequest.",
		"InteractionRequiredAuthError: interaction_required: " + challenge:                                  "acquireTokenPopup",
		"PS> az login\nERROR: " + challenge:                                                                 "az login --tenant",
		"Connect-AzAccount : " + challenge + "\n    + FullyQualifiedErrorId : Microsoft.Azure.Commands.X\n": "Connect-AzAccount -Tenant",
		"Get-MgUser : " + challenge + "\n    + CategoryInfo : NotSpecified\nMicrosoft.Identity.Client.X\n":  "Get-MsalToken",
		"the gateway said: " + challenge:                                                                    "https://login.microsoftonline.com/",
	} {
		text := errorText + "\n{\"error\":\"interaction_required\",\"error_description\":\"" + challenge + "\",\"claims\":\"{\\\"access_token\\\":{\\\"acrs\\\":{\\\"essential\\\":true,\\\"value\\\":\\\"c1\\\"}}}\"}\n"
		d := diagnose(t, text)
		var commands []string
		for _, f := range d.Findings {
			for _, x := range f.Fixes {
				commands = append(commands, x.Command)
			}
		}
		if !strings.Contains(strings.Join(commands, "\n"), want) {
			t.Errorf("%q: no fix has %q: %q", errorText, want, commands)
		}
	}
}

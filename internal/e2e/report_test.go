//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/testkit"
)

// TestReports: jq reads the report of every scenario, what it counts in it is what
// it says, python3-jsonschema takes it by the schema that nsauth prints, and it
// ends and says first what the list of scenarios states.
func TestReports(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	documents := map[string]result{}
	var list struct {
		Scenarios []struct {
			Name     string `json:"name"`
			ExitCode int    `json:"exit_code"`
			Finding  string `json:"finding"`
		} `json:"scenarios"`
	}
	if err := json.Unmarshal(nsauth(t, "emulator", "scenarios", "-o", "json").stdout, &list); err != nil || len(list.Scenarios) < 60 {
		t.Fatalf("%v, %d scenarios", err, len(list.Scenarios))
	}
	for i, s := range list.Scenarios {
		if testkit.LeftOut(i, 3, 3) {
			continue
		}
		r := nsauth(t, "doctor", "--demo", s.Name, "-o", "json")
		documents["doctor "+s.Name] = r
		if r.exit != s.ExitCode {
			t.Errorf("%s: exit code %d, the list says %d", s.Name, r.exit, s.ExitCode)
		}
		if s.Finding != "" {
			jq(t, r.stdout, "[.checks[].findings[].code][0]", fmt.Sprintf("%q", s.Finding))
		}
	}
	documents["doctor"] = nsauth(t, "doctor", "--demo", "-o", "json")
	documents["doctor offline"] = nsauth(t, "doctor", "--demo", "--offline", "-o", "json")
	documents["doctor only key"] = nsauth(t, "doctor", "--demo", "--only", "key", "-o", "json")
	documents["unknown flag"] = nsauth(t, "doctor", "--nosuch", "-o", "json")
	documents["unknown check"] = nsauth(t, "doctor", "--demo", "--only", "nosuch", "-o", "json")
	documents["unsafe account"] = nsauth(t, "doctor", "--account", "evil.example/", "-o", "json")
	documents["keycheck"] = nsauth(t, "keycheck", makeEC(t, "P-256"), "-o", "json")
	documents["keycheck missing"] = nsauth(t, "keycheck", filepath.Join(dir, "nosuch.pem"), "-o", "json")

	recipes := []string{}
	for _, block := range blocks(t, "json.md", "console") {
		for _, m := range regexp.MustCompile(`(?m)^\$ jq (?:-\w+ )?'(.+)' report\.json$`).FindAllStringSubmatch(block, -1) {
			recipes = append(recipes, "["+m[1]+"]")
		}
	}
	if len(recipes) < 8 {
		t.Fatalf("only %d recipes found in json.md", len(recipes))
	}
	files := []string{}
	names := []string{}
	for name, r := range documents {
		t.Run(name, func(t *testing.T) {
			// A given assertion is in a request, which is a check of its own.
			checks := `[.checks[].id] - (if [.checks[] | select(.id == "assertion") | .facts.made_by?] == ["given"] then ["request"] else [] end) == `
			ids := `["profile","key","certificate","certificate-id","assertion","network","clock","token","features","integration","role","api","mapping","audit-trail","setup"]`
			if strings.HasPrefix(name, "keycheck") {
				ids = `["key","certificate","certificate-id"]`
			}
			broken := []string{}
			for _, holds := range []struct{ what, filter string }{
				{"head", fmt.Sprintf(`[.schema_version, .kind, .tool.name, .exit_code] == ["1.0","nsauth.report","nsauth",%d]`, r.exit)},
				{"summary", `.summary == ([.checks[].status] as $s | reduce ("pass","warn","fail","skip","unknown") as $x ({}; .[$x] = ([$s[] | select(. == $x)] | length)))`},
				{"skips say why", `all(.checks[]; .status != "skip" or .reason != null or .blocked_by != [])`},
				{"error", `(.error != null) == (.outcome == "error" or .outcome == "interrupted")`},
				{"exit code", `.exit_code as $code | {"pass":[0],"warn":[0,4],"fail":[1],"inconclusive":[3],"error":[2],"interrupted":[130]}[.outcome] | index($code) != null`},
				{"causes", `(.outcome == "fail" or .outcome == "inconclusive") <= (.diagnosis.causes | length > 0)`},
				{"what happened and what to do", `(.outcome == "fail" or .outcome == "inconclusive") <= (.diagnosis.headline != null and .diagnosis.next.summary != null)`},
				{"each cause", `all(.diagnosis.causes[]?; .title != "" and .remedy.summary != "")`},
				{"recipes", "[" + strings.Join(recipes, ", ") + "] | length > 0"}, // none of them fails
				{"checks", checks + ids},
			} {
				broken = append(broken, fmt.Sprintf("(if %s then empty else %q end)", holds.filter, holds.what))
			}
			jq(t, r.stdout, "["+strings.Join(broken, ", ")+"]", "[]")
		})
		file := filepath.Join(dir, strings.ReplaceAll(name, " ", "-")+".json")
		if err := os.WriteFile(file, r.stdout, 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
		files = append(files, file)
	}
	jq(t, documents["doctor healthy"].stdout, `[.outcome, .exit_code]`, `["pass",0]`)
	jq(t, documents["doctor wrong-kid"].stdout, `.exit_code == 1 and ([.checks[].findings[].code] | index("certificate-id.mismatch") != null)`, "true")
	for _, name := range []string{"unknown flag", "unknown check", "unsafe account"} {
		jq(t, documents[name].stdout, `[.outcome, .exit_code, (.error.code | startswith("usage."))]`, `["error",2,true]`)
	}

	// The schema must also refuse something, or taking everything proves nothing.
	broken := map[string]string{
		"no outcome":          `del(.outcome)`,
		"a status unheard of": `.checks[0].status = "fine"`,
		"a number as a text":  `.exit_code = "0"`,
	}
	first := len(files)
	for name, filter := range broken {
		r := run(t, documents["doctor healthy"].stdout, nil, "jq", filter)
		file := filepath.Join(dir, "broken-"+strings.ReplaceAll(name, " ", "-")+".json")
		if err := os.WriteFile(file, r.stdout, 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
		files = append(files, file)
	}

	errors := schemaErrors(t, "report", files...)
	for i, found := range errors {
		switch {
		case i < first && len(found) > 0:
			t.Errorf("%s: the schema refuses it:\n%s", names[i], strings.Join(found, "\n"))
		case i >= first && len(found) == 0:
			t.Errorf("%s: the schema takes it", names[i])
		}
	}
}

// schemaErrors has python3-jsonschema judge documents by the schema that nsauth
// prints of their kind: for each, what it finds wrong.
func schemaErrors(t *testing.T, kind string, files ...string) [][]string {
	t.Helper()
	schema := nsauth(t, "schema", kind)
	if schema.exit != 0 {
		t.Fatal(schema)
	}
	args := append([]string{"validate.py", write(t, "schema.json", schema.stdout)}, files...)
	var errors [][]string
	script(t, nil, &errors, python(t, args...)...)
	if len(errors) != len(files) {
		t.Fatalf("%d verdicts on %d documents", len(errors), len(files))
	}
	return errors
}

// TestOtherDocuments: the documents of every other kind say what they are, and
// their schemas take them, but not without each member that they promise.
func TestOtherDocuments(t *testing.T) {
	t.Parallel()
	e := startEmulator(t)
	config := []string{"--config", e.file("config.yaml")}
	kinds := map[string][][]string{
		"version":     {{"version"}},
		"scenarios":   {{"emulator", "scenarios"}},
		"certificate": {{"certgen", "--key-type", "p-256", "--out", t.TempDir(), "--name", "x"}, {"certgen", "--key-type", "rsa-3072", "--out", t.TempDir(), "--name", "y", "--days", "30"}},
		"profile":     {{"profile", "show"}, append([]string{"profile", "show"}, config...), append([]string{"profile", "show", "--mask-ids"}, config...)},
		"token":       {append([]string{"token"}, config...)},
		"assertion":   {append([]string{"jwt", "build"}, config...)},
		"explanation": {{"explain", "MissingKey"}},
		"checklist":   {append([]string{"checklist"}, config...)},
		"profiles":    {append([]string{"profile", "list"}, config...)},

		"audit-trail": {append([]string{"audit-trail", "--auditor", "auditor"}, config...)},
		"account":     {append([]string{"account", "--auditor", "auditor"}, config...)},
		"auditor":     {append([]string{"auditor", "init", "--auditor", "auditor"}, config...), {"auditor", "init"}},

		"certificates": {append([]string{"cert", "list"}, config...), append([]string{"cert", "show"}, config...), append([]string{"cert", "inventory", "--mask-ids"}, config...)},
		"rotation":     {append([]string{"cert", "rotate", "--dry-run"}, config...)},

		"explanations": {{"explain", "--list"}},
		"token-cache":  {{"token", "cache", "list"}},
	}
	assertion := write(t, "assertion.jwt", nsauth(t, append([]string{"jwt", "build"}, config...)...).stdout)
	kinds["assertion-diff"] = [][]string{{"jwt", "diff", assertion, assertion}}
	// The same profile under two names, with nothing that differs.
	_, profile, _ := strings.Cut(string(read(t, e.file("config.yaml"))), "profiles:\n")
	profile, _, _ = strings.Cut(profile, "  # A second client")
	two := filepath.Join(filepath.Dir(e.file("config.yaml")), "two.yaml")
	text := "profiles:\n" + profile + strings.Replace(profile, "  emulator:", "  other:", 1)
	if err := os.WriteFile(two, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	kinds["comparison"] = [][]string{{"doctor", "--profile", "emulator", "--compare", "other", "--config", two, "--ntp-server", freePort(t), "--no-state"}}
	kinds["reports"] = [][]string{{"doctor", "--profile", "emulator,other", "--config", two, "--ntp-server", freePort(t), "--no-state"}, {"doctor", "--all-profiles", "--config", two, "--ntp-server", freePort(t), "--no-state", "--mask-ids"}}
	for kind, commands := range kinds {
		t.Run(kind, func(t *testing.T) {
			var files []string
			for i, args := range commands {
				r := nsauth(t, append(args, "-o", "json")...)
				jq(t, r.stdout, `[.schema_version, .kind]`, fmt.Sprintf(`["1.0",%q]`, "nsauth."+kind))
				if r.exit != 0 {
					t.Fatal(r)
				}
				files = append(files, write(t, fmt.Sprintf("%d.json", i), r.stdout))
			}
			good := len(files)
			for _, filter := range []string{`.kind = "nsauth.other"`, `.schema_version = 1`, `del(.kind)`, `[.]`} {
				r := run(t, read(t, files[0]), nil, "jq", filter)
				files = append(files, write(t, "broken.json", r.stdout))
			}
			for i, found := range schemaErrors(t, kind, files...) {
				if i < good && len(found) > 0 {
					t.Errorf("%v: the schema refuses it:\n%s\n%s", commands[i], strings.Join(found, "\n"), read(t, files[i]))
				} else if i >= good && len(found) == 0 {
					t.Errorf("the schema takes\n%s", read(t, files[i]))
				}
			}
		})
	}

	// None is left out: these are the kinds that there are.
	known := []string{"config", "event", "report"} // TestConfigSchema, TestEventSchema and TestReports judge these
	for kind := range kinds {
		known = append(known, kind)
	}
	slices.Sort(known)
	help := nsauth(t, "schema", "--help")
	_, rest, _ := strings.Cut(string(help.stdout), "Kinds: ")
	list, _, _ := strings.Cut(rest, "\n\n")
	said := strings.Split(strings.ReplaceAll(list, "\n", " "), ", ")
	slices.Sort(said)
	if !slices.Equal(said, known) {
		t.Errorf("other kinds than %v\n%v", known, help)
	}
}

// TestEventSchema: each line of -o jsonl is an event, and its schema takes it.
func TestEventSchema(t *testing.T) {
	t.Parallel()
	e := startEmulator(t)
	r := nsauth(t, "doctor", "-o", "jsonl", "--config", e.file("config.yaml"), "--ntp-server", freePort(t), "--no-state")
	if r.exit != 0 {
		t.Fatal(r)
	}
	var files []string
	lines := strings.Split(strings.TrimSpace(string(r.stdout)), "\n")
	for i, line := range lines {
		jq(t, []byte(line), `[.schema_version, .kind]`, `["1.0","nsauth.event"]`)
		files = append(files, write(t, fmt.Sprintf("%d.json", i), []byte(line)))
	}
	files = append(files, write(t, "broken.json", []byte(strings.Replace(lines[0], "nsauth.event", "nsauth.other", 1))))
	found := schemaErrors(t, "event", files...)
	for i, errs := range found[:len(lines)] {
		if len(errs) > 0 {
			t.Errorf("the schema refuses\n%s\n%v", lines[i], errs)
		}
	}
	if len(lines) < 10 || len(found[len(lines)]) == 0 {
		t.Errorf("%d lines, and the schema takes another kind: %v", len(lines), found[len(lines)])
	}
}

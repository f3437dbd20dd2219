package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/nsauth/nsauth/cmd"
	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

const monitoring = "docs/monitoring"

func monitoringFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(monitoring, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// The rules and the board use metrics that nsauth writes, and codes that it raises. Each
// alert has a unit test that sees it fire, and a row on the page.
func TestMonitoringNames(t *testing.T) {
	source, err := os.ReadFile("internal/formats/prom.go")
	if err != nil {
		t.Fatal(err)
	}
	var metrics []string
	for _, m := range regexp.MustCompile(`name: "(nsauth_[a-z_]+)"`).FindAllStringSubmatch(string(source), -1) {
		metrics = append(metrics, m[1])
	}
	if len(metrics) < 9 {
		t.Fatal(metrics)
	}
	for _, file := range []string{"rules.yaml", "rules-test.yaml", "grafana.json"} {
		used := regexp.MustCompile(`\bnsauth_[a-z_0-9]+`).FindAllString(monitoringFile(t, file), -1)
		for _, name := range used {
			if !slices.Contains(metrics, name) {
				t.Errorf("%s: nsauth writes no metric %s", file, name)
			}
		}
		if len(used) < 9 {
			t.Errorf("%s uses only %v", file, used)
		}
	}
	rules, tests, page := monitoringFile(t, "rules.yaml"), monitoringFile(t, "rules-test.yaml"), pages(t)["docs/do/monitor.md"].text
	for _, m := range regexp.MustCompile(`code="([^"]+)"`).FindAllStringSubmatch(rules, -1) {
		if _, found := catalog.Lookup(finding.Code(m[1])); !found {
			t.Errorf("no finding has the code %s", m[1])
		}
	}
	alerts := regexp.MustCompile(`(?m)- alert: (\w+)$`).FindAllStringSubmatch(rules, -1)
	for _, m := range alerts {
		if !regexp.MustCompile(`alertname: ` + m[1] + `\n +exp_alerts:`).MatchString(tests) {
			t.Errorf("no test sees %s fire", m[1])
		}
		if !strings.Contains(page, "| `"+m[1]+"` |") {
			t.Errorf("the page has no row for %s", m[1])
		}
	}
	if len(alerts) != 9 {
		t.Errorf("%d alerts", len(alerts))
	}
}

// Grafana refuses panels that lie on each other, or with an ID that another one has.
func TestGrafanaBoard(t *testing.T) {
	var board struct {
		SchemaVersion int `json:"schemaVersion"`
		Panels        []struct {
			ID      int
			Title   string
			GridPos struct{ X, Y, W, H int } `json:"gridPos"`
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(monitoringFile(t, "grafana.json")), &board); err != nil {
		t.Fatal(err)
	}
	taken, ids := map[[2]int]string{}, map[int]bool{}
	for _, p := range board.Panels {
		if ids[p.ID] || p.Title == "" || len(p.Targets) == 0 || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("%+v", p)
		}
		ids[p.ID] = true
		for x := range p.GridPos.W {
			for y := range p.GridPos.H {
				at := [2]int{p.GridPos.X + x, p.GridPos.Y + y}
				if other := taken[at]; other != "" {
					t.Fatalf("%s lies on %s", p.Title, other)
				}
				taken[at] = p.Title
			}
		}
	}
	if len(board.Panels) < 9 || board.SchemaVersion < 30 {
		t.Errorf("%d panels, schema version %d", len(board.Panels), board.SchemaVersion)
	}
}

// taskSchema is what Microsoft documents of the schema of tasks.
type taskSchema struct {
	Namespace string
	Elements  map[string]struct {
		Sequence           bool
		Children, Required []string
	}
	Values map[string]string // patterns
}

// No Task Scheduler is here, so data in testdata says which elements there are, in which order.
func TestTask(t *testing.T) {
	data, err := os.ReadFile("testdata/manifests/task.json")
	var schema taskSchema
	if err == nil {
		err = json.Unmarshal(data, &schema)
	}
	if err != nil {
		t.Fatal(err)
	}
	text := monitoringFile(t, "task.xml")
	if strings.HasPrefix(text, "<?xml") {
		t.Error("a declared encoding is wrong where PowerShell reads the file as text")
	}
	if faults := schema.faults(text); len(faults) > 0 {
		t.Error(faults)
	}
	for old, wrong := range map[string]string{
		"<Command>C:\\Program Files\\nsauth\\nsauth.exe</Command>":     "",
		"<Interval>PT1H</Interval>":                                    "<Interval>hourly</Interval>",
		"<Enabled>true</Enabled>":                                      "<Enabled>true</Enabled><Enabled>true</Enabled>",
		"<RandomDelay>PT10M</RandomDelay>":                             "<RandomDelay>PT10M</RandomDelay><StartBoundary>2026-01-01T00:17:00</StartBoundary>",
		"<LogonType>Password</LogonType>":                              "<Logon>Password</Logon>",
		"http://schemas.microsoft.com/windows/2004/02/mit/task":        "http://schemas.microsoft.com/windows",
		"<MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>": "<MultipleInstancesPolicy>Forbid</MultipleInstancesPolicy>",
	} {
		if !strings.Contains(text, old) || schema.faults(strings.Replace(text, old, wrong, 1)) == nil {
			t.Errorf("%q instead of %q is no fault", wrong, old)
		}
	}
}

// faults is what is wrong with a task.
func (s *taskSchema) faults(text string) (faults []string) {
	say := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	type open struct {
		name, text string
		children   []string
	}
	path := []open{{}}
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		token, err := d.Token()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				say("%v", err)
			}
			return faults
		}
		last := &path[len(path)-1]
		switch e := token.(type) {
		case xml.StartElement:
			if e.Name.Space != s.Namespace {
				say("%s has the namespace %q", e.Name.Local, e.Name.Space)
			}
			if slices.Contains(last.children, e.Name.Local) {
				say("%s is twice in %s", e.Name.Local, last.name)
			}
			last.children = append(last.children, e.Name.Local)
			path = append(path, open{name: e.Name.Local})
		case xml.CharData:
			last.text += strings.TrimSpace(string(e))
		case xml.EndElement:
			rule, value := s.Elements[last.name], s.Values[last.name]
			at := -1
			for _, child := range last.children {
				i := slices.Index(rule.Children, child)
				if i < 0 || rule.Sequence && i < at {
					say("%s in %s is unknown, or too late", child, last.name)
				}
				at = i
			}
			for _, child := range rule.Required {
				if !slices.Contains(last.children, child) {
					say("%s has no %s", last.name, child)
				}
			}
			if len(rule.Children) == 0 && (value == "" || !regexp.MustCompile(value).MatchString(last.text)) {
				say("%s has the value %q", last.name, last.text)
			}
			path = path[:len(path)-1]
		}
	}
}

// No tool of Kubernetes or GitLab is here, so schemas in testdata say which fields there are.
func TestMonitoringManifests(t *testing.T) {
	for file, schema := range map[string]string{"cronjob.yaml": "cronjob.json", "gitlab-ci.yml": "gitlab-ci.json"} {
		var doc any
		if err := yaml.Unmarshal([]byte(monitoringFile(t, file)), &doc); err != nil {
			t.Fatal(file, err)
		}
		if err := jsonschema.NewCompiler().MustCompile("testdata/manifests/" + schema).Validate(doc); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// The jobs of GitHub and GitLab run over the profiles beside them, with the variables that these name.
func TestMonitoringJobs(t *testing.T) {
	dir, profiles := t.TempDir(), monitoringFile(t, "profiles.yaml")
	key, err := os.ReadFile("testdata/keys/ec-p256.pem")
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "nsauth.yaml"), []byte(profiles), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{}
	for _, m := range regexp.MustCompile(`\$\{(\w+)\}|env:(\w+)`).FindAllStringSubmatch(profiles, -1) {
		env[m[1]+m[2]] = map[bool]string{true: base64.StdEncoding.EncodeToString(key), false: "1234567"}[m[2] != ""]
	}
	github := monitoringFile(t, "github-action.yml")
	given := regexp.MustCompile(`(?m)^ +(\w+): \$\{\{ (?:vars|secrets)\.(\w+) \}\}$`).FindAllStringSubmatch(github, -1)
	for _, m := range given {
		if _, named := env[m[1]]; m[1] != m[2] || !named && m[1] != "NSAUTH_SHA256" {
			t.Errorf("no profile needs %s", m[0])
		}
	}
	if len(given) != len(env)+1 || len(env) != 8 {
		t.Errorf("%d variables, for %d in the profiles", len(given), len(env))
	}
	for _, job := range []string{github, monitoringFile(t, "gitlab-ci.yml")} {
		command := regexp.MustCompile(`nsauth (doctor (?:\S+\s+)+?)(?:allow_failure|- uses)`).FindStringSubmatch(job)
		if command == nil {
			t.Fatal(job)
		}
		w, out := cmd.System(), new(bytes.Buffer)
		w.Stdin, w.Stdout, w.Stderr, w.Dir, w.Interruptible = strings.NewReader(""), out, out, dir, context.WithCancel
		w.LookupEnv, w.EnvNames = func(name string) (string, bool) { v, ok := env[name]; return v, ok }, nil
		code := cmd.Main(append(strings.Fields(command[1]), "--offline", "--no-state"), w)
		junit, err := os.ReadFile(filepath.Join(dir, "nsauth.xml"))
		if code != finding.ExitFail || err != nil || !strings.Contains(string(junit), `"nsauth.prod"`) || !strings.Contains(string(junit), `"nsauth.sandbox"`) {
			t.Errorf("exit code %d, %v\n%s", code, err, out)
		}
	}
}

package emulator

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

var updatePage = flag.Bool("update-page", false, "write the tables of docs/emulator.md")

const pageFile = "../../docs/emulator.md"

// The tables of docs/emulator.md are those of the code. go test
// ./internal/emulator -run Page -update-page writes them.
func TestPage(t *testing.T) {
	data, err := os.ReadFile(pageFile)
	if err != nil {
		t.Fatal(err)
	}
	page := strings.ReplaceAll(string(data), "\r\n", "\n")
	rows := map[string]string{}
	for _, code := range Codes() {
		r := refuse(code, "")
		oauth := rules()[code].oauth
		if oauth != "" {
			oauth = "`" + oauth + "`"
		}
		detail := r.Detail
		if detail != "" {
			detail = "`" + detail + "`"
		}
		rows["rules"] += fmt.Sprintf("| `%s` | %s | %s | %s |\n", code, detail, r.Basis, oauth)
	}
	for _, h := range Habits() {
		if h.Habit.Text() == "" || h.Because == "" {
			t.Errorf("no words for %s", h.Habit)
		}
		does := map[bool]string{true: "accepted", false: "refused"}[h.Accepted]
		rows["habits"] += fmt.Sprintf("| `%s`: %s | %s | %s |\n", h.Habit, h.Habit.Text(), does, h.Because)
	}
	want := page
	for name, text := range rows {
		// The markers stand after the rows, as a comment would end the table.
		table := regexp.MustCompile(`(?s)(\n\|[-|]+\|\n)([^\n]*\|\n)*<!-- ` + name + ` -->\n`)
		if n := len(table.FindAllString(want, -1)); n != 1 {
			t.Fatalf("%d tables %s", n, name)
		}
		want = table.ReplaceAllString(want, "${1}"+strings.ReplaceAll(text, "$", "$$")+"<!-- "+name+" -->\n")
	}
	if *updatePage {
		if err := os.WriteFile(pageFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if page != want {
		t.Error("docs/emulator.md is not up to date: go test ./internal/emulator -run Page -update-page")
	}
}

// The accounts file that the page shows is one that can be read.
func TestPageAccounts(t *testing.T) {
	data, err := os.ReadFile(pageFile)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindStringSubmatch(strings.ReplaceAll(string(data), "\r\n", "\n"))
	if m == nil {
		t.Fatal("no YAML")
	}
	files := certificates(t)
	names := map[string]string{"shop-cert.pem": "a.pem", "old-cert.pem": "b.pem", "sandbox-cert.pem": "c.pem"}
	accounts, err := parseAccounts("page.yaml", []byte(m[1]), noon, func(name string) ([]byte, error) { return files(names[name]) })
	if err != nil || len(accounts) != 2 || len(accounts[0].Mappings) != 2 {
		t.Fatalf("%v, %d accounts", err, len(accounts))
	}
	if _, err := New(Config{Accounts: accounts, Now: atNoon}); err != nil {
		t.Error(err)
	}
}

package verdict

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

var updatePage = flag.Bool("update-page", false, "write the tables of docs/emulator.md")

const pageFile = "../../../docs/emulator.md"

// The tables of docs/emulator.md are those of the code. go test
// ./internal/emulator/verdict -run Page -update-page writes them.
func TestPage(t *testing.T) {
	data, err := os.ReadFile(pageFile)
	if err != nil {
		t.Fatal(err)
	}
	page := strings.ReplaceAll(string(data), "\r\n", "\n")
	rows := map[string]string{}
	for _, code := range Codes() {
		r := Refuse(code, "")
		oauth := OAuthCode(code)
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
		if h.Text == "" || h.Because == "" {
			t.Errorf("no words for %s", h.Habit)
		}
		does := map[bool]string{true: "accepted", false: "refused"}[h.Accepted]
		rows["habits"] += fmt.Sprintf("| `%s`: %s | %s | %s |\n", h.Habit, h.Text, does, h.Because)
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
		t.Error("docs/emulator.md is not up to date: go test ./internal/emulator/verdict -run Page -update-page")
	}
}

func TestEveryRuleIsKnown(t *testing.T) {
	for code, r := range rules() {
		got := Refuse(code, "")
		if (got.Basis == Official) != (r.Detail != "") {
			t.Errorf("%s: basis %s with Detail %q", code, got.Basis, r.Detail)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("an unknown code makes a refusal")
		}
	}()
	Refuse("no.such-rule", "")
}

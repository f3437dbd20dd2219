package diagnosis_test

import (
	"os"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/diagnosis"
)

// Every question has its row in the documentation, and no row is without a question.
func TestQuestionsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/questions.md")
	if err != nil {
		t.Fatal(err)
	}
	page := strings.ReplaceAll(string(text), "\r\n", "\n")
	ids := diagnosis.QuestionIDs()
	for _, id := range ids {
		if !strings.Contains(page, "\n| `"+string(id)+"` | ") {
			t.Errorf("docs/questions.md has no row for %s", id)
		}
	}
	if rows := strings.Count(page, "\n| `"); rows != len(ids) {
		t.Errorf("docs/questions.md has %d rows for %d questions", rows, len(ids))
	}
}

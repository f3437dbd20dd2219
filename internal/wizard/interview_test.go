package wizard

import (
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/diagnosis"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/prompt"
)

// Whatever is typed at a question is an answer that the diagnosis understands, or
// is refused in words that do not repeat it: it may be a secret in the wrong place.
func FuzzReply(f *testing.F) {
	for _, seed := range []string{"yes", "B", "q", "?", "", "MissingKey", "missingkeyid", "NPMnRyPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA",
		"-QjavAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAFgk", "-----BEGIN PRIVATE KEY-----", "eyJhbGciOiJQUzI1NiJ9.e30.c2ln", "MissingKe", "no way",
		"1C61CD58-044D-497A-AA29-7A3E9A9BB924", "\u202eabc", strings.Repeat("x", 13), strings.Repeat("x", 500)} {
		f.Add(seed)
	}
	i := &interviewer{app: &cli.App{World: cli.System("nsauth")}}
	var questions []diagnosis.Question
	for _, id := range diagnosis.QuestionIDs() {
		q, _ := diagnosis.LookupQuestion(id, nil)
		questions = append(questions, q)
	}
	words := []diagnosis.Reply{diagnosis.Yes, diagnosis.No, diagnosis.DontKnow, diagnosis.Pasted}
	f.Fuzz(func(t *testing.T, line string) {
		for _, q := range questions {
			choices := prompt.Choices{prompt.Yes, prompt.No, prompt.DontKnow, prompt.Back, prompt.Quit}
			if q.Kind != diagnosis.YesNo {
				choices = choices[1:]
			}
			a, problem := i.reply(q, line, choices)
			switch {
			case problem == prompt.Back, problem == prompt.Quit:
			case problem != "":
				// Words of ours, in which a short word of a person's may occur, and a
				// Detail's own name, which is nobody's secret.
				if len(line) > 12 && strings.Contains(problem, line) {
					t.Errorf("%s: %q is repeated in %q", q.ID, line, problem)
				}
			case !slices.Contains(words, a.Reply), a.Question != q.ID && a.Question != diagnosis.AskDetail, (a.Reply == diagnosis.Pasted) != (a.Text != ""):
				t.Errorf("%s: %q is taken as %+v", q.ID, line, a)
			case a.Question == diagnosis.AskDetail && a.Reply == diagnosis.Pasted:
				if d, ok := catalog.LookupDetail(a.Text); !ok || d.Name != a.Text {
					t.Errorf("%s: %q is taken as the Detail %q", q.ID, line, a.Text)
				}
			case a.Reply == diagnosis.Pasted:
				if found, refused := judgeValue(i.app, profile.FieldCertificateID, a.Text); len(found) > 0 || refused != "" {
					t.Errorf("%s: %q is taken as a Certificate ID", q.ID, a.Text)
				}
			}
		}
	})
}

package formats

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/report"
)

// Checklist writes a checklist as Markdown, with boxes to tick.
func Checklist(w io.Writer, c *finding.Checklist, o Options) error {
	if o.MaskIDs {
		c = report.Mask(c)
	}
	var b bytes.Buffer
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	subject := report.SubjectOf(&finding.Report{Tool: c.Tool, Command: c.Command, Profile: c.Profile})
	line("# NetSuite checklist: %s\n\n%s", InMarkdown(subject), InMarkdown(report.Sentence(c.Headline)))
	page := ""
	for _, i := range c.Items {
		if i.Page != page {
			page = i.Page
			line("\n## %s\n", InMarkdown(i.Title))
			if i.UIPath != nil {
				line("%s\n", InMarkdown(*i.UIPath))
			}
			if i.UIURL != nil {
				line("<%s>\n", report.Clean(*i.UIURL))
			}
		}
		box, label, said := " ", map[finding.ItemState]string{finding.ItemWrong: "**Wrong:** ", finding.ItemNotSeen: "**Not seen:** "}[i.State], []string{i.Question}
		if i.State == finding.ItemOK {
			if box = "x"; i.Fix != nil {
				label = "**Note:** "
			}
		}
		if i.State == finding.ItemOpen {
			said = append(said, i.Look)
		}
		said = append(said, report.ToldOf(i)...)
		line("- [%s] %s%s", box, label, InMarkdown(strings.Join(said, " ")))
	}
	if c.Next != nil {
		line("\n**Next:** %s", InMarkdown(c.Next.Summary))
	}
	_, err := w.Write(b.Bytes())
	return err
}

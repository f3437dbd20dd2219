package stand

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nsauth/nsauth/internal/atomicfile"
	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/text"
)

// verdictWriter prints each verdict as text to standard error and as a line of JSON to a
// file. Standard output has only what the command prints at its start.
type verdictWriter struct {
	app    *cli.App
	mu     sync.Mutex // guards file: requests may come before it is open
	file   *os.File
	path   string     // of a file that open made
	failed chan error // has the first error of file
}

// open opens the file of --verdicts: a new file, or a pipe or device such as /dev/stdout.
func (w *verdictWriter) open(ctx context.Context, path string) error {
	if path == "" {
		return nil
	}
	created := false
	f, err := cli.UnlessInterrupted(ctx, func() (*os.File, error) { // opening a pipe waits for its reader
		if info, err := os.Stat(path); err == nil && info.Mode()&(fs.ModeDevice|fs.ModeNamedPipe) != 0 {
			return os.OpenFile(path, os.O_WRONLY, 0)
		}
		created = true
		return atomicfile.CreatePrivate(path)
	})
	switch {
	case err != nil && ctx.Err() != nil:
		return err
	case errors.Is(err, fs.ErrExist):
		return cli.Fail(finding.IOExists, path+" already exists; not overwritten", "pass a --verdicts file that does not exist yet")
	case err != nil:
		return cli.Fail(finding.IOWrite, path+" cannot be written: "+text.WithoutPath(err).Error())
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file = f; created {
		w.path = path
	}
	return nil
}

// discard removes the file again, for a start that failed.
func (w *verdictWriter) discard() {
	w.close()
	if w.path != "" {
		os.Remove(w.path)
	}
}

func (w *verdictWriter) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file != nil {
		w.file.Close()
		w.file = nil
	}
}

func (w *verdictWriter) write(v verdict.Verdict) {
	if w.app.MaskIDs {
		v = maskVerdict(v)
	}
	if !w.app.Quiet {
		fmt.Fprint(w.app.Stderr, verdictText(v, w.app.TextOptions(w.app.Stderr)))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file == nil {
		return
	}
	var line bytes.Buffer
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	if err == nil {
		_, err = w.file.Write(line.Bytes())
	}
	if err != nil {
		select {
		case w.failed <- cli.Fail(finding.IOWrite, "the verdicts could not be written: "+text.WithoutPath(err).Error()):
		default: // the first one ends the command
		}
	}
}

// maskVerdict hides the IDs, also in the reasons.
func maskVerdict(v verdict.Verdict) verdict.Verdict {
	type shown struct {
		Account       string   `json:"account"`
		ClientID      string   `json:"client_id"`
		CertificateID string   `json:"certificate_id"`
		Host          string   `json:"host"`
		Path          string   `json:"path"`
		Reasons       []string `json:"reasons"`
	}
	ids := shown{v.Account, v.ClientID, v.CertificateID, v.Host, v.Path, nil}
	for _, r := range v.Refusals {
		ids.Reasons = append(ids.Reasons, r.Reason)
	}
	ids = report.Mask(ids)
	v.Account, v.ClientID, v.CertificateID, v.Host, v.Path = ids.Account, ids.ClientID, ids.CertificateID, ids.Host, ids.Path
	v.Refusals = append([]verdict.Refusal{}, v.Refusals...)
	for i := range v.Refusals {
		v.Refusals[i].Reason = ids.Reasons[i]
	}
	return v
}

// fixesOf says for each reason of a verdict what to correct. If neighbours share a fix, only
// the last of them has it.
func fixesOf(v verdict.Verdict) []string {
	fixes, said := make([]string, len(v.Refusals)), map[string]bool{}
	for i, r := range v.Refusals {
		fix := catalog.Fix(r.Code, r.Variant)
		if v.Method == verdict.MethodHandshake {
			fix = "nsauth emulator --print-env prints what makes a program trust ca.pem."
		}
		again := i+1 < len(v.Refusals) && catalog.Fix(v.Refusals[i+1].Code, v.Refusals[i+1].Variant) == fix
		if !again && !said[fix] {
			said[fix], fixes[i] = true, fix
		}
	}
	return fixes
}

// verdictText is one verdict as text: a line for the request, then what decided the
// answer, what else is wrong, and the habits. Titles and remedies come from the
// catalog, reasons from the emulator.
func verdictText(v verdict.Verdict, o report.TextOptions) string {
	handshake := v.Method == verdict.MethodHandshake
	status, target := "---", v.Path // the request was not answered
	if v.Status != 0 {
		status = strconv.Itoa(v.Status)
	}
	if target == "" {
		target = v.Host
	}
	var below []report.Labelled
	line := func(label, text string) { below = append(below, report.Labelled{Label: label, Text: text}) }
	if v.Fault != "" {
		line("fault", v.Fault+", as configured")
	}
	if v.Account == "" && !handshake && !v.Accepted && len(v.Refusals) == 0 {
		line("note", "no account served here has the host "+v.Host)
	}
	fixes := fixesOf(v)
	for i, r := range v.Refusals {
		label := "refused"
		if i > 0 {
			label = "also"
		}
		text := r.Code + ": "
		e, found := catalog.Lookup(finding.Code(r.Code))
		if found {
			text += e.Title + ": "
		}
		if text += r.Reason; found && e.Basis != finding.Official && !handshake {
			text += " [" + string(e.Basis) + "]"
		}
		line(label, text)
		if fixes[i] != "" {
			line("fix", fixes[i])
		}
	}
	if len(v.Refusals) > 0 && v.Refusals[0].Detail != "" {
		line("audit", v.Refusals[0].Detail+" is the Detail for this in the Login Audit Trail")
	}
	for _, h := range v.Habits {
		line("unknown", fmt.Sprintf("%s (%s): NetSuite may or may not accept it (%s); see --accept=%[1]s and --refuse=%[1]s", h, h.Default().Text, h.Default().Because))
	}
	var b strings.Builder
	_ = report.Entry(&b, o, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", v.Time.UTC().Format(time.TimeOnly+"Z"), status, v.Method, target)), below...)
	return b.String()
}
